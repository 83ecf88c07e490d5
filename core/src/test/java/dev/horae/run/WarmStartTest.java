package dev.horae.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.horae.config.ConfigReader;
import dev.horae.data.Catalogue;
import dev.horae.data.Dataset;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.Item;
import dev.horae.data.Progress;
import dev.horae.data.Windows;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.Scorer;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.Transferable;
import dev.horae.tensor.Checkpoint;
import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The small run's shop a week later: another order, two items gone, three new, a new category. */
class WarmStartTest {

  private static final int WIDTH = 8;

  @TempDir private static Path folder;
  private static TrainedRun earlier;
  private static Dataset later;
  private static List<FeatureTable> features;

  @BeforeAll
  static void trainAndWait() {
    SmallRun.train(folder.resolve("earlier"), Progress.SILENT, "train.epochs=1");
    earlier = TrainedRun.open(RunDirectory.open(folder.resolve("earlier")));
    later = later();
    features = List.of(new FeatureTable("text", "random", WIDTH, vectors()));
  }

  /** Items 40 to 3 in falling order; then two with texts and one without. */
  private static Dataset later() {
    Dataset old = SmallRun.dataset();
    List<Item> items = new ArrayList<>();
    for (int i = 40; i > 2; i--) {
      items.add(old.catalogue().item(i));
    }
    for (int i = 0; i < 3; i++) {
      items.add(new Item("new-" + i, "New " + i, "", List.of("another kind"), ""));
    }
    int[] taken = Arrays.stream(old.histories().items()).map(i -> i > 2 ? 41 - i : 39).toArray();
    return new Dataset(
        old.directory(),
        old.manifest(),
        new Catalogue(items),
        old.users(),
        new Histories(old.histories().starts(), taken, old.histories().times()));
  }

  private static float[] vectors() {
    float[] old = SmallRun.features(1).get(0).values();
    float[] values = new float[42 * WIDTH];
    for (int i = 1; i <= 38; i++) {
      System.arraycopy(old, (41 - i) * WIDTH, values, i * WIDTH, WIDTH);
    }
    System.arraycopy(old, 7 * WIDTH, values, 39 * WIDTH, WIDTH); // new-0 reads like item-7
    values[40 * WIDTH] = 1;
    return values; // new-2 has no vector
  }

  private static RunConfig config() {
    return earlier.config();
  }

  private static RunConfig small(String model) {
    return ConfigReader.read(
        null, List.of("model.type=" + model, "model.hidden_size=16"), RunConfig.class);
  }

  private static float[] row(Safetensors weights, String name, int row) {
    Safetensors.Entry entry = weights.entries().get(name);
    int width = (int) (entry.count() / entry.shape()[0]);
    return Arrays.copyOfRange(entry.floats(), row * width, (row + 1) * width);
  }

  /** The weights that a run would start its first epoch with. */
  private static Safetensors started(String name) {
    Training training = Training.of(config(), later, features);
    assertThat(training.startFrom(earlier))
        .hasToString(
            "38 items carried over, 2 new ones start from similar items, 1 new ones start at"
                + " random");
    RunDirectory run = RunDirectory.create(folder.resolve(name), config());
    assertThatThrownBy(
            () ->
                training.run(
                    run,
                    (what, done, total, detail) -> {
                      throw new IllegalStateException("stopped in its first epoch");
                    }))
        .hasMessage("stopped in its first epoch");
    return Safetensors.read(run.file("checkpoint.safetensors"));
  }

  @Test
  void rowsAreCarriedOverByIdAndByName() {
    Safetensors old = earlier.weights();
    Safetensors now = started("rows");
    String items = "item_embedding.weight";
    assertThat(row(now, items, 0)).isEqualTo(row(old, items, 0));
    for (int i = 1; i <= 38; i++) {
      assertThat(row(now, items, i)).isEqualTo(row(old, items, 41 - i));
    }
    assertThat(now.entries().get(items).shape()).containsExactly(42, 16);
    // categories: another kind, kind-0 .. kind-3; there is no row for padding
    for (int c = 0; c < 4; c++) {
      assertThat(row(now, "cat_linear.weight", c + 1)).isEqualTo(row(old, "cat_linear.weight", c));
      assertThat(row(now, "cat_linear.bias", c + 1)).isEqualTo(row(old, "cat_linear.bias", c));
    }
    old.entries().keySet().stream()
        .filter(name -> !name.equals(items) && !name.startsWith("cat_linear."))
        .forEach(
            name ->
                assertThat(now.entries().get(name).floats())
                    .as(name)
                    .isEqualTo(old.entries().get(name).floats()));
  }

  /**
   * The same shop, whose log begins later since the first users are gone, and has a longer pause:
   * the weights that are carried over say of a history what they said before.
   */
  @ParameterizedTest
  @ValueSource(strings = {"true", "false"})
  void timesMeanWhatTheyMeantBefore(String zOutside) {
    Path path = folder.resolve("z-" + zOutside);
    SmallRun.train(path, Progress.SILENT, "train.epochs=1", "model.z_outside=" + zOutside);
    TrainedRun run = TrainedRun.open(RunDirectory.open(path));
    Dataset moved = moved();
    Training training = Training.of(run.config(), moved, run.features());
    DataSpec.TimeRange now = training.dataSpec.time();
    DataSpec.TimeRange then = run.provenance().time();
    assertThat(now.first() - then.first()).isGreaterThan(3 * 86_400);
    assertThat(now.maxGap()).isGreaterThan(2 * then.maxGap());
    assertThat(training.startFrom(run).anew()).isEmpty();
    Windows windows = Windows.latest(moved.histories(), 6);
    List<float[]> before = new ArrayList<>();
    try (Scorer scorer = run.scorer()) {
      scorer.score(windows, 0, 20, (history, scores) -> before.add(scores.clone()));
    }
    try (Scorer scorer = training.untrained()) {
      scorer.score(
          windows,
          0,
          20,
          (history, scores) ->
              assertThat(scores)
                  .usingComparatorWithPrecision(1e-4f)
                  .containsExactly(before.remove(0)));
    }
    assertThat(before).isEmpty();
  }

  private static Dataset moved() {
    Dataset old = SmallRun.dataset();
    Histories histories = old.histories();
    List<Integer> users =
        IntStream.range(0, histories.users())
            .boxed()
            .filter(u -> histories.times()[histories.starts()[u]] > 1_700_400_000L)
            .toList();
    int[] starts = new int[users.size() + 1];
    List<Integer> items = new ArrayList<>();
    List<Long> times = new ArrayList<>();
    for (int i = 0; i < users.size(); i++) {
      int from = histories.starts()[users.get(i)];
      for (int e = from; e < histories.starts()[users.get(i) + 1]; e++) {
        items.add(histories.items()[e]);
        times.add(histories.times()[e] + (i == 30 && e > from ? 40 * 86_400L : 0));
      }
      starts[i + 1] = items.size();
    }
    return new Dataset(
        old.directory(),
        old.manifest(),
        old.catalogue(),
        users.stream().map(u -> old.users().get(u)).toList(),
        new Histories(
            starts,
            items.stream().mapToInt(i -> i).toArray(),
            times.stream().mapToLong(t -> t).toArray()));
  }

  @Test
  void aNewItemStartsFromTheTenWithTheMostSimilarTexts() {
    Safetensors now = started("similar");
    float[] vectors = vectors();
    for (int fresh : new int[] {39, 40}) {
      int[] nearest =
          IntStream.rangeClosed(1, 38)
              .boxed()
              .sorted(Comparator.comparingDouble(i -> -cosine(vectors, fresh, i)))
              .limit(10)
              .filter(i -> cosine(vectors, fresh, i) > 0)
              .mapToInt(i -> i)
              .toArray();
      float[] mean = new float[16];
      for (int item : nearest) {
        float[] theirs = row(now, "item_embedding.weight", item);
        for (int k = 0; k < mean.length; k++) {
          mean[k] += theirs[k] / nearest.length;
        }
      }
      assertThat(row(now, "item_embedding.weight", fresh))
          .usingComparatorWithPrecision(1e-6f)
          .containsExactly(mean);
    }
    assertThat(cosine(vectors, 39, 34)).isCloseTo(1, within(1e-6));
  }

  private static double cosine(float[] vectors, int a, int b) {
    double product = 0;
    double as = 0;
    double bs = 0;
    for (int k = 0; k < WIDTH; k++) {
      product += vectors[a * WIDTH + k] * vectors[b * WIDTH + k];
      as += vectors[a * WIDTH + k] * vectors[a * WIDTH + k];
      bs += vectors[b * WIDTH + k] * vectors[b * WIDTH + k];
    }
    return product / Math.sqrt(as * bs);
  }

  @Test
  void aRunThatWasStoppedInItsFirstEpochGoesOnFromTheSameWeights() {
    started("stopped");
    RunDirectory stopped = RunDirectory.open(folder.resolve("stopped"));
    Training.of(config(), later, features).run(stopped, Progress.SILENT);
    Training whole = Training.of(config(), later, features);
    whole.startFrom(earlier);
    RunDirectory other = RunDirectory.create(folder.resolve("whole"), config());
    whole.run(other, Progress.SILENT);
    assertThat(stopped.file("ranks-test.csv")).hasSameBinaryContentAs(other.file("ranks-test.csv"));
    assertThat(Provenance.read(other).inputs())
        .containsEntry("earlier run", earlier.provenance().id());
  }

  /** As a training leaves it that is killed between its first files. */
  @Test
  void aRunThatWasStoppedBeforeItHadTheseWeightsDoesNotGoOnWithOthers() throws IOException {
    started("killed");
    RunDirectory stopped = RunDirectory.open(folder.resolve("killed"));
    Files.delete(stopped.file("checkpoint.safetensors"));
    Training again = Training.of(config(), later, features);
    assertThatThrownBy(() -> again.run(stopped, Progress.SILENT))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            stopped.path()
                + ": has no checkpoint.safetensors, and with it not the weights of the earlier run"
                + " that it starts from; delete it, and train again from that run");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "core",
        "dif-sr",
        "fearec",
        "gru4rec",
        "lrurec",
        "m3srec",
        "missrec",
        "nova",
        "sasrec",
        "tedrec",
        "ticoserec",
        "tisasrec",
        "unisrec"
      })
  void everyModelSaysWhichOfItsRowsBelongToItems(String model) {
    RunConfig config = small(model);
    SequenceModel built = NetworkTraining.build(config, DataSpec.of(later, features));
    long items = later.catalogue().size() + 1L;
    Map<String, Tensor> parameters = Checkpoint.parameters(built);
    parameters.remove("plm_interest_lookup_table"); // MISSRec makes it anew before its first epoch
    parameters.forEach(
        (name, value) ->
            assertThat(built.rows(name) == Transferable.Rows.ITEMS)
                .as(name)
                .isEqualTo(value.dim() > 0 && value.size(0) == items));
  }

  @Test
  void whatCannotStartARunIsRefused() {
    RunConfig other = small("sasrec");
    assertThatThrownBy(() -> Training.of(other, later, List.of()).startFrom(earlier))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            folder.resolve("earlier")
                + ": is a hm4sr and can start no sasrec; give a run of the same model");
  }
}
