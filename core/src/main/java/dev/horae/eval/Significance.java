package dev.horae.eval;

import java.util.Arrays;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Whether one model is better than another on the same users, or only looks so.
 *
 * <p>The test is the paired randomisation test: if the two models were equal, each user's two gains
 * could as well be the other way round, so the signs of their differences are drawn again and
 * again, and p is how often the drawn sum is at least as far from zero as the observed one, either
 * way. It asks for no distribution. Gains of ranking are far from normal: nine users of ten have 0
 * from both models, and those who do not have a handful of values. A user without a difference
 * changes neither sum, so they decide nothing, as it should be; Wilcoxon's test would compare the
 * places of the differences instead of the differences, and so another thing than the table's
 * means. The test speaks of the users; that other seeds would give other models is the table's
 * deviation.
 *
 * <p>Sources: Fisher, "The Design of Experiments", 1935, section 21; Smucker, Allan and Carterette,
 * "A Comparison of Statistical Significance Tests for Information Retrieval Evaluation", CIKM 2007;
 * Phipson and Smyth, "Permutation p-values should never be zero", 2010; Holm, "A simple
 * sequentially rejective multiple test procedure", 1979.
 */
public final class Significance {

  private static final int DRAWS = 20_000;

  /** With so many differences or fewer, all ways of giving them signs are gone through. */
  private static final int MOST_EXACT = 14;

  /** Sums of the same numbers in another order differ by rounding. */
  private static final double ROUNDING = 1e-9;

  /**
   * A comparison of {@code a} with {@code b}.
   *
   * @param difference mean of a minus mean of b
   * @param p two-sided
   * @param effect Cohen's d for pairs, d_z: the mean of the differences over their standard
   *     deviation. Users without a difference count, unlike in the rank-biserial correlation, which
   *     calls a model that wins with all of ten users among twenty thousand perfect
   */
  public record Comparison(double difference, double p, double effect) {}

  private Significance() {}

  /**
   * Compares what two models gained with the same users.
   *
   * @param a one gain per user, at least two
   * @param b likewise, in the same order
   * @param seed of the drawn signs; the same seed gives the same p
   */
  public static Comparison paired(double[] a, double[] b, long seed) {
    if (a.length != b.length || a.length < 2) {
      throw new IllegalArgumentException(
          a.length + " and " + b.length + " gains are no pairs of at least two users");
    }
    double[] differences = new double[a.length];
    Arrays.setAll(differences, user -> a[user] - b[user]);
    double mean = Arrays.stream(differences).average().orElseThrow();
    double squares = Arrays.stream(differences).map(d -> (d - mean) * (d - mean)).sum();
    double deviation = Math.sqrt(squares / (differences.length - 1));
    return new Comparison(mean, p(differences, seed), mean == 0 ? 0 : mean / deviation);
  }

  private static double p(double[] differences, long seed) {
    double[] sizes = Arrays.stream(differences).filter(d -> d != 0).map(Math::abs).toArray();
    double rounding = ROUNDING * Arrays.stream(sizes).sum();
    double observed = Math.abs(Arrays.stream(differences).sum()) - rounding;
    if (sizes.length <= MOST_EXACT) {
      return exact(sizes, observed);
    }
    Arrays.sort(sizes);
    return drawn(sizes, observed, rounding / sizes.length, new SplittableRandom(seed));
  }

  private static double exact(double[] sizes, double observed) {
    int ways = 1 << sizes.length;
    int asFar = 0;
    for (int signs = 0; signs < ways; signs++) {
      double sum = 0;
      for (int i = 0; i < sizes.length; i++) {
        sum += (signs >> i & 1) == 1 ? sizes[i] : -sizes[i];
      }
      asFar += Math.abs(sum) >= observed ? 1 : 0;
    }
    return (double) asFar / ways;
  }

  /**
   * Differences of one size are drawn together, by counting random bits: there are few sizes.
   *
   * @param sizes ascending
   * @param equal sizes closer than this are one
   */
  private static double drawn(
      double[] sizes, double observed, double equal, SplittableRandom random) {
    double[] distinct = new double[sizes.length];
    int[] counts = new int[sizes.length];
    int groups = 0;
    for (double size : sizes) {
      if (groups == 0 || size - distinct[groups - 1] > equal) {
        distinct[groups++] = size;
      }
      counts[groups - 1]++;
    }
    int asFar = 0;
    for (int draw = 0; draw < DRAWS; draw++) {
      double sum = 0;
      for (int g = 0; g < groups; g++) {
        sum += distinct[g] * (2L * heads(counts[g], random) - counts[g]);
      }
      asFar += Math.abs(sum) >= observed ? 1 : 0;
    }
    return (1.0 + asFar) / (1.0 + DRAWS); // the observed signs are a draw, too
  }

  /** {@return how many of so many coins fall heads} */
  private static int heads(int coins, SplittableRandom random) {
    int heads = 0;
    int left = coins;
    for (; left >= Long.SIZE; left -= Long.SIZE) {
      heads += Long.bitCount(random.nextLong());
    }
    return left == 0 ? heads : heads + Long.bitCount(random.nextLong() >>> (Long.SIZE - left));
  }

  /**
   * Holm's correction for several tests: with it, the chance that even one of them claims a
   * difference where there is none stays below the level.
   *
   * @param p one per test
   * @return the corrected values, in the same order
   */
  public static double[] holm(double[] p) {
    int[] order =
        IntStream.range(0, p.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> p[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    double[] corrected = new double[p.length];
    double most = 0;
    for (int i = 0; i < order.length; i++) {
      most = Math.max(most, Math.min(1, (p.length - i) * p[order[i]]));
      corrected[order[i]] = most;
    }
    return corrected;
  }
}
