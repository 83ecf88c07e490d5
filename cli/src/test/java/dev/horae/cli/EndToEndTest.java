package dev.horae.cli;

import static dev.horae.cli.TrainedShop.done;
import static dev.horae.cli.TrainedShop.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.cli.TrainedShop.Result;
import dev.horae.data.WriterLock;
import dev.horae.run.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every verb for real, on a small shop: prepare, encode, train, evaluate; {@link
 * RecommendCommandTest} goes on from there.
 */
class EndToEndTest {

  private static TrainedShop shop;
  private static Path data;
  private static Path trained;

  @BeforeAll
  static void prepareEncodeTrain() throws IOException {
    shop = TrainedShop.get();
    data = shop.data();
    trained = shop.run();
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
        .contains(
            "run directory: " + trained + "\nreport: horae report " + trained + "\n\ntest NDCG@10 ")
        .containsPattern("(?m)^item-transitions +0\\.\\d{4} +0\\.\\d{4}$")
        .endsWith(
            "next: horae recommend "
                + trained
                + " --user u0\n      horae compare --data "
                + data
                + " --out comparison --plan\n");
    try (Stream<Path> files = Files.list(trained)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "run.yaml",
              "provenance.json",
              "protocol.json",
              "items.jsonl",
              "features",
              "epochs.csv",
              "checkpoint.safetensors",
              "model.safetensors",
              "serving-check.json",
              "metrics.json",
              "ranks-valid.csv",
              "ranks-test.csv",
              "lock");
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
  void aRunThatIsBeingWrittenIsNotResumed() {
    try (WriterLock lock = RunDirectory.lock(trained)) {
      TrainedShop.Result second = TrainedShop.horae("train", "--resume", trained);
      assertThat(second.err())
          .isEqualTo(
              trained + ": this process writes there already; wait for its end, or stop it\n");
      assertThat(second.code()).isEqualTo(3);
    }
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
}
