package dev.horae.prep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.data.DataException;
import io.airlift.compress.zstd.ZstdCompressor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorOutputStream;
import org.junit.jupiter.api.Test;

class UnpackingTest {

  private static final int LINES = 3000;

  private interface Packer {
    OutputStream to(OutputStream out) throws IOException;
  }

  @Test
  void everyCompressionGivesItsLines() throws IOException {
    for (Map.Entry<String, byte[]> one : packed(text()).entrySet()) {
      assertThat(read(one.getValue())).as(one.getKey()).hasSize(LINES);
    }
  }

  /** {@code cat a.gz b.gz}. */
  @Test
  void severalPartsAreOneText() throws IOException {
    Map<String, byte[]> packed = packed(text());
    packed.remove("zip"); // one archive after another is no archive
    for (Map.Entry<String, byte[]> one : packed.entrySet()) {
      byte[] twice = Arrays.copyOf(one.getValue(), one.getValue().length * 2);
      System.arraycopy(one.getValue(), 0, twice, one.getValue().length, one.getValue().length);
      assertThat(read(twice)).as(one.getKey()).hasSize(2 * LINES);
    }
  }

  /** Never fewer or other lines in silence: all are there, or the reading ends with our error. */
  @Test
  void damageIsNoticed() throws IOException {
    Random random = new Random(9);
    List<Line> whole = read(text());
    for (Map.Entry<String, byte[]> one : packed(text()).entrySet()) {
      int noticed = 0;
      for (int round = 0; round < 60; round++) {
        byte[] bytes = one.getValue().clone();
        if (round % 3 == 0) {
          bytes = Arrays.copyOf(bytes, random.nextInt(10, bytes.length));
        } else {
          bytes[random.nextInt(10, bytes.length)] ^= (byte) (1 << random.nextInt(8));
        }
        try {
          assertThat(read(bytes)).as(one.getKey()).isEqualTo(whole);
        } catch (DataException e) {
          assertThat(e)
              .hasMessageMatching("text: (cannot be read|is (compressed|a ZIP|neither)).*");
          noticed++;
        }
      }
      assertThat(noticed).as(one.getKey()).isGreaterThan(30);
    }
  }

  @Test
  void aCutOffFileIsNamedAsSuch() throws IOException {
    for (Map.Entry<String, byte[]> one : packed(text()).entrySet()) {
      byte[] cut = Arrays.copyOf(one.getValue(), one.getValue().length / 2);
      assertThatThrownBy(() -> read(cut))
          .as(one.getKey())
          .isInstanceOf(DataException.class)
          .hasMessageContaining(": " + one.getKey() + ": ")
          .hasMessageEndingWith("; the file may be damaged or cut off")
          .hasMessageNotContaining("Exception");
    }
  }

  /** As those that can be searched have one at their end. */
  @Test
  void framesOfZstdThatAreNotReadHaveTheirRepair() throws IOException {
    byte[] whole = packed(text()).get("zstd");
    byte[] frame = {0x5E, 0x2A, 0x4D, 0x18, 1, 0, 0, 0, 'x'};
    byte[] both = Arrays.copyOf(whole, whole.length + frame.length);
    System.arraycopy(frame, 0, both, whole.length, frame.length);
    assertThatThrownBy(() -> read(both))
        .isInstanceOf(DataException.class)
        .hasMessageEndingWith("; it has frames that only zstd reads: unpack it with 'zstd -d'");
  }

  @Test
  void anArchiveOfSeveralFilesIsRefused() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (String name : List.of("__MACOSX/a.csv", "folder/", "folder/a.csv", "b.csv")) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write("a\n".getBytes(StandardCharsets.UTF_8));
      }
    }
    assertThatThrownBy(() -> read(bytes.toByteArray()))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "text: is a ZIP archive of more than one file, folder/a.csv and b.csv; unpack it");
    assertThatThrownBy(() -> read(packed(new byte[0], UnpackingTest::folder)))
        .isInstanceOf(DataException.class)
        .hasMessage("text: is a ZIP archive that holds no file; pack it again");
  }

  @Test
  void anEncryptedArchiveIsNamed() throws IOException {
    byte[] bytes = packed(text(), UnpackingTest::zip);
    bytes[6] |= 1; // of the flags before the first file
    assertThatThrownBy(() -> read(bytes))
        .isInstanceOf(DataException.class)
        .hasMessage("text: is an encrypted ZIP archive; unpack it with its password");
  }

  /** Whatever part of it was packed first. */
  @Test
  void aSpreadsheetIsNamed() throws IOException {
    for (String part :
        List.of("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "mimetype")) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
        zip.putNextEntry(new ZipEntry(part));
        zip.write(1);
      }
      assertThatThrownBy(() -> read(bytes.toByteArray()))
          .isInstanceOf(DataException.class)
          .hasMessage("text: is a spreadsheet; save it as CSV in UTF-8");
    }
  }

  @Test
  void whatIsNoTextIsNamed() {
    Map<String, String> problems =
        Map.ofEntries(
            Map.entry("PAR1\u0015\u0004", "a Parquet file; say ``format`` parquet"),
            Map.entry(
                " \n<!DOCTYPE html><p>", "a web page, not the data; download the file itself"),
            Map.entry(
                "version https://git-lfs.github.com/spec/v1",
                "a pointer of Git LFS, not the data; fetch the file with 'git lfs pull'"),
            Map.entry("SQLite format 3\0x", "an SQLite database; export the table as CSV"),
            Map.entry("\u0093NUMPY\u0001\0", "a NumPy array; save it as Parquet or CSV"),
            Map.entry("RDX3\nX\n\0\0\0\u0003", "an R file; save it as CSV"),
            Map.entry("%PDF-1.7", "a PDF document; export the table as CSV"),
            Map.entry("Rar!\u001a\u0007", "a RAR archive; unpack it with 'unrar x'"),
            Map.entry("7z\u00bc\u00af'\u001c", "a 7z archive; unpack it with '7z x'"),
            Map.entry("MSCF\0\0", "a cabinet archive; unpack it with 'cabextract'"),
            Map.entry("\u001f\u009d\u0090", "compressed with compress; unpack it with 'gzip -d'"),
            Map.entry("\u0004\"M\u0018x", "compressed with lz4; unpack it with 'lz4 -d'"),
            Map.entry("\u0002!L\u0018x", "compressed with lz4; unpack it with 'lz4 -d'"),
            Map.entry("P*M\u0018\u0004\0", "compressed with pzstd; unpack it with 'zstd -d'"),
            Map.entry("]\0\0\u0080\0\u00ff", "compressed with lzma; unpack it with 'xz -d'"),
            Map.entry("LZIP\u0001\u000c", "compressed with lzip; unpack it with 'lzip -d'"),
            Map.entry("\u0089LZO\0\r", "compressed with lzop; unpack it with 'lzop -d'"),
            Map.entry(
                "\u00ff\u0006\0\0sNaPpY\u0001",
                "compressed with snappy; unpack it with 'snzip -d'"),
            Map.entry(
                "x\u009c\u00cb\u0002",
                "compressed with zlib; unpack it with 'zlib-flate -uncompress'"),
            Map.entry(
                "a.csv" + "\0".repeat(252) + "ustar", "a tar archive; unpack it with 'tar -xf'"));
    problems.forEach(
        (bytes, problem) ->
            assertThatThrownBy(() -> read(bytes.getBytes(StandardCharsets.ISO_8859_1)))
                .isInstanceOf(DataException.class)
                .hasMessage("text: is " + problem));
  }

  @Test
  void whereHistoriesAreWantedNoOtherTableIsOffered() {
    byte[] parquet = "PAR1\u0015\u0004".getBytes(StandardCharsets.ISO_8859_1);
    assertThatThrownBy(() -> new LineReader("text", new ByteArrayInputStream(parquet)))
        .isInstanceOf(DataException.class)
        .hasMessage("text: is a Parquet file; write it as lines of JSON");
  }

  /** Brotli has no mark. */
  @Test
  void whatIsNeitherTextNorKnownIsRefusedAsAWhole() {
    byte[] noise = new byte[700];
    new Random(5).nextBytes(noise);
    assertThatThrownBy(() -> read(noise))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "text: is neither text nor of a kind that its first bytes tell; if it is compressed, as"
                + " with brotli, unpack it");
  }

  /** One bad line does not spoil the others, and exports put odd characters between columns. */
  @Test
  void oddCharactersAreText() {
    String latin = "user,item\nJos\u00e9,a\u0007\n" + "u1,i1\n".repeat(30);
    assertThat(read(latin.getBytes(StandardCharsets.ISO_8859_1))).hasSize(32);
    assertThat(read("\u0001\u0002\u00e9\n".getBytes(StandardCharsets.ISO_8859_1))).hasSize(1);
  }

  @Test
  void wordsThatBeginLikeAMarkAreText() {
    for (String text :
        List.of(
            "PAR1,x\n",
            "BZh9,x\n",
            "ORC1,x\n",
            "Obj,x\n",
            "(x\n",
            "PK,x\n",
            "LZIP,x\n",
            "xy\n",
            "RDX2\n")) {
      assertThat(read(text.getBytes(StandardCharsets.UTF_8)).get(0).text()).isEqualTo(text.strip());
    }
  }

  private static byte[] text() {
    StringBuilder text = new StringBuilder();
    Random random = new Random(4);
    for (int i = 0; i < LINES; i++) {
      text.append("u").append(random.nextInt(900)).append(",i").append(i % 70).append('\n');
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static Map<String, byte[]> packed(byte[] text) throws IOException {
    Map<String, byte[]> packed = new LinkedHashMap<>();
    packed.put("gzip", packed(text, GZIPOutputStream::new));
    packed.put("bzip2", packed(text, BZip2CompressorOutputStream::new));
    packed.put("xz", packed(text, XZCompressorOutputStream::new));
    packed.put("zip", packed(text, UnpackingTest::zip));
    ZstdCompressor zstd = new ZstdCompressor();
    byte[] most = new byte[zstd.maxCompressedLength(text.length)];
    packed.put(
        "zstd", Arrays.copyOf(most, zstd.compress(text, 0, text.length, most, 0, most.length)));
    return packed;
  }

  private static byte[] packed(byte[] text, Packer packer) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = packer.to(bytes)) {
      out.write(text);
    }
    return bytes.toByteArray();
  }

  private static OutputStream zip(OutputStream out) throws IOException {
    ZipOutputStream zip = new ZipOutputStream(out);
    zip.putNextEntry(new ZipEntry("a.csv"));
    return zip;
  }

  private static OutputStream folder(OutputStream out) throws IOException {
    ZipOutputStream zip = new ZipOutputStream(out);
    zip.putNextEntry(new ZipEntry("folder/"));
    return zip;
  }

  private static List<Line> read(byte[] bytes) {
    List<Line> read = new ArrayList<>();
    LineReader lines = new LineReader("text", new ByteArrayInputStream(bytes), Optional.empty());
    for (Line line = lines.next(); line != null; line = lines.next()) {
      read.add(line);
    }
    return read;
  }
}
