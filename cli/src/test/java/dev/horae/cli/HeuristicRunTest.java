package dev.horae.cli;

import static dev.horae.cli.TrainedShop.done;
import static dev.horae.cli.TrainedShop.horae;
import static dev.horae.cli.TrainedShop.json;
import static dev.horae.cli.TrainedShop.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.RawShop;
import dev.horae.serve.Recommender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Heuristic baselines are trained, kept, asked and listed by the verbs that networks have. */
class HeuristicRunTest {

  private static final String HISTORY = "i3@2023-11-20,i5@2023-12-01,i6@2024-01-07T10:00:00Z";
  private static final String LATE = "2030-01-01";

  private static TrainedShop shop;

  @BeforeAll
  static void prepareAndEncode() throws IOException {
    shop = TrainedShop.get();
  }

  private static Path train(String model, Path data, String name, String... settings) {
    Path run = shop.folder().resolve(name);
    List<Object> words =
        new ArrayList<>(List.of("train", "--data", data, "--out", run, "model.type=" + model));
    words.addAll(List.of(settings));
    String out = done(words.toArray()).out();
    assertThat(out)
        .startsWith(model + " on " + data + ", text none, image none\nfitted in ")
        .contains(
            "\nmetric ",
            "\nrun directory: " + run + "\nreport: horae report " + run + "\n",
            "\ntest NDCG@10 ",
            "\nnext: ")
        .doesNotContain("planned");
    return run;
  }

  private static List<String> answers(Path run) throws IOException {
    Path input =
        Files.writeString(
            shop.folder().resolve("heuristic.jsonl"),
            "{\"history\": [\"i1\", \"i2\"]}\n{\"history\": []}\n{\"history\": [\"none\"]}\n");
    return List.of(
        done("recommend", run, "--history", HISTORY, "--at", LATE, "--top=48").out(),
        done("recommend", run, "--history", HISTORY, "--at", LATE, "--explain").out(),
        done("recommend", run, "--input", input, "--at", LATE, "--no-exclude-seen").out());
  }

  private static void delete(Path directory) {
    TrainedShop.delete(directory);
  }

  @ParameterizedTest
  @ValueSource(strings = {"item-transitions", "vmis-knn", "most-popular"})
  void aCopiedRunAnswersWhenItsDataSetIsGone(String model) throws IOException {
    Path data = shop.copy(shop.data(), "gone-" + model);
    Path run = train(model, data, "heuristic-" + model);
    List<String> before = answers(run);
    String evaluated = done("evaluate", run).out();

    Path copy = shop.copy(run, "heuristic-copy-" + model);
    delete(data);
    delete(run);

    assertThat(answers(copy)).isEqualTo(before);
    assertThat(done("evaluate", copy, "--data", shop.data()).out()).isEqualTo(evaluated);
    assertThat(done("recommend", copy, "--user", "u7", "--data", shop.data()).out())
        .contains("item");
    refused(
        3,
        copy
            + ": was trained on "
            + data
            + ", where no data set is now; say where it is with --data\n",
        "evaluate",
        copy);
    try (Recommender recommender = Recommender.open(copy)) {
      assertThat(recommender.catalogue().size()).isEqualTo(RawShop.ITEMS);
    }
  }

  @Test
  void whatIsEvaluatedIsWhatTrainingFound() throws IOException {
    Path run = train("vmis-knn", shop.data(), "heuristic-figures");
    JsonNode evaluated = json(done("evaluate", run, "--json").out());
    JsonNode report = json(Files.readString(run.resolve("metrics.json")));
    assertThat(evaluated.path("model").asText()).isEqualTo("vmis-knn");
    for (JsonNode metric : evaluated.path("metrics")) {
      assertThat(metric.path("mean").asDouble())
          .isEqualTo(report.path("test").path(metric.path("metric").asText()).asDouble());
    }
    assertThat(report.path("epochs").asInt()).isZero();
  }

  /** The weights of our own model are fitted to the validation targets. */
  @Test
  void figuresOfTrainingAreNotCalledValidation() {
    Path own =
        train("horae", shop.data(), "own-figures", "model.tower=none", "text=none", "image=none");
    assertThat(done("show", own).out()).contains("\nmetric   valid, fitted to ");
    assertThat(done("evaluate", own, "--split", "valid").out())
        .contains("\nhorae is fitted to these targets: the figures are those of training\n");
    assertThat(done("evaluate", own).out()).doesNotContain("fitted to these targets");
    Path counted = train("vmis-knn", shop.data(), "counted-figures");
    assertThat(done("show", counted).out()).contains("\nmetric    valid ");
    assertThat(done("evaluate", counted, "--split", "valid").out())
        .doesNotContain("fitted to these targets");
  }

  @Test
  void whatIsBeyondAccuracyIsSaidWhenAsked() throws IOException {
    Path run = train("most-popular", shop.data(), "heuristic-beyond");
    String plain = done("evaluate", run).out();
    String beyond = done("evaluate", run, "--beyond-accuracy").out();
    assertThat(plain).doesNotContain("coverage");
    assertThat(beyond)
        .startsWith(plain.strip())
        .endsWith(
            """

            ten items shown, history left out       mean
            ---------------------------------  ---------
            coverage                              33.3 %
            novelty                            5.22 bits
            popularity lift                        +0.23
            long tail                              0.0 %
            cold                                   0.0 %

            events before the target  users  ndcg@10  history masked
            ------------------------  -----  -------  --------------
                                 5–9     60   0.0562          0.0915

            """);
    JsonNode json = json(done("evaluate", run, "--json", "--beyond-accuracy").out());
    JsonNode figures = json.path("beyond_accuracy");
    assertThat(figures.path("coverage").asDouble()).isBetween(0.0, 1.0);
    assertThat(figures.path("popularity_lift").asDouble()).isPositive();
    assertThat(figures.path("by_length").path(1).path("users").asInt()).isEqualTo(60);
    assertThat(figures.path("by_length").path(1).path("ndcg").asDouble()) // summed in another order
        .isCloseTo(json.path("metrics").path(1).path("mean").asDouble(), within(1e-12));
    assertThat(json(done("evaluate", run, "--json").out()).has("beyond_accuracy")).isFalse();
  }

  @Test
  void aHistoryIsExplainedByItsEvents() throws IOException {
    Path transitions = train("item-transitions", shop.data(), "heuristic-explained");
    JsonNode answer =
        json(
            done(
                    "recommend",
                    transitions,
                    "--history",
                    HISTORY,
                    "--json",
                    "--explain",
                    "--exclude-seen")
                .out());
    assertThat(answer.path("history").findValuesAsText("item")).containsExactly("i6"); // the last
    JsonNode best = answer.path("items").path(0);
    assertThat(best.path("shares").path("score").floatValue())
        .isEqualTo(best.path("score").floatValue())
        .isPositive();
    assertThat(best.path("influence").path(0).floatValue())
        .isEqualTo(best.path("score").floatValue());

    Path popular = train("most-popular", shop.data(), "heuristic-unread");
    assertThat(
            done("recommend", popular, "--history", HISTORY, "--explain", "--exclude-seen").out())
        .startsWith("the model recommends the same after every history\nrecommended; ");
    JsonNode all =
        json(
            done("recommend", popular, "--history", HISTORY, "--json", "--exclude-seen", "--top=99")
                .out());
    assertThat(
            StreamSupport.stream(all.path("items").spliterator(), false)
                .map(item -> item.path("item").asText()))
        .hasSize(RawShop.ITEMS - 3)
        .doesNotContain("i3", "i5", "i6");
  }

  @Test
  void aFinishedRunHasNothingLeftToDo() {
    Path run = train("item-transitions", shop.data(), "heuristic-again");
    assertThat(done("train", "--resume", run).out())
        .contains("\nnothing was left to do: item-transitions is fitted\nfitted in ");
    assertThat(done("show", run).out())
        .startsWith("Run " + run + ": item-transitions, seed 2025, on ")
        .contains("\nsettings: the defaults\nfitted in ");
    assertThat(done("runs", run).out()).containsPattern("item-transitions +data +2025 +– +0\\.");
  }

  @Test
  void aRunThatWasStoppedGoesOn() throws IOException {
    Path run = train("vmis-knn", shop.data(), "heuristic-stopped");
    String evaluated = done("evaluate", run).out();
    Files.delete(run.resolve("metrics.json"));
    assertThat(done("show", run).out())
        .endsWith("stopped before its end; continue with: horae train --resume " + run + "\n");
    assertThat(done("runs", run).out()).containsPattern("vmis-knn +data +2025 +stopped +– +–");
    Files.delete(run.resolve("model.safetensors"));
    assertThat(done("train", "--resume", run).out()).doesNotContain("nothing was left");
    assertThat(done("evaluate", run).out()).isEqualTo(evaluated);
  }

  @Test
  void settingsAreKeptAndHeld() throws IOException {
    Path run = train("vmis-knn", shop.data(), "heuristic-settings", "model.neighbours=3");
    assertThat(done("show", run).out())
        .contains("\nsettings other than the defaults: model.neighbours=3\n");
    assertThat(answers(run)).isNotEqualTo(answers(train("vmis-knn", shop.data(), "heuristic-set")));
    refused(
        2,
        "command line: model.neighbours is 3 in this run and cannot become 4; a run that goes on"
            + " may change device, train.workers, anything else takes a new --out\n"
            + "1 problem; nothing was run\n",
        "train",
        "--resume",
        run,
        "model.neighbours=4");
    assertThat(done("config", "vmis-knn", "model.newest=2").out())
        .contains("\n  type: vmis-knn ", "\n  newest: 2  ");
  }

  @Test
  void whatHasNoEpochsCannotStopAfterSome() {
    Path run = shop.folder().resolve("heuristic-without-epochs");
    refused(
        2,
        "--stop-after 1: most-popular has no epochs; leave it out\n1 problem; nothing was run\n",
        "train",
        "--data",
        shop.data(),
        "--out",
        run,
        "--stop-after=1",
        "model.type=most-popular");
    assertThat(run).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({
    "model.neighbours=0, model.neighbours = 0 is not positive; try 200",
    "model.decay=-1, model.decay = -1 is not positive; try 5",
    "model.neighbors=9, model.neighbors = 9 is not a known key; did you mean 'model.neighbours'?",
  })
  void wrongSettingsAreRefused(String setting, String message) {
    Path run = shop.folder().resolve("heuristic-refused");
    refused(
        2,
        "command line: " + message + "\n1 problem; nothing was run\n",
        "train",
        "--data",
        shop.data(),
        "--out",
        run,
        "model.type=vmis-knn",
        setting);
    assertThat(run).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({
    "model.type=most-popular, most-popular",
    "model.type=item-transitions, item-transitions",
    "model.type=horae model.tower=none, horae",
  })
  void settingsOfTrainingAreRefusedWhereNothingIsTrained(String type, String name)
      throws IOException {
    Path run = shop.folder().resolve("counted-" + name);
    List<Object> words = new ArrayList<>(List.of("train", "--data", shop.data(), "--out", run));
    words.addAll(List.of(type.split(" ")));
    words.addAll(List.of("seed=3", "train.workers=1"));
    List<Object> more = new ArrayList<>(words);
    more.addAll(List.of("train.epochs=100", "precision=bfloat16", "train.learning_rate=0.1"));
    String why =
        " is for the training of a network, and " + name + " trains none here; leave it out\n";
    refused(
        2,
        "command line: train.epochs = 100"
            + why
            + "command line: train.learning_rate = 0.1"
            + why
            + "command line: precision = bfloat16"
            + why
            + "3 problems; nothing was run\n",
        more.toArray());
    assertThat(run).doesNotExist();

    done(words.toArray());
    Path yaml = run.resolve("run.yaml");
    String written = Files.readString(yaml);
    assertThat(written).endsWith("\ntrain:\n  workers: 1\n").doesNotContain("precision");
    String answer = done("recommend", run, "--history", HISTORY).out();
    refused(
        2,
        "command line: train.epochs = 7" + why + "1 problem; nothing was run\n",
        "train",
        "--resume",
        run,
        "train.epochs=7");

    // as runs were written before: with all keys
    Files.writeString(yaml, written + "  epochs: 7\n  patience: 3\nprecision: bfloat16\n");
    Path provenance = run.resolve("provenance.json");
    Files.writeString(
        provenance,
        Files.readString(provenance)
            .replaceFirst(
                "(\"train.workers\" : \"1\")",
                "$1, \"train.epochs\" : \"7\", \"train.batch_size\" : \"9\""));
    assertThat(done("recommend", run, "--history", HISTORY).out()).isEqualTo(answer);
    assertThat(done("train", "--resume", run).out()).contains("\nnothing was left to do: ");
    assertThat(done("show", run).out()).doesNotContain("epochs");
  }

  @Test
  void aComparisonTakesSettingsOfOneBaseline() throws IOException {
    String asItIs = compared("heuristic-compared");
    assertThat(compared("heuristic-compared-alike", "vmis-knn.model.neighbours=200"))
        .isEqualTo(asItIs);
    List<String> lines = asItIs.lines().toList();
    List<String> changed =
        compared("heuristic-compared-changed", "vmis-knn.model.neighbours=1").lines().toList();
    assertThat(changed).hasSameSizeAs(lines).isNotEqualTo(lines);
    Path never = shop.folder().resolve("heuristic-never-compared");
    refused(
        2,
        "command line: model.neighbours = 0 is not positive; try 200\n1 problem; nothing was run\n",
        comparison(never, "--models=vmis-knn", "vmis-knn.model.neighbours=0"));
    refused(
        2,
        """
        command line: 'train.epochs=3' is read by none of the models that are compared; leave it out
        command line: 'model.hidden_size=8' is read by none of the models that are compared; leave it out
        2 problems; nothing was run
        """,
        comparison(
            never,
            "--models=vmis-knn,horae",
            "train.epochs=3",
            "train.workers=1",
            "model.hidden_size=8",
            "horae.model.tower=none"));
    refused(
        2,
        "command line: train.epochs = 3 is for the training of a network, and vmis-knn trains none"
            + " here; leave it out\n1 problem; nothing was run\n",
        comparison(never, "--models=vmis-knn,horae", "vmis-knn.train.epochs=3"));
    assertThat(never).doesNotExist();
  }

  private static Object[] comparison(Path out, String... more) {
    List<Object> words = new ArrayList<>(List.of("compare", "--data", shop.data(), "--out", out));
    words.addAll(List.of(more));
    return words.toArray();
  }

  /** {@return model and NDCG@10 per baseline, best first} */
  private static String compared(String name, String... settings) throws IOException {
    Path out = shop.folder().resolve(name);
    List<String> more = new ArrayList<>(List.of("--models=vmis-knn,most-popular"));
    more.addAll(List.of(settings));
    assertThat(horae(comparison(out, more.toArray(String[]::new))).code()).isZero();
    List<String> rows = Files.readAllLines(out.resolve("data.csv"));
    int ndcg = List.of(rows.get(0).split(",", -1)).indexOf("ndcg@10");
    StringBuilder figures = new StringBuilder();
    for (String row : rows.subList(1, rows.size())) {
      String[] cells = row.split(",", -1);
      figures.append(cells[1]).append(' ').append(cells[ndcg]).append('\n');
    }
    return figures.toString();
  }

  @Test
  void nothingStartsFromOtherWeights() {
    Path run = train("item-transitions", shop.data(), "heuristic-earlier");
    Path later = shop.folder().resolve("heuristic-later");
    refused(
        2,
        "model.type = item-transitions has no weights that could start from those of "
            + run
            + "; fit it anew, without an earlier run\n1 problem; nothing was run\n",
        "train",
        "--data",
        shop.data(),
        "--out",
        later,
        "--from",
        run);
    assertThat(later).doesNotExist();
  }

  @Test
  void aModelOfAnotherKindIsRefused() throws IOException {
    Path run = train("item-transitions", shop.data(), "heuristic-swapped");
    Path file = run.resolve("model.safetensors");
    byte[] whole = Files.readAllBytes(file);
    byte[] damaged = whole.clone();
    damaged[damaged.length - 1] ^= 1;
    Files.write(file, damaged);
    TrainedShop.Result result = horae("recommend", run, "--history", HISTORY);
    assertThat(result.code()).isEqualTo(4);
    assertThat(result.err()).startsWith(file + ": is damaged, or was changed by another program");
    Files.delete(file);
    refused(
        4,
        run + ": holds no model yet; go on with horae train --resume " + run + "\n",
        "recommend",
        run,
        "--history",
        HISTORY);
  }
}
