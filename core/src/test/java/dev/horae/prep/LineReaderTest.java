package dev.horae.prep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.data.DataException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineReaderTest {

  @TempDir Path directory;

  @Test
  void linesEndInAnyWayAndTheMarkAtTheStartIsNoText() throws IOException {
    assertThat(read("\uFEFFa\r\n\nä\n\rold\r\r\n\uFEFFlast".getBytes(StandardCharsets.UTF_8)))
        .containsExactly(
            new Line(1, "a", null),
            new Line(2, "", null),
            new Line(3, "ä", null),
            new Line(4, "", null),
            new Line(5, "old", null),
            new Line(6, "", null),
            new Line(7, "last", null));
  }

  @Test
  void oneLineInAnotherEncodingDoesNotSpoilItsNeighbours() throws IOException {
    assertThat(read("caf\u00e9\nfine \uFFFD\n".getBytes(StandardCharsets.ISO_8859_1)))
        .containsExactly(new Line(1, "caf\uFFFD", "not UTF-8"), new Line(2, "fine ?", null));
    assertThat(read("fine \uFFFD\n".getBytes(StandardCharsets.UTF_8)))
        .containsExactly(new Line(1, "fine \uFFFD", null));
  }

  @Test
  void aFileWithoutLineEndsDoesNotFillTheMemory() throws IOException {
    byte[] bytes = new byte[LineReader.MAX_LINE_BYTES + 2];
    Arrays.fill(bytes, (byte) 'x');
    bytes[bytes.length - 1] = '\n';
    List<Line> lines = read(bytes);
    assertThat(lines).hasSize(1);
    assertThat(lines.get(0).problem()).isEqualTo("line longer than 16 MiB");
  }

  @Test
  void gzipIsToldByItsBytesAndADamagedOneNamed() throws IOException {
    byte[] packed = gzip("a\nb\n".repeat(50_000).getBytes(StandardCharsets.UTF_8));
    assertThat(read(packed)).hasSize(100_000);

    byte[] cut = Arrays.copyOf(packed, packed.length - 20);
    assertThatThrownBy(() -> read(cut))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(directory.resolve("file") + ": cannot be read after line ")
        .hasMessageEndingWith(": gzip: the end is missing; the file may be damaged or cut off");
  }

  @Test
  void aStreamIsReadLikeAFile() throws IOException {
    InputStream in = new ByteArrayInputStream(gzip("one\ntwo".getBytes(StandardCharsets.UTF_8)));
    try (LineReader lines = new LineReader("standard input", in)) {
      assertThat(lines.name()).isEqualTo("standard input");
      assertThat(lines.next()).isEqualTo(new Line(1, "one", null));
      assertThat(lines.next()).isEqualTo(new Line(2, "two", null));
      assertThat(lines.next()).isNull();
      assertThat(lines.next()).isNull();
    }
  }

  @Test
  void fuzz() throws IOException {
    Random random = new Random(5);
    for (int round = 0; round < 200; round++) {
      byte[] bytes = new byte[random.nextInt(300)];
      random.nextBytes(bytes);
      long expected = new String(bytes, StandardCharsets.ISO_8859_1).lines().count();
      InputStream in = new ByteArrayInputStream(bytes);
      assertThat(lines(new LineReader("any", in, Optional.of(StandardCharsets.UTF_8))))
          .hasSize((int) expected);
    }
  }

  private List<Line> read(byte[] bytes) throws IOException {
    Path file = Files.write(directory.resolve("file"), bytes);
    return lines(new LineReader(file));
  }

  private static List<Line> lines(LineReader reader) throws IOException {
    List<Line> read = new ArrayList<>();
    try (reader) {
      for (Line line = reader.next(); line != null; line = reader.next()) {
        read.add(line);
      }
    }
    return read;
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(bytes);
    }
    return packed.toByteArray();
  }
}
