package dev.horae.model;

import dev.horae.config.ConfigException;
import dev.horae.data.FeatureTable;
import dev.horae.nn.Losses;
import dev.horae.sequence.DataSpec;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The items' vectors of one modality for {@link Horae}: less their mean, their first principal
 * components if they have more, of length 1; rows of zeros stay. 128 components rank as well as 384
 * do, in a third of the time.
 *
 * <p>They lie twice: by items, for products with few of them, and by tiles of items and in these by
 * components, each an array, so that the JVM makes vector instructions of a product with all items:
 * one history takes as long as OpenBLAS takes per history where sixteen are multiplied at once, a
 * fifth of what it takes for one alone.
 */
final class HoraeVectors {

  private static final int COMPONENTS = 128;
  private static final int TILE = 512; // items; their components fit into a second-level cache
  private static final int AT_ONCE = 4; // components; of eight Java 17 makes no vector instructions

  private final float[] values; // [N + 1, F]
  private final float[][][] tiles; // [tiles][F][TILE]
  private final int rows; // N + 1
  private final int width; // F, a multiple of AT_ONCE

  private HoraeVectors(float[] values, int rows) {
    this.values = values;
    this.rows = rows;
    width = values.length / rows;
    tiles = new float[(rows + TILE - 1) / TILE][width][TILE];
    for (int i = 0; i < rows; i++) {
      for (int k = 0; k < width; k++) {
        tiles[i / TILE][k][i % TILE] = values[i * width + k];
      }
    }
  }

  /**
   * @throws ConfigException when the table holds the states of all layers
   */
  static HoraeVectors of(FeatureTable table) {
    DataSpec.requireOneVector(table);
    return new HoraeVectors(unitRows(table), table.rows());
  }

  /** {@return the rows with zeros behind them, so that their width is a multiple} */
  private static Tensor padded(Tensor rows) {
    long missing = -rows.size(1) & (AT_ONCE - 1);
    return missing == 0 ? rows : Ops.concat(1, rows, torch.zeros(rows.size(0), missing));
  }

  private static float[] unitRows(FeatureTable table) {
    int width = table.width();
    float[] values = table.values();
    boolean[] filled = new boolean[table.rows()];
    double[] mean = new double[width];
    int measured = 0;
    for (int i = 0; i < table.rows(); i++) {
      filled[i] = any(values, i, width);
      if (filled[i] && i < table.measured()) {
        measured++;
        for (int k = 0; k < width; k++) {
          mean[k] += values[i * width + k];
        }
      }
    }
    for (int i = 0; i < table.rows(); i++) {
      for (int k = 0; k < width && filled[i]; k++) {
        values[i * width + k] -= (float) (mean[k] / Math.max(1, measured));
      }
    }
    try (Scope scope = Scope.inference()) {
      Tensor unit = Losses.unit(Ops.float32(values, table.rows(), width));
      if (width > COMPONENTS) {
        Tensor known = unit.narrow(0, 0, table.measured());
        Tensor axes = torch.linalg_eigh(known.t().matmul(known)).get1(); // variances ascending
        unit = Losses.unit(unit.matmul(axes.narrow(1, width - COMPONENTS, COMPONENTS)));
      }
      return Ops.floats(padded(unit));
    }
  }

  private static boolean any(float[] values, int row, int width) {
    for (int k = row * width; k < (row + 1) * width; k++) {
      if (values[k] != 0) {
        return true;
      }
    }
    return false;
  }

  /** {@return what {@link #add} adds to: zeros, [F]} */
  float[] zeros() {
    return new float[width];
  }

  /** Adds {@code times} an item's vector. */
  void add(float[] sum, int item, float times) {
    for (int k = 0; k < width; k++) {
      sum[k] += times * values[item * width + k];
    }
  }

  /** {@return the product with an item, to the bit as {@link #multiply} has it} */
  float product(float[] query, int item) {
    float sum = 0;
    int at = item * width;
    for (int k = 0; k < width; k += AT_ONCE) {
      sum +=
          query[k] * values[at + k]
              + query[k + 1] * values[at + k + 1]
              + query[k + 2] * values[at + k + 2]
              + query[k + 3] * values[at + k + 3];
    }
    return sum;
  }

  /** {@return the length of a vector, which no product with an item exceeds, but for rounding} */
  static double length(float[] query) {
    double squares = 0;
    for (float value : query) {
      squares += (double) value * value;
    }
    return Math.sqrt(squares);
  }

  /**
   * Multiplies with all items.
   *
   * @param queries [Q][F]
   * @param products is overwritten, [Q][N + 1]
   */
  void multiply(float[][] queries, float[][] products) {
    float[] sums = new float[TILE];
    for (int t = 0; t < tiles.length; t++) {
      for (int q = 0; q < queries.length; q++) {
        Arrays.fill(sums, 0);
        float[] query = queries[q];
        for (int k = 0; k < width; k += AT_ONCE) {
          add(sums, tiles[t], k, query[k], query[k + 1], query[k + 2], query[k + 3]);
        }
        System.arraycopy(sums, 0, products[q], t * TILE, Math.min(TILE, rows - t * TILE));
      }
    }
  }

  /**
   * {@return the products of many histories' queries with all items, [B, N + 1]; not to the bit}
   * OpenBLAS reads the vectors once for all, which pays for laying them out anew.
   *
   * @param queries [B, F]
   */
  Tensor multiply(float[] queries) {
    Tensor vectors = Ops.float32(values, rows, width);
    return Ops.float32(queries, queries.length / width, width).matmul(vectors.t());
  }

  private static void add(float[] sums, float[][] tile, int k, float a, float b, float c, float d) {
    float[] ofA = tile[k];
    float[] ofB = tile[k + 1];
    float[] ofC = tile[k + 2];
    float[] ofD = tile[k + 3];
    for (int i = 0; i < sums.length; i++) {
      sums[i] += a * ofA[i] + b * ofB[i] + c * ofC[i] + d * ofD[i];
    }
  }
}
