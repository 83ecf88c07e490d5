package dev.horae.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.horae.nn.Negatives.Duplicates;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Values and gradients against autograd on all products at once, over more than one block. */
class BlockedSoftmaxTest {

  private static final int M = 1100; // more than the 1,024 rows of the tallest block
  private static final int N = 90;
  private static final int D = 12;

  @Test
  void equalsThePlainSoftmaxOverItems() {
    try (Scope scope = Scope.training()) {
      Tensor q = random(1, 1, M, D);
      Tensor c = random(2, 1, N, D);
      Tensor targets = labels(3, M, N);
      Tensor plain = torch.cross_entropy(q.matmul(c.t()), targets);
      plain.backward();
      Tensor dq = torch.empty_like(q);
      Tensor dc = torch.zeros_like(c);
      double sum;
      try (Scope inner = Scope.inference()) {
        sum = new BlockedSoftmax(c.detach(), dc, 1, 1.0 / M).rows(q.detach(), targets, dq);
      }
      assertThat(sum / M).isCloseTo(Ops.value(plain), within(1e-5));
      assertClose(dq, q.grad(), 1e-7f);
      assertClose(dc, c.grad(), 1e-6f);
    }
  }

  @ParameterizedTest
  @EnumSource(Duplicates.class)
  void equalsThePlainContrast(Duplicates duplicates) {
    equalsThePlainContrast(duplicates, 1, 1e-7f);
  }

  /**
   * Most of the probabilities are too small for float32, many of them are below its normal range.
   */
  @Test
  void equalsThePlainContrastOfVectorsThatAreFarApart() {
    equalsThePlainContrast(Duplicates.KEEP, 7, 1e-5f);
  }

  private static void equalsThePlainContrast(Duplicates duplicates, double size, float precision) {
    try (Scope scope = Scope.training()) {
      Tensor q = random(1, size, M, D);
      Tensor c = random(2, size, M, D);
      Tensor targets = labels(3, M, 40);
      Tensor histories = labels(4, M, 100);
      Negatives negatives = new Negatives(targets, duplicates, histories);
      Tensor plain = Losses.contrast(q, c, 0.7, negatives);
      plain.backward();
      Tensor dq = torch.empty_like(q);
      Tensor dc = torch.zeros_like(c);
      double sum = 0;
      try (Scope inner = Scope.inference()) {
        BlockedSoftmax loss = new BlockedSoftmax(c.detach(), dc, 1 / 0.7, 1.0 / M);
        for (int[] part : new int[][] {{0, 1050}, {1050, 50}}) { // as two workers would
          sum +=
              loss.rows(
                  q.detach().narrow(0, part[0], part[1]),
                  part[0],
                  dq.narrow(0, part[0], part[1]),
                  negatives);
        }
      }
      assertThat(sum / M).isCloseTo(Ops.value(plain), within(1e-5));
      assertClose(dq, q.grad(), precision);
      assertClose(dc, c.grad(), precision);
    }
  }

  /** Products with what float32 has below its normal range are a hundred times as slow. */
  @Test
  void aContrastLeavesNoNumberBelowTheNormalRange() {
    try (Scope scope = Scope.inference()) {
      Tensor q = Ops.float32(new float[] {1}, 1, 1);
      Tensor c = Ops.float32(new float[] {0, -60, -95}, 3, 1); // exp(-95) is 5.5e-42
      Tensor dc = torch.zeros_like(c);
      Negatives all = new Negatives(torch.zeros(3).to(ScalarType.Long), Duplicates.KEEP, null);
      new BlockedSoftmax(c, dc, 1, 1).rows(q, 0, torch.empty_like(q), all);
      assertThat(Ops.floats(dc))
          .usingComparatorWithPrecision(1e-30f)
          .containsExactly(0, (float) Math.exp(-60), 0);
      assertThat(Ops.floats(dc)[2]).isZero();
    }
  }

  /** As few blocks as may be, of equal height: of 32 MiB at most, where that is 64 rows or more. */
  @ParameterizedTest
  @CsvSource({
    "1024, 90, 1024", // the tallest
    "1025, 90, 513", // two
    "1100, 90, 550",
    "1024, 10673, 512", // two of 785 at most
    "1024, 1000000, 64", // the lowest
    "50, 1000000, 50",
    "1, 1, 1",
    "0, 90, 0"
  })
  void blocksAreFewAndOfEqualHeight(long queries, long candidates, long rows) {
    assertThat(BlockedSoftmax.values(queries, candidates)).isEqualTo(rows * candidates);
  }

  /** Products that overflow exp, and a target whose probability is not a float32. */
  @Test
  void staysFiniteWhereExponentialsDoNot() {
    try (Scope scope = Scope.inference()) {
      Tensor q = Ops.float32(new float[] {1, 1}, 2, 1);
      Tensor c = Ops.float32(new float[] {500, 0, -100}, 3, 1);
      Tensor dq = torch.empty_like(q);
      double sum =
          new BlockedSoftmax(c, torch.zeros_like(c), 1, 1)
              .rows(q, Ops.int64(new long[] {2, 0}, 2), dq);
      assertThat(sum).isEqualTo(600);
      assertThat(Ops.floats(dq)).containsExactly(600, 0);
    }
  }

  /** bfloat16 has 8 bits: the gradients' direction stays. */
  @Test
  void bfloat16IsClose() {
    try (Scope scope = Scope.inference()) {
      Tensor q = random(1, 1, M, D).detach();
      Tensor c = random(2, 1, N, D).detach();
      Tensor targets = labels(3, M, N);
      float[][] gradients = new float[2][];
      double[] sums = new double[2];
      for (int i = 0; i < 2; i++) {
        Tensor dq = torch.empty_like(q);
        Tensor dc = torch.zeros_like(c);
        Tensor candidates = i == 0 ? c : c.to(ScalarType.BFloat16);
        sums[i] = new BlockedSoftmax(candidates, dc, 1, 1).rows(q, targets, dq);
        gradients[i] = Ops.floats(Ops.concat(0, dq, dc));
      }
      assertThat(sums[1]).isNotEqualTo(sums[0]).isCloseTo(sums[0], within(0.002 * sums[0]));
      double product = 0;
      double[] squares = new double[2];
      for (int i = 0; i < gradients[0].length; i++) {
        product += (double) gradients[0][i] * gradients[1][i];
        squares[0] += (double) gradients[0][i] * gradients[0][i];
        squares[1] += (double) gradients[1][i] * gradients[1][i];
      }
      assertThat(product / Math.sqrt(squares[0] * squares[1])).isGreaterThan(0.9999);
    }
  }

  private static void assertClose(Tensor ours, Tensor plain, float precision) {
    assertThat(Ops.floats(ours))
        .usingComparatorWithPrecision(precision)
        .containsExactly(Ops.floats(plain));
  }

  private static Tensor random(long seed, double size, long... shape) {
    torch.manual_seed(seed);
    return Ops.scale(torch.randn(shape), size).detach().requires_grad_(true);
  }

  private static Tensor labels(long seed, long size, long below) {
    torch.manual_seed(seed);
    return torch.randint(below, new long[] {size}).to(ScalarType.Long);
  }
}
