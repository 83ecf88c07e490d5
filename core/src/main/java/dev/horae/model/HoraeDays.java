package dev.horae.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * For {@link Horae}, of each day that was asked for, the sums of the factors that depend on nothing
 * but the item and the day. An event that is added costs next to nothing: a day learns which items
 * changed when it is next asked for.
 */
final class HoraeDays {

  private static final int BYTES = 256 << 20; // of days that are kept, newly asked ones first
  private static final int REMEMBERED = 1 << 12; // changed items; who missed more begins anew

  /**
   * The sum for an item is {@code plain[item] + basket * perBasket[item]}.
   *
   * @param plain [N + 1]
   * @param perBasket [N + 1]
   */
  record Sums(float[] plain, float[] perBasket) {}

  /** What is kept of a day. */
  private static final class Kept {
    private final Sums sums;
    private volatile long seen; // how many changes they hold

    private Kept(Sums sums, long seen) {
      this.sums = sums;
      this.seen = seen;
    }
  }

  private final HoraeTrend trend;
  private final List<HoraeFactor> factors;
  private final RankingHead.Weights weights;
  private final int[] ofTheDay; // places of the factors that are summed
  private final int rows; // N + 1
  private final Map<Long, Kept> days; // guarded by itself
  private final int[] changed = new int[REMEMBERED]; // the newest changed items, in a ring
  private volatile long changes; // how many there were

  /**
   * @param factors all of the model
   * @param weights of these
   * @param rows N + 1
   */
  HoraeDays(HoraeTrend trend, List<HoraeFactor> factors, RankingHead.Weights weights, int rows) {
    this.trend = trend;
    this.factors = factors;
    this.weights = weights;
    this.rows = rows;
    ofTheDay =
        IntStream.range(0, factors.size()).filter(k -> factors.get(k).isOfTheDay()).toArray();
    int most = Math.max(2, BYTES / (8 * rows));
    days =
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<Long, Kept> eldest) {
            return size() > most;
          }
        };
  }

  /** Says that the trend or the popularity of an item changed; one thread at a time may. */
  void change(int item) {
    long before = changes;
    changed[(int) (before % REMEMBERED)] = item;
    changes = before + 1;
  }

  /** {@return the sums of a day; not to be written in} */
  Sums of(long day) {
    Kept known;
    synchronized (days) {
      known = days.get(day);
    }
    if (known == null || !follow(known, day)) {
      known = counted(day);
      synchronized (days) {
        days.put(day, known);
      }
    }
    return known.sums;
  }

  private Kept counted(long day) {
    long seen = changes; // before it is counted: what changes meanwhile is counted again
    Sums sums = new Sums(new float[rows], new float[rows]);
    HoraeTrend.Day then = trend.new Day(day);
    for (int item = 1; item < rows; item++) {
      count(then, item, sums);
    }
    return new Kept(sums, seen);
  }

  /** Counts what changed. {@return whether it is still known what did} */
  private boolean follow(Kept known, long day) {
    if (known.seen == changes) {
      return true;
    }
    synchronized (known) {
      HoraeTrend.Day then = trend.new Day(day);
      long until = changes;
      for (long c = Math.max(known.seen, until - REMEMBERED); c < until; c++) {
        count(then, changed[(int) (c % REMEMBERED)], known.sums);
      }
      boolean complete = changes - known.seen < REMEMBERED; // none was overwritten meanwhile
      known.seen = until;
      return complete;
    }
  }

  private void count(HoraeTrend.Day day, int item, Sums sums) {
    HoraeTrend.State state = day.of(item);
    double plain = 0;
    double perBasket = 0;
    for (int k : ofTheDay) {
      float value = state.of(factors.get(k).signal());
      plain += weights.plain()[k] * value;
      perBasket += weights.slopes()[k] * value;
    }
    sums.plain[item] = (float) plain;
    sums.perBasket[item] = (float) perBasket;
  }
}
