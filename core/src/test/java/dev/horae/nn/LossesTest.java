package dev.horae.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class LossesTest {

  @Test
  void aRowOfZerosKeepsItsValuesAndAnOrdinaryGradient() {
    try (Scope scope = Scope.training()) {
      Tensor x = Ops.float32(new float[] {3, 4, 0, 0}, 2, 2).requires_grad_(true);
      Tensor unit = Losses.unit(x);
      unit.sum().backward();
      assertThat(Ops.floats(unit.detach())).containsExactly(0.6f, 0.8f, 0, 0);
      float[] gradient = Ops.floats(x.grad());
      assertThat(gradient[0]).isCloseTo(0.032f, within(1e-6f)); // (1 - 0.6 (0.6 + 0.8)) / 5
      assertThat(gradient[1]).isCloseTo(-0.024f, within(1e-6f));
      assertThat(gradient[2]).isEqualTo(1);
      assertThat(gradient[3]).isEqualTo(1);
    }
  }
}
