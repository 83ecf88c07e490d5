package dev.horae.cli;

import static dev.horae.cli.TrainedShop.done;
import static dev.horae.cli.TrainedShop.json;
import static dev.horae.cli.TrainedShop.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.RawShop;
import dev.horae.data.AtomicFiles;
import dev.horae.serve.Recommender;
import dev.horae.serve.Recommender.Event;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A run directory answers by itself: its data set may be gone, elsewhere, or newer. */
class StandingAloneTest {

  private static final String HISTORY = "i3@2023-11-20,i5@2023-12-01,i6@2024-01-07T10:00:00Z";
  private static final String LATE = "2030-01-01";

  private static TrainedShop shop;
  private static Path folder;
  private static Path input;

  @BeforeAll
  static void prepareEncodeTrain() throws IOException {
    shop = TrainedShop.get();
    folder = shop.folder();
    input =
        Files.writeString(
            folder.resolve("alone.jsonl"), "{\"history\": [\"i1\", \"i2\"]}\n{\"history\": []}\n");
  }

  private static List<String> answers(Path run) {
    return List.of(
        done("recommend", run, "--history", HISTORY, "--at", LATE, "--top=48").out(),
        done("recommend", run, "--history", HISTORY, "--at", LATE, "--explain").out(),
        done("recommend", run, "--input", input, "--at", LATE, "--exclude-seen").out());
  }

  @ParameterizedTest
  @ValueSource(strings = {"hm4sr", "nova", "unisrec", "sasrec"})
  void aCopiedRunAnswersWithTheSameScoresWhenAllElseIsGone(String model) throws IOException {
    Path data = shop.copy(shop.data(), "gone-" + model);
    Path run = folder.resolve("run-" + model);
    assertThat(TrainedShop.train(data, run, "model.type=" + model, "train.epochs=1").err())
        .isEmpty();
    List<String> before = answers(run);
    String user = done("recommend", run, "--user", "u7", "--at", LATE).out();

    Path copy = shop.copy(run, "copy-" + model);
    AtomicFiles.deleteTree(data);
    AtomicFiles.deleteTree(run);

    assertThat(answers(copy)).isEqualTo(before);
    String gone =
        copy
            + ": was trained on "
            + data
            + ", where no data set is now; say where it is with --data\n";
    refused(3, gone, "recommend", copy, "--user", "u7");
    refused(3, gone, "evaluate", copy);
    assertThat(done("recommend", copy, "--user", "u7", "--at", LATE, "--data", shop.data()).out())
        .isEqualTo(user);
    assertThat(done("evaluate", copy, "--data", shop.data()).out()).startsWith("60 users, test");
  }

  @Test
  void aRunAnswersAfterItsDataSetHasGoneOn() throws IOException {
    Path data = shop.copy(shop.data(), "nightly");
    Path run = folder.resolve("nightly-run");
    assertThat(TrainedShop.train(data, run).err()).isEmpty();
    List<String> before = answers(run);
    Path raw = shop.copy(folder.resolve("shop"), "nightly-raw");
    Files.writeString(
        raw.resolve("events.csv"),
        Files.readString(raw.resolve("events.csv"))
            + "u7,i999,2026-01-01T00:00:00Z\n"
            + "u7,i3,2026-01-02T00:00:00Z\n"
            + "late,i1,2026-01-02T00:00:00Z\n");
    Files.writeString(
        raw.resolve("items.csv"),
        Files.readString(raw.resolve("items.csv")) + "i999,\"Violet kite\",Brand 1,Toys|kite,\n");
    done(
        "prepare",
        "--format=csv",
        "--events",
        raw.resolve("events.csv"),
        "--items",
        raw.resolve("items.csv"),
        "--min-user-events=1",
        "--min-item-events=1",
        "--out",
        data);

    assertThat(answers(run)).isEqualTo(before);
    assertThat(done("recommend", run, "--user", "u7", "--at", LATE).out())
        .contains("unknown to the model, skipped: i999\n");
    refused(
        4,
        run
            + ": was trained on other data than "
            + data
            + " holds now: 49 items, then 48; give the data set as it was with --data, or train"
            + " anew (recommending for a --history needs no data set)\n",
        "evaluate",
        run);
    assertThat(done("evaluate", run, "--data", shop.data()).out()).startsWith("60 users, test");
  }

  @Test
  void featuresThatChangeAfterTrainingDoNotChangeTheRun() throws IOException {
    Path data = shop.copy(shop.data(), "encoded-anew");
    Path run = folder.resolve("encoded-anew-run");
    assertThat(TrainedShop.train(data, run).err()).isEmpty();
    String evaluated = done("evaluate", run).out();
    List<String> before = answers(run);
    Path pictures = shop.copy(folder.resolve("shop/images"), "pictures");
    RawShop.draw(pictures.resolve("i3.png"), 40);
    done("encode", data, "--image", "descriptor", "--images", pictures);
    assertThat(answers(run)).isEqualTo(before);
    assertThat(done("evaluate", run).out()).isEqualTo(evaluated);
  }

  @Test
  void aRunHoldsOnlyWhatItsModelReads() throws IOException {
    Path run = folder.resolve("ids-only");
    TrainedShop.Result trained =
        TrainedShop.train(shop.data(), run, "model.type=sasrec", "train.epochs=1");
    assertThat(trained.out()).startsWith("sasrec on " + shop.data() + ", text none, image none\n");
    assertThat(run.resolve("features")).doesNotExist();
    assertThat(Files.readString(run.resolve("provenance.json"))).doesNotContain("features");
    Path data = shop.copy(shop.data(), "no-features");
    AtomicFiles.deleteTree(data.resolve("features"));
    assertThat(done("evaluate", run, "--data", data).out()).isEqualTo(done("evaluate", run).out());
  }

  @Test
  void aProgramOpensARunInOneLine() throws IOException {
    try (Recommender recommender = Recommender.open(shop.run())) {
      List<Event> history =
          List.of(new Event("i3", 1_700_438_400L), new Event("i5", 1_701_388_800L));
      List<String> items =
          recommender.recommend(List.of(history), 10, true).get(0).items().stream()
              .map(Recommender.Scored::item)
              .toList();
      JsonNode answer =
          json(
              done(
                      "recommend",
                      shop.run(),
                      "--history",
                      "i3@1700438400,i5@1701388800",
                      "--exclude-seen",
                      "--json")
                  .out());
      assertThat(answer.path("items").findValuesAsText("item")).isEqualTo(items).hasSize(10);
    }
  }
}
