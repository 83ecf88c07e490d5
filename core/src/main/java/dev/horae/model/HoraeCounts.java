package dev.horae.model;

import dev.horae.data.Histories;
import dev.horae.data.TopK;
import dev.horae.data.Workers;
import java.util.Arrays;
import java.util.stream.IntStream;

/** What training events say of items, for {@link Horae}, but for their times. */
final class HoraeCounts {

  private static final int REACH = 10; // steps to a follower
  private static final int LONGEST = 200; // newest different items of a history that are paired
  private static final int ROW = 300; // most items kept of a row
  private static final int TABLE = 1 << 27; // most values of a table, 1 GB with their items

  /**
   * A sparse table [N + 1, N + 1].
   *
   * @param items of each row
   * @param values of these
   */
  record Rows(int[][] items, float[][] values) {

    /** Adds {@code times} a row to {@code sum}. */
    void add(int row, float times, float[] sum) {
      int[] at = items[row];
      float[] value = values[row];
      for (int i = 0; i < at.length; i++) {
        sum[at[i]] += times * value[i];
      }
    }

    /** {@return the product of both tables, the largest values of each row} */
    Rows times(Rows next) {
      Rows product = new Rows(new int[items.length][], new float[items.length][]);
      eachBlock(
          items.length,
          (from, to) -> {
            Accumulator sums = new Accumulator(items.length);
            for (int row = from; row < to; row++) {
              for (int i = 0; i < items[row].length; i++) {
                int via = items[row][i];
                for (int j = 0; j < next.items[via].length; j++) {
                  sums.add(next.items[via][j], values[row][i] * next.values[via][j]);
                }
              }
              sums.keep(product, row, 1);
            }
          });
      return product;
    }
  }

  /** Some of the rows, from the first to before the last. */
  interface Block {
    void run(int from, int to);
  }

  /** Runs all blocks of so many rows, on all workers. */
  static void eachBlock(int rows, Block block) {
    Workers.each((rows + 255) / 256, b -> block.run(b * 256, Math.min(rows, (b + 1) * 256)));
  }

  private final Histories training;
  private final int rows; // N + 1, cold items included
  private final int[] starts; // of each item's events
  private final int[] positions; // in training
  private final int[] owners; // users of these
  private final int[][] newest; // different items of each user, newest first

  /** How many different users took an item; [N + 1]. */
  final float[] popularity;

  /** How soon and often b followed a: the sum of 1/steps, rows add up to 1 before they are cut. */
  final Rows followers;

  /** Cosine of the users who took both, each worth 1/sqrt(items of the user + 1). */
  final Rows together;

  /**
   * @param items N, cold ones included
   */
  HoraeCounts(Histories training, int items) {
    this.training = training;
    rows = items + 1;
    starts = new int[rows + 1];
    for (int item : training.items()) {
      starts[item + 1]++;
    }
    for (int i = 0; i < rows; i++) {
      starts[i + 1] += starts[i];
    }
    positions = new int[training.events()];
    owners = new int[positions.length];
    int[] next = starts.clone();
    for (int u = 0; u < training.users(); u++) {
      for (int e = training.starts()[u]; e < training.starts()[u + 1]; e++) {
        int at = next[training.items()[e]]++;
        positions[at] = e;
        owners[at] = u;
      }
    }
    newest = new int[training.users()][];
    Arrays.setAll(newest, this::newestOf);
    popularity = new float[rows];
    double[] norms = norms();
    Rows following = new Rows(new int[rows][], new float[rows][]);
    Rows sharing = new Rows(new int[rows][], new float[rows][]);
    eachBlock(
        rows,
        (from, to) -> {
          Accumulator sums = new Accumulator(rows);
          for (int i = from; i < to; i++) {
            sums.keep(following, i, followersOf(i, sums));
            togetherWith(i, norms, sums);
            sums.keep(sharing, i, 1);
          }
        });
    followers = following;
    together = sharing;
  }

  /** Sums of one row, of which few are touched. */
  private static final class Accumulator {
    private final float[] sums;
    private final int[] touched;
    private int count;

    Accumulator(int rows) {
      sums = new float[rows];
      touched = new int[rows];
    }

    void add(int item, double value) {
      if (sums[item] == 0) {
        touched[count++] = item;
      }
      sums[item] += (float) value;
    }

    /** Puts the largest sums, divided, into a table, and forgets all. */
    void keep(Rows table, int row, double divisor) {
      Arrays.sort(touched, 0, count);
      TopK best = new TopK(Math.min(ROW, Math.max(1, TABLE / sums.length)));
      for (int i = 0; i < count; i++) {
        best.offer(touched[i], sums[touched[i]]);
      }
      table.items()[row] = best.indices();
      table.values()[row] = new float[table.items()[row].length];
      for (int i = 0; i < table.items()[row].length; i++) {
        table.values()[row][i] = (float) (sums[table.items()[row][i]] / divisor);
      }
      for (int i = 0; i < count; i++) {
        sums[touched[i]] = 0;
      }
      count = 0;
    }
  }

  /** {@return the sum of the row} */
  private double followersOf(int item, Accumulator sums) {
    double total = 0;
    for (int p = starts[item]; p < starts[item + 1]; p++) {
      int steps = Math.min(training.starts()[owners[p] + 1] - 1 - positions[p], REACH);
      for (int step = 1; step <= steps; step++) {
        sums.add(training.items()[positions[p] + step], 1.0 / step);
        total += 1.0 / step;
      }
    }
    return total == 0 ? 1 : total;
  }

  private void togetherWith(int item, double[] norms, Accumulator sums) {
    int last = -1;
    for (int p = starts[item]; p < starts[item + 1]; p++) {
      if (owners[p] != last) { // once per user
        last = owners[p];
        int[] others = newest[last];
        if (contains(others, item)) {
          for (int other : others) {
            if (other != item) {
              sums.add(other, worth(others.length) / (norms[item] * norms[other]));
            }
          }
        }
      }
    }
  }

  private static boolean contains(int[] items, int item) {
    for (int other : items) {
      if (other == item) {
        return true;
      }
    }
    return false;
  }

  private static double worth(int different) {
    return 1 / Math.sqrt(different + 1);
  }

  /** {@return the different items of a user, the newest first, the oldest of very many left out} */
  private int[] newestOf(int user) {
    int from = training.starts()[user];
    int to = training.starts()[user + 1];
    return IntStream.range(from, to)
        .map(e -> training.items()[to - 1 - (e - from)])
        .distinct()
        .limit(LONGEST)
        .toArray();
  }

  /** Counts users too. */
  private double[] norms() {
    double[] squares = new double[rows];
    for (int[] items : newest) {
      for (int item : items) {
        squares[item] += worth(items.length);
        popularity[item]++;
      }
    }
    Arrays.setAll(squares, i -> Math.sqrt(Math.max(1e-9, squares[i])));
    return squares;
  }

  /** {@return when an item was taken, ascending} */
  long[] timesOf(int item) {
    return Arrays.stream(positions, starts[item], starts[item + 1])
        .mapToLong(p -> training.times()[p])
        .sorted()
        .toArray();
  }
}
