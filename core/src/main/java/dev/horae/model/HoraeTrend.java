package dev.horae.model;

import static dev.horae.model.HoraeCounting.WIDTHS;
import static dev.horae.model.HoraeCounting.fading;

import dev.horae.data.Histories;
import dev.horae.model.HoraeFactor.Signal;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * How alive each item is on a day, for {@link Horae}: what the times of its training events say.
 * What is known of an item is replaced as a whole when an event is added, so that nobody waits.
 */
final class HoraeTrend {

  static final long DAY = 86_400; // seconds
  static final double LEAST_SHARE = 0.02;

  /**
   * One item on one day.
   *
   * @param lately log of the share of its events that lie around the last half year
   * @param longer likewise, two years
   * @param age log of days since its first event, plus one
   * @param unborn 1 where it had no event yet
   * @param popularity log of {@link HoraeCounts#popularity}, plus one
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

  /**
   * What is known of an item.
   *
   * @param times of its events, ascending
   * @param before of each width, for each event: the sum up to it of fading(last - time)
   * @param after from it on, of fading(time - first); empty if not two-sided
   */
  private record Events(long[] times, double[][] before, double[][] after) {}

  private final float[] popularity; // [N + 1]
  private final boolean twoSided;
  private final AtomicReferenceArray<Events> items;
  private final long first; // of all times
  private final long last;

  /**
   * @param twoSided whether events after the day count as those before do
   */
  HoraeTrend(Histories training, HoraeCounts counts, boolean twoSided) {
    this.popularity = counts.popularity;
    this.twoSided = twoSided;
    first = Arrays.stream(training.times()).min().orElse(0);
    last = Arrays.stream(training.times()).max().orElse(0);
    items = new AtomicReferenceArray<>(popularity.length);
    long[][] times = timesOf(training, popularity.length);
    HoraeRows.eachBlock(
        times.length,
        (from, to) -> {
          for (int item = from; item < to; item++) {
            items.set(item, events(times[item]));
          }
        });
  }

  /**
   * @param times in any order
   */
  private Events events(long[] times) {
    Arrays.sort(times);
    double[][] before = new double[WIDTHS][];
    Arrays.setAll(before, w -> sumsBefore(w, times));
    double[][] after = new double[twoSided ? WIDTHS : 0][];
    Arrays.setAll(after, w -> sumsAfter(w, times));
    return new Events(times, before, after);
  }

  /** Counts one more event, which popularity has counted. */
  void add(int item, long time) {
    Events known = items.get(item);
    int count = known.times.length;
    long[] times = Arrays.copyOf(known.times, count + 1);
    times[count] = time;
    boolean isNewest = count > 0 && time >= times[count - 1];
    items.set(item, isNewest && !twoSided ? behind(known, times) : events(times));
  }

  /** {@return what is known with one event more, the newest} */
  private Events behind(Events known, long[] times) {
    int count = known.times.length;
    double[][] before = new double[WIDTHS][];
    for (int w = 0; w < before.length; w++) {
      before[w] = Arrays.copyOf(known.before[w], count + 1);
      before[w][count] = before[w][count - 1] + fading(w, last - times[count]);
    }
    return new Events(times, before, known.after);
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

  /** {@return the day of a time: days since 1970-01-01 UTC} */
  static long day(long seconds) {
    return Math.floorDiv(seconds, DAY);
  }

  /** What is known of all items at the beginning of a day; of later events only if two-sided. */
  final class Day {
    private final long now;
    private final double[] fromLast = new double[WIDTHS];
    private final double[] fromFirst = new double[WIDTHS];

    Day(long day) {
      now = day * DAY;
      Arrays.setAll(fromLast, w -> fading(w, now - last));
      Arrays.setAll(fromFirst, w -> fading(w, first - now));
    }

    State of(int item) {
      Events events = items.get(item);
      float users = popularity[item];
      int until = eventsUntil(events.times, now);
      return new State(
          share(0, events, until, users),
          share(1, events, until, users),
          until == 0 ? 0 : (float) Math.log(1 + (now - events.times[0]) / (double) DAY),
          until == 0 ? 1 : 0,
          (float) Math.log(1 + users));
    }

    private float share(int width, Events events, int until, float users) {
      double near = until == 0 ? 0 : events.before[width][until - 1] * fromLast[width];
      if (twoSided && until < events.times.length) {
        near += events.after[width][until] * fromFirst[width];
      }
      return (float) Math.log(near / (users + 1) + LEAST_SHARE);
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
