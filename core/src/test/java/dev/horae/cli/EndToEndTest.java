package dev.horae.cli;

import static dev.horae.cli.TrainedShop.done;
import static dev.horae.cli.TrainedShop.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.cli.TrainedShop.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every verb for real, on a small shop: prepare, encode, train, evaluate, recommend. */
class EndToEndTest {

  private static final String LATE = "2030-01-01";
  private static final String HISTORY = "i3@2023-11-20,i5@2023-12-01,i6@2024-01-07T10:00:00Z";

  private static TrainedShop shop;
  private static Path folder;
  private static Path data;
  private static Path trained;

  @BeforeAll
  static void prepareEncodeTrain() throws IOException {
    shop = TrainedShop.get();
    folder = shop.folder();
    data = shop.data();
    trained = shop.run();
  }

  private static JsonNode recommended(Object... more) throws IOException {
    Path answer = folder.resolve("answer.json");
    List<Object> all = new ArrayList<>(List.of("recommend", trained, "--output", answer));
    all.addAll(List.of(more));
    assertThat(done(all.toArray()).out()).isEqualTo("wrote " + answer + "\n");
    return json(Files.readString(answer));
  }

  @Test
  void trainSaysWhatItDoesAndLeavesAWholeRun() throws IOException {
    assertThat(shop.training().out())
        .startsWith("hm4sr on " + data + ", text minilm, image descriptor\n")
        .containsPattern("feature files \\(can be read again\\) +\\d+ MB\n")
        .containsPattern("best epoch [12] of 2, [0-9.]+ s per epoch, [0-9,]+ examples/s\n")
        .containsPattern("\nndcg@5 +0\\.\\d{4} +0\\.\\d{4} +0\\.\\d{4} to 0\\.\\d{4}")
        .containsPattern(
            "(?m)^epoch 1 of 2: valid ndcg@20 0\\.\\d{4}, best .* in epoch 1; ce .*, at most .*"
                + " left$")
        .containsPattern("(?m)^epoch 2 of 2: .*; [0-9.]+ s, the last one$")
        .contains("run directory: " + trained + "\n\ntest NDCG@10 ")
        .containsPattern("(?m)^item-transitions +0\\.\\d{4} +0\\.\\d{4}$")
        .endsWith(
            "next: horae recommend "
                + trained
                + " --user u0\n      horae compare --data "
                + data
                + " --out comparison\n");
    try (Stream<Path> files = Files.list(trained)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "run.yaml",
              "provenance.json",
              "protocol.json",
              "epochs.csv",
              "checkpoint.safetensors",
              "model.safetensors",
              "metrics.json",
              "ranks-valid.csv",
              "ranks-test.csv");
    }
    assertThat(Files.readString(trained.resolve("run.yaml")))
        .contains("text: minilm", "image: descriptor", "hidden_size: 16");
  }

  @ParameterizedTest
  @CsvSource({"test", "valid"})
  void evaluateFindsTheFiguresOfTheRun(String split) throws IOException {
    JsonNode metrics = json(Files.readString(trained.resolve("metrics.json")));
    Result table = done("evaluate", trained, "--split", split);
    JsonNode found = json(done("evaluate", trained, "--split", split, "--json").out());
    double expected = metrics.at("/" + split + "/ndcg@5").asDouble();
    assertThat(expected).isPositive();
    assertThat(found.at("/metrics/0/metric").asText()).isEqualTo("ndcg@5");
    assertThat(found.at("/metrics/0/mean").asDouble()).isEqualTo(expected);
    assertThat(found.path("metrics")).hasSize(20);
    assertThat(found.path("users").asInt()).isEqualTo(60);
    assertThat(table.out())
        .startsWith("60 users, " + split + " items\n")
        .containsPattern("\nndcg@5 +" + Reports.number(expected) + " ")
        .contains("history items in the top 10: ");
  }

  @Test
  void aFinishedRunResumedIsTheSameRun() throws IOException {
    Path again = shop.copy(trained, "resumed");
    Result result = done("train", "--resume", again);
    assertThat(result.out()).contains("of 2, ", "run directory: " + again);
    assertThat(again.resolve("model.safetensors"))
        .hasSameBinaryContentAs(trained.resolve("model.safetensors"));
    assertThat(json(Files.readString(again.resolve("metrics.json"))).path("test"))
        .isEqualTo(json(Files.readString(trained.resolve("metrics.json"))).path("test"));
  }

  @Test
  void recommendsForAHistoryAndNamesWhatItDoesNotKnow() {
    Result result = done("recommend", trained, "--history", HISTORY + ",j9@1704000000", "--top=5");
    assertThat(result.out()).startsWith("not in the catalogue, skipped: j9\n");
    assertThat(result.out().lines().filter(line -> line.matches(" *[1-5] +-?[0-9.]+ +i\\d+ .*")))
        .hasSize(5)
        .allMatch(line -> line.matches(".*(train|boat|doll|kite|puzzle|ball), no\\. \\d+ *"));
    assertThat(done("recommend", trained, "--history", "i3, i5,i6", "--top", "2").out())
        .containsPattern("\n *2 +-?[0-9.]+ +i\\d+ ");
    assertThat(done("recommend", trained, "--history", "j9,@2024-01-01").out())
        .startsWith(
            """
            not in the catalogue, skipped: j9, @2024-01-01
            the history has no item of the catalogue, so these are the most popular
            """);
    assertThat(done("recommend", trained, "--history", "j9", "--explain").out())
        .isEqualTo(done("recommend", trained, "--history", "j9").out());
  }

  @Test
  void aUserIsTheirHistory() throws IOException {
    List<String> events = new ArrayList<>();
    for (String line : Files.readAllLines(folder.resolve("shop/events.csv"))) {
      if (line.startsWith("u7,")) {
        events.add(line.split(",")[1] + "@" + line.split(",")[2]);
      }
    }
    String whole = String.join(",", events);
    String early = String.join(",", events.subList(0, 3));
    String third = events.get(2).replaceFirst(".*@", "");
    JsonNode user = recommended("--user", "u7", "--at", LATE);
    assertThat(user.path("items")).hasSize(10);
    assertThat(user).isEqualTo(recommended("--history", whole, "--at", LATE));
    JsonNode before = recommended("--user", "u7", "--at", third);
    assertThat(before).isEqualTo(recommended("--history", early)).isNotEqualTo(user);
    assertThat(recommended("--history", whole, "--at", third)).isEqualTo(before);
  }

  @Test
  void laterEventsAreLeftOutAndCounted() {
    assertThat(done("recommend", trained, "--history", HISTORY, "--at", "2023-11-25").out())
        .startsWith("left out, later than 2023-11-25: 2 events\n");
    assertThat(done("recommend", trained, "--history", "i3@2024-01-01", "--at", "1700000000").out())
        .startsWith(
            """
            left out, later than 2023-11-14: 1 event
            the history has no item of the catalogue, so these are the most popular
            """);
  }

  @Test
  void seenItemsCanBeLeftOut() throws IOException {
    JsonNode all = recommended("--history", HISTORY, "--top", "99");
    JsonNode unseen = recommended("--history", HISTORY, "--top", "99", "--exclude-seen");
    assertThat(all.path("items")).hasSize(SmallShop.ITEMS);
    List<String> kept = new ArrayList<>(all.path("items").findValuesAsText("item"));
    kept.removeAll(List.of("i3", "i5", "i6"));
    assertThat(unseen.path("items").findValuesAsText("item")).isEqualTo(kept);
  }

  @Test
  void explainsARecommendation() throws IOException {
    Result result = done("recommend", trained, "--history", HISTORY, "--explain", "--top=3");
    assertThat(result.out())
        .startsWith("history, oldest first\n")
        .containsPattern("#3 +2024-01-07 +i6 +Blue boat, no\\. 6")
        .containsPattern("score +id +text +image +mattered most +item +title")
        .containsPattern("experts after the last event, time gate: \\d+ %( +\\d+ %){3}\n$");
    JsonNode told = recommended("--user", "u7", "--explain", "--top", "1");
    JsonNode reason = told.at("/reasons/0");
    double sum = 0;
    for (JsonNode share : reason.path("shares")) {
      sum += share.asDouble();
    }
    assertThat(Math.abs(sum - reason.at("/item/score").asDouble())).isLessThan(1e-4);
    assertThat(reason.path("influence")).hasSameSizeAs(told.path("history")).hasSize(8);
  }

  @Test
  void answersAFileOfHistories() throws IOException {
    Path input =
        Files.writeString(
            folder.resolve("histories.jsonl"),
            """
            {"user": "Zoë", "history": [{"item": "i3", "time": "2023-11-20"}, {"item": "i5", "time": 1701388800}]}

            {"history": ["i5", "j9"]}
            {"user": "new", "history": []}
            """);
    Path output = folder.resolve("made/answers.jsonl");
    Object[] command = {"recommend", trained, "--input", input, "--at", LATE, "--top", "4"};
    String printed = done(command).out();
    Object[] toFile = Arrays.copyOf(command, command.length + 2);
    toFile[command.length] = "--output";
    toFile[command.length + 1] = output;
    assertThat(done(toFile).out()).isEqualTo("wrote " + output + "\n");
    assertThat(printed).isEqualTo(Files.readString(output));
    List<JsonNode> lines = new ArrayList<>();
    for (String line : printed.lines().toList()) {
      lines.add(json(line));
    }
    assertThat(lines)
        .extracting(line -> line.path("user").asText())
        .containsExactly("Zoë", "", "new");
    assertThat(lines).extracting(line -> line.path("items").size()).containsExactly(4, 4, 4);
    assertThat(lines.get(1).at("/unknown/0").asText()).isEqualTo("j9");
    assertThat(lines.get(0).path("items"))
        .isEqualTo(
            recommended("--history", "i3@2023-11-20,i5@2023-12-01", "--top=4").path("items"));
  }

  @Test
  void manyHistoriesAreAnsweredInTheirOrder() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 700; i++) { // three pieces of work
      lines.append("{\"user\": \"").append(i).append("\", \"history\": [\"i3\"]}\n");
    }
    Path input = Files.writeString(folder.resolve("many.jsonl"), lines);
    List<String> users = new ArrayList<>();
    for (String line :
        done("recommend", trained, "--input", input, "--top=1").out().lines().toList()) {
      users.add(json(line).path("user").asText());
    }
    assertThat(users).isEqualTo(IntStream.range(0, 700).mapToObj(String::valueOf).toList());
  }
}
