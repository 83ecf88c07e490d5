package dev.horae.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.JavaProcess;
import dev.horae.config.ConfigException;
import dev.horae.data.DataException;
import dev.horae.data.Json;
import dev.horae.data.Progress;
import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.Safetensors;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A run that dies at any moment and is resumed ends with the bits of one that did not. */
class ResumeTest {

  private static final String[] SETTINGS = { // whatever of an optimiser could be forgotten
    "train.weight_decay=0.01", "train.decoupled_decay=true", "train.gradient_clip=0.5"
  };

  @TempDir static Path folder;
  private static Path whole;

  @BeforeAll
  static void trainWithoutInterruption() {
    whole = folder.resolve("whole");
    int[] calls = {0};
    SmallRun.train(
        whole,
        (what, done, total, detail) -> {
          if (Set.of(2, 5, 8, 10).contains(++calls[0])) {
            copy(whole, folder.resolve("of-call-" + calls[0]));
          }
        },
        SETTINGS);
  }

  private static void copy(Path from, Path to) {
    try (Stream<Path> tree = Files.walk(from)) {
      for (Path path : tree.toList()) {
        Files.copy(path, to.resolve(from.relativize(path).toString()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What lies in the folder at that moment is what a process that is killed then leaves. */
  @ParameterizedTest
  @ValueSource(ints = {2, 5, 8, 10}) // in epoch 0; in epoch 1; right after a checkpoint; later
  void endsWithTheSameBitsFromAnyMoment(int call) throws IOException {
    Path run = folder.resolve("of-call-" + call);
    assertThat(run.resolve("metrics.json")).doesNotExist();
    endsAsIfNothingHadBeen(run);
  }

  @Test
  void endsWithTheSameBitsAfterBeingKilled() throws IOException, InterruptedException {
    Path run = folder.resolve("killed");
    Process child =
        JavaProcess.of(Victim.class, List.of("-Xmx1g", "-XX:TieredStopAtLevel=1"), run, 8)
            .redirectErrorStream(true)
            .redirectOutput(new File(folder.toFile(), "victim.log"))
            .start();
    assertThat(child.waitFor()).isEqualTo(Victim.EXIT);
    assertThat(run.resolve("metrics.json")).doesNotExist();
    endsAsIfNothingHadBeen(run);
  }

  /** Rung by rung, as a search trains: nothing is ranked on test before the end. */
  @Test
  void endsWithTheSameBitsAfterStoppingAtEpochs() throws IOException {
    Path run = folder.resolve("in-steps");
    assertThat(SmallRun.trainUntil(1, run, SETTINGS)).isFalse();
    assertThat(RunDirectory.open(run).epochs()).isEqualTo(1);
    assertThat(SmallRun.trainUntil(1, run, SETTINGS)).isFalse(); // has them already
    assertThat(SmallRun.trainUntil(3, run, SETTINGS)).isTrue();
    assertThat(SmallRun.trainUntil(9, run, SETTINGS)).isTrue(); // there are no more
    assertThat(RunDirectory.open(run).epochs()).isEqualTo(3);
    assertThat(run.resolve("metrics.json")).doesNotExist();
    assertThat(run.resolve("ranks-test.csv")).doesNotExist();
    endsAsIfNothingHadBeen(run);
  }

  @Test
  void aRunThatHasEndedIsLeftAsItIsWhereItIsToStopEarlier() throws IOException {
    Path run = folder.resolve("ended");
    copy(whole, run);
    List<String> more = new ArrayList<>(List.of(SETTINGS));
    more.add("train.epochs=9");
    assertThat(SmallRun.trainUntil(2, run, more.toArray(String[]::new))).isTrue();
    for (String file :
        List.of("metrics.json", "run.yaml", "epochs.csv", "checkpoint.safetensors")) {
      assertThat(run.resolve(file)).hasSameBinaryContentAs(whole.resolve(file));
    }
    assertThat(SmallRun.trainUntil(4, run, more.toArray(String[]::new))).isFalse();
    assertThat(run.resolve("metrics.json")).doesNotExist();
    assertThat(RunDirectory.open(run).epochs()).isEqualTo(4);
  }

  /**
   * Killed between the kept model and its checkpoint, the epoch is trained again, and with other
   * workers to other bits: what was kept stays the best, under its own epoch, until it is beaten.
   */
  @Test
  void aModelThatWasKeptInALostEpochIsNotTakenForAnEarlierOne() throws IOException {
    Path run = folder.resolve("kept");
    SmallRun.trainUntil(1, run, SETTINGS);
    Map<String, byte[]> before = new LinkedHashMap<>();
    for (String file : List.of("checkpoint.safetensors", "epochs.csv")) {
      before.put(file, Files.readAllBytes(run.resolve(file)));
    }
    SmallRun.trainUntil(2, run, SETTINGS);
    Path model = run.resolve("model.safetensors");
    Safetensors kept = Safetensors.read(model);
    assertThat(kept.metadata()).containsEntry("epoch", "1");
    Map<String, String> unbeatable = new LinkedHashMap<>(kept.metadata());
    unbeatable.put("score", "1.0");
    new RunDirectory(run)
        .writeWeights("model.safetensors", new Safetensors(unbeatable, kept.entries()));
    byte[] weights = Files.readAllBytes(model);
    for (Map.Entry<String, byte[]> file : before.entrySet()) {
      Files.write(run.resolve(file.getKey()), file.getValue());
    }

    assertThat(SmallRun.resume(run, Progress.SILENT).bestEpoch()).isEqualTo(2);
    assertThat(model).hasBinaryContent(weights);
  }

  /** Its settings would not be those that made the model. */
  @Test
  void aRunIsNotHeldToFewerEpochsThanItHas() throws IOException {
    Path run = folder.resolve("fewer");
    copy(whole, run);
    List<String> fewer = new ArrayList<>(List.of(SETTINGS));
    fewer.add("train.epochs=2");
    assertThatThrownBy(() -> SmallRun.trainUntil(2, run, fewer.toArray(String[]::new)))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "train.epochs = 2 is less than the 3 epochs that "
                + run
                + " has trained; give at least as many, or leave it out\n1 problem; nothing was run");
    assertThat(run.resolve("run.yaml")).hasSameBinaryContentAs(whole.resolve("run.yaml"));
    Path ours = folder.resolve("ours-with-fewer");
    SmallRun.horae(ours, Progress.SILENT, "train.epochs=2");
    String settings = Files.readString(ours.resolve("run.yaml"));
    assertThatThrownBy(() -> SmallRun.horae(ours, Progress.SILENT, "train.epochs=1"))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("train.epochs = 1 is less than the 2 epochs that " + ours);
    assertThat(ours.resolve("run.yaml")).hasContent(settings);
  }

  /** Its networks learn more, and what was fitted to them before is of other weights. */
  @Test
  void ourOwnModelGoesOnWithItsNetworks() {
    Path run = folder.resolve("horae");
    SmallRun.horae(run, Progress.SILENT, "train.epochs=1");
    assertThat(SmallRun.horae(run, Progress.SILENT, "train.epochs=1").nothingLeft())
        .contains("nothing was left to do: horae is fitted");
    Progress stops =
        (what, done, total, detail) -> {
          throw new IllegalStateException("stopped");
        };
    assertThatThrownBy(() -> SmallRun.horae(run, stops, "train.epochs=2")).hasMessage("stopped");
    assertThat(RunDirectory.open(run).report()).isEmpty();
    assertThat(SmallRun.horae(run, Progress.SILENT, "train.epochs=2").nothingLeft()).isEmpty();
    assertThat(RunDirectory.open(run.resolve("tower")).epochs()).isEqualTo(2);

    Path two = folder.resolve("horae-of-two-epochs");
    SmallRun.horae(two, Progress.SILENT, "train.epochs=2");
    RunReport network = report(two.resolve("tower"));
    assertThat(report(two).parameters()).isGreaterThan(network.parameters());
    SmallRun.horae(
        two, Progress.SILENT, "train.epochs=2"); // fits anew to the network that is there
    assertThat(report(two).totalSeconds()).isGreaterThan(network.totalSeconds());
    assertThat(report(two).peakMemoryBytes()).isGreaterThanOrEqualTo(network.peakMemoryBytes());
    for (String file : List.of("model.safetensors", "ranks-test.csv", "tower/model.safetensors")) {
      assertThat(run.resolve(file)).hasSameBinaryContentAs(two.resolve(file));
    }
  }

  private static void endsAsIfNothingHadBeen(Path run) throws IOException {
    SmallRun.resume(run, Progress.SILENT);
    for (String file : List.of("model.safetensors", "ranks-test.csv", "ranks-valid.csv")) {
      assertThat(run.resolve(file)).hasSameBinaryContentAs(whole.resolve(file));
    }
    assertThat(report(run).test()).isEqualTo(report(whole).test());
    assertThat(report(run).bestEpoch()).isEqualTo(report(whole).bestEpoch());
    assertThat(lossesOf(run)).isEqualTo(lossesOf(whole));
  }

  @Test
  void theSameSeedGivesTheSameModelAndAnotherDoesNot() {
    Path again = folder.resolve("again");
    Path other = folder.resolve("other");
    SmallRun.train(again, Progress.SILENT, SETTINGS);
    SmallRun.train(other, Progress.SILENT, "seed=4");
    assertThat(again.resolve("model.safetensors"))
        .hasSameBinaryContentAs(whole.resolve("model.safetensors"));
    assertThat(report(other).test()).isNotEqualTo(report(whole).test());
  }

  @Test
  void figuresAreWrittenInOneOrder() throws IOException {
    assertThat(Files.readString(whole.resolve("metrics.json")).replaceAll("[^a-z_0-9\"]+", ""))
        .containsPattern("\"diagnostics\"\"history_share_of_top_10\"[0-9]*\"tied_targets\"")
        .containsPattern("\"seconds\"\"evaluating\"[0-9e]*\"training\"")
        .containsPattern(
            "\"throughput\"\"examples_per_second\"[0-9e]*\"seconds_per_epoch\"[0-9e]*"
                + "\"slots_per_second\"");
  }

  @Test
  void doesNotTouchARunThatIsThere() {
    assertThatThrownBy(() -> SmallRun.train(whole, Progress.SILENT))
        .isInstanceOf(DataException.class)
        .hasMessage(
            whole
                + ": holds a run already; continue it with ``Training.resume("
                + whole
                + ")``, or choose another ``out``");
  }

  @Test
  void refusesToContinueOnOtherFeatures() {
    assertThatThrownBy(() -> SmallRun.resumeWithOtherFeatures(whole))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("was trained on another text features random");
  }

  private static RunReport report(Path run) {
    return Json.read(run.resolve("metrics.json"), RunReport.class);
  }

  private static List<String> lossesOf(Path run) throws IOException {
    return Files.readAllLines(run.resolve("epochs.csv")).stream()
        .map(line -> line.replaceFirst(",[^,]*,[^,]*(,[^,]*)$", "$1")) // without those of seconds
        .toList();
  }

  /** A process that trains and dies without warning at the n-th sign of progress. */
  static final class Victim {
    static final int EXIT = 137;

    private Victim() {}

    public static void main(String[] args) {
      int[] calls = {Integer.parseInt(args[1])};
      SmallRun.train(
          Path.of(args[0]),
          (what, done, total, detail) -> {
            if (--calls[0] == 0) {
              Runtime.getRuntime().halt(EXIT);
            }
          },
          SETTINGS);
    }
  }
}
