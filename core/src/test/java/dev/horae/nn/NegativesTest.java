package dev.horae.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.horae.nn.Negatives.Duplicates;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NegativesTest {

  private static final float OUT = Float.NEGATIVE_INFINITY;

  /** Examples 1 and 2 have one target, 2 and 4 one owner; rows 2 to 4 are asked for. */
  @ParameterizedTest
  @CsvSource({"KEEP", "DROP", "ZERO"})
  void saysWhoIsComparedWithWhom(Duplicates duplicates) {
    try (Scope scope = Scope.inference()) {
      Negatives negatives =
          new Negatives(
              Ops.int64(new long[] {7, 7, 8, 9}, 4),
              duplicates,
              Ops.int64(new long[] {1, 2, 3, 2}, 4));
      float[] numbers = {10, 11, 12, 13, 20, 21, 22, 23, 30, 31, 32, 33};
      Tensor logits = Ops.float32(numbers, 3, 4);
      Tensor constant = negatives.silence(logits, 1);
      float same =
          switch (duplicates) {
            case KEEP -> 10;
            case DROP -> OUT;
            case ZERO -> 0;
          };
      assertThat(Ops.floats(logits))
          .containsExactly(same, 11, 12, OUT, 20, 21, 22, 23, 30, OUT, 32, 33);
      assertThat(constant != null).isEqualTo(duplicates == Duplicates.ZERO);
    }
  }

  /** All products are 1, of two examples with one target: log 2, log 1, and log(e + 1) - 1. */
  @ParameterizedTest
  @CsvSource({"KEEP, 0.6931472", "DROP, 0", "ZERO, 0.3132617"})
  void aContrastLeavesOutWhatIsNoNegative(Duplicates duplicates, double expected) {
    try (Scope scope = Scope.inference()) {
      Tensor a = Ops.float32(new float[] {1, 0, 0, 1}, 2, 2);
      Tensor b = Ops.float32(new float[] {1, 1, 1, 1}, 2, 2);
      Negatives negatives = new Negatives(Ops.int64(new long[] {7, 7}, 2), duplicates, null);
      assertThat(Ops.value(Losses.contrast(a, b, 1, negatives))).isCloseTo(expected, within(1e-6));
    }
  }
}
