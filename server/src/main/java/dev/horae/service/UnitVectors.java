package dev.horae.service;

import dev.horae.data.FeatureTable;
import java.util.Arrays;
import java.util.BitSet;

/** The vectors of a table at length 1, for cosines; those of zeros stay. */
final class UnitVectors {

  private final int width;
  private final float[] values; // [N + 1, F]
  private final BitSet filled = new BitSet(); // the items that have a vector

  UnitVectors(FeatureTable table) {
    width = table.width();
    values = table.values();
    for (int item = 1; item < table.rows(); item++) {
      if (scaleToUnit(values, item * width, width)) {
        filled.set(item);
      }
    }
  }

  /** {@return whether there is anything to scale} */
  private static boolean scaleToUnit(float[] values, int from, int width) {
    double squares = 0;
    for (int k = from; k < from + width; k++) {
      squares += (double) values[k] * values[k];
    }
    double length = Math.sqrt(squares);
    for (int k = from; k < from + width && length > 0; k++) {
      values[k] = (float) (values[k] / length);
    }
    return length > 0;
  }

  /**
   * {@return the direction of the mean of some vectors at length 1; zeros where there is none}
   *
   * @param items those without a vector say nothing
   * @param more further vectors, of any length
   */
  float[] mean(int[] items, float[]... more) {
    float[] mean = new float[width];
    for (int item : items) {
      add(values, item * width, mean);
    }
    for (float[] vector : more) {
      float[] unit = vector.clone();
      scaleToUnit(unit, 0, width);
      add(unit, 0, mean);
    }
    scaleToUnit(mean, 0, width);
    return mean;
  }

  private static void add(float[] values, int from, float[] to) {
    for (int k = 0; k < to.length; k++) {
      to[k] += values[from + k];
    }
  }

  /** Puts the cosine of each allowed item that has a vector into {@code cosines}, [N + 1]. */
  void cosines(float[] query, BitSet allowed, float[] cosines) {
    Arrays.fill(cosines, Float.NEGATIVE_INFINITY);
    for (int item = allowed.nextSetBit(1); item > 0; item = allowed.nextSetBit(item + 1)) {
      if (filled.get(item)) {
        cosines[item] = product(query, item * width);
      }
    }
  }

  /** In eight sums, which the processor works on at once: one would wait for itself. */
  private float product(float[] query, int from) {
    float[] v = values;
    float a = 0;
    float b = 0;
    float c = 0;
    float d = 0;
    float e = 0;
    float f = 0;
    float g = 0;
    float h = 0;
    int k = 0;
    for (; k + 8 <= width; k += 8) {
      a += query[k] * v[from + k];
      b += query[k + 1] * v[from + k + 1];
      c += query[k + 2] * v[from + k + 2];
      d += query[k + 3] * v[from + k + 3];
      e += query[k + 4] * v[from + k + 4];
      f += query[k + 5] * v[from + k + 5];
      g += query[k + 6] * v[from + k + 6];
      h += query[k + 7] * v[from + k + 7];
    }
    for (; k < width; k++) {
      a += query[k] * v[from + k];
    }
    return a + b + (c + d) + (e + f) + (g + h);
  }
}
