package dev.horae.service;

import dev.horae.data.Histories;
import java.util.Arrays;
import java.util.BitSet;

/**
 * How much the same users took items: the cosine of two items' users, in which a user with k
 * different items is worth 1/sqrt(k + 1), as in our own model. Worked out from the histories when
 * it is asked for.
 */
final class Cooccurrence {

  private final int[][] taken; // the different items of each user
  private final int[][] takers; // the users of each item
  private final double[] squares; // of each item: what its users are worth

  /**
   * @param items N; those that no history has are similar to nothing
   */
  Cooccurrence(Histories training, int items) {
    taken = new int[training.users()][];
    takers = new int[items + 1][];
    squares = new double[items + 1];
    int[] counts = new int[items + 1];
    for (int user = 0; user < taken.length; user++) {
      int start = training.starts()[user];
      taken[user] =
          Arrays.stream(training.items(), start, training.starts()[user + 1]).distinct().toArray();
      for (int item : taken[user]) {
        counts[item]++;
        squares[item] += worth(user);
      }
    }
    Arrays.setAll(takers, item -> new int[counts[item]]);
    for (int user = 0; user < taken.length; user++) {
      for (int item : taken[user]) {
        takers[item][--counts[item]] = user;
      }
    }
  }

  private double worth(int user) {
    return 1 / Math.sqrt(taken[user].length + 1.0);
  }

  boolean has(int item) {
    return takers[item].length > 0;
  }

  /** Puts the mean cosine with {@code items} into {@code cosines}, [N + 1]: 0 without users. */
  void cosines(int[] items, BitSet allowed, float[] cosines) {
    double[] sums = new double[cosines.length];
    for (int item : items) {
      double[] together = new double[cosines.length];
      for (int user : takers[item]) {
        double worth = worth(user);
        for (int other : taken[user]) {
          together[other] += worth;
        }
      }
      for (int other = 1; other < sums.length && has(item); other++) {
        if (together[other] > 0) {
          sums[other] += together[other] / Math.sqrt(squares[item] * squares[other]);
        }
      }
    }
    Arrays.fill(cosines, Float.NEGATIVE_INFINITY);
    for (int item = allowed.nextSetBit(1); item > 0; item = allowed.nextSetBit(item + 1)) {
      cosines[item] = (float) (sums[item] / Math.max(1, items.length));
    }
  }
}
