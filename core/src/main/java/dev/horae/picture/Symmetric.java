package dev.horae.picture;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Eigenvalues and vectors of a symmetric matrix: Householder's reduction to three diagonals, then
 * implicit QR steps with Wilkinson's shift (Golub and Van Loan, Matrix Computations, 8.3). Plain
 * Java in a fixed order of operations, so that every machine gives the same bits.
 *
 * @param values largest first
 * @param vectors row {@code i} is the unit vector of value {@code i}; its entry of largest size
 *     (the first of equals) is positive
 */
record Symmetric(double[] values, double[][] vectors) {

  private static final double EPSILON = 0x1p-52;

  /** A value usually takes two or three. */
  private static final int MANY_STEPS = 60;

  /**
   * @param matrix [n, n], symmetric; overwritten
   */
  static Symmetric decompose(double[][] matrix) {
    int n = matrix.length;
    double[] diagonal = new double[n];
    double[] beside = new double[n];
    double[][] vectors = tridiagonal(matrix, diagonal, beside);
    diagonalise(diagonal, beside, vectors);
    int[] order =
        IntStream.range(0, n)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -diagonal[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    double[][] sorted =
        Arrays.stream(order).mapToObj(i -> positive(vectors[i])).toArray(double[][]::new);
    return new Symmetric(Arrays.stream(order).mapToDouble(i -> diagonal[i]).toArray(), sorted);
  }

  /** Fills the diagonal and its neighbour, and returns Q' (rows) with Q' A Q tridiagonal. */
  private static double[][] tridiagonal(double[][] a, double[] diagonal, double[] beside) {
    int n = a.length;
    double[][] reflections = new double[n][];
    for (int k = 0; k + 2 < n; k++) {
      double[] v = new double[n];
      double squares = 0;
      for (int i = k + 1; i < n; i++) {
        v[i] = a[i][k];
        squares += v[i] * v[i];
      }
      double length = Math.sqrt(squares);
      beside[k] = v[k + 1] > 0 ? -length : length;
      v[k + 1] -= beside[k];
      double norm = Math.sqrt(squares - a[k + 1][k] * a[k + 1][k] + v[k + 1] * v[k + 1]);
      if (norm > 0) {
        for (int i = k + 1; i < n; i++) {
          v[i] /= norm;
        }
        reflectBothSides(a, v, k + 1);
        reflections[k] = v;
      }
    }
    for (int i = 0; i < n; i++) {
      diagonal[i] = a[i][i];
    }
    if (n > 1) {
      beside[n - 2] = a[n - 1][n - 2];
    }
    double[][] q = new double[n][n];
    for (int i = 0; i < n; i++) {
      q[i][i] = 1;
    }
    for (int k = n - 3; k >= 0; k--) {
      if (reflections[k] != null) {
        reflectRows(q, reflections[k], k + 1);
      }
    }
    return q;
  }

  /** A becomes H A H with H = I - 2 v v', in the rows and columns from {@code from} on. */
  private static void reflectBothSides(double[][] a, double[] v, int from) {
    int n = a.length;
    double[] w = new double[n];
    double overlap = 0;
    for (int i = from; i < n; i++) {
      double[] row = a[i];
      double product = 0;
      for (int j = from; j < n; j++) {
        product += row[j] * v[j];
      }
      w[i] = product;
      overlap += v[i] * product;
    }
    for (int i = from; i < n; i++) {
      w[i] -= overlap * v[i];
    }
    for (int i = from; i < n; i++) {
      double[] row = a[i];
      double vi = v[i];
      double wi = w[i];
      for (int j = from; j < n; j++) {
        row[j] -= 2 * (vi * w[j] + wi * v[j]);
      }
    }
  }

  /** Q' becomes Q' H; rows and columns before {@code from} are those of the identity. */
  private static void reflectRows(double[][] q, double[] v, int from) {
    for (int i = from; i < q.length; i++) {
      double[] row = q[i];
      double overlap = 0;
      for (int j = from; j < row.length; j++) {
        overlap += row[j] * v[j];
      }
      double twice = 2 * overlap;
      for (int j = from; j < row.length; j++) {
        row[j] -= twice * v[j];
      }
    }
  }

  /**
   * Where values are zero but for rounding, as when pictures are few, what lies beside them never
   * becomes small against them. After many steps it need only be small against the largest.
   */
  private static void diagonalise(double[] d, double[] e, double[][] vectors) {
    double largest = 0;
    for (int i = 0; i < d.length; i++) {
      largest = Math.max(largest, Math.abs(d[i]) + Math.abs(e[i]));
    }
    int high = d.length - 1;
    int steps = 0;
    while (high > 0) {
      int patience = steps / MANY_STEPS; // whole times
      double small = patience * EPSILON * largest;
      int low = high;
      while (low > 0
          && Math.abs(e[low - 1]) > small + EPSILON * (Math.abs(d[low - 1]) + Math.abs(d[low]))) {
        low--;
      }
      if (low == high) {
        high--;
        steps = 0;
      } else {
        step(d, e, vectors, low, high);
        steps++;
      }
    }
  }

  /** One implicit QR step on the unreduced block from {@code low} to {@code high}. */
  private static void step(double[] d, double[] e, double[][] vectors, int low, int high) {
    double half = (d[high - 1] - d[high]) / 2;
    double square = e[high - 1] * e[high - 1];
    double root = Math.sqrt(half * half + square);
    double shift = d[high] - square / (half + (half < 0 ? -root : root));
    double x = d[low] - shift;
    double z = e[low];
    for (int k = low; k < high; k++) {
      double r = Math.sqrt(x * x + z * z);
      double c = r == 0 ? 1 : x / r;
      double s = r == 0 ? 0 : -z / r;
      if (k > low) {
        e[k - 1] = r;
      }
      double a = d[k];
      double b = e[k];
      double f = d[k + 1];
      d[k] = c * c * a - 2 * c * s * b + s * s * f;
      d[k + 1] = s * s * a + 2 * c * s * b + c * c * f;
      e[k] = c * s * (a - f) + (c * c - s * s) * b;
      if (k < high - 1) {
        x = e[k];
        z = -s * e[k + 1];
        e[k + 1] *= c;
      }
      rotate(vectors[k], vectors[k + 1], c, s);
    }
  }

  private static void rotate(double[] first, double[] second, double c, double s) {
    for (int i = 0; i < first.length; i++) {
      double a = first[i];
      double b = second[i];
      first[i] = c * a - s * b;
      second[i] = s * a + c * b;
    }
  }

  private static double[] positive(double[] vector) {
    int largest = 0;
    for (int i = 1; i < vector.length; i++) {
      if (Math.abs(vector[i]) > Math.abs(vector[largest])) {
        largest = i;
      }
    }
    return vector[largest] >= 0 ? vector : Arrays.stream(vector).map(value -> -value).toArray();
  }
}
