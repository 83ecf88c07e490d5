package dev.horae.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.horae.config.ConfigReader;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.RowLayout;
import dev.horae.data.SequenceBatch;
import dev.horae.data.Split;
import dev.horae.data.Windows;
import dev.horae.model.Hm4sr;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.ItemTable;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.Loss;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.sequence.TrainingHooks.Draws;
import dev.horae.sequence.TrainingOutput;
import dev.horae.tensor.Checkpoint;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/** At dropout 0 one pass per history is the same mathematics as one per (prefix, next item). */
class BatchingTest {

  private static final int ITEMS = 30;
  private static final int LENGTH = 6;

  @Test
  void sharedEqualsPrefixUpToTheMaximumLength() {
    assertSame(histories(4, 9, 5, 7, 8, 6)); // at most 9 events: 6 inputs
  }

  @Test
  void sharedEqualsPrefixBeyondTheMaximumLength() {
    assertSame(histories(4, 20, 9, 13, 10));
  }

  /** Main loss, category prediction, id contrast: values and the gradients of every parameter. */
  private static void assertSame(Histories histories) {
    SequenceModel model = model();
    Result shared =
        result(model, Windows.shared(Split.leaveOneOut(histories), LENGTH, 1), RowLayout.PACKED);
    Result prefix =
        result(model, Windows.prefix(Split.leaveOneOut(histories), LENGTH), RowLayout.FULL);
    assertThat(shared.examples()).isEqualTo(prefix.examples());
    assertThat(shared.losses().keySet()).containsExactly("ce", "idcl", "cp");
    shared
        .losses()
        .forEach(
            (name, value) -> assertThat(value).isCloseTo(prefix.losses().get(name), within(1e-5)));
    shared
        .gradients()
        .forEach(
            (name, gradient) ->
                assertThat(gradient)
                    .as(name)
                    .usingElementComparator((a, b) -> Math.abs(a - b) < 1e-5 ? 0 : 1)
                    .containsExactly(prefix.gradients().get(name)));
  }

  @Test
  void aStrideServesEveryTargetOnceWithFewerWindows() {
    Histories histories = histories(40, 20);
    Windows exact = Windows.shared(Split.leaveOneOut(histories), LENGTH, 1);
    Windows strided = Windows.shared(Split.leaveOneOut(histories), LENGTH, 4);
    assertThat(strided.examples()).isEqualTo(exact.examples()).isEqualTo(37 + 17);
    SequenceBatch fewer = strided.inOrder(1000, RowLayout.PACKED).get(0).batch();
    SequenceBatch batch = exact.inOrder(1000, RowLayout.PACKED).get(0).batch();
    assertThat(events(fewer)).isLessThan(events(batch) / 3);
    assertThat(targetsOf(fewer)).isEqualTo(targetsOf(batch));
  }

  private static long events(SequenceBatch batch) {
    return Arrays.stream(batch.items()).filter(item -> item > 0).count();
  }

  private static Map<Long, Integer> targetsOf(SequenceBatch batch) {
    Map<Long, Integer> counts = new java.util.TreeMap<>();
    for (long target : batch.targets()) {
      counts.merge(target, target == 0 ? 0 : 1, Integer::sum);
    }
    return counts;
  }

  private record Result(int examples, Map<String, Double> losses, Map<String, float[]> gradients) {}

  private static Result result(SequenceModel model, Windows windows, RowLayout layout) {
    SequenceBatch batch = windows.inOrder(1_000, layout).get(0).batch();
    Map<String, Double> losses = new LinkedHashMap<>();
    Map<String, float[]> gradients = new LinkedHashMap<>();
    for (Tensor p : Checkpoint.parameters(model).values()) {
      if (p.grad().defined()) {
        p.grad().zero_();
      }
    }
    try (Scope scope = Scope.training()) {
      SequenceTensors in = SequenceTensors.of(batch, model.device());
      ItemVectors items = ItemTable.of(model);
      TrainingOutput forward = model.forward(in, items, Draws.NONE);
      List<Loss> parts = forward.plain(items.table());
      Loss.total(parts).backward();
      parts.forEach(part -> losses.put(part.name(), Ops.value(part.value())));
    }
    Checkpoint.parameters(model)
        .forEach(
            (name, p) -> {
              if (p.grad().defined()) {
                gradients.put(name, Ops.floats(p.grad()));
              }
            });
    return new Result(batch.examples().length, losses, gradients);
  }

  private static SequenceModel model() {
    torch.manual_seed(7);
    SplittableRandom random = new SplittableRandom(3);
    float[] text = new float[(ITEMS + 1) * 8];
    for (int i = 8; i < text.length; i++) {
      text[i] = (float) random.nextGaussian();
    }
    float[] labels = new float[(ITEMS + 1) * 5];
    for (int i = 1; i <= ITEMS; i++) {
      labels[i * 5 + i % 5] = 1;
    }
    DataSpec dataSpec =
        new DataSpec(
            ITEMS,
            LENGTH,
            List.of(new FeatureTable("text", "random", 8, text)),
            5,
            labels,
            new DataSpec.TimeRange(1_300_000_000L, 1_400_000_000L, 40L * 86_400));
    SequenceModel model =
        ConfigReader.read(
                null,
                List.of(
                    "hidden_size=16",
                    "inner_size=24",
                    "dropout=0",
                    "attention_dropout=0",
                    "lambda_pcl=0"),
                Hm4sr.Config.class)
            .build(dataSpec);
    model.train(true);
    return model;
  }

  private static Histories histories(int... lengths) {
    SplittableRandom random = new SplittableRandom(11);
    int[] starts = new int[lengths.length + 1];
    List<Integer> items = new ArrayList<>();
    List<Long> times = new ArrayList<>();
    for (int u = 0; u < lengths.length; u++) {
      long time = 1_300_000_000L + random.nextLong(1_000_000);
      for (int e = 0; e < lengths[u]; e++) {
        items.add(1 + random.nextInt(ITEMS));
        times.add(time);
        time += random.nextInt(3) * 86_400L;
      }
      starts[u + 1] = items.size();
    }
    return new Histories(
        starts,
        items.stream().mapToInt(i -> i).toArray(),
        times.stream().mapToLong(t -> t).toArray());
  }
}
