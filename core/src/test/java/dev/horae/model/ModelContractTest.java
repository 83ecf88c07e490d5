package dev.horae.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.horae.config.ConfigReader;
import dev.horae.config.Names;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.SequenceBatch;
import dev.horae.data.Windows;
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
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every model promises. A model joins by being permitted in {@link ModelConfig}. */
class ModelContractTest {

  private static final int ITEMS = 30;
  private static final int LENGTH = 8;
  private static final long DAY = 86_400;

  private record Run(ModelConfig model) {}

  static Stream<String> models() {
    return Arrays.stream(ModelConfig.class.getPermittedSubclasses()).map(Names::choice);
  }

  @ParameterizedTest
  @MethodSource("models")
  void aLaterEventChangesNothingBeforeIt(String name) {
    SequenceModel model = model(name);
    float[] one = users(model, Windows.shared(histories(3, 4, 5, 6, 9, 1, 1), LENGTH, 1), true);
    float[] other = users(model, Windows.shared(histories(3, 4, 5, 6, 7, 1, 1), LENGTH, 1), true);
    int width = one.length / 4; // four prefixes; the fifth item is read by the last one only
    assertThat(Arrays.copyOf(one, width * 3)).isEqualTo(Arrays.copyOf(other, width * 3));
  }

  @ParameterizedTest
  @MethodSource("models")
  void theLastEventMatters(String name) {
    SequenceModel model = model(name);
    float[] one = users(model, Windows.latest(histories(3, 4, 5), LENGTH), true);
    float[] other = users(model, Windows.latest(histories(3, 4, 6), LENGTH), true);
    assertThat(one).isNotEqualTo(other);
  }

  @ParameterizedTest
  @MethodSource("models")
  void neighboursInARowChangeNothing(String name) {
    SequenceModel model = model(name);
    Histories several = many(6);
    float[] packed = users(model, Windows.latest(several, LENGTH), model.packable());
    float[] alone = users(model, Windows.latest(several, LENGTH), false);
    int width = alone.length / 6;
    SequenceBatch rows =
        Windows.latest(several, LENGTH).inOrder(100, model.packable()).get(0).batch();
    int place = 0;
    for (long example : rows.examples()) {
      int owner = (int) rows.histories()[(int) example] - 1;
      for (int i = 0; i < width; i++) {
        assertThat(packed[place * width + i]).isCloseTo(alone[owner * width + i], within(2e-6f));
      }
      place++;
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void theFirstLossIsThatOfAGuess(String name) {
    SequenceModel model = model(name);
    assertThat(mainLoss(model, batch(8))).isCloseTo(Math.log(ITEMS), withinPercentage(10));
  }

  @ParameterizedTest
  @MethodSource("models")
  void learnsOneBatchByHeart(String name) {
    SequenceModel model = model(name, "dropout=0", "attention_dropout=0");
    SequenceBatch batch = batch(4);
    double first = mainLoss(model, batch);
    Map<String, Tensor> parameters = Checkpoint.parameters(model);
    for (int step = 0; step < 150; step++) {
      step(model, batch);
      try (Scope scope = Scope.inference()) {
        parameters
            .values()
            .forEach(
                p -> {
                  if (p.requires_grad() && p.grad().defined()) {
                    p.detach().sub_(Ops.scale(p.grad().sign(), 0.01));
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
    assertThat(users(other, windows, true)).isEqualTo(users(model, windows, true));
  }

  @ParameterizedTest
  @MethodSource("models")
  void leavesNothingNativeBehind(String name) {
    SequenceModel model = model(name);
    SequenceBatch batch = batch(4);
    for (int i = 0; i < 3; i++) {
      step(model, batch); // gradients come to be
    }
    long before = Pointer.totalCount();
    for (int i = 0; i < 200; i++) {
      step(model, batch);
    }
    assertThat(Pointer.totalCount() - before).isZero();
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
      ItemVectors items = model.items();
      Forward forward = model.forward(in, items, model.draw(batch, new SplittableRandom(5)));
      Loss.total(forward.plain(in, items.table())).backward();
    }
  }

  private static double mainLoss(SequenceModel model, SequenceBatch batch) {
    model.eval();
    try (Scope scope = Scope.inference()) {
      SequenceTensors in = SequenceTensors.of(batch, model.device());
      ItemVectors items = model.items();
      Forward forward = model.forward(in, items, model.draw(batch, new SplittableRandom(5)));
      return Ops.value(forward.plain(in, items.table()).get(0).value());
    }
  }

  private static float[] users(SequenceModel model, Windows windows, boolean packed) {
    model.eval();
    try (Scope scope = Scope.inference()) {
      SequenceTensors in =
          SequenceTensors.of(windows.inOrder(1_000, packed).get(0).batch(), model.device());
      float[] users = Ops.floats(model.encode(in, model.items()));
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
    return ConfigReader.read(null, all, Run.class)
        .model()
        .build(
            new Inventory(
                ITEMS,
                LENGTH,
                List.of(
                    new FeatureTable("text", "random", 12, text),
                    new FeatureTable("image", "random", 10, image)),
                4,
                labels,
                new Inventory.TimeRange(1_699_000_000L, 1_701_000_000L, 30 * DAY)));
  }

  private static SequenceBatch batch(int users) {
    return Windows.shared(many(users), LENGTH, 1).inOrder(1_000, true).get(0).batch();
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
