package dev.horae.model;

import dev.horae.data.Histories;
import dev.horae.data.Workers;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import java.util.Arrays;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The most similar item of every item, which is all that TiCoSeRec asks for: no table of all pairs
 * is ever in memory.
 *
 * @param item [N + 1] item index; {@link #NONE} where an item has no neighbour
 * @param score [N + 1] how similar that one is, the most similar pair of all 1 and the least 0; the
 *     other way round in the released code
 */
record TicoserecSimilarity(int[] item, double[] score) {

  static final int NONE = -1;

  private static final long MOST_PRODUCTS = 4 << 20; // of a block: 16 MiB for each worker
  private static final int MOST_ROWS = 512;

  /**
   * By who has both: sim(i, j) = Σ over users with both of 1 / ln(1 + |items of the user|), divided
   * by √(users of i · users of j) (ItemCF-IUF). Of equal ones the lower index wins.
   *
   * @param training of each history the last event is left out: it is never an input
   * @param items N
   * @param asReleased scores reversed
   */
  static TicoserecSimilarity byUsers(Histories training, int items, boolean asReleased) {
    int[][] itemsOf = new int[training.users()][]; // each once, ascending
    int[] usersOf = new int[items + 2]; // how many, then where they begin
    for (int u = 0; u < itemsOf.length; u++) {
      int end = Math.max(training.starts()[u], training.starts()[u + 1] - 1);
      itemsOf[u] =
          Arrays.stream(training.items(), training.starts()[u], end).sorted().distinct().toArray();
      for (int i : itemsOf[u]) {
        usersOf[i + 1]++;
      }
    }
    for (int i = 1; i < usersOf.length; i++) {
      usersOf[i] += usersOf[i - 1];
    }
    int[] users = new int[usersOf[items + 1]];
    int[] next = usersOf.clone();
    for (int u = 0; u < itemsOf.length; u++) {
      for (int i : itemsOf[u]) {
        users[next[i]++] = u;
      }
    }
    int[] best = new int[items + 1];
    double[] score = new double[items + 1];
    double[] sums = new double[items + 1]; // of one item with all others
    int[] touched = new int[items + 1];
    double most = Double.NEGATIVE_INFINITY;
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i <= items; i++) {
      best[i] = NONE;
      int count = 0;
      for (int k = usersOf[i]; k < usersOf[i + 1]; k++) {
        int[] together = itemsOf[users[k]];
        double weight = 1 / Math.log(1.0 + together.length);
        for (int j : together) {
          if (sums[j] == 0) {
            touched[count++] = j;
          }
          sums[j] += weight;
        }
      }
      for (int k = 0; k < count; k++) {
        int j = touched[k];
        if (j != i) {
          double own = usersOf[i + 1] - usersOf[i];
          double similar = sums[j] / Math.sqrt(own * (usersOf[j + 1] - usersOf[j]));
          most = Math.max(most, similar);
          least = Math.min(least, similar);
          if (best[i] == NONE || similar > score[i] || (similar == score[i] && j < best[i])) {
            best[i] = j;
            score[i] = similar;
          }
        }
        sums[j] = 0;
      }
    }
    return scaled(best, score, least, most, asReleased);
  }

  /**
   * By the product of their vectors, a block of items at a time. Outside any scope.
   *
   * @param table float [at least N + 1, D]
   * @param items N
   * @param asReleased scores reversed before the best is taken, which is then the least similar,
   *     and may be padding
   */
  static TicoserecSimilarity byVectors(Tensor table, int items, boolean asReleased) {
    int rows = (int) table.size(0);
    int block = (int) Math.max(1, Math.min(MOST_ROWS, MOST_PRODUCTS / rows));
    int blocks = (rows + block - 1) / block;
    int[] best = new int[rows];
    double[] score = new double[rows];
    double[] least = new double[blocks];
    double[] most = new double[blocks];
    Workers.each(
        blocks,
        b -> {
          torch.set_num_threads(1);
          try (Scope scope = Scope.inference()) {
            int from = b * block;
            int count = Math.min(block, rows - from);
            int skipped = b == 0 ? 1 : 0; // what is similar to padding does not set the scale
            Tensor products = table.narrow(0, from, count).matmul(table.t()); // [count, rows]
            Tensor real = products.narrow(0, skipped, count - skipped);
            least[b] = real.numel() == 0 ? 0 : Ops.value(real.min());
            most[b] = real.numel() == 0 ? 0 : Ops.value(real.max());
            Tensor wanted = asReleased ? products.neg_() : products;
            wanted.diagonal(from, 0, 1).fill_(new Scalar(Double.NEGATIVE_INFINITY));
            int first = asReleased ? 0 : 1;
            Tensor among = asReleased ? wanted : wanted.narrow(1, 1, items);
            long[] found = Ops.longs(among.argmax(new LongOptional(1), false));
            float[] values = Ops.floats(among.amax(new long[] {1}, false));
            for (int i = 0; i < count; i++) {
              best[from + i] = first + (int) found[i];
              score[from + i] = asReleased ? -values[i] : values[i];
            }
          }
        });
    double lowest = Arrays.stream(least).min().orElseThrow();
    double highest = Arrays.stream(most).max().orElseThrow();
    return scaled(best, score, lowest, highest, asReleased);
  }

  /** {@return per item the one that scores higher; this one's where they score the same} */
  TicoserecSimilarity or(TicoserecSimilarity other) {
    int[] best = item.clone();
    double[] scores = score.clone();
    for (int i = 0; i < best.length; i++) {
      if (best[i] == NONE || other.score[i] > scores[i]) {
        best[i] = other.item[i];
        scores[i] = other.score[i];
      }
    }
    return new TicoserecSimilarity(best, scores);
  }

  private static TicoserecSimilarity scaled(
      int[] best, double[] score, double least, double most, boolean reversed) {
    double range = most > least ? most - least : 1;
    for (int i = 0; i < score.length; i++) {
      if (best[i] != NONE) {
        score[i] = (reversed ? most - score[i] : score[i] - least) / range;
      }
    }
    return new TicoserecSimilarity(best, score);
  }
}
