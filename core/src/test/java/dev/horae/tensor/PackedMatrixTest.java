package dev.horae.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PackedMatrixTest {

  @BeforeEach
  void seed() {
    torch.manual_seed(2025);
  }

  @Test
  void multipliesAsMatmulDoes() {
    for (long width : new long[] {1, 7, 64, 192}) {
      for (long rows : new long[] {1, 2, 10, 64, 65, 200}) {
        try (Scope scope = Scope.inference()) {
          Tensor matrix = torch.randn(301, width);
          Tensor x = torch.randn(rows, width);
          Tensor difference = PackedMatrix.of(matrix).product(x).sub(x.matmul(matrix.t()));
          assertThat(Ops.value(difference.abs().max())).isCloseTo(0, within(1e-4));
        }
      }
    }
  }

  @Test
  void rowsHaveTheSameBitsAloneAndBesideFewOthers() {
    try (Scope scope = Scope.inference()) {
      PackedMatrix matrix = PackedMatrix.of(torch.randn(501, 128));
      Tensor x = torch.randn(64, 128);
      for (long rows : new long[] {2, 3, 8, 13, 32, 64}) {
        float[] together = Ops.floats(matrix.product(x.narrow(0, 0, rows)).select(0, rows - 1));
        float[] alone = Ops.floats(matrix.product(x.narrow(0, rows - 1, 1)));
        assertThat(together).isEqualTo(alone);
      }
    }
  }

  @Test
  void takesPartsOfAMatrixAndOtherPrecisions() {
    try (Scope scope = Scope.inference()) {
      Tensor matrix = torch.randn(40, 16);
      Tensor x = torch.randn(3, 16);
      Tensor part = matrix.narrow(0, 11, 9);
      Tensor difference = PackedMatrix.of(part).product(x).sub(x.matmul(part.t()));
      assertThat(Ops.value(difference.abs().max())).isCloseTo(0, within(1e-5));
      Tensor half = matrix.to(ScalarType.BFloat16);
      assertThat(PackedMatrix.of(half).packed()).isNull();
      assertThat(PackedMatrix.of(half).product(x.to(ScalarType.BFloat16)).sizes().vec().get())
          .containsExactly(3, 40);
    }
  }
}
