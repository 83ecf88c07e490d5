package dev.horae.cli;

import static dev.horae.cli.TrainedShop.done;
import static dev.horae.cli.TrainedShop.horae;
import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.cli.TrainedShop.Result;
import dev.horae.prep.PreparedDataset;
import dev.horae.report.Findings;
import dev.horae.report.FindingsFiles;
import dev.horae.run.Presets;
import dev.horae.run.RunConfig;
import dev.horae.run.RunDirectory;
import dev.horae.tune.Space;
import dev.horae.tune.TuningPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Searches for real on a small shop. */
class TuneCommandTest {

  private static TrainedShop shop;
  private static Path data;
  private static Path folder;
  private static Path space;
  private static Path small; // of two values

  @BeforeAll
  static void prepare() throws IOException {
    shop = TrainedShop.get();
    data = shop.data();
    folder = Files.createDirectories(shop.folder().resolve("tuning"));
    space = folder.resolve("space.yaml");
    Files.writeString(
        space,
        """
        model:
          dropout: [0.1, 0.3, 0.6]
        train:
          learning_rate: {from: 0.001, to: 0.01, steps: 2}
        """);
    small = folder.resolve("small.yaml");
    Files.writeString(small, "model: {dropout: [0.1, 0.3]}\n");
  }

  private static Object[] command(Path space, Path out, Object... more) {
    List<Object> all =
        new ArrayList<>(
            List.of("tune", "--data", data, "--model", "gru4rec", "--space", space, "--out", out));
    all.addAll(List.of(more));
    all.addAll(List.of("model.hidden_size=8", "model.embedding_size=8", "train.batch_size=64"));
    return all.toArray();
  }

  @Test
  void findsASettingThatCanBeTrained() throws IOException {
    Path out = folder.resolve("search");
    Result first = done(command(space, out, "--quick", "--trials", 3));
    assertThat(first.out())
        .startsWith(
            "Tuning of gru4rec on data, search: 3 of 6 settings (model.dropout,"
                + " train.learning_rate), 1 run per setting, 1 / 3 epochs each, about 9 in all\n")
        .containsPattern( // its own settings come first
            "\n\\[1/3\\] to epoch 1: model.dropout=0.3 train.learning_rate=0.001: valid ndcg@20")
        .containsPattern("\n\\[./3\\] to epoch 3: ")
        .containsPattern("\nrank +trial +valid ndcg@20 +epochs +rung +model.dropout +train")
        .contains("  horae train --data " + data + " --config " + out.resolve("best.yaml"));

    Findings findings = FindingsFiles.read(out);
    assertThat(findings.title()).isEqualTo("Tuning of gru4rec on data");
    assertThat(findings.origin().command()).startsWith("horae tune --data " + data);
    assertThat(findings.lead()).contains("the test targets were not looked at");
    assertThat(Files.readString(out.resolve("findings.md")))
        .contains("3 settings are too few to tell which key matters; at least 10 are needed");
    assertThat(Files.readAllLines(out.resolve("leaderboard.csv"))).hasSize(1 + 3);

    RunConfig best = Presets.read(out.resolve("best.yaml").toString(), List.of());
    String trial = findings.tables().get(0).rows().get(0).get(1).toString();
    Path run = out.resolve("runs/data/trial-000" + trial + "/seed-2025");
    assertThat(best).isEqualTo(RunDirectory.open(run).config());
    double value = (double) findings.tables().get(0).rows().get(0).get(2);
    assertThat(RunDirectory.open(run).figures("valid_ndcg@20"))
        .anyMatch(figure -> figure.value() == value);
    assertThat(files(out)).noneMatch(name -> name.contains("test") || name.equals("metrics.json"));

    assertThat(done(command(space, out, "--quick", "--trials", 3, "--plan")).out())
        .endsWith("about 9 in all\nAll of it is done.\n");
    assertThat(done(command(space, out, "--quick", "--trials", 5, "--plan")).out())
        .containsPattern("\nWhat is left of it, one run after another: about [\\d:]+")
        .doesNotContain("train.workers");
    assertThat(
            done(command(space, out, "--quick", "--trials", 5, "--plan", "train.workers=7")).out())
        .containsOnlyOnce("\na run that has begun goes on with its train.workers = ");
    Path elsewhere = folder.resolve("elsewhere");
    assertThat(epochsLeft(out, 5, 1)).isEqualTo(2 * 1); // the best three are at their end
    assertThat(epochsLeft(out, 5, 2)).isEqualTo(1); // at the same time
    assertThat(epochsLeft(elsewhere, 5, 1)).isEqualTo(5 * 1 + 3 * 2);
    assertThat(epochsLeft(elsewhere, 5, 2)).isEqualTo(3 * 1 + 2 * 2);

    Result more = // goes on where that ended
        done(command(space, out, "--quick", "--trials", 5, "--workers", 2));
    assertThat(more.out()).doesNotContain("[1/5]").doesNotContain("[3/5] to epoch 1");
    assertThat(more.out()).contains("[4/5] to epoch 1", "[5/5] to epoch 1");
    assertThat(done(command(space, out, "--quick", "--trials", 5)).out())
        .doesNotContain("to epoch");

    for (Object[] another :
        List.of(
            command(space, out, "--quick", "--seeds", 2),
            command(space, out, "--quick", "--seeds", 2, "--plan"))) {
      assertThat(refusal(another))
          .contains(
              out.resolve("tuning.json")
                  + ": the search there has seeds 1 and not 2; ask for the same (only --trials may"
                  + " grow), or choose another --out");
    }
  }

  private static long epochsLeft(Path out, int trials, int atOnce) {
    List<String> settings =
        List.of(
            "train.epochs=3",
            "model.hidden_size=8",
            "model.embedding_size=8",
            "train.batch_size=64");
    RunConfig base = TuningPlan.base("gru4rec", settings);
    return TuningPlan.of(
            PreparedDataset.open(data),
            "gru4rec",
            Space.read(space, base),
            TuningPlan.Mode.SEARCH,
            trials,
            1,
            atOnce,
            settings,
            out)
        .epochsLeft();
  }

  /** A search that was stopped within a run ends as one that was not. */
  @Test
  void goesOnWhereItWasStopped() throws IOException {
    Path whole = folder.resolve("whole");
    Path stopped = folder.resolve("stopped");
    done(command(space, whole, "--trials", 2, "train.epochs=1"));
    Object[] same = command(space, stopped, "--trials", 2, "train.epochs=1");
    done(same);
    Path begun = stopped.resolve("runs/data/trial-0002/seed-2025");
    TrainedShop.delete(begun); // as if it had been killed before its first epoch
    Files.createDirectories(begun);
    Files.copy(whole.resolve("runs/data/trial-0002/seed-2025/run.yaml"), begun.resolve("run.yaml"));
    assertThat(done(same).out()).contains("[2/2] to epoch 1").doesNotContain("[1/2] to epoch 1");
    for (String file : List.of("leaderboard.csv", "best-setting-so-far.csv", "best.yaml")) {
      assertThat(stopped.resolve(file)).hasSameTextualContentAs(whole.resolve(file));
    }
    Path epochs = begun.resolve("epochs.csv"); // whose names are not those of its lines
    Files.writeString(epochs, Files.readString(epochs).replace("epoch,", "epoch,loss_more,"));
    Result unknown = horae(same);
    assertThat(unknown.err())
        .isEqualTo(
            epochs
                + ": does not say how good any of the first 1 epochs was; remove "
                + begun
                + ", and it is trained anew\n");
    assertThat(unknown.code()).isEqualTo(3);
  }

  @Test
  void aGridTrainsEverySettingToItsEnd() throws IOException {
    Path out = folder.resolve("grid");
    assertThat(
            done(command(small, out, "--trials", "grid", "--workers", 2, "train.epochs=2")).out())
        .startsWith("Tuning of gru4rec on data, grid: 2 of 2 settings (model.dropout)")
        .contains("up to 2 epochs each, about 4 in all");
    assertThat(FindingsFiles.read(out).tables().get(0).rows())
        .hasSize(2)
        .allMatch(row -> row.get(3).equals(2)); // epochs
  }

  @Test
  void sensitivityGoesThroughEachKey() throws IOException {
    Path out = folder.resolve("curves");
    assertThat(done(command(small, out, "--sensitivity", "--seeds", 2, "train.epochs=1")).out())
        .startsWith("Tuning of gru4rec on data, sensitivity: 2 of 2 settings (model.dropout), 2");
    assertThat(Files.readAllLines(out.resolve("sensitivity-to-model-dropout.csv")))
        .hasSize(1 + 2)
        .first()
        .isEqualTo("model.dropout,valid ndcg@20,low,high");
    assertThat(Files.readString(out.resolve("findings.md")))
        .contains("The model's own value is 0.3; low and high are one standard deviation");
  }

  @Test
  void whatASearchCostsIsMeasuredBeforehand() {
    Path out = folder.resolve("planned");
    Result result = done(command(space, out, "--plan", "--trials", 3, "train.epochs=9"));
    assertThat(result.out())
        .containsPattern(
            "^Tuning of gru4rec on data, search: 3 of 6 settings .*\n"
                + "With the model's own settings an epoch takes \\d+\\.\\d s, and \\d.* of"
                + " memory\\.\n"
                + "All of it, one run after another: about [\\d:]+( s)? on the CPU; ");
    assertThat(out).doesNotExist();
  }

  @Test
  void whatMayGoWrongIsSaidOnceBeforeItIsTrained() {
    Path out = folder.resolve("warned");
    Object[] command = {
      "tune",
      "--data",
      data,
      "--model=ticoserec",
      "--space",
      small,
      "--out",
      out,
      "train.epochs=1",
      "model.hidden_size=16",
      "model.inner_size=32"
    };
    String begin =
        "^Tuning of ticoserec on data, search: 2 of 2 settings .*\nwarning: train.epochs = 1 end the"
            + " training before epoch 41, in which the contrast of copies begins; raise"
            + " train.epochs, or lower model.model_warm_up = 40\n";
    Object[] plan = Arrays.copyOf(command, command.length + 1);
    plan[command.length] = "--plan";
    assertThat(done(plan).out())
        .containsPattern(begin + "With the model's own")
        .containsOnlyOnce("warning: ");
    assertThat(done(command).out())
        .containsPattern(begin + "\\[1/2\\] to epoch 1")
        .containsOnlyOnce("warning: ");
  }

  /** What counts ranks validation and test at once; the latter is not read. */
  @Test
  void whatCountsIsTunedToo() throws IOException {
    Path own = folder.resolve("counts.yaml");
    Files.writeString(own, "model: {neighbours: [1, 100]}\n");
    Path out = folder.resolve("counted");
    Result all = done("tune", "--data", data, "--model", "vmis-knn", "--space", own, "--out", out);
    assertThat(all.out())
        .startsWith(
            "Tuning of vmis-knn on data, search: 2 of 2 settings (model.neighbours), 1 run per"
                + " setting\n");
    Findings findings = FindingsFiles.read(out);
    for (List<Object> row : findings.tables().get(0).rows()) {
      Path run = out.resolve("runs/data/trial-000" + row.get(1) + "/seed-2025");
      assertThat(row.get(2))
          .isEqualTo(RunDirectory.open(run).report().orElseThrow().valid().get("ndcg@20"));
    }
  }

  @Test
  void whatCannotBeTunedIsRefused() throws IOException {
    Path out = folder.resolve("refused");
    Path wrong = folder.resolve("wrong.yaml");
    Path bare = shop.copy(data, "tuning/bare");
    TrainedShop.delete(bare.resolve("features"));
    Files.writeString(wrong, "model:\n  dropout: [0.2, 2]\n  tau: [0.1, 0.2]\n");
    assertThat(refusal("tune", "--data", data, "--model", "sasrec", "--space", wrong, "--out", out))
        .isEqualTo(
            wrong
                + ":2: model.dropout = 2 is not in [0, 1); try 0.5\n"
                + wrong
                + ":3: model.tau = 0.1 is not a known key here, but of fearec, hm4sr, m3srec;"
                + " known keys are hidden_size, layers, heads, inner_size, dropout,"
                + " attention_dropout, mask_padding\n"
                + "2 problems; nothing was run\n");
    assertThat(refusal("tune", "--data", data, "--model", "nova", "--out", out))
        .startsWith("--space paper: neither the paper nor the official code of nova says");
    assertThat(refusal("tune", "--data", data, "--trials", "grid", "--out", out))
        .startsWith(
            "--trials grid: the space has 27,000 settings, that is 27,000 runs of up to 100 epochs"
                + " (31 days if an epoch took a second), and 1,000 runs are the most; say how many");
    assertThat(refusal("tune", "--data", data, "--trials", "many", "--out", out))
        .contains("--trials many is neither a number nor grid; try 30");
    assertThat(refusal("tune", "--data", data, "--sensitivity", "--trials", 3, "--out", out))
        .contains("--sensitivity takes no --trials");
    assertThat(refusal("tune", "--data", data, "--out", out, "model.type=sasrec"))
        .contains("'model.type=sasrec' is set by the comparison");
    assertThat(refusal("tune", "--data", data, "--model", "all", "--out", out))
        .contains("--model: there is no model 'all'; use one of most-popular, ");
    assertThat(refusal("tune", "--data", bare, "--out", out))
        .startsWith("command line: text = auto finds no text vectors in " + bare);
    assertThat(out).doesNotExist();
  }

  private static String refusal(Object... arguments) {
    Result result = horae(arguments);
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.out()).isEmpty();
    return result.err();
  }

  private static List<String> files(Path folder) throws IOException {
    try (Stream<Path> tree = Files.walk(folder)) {
      return tree.map(path -> path.getFileName().toString()).toList();
    }
  }
}
