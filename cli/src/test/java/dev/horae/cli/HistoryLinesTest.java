package dev.horae.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.data.DataException;
import dev.horae.prep.Line;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class HistoryLinesTest {

  @TempDir Path folder;

  private HistoryLines file(byte[] content) throws IOException {
    return new HistoryLines(
        Files.write(Files.createTempFile(folder, "h", ".jsonl"), content),
        InputStream.nullInputStream());
  }

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }

  private static List<String> all(HistoryLines lines) {
    List<String> all = new ArrayList<>();
    for (List<Line> some = lines.next(3); !some.isEmpty(); some = lines.next(3)) {
      assertThat(some).hasSizeLessThan(4);
      some.forEach(line -> all.add(line.number() + " " + line.text()));
    }
    return all;
  }

  @Test
  void blankLinesAndByteOrderMarksArePassedOver() throws IOException {
    String text = "\uFEFFa\r\n\n \t\r\nb\n\nc";
    try (HistoryLines plain = file(text.getBytes(StandardCharsets.UTF_8));
        HistoryLines zipped = file(gzip(text))) {
      assertThat(all(plain)).containsExactly("1 a", "4 b", "6 c");
      assertThat(all(zipped)).containsExactly("1 a", "4 b", "6 c");
    }
  }

  @Test
  void manyLinesWaitForWhoeverWantsThem() throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 1; i <= 30_000; i++) {
      text.append("line\n");
    }
    try (HistoryLines lines = file(text.toString().getBytes(StandardCharsets.UTF_8))) {
      List<String> all = all(lines);
      assertThat(all).hasSize(30_000).endsWith("30000 line");
      assertThat(lines.next(1)).isEmpty();
    }
  }

  @Test
  void standardInputIsAnsweredLineByLine() throws IOException {
    PipedOutputStream typed = new PipedOutputStream();
    PipedInputStream in = new PipedInputStream(typed);
    typed.write("first\nsec".getBytes(StandardCharsets.UTF_8));
    typed.flush();
    try (HistoryLines lines = new HistoryLines(HistoryLines.STANDARD_INPUT, in)) {
      assertThat(lines.name()).isEqualTo("standard input");
      assertThat(lines.next(9)).containsExactly(new Line(1, "first", null));
      typed.write("ond\n".getBytes(StandardCharsets.UTF_8));
      typed.flush();
      assertThat(lines.next(9)).containsExactly(new Line(2, "second", null));
      typed.close();
      assertThat(lines.next(9)).isEmpty();
    }
  }

  @Test
  void whatWasReadBeforeAFailureComesFirst() throws IOException {
    byte[] whole = gzip("a\n".repeat(100_000));
    try (HistoryLines lines = file(Arrays.copyOf(whole, whole.length - 30))) {
      assertThat(lines.next(1)).containsExactly(new Line(1, "a", null));
      assertThatThrownBy(() -> all(lines))
          .isInstanceOf(DataException.class)
          .hasMessageMatching(
              ".*jsonl: cannot be read after line \\d+: .*; the file may be damaged or cut off");
    }
  }

  @Test
  void whatIsNoFileIsNamed() {
    Path missing = folder.resolve("missing.jsonl");
    assertThatThrownBy(() -> new HistoryLines(missing, InputStream.nullInputStream()))
        .isInstanceOf(DataException.class)
        .hasMessage(missing + ": is not there; give a file of JSON lines, or - for standard input");
    assertThatThrownBy(() -> new HistoryLines(folder, InputStream.nullInputStream()))
        .isInstanceOf(DataException.class)
        .hasMessage(
            folder + ": is a directory; give a file of JSON lines, or - for standard input");
  }

  @Test
  void closingEndsTheReader() throws IOException {
    HistoryLines lines = file("a\n".repeat(50_000).getBytes(StandardCharsets.UTF_8));
    lines.close();
    int read = all(lines).size();
    assertThat(read).isLessThan(50_000);
  }
}
