package dev.horae.index;

import java.nio.FloatBuffer;
import java.util.List;

/**
 * Item vectors, float32 row-major [N + 1, D], where they lie: a row per index, row 0 is padding.
 * Whoever owns the memory keeps it as long as anybody reads here.
 */
public final class VectorTable {

  private static final int BLOCK = 1 << 28; // values: a buffer ends at 2 GiB

  private final FloatBuffer[] blocks;
  private final int shift; // of a row's number: its block
  private final int rows;
  private final int width;

  /**
   * @param blocks of {@link #blockRows} rows each, but for the last
   * @param rows N + 1
   * @param width D
   */
  public VectorTable(List<FloatBuffer> blocks, int rows, int width) {
    this(blocks.toArray(FloatBuffer[]::new), rows, width);
  }

  private VectorTable(FloatBuffer[] blocks, int rows, int width) {
    this.blocks = blocks;
    this.rows = rows;
    this.width = width;
    shift = Integer.numberOfTrailingZeros(blockRows(width));
  }

  /** {@return how many rows a block has, a power of two} */
  public static int blockRows(int width) {
    return Integer.highestOneBit(BLOCK / width);
  }

  /** {@return the first rows only, in the same memory} */
  public VectorTable first(int count) {
    return new VectorTable(blocks, count, width);
  }

  int rows() {
    return rows;
  }

  int width() {
    return width;
  }

  /**
   * {@return the product of a vector and a row, float [D] each, added up in another order than
   * libtorch's} In eight sums, which the processor works on at once: one would wait for itself.
   */
  float product(float[] x, int row) {
    FloatBuffer v = blocks[row >> shift];
    int at = place(row);
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
      a += x[k] * v.get(at + k);
      b += x[k + 1] * v.get(at + k + 1);
      c += x[k + 2] * v.get(at + k + 2);
      d += x[k + 3] * v.get(at + k + 3);
      e += x[k + 4] * v.get(at + k + 4);
      f += x[k + 5] * v.get(at + k + 5);
      g += x[k + 6] * v.get(at + k + 6);
      h += x[k + 7] * v.get(at + k + 7);
    }
    for (; k < width; k++) {
      a += x[k] * v.get(at + k);
    }
    return a + b + (c + d) + (e + f) + (g + h);
  }

  /** Copies a row. */
  void copy(int row, float[] to) {
    blocks[row >> shift].get(place(row), to);
  }

  private int place(int row) {
    return (row & (1 << shift) - 1) * width;
  }
}
