package dev.horae.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.cli.HistoryLines.Line;
import dev.horae.cli.HistoryLines.Raw;
import dev.horae.data.DataException;
import dev.horae.serve.Recommender.Event;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HistoryLinesTest {

  private static final long NOW = 1_704_067_200; // 2024-01-01
  private static final String REPAIR =
      "; write {\"user\": \"a\", \"history\": [{\"item\": \"ID\", \"time\": 1390867200}]}";

  @TempDir Path folder;

  private Path file(byte[] content) throws IOException {
    return Files.write(folder.resolve("histories.jsonl"), content);
  }

  private List<Line> read(byte[] content) throws IOException {
    try (HistoryLines lines = new HistoryLines(file(content), NOW)) {
      List<Line> all = new ArrayList<>();
      for (List<Raw> some = lines.next(2); !some.isEmpty(); some = lines.next(2)) {
        assertThat(some).hasSizeLessThan(3);
        some.forEach(raw -> all.add(raw.line()));
      }
      return all;
    }
  }

  private List<Line> read(String content) throws IOException {
    return read(content.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void readsItemsAndTimesInEveryFormThatIsAllowed() throws IOException {
    assertThat(
            read(
                """
                {"user": "Zoë", "history": [{"item": "é", "time": "2023-12-31"}, {"item": 7, "time": 1700000000000}]}
                \t
                {"history": ["a", {"item": "b"}, {"item": "c", "time": null}, {"item": "d", "time": "1700000000"}], "more": 1}\r
                {"user": 12, "history": []}"""))
        .containsExactly(
            new Line("Zoë", List.of(new Event("é", NOW - 86_400), new Event("7", 1_700_000_000))),
            new Line(
                "",
                List.of(
                    new Event("a", NOW),
                    new Event("b", NOW),
                    new Event("c", NOW),
                    new Event("d", 1_700_000_000))),
            new Line("12", List.of()));
    assertThat(read("")).isEmpty();
  }

  @Test
  void leavesOutWhatCameLater() throws IOException {
    assertThat(
            read(
                "{\"history\": [{\"item\": \"a\", \"time\": \"2024-01-02\"},"
                    + " {\"item\": \"b\", \"time\": \"2024-01-01\"}]}"))
        .containsExactly(new Line("", List.of(new Event("b", NOW))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[1]                                                 | has no list 'history'",
        "null                                                | has no list 'history'",
        "{\"history\": {}}                                   | has no list 'history'",
        "{\"history\": [{}]}                                 | has an event without 'item': {}",
        "{\"history\": [null]}                               | has an event without 'item': null",
        "{\"history\": [{\"item\": []}]}                     | has an event without 'item':"
            + " {\"item\":[]}",
        "{\"history\": [{\"item\": \"a\", \"time\": \"x\"}]} | has the time \"x\", which is none",
        "{\"history\": [{\"item\": \"a\", \"time\": []}]}    | has the time [], which is none",
        "{\"history\": []} {\"history\": []}                 | has more than one JSON value",
      })
  void namesFileLineAndRepair(String line, String problem) throws IOException {
    assertThatThrownBy(() -> read("{\"history\": []}\n\n" + line + "\n"))
        .isInstanceOf(DataException.class)
        .hasMessage(folder.resolve("histories.jsonl") + ":3: " + problem + REPAIR);
  }

  @Test
  void textThatIsNotUtf8IsNamedByLine() throws IOException {
    byte[] latin =
        "{\"history\": [\"a\"]}\n{\"history\": [\"é\"]}".getBytes(StandardCharsets.ISO_8859_1);
    assertThatThrownBy(() -> read(latin))
        .isInstanceOf(DataException.class)
        .hasMessage(folder.resolve("histories.jsonl") + ":2: is not UTF-8" + REPAIR);
  }

  @Test
  void anyBytesGiveLinesOrOurException() throws IOException {
    String pattern =
        "{\"user\": \"a\", \"history\": [{\"item\": \"b\", \"time\": 1390867200}, \"é\", null, -1e9]}\n";
    SplittableRandom random = new SplittableRandom(3);
    int read = 0;
    int refused = 0;
    for (int round = 0; round < 1_000; round++) {
      byte[] bytes =
          pattern.repeat(1 + round % 3).replace(", null", "").getBytes(StandardCharsets.UTF_8);
      for (int change = random.nextInt(4); change > 0; change--) {
        bytes[random.nextInt(bytes.length)] =
            (byte)
                (random.nextBoolean() ? random.nextInt(256) : pattern.charAt(random.nextInt(60)));
      }
      try {
        read += read(bytes).size();
      } catch (DataException e) {
        assertThat(e).hasMessageStartingWith(folder.toString());
        refused++;
      }
    }
    assertThat(read).isGreaterThan(200);
    assertThat(refused).isGreaterThan(200);
  }
}
