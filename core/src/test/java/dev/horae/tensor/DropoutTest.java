package dev.horae.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DropoutTest {

  @ParameterizedTest
  @ValueSource(doubles = {0.1, 0.5, 0.9})
  void dropsItsShareAndKeepsTheMean(double p) {
    try (Scope scope = Scope.inference()) {
      Dropout.seed(1);
      float[] mask = Ops.floats(Dropout.mask(p, 1000, 1000));
      long dropped = 0;
      for (float value : mask) {
        assertThat(value == 0 || value == (float) (1 / (1 - p))).isTrue();
        dropped += value == 0 ? 1 : 0;
      }
      // A million draws: five standard deviations.
      assertThat(dropped / 1e6).isCloseTo(p, within(5 * Math.sqrt(p * (1 - p) / 1e6)));
    }
  }

  /** A hash of places could repeat from block to block or along rows; then these would not hold. */
  @Test
  void placesAreIndependent() {
    try (Scope scope = Scope.inference()) {
      Dropout.seed(2);
      int n = 1 << 20;
      float[] mask = Ops.floats(Dropout.mask(0.5, n));
      for (int lag : new int[] {1, 2, 50, 64, 8192, 16384}) {
        long equal = 0;
        for (int i = lag; i < n; i++) {
          equal += mask[i] == mask[i - lag] ? 1 : 0;
        }
        assertThat(equal / (double) (n - lag)).as("lag " + lag).isCloseTo(0.5, within(0.0025));
      }
    }
  }

  @Test
  void dependsOnTheSeedAndOnWhatWasDrawnBefore() {
    try (Scope scope = Scope.inference()) {
      Dropout.seed(3);
      float[] first = Ops.floats(Dropout.mask(0.5, 999));
      float[] second = Ops.floats(Dropout.mask(0.5, 999));
      Dropout.seed(3);
      assertThat(Ops.floats(Dropout.mask(0.5, 999))).isEqualTo(first);
      assertThat(Ops.floats(Dropout.mask(0.5, 999))).isEqualTo(second).isNotEqualTo(first);
      Dropout.seed(4);
      assertThat(Ops.floats(Dropout.mask(0.5, 999))).isNotEqualTo(first);
    }
  }

  @Test
  void addsWhatItKeeps() {
    try (Scope scope = Scope.inference()) {
      Tensor x = torch.ones(7, 5);
      Tensor y = Ops.scale(torch.ones(7, 5), 3);
      Dropout.seed(5);
      float[] sum = Ops.floats(Dropout.add(x, y, 0.5));
      Dropout.seed(5);
      float[] dropped = Ops.floats(Dropout.apply(y, 0.5));
      for (int i = 0; i < sum.length; i++) {
        assertThat(sum[i]).isEqualTo(1 + dropped[i]).isIn(1f, 7f);
      }
      float[] four = new float[35];
      Arrays.fill(four, 4);
      assertThat(Ops.floats(Dropout.add(x, y, 0))).isEqualTo(four);
    }
  }
}
