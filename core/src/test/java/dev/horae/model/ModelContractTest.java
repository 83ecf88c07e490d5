package dev.horae.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.horae.config.ConfigException;
import dev.horae.config.ConfigReader;
import dev.horae.config.ConfigWriter;
import dev.horae.config.Names;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.RowLayout;
import dev.horae.data.SequenceBatch;
import dev.horae.data.Split;
import dev.horae.data.Windows;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.ItemTable;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.Loss;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.sequence.TrainingHooks.Draws;
import dev.horae.tensor.Checkpoint;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Safetensors;
import dev.horae.tensor.Scope;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What every model promises. A model joins by being permitted in {@link NetworkConfig}. */
class ModelContractTest {

  private static final int ITEMS = 30;
  private static final int LENGTH = 8;
  private static final long DAY = 86_400;

  /** Cosines divided by a small temperature start out large; at 1 the first choice is a guess. */
  private static final Map<String, String> EVEN_START =
      Map.of(
          "core", "temperature=1",
          "missrec", "temperature=1",
          "tedrec", "temperature=1",
          "unisrec", "temperature=1");

  /** First losses of models that do not choose among all items. */
  private static final Map<String, Double> EXPECTED_INITIAL_LOSS =
      Map.of("ticoserec", 2 * Math.log(2)); // two items, each wanted or not

  /** Models whose item vectors are rows of a parameter as they are. */
  private static final Set<String> ROWS =
      Set.of("dif-sr", "fearec", "gru4rec", "nova", "sasrec", "ticoserec", "tisasrec");

  private record Run(NetworkConfig model) {}

  @ParameterizedTest
  @CsvSource({
    "dif-sr, lambda_attribute",
    "fearec, lambda",
    "fearec, lambda_sem",
    "hm4sr, lambda_cp",
    "hm4sr, lambda_idcl",
    "hm4sr, lambda_pcl",
    "m3srec, lambda_aux",
    "missrec, gamma",
    "ticoserec, contrast_weight"
  })
  void weightsOfLossesAreNotNegative(String name, String key) {
    assertThatThrownBy(
            () ->
                ConfigReader.read(
                    null, List.of("model.type=" + name, "model." + key + "=-0.1"), Run.class))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("model." + key)
        .hasMessageContaining("-0.1 is negative");
  }

  static Stream<String> models() {
    return Arrays.stream(NetworkConfig.class.getPermittedSubclasses()).map(Names::choice);
  }

  @ParameterizedTest
  @MethodSource("models")
  void aLaterEventChangesNothingBeforeItInACausalModel(String name) {
    SequenceModel model = model(name);
    if (!model.causal()) { // what starts near 0 could be lost in rounding
      Checkpoint.parameters(model).values().stream()
          .filter(Tensor::requires_grad)
          .forEach(p -> p.detach().mul_(new Scalar(4)));
    }
    float[] one =
        users(
            model, Windows.shared(Split.leaveOneOut(histories(3, 4, 5, 6, 9, 1, 1, 1)), LENGTH, 1));
    Histories later = histories(3, 4, 5, 6, 7, 1, 1, 1);
    later.times()[4] -= DAY / 2; // a shorter interval, for models that read times
    float[] other = users(model, Windows.shared(Split.leaveOneOut(later), LENGTH, 1));
    assertThat(one.length % 5).isZero();
    int width = one.length / 5; // five prefixes; the fifth item is read by the last one only
    float[] before = Arrays.copyOf(one, width * 4);
    if (model.causal()) {
      assertThat(before).isEqualTo(Arrays.copyOf(other, width * 4));
    } else {
      assertThat(before).isNotEqualTo(Arrays.copyOf(other, width * 4));
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void itemVectorsAreTheRowsOfTheParameterThatItNames(String name) {
    SequenceModel model = model(name);
    model.train(true);
    try (Scope scope = Scope.inference()) {
      Tensor parameter = model.itemParameter();
      if (parameter != null) {
        Draws draws = model.draw(batch(model, 4), new SplittableRandom(5));
        float[] vectors = Ops.floats(model.itemVectors(0, model.itemRows(), draws));
        assertThat(vectors).isEqualTo(Ops.floats(parameter));
      }
      assertThat(parameter != null).isEqualTo(ROWS.contains(name));
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void theLastEventMatters(String name) {
    SequenceModel model = model(name);
    float[] one = users(model, Windows.latest(histories(3, 4, 5), LENGTH));
    float[] other = users(model, Windows.latest(histories(3, 4, 6), LENGTH));
    assertThat(one).isNotEqualTo(other);
  }

  @ParameterizedTest
  @MethodSource("models")
  void neighboursInARowOrBatchChangeNothing(String name) {
    SequenceModel model = model(name);
    int[] lengths = {3, 5, 2, 8, 4, 1}; // packed, they fill three rows
    Histories[] each = new Histories[lengths.length];
    int[] all = new int[Arrays.stream(lengths).sum()];
    int[] starts = new int[lengths.length + 1];
    for (int u = 0; u < lengths.length; u++) {
      int[] items = new int[lengths[u]];
      for (int e = 0; e < items.length; e++) {
        items[e] = 1 + (u * 5 + e * 3) % ITEMS;
      }
      each[u] = histories(items);
      starts[u + 1] = starts[u] + items.length;
      System.arraycopy(items, 0, all, starts[u], items.length);
    }
    long[] times = new long[all.length];
    for (int u = 0; u < each.length; u++) {
      System.arraycopy(each[u].times(), 0, times, starts[u], lengths[u]);
    }
    Windows together = Windows.latest(new Histories(starts, all, times), LENGTH);
    float[] found = users(model, together);
    int width = found.length / lengths.length;
    SequenceBatch rows = together.inOrder(100, model.layout()).get(0).batch();
    int place = 0;
    for (long example : rows.examples()) {
      int user = (int) rows.histories()[(int) example] - 1;
      float[] alone = users(model, Windows.latest(each[user], LENGTH), RowLayout.FULL);
      assertThat(Arrays.copyOfRange(found, place * width, ++place * width))
          .as("history of %s events", lengths[user])
          .usingComparatorWithPrecision(2e-6f)
          .containsExactly(alone);
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void theFirstLossIsThatOfAGuess(String name) {
    String even = EVEN_START.get(name);
    SequenceModel model = even == null ? model(name) : model(name, even);
    assertThat(mainLoss(model, batch(model, 8)))
        .isCloseTo(
            EXPECTED_INITIAL_LOSS.getOrDefault(name, Math.log(ITEMS)),
            withinPercentage(name.equals("iisan") ? 15 : 10)); // weighs its negatives by popularity
  }

  @ParameterizedTest
  @MethodSource("models")
  void overfitsOneBatch(String name) {
    SequenceModel model = model(name, withoutDropout(name));
    SequenceBatch batch = batch(model, 4);
    double first = mainLoss(model, batch);
    Map<String, Tensor> parameters = Checkpoint.parameters(model);
    double steps = name.equals("iisan") ? 150 : 40; // it meets some of its batch's items only
    for (int step = 0; step < steps; step++) {
      double size = 0.01 * (1 - step / steps);
      step(model, batch);
      try (Scope scope = Scope.inference()) {
        parameters
            .values()
            .forEach(
                p -> {
                  if (p.requires_grad() && p.grad().defined()) {
                    p.detach().sub_(Ops.scale(p.grad().sign(), size));
                    p.grad().zero_();
                  }
                });
      }
    }
    assertThat(mainLoss(model, batch)).isFinite().isLessThan(first / 3);
  }

  @ParameterizedTest
  @MethodSource("models")
  void savedAndLoadedGivesTheSameBits(String name, @TempDir Path folder) throws IOException {
    SequenceModel model = model(name);
    Safetensors saved = Checkpoint.save(model, Map.of("made", "here"));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    saved.write(bytes);
    Path file = Files.write(folder.resolve("model.safetensors"), bytes.toByteArray());
    SequenceModel other = model(name);
    Checkpoint.parameters(other).values().forEach(p -> p.detach().zero_());
    Checkpoint.load(other, Safetensors.read(file), file);
    Windows windows = Windows.latest(many(5), LENGTH);
    assertThat(users(other, windows)).isEqualTo(users(model, windows));
  }

  @ParameterizedTest
  @MethodSource("models")
  void leavesNothingNativeBehind(String name) {
    SequenceModel model = model(name);
    SequenceBatch batch = batch(model, 4);
    for (int i = 0; i < 3; i++) {
      step(model, batch); // gradients come to be
    }
    boolean unchanged = false;
    for (int block = 0; block < 5; block++) {
      long before = Pointer.totalCount();
      for (int i = 0; i < 4; i++) { // each leaves as much as any other
        step(model, batch);
      }
      // The collector may free what other tests left meanwhile, but not in every block.
      assertThat(Pointer.totalCount() - before).isNotPositive();
      unchanged |= Pointer.totalCount() == before;
    }
    assertThat(unchanged).isTrue();
  }

  @ParameterizedTest
  @MethodSource("models")
  void refusesToBeBuiltInsideAScope(String name) {
    try (Scope scope = Scope.inference()) {
      assertThatThrownBy(() -> model(name)).isInstanceOf(IllegalStateException.class);
    }
  }

  private static void step(SequenceModel model, SequenceBatch batch) {
    model.train(true);
    try (Scope scope = Scope.training()) {
      SequenceTensors in = SequenceTensors.of(batch, model.device());
      Loss.total(losses(model, in, batch)).backward();
    }
  }

  private static double mainLoss(SequenceModel model, SequenceBatch batch) {
    model.eval();
    try (Scope scope = Scope.inference()) {
      SequenceTensors in = SequenceTensors.of(batch, model.device());
      return Ops.value(losses(model, in, batch).get(0).value());
    }
  }

  private static List<Loss> losses(SequenceModel model, SequenceTensors in, SequenceBatch batch) {
    Draws draws = model.draw(batch, new SplittableRandom(5));
    if (!model.trainsOnAllItems()) {
      return model.forward(in, null, draws).plain(null);
    }
    ItemVectors items = ItemVectors.of(model.itemVectors(0, model.itemRows(), draws));
    return model.forward(in, items, draws).plain(items.table());
  }

  private static float[] users(SequenceModel model, Windows windows) {
    return users(model, windows, model.layout());
  }

  private static float[] users(SequenceModel model, Windows windows, RowLayout layout) {
    model.eval();
    try (Scope scope = Scope.inference()) {
      SequenceTensors in =
          SequenceTensors.of(windows.inOrder(1_000, layout).get(0).batch(), model.device());
      float[] users = Ops.floats(model.encode(in, ItemTable.of(model)));
      for (float value : users) {
        assertThat(value).isFinite();
      }
      return users;
    }
  }

  private static SequenceModel model(String name, String... settings) {
    torch.manual_seed(3);
    SplittableRandom random = new SplittableRandom(1);
    float[] text = new float[(ITEMS + 1) * 12];
    float[] image = new float[(ITEMS + 1) * 10];
    for (int i = 12; i < text.length; i++) {
      text[i] = (float) random.nextGaussian();
    }
    for (int i = 10; i < image.length; i++) {
      image[i] = (float) random.nextGaussian();
    }
    float[] labels = new float[(ITEMS + 1) * 4];
    for (int i = 1; i <= ITEMS; i++) {
      labels[i * 4 + i % 4] = 1;
    }
    List<String> all = new ArrayList<>(List.of("model.type=" + name));
    for (String setting : settings) {
      all.add("model." + setting);
    }
    SequenceModel model =
        ConfigReader.read(null, all, Run.class)
            .model()
            .build(
                new DataSpec(
                    ITEMS,
                    LENGTH,
                    List.of(
                        new FeatureTable("text", "random", 12, text),
                        new FeatureTable("image", "random", 10, image)),
                    4,
                    labels,
                    new DataSpec.TimeRange(1_699_000_000L, 1_701_000_000L, 30 * DAY)));
    model.fitStatistics(Split.leaveOneOut(many(8)).training());
    model.startEpoch(0, new SplittableRandom(2));
    return model;
  }

  /** {@return settings that switch off every kind of dropout the model has} */
  private static String[] withoutDropout(String name) {
    Run run = ConfigReader.read(null, List.of("model.type=" + name), Run.class);
    return ConfigWriter.values((Record) run.model()).keySet().stream()
        .filter(key -> key.endsWith("dropout"))
        .map(key -> key + "=0")
        .toArray(String[]::new);
  }

  private static SequenceBatch batch(SequenceModel model, int users) {
    Windows windows =
        model.causal()
            ? Windows.shared(Split.leaveOneOut(many(users)), LENGTH, 1)
            : Windows.prefix(Split.leaveOneOut(many(users)), LENGTH);
    return windows.inOrder(1_000, model.layout()).get(0).batch();
  }

  /** One history with these items, a day apart, at real epoch seconds. */
  private static Histories histories(int... items) {
    long[] times = new long[items.length];
    for (int i = 0; i < items.length; i++) {
      times[i] = 1_700_000_000L + i * DAY;
    }
    return new Histories(new int[] {0, items.length}, items, times);
  }

  private static Histories many(int users) {
    int length = 7;
    int[] starts = new int[users + 1];
    int[] items = new int[users * length];
    long[] times = new long[items.length];
    for (int u = 0; u < users; u++) {
      starts[u + 1] = starts[u] + length;
      for (int e = 0; e < length; e++) {
        items[u * length + e] = 1 + (u * 5 + e * 3) % ITEMS;
        times[u * length + e] = 1_700_000_000L + e * DAY;
      }
    }
    return new Histories(starts, items, times);
  }
}
