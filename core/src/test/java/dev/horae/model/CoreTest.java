package dev.horae.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.horae.data.Windows;
import dev.horae.sequence.ItemTable;
import dev.horae.sequence.SequenceModel;
import dev.horae.tensor.Checkpoint;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CoreTest {

  private static final int ITEMS = 9;

  @Test
  void isAsLargeAsTheOfficialModelOnGames() {
    assertThat(SmallModel.parameters(SmallModel.of("core", 10_672, 50))).isEqualTo(786_433);
  }

  @ParameterizedTest
  @ValueSource(strings = {"transformer", "mean"})
  void sharedEqualsPrefix(String weights) {
    SequenceModel model =
        SmallModel.of("core", ITEMS, 6, "weights=" + weights, "hidden_size=8", "inner_size=12");
    SmallModel.requireSharedEqualsPrefix(model, SmallModel.random(ITEMS, 4, 20, 9, 13, 4), 6);
  }

  /** A transformer whose last map is 0 weighs all alike too. */
  @ParameterizedTest
  @ValueSource(strings = {"transformer", "mean"})
  void equalWeightsGiveTheDirectionOfTheMean(String weights) {
    SequenceModel model = SmallModel.of("core", ITEMS, 6, "weights=" + weights, "hidden_size=4");
    Map<String, Tensor> parameters = Checkpoint.parameters(model);
    parameters.forEach(
        (name, p) -> {
          if (name.startsWith("net.fn")) {
            p.detach().zero_();
          }
        });
    float[] table;
    try (Scope scope = Scope.inference()) {
      table = Ops.floats(parameters.get("item_embedding.weight"));
    }
    double[] sum = new double[4];
    double squares = 0;
    for (int i = 0; i < 4; i++) {
      sum[i] = table[3 * 4 + i] + table[7 * 4 + i] + table[3 * 4 + i];
      squares += sum[i] * sum[i];
    }
    float[] user = SmallModel.users(model, Windows.latest(SmallModel.history(3, 7, 3), 6));
    for (int i = 0; i < 4; i++) {
      assertThat(user[i]).isCloseTo((float) (sum[i] / Math.sqrt(squares)), within(1e-6f));
    }
  }

  @Test
  void theLengthOfItemVectorsDoesNotMatter() {
    SequenceModel model = SmallModel.of("core", ITEMS, 6);
    model.eval();
    try (Scope scope = Scope.inference()) {
      float[] before = Ops.floats(ItemTable.of(model).table());
      Checkpoint.parameters(model).get("item_embedding.weight").detach().mul_(new Scalar(8.0));
      assertThat(Ops.floats(ItemTable.of(model).table())).isEqualTo(before); // 8 is a power of 2
    }
  }

  @Test
  void scoredVectorsLoseValuesInTrainingOnly() {
    SequenceModel model = SmallModel.of("core", 500, 6);
    try (Scope scope = Scope.inference()) {
      model.train(true);
      assertThat(zeros(model)).isBetween(0.19 * 501 * 64, 0.21 * 501 * 64);
      model.eval();
      assertThat(zeros(model)).isZero();
    }
  }

  private static double zeros(SequenceModel model) {
    int zeros = 0;
    for (float value : Ops.floats(ItemTable.of(model).table())) {
      zeros += value == 0 ? 1 : 0;
    }
    return zeros;
  }

  /** RecBole draws norms, biases and the padding row like all else. */
  @Test
  void everythingStartsUniformWithinOneEighth() {
    SequenceModel model = SmallModel.of("core", ITEMS, 6);
    try (Scope scope = Scope.inference()) {
      Checkpoint.parameters(model)
          .forEach(
              (name, p) -> {
                double largest = Ops.value(p.detach().abs().max());
                assertThat(largest).as(name).isGreaterThan(0).isLessThanOrEqualTo(0.125);
                if (p.numel() >= 64) {
                  assertThat(largest).as(name).isGreaterThan(0.11);
                }
              });
    }
  }
}
