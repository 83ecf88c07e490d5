package dev.horae.model;

import dev.horae.data.Histories;
import dev.horae.model.HoraeFactor.Signal;
import java.util.Arrays;

/**
 * How alive each item is on a day, for {@link Horae}: what the times of its training events say.
 */
final class HoraeTrend {

  static final long DAY = 86_400; // seconds
  private static final double[] WEEKS = {26, 104}; // over which an event counts 1/e
  private static final double MOST = 700; // e to this is finite
  private static final double LEAST_SHARE = 0.02;

  /**
   * One item on one day.
   *
   * @param lately log of the share of its events that lie around the last half year
   * @param longer likewise, two years
   * @param age log of days since its first event, plus one
   * @param unborn 1 where it had no event yet
   * @param popularity log of the users who took it, plus one
   */
  record State(float lately, float longer, float age, float unborn, float popularity) {
    float of(Signal signal) {
      return switch (signal) {
        case LATELY -> lately;
        case LONGER -> longer;
        case AGE -> age;
        case UNBORN -> unborn;
        case POPULARITY -> popularity;
        default -> throw new IllegalArgumentException(signal + " does not depend on the day");
      };
    }
  }

  private final float[] popularity; // [N + 1]
  private final boolean twoSided;
  private final long[][] times; // of each item's events, ascending
  private final long first; // of all times
  private final long last;
  private final double[][][] before; // [width][item][event]: sum up to it of fading(last - time)
  private final double[][][] after; // from it on, of fading(time - first); empty if not two-sided

  /**
   * @param twoSided whether events after the day count as those before do
   */
  HoraeTrend(Histories training, HoraeCounts counts, boolean twoSided) {
    this.popularity = counts.popularity;
    this.twoSided = twoSided;
    first = Arrays.stream(training.times()).min().orElse(0);
    last = Arrays.stream(training.times()).max().orElse(0);
    times = timesOf(training, popularity.length);
    before = new double[WEEKS.length][times.length][];
    after = new double[twoSided ? WEEKS.length : 0][times.length][];
    HoraeRows.eachBlock(
        times.length,
        (from, to) -> {
          for (int item = from; item < to; item++) {
            Arrays.sort(times[item]);
            sum(item);
          }
        });
  }

  private void sum(int item) {
    for (int w = 0; w < WEEKS.length; w++) {
      before[w][item] = sumsBefore(w, times[item]);
      if (twoSided) {
        after[w][item] = sumsAfter(w, times[item]);
      }
    }
  }

  /** Counts one more event, which popularity has counted. */
  void add(int item, long time) {
    times[item] = Arrays.copyOf(times[item], times[item].length + 1);
    times[item][times[item].length - 1] = time;
    Arrays.sort(times[item]);
    sum(item);
  }

  private static long[][] timesOf(Histories training, int rows) {
    int[] uses = new int[rows];
    for (int item : training.items()) {
      uses[item]++;
    }
    long[][] times = new long[rows][];
    Arrays.setAll(times, i -> new long[uses[i]]);
    for (int e = 0; e < training.events(); e++) {
      int item = training.items()[e];
      times[item][--uses[item]] = training.times()[e];
    }
    return times;
  }

  private double[] sumsBefore(int width, long[] times) {
    double[] sums = new double[times.length];
    double sum = 0;
    for (int e = 0; e < sums.length; e++) {
      sum += fading(width, last - times[e]);
      sums[e] = sum;
    }
    return sums;
  }

  private double[] sumsAfter(int width, long[] times) {
    double[] sums = new double[times.length];
    double sum = 0;
    for (int e = sums.length - 1; e >= 0; e--) {
      sum += fading(width, times[e] - first);
      sums[e] = sum;
    }
    return sums;
  }

  /** {@return what an event counts after so long; more than 1 for what is to come} */
  private static double fading(int width, long seconds) {
    return Math.exp(Math.min(MOST, -seconds / (WEEKS[width] * 7 * DAY)));
  }

  /** {@return the day of a time: days since 1970-01-01 UTC} */
  static long day(long seconds) {
    return Math.floorDiv(seconds, DAY);
  }

  /** What is known of all items at the beginning of a day; of later events only if two-sided. */
  final class Day {
    private final long now;
    private final double[] fromLast = new double[WEEKS.length];
    private final double[] fromFirst = new double[WEEKS.length];

    Day(long day) {
      now = day * DAY;
      Arrays.setAll(fromLast, w -> fading(w, now - last));
      Arrays.setAll(fromFirst, w -> fading(w, first - now));
    }

    State of(int item) {
      int until = eventsUntil(times[item], now);
      return new State(
          share(0, item, until),
          share(1, item, until),
          until == 0 ? 0 : (float) Math.log(1 + (now - times[item][0]) / (double) DAY),
          until == 0 ? 1 : 0,
          (float) Math.log(1 + popularity[item]));
    }

    private float share(int width, int item, int until) {
      double near = until == 0 ? 0 : before[width][item][until - 1] * fromLast[width];
      if (twoSided && until < times[item].length) {
        near += after[width][item][until] * fromFirst[width];
      }
      return (float) Math.log(near / (popularity[item] + 1) + LEAST_SHARE);
    }
  }

  private static int eventsUntil(long[] times, long now) {
    int found = Arrays.binarySearch(times, now + 1); // few stamps are equal to a second
    int until = found < 0 ? -found - 1 : found;
    while (until > 0 && times[until - 1] > now) {
      until--;
    }
    return until;
  }
}
