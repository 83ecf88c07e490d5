package dev.horae.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.horae.data.Histories;
import dev.horae.data.RowLayout;
import dev.horae.data.SequenceBatch;
import dev.horae.data.Split;
import dev.horae.data.Windows;
import dev.horae.sequence.ItemTable;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.sequence.SoftmaxLoss;
import dev.horae.sequence.TrainingHooks.Draws;
import dev.horae.sequence.TrainingHooks.Tuning;
import dev.horae.tensor.Checkpoint;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class LrurecTest {

  private static final int ITEMS = 9;
  private static final int LENGTH = 6;

  @Test
  void isAsLargeAsTheOfficialModelOnGames() {
    assertThat(SmallModel.parameters(SmallModel.of("lrurec", 10_672, 50))).isEqualTo(827_633);
  }

  @Test
  void sharedEqualsPrefix() { // but for the label before a history, which prefixes all have
    SequenceModel model =
        SmallModel.of("lrurec", ITEMS, LENGTH, "hidden_size=8", "first_item_label=false");
    SmallModel.requireSharedEqualsPrefix(model, SmallModel.random(ITEMS, 4, 20, 9, 13, 4), LENGTH);
  }

  /** λ = .6 exp(iπ/3), u = 1, 0, 0, 2; beside it a history of two events, 3 and i. */
  @Test
  void scansAsByHand() {
    try (Scope scope = Scope.inference()) {
      Tensor lambda =
          torch.polar(
              Ops.float32(new float[] {0.6f}, 1),
              Ops.float32(new float[] {(float) (Math.PI / 3)}, 1));
      Tensor inputs = Ops.float32(new float[] {1, 0, 3, 0, 0, 0, 0, 1, 0, 0, 2, 0}, 6, 1, 2);
      float[] states = Ops.floats(Lrurec.scan(inputs, lambda, new long[] {2, 2, 1, 1}));
      double[] expected = {1, 0, 3, 0, 0.3, 0.519615, 0.9, 2.558846, -0.18, 0.311769, 1.784, 0};
      for (int i = 0; i < expected.length; i++) {
        assertThat(states[i]).isCloseTo((float) expected[i], within(1e-6f));
      }
    }
  }

  @Test
  void startsBetweenTheBounds() {
    try (Scope scope = Scope.inference()) {
      Tensor uniform = Ops.float32(new float[] {0, 0.5f, 1, 0, 0.25f, 0.5f}, 2, 3);
      Tensor start = Lrurec.start(uniform).exp();
      float[] modulus = Ops.floats(start.select(0, 0).neg().exp());
      assertThat(modulus).containsExactly(new float[] {0.8f, 0.900028f, 0.99f}, within(1e-6f));
      float[] angle = Ops.floats(start.select(0, 1));
      assertThat(angle[0]).isPositive().isLessThan(1e-6f); // its logarithm is finite
      assertThat(angle[1]).isCloseTo((float) (Math.PI / 2), within(1e-6f));
      float[] gamma = Ops.floats(start.select(0, 2));
      assertThat(gamma).containsExactly(new float[] {0.6f, 0.435833f, 0.141067f}, within(1e-6f));
    }
  }

  @Test
  void allOtherParametersStartWithinTwoDeviations() {
    SequenceModel model = SmallModel.of("lrurec", 500, LENGTH);
    try (Scope scope = Scope.inference()) {
      Checkpoint.parameters(model)
          .forEach(
              (name, p) -> {
                if (!name.contains("layer_norm") && !name.contains("params_log")) {
                  assertThat(Ops.value(p.detach().abs().max())).as(name).isBetween(0.02, 0.04001);
                }
              });
      float[] items = Ops.floats(Checkpoint.parameters(model).get("embedding.token.weight"));
      double squares = 0;
      for (float value : items) {
        squares += (double) value * value;
      }
      // Of a normal distribution cut at two deviations, that is 0.8796 of one.
      assertThat(Math.sqrt(squares / items.length)).isCloseTo(0.02 * 0.8796, within(2e-4));
    }
  }

  @Test
  void weightsDecayButBiasesAndNormsDoNot() {
    SequenceModel model = SmallModel.of("lrurec", ITEMS, LENGTH);
    String layer = "model.lru_blocks.0.lru_layer.";
    for (String name : new String[] {"params_log", "in_proj.weight.imag"}) {
      assertThat(model.tuning(layer + name)).isEqualTo(new Tuning(1, true));
    }
    for (String name : new String[] {"in_proj.bias.imag", "layer_norm.weight"}) {
      assertThat(model.tuning(layer + name)).isEqualTo(new Tuning(1, false));
    }
    assertThat(model.tuning("model.bias").decays()).isFalse();
  }

  /** The label that the official loader puts on the padding before a history. */
  @Test
  void asksForTheFirstItemOfEveryHistoryWithRoomBeforeIt() {
    SequenceModel model =
        SmallModel.of("lrurec", ITEMS, LENGTH, "hidden_size=8", "first_item_label=true");
    // Inputs that train: 2, 5, 6 (full), and 9 in two windows; the last two events are kept back.
    Histories histories = SmallModel.random(ITEMS, 5, 8, 9, 12);
    SequenceBatch batch =
        Windows.shared(Split.leaveOneOut(histories), LENGTH, 10)
            .inOrder(1_000, RowLayout.PACKED)
            .get(0)
            .batch();
    model.eval();
    try (Scope scope = Scope.inference()) {
      SequenceTensors in = SequenceTensors.of(batch, model.device());
      SoftmaxLoss.OverItems loss =
          (SoftmaxLoss.OverItems)
              model.forward(in, ItemTable.of(model), Draws.NONE).softmaxes().get(0);
      long[] targets = Ops.longs(loss.targets());
      long m = in.examples().size(0);
      assertThat(m).isEqualTo(2 + 5 + 6 + 9);
      long[] first = Arrays.copyOfRange(targets, (int) m, targets.length);
      assertThat(first).containsExactlyInAnyOrder(histories.items()[0], histories.items()[5]);
      Tensor queries = loss.queries().narrow(0, m, first.length);
      assertThat(Ops.floats(queries.select(0, 0))).isEqualTo(Ops.floats(queries.select(0, 1)));
    }
  }
}
