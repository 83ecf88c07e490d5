package dev.horae.index;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How far two items are apart for those who ask: the mean, over users u, of (u x - u y)^2, the
 * squared difference of their scores. With M the mean of u u^T = L L^T that is the squared distance
 * of L^T x and L^T y. A graph of neighbours by this distance needs a quarter of the visits that one
 * by the vectors' own distance needs, because user vectors lie elsewhere than item vectors and care
 * about few of their directions: docs/decisions.md has the figures.
 */
final class QuestionMetric {

  private static final double RIDGE = 1e-3; // of the mean variance: no direction counts nothing

  private final double[][] lower; // L, [D, D]

  /**
   * @param users vectors, float [D] each
   */
  QuestionMetric(List<float[]> users) {
    int width = users.get(0).length;
    double[][] moment = new double[width][width];
    for (float[] user : users) {
      for (int i = 0; i < width; i++) {
        for (int j = 0; j <= i; j++) {
          moment[i][j] += (double) user[i] * user[j] / users.size();
        }
      }
    }
    double trace = IntStream.range(0, width).mapToDouble(i -> moment[i][i]).sum();
    for (int i = 0; i < width; i++) {
      moment[i][i] += RIDGE * trace / width + Float.MIN_NORMAL;
    }
    lower = cholesky(moment);
  }

  private static double[][] cholesky(double[][] matrix) {
    int n = matrix.length;
    double[][] lower = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        double left = matrix[i][j];
        for (int k = 0; k < j; k++) {
          left -= lower[i][k] * lower[j][k];
        }
        lower[i][j] = i == j ? Math.sqrt(left) : left / lower[j][j];
      }
    }
    return lower;
  }

  /** {@return L^T x of every row of a table, outside of Java's heap} */
  VectorTable applied(VectorTable table) {
    int width = table.width();
    int together = VectorTable.blockRows(width);
    List<FloatBuffer> blocks = new ArrayList<>();
    for (int from = 0; from < table.rows(); from += together) {
      int rows = Math.min(together, table.rows() - from);
      FloatBuffer block =
          ByteBuffer.allocateDirect(4 * rows * width)
              .order(ByteOrder.nativeOrder())
              .asFloatBuffer();
      int first = from;
      IntStream.range(0, rows)
          .parallel()
          .forEach(row -> block.put(row * width, applied(table, first + row)));
      blocks.add(block);
    }
    return new VectorTable(blocks, table.rows(), width);
  }

  private float[] applied(VectorTable table, int row) {
    int width = table.width();
    float[] x = new float[width];
    table.copy(row, x);
    double[] sums = new double[width];
    for (int i = 0; i < width; i++) { // by rows of L, which lie in a row
      for (int j = 0; j <= i; j++) {
        sums[j] += lower[i][j] * x[i];
      }
    }
    for (int j = 0; j < width; j++) {
      x[j] = (float) sums[j];
    }
    return x;
  }
}
