package dev.horae.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * NDCG, MRR, Hit, Recall and Precision at 5, 10, 20 and 50 when exactly one item is relevant: with
 * its rank r, a hit is r ≤ K, and a hit counts 1/log₂(r+1), 1/r, 1, 1 and 1/K. Averages are over
 * users, in double precision. Names are {@code ndcg@5} and so on, in the order of {@link #NAMES}.
 */
public final class Metrics {

  private static final int[] CUTOFFS = {5, 10, 20, 50};

  /** Every rank from here on counts 0 at every cutoff, so ranks need no more bins than this. */
  private static final int MISS = CUTOFFS[CUTOFFS.length - 1] + 1;

  private static final int RESAMPLES = 1_000;

  private enum Kind {
    NDCG,
    MRR,
    HIT,
    RECALL,
    PRECISION;

    double gain(int rank, int cutoff) {
      if (rank > cutoff) {
        return 0;
      }
      return switch (this) {
        case NDCG -> Math.log(2) / Math.log(rank + 1.0);
        case MRR -> 1.0 / rank;
        case HIT, RECALL -> 1;
        case PRECISION -> 1.0 / cutoff;
      };
    }
  }

  /** All twenty names, metric by metric. */
  public static final List<String> NAMES;

  /**
   * The names without recall and precision: with one relevant item these are the hits, and the hits
   * over K.
   */
  public static final List<String> SHOWN;

  /** [metric][rank], rank 0 unused. */
  private static final double[][] GAINS;

  static {
    List<String> names = new ArrayList<>();
    List<double[]> gains = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      for (int cutoff : CUTOFFS) {
        names.add(kind.name().toLowerCase(Locale.ROOT) + "@" + cutoff);
        double[] byRank = new double[MISS + 1];
        for (int rank = 1; rank <= MISS; rank++) {
          byRank[rank] = kind.gain(rank, cutoff);
        }
        gains.add(byRank);
      }
    }
    NAMES = List.copyOf(names);
    SHOWN =
        NAMES.stream()
            .filter(name -> !name.startsWith("recall") && !name.startsWith("precision"))
            .toList();
    GAINS = gains.toArray(double[][]::new);
  }

  /**
   * @param metric one of {@link #NAMES}
   * @param mean over users
   * @param low 2.5th percentile of the mean under resampling of users
   * @param high 97.5th percentile
   */
  public record Result(String metric, double mean, double low, double high) {}

  private Metrics() {}

  /**
   * @param ranks one per user, 1 = best
   * @return the mean of every metric, in the order of {@link #NAMES}
   */
  public static Map<String, Double> means(int[] ranks) {
    double[] means = means(count(bins(ranks)), ranks.length);
    Map<String, Double> byName = new LinkedHashMap<>();
    for (int m = 0; m < means.length; m++) {
      byName.put(NAMES.get(m), means[m]);
    }
    return byName;
  }

  /**
   * {@return the mean of one metric, as {@link #means} has it}
   *
   * @param metric one of {@link #NAMES}
   * @param ranks one per user, 1 = best
   */
  public static double mean(String metric, int[] ranks) {
    return means(count(bins(ranks)), ranks.length)[number(metric)];
  }

  private static int number(String metric) {
    int number = NAMES.indexOf(metric);
    if (number < 0) {
      throw new IllegalArgumentException(
          "there is no metric '" + metric + "'; use one of " + String.join(", ", NAMES));
    }
    return number;
  }

  /**
   * Means with 95 % percentile bootstrap intervals: 1,000 times as many users are drawn with
   * replacement as there are, and every metric is computed on the same draw.
   *
   * @param ranks one per user, 1 = best
   * @param seed the same seed gives the same intervals
   */
  public static List<Result> withIntervals(int[] ranks, long seed) {
    byte[] bins = bins(ranks);
    double[] means = means(count(bins), bins.length);
    double[][] resampled = new double[means.length][RESAMPLES];
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < RESAMPLES; i++) {
      int[] counts = new int[MISS + 1];
      for (int user = 0; user < bins.length; user++) {
        counts[bins[random.nextInt(bins.length)]]++;
      }
      double[] drawn = means(counts, bins.length);
      for (int m = 0; m < drawn.length; m++) {
        resampled[m][i] = drawn[m];
      }
    }
    List<Result> results = new ArrayList<>();
    for (int m = 0; m < means.length; m++) {
      Arrays.sort(resampled[m]);
      results.add(
          new Result(
              NAMES.get(m),
              means[m],
              percentile(resampled[m], 0.025),
              percentile(resampled[m], 0.975)));
    }
    return results;
  }

  /**
   * @param metric one of {@link #NAMES}
   * @param ranks one per user, 1 = best
   * @return what each user adds to the metric's mean
   */
  public static double[] gains(String metric, int[] ranks) {
    double[] byRank = GAINS[number(metric)];
    byte[] bins = bins(ranks);
    double[] gains = new double[bins.length];
    Arrays.setAll(gains, user -> bins[user] == MISS ? 0 : byRank[bins[user]]);
    return gains;
  }

  /**
   * {@return the mean with its 95 % percentile bootstrap interval} As {@link #withIntervals}, for
   * gains that are no function of one rank, such as means over several runs.
   *
   * @param metric what to call it
   * @param gains one per user
   */
  public static Result interval(String metric, double[] gains, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] resampled = new double[RESAMPLES];
    for (int i = 0; i < RESAMPLES; i++) {
      double sum = 0;
      for (int user = 0; user < gains.length; user++) {
        sum += gains[random.nextInt(gains.length)];
      }
      resampled[i] = sum / gains.length;
    }
    Arrays.sort(resampled);
    return new Result(
        metric,
        Arrays.stream(gains).average().orElseThrow(),
        percentile(resampled, 0.025),
        percentile(resampled, 0.975));
  }

  private static byte[] bins(int[] ranks) {
    if (ranks.length == 0) {
      throw new IllegalArgumentException("no ranks: there is no user to average over");
    }
    byte[] bins = new byte[ranks.length];
    for (int user = 0; user < ranks.length; user++) {
      if (ranks[user] < 1) {
        throw new IllegalArgumentException(
            "ranks[" + user + "] = " + ranks[user] + " is not a rank; the best is 1");
      }
      bins[user] = (byte) Math.min(ranks[user], MISS);
    }
    return bins;
  }

  private static int[] count(byte[] bins) {
    int[] counts = new int[MISS + 1];
    for (byte bin : bins) {
      counts[bin]++;
    }
    return counts;
  }

  private static double[] means(int[] counts, int users) {
    double[] means = new double[GAINS.length];
    for (int m = 0; m < means.length; m++) {
      double sum = 0;
      for (int rank = 1; rank < MISS; rank++) {
        sum += counts[rank] * GAINS[m][rank];
      }
      means[m] = sum / users;
    }
    return means;
  }

  /** Linear between the two nearest order statistics. */
  private static double percentile(double[] sorted, double share) {
    double at = share * (sorted.length - 1);
    int below = (int) at;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
  }
}
