package dev.horae.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.data.Catalogue;
import dev.horae.data.Item;
import dev.horae.prep.Line;
import dev.horae.prep.LooseJson.Word;
import dev.horae.serve.Recommender.Event;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HistoryParserTest {

  private static final long NOW = 1_704_067_200; // 2024-01-01
  private static final long THEN = 1_700_000_000;
  private static final String REPAIR =
      "; write {\"user\": \"a\", \"history\": [{\"item\": \"ID\", \"time\": 1390867200}]}";

  private final HistoryParser parser =
      new HistoryParser("h.jsonl", new ItemIds(catalogue("a", "b", "7", "8.0", "true")), NOW);

  static Catalogue catalogue(String... ids) {
    return new Catalogue(
        Stream.of(ids).map(id -> new Item(id, "The " + id, "", List.of(), "")).toList());
  }

  private Question read(String text) {
    return parser.line(new Line(3, text, null));
  }

  private History history(String events) {
    Question question = read("{\"history\": [" + events + "]}");
    assertThat(question.problem()).isNull();
    return question.history();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"item\": \"a\", \"time\": 1700000000}",
        "{\"item\": \" a \", \"time\": \"1700000000\"}",
        "{\"item\": \"a\", \"time\": 1700000000.0}",
        "{\"item\": \"a\", \"time\": 1.7E9}",
        "{\"item\": \"a\", \"time\": 1700000000000}",
        "{\"item\": \"a\", \"time\": 1700000000000000}",
        "{\"item\": \"a\", \"time\": \"2023-11-14 22:13:20 UTC\"}",
        "{\"item\": \"a\", \"time\": \"2023-11-14T22:13:20+00\", \"shop\": null}",
        "[\"a\", 1700000000]",
        "{'item': u'a', 'time': 1700000000}"
      })
  void anEventWithATime(String event) {
    assertThat(history(event)).isEqualTo(new History(List.of(new Event("a", THEN)), 0, 0));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"a\"",
        "[\"a\"]",
        "[\"a\", null]",
        "{\"item\": \"a\"}",
        "{\"item\": \"a\", \"time\": null}",
        "{\"item\": \"a\", \"time\": NaN}",
        "{\"item\": \"a\", \"time\": \"NaT\"}",
        "{\"item\": \"a\", \"time\": \" \"}",
        "{\"item\": \"a\", \"time\": -Infinity}",
        "{\"item\": \"a\", \"time\": \"inf\"}",
        "{'item': 'a', 'time': None}"
      })
  void anEventWithoutATimeGetsTheMoment(String event) {
    assertThat(history(event)).isEqualTo(new History(List.of(new Event("a", NOW)), 0, 1));
  }

  @Test
  void anEventWithoutATimeKeepsItsPlace() {
    assertThat(history("\"x\", [\"a\", 1700000000], \"y\", [\"b\", 1700000100], \"z\""))
        .isEqualTo(
            new History(
                List.of(
                    new Event("x", THEN),
                    new Event("a", THEN),
                    new Event("y", THEN + 100),
                    new Event("b", THEN + 100),
                    new Event("z", NOW)),
                0,
                3));
    assertThat(history("\"a\", [\"b\", \"2030-01-01\"]"))
        .isEqualTo(new History(List.of(new Event("a", NOW)), 1, 1));
  }

  @Test
  void laterEventsAreCountedAndLeftOut() {
    assertThat(history("[\"a\", \"2024-01-02\"], [\"b\", \"2024-01-01\"], [\"c\", 1893456000]"))
        .isEqualTo(new History(List.of(new Event("b", NOW)), 2, 0));
  }

  @Test
  void eventsWithinASecondStandInTheirOrder() {
    assertThat(history("[\"a\", 1700000000.75], [\"b\", 1700000000.5]").events())
        .containsExactly(new Event("b", THEN), new Event("a", THEN));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "7          | 7",
        "7.0        | 7",
        "7e0        | 7",
        "\"7\"      | 7",
        "\"7.0\"    | 7",
        "\" 7\"     | 7",
        "8.0        | 8.0",
        "8          | 8",
        "\"8.0\"    | 8.0",
        "7.5        | 7.5",
        "1e99       | 1e99",
        "\"true\"   | true",
        "\"b \"     | b",
        "\"A\"      | A"
      })
  void itemsAsNumbersAndTexts(String item, String id) {
    assertThat(history(item).events()).containsExactly(new Event(id, NOW));
    assertThat(history("{\"item\": " + item + "}")).isEqualTo(history(item));
  }

  @Test
  void theUserIsKeptAsItStands() {
    assertThat(read("{\"user\": \"Zoë\", \"history\": []}"))
        .isEqualTo(Question.line(3, "Zoë", History.EMPTY));
    assertThat(read("{\"history\": null, \"user\": 12.50}"))
        .isEqualTo(Question.line(3, new Word("12.50"), History.EMPTY));
    assertThat(read("{\"history\": [], \"more\": {\"x\": [1]}}"))
        .isEqualTo(Question.line(3, null, History.EMPTY));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[1]                                | is no object",
        "null                               | is no object",
        "{\"User\": 1}                      | has no list 'history'",
        "{\"history\": {}}                  | has a 'history' that is no list: {}",
        "{\"history\": \"a,b\"}             | has a 'history' that is no list: \"a,b\"",
        "{\"history\": [{}]}                | has an event without 'item': {}",
        "{\"history\": [{\"id\": 7.50}]}    | has an event without 'item': {\"id\":7.50}",
        "{\"history\": [null]}              | has an event without 'item': null",
        "{\"history\": [true]}              | has an event without 'item': true",
        "{\"history\": [\" \"]}             | has an event without 'item': \" \"",
        "{\"history\": [{\"item\": []}]}    | has an event without 'item': {\"item\":[]}",
        "{\"history\": [[]]}                | has an event that is no [item, time]: []",
        "{\"history\": [[1,2,3]]}           | has an event that is no [item, time]: [1,2,3]",
        "{\"history\": [[\"a\",\"b\"]]}     | has the time \"b\", which is invalid",
        "{\"history\": [[\"a\",true]]}      | has the time true, which is invalid",
        "{\"history\": [[\"a\",{}]]}        | has the time {}, which is invalid",
        "{\"history\": [[\"a\",1e40]]}      | has the time 1e40, which is invalid",
        "{\"history\": []} {}               | is not JSON: expected the end but found '{' at"
            + " character 17",
        "{\"history\": [                    | is not JSON: expected more but found the end at"
            + " character 14",
        "{\"history\": [], \"history\": []} | is not JSON: the name 'history' stands twice in an"
            + " object",
      })
  void namesFileLineAndRepair(String line, String problem) {
    assertThat(read(line)).isEqualTo(Question.broken(3, null, "h.jsonl:3: " + problem + REPAIR));
  }

  @Test
  void aBrokenLineKeepsItsUser() {
    assertThat(read("{\"user\": \"u\", \"history\": 1}"))
        .isEqualTo(
            Question.broken(3, "u", "h.jsonl:3: has a 'history' that is no list: 1" + REPAIR));
  }

  @Test
  void longValuesAreShownShort() {
    String line = "{\"history\": [{\"id\": \"" + "x".repeat(999) + "\"}]}";
    assertThat(read(line).problem())
        .isEqualTo(
            "h.jsonl:3: has an event without 'item': {\"id\":\"" + "x".repeat(93) + "..." + REPAIR);
  }

  @Test
  void textThatIsNotUtf8IsNamed() {
    assertThat(parser.line(new Line(2, "{\"history\": [\"\uFFFD\"]}", "not UTF-8")).problem())
        .isEqualTo("h.jsonl:2: cannot be read: not UTF-8" + REPAIR);
    assertThat(read("{\0\"\0h\0").problem())
        .isEqualTo("h.jsonl:3: is no UTF-8 text (UTF-16?)" + REPAIR);
    assertThat(read("{\"history\": " + "[".repeat(100_000)).problem())
        .isEqualTo(
            "h.jsonl:3: is not JSON: nested deeper than 256 levels but found '[' at character 269"
                + REPAIR);
  }

  @Test
  void anyTextGivesAHistoryOrAProblem() {
    String pattern =
        "{\"user\": \"a\", \"history\": [{\"item\": \"b\", \"time\": 1390867200}, \"é\", [7,"
            + " -1e9]]}";
    SplittableRandom random = new SplittableRandom(3);
    int read = 0;
    int refused = 0;
    for (int round = 0; round < 3_000; round++) {
      byte[] bytes = pattern.getBytes(StandardCharsets.ISO_8859_1);
      for (int change = random.nextInt(4); change > 0; change--) {
        bytes[random.nextInt(bytes.length)] =
            (byte)
                (random.nextBoolean() ? random.nextInt(256) : pattern.charAt(random.nextInt(60)));
      }
      Question question = read(new String(bytes, StandardCharsets.ISO_8859_1));
      if (question.problem() == null) {
        read++;
      } else {
        assertThat(question.problem()).startsWith("h.jsonl:3: ").endsWith(REPAIR);
        refused++;
      }
    }
    assertThat(read).isGreaterThan(600);
    assertThat(refused).isGreaterThan(600);
  }
}
