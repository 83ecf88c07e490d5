package dev.horae.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SymmetricTest {

  /** B B' with B [n, rank]: symmetric, no negative value. */
  private static double[][] matrix(int n, int rank) {
    Random random = new Random(3);
    double[][] b = new double[n][rank];
    for (double[] row : b) {
      Arrays.setAll(row, i -> random.nextGaussian());
    }
    double[][] a = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        a[i][j] = dot(b[i], b[j]);
      }
    }
    return a;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static double[][] copy(double[][] a) {
    return Arrays.stream(a).map(double[]::clone).toArray(double[][]::new);
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 2", "3, 3", "40, 40", "40, 5", "40, 1", "40, 0"})
  void valuesAndVectorsMakeTheMatrixAgain(int n, int rank) {
    double[][] a = matrix(n, rank);
    Symmetric axes = Symmetric.decompose(copy(a));

    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        double again = 0;
        for (int k = 0; k < n; k++) {
          again += axes.values()[k] * axes.vectors()[k][i] * axes.vectors()[k][j];
        }
        assertThat(Math.abs(again - a[i][j])).isLessThan(1e-10);
        double overlap = dot(axes.vectors()[i], axes.vectors()[j]);
        assertThat(Math.abs(overlap - (i == j ? 1 : 0))).isLessThan(1e-12);
      }
      assertThat(i == 0 || axes.values()[i] <= axes.values()[i - 1]).isTrue();
      double[] vector = axes.vectors()[i];
      double largest = Arrays.stream(vector).map(Math::abs).max().orElseThrow();
      assertThat(Arrays.stream(vector).max().orElseThrow()).isEqualTo(largest);
    }
  }

  @Test
  void aKnownMatrixHasItsKnownAxes() {
    Symmetric axes = Symmetric.decompose(new double[][] {{2, 1}, {1, 2}});
    assertThat(axes.values()[0]).isCloseTo(3, offset(1e-14));
    assertThat(axes.values()[1]).isCloseTo(1, offset(1e-14));
    assertThat(axes.vectors()[0][0]).isEqualTo(axes.vectors()[0][1]);
  }

  @Test
  void equalValuesAreNoTrouble() {
    double[][] identity = new double[30][30];
    for (int i = 0; i < 30; i++) {
      identity[i][i] = 1;
    }
    assertThat(Symmetric.decompose(identity).values()).containsOnly(1.0);
  }
}
