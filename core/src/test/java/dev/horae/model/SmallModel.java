package dev.horae.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.horae.config.ConfigReader;
import dev.horae.data.Histories;
import dev.horae.data.RowLayout;
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
import dev.horae.tensor.Scope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Help for tests of models that know items by their ids only. */
final class SmallModel {

  private record Chosen(NetworkConfig model) {}

  private record Result(double loss, Map<String, float[]> gradients) {}

  private SmallModel() {}

  static SequenceModel of(String type, int items, int length, String... settings) {
    torch.manual_seed(3);
    List<String> all = new ArrayList<>(List.of("model.type=" + type));
    for (String setting : settings) {
      all.add("model." + setting);
    }
    return ConfigReader.read(null, all, Chosen.class)
        .model()
        .build(
            new DataSpec(
                items, length, List.of(), 0, new float[0], new DataSpec.TimeRange(0, 0, 0)));
  }

  static long parameters(SequenceModel model) {
    return Checkpoint.parameters(model).values().stream().mapToLong(Tensor::numel).sum();
  }

  /** One history. */
  static Histories history(int... items) {
    return new Histories(new int[] {0, items.length}, items, new long[items.length]);
  }

  /** Histories of random items. */
  static Histories random(int items, int... lengths) {
    SplittableRandom random = new SplittableRandom(11);
    int[] starts = new int[lengths.length + 1];
    for (int u = 0; u < lengths.length; u++) {
      starts[u + 1] = starts[u] + lengths[u];
    }
    int[] drawn = random.ints(starts[lengths.length], 1, items + 1).toArray();
    return new Histories(starts, drawn, new long[drawn.length]);
  }

  /** {@return the vectors at the examples of {@code windows}, without dropout} */
  static float[] users(SequenceModel model, Windows windows) {
    model.eval();
    try (Scope scope = Scope.inference()) {
      SequenceTensors in =
          SequenceTensors.of(windows.inOrder(1_000, model.layout()).get(0).batch(), model.device());
      return Ops.floats(model.encode(in, ItemTable.of(model)));
    }
  }

  /** One pass per history gives the loss and the gradients of one row per prefix. */
  static void requireSharedEqualsPrefix(SequenceModel model, Histories histories, int length) {
    Result shared =
        result(model, Windows.shared(Split.leaveOneOut(histories), length, 1), model.layout());
    Result prefix =
        result(model, Windows.prefix(Split.leaveOneOut(histories), length), RowLayout.FULL);
    assertThat(shared.loss()).isCloseTo(prefix.loss(), within(1e-5));
    shared
        .gradients()
        .forEach(
            (name, gradient) ->
                assertThat(gradient)
                    .as(name)
                    .usingComparatorWithPrecision(1e-5f)
                    .containsExactly(prefix.gradients().get(name)));
  }

  private static Result result(SequenceModel model, Windows windows, RowLayout layout) {
    model.eval(); // no dropout
    Map<String, float[]> gradients = new LinkedHashMap<>();
    double value;
    try (Scope scope = Scope.training()) {
      SequenceTensors in =
          SequenceTensors.of(windows.inOrder(1_000, layout).get(0).batch(), model.device());
      ItemVectors items = ItemTable.of(model);
      Tensor loss = Loss.total(model.forward(in, items, Draws.NONE).plain(items.table()));
      loss.backward();
      value = Ops.value(loss);
    }
    try (Scope scope = Scope.inference()) {
      Checkpoint.parameters(model)
          .forEach(
              (name, p) -> {
                if (p.grad().defined()) {
                  gradients.put(name, Ops.floats(p.grad()));
                  p.grad().zero_();
                }
              });
    }
    return new Result(value, gradients);
  }
}
