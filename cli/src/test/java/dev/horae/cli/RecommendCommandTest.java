package dev.horae.cli;

import static dev.horae.cli.TrainedShop.done;
import static dev.horae.cli.TrainedShop.horae;
import static dev.horae.cli.TrainedShop.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.RawShop;
import dev.horae.cli.TrainedShop.Result;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecommendCommandTest {

  private static final String LATE = "2030-01-01";
  private static final String HISTORY = "i3@2023-11-20,i5@2023-12-01,i6@2024-01-07T10:00:00Z";
  private static final String REPAIR =
      "; write {\"user\": \"a\", \"history\": [{\"item\": \"ID\", \"time\": 1390867200}]}";
  private static final String NOBODY_REPEATS =
      "seen items are left out: 0.0 % of the training events repeat an item; --no-exclude-seen"
          + " keeps them\n";

  private static TrainedShop shop;
  private static Path folder;
  private static Path trained;

  @BeforeAll
  static void train() throws IOException {
    shop = TrainedShop.get();
    folder = Files.createDirectories(shop.folder().resolve("recommend"));
    trained = shop.run();
  }

  private static Result recommend(Object... more) {
    List<Object> all = new ArrayList<>(List.of("recommend", trained));
    all.addAll(List.of(more));
    return horae(all.toArray());
  }

  private static Result table(Object... more) {
    Result result = recommend(more);
    assertThat(result.err()).isEmpty();
    assertThat(result.code()).isZero();
    return result;
  }

  private static JsonNode recommended(Object... more) throws IOException {
    List<Object> all = new ArrayList<>(List.of("--json"));
    all.addAll(List.of(more));
    Result result = recommend(all.toArray());
    assertThat(result.err()).isIn("", NOBODY_REPEATS);
    assertThat(result.code()).isZero();
    assertThat(result.out().lines()).hasSize(1);
    return json(result.out());
  }

  private static Path input(String name, String... lines) throws IOException {
    return Files.writeString(folder.resolve(name), String.join("\n", lines));
  }

  private static List<JsonNode> answers(String text) throws IOException {
    List<JsonNode> answers = new ArrayList<>();
    for (String line : text.lines().toList()) {
      answers.add(json(line));
    }
    return answers;
  }

  private static List<String> items(JsonNode answer) {
    return answer.path("items").findValuesAsText("item");
  }

  @Test
  void aTableForPeople() {
    String out = table("--history", HISTORY + ",j9@1704000000", "--top=5").out();
    assertThat(out).startsWith(NOBODY_REPEATS + "unknown to the model, skipped: j9\n");
    assertThat(out.lines().filter(line -> line.matches(" *[1-5] +-?[0-9.]+ +i\\d+ .*")))
        .hasSize(5)
        .allMatch(line -> line.matches(".*(train|boat|doll|kite|puzzle|ball), no\\. \\d+ *"));
    assertThat(
            table("--history", "i3, i5@2024-01-01,i6", "--history", "i7", "--no-exclude-seen")
                .out())
        .startsWith("without a usable time, kept at their place: 3 events\n   ");
    assertThat(table("--history", "i3, i5", "--exclude-seen", "--top", "2").out())
        .containsPattern("\\A +score  item +title\n-.*\n1 .*\n2 .*\n\\z");
  }

  @Test
  void theFieldsOfAnAnswer() throws IOException {
    JsonNode answer =
        recommended("--user", "u7", "--at", "2024-06-01T12:00:00+02:00", "--top", "2");
    assertThat(answer.fieldNames())
        .toIterable()
        .containsExactly(
            "user",
            "items",
            "source",
            "reason",
            "unknown",
            "later",
            "untimed",
            "at",
            "model",
            "unfinished");
    assertThat(answer.path("user").asText()).isEqualTo("u7");
    assertThat(answer.at("/items/0").fieldNames())
        .toIterable()
        .containsExactly("item", "title", "score", "source");
    assertThat(answer.at("/items/1/title").asText()).matches("[A-Z][a-z]+ [a-z]+, no\\. \\d+");
    assertThat(answer.at("/items/1/source").asText()).isEqualTo("model");
    assertThat(answer.path("source").asText()).isEqualTo("model");
    assertThat(answer.path("reason").isNull()).isTrue();
    assertThat(answer.path("at").asText()).isEqualTo("2024-06-01T10:00:00Z");
    assertThat(answer.path("model").asText()).isEqualTo("hm4sr");
    assertThat(answer.path("unfinished").isBoolean()).isTrue();
    assertThat(answer.path("unfinished").asBoolean()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--history '' | the history is empty",
        "--history j8,j9@2020-01-01 | the model knows no item of the history",
        "--history i3@2024-01-01 | the only event of the history is later than"
            + " 2023-11-14T22:13:20Z",
        "--history i3@2024-01-01,i4@2024-01-01 | all 2 events of the history are later than"
            + " 2023-11-14T22:13:20Z",
        "--history i3@2024-01-01,j4 | 1 event of the history is later than 2023-11-14T22:13:20Z and"
            + " of the others the model knows no item",
        "--user u77 | the data set has no user 'u77' (did you mean 'u7'?)",
      })
  void withoutAKnownItemTheAnswerIsPopularAndSaysWhy(String words, String reason)
      throws IOException {
    List<Object> command = new ArrayList<>(List.of("--at", "1700000000", "--top", "2"));
    for (String word : words.split(" ")) {
      command.add(word.replace("'", ""));
    }
    String whole = reason + "; these are the most popular items";
    JsonNode answer = recommended(command.toArray());
    assertThat(answer.path("source").asText()).isEqualTo("popular");
    assertThat(answer.path("reason").asText()).isEqualTo(whole);
    assertThat(answer.at("/items/0").fieldNames())
        .toIterable()
        .containsExactly("item", "title", "score", "source", "reason");
    assertThat(answer.path("items").findValuesAsText("reason")).containsExactly(whole, whole);
    assertThat(answer.at("/items/0/score").asInt())
        .isGreaterThanOrEqualTo(answer.at("/items/1/score").asInt())
        .isPositive();
    assertThat(table(command.toArray()).out())
        .contains(
            whole + "\n   events  item  title\n",
            "\n2      " + answer.at("/items/1/score").asInt());
    command.add("--explain");
    assertThat(table(command.toArray()).out())
        .isEqualTo(table(command.subList(0, command.size() - 1).toArray()).out());
  }

  @Test
  void aUserIsTheirHistory() throws IOException {
    List<String> events = new ArrayList<>();
    for (String line : Files.readAllLines(shop.folder().resolve("shop/events.csv"))) {
      if (line.startsWith("u7,")) {
        events.add(line.split(",")[1] + "@" + line.split(",")[2]);
      }
    }
    String whole = String.join(",", events);
    String early = String.join(",", events.subList(0, 3));
    String third = events.get(2).replaceFirst(".*@", "");
    JsonNode user = recommended("--user", "u7", "--at", LATE);
    assertThat(user.path("items")).hasSize(10);
    assertThat(user.path("items"))
        .isEqualTo(recommended("--history", whole, "--at", LATE).path("items"));
    JsonNode before = recommended("--user", "u7", "--at", third);
    assertThat(before.path("items"))
        .isEqualTo(recommended("--history", early).path("items"))
        .isNotEqualTo(user.path("items"));
    JsonNode cut = recommended("--history", whole, "--at", third);
    assertThat(cut.path("items")).isEqualTo(before.path("items"));
    assertThat(cut.path("later").asInt()).isEqualTo(events.size() - 3);
  }

  @Test
  void laterEventsAreLeftOutAndCounted() throws IOException {
    assertThat(table("--history", HISTORY, "--at", "2023-11-25").out())
        .startsWith(NOBODY_REPEATS + "left out, later than 2023-11-25T00:00:00Z: 2 events\n");
    assertThat(recommended("--history", HISTORY, "--at", "2023-11-25").path("later").asInt())
        .isEqualTo(2);
  }

  @Test
  void seenItemsAreLeftOutWhereNobodyRepeatsThem() throws IOException {
    JsonNode all = recommended("--history", HISTORY, "--top", "99", "--no-exclude-seen");
    JsonNode unseen = recommended("--history", HISTORY, "--top", "99", "--exclude-seen");
    JsonNode chosen = recommended("--history", HISTORY, "--top", "99");
    assertThat(all.path("items")).hasSize(RawShop.ITEMS);
    List<String> kept = new ArrayList<>(items(all));
    kept.removeAll(List.of("i3", "i5", "i6"));
    assertThat(items(unseen)).isEqualTo(kept);
    assertThat(chosen.path("items")).isEqualTo(unseen.path("items"));
    assertThat(all.path("reason").asText()).isEqualTo("48 items are all there are");
    assertThat(unseen.path("reason").asText())
        .isEqualTo("3 of 48 items are in the history; --exclude-seen leaves 45");
    assertThat(chosen.path("reason").asText())
        .isEqualTo(
            "3 of 48 items are in the history; seen items are left out, which leaves 45;"
                + " --no-exclude-seen keeps them");
  }

  @Test
  void aHistoryOfEverythingLeavesNothing() throws IOException {
    String everything =
        String.join(",", IntStream.range(0, RawShop.ITEMS).mapToObj(i -> "i" + i).toList());
    String reason = "all 48 items are in the history; --exclude-seen leaves none";
    assertThat(table("--history", everything, "--exclude-seen").out()).isEqualTo(reason + "\n");
    assertThat(table("--history", everything, "--exclude-seen", "--explain").out())
        .isEqualTo(reason + "\n");
    JsonNode answer = recommended("--history", everything, "--exclude-seen");
    assertThat(answer.path("items")).isEmpty();
    assertThat(answer.path("source").asText()).isEqualTo("model");
    assertThat(answer.path("reason").asText()).isEqualTo(reason);
    assertThat(recommend("--history", everything, "--exclude-seen", "--format", "csv").out())
        .isEqualTo(CsvAnswers.HEADER + ",,,,,,model," + reason + ",0,0,48\n");
  }

  @Test
  void explainsARecommendation() throws IOException {
    String out = table("--history", HISTORY, "--explain", "--top=3").out();
    assertThat(out)
        .startsWith(NOBODY_REPEATS + "history, oldest first\n")
        .containsPattern("#3 +2024-01-07 +i6 +Blue boat, no\\. 6")
        .containsPattern("score +id +text +image +mattered most +item +title")
        .containsPattern("experts after the last event, time gate: \\d+ %( +\\d+ %){3}\n$");
    JsonNode told = recommended("--user", "u7", "--explain", "--top", "1");
    JsonNode item = told.at("/items/0");
    double sum = 0;
    for (JsonNode share : item.path("shares")) {
      sum += share.asDouble();
    }
    assertThat(item.path("shares").fieldNames())
        .toIterable()
        .containsExactly("id", "text", "image");
    assertThat(Math.abs(sum - item.path("score").asDouble())).isLessThan(1e-4);
    assertThat(item.path("influence")).hasSameSizeAs(told.path("history")).hasSize(8);
    assertThat(told.at("/history/0").fieldNames())
        .toIterable()
        .containsExactly("item", "title", "time");
    assertThat(told.path("gates").fieldNames())
        .toIterable()
        .containsExactly("id", "text", "image", "time");
  }

  @Test
  void answersAFileOfHistories() throws IOException {
    Path file =
        input(
            "histories.jsonl",
            "{\"user\": \"Zoë\", \"history\": [{\"item\": \"i3\", \"time\": \"2023-11-20\"},"
                + " {\"item\": \"i5\", \"time\": 1701388800}]}",
            "",
            "{\"history\": [[\"i5\", NaN], \"j9\"]}",
            "{\"user\": 12, \"history\": []}");
    Path output = folder.resolve("made/answers.jsonl");
    Object[] command = {"--input", file, "--at", LATE, "--top", "4", "--exclude-seen"};
    String printed = table(command).out();
    List<Object> toFile = new ArrayList<>(List.of("--output", output));
    toFile.addAll(List.of(command));
    assertThat(table(toFile.toArray()).out()).isEqualTo("wrote " + output + "\n");
    assertThat(printed).isEqualTo(Files.readString(output));
    List<JsonNode> answers = answers(printed);
    assertThat(answers).extracting(a -> a.path("line").asInt()).containsExactly(1, 3, 4);
    assertThat(answers)
        .extracting(a -> a.path("user").toString())
        .containsExactly("\"Zoë\"", "null", "12");
    assertThat(answers).extracting(a -> a.path("items").size()).containsExactly(4, 4, 4);
    assertThat(answers)
        .extracting(a -> a.path("source").asText())
        .containsExactly("model", "model", "popular");
    assertThat(answers).extracting(a -> a.path("untimed").asInt()).containsExactly(0, 2, 0);
    assertThat(answers.get(1).at("/unknown/0").asText()).isEqualTo("j9");
    assertThat(answers.get(0).path("items"))
        .isEqualTo(
            recommended("--history", "i3@2023-11-20,i5@2023-12-01", "--top=4").path("items"));
  }

  /** The answers would take the place of the histories. */
  @Test
  void theFileOfHistoriesIsNotTheOneOfAnswers() throws IOException {
    String history = "{\"history\": []}";
    Path file = input("kept.jsonl", history);
    Path link = Files.createSymbolicLink(folder.resolve("kept-too.jsonl"), file);
    for (Path output : List.of(file, link, file.resolveSibling("./kept.jsonl"))) {
      Result result = recommend("--input", file, "--output", output);
      assertThat(result.err())
          .startsWith("--output " + output + " is the file of --input; name another\n");
      assertThat(result.code()).isEqualTo(2);
      assertThat(file).hasContent(history);
    }
  }

  @Test
  void aBrokenLineIsAnsweredWithItsErrorAndTheOthersAsEver() throws IOException {
    Path file =
        input(
            "broken.jsonl",
            "{\"user\": \"a\", \"history\": [\"i3\"]}",
            "{\"user\": \"b\", \"history\": [[\"i3\", \"soon\"]]}",
            "{\"user\": \"c\", \"history\": [\"i5\"]}",
            "{\"user\": \"d\"");
    Path output = folder.resolve("broken-answers.jsonl");
    Result result = recommend("--input", file, "--output", output, "--top", "1", "--exclude-seen");
    String error = file + ":2: has the time \"soon\", which is invalid" + REPAIR;
    assertThat(result.code()).isEqualTo(3);
    assertThat(result.out()).isEqualTo("wrote " + output + "\n");
    assertThat(result.err())
        .isEqualTo("2 of 4 histories could not be answered, the first: " + error + "\n");
    List<JsonNode> answers = answers(Files.readString(output));
    assertThat(answers).extracting(a -> a.path("line").asInt()).containsExactly(1, 2, 3, 4);
    assertThat(answers).extracting(a -> a.path("items").size()).containsExactly(1, 0, 1, 0);
    assertThat(answers.get(1).fieldNames())
        .toIterable()
        .containsExactly("line", "user", "items", "error");
    assertThat(answers.get(1).path("user").asText()).isEqualTo("b");
    assertThat(answers.get(1).path("error").asText()).isEqualTo(error);
    Result table = recommend("--input", file, "--format", "table", "--top", "1", "--exclude-seen");
    assertThat(table.code()).isEqualTo(3);
    assertThat(table.out())
        .startsWith("line 1, user a\n ")
        .contains("\nline 2, user b\n" + error + "\n");
    assertThat(recommend("--input", file, "--format", "csv", "--top", "1", "--exclude-seen").out())
        .startsWith(CsvAnswers.HEADER + "1,a,1,i")
        .contains("\n2,b,,,,,error,\"" + error.replace("\"", "\"\"") + "\",,,\n3,c,1,i");
  }

  @Test
  void manyHistoriesAreAnsweredInTheirOrder() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 700; i++) { // three pieces of work
      lines.append("{\"user\": \"").append(i).append("\", \"history\": [\"i3\"]}\n");
    }
    InputStream typed = System.in;
    List<String> users = new ArrayList<>();
    try {
      System.setIn(new ByteArrayInputStream(lines.toString().getBytes(StandardCharsets.UTF_8)));
      for (JsonNode answer : answers(table("--input", "-", "--top=1", "--exclude-seen").out())) {
        users.add(answer.path("user").asText());
      }
    } finally {
      System.setIn(typed);
    }
    assertThat(users).isEqualTo(IntStream.range(0, 700).mapToObj(String::valueOf).toList());
  }

  @Test
  void anEmptyFileHasNoAnswers() throws IOException {
    Path file = input("empty.jsonl", " ", "");
    Result result = recommend("--input", file, "--exclude-seen");
    assertThat(result.code()).isZero();
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).isEqualTo(file + ": holds no history\n");
  }

  /** Ids and titles of every kind, and people who come back to what they had. */
  @Test
  void aStrangeCatalogue() throws IOException {
    String odd = "x\u001b[31m";
    List<String> ids = List.of("a,b", "i@shop", "7", odd, "=1+1", "plain");
    StringBuilder events = new StringBuilder("user\titem\ttime\n");
    for (int u = 0; u < 12; u++) {
      for (int e = 0; e < 8; e++) {
        events
            .append("u" + u + "\t" + ids.get((u + e / 2) % ids.size()) + "\t")
            .append(1_700_000_000 + e * 86_400)
            .append('\n');
      }
    }
    Path raw = Files.writeString(folder.resolve("strange.tsv"), events);
    Path data = folder.resolve("strange");
    Path run = folder.resolve("strange-run");
    horae("prepare", "--format=csv", "--events", raw, "--min-item-events=1", "--out", data);
    Result training = TrainedShop.train(data, run, "model.type=sasrec", "train.epochs=1");
    assertThat(training.code()).as(training.err()).isZero();
    Result repeated =
        horae("recommend", run, "--history", "a,b", "--history", "i@shop,7.0", "--json");
    assertThat(repeated.err())
        .isEqualTo(
            "seen items may come again: 60.0 % of the training events repeat an item;"
                + " --exclude-seen leaves them out\n");
    assertThat(json(repeated.out()).path("items")).hasSize(6);
    assertThat(json(repeated.out()).path("unknown")).isEmpty();
    assertThat(repeated.out()).contains("x\\u001B[31m").doesNotContain("\u001b");
    Result csv = horae("recommend", run, "--history", "7", "--format", "csv", "--exclude-seen");
    assertThat(csv.out()).contains(",'=1+1,,", ",\"a,b\",,");
    String shown = done("recommend", run, "--history", "y" + odd, "--exclude-seen").out();
    assertThat(shown).contains("skipped: yx [31m\n", " x [31m\n").doesNotContain("\u001b");
    assertThat(done("recommend", run, "--history", "a,z", "--exclude-seen").out())
        .startsWith(
            "unknown to the model, skipped: a, z (an id with a comma needs a --history of its"
                + " own)\n");
  }
}
