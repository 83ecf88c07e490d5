package dev.horae.cli;

import static dev.horae.cli.TrainedShop.done;
import static dev.horae.cli.TrainedShop.horae;
import static dev.horae.cli.TrainedShop.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.RawShop;
import dev.horae.cli.TrainedShop.Result;
import dev.horae.data.Json;
import dev.horae.data.WriterLock;
import dev.horae.run.Inputs;
import dev.horae.run.RunDirectory;
import dev.horae.run.RunReport;
import dev.horae.run.Training;
import dev.horae.study.Comparison;
import dev.horae.study.Plan;
import dev.horae.study.Standings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Comparisons for real on a small shop: each run in a process of its own. */
class CompareCommandTest {

  private static final String MODELS = "hm4sr,most-popular,item-transitions,vmis-knn";
  private static final String ALL_DONE =
      "Comparison on data: 4 rows, 2 runs, all done\n\nComparison on data\n";

  private static TrainedShop shop;
  private static Path data;
  private static Path out;
  private static Result first;

  @BeforeAll
  static void compareOnce() throws IOException {
    shop = TrainedShop.get();
    data = shop.data();
    out = shop.folder().resolve("comparison");
    first = compare(out);
  }

  private static Object[] command(Path out, Object... more) {
    List<Object> all =
        new ArrayList<>(
            List.of("compare", "--data", data, "--models", MODELS, "--seeds", 2, "--out", out));
    all.addAll(
        List.of(
            "model.hidden_size=16",
            "model.inner_size=32",
            "train.epochs=2",
            "hm4sr.train.batch_size=64",
            "train.batch_size=32"));
    all.addAll(List.of(more));
    return all.toArray();
  }

  private static Result compare(Path out, Object... more) {
    return horae(command(out, more));
  }

  private static Path run(Path out, int seed) {
    return out.resolve("runs/data/hm4sr/seed-" + seed);
  }

  private static RunReport report(Path run) {
    return Json.read(run.resolve("metrics.json"), RunReport.class);
  }

  @Test
  void everyModelHasItsRowAndEveryTableItsFile() throws IOException {
    assertThat(first.err()).isEmpty();
    assertThat(first.code()).isZero();
    assertThat(first.out())
        .containsPattern(
            "^Comparison on data: 4 rows, 2 runs, 0 of them done, the others in a time that the first"
                + " will tell\n"
                + "\\[1/2] data: hm4sr, seed 2025: NDCG@10 0\\.\\d{4}, best epoch [12] of 2, \\d+ s\n"
                + "\\[2/2] data: hm4sr, seed 2026: NDCG@10 0\\.\\d{4}, best epoch [12] of 2, \\d+"
                + " s\n"
                + "\n"
                + "Comparison on data\n"
                + "60 users, 48 items, 480 events\\. Features: text minilm and image"
                + " descriptor\\.\n\n"
                + "model +seeds +NDCG@5 +NDCG@5 masked +NDCG@10 +NDCG@10 masked\n")
        .containsPattern("\nhm4sr( ↓)? +2( +0\\.\\d{4} ± 0\\.\\d{4}){4}\n")
        .containsPattern("\nvmis-knn \\(heuristic\\) +1( +0\\.\\d{4}){4}\n")
        .doesNotContain("\u001b");
    for (String kind : List.of("md", "csv", "tex", "html")) {
      assertThat(first.out()).contains("wrote " + out.resolve("data." + kind));
      assertThat(Files.readString(out.resolve("data." + kind)))
          .contains("hm4sr", "most-popular", "item-transitions", "vmis-knn");
    }
    assertThat(Files.readString(out.resolve("data.md")))
        .contains("- split: 60 test users; leave-one-out")
        .containsPattern("- runs: 2 trained; on (cpu|cuda:0), ")
        .contains("- protocol of the runs: the same");
    double mean =
        (report(run(out, 2025)).test().get("ndcg@10")
                + report(run(out, 2026)).test().get("ndcg@10"))
            / 2;
    assertThat(Files.readString(out.resolve("data.md"))).contains(Reports.number(mean) + " ± ");
    assertThat(Files.readString(run(out, 2025).resolve("run.yaml")))
        .contains("seed: 2025", "batch_size: 64", "epochs: 2", "hidden_size: 16");
    assertThat(Files.readString(run(out, 2026).resolveSibling("seed-2026.log")))
        .startsWith("hm4sr on " + data);
  }

  @Test
  void whatIsDoneIsNotDoneAgain() throws IOException {
    byte[] metrics = Files.readAllBytes(run(out, 2025).resolve("metrics.json"));
    String table = Files.readString(out.resolve("data.md"));
    Result again = done(command(out));
    assertThat(again.out()).startsWith(ALL_DONE);
    assertThat(run(out, 2025).resolve("metrics.json")).hasBinaryContent(metrics);
    assertThat(withoutSeconds(Files.readString(out.resolve("data.md"))))
        .isEqualTo(withoutSeconds(table));
  }

  /** As 'horae train' does of one run: for all seeds once, and of what is done no more. */
  @Test
  void whatMayGoWrongIsSaidOfEachRowBeforeItIsTrained() {
    Path warned = shop.folder().resolve("warned");
    Object[] command = {
      "compare",
      "--data",
      data,
      "--models=ticoserec,gru4rec,most-popular",
      "--seeds=2",
      "--out",
      warned,
      "train.epochs=1",
      "ticoserec.model.hidden_size=16",
      "ticoserec.model.inner_size=32"
    };
    String warning =
        "ticoserec: warning: train.epochs = 1 end the training before epoch 41, in which the"
            + " contrast of copies begins; raise train.epochs, or lower model.model_warm_up = 40\n";
    Object[] plan = Arrays.copyOf(command, command.length + 1);
    plan[command.length] = "--plan";
    assertThat(done(plan).out())
        .containsPattern("^Comparison on data: 3 rows, 4 runs, .*\n" + warning + "\nrow +runs ")
        .containsOnlyOnce("warning: ");
    assertThat(done(command).out())
        .containsPattern("^Comparison on data: .*\n" + warning + "\\[1/4\\] data: gru4rec")
        .containsOnlyOnce("warning: ");
    assertThat(done(command).out()).contains("4 runs, all done\n").doesNotContain("warning: ");
  }

  @Test
  void runsThatAreDoneAreMeasuredBeyondAccuracyToo() throws IOException {
    Result beyond = done(command(out, "--beyond-accuracy"));
    assertThat(beyond.out())
        .startsWith(ALL_DONE) // nothing is trained
        .containsPattern("\nmodel +coverage +novelty +popularity lift +long tail +cold\n-.*\n")
        .containsPattern(
            "\n"
                + "hm4sr( ↓)? +\\d+\\.\\d % +\\d\\.\\d\\d +[-+]\\d\\.\\d\\d +\\d+\\.\\d %"
                + " +\\d+\\.\\d %\n")
        .containsPattern("\nNDCG@10 by events before the target\nmodel +(1–4 \\(n \\d+\\) +)?5–9 ");
    assertThat(Files.readString(out.resolve("data.csv"))).contains(",coverage@10,novelty@10,");
    done(command(out));
    assertThat(Files.readString(out.resolve("data.csv"))).doesNotContain("coverage");
  }

  /** Counting models are counted anew, which takes as long as it takes. */
  private static String withoutSeconds(String table) {
    return table.replaceAll("(?m)^(\\| .*\\(heuristic\\).*) \\| [0-9–]+ \\| – \\|$", "$1");
  }

  @Test
  void aRunThatWasKilledGoesOnFromItsCheckpoint() throws IOException {
    Path second = shop.folder().resolve("killed");
    Path done = run(second, 2026);
    Files.createDirectories(done.getParent());
    shop.copy(run(out, 2026), shop.folder().relativize(done).toString());
    Path killed = run(second, 2025);
    dieAfterTheFirstEpoch(killed);
    assertThat(killed.resolve("checkpoint.safetensors")).exists();
    assertThat(killed.resolve("metrics.json")).doesNotExist();

    Object[] elsewhere = command(second, "train.workers=7", "train.tensorboard=true");
    Result result = done(elsewhere);

    int workers = RunDirectory.open(killed).config().train().workers();
    assertThat(result.out())
        .containsOnlyOnce("a run that has begun")
        .contains(
            "\nhm4sr: a run that has begun goes on with its train.workers = %s, and not with 7, which would change its bits; to change it all the same: horae train --resume RUN train.workers=7\n"
                .formatted(workers));
    assertThat(killed.resolve("tensorboard")).exists(); // that changes no bits
    assertThat(done(elsewhere).out()).doesNotContain("train.workers");
    assertThat(result.out())
        .containsPattern(
            "^Comparison on data: 4 rows, 2 runs, 1 of them done, the others in about \\d");
    assertThat(result.out()).contains("\n[1/1] data: hm4sr, seed 2025: NDCG@10 ");
    assertThat(result.out()).doesNotContain("[1/1] data: hm4sr, seed 2026");
    assertThat(killed.resolve("ranks-test.csv"))
        .hasSameBinaryContentAs(run(out, 2025).resolve("ranks-test.csv"));
    assertThat(report(killed).epochs()).isEqualTo(2);
    assertThat(report(killed).parameters()).isEqualTo(report(run(out, 2025)).parameters());
    assertThat(Files.readString(killed.resolve("provenance.json"))).contains("\"seed\" : 2025");
  }

  @Test
  void runsThatAreTrainedAtTheSameTimeShareTheCores() throws IOException {
    Path both = shop.folder().resolve("both");
    Result result =
        done(
            "compare",
            "--data",
            data,
            "--models=gru4rec,sasrec",
            "--quick",
            "--workers=2",
            "--out",
            both,
            "model.hidden_size=16",
            "sasrec.train.epochs=2");
    assertThat(result.out())
        .containsPattern("\n\\[[12]/2] data: gru4rec, seed 2025: NDCG@10 ")
        .containsPattern("\n\\[[12]/2] data: sasrec, seed 2025: NDCG@10 ");
    int share = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    for (String model : List.of("gru4rec", "sasrec")) {
      Path run = both.resolve("runs/data").resolve(model).resolve("seed-2025");
      assertThat(Files.readString(run.resolve("run.yaml"))).contains("workers: " + share);
      assertThat(report(run).epochs()).isEqualTo(model.equals("sasrec") ? 2 : 3);
      assertThat(run.resolveSibling("seed-2026")).doesNotExist();
    }
    Result none = horae("compare", "--data", data, "--workers=0", "--out", both);
    assertThat(none.code()).isEqualTo(2);
    assertThat(none.err()).startsWith("--workers 0 is not positive; ");
  }

  /** Each waits for the other to begin, and fails rather than ends when it does not. */
  @Test
  void runsOfOneModelAreTrainedAtTheSameTimeToo() {
    Path seeds = shop.folder().resolve("seeds-at-once");
    CyclicBarrier both = new CyclicBarrier(2);
    Set<String> begun = ConcurrentHashMap.newKeySet();
    Comparison.Listener meeting =
        new Comparison.Listener() {
          @Override
          public int columns() {
            return 0;
          }

          @Override
          public void progress(String line) {
            if (begun.add(line.substring(0, line.indexOf(' ')))) {
              meet(both);
            }
          }

          @Override
          public void done(String line) {}
        };
    List<String> settings = List.of("model.hidden_size=16", "train.epochs=1", "train.workers=1");
    Plan plan = new Plan(List.of(data), List.of("gru4rec"), 2, false, false, settings, seeds);
    try (Comparison comparison = Comparison.of(plan.subjects(), 2, seeds, Main.class, meeting)) {
      assertThat(comparison.run()).allMatch(Standings::complete);
    }
    assertThat(begun).containsExactlyInAnyOrder("[1/2]", "[2/2]");
  }

  private static void meet(CyclicBarrier barrier) {
    try {
      barrier.await(60, TimeUnit.SECONDS);
    } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }

  /** It would be so with every seed. */
  @Test
  void afterARunThatNeverBeganNoneOfItsModelIsBegun() {
    Result result =
        horae(
            "compare",
            "--data",
            data,
            "--models=iisan",
            "--seeds=2",
            "--out",
            shop.folder().resolve("never-begun"),
            "iisan.image=none");
    assertThat(result.code()).isEqualTo(4);
    assertThat(result.out())
        .containsPattern("\n\\[1/2] data: iisan, seed 12345: failed: .*image")
        .doesNotContain("[2/2]")
        .containsPattern("WARNING: iisan lacks 2 of 2 runs\\. seed 12345: .*image");
  }

  @Test
  void whatItCostsIsMeasuredBeforehandAndNothingIsTrained() {
    Path planned = shop.folder().resolve("planned");
    Result result =
        horae(
            "compare",
            "--data",
            data,
            "--models=gru4rec,horae,iisan,most-popular",
            "--seeds=2",
            "--workers=2",
            "--plan",
            "--out",
            planned,
            "gru4rec.train.epochs=7",
            "horae.model.tower=gru4rec",
            "horae.model.second_tower=none",
            "iisan.image=none");
    assertThat(result.err()).isEmpty();
    assertThat(result.out())
        .startsWith("Comparison on data: 4 rows, 6 runs, 0 of them done, ")
        .containsPattern("\n\nrow +runs +epochs +s per epoch +at most +memory\n-")
        .containsPattern("\ngru4rec +2 +7 +\\d+\\.\\d +[\\d:]+( s)? +\\d.* [MG]B\n")
        .containsPattern("\nhorae +2 +– +– +[\\d:]+( s)? +\\d.* [MG]B\n")
        .containsPattern("\niisan cannot be trained: .*image")
        .containsPattern("\nAll of it, 2 runs at a time: at most [\\d:]+( s)? on the CPU; ");
    assertThat(result.code()).isEqualTo(4);
    assertThat(planned).doesNotExist();
  }

  /** What only counts has no epochs to shorten. */
  @Test
  void quickIsForWhatOnlyCountsToo() {
    Path counted = shop.folder().resolve("quickly-counted");
    done("compare", "--data", data, "--models=most-popular", "--quick", "--out", counted);
  }

  private static void dieAfterTheFirstEpoch(Path run) {
    RunDirectory directory =
        RunDirectory.create(run, RunDirectory.open(CompareCommandTest.run(out, 2025)).config());
    Inputs inputs = Inputs.of(directory, null);
    assertThatThrownBy(
            () ->
                Training.of(inputs.config(), inputs.dataset(), inputs.features())
                    .run(
                        directory,
                        (what, done, total, detail) -> {
                          if (detail.startsWith("epoch 2 of ")) {
                            throw new IllegalStateException("killed");
                          }
                        }))
        .hasMessage("killed");
  }

  @Test
  void aRunOfOtherSettingsOrDataIsNotTakenForThisOne() throws IOException {
    refused(
        2,
        run(out, 2025)
            + ": was made with train.batch_size 64 and not 32, train.epochs 2 and not 3; compare"
            + " with the settings that it was made with, or choose another --out\n"
            + "1 problem; nothing was run\n",
        command(out, "train.epochs=3", "hm4sr.train.batch_size=32"));
    refused(
        2,
        run(out, 2025)
            + ": was made with train.epochs 2 and not 3; compare with the settings that it was made"
            + " with, or choose another --out\n"
            + "1 problem; nothing was run\n",
        command(out, "--plan", "train.epochs=3"));
    Path changed = shop.copy(data, "data-changed");
    Path pictures = shop.copy(shop.folder().resolve("shop/images"), "other-pictures");
    RawShop.draw(pictures.resolve("i3.png"), 41);
    done("encode", changed, "--image", "descriptor", "--images", pictures);
    Object[] command = command(out);
    command[2] = changed;
    refused(
        4,
        run(out, 2025)
            + ": was trained on another image features descriptor than "
            + changed
            + " holds now; prepare and encode the data as before, or train anew\n",
        command);
  }

  @Test
  void aRunThatFailsIsARowAndTheOthersGoOn() throws IOException {
    Path failed = shop.folder().resolve("failed");
    Result result =
        horae(
            "compare",
            "--data",
            data,
            "--models",
            MODELS,
            "--seeds",
            1,
            "--out",
            failed,
            "train.learning_rate=1e30");
    assertThat(result.err()).isEmpty();
    assertThat(result.code()).isEqualTo(4);
    assertThat(result.out())
        .containsPattern("\n\\[1/1] data: hm4sr, seed 2025: failed: .*(diverged|not finite).*\n")
        .contains("WARNING: hm4sr lacks 1 of 1 runs. seed 2025: ")
        .containsPattern("\nhm4sr +0 of 1 +– +– +– +–\n");
    assertThat(Files.readString(failed.resolve("data.md")))
        .contains("- **hm4sr lacks 1 of 1 runs.")
        .containsPattern("\\| vmis-knn \\(heuristic\\) \\| 1 \\| (\\*\\*|<u>)?0\\.");
  }

  @Test
  void twoComparisonsDoNotShareADirectory() throws IOException {
    Path shared = shop.folder().resolve("shared");
    try (WriterLock lock = WriterLock.of(shared, shared.resolve("runs/lock"), "wait")) {
      refused(
          3,
          shared
              + ": this process writes there already; wait for its end, or choose another --out\n",
          command(shared));
    }
  }

  @Test
  void whatCannotBeComparedIsRefusedBeforeAnythingIsTrained() {
    Path never = shop.folder().resolve("never-compared");
    refused(
        2,
        """
        command line: trian.workers = 1 is not a known key; did you mean 'train'?
        1 problem; nothing was run
        """,
        "compare",
        "--data",
        data,
        "--out",
        never,
        "--models=most-popular",
        "trian.workers=1");
    Result model = horae("compare", "--data", data, "--out", never, "--models", "hm4rs");
    assertThat(model.err())
        .startsWith("--models: there is no model 'hm4rs'; use all, or some of most-popular, ")
        .contains(" unisrec (did you mean 'hm4sr'?)\n");
    assertThat(model.code()).isEqualTo(2);
    refused(
        2,
        data + " is given twice; give it once\n1 problem; nothing was run\n",
        "compare",
        "--data",
        data,
        data,
        "--out",
        never);
    refused(
        2,
        """
        command line: 'seed=3' is set by the comparison, from its seeds, models and data sets
        command line: 'hm4sr.model.beta=0.2' is for a model that is not compared; add it to the models
        2 problems; nothing was run
        """,
        "compare",
        "--data",
        data,
        "--models",
        "most-popular",
        "--out",
        never,
        "seed=3",
        "hm4sr.model.beta=0.2");
    assertThat(horae("compare", "--data", data, "--out", never, "--seeds", "0").err())
        .startsWith("--seeds 0 is not positive");
    assertThat(never).doesNotExist();
  }
}
