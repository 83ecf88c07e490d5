package dev.horae.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.data.DataException;
import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.Safetensors;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VectorFileTest {

  @TempDir Path directory;

  /** What numpy.save writes: header padded to a multiple of 64, ended by a line end. */
  private static byte[] npy(
      int version, String dtype, String order, String shape, ByteBuffer values) {
    String header =
        "{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }".formatted(dtype, order, shape);
    int prefix = version == 1 ? 10 : 12;
    int length = (prefix + header.length() + 64) / 64 * 64 - prefix;
    String padded = header + " ".repeat(length - header.length() - 1) + "\n";
    ByteBuffer file =
        ByteBuffer.allocate(prefix + length + values.capacity()).order(ByteOrder.LITTLE_ENDIAN);
    file.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) version, 0});
    if (version == 1) {
      file.putShort((short) length);
    } else {
      file.putInt(length);
    }
    return file.put(padded.getBytes(StandardCharsets.US_ASCII)).put(values.rewind()).array();
  }

  private static ByteBuffer floats(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return bytes;
  }

  private Path write(byte[] bytes, String ids) throws IOException {
    Files.writeString(directory.resolve("v.ids.txt"), ids);
    return Files.write(directory.resolve("v.npy"), bytes);
  }

  private Path write(String dtype, String order, String shape, ByteBuffer values)
      throws IOException {
    return write(npy(1, dtype, order, shape, values), "a\nb\n");
  }

  @Test
  void readsTheThreeWidthsAndVersions() throws IOException {
    ByteBuffer doubles = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer halves = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    for (double value : new double[] {1, -2, 0.5, 65504}) {
      doubles.putDouble(value);
    }
    for (int bits : new int[] {0x3C00, 0xC000, 0x3800, 0x7BFF}) {
      halves.putShort((short) bits);
    }
    ByteBuffer floats = floats(1, -2, 0.5f, 65504);
    for (byte[] file :
        new byte[][] {
          npy(1, "<f4", "False", "2, 2", floats),
          npy(2, "<f4", "False", "2, 2", floats),
          npy(2, "<f8", "False", "2, 2", doubles),
          npy(1, "<f2", "False", "2, 2", halves)
        }) {
      VectorFile read = VectorFile.read(write(file, "a\nb\n"), Optional.empty());
      assertThat(read.ids()).containsExactly("a", "b");
      assertThat(read.width()).isEqualTo(2);
      assertThat(values(read)).containsExactly(1, -2, 0.5f, 65504);
    }
  }

  private static float[] values(VectorFile file) {
    float[] values = new float[file.ids().size() * file.width()];
    float[] row = new float[file.width()];
    for (int i = 0; i < file.ids().size(); i++) {
      file.copy(i, row);
      System.arraycopy(row, 0, values, i * row.length, row.length);
    }
    return values;
  }

  @Test
  void readsValuesInAnyOrder() throws IOException {
    ByteBuffer big = ByteBuffer.allocate(16);
    ByteBuffer bigHalves = ByteBuffer.allocate(8);
    for (int bits : new int[] {0x3C00, 0xC000, 0x3800, 0x7BFF}) {
      bigHalves.putShort((short) bits);
    }
    for (float value : new float[] {1, -2, 0.5f, 65504}) {
      big.putFloat(value);
    }
    ByteBuffer columns = floats(1, 0.5f, -2, 65504);
    for (Path file :
        List.of(
            write(">f4", "False", "2, 2", big),
            write(">f2", "False", "2, 2", bigHalves),
            write("<f4", "True", "2, 2", columns))) {
      assertThat(values(VectorFile.read(file, Optional.empty())))
          .containsExactly(1, -2, 0.5f, 65504);
    }
    Path wrong = write("<f4", "True", "2, 2", floats(1, 2, 3, Float.NaN));
    assertThatThrownBy(() -> VectorFile.read(wrong, Optional.empty()))
        .hasMessage(
            wrong + ": row 1 (from 0), id 'b', column 1 is NaN; only finite values can be used");
    ByteBuffer large = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    Path tooLarge = write("<f8", "False", "2, 1", large.putDouble(1).putDouble(1e300));
    assertThatThrownBy(() -> VectorFile.read(tooLarge, Optional.empty()))
        .hasMessage(
            tooLarge
                + ": row 1 (from 0), id 'b', column 0 is 1.0E300; only finite values of 32 bits can"
                + " be used");
  }

  /** A file with a hole: 2.2 GB that take no place on disk, and no heap. */
  @Test
  void readsMoreThanTwoGigabytes() throws IOException {
    int width = 1 << 20;
    int rows = 550;
    byte[] begin = npy(1, "<f4", "False", rows + ", " + width, ByteBuffer.allocate(0));
    Path file = directory.resolve("v.npy");
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(begin));
      channel.write(floats(7).rewind(), begin.length + 4L * rows * width - 4);
    }
    MappedMatrix read = NpyFile.read(file);
    assertThat(read.rows()).isEqualTo(rows);
    assertThat(read.get(rows - 1, width - 1)).isEqualTo(7);
    assertThat(read.get(0, 0)).isZero();
  }

  @Test
  void theListOfIdsMayComeFromAnyEditor() throws IOException {
    byte[] bytes = npy(1, "<f4", "False", "2, 1", floats(1, 2));
    for (String ids : List.of("\uFEFFa\nb\n", "a\r\nb\r\n\r\n", "a\rb", "a\nb\n \n")) {
      assertThat(VectorFile.read(write(bytes, ids), Optional.empty()).ids())
          .containsExactly("a", "b");
    }
    Path file = write(bytes, "");
    Files.delete(directory.resolve("v.ids.txt"));
    try (GZIPOutputStream out =
        new GZIPOutputStream(Files.newOutputStream(directory.resolve("v.ids.txt.gz")))) {
      out.write("a\nb\n".getBytes(StandardCharsets.UTF_8));
    }
    assertThat(VectorFile.read(file, Optional.empty()).ids()).containsExactly("a", "b");
    Path latin = Files.write(directory.resolve("latin.txt"), new byte[] {'a', '\n', (byte) 0xE9});
    assertThatThrownBy(() -> VectorFile.read(file, Optional.of(latin)))
        .isInstanceOf(DataException.class)
        .hasMessage(latin + ": is not UTF-8 text; save it as UTF-8");
    Path zipped = Files.createFile(directory.resolve("v.npy.gz"));
    assertThatThrownBy(() -> VectorFile.read(zipped, Optional.empty()))
        .isInstanceOf(DataException.class)
        .hasMessage(zipped + ": compressed vectors cannot be mapped; unpack the file (gunzip)");
  }

  @ParameterizedTest
  @CsvSource({
    "0x0000, 0",
    "0x0001, 5.9604645e-8",
    "0x03FF, 6.097555e-5",
    "0x0400, 6.1035156e-5",
    "0x3555, 0.33325195",
    "0xBC00, -1",
    "0x7C00, Infinity",
    "0xFC00, -Infinity",
    "0x7E00, NaN"
  })
  void halvesAreRead(String bits, Float value) {
    assertThat(MappedMatrix.half((short) (int) Integer.decode(bits))).isEqualTo(value);
  }

  @Test
  void readsTensorsWithTheirIdsInsideOrBeside() throws IOException {
    Safetensors.Entry two = Safetensors.Entry.of(new float[] {1, 2, 3, 4}, 2, 2);
    ByteArrayOutputStream inside = new ByteArrayOutputStream();
    new Safetensors(Map.of("ids", "[\"b\", \"\u00e9\"]"), Map.of("x", two)).write(inside);
    Path file = Files.write(directory.resolve("t.safetensors"), inside.toByteArray());
    assertThat(VectorFile.read(file, Optional.empty()).ids()).containsExactly("b", "\u00e9");

    ByteArrayOutputStream beside = new ByteArrayOutputStream();
    new Safetensors(Map.of(), Map.of("vectors", two, "more", two)).write(beside);
    Files.write(file, beside.toByteArray());
    Path list = Files.writeString(directory.resolve("list"), "c\nd");
    VectorFile read = VectorFile.read(file, Optional.of(list));
    assertThat(read.ids()).containsExactly("c", "d");
    assertThat(values(read)).containsExactly(1, 2, 3, 4);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<i8 | False | 1, 1 | its dtype is '<i8'; floats are read: save array.astype('<f4')",
        "<f4 | False | 2,   | its shape is (2,); one row per item is read: save (ids, values)",
        "<f4 | False | 2, 3 | its shape (2, 3) of '<f4' does not match the 8 bytes of values; the"
            + " file was cut short or is damaged",
        "<f4 | False | 1, 2 | has 1 rows for 2 ids; give one id per row (is 'a' a heading?)",
      })
  void whatCannotBeUsedIsNamedWithItsRepair(
      String dtype, String order, String shape, String problem) throws IOException {
    Path file = write(dtype, order, shape, floats(1, 2));
    assertThatThrownBy(() -> VectorFile.read(file, Optional.empty()))
        .isInstanceOf(DataException.class)
        .hasMessage(file + ": " + problem);
  }

  @Test
  void idsMustBeThereAndDiffer() throws IOException {
    byte[] bytes = npy(1, "<f4", "False", "2, 1", floats(1, 2));
    Path file = write(bytes, "a\na\n");
    assertThatThrownBy(() -> VectorFile.read(file, Optional.empty()))
        .isInstanceOf(DataException.class)
        .hasMessage(file + ": the id 'a' stands for rows 0 and 1 (from 0); give each id one row");
    Files.delete(directory.resolve("v.ids.txt"));
    assertThatThrownBy(() -> VectorFile.read(file, Optional.empty()))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(
            directory.resolve("v.ids.txt") + ": there is no such list of item ids");
  }

  @Test
  void valuesMustBeFinite() throws IOException {
    Path file = write("<f4", "False", "2, 2", floats(1, 2, Float.NaN, 4));
    assertThatThrownBy(() -> VectorFile.read(file, Optional.empty()))
        .isInstanceOf(DataException.class)
        .hasMessage(
            file + ": row 1 (from 0), id 'b', column 0 is NaN; only finite values can be used");
  }

  @Test
  void damageNeverEscapes() throws IOException {
    byte[] whole = npy(1, "<f4", "False", "2, 2", floats(1, 2, 3, 4));
    Random random = new Random(2);
    int refused = 0;
    for (int round = 0; round < 300; round++) {
      byte[] damaged = Arrays.copyOf(whole, random.nextInt(whole.length + 1));
      for (int i = random.nextInt(4); i > 0 && damaged.length > 0; i--) {
        damaged[random.nextInt(Math.min(70, damaged.length))] = (byte) random.nextInt(256);
      }
      try {
        assertThat(VectorFile.read(write(damaged, "a\nb\n"), Optional.empty()).width())
            .isEqualTo(2);
      } catch (DataException | CheckpointException e) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(200);
  }
}
