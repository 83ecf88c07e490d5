package dev.horae.model;

import dev.horae.data.TopK;
import dev.horae.data.Workers;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * A sparse table [N + 1, N + 1] of evidence for {@link Horae}, of each row the largest values.
 *
 * @param items of each row
 * @param values of these, none negative
 * @param scale what values are multiplied by to choose the largest, but not to keep them; [N + 1]
 * @param most items of a row
 */
record HoraeRows(int[][] items, float[][] values, float[] scale, int most) {

  private static final int ROW = 300; // most items kept of a row
  private static final int TABLE = 1 << 27; // most values of a table, 1 GB with their items
  private static final int BLOCK = 256; // rows that a worker makes at a time

  /** Fills {@code sums} with a row. */
  interface Row {
    void add(int row, Sums sums);
  }

  /** Some of the rows, from the first to before the last. */
  interface Block {
    void run(int from, int to);
  }

  /** Runs all blocks of so many rows, on all workers. */
  static void eachBlock(int rows, Block block) {
    Workers.each(
        (rows + BLOCK - 1) / BLOCK, b -> block.run(b * BLOCK, Math.min(rows, (b + 1) * BLOCK)));
  }

  /** {@return the table of so many rows, each of the largest of its sums} */
  static HoraeRows of(int rows, Row row) {
    return of(rows, ROW, row);
  }

  /** As the other, with another number of items of a row, where memory allows. */
  static HoraeRows of(int rows, int most, Row row) {
    float[] ones = new float[rows];
    Arrays.fill(ones, 1);
    return of(ones, most, row);
  }

  /** {@return the table, each row of the largest of its sums times {@code scale}} */
  static HoraeRows of(float[] scale, Row row) {
    return of(scale, ROW, row);
  }

  private static HoraeRows of(float[] scale, int most, Row row) {
    int affordable = Math.min(most, Math.max(1, TABLE / scale.length));
    HoraeRows table =
        new HoraeRows(new int[scale.length][], new float[scale.length][], scale, affordable);
    eachBlock(scale.length, (from, to) -> table.renew(IntStream.range(from, to).toArray(), row));
    return table;
  }

  /** Makes some rows anew. */
  void renew(int[] which, Row row) {
    Sums sums = new Sums(items.length);
    for (int i : which) {
      renew(i, row, sums);
    }
  }

  private void renew(int i, Row row, Sums sums) {
    row.add(i, sums);
    TopK best = new TopK(most);
    sums.each((item, sum) -> best.offer(item, sum * scale[item]));
    items[i] = best.indices();
    values[i] = new float[items[i].length];
    for (int n = 0; n < items[i].length; n++) {
      values[i][n] = sums.of(items[i][n]);
    }
    sums.clear();
  }

  /** Gives a row, the largest first. */
  void each(int row, Reader reader) {
    for (int n = 0; n < items[row].length; n++) {
      reader.read(items[row][n], values[row][n]);
    }
  }

  /** Adds {@code times} a row. */
  void addTo(Sums sums, int row, float times) {
    int[] at = items[row];
    float[] value = values[row];
    for (int i = 0; i < at.length; i++) {
      sums.add(at[i], times * value[i]);
    }
  }

  interface Reader {
    void read(int item, float sum);
  }

  /** Sums over items, of which few are touched. */
  static final class Sums {
    private final float[] sums;
    private final int[] touched;
    private int count;

    /**
     * @param rows N + 1
     */
    Sums(int rows) {
      sums = new float[rows];
      touched = new int[rows];
    }

    /**
     * @param value not negative
     */
    void add(int item, float value) {
      if (value > 0) {
        if (sums[item] == 0) {
          touched[count++] = item;
        }
        sums[item] += value;
      }
    }

    void multiply(float factor) {
      for (int n = 0; n < count; n++) {
        sums[touched[n]] *= factor;
      }
    }

    /**
     * @param factors [N + 1]
     */
    void multiply(float[] factors) {
      for (int n = 0; n < count; n++) {
        sums[touched[n]] *= factors[touched[n]];
      }
    }

    float of(int item) {
      return sums[item];
    }

    /** {@return how many items have a sum} */
    int count() {
      return count;
    }

    /** {@return the item that was touched as the n-th, n from 0} */
    int item(int n) {
      return touched[n];
    }

    /** Gives all that are not 0, in the order in which they were touched first. */
    void each(Reader reader) {
      for (int n = 0; n < count; n++) {
        reader.read(touched[n], sums[touched[n]]);
      }
    }

    void clear() {
      for (int n = 0; n < count; n++) {
        sums[touched[n]] = 0;
      }
      count = 0;
    }
  }
}
