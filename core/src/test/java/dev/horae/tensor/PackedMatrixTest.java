package dev.horae.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
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

  /** Also where the rows of either lie apart, or the matrix is a transpose itself. */
  @Test
  void productsWithoutPackingAreMatmuls() {
    try (Scope scope = Scope.inference()) {
      Tensor wide = torch.randn(130, 96);
      Tensor part = wide.narrow(1, 8, 64);
      for (long rows : new long[] {0, 1, 65, 130}) {
        Tensor x = part.narrow(0, 0, rows);
        for (Tensor matrix : List.of(torch.randn(301, 64), part, torch.randn(64, 70).t())) {
          Tensor difference = Ops.product(x, matrix).sub(x.matmul(matrix.t()));
          assertThat(difference.size(1)).isEqualTo(matrix.size(0));
          assertThat(Ops.value(difference.abs().sum()))
              .isCloseTo(0, within(1e-5 * (1 + rows) * 300));
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
