package dev.horae.train;

import static dev.horae.train.TrainingStepTest.LENGTH;
import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.config.ConfigReader;
import dev.horae.config.ConfigWriter;
import dev.horae.config.Names;
import dev.horae.data.Histories;
import dev.horae.data.SequenceBatch;
import dev.horae.data.Split;
import dev.horae.data.Windows;
import dev.horae.model.NetworkConfig;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.TrainingHooks.Draws;
import dev.horae.tensor.Checkpoint;
import dev.horae.tensor.Group;
import dev.horae.tensor.Ops;
import dev.horae.train.TrainingStep.Shards;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every model promises when it is trained as runs are: by the step of several workers. */
class WorkerStepContractTest {

  private record Chosen(NetworkConfig model) {}

  static Stream<String> models() {
    return Arrays.stream(NetworkConfig.class.getPermittedSubclasses()).map(Names::choice);
  }

  @ParameterizedTest
  @MethodSource("models")
  void oneWorkerEqualsAutograd(String name) {
    SequenceModel model = model(name);
    SequenceBatch batch = plan(model).batch();
    Draws draws = model.draw(batch, new SplittableRandom(5));
    TrainingStepTest.Result plain = TrainingStepTest.plain(model, batch, draws);
    TrainingStepTest.assertClose(
        TrainingStepTest.step(model, List.of(batch), List.of(draws), 1), plain);
  }

  @ParameterizedTest
  @MethodSource("models")
  void twoWorkersGiveEqualBitsTwice(String name) {
    assertThat(weights(name, 3)).isEqualTo(weights(name, 3));
  }

  /**
   * Its negatives are those of a worker's own share, as the paper's are those of one device: a
   * smaller loss to begin with, and a slower way to none than that of models that meet all items.
   */
  @Test
  void iisanOverfitsOneBatchWithTwoWorkers() {
    SequenceModel model = model("iisan");
    TrainingStep step =
        new TrainingStep(
            model, new Adam(model, Adam.Rule.of(0.01)), 2, false, false, Group.alone());
    Shards shards = shards(model);
    double first = step.run(shards, 0).get("ce");
    for (int i = 1; i < 60; i++) {
      step.run(shards, i);
    }
    assertThat(step.run(shards, 60).get("ce")).isLessThan(first / 3);
  }

  /** {@return the weights after some steps of two workers, by name} */
  private static Map<String, ByteBuffer> weights(String name, int steps) {
    SequenceModel model = model(name);
    TrainingStep step =
        new TrainingStep(
            model, new Adam(model, Adam.Rule.of(0.01)), 2, false, false, Group.alone());
    Shards shards = shards(model);
    for (int i = 0; i < steps; i++) {
      step.run(shards, i);
    }
    Map<String, ByteBuffer> weights = new LinkedHashMap<>();
    Checkpoint.parameters(model).forEach((key, p) -> weights.put(key, bits(Ops.floats(p))));
    return weights;
  }

  private static ByteBuffer bits(float[] values) {
    ByteBuffer bits = ByteBuffer.allocate(values.length * Float.BYTES);
    bits.asFloatBuffer().put(values);
    return bits;
  }

  static Shards shards(SequenceModel model) {
    List<SequenceBatch> shards = plan(model).shards(2);
    return Shards.of(
        shards, shards.stream().map(s -> model.draw(s, new SplittableRandom(5))).toList(), null);
  }

  private static Windows.Plan plan(SequenceModel model) {
    Histories histories = histories();
    Windows windows =
        model.causal()
            ? Windows.shared(Split.leaveOneOut(histories), LENGTH, 1)
            : Windows.prefix(Split.leaveOneOut(histories), LENGTH);
    return windows.inOrder(99, model.layout()).get(0);
  }

  private static Histories histories() {
    return TrainingStepTest.histories(9, 14, 3, 8, 5, 11);
  }

  private static SequenceModel model(String name) {
    torch.manual_seed(7);
    List<String> all = new ArrayList<>(List.of("model.type=" + name));
    Chosen chosen = ConfigReader.read(null, all, Chosen.class);
    ConfigWriter.values(chosen).keySet().stream()
        .filter(key -> key.endsWith("dropout"))
        .forEach(key -> all.add(key + "=0"));
    SequenceModel model =
        ConfigReader.read(null, all, Chosen.class).model().build(TrainingStepTest.dataSpec());
    model.fitStatistics(Split.leaveOneOut(histories()).training());
    model.startEpoch(0, new SplittableRandom(4));
    model.train(true);
    return model;
  }
}
