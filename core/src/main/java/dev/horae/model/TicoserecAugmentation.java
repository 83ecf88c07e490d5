package dev.horae.model;

import static dev.horae.config.InvalidValue.unless;

import dev.horae.config.Default;
import dev.horae.config.Doc;
import dev.horae.data.Histories;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * TiCoSeRec's five ways to alter a history so that its pauses become more even, on plain arrays. An
 * event's pause is the time until the event after it, so there is one time more than there are
 * items.
 *
 * <p>Dang et al., "Uniform Sequence Better: Time Interval Aware Data Augmentation for Sequential
 * Recommendation", AAAI 2023; arithmetic and ties as in its code with a stable sort.
 */
public final class TicoserecAugmentation {

  /** What an operator looks for: small pauses (or windows of even ones), large, or any. */
  public enum Prefer {
    MINIMUM,
    MAXIMUM,
    RANDOM
  }

  enum Operator {
    CROP,
    MASK,
    REORDER,
    INSERT,
    SUBSTITUTE
  }

  private static final List<Operator> OF_SHORT =
      List.of(Operator.SUBSTITUTE, Operator.INSERT, Operator.MASK);

  /** How much each operator changes, and where. */
  public record Rules(
      @Default("0.7") @Doc("share of events that crop keeps") double cropRate,
      @Default("0.5") @Doc("share of events that mask hides") double maskRate,
      @Default("0.2") @Doc("share of events that reorder shuffles") double reorderRate,
      @Default("0.5") @Doc("share of events behind which insert puts a similar item")
          double insertRate,
      @Default("0.1") @Doc("share of items that substitute replaces by similar ones")
          double substituteRate,
      @Default("minimum") @Doc("crop keeps the window whose pauses vary least: minimum, or maximum")
          Prefer cropMode,
      @Default("random") @Doc("mask hides events at small pauses, large ones, or random events")
          Prefer maskMode,
      @Default("minimum") @Doc("reorder shuffles the window whose pauses vary least, or maximum")
          Prefer reorderMode,
      @Default("maximum") @Doc("insert fills the largest pauses: maximum, or minimum")
          Prefer insertMode,
      @Default("minimum") @Doc("substitute replaces items at the smallest pauses, or maximum")
          Prefer substituteMode,
      @Default("12") @Doc("longest history that is only substituted, inserted into or masked")
          int shortLength) {

    public Rules {
      rate("cropRate", cropRate);
      rate("maskRate", maskRate);
      rate("reorderRate", reorderRate);
      rate("insertRate", insertRate);
      rate("substituteRate", substituteRate);
      ordered("cropMode", cropMode);
      ordered("reorderMode", reorderMode);
      ordered("insertMode", insertMode);
      ordered("substituteMode", substituteMode);
      unless(shortLength >= 0, "shortLength", shortLength, "is negative", "12 is the paper's");
    }

    private static void rate(String key, double value) {
      unless(value >= 0 && value < 1, key, value, "is not in [0, 1)", "try 0.5");
    }

    private static void ordered(String key, Prefer value) {
      unless(value != Prefer.RANDOM, key, value, "is for mask only", "use minimum or maximum");
    }
  }

  private final Rules rules;
  private final IntUnaryOperator similar;
  private final IntUnaryOperator below;

  /**
   * @param similar gives the item most similar to an item
   * @param below draws uniformly from 0 to its argument less 1
   */
  TicoserecAugmentation(Rules rules, IntUnaryOperator similar, IntUnaryOperator below) {
    this.rules = rules;
    this.similar = similar;
    this.below = below;
  }

  /**
   * {@return a copy changed by an operator that is drawn among those for its length}
   *
   * @param items [m], at least one, oldest first
   * @param times [m + 1], seconds: those of the items and of the event after them
   */
  int[] view(int[] items, long[] times) {
    List<Operator> among = operators(items.length, rules.shortLength());
    return apply(among.get(below.applyAsInt(among.size())), items, times);
  }

  static List<Operator> operators(int length, int shortLength) {
    return length > shortLength ? List.of(Operator.values()) : OF_SHORT;
  }

  int[] apply(Operator operator, int[] items, long[] times) {
    return switch (operator) {
      case CROP -> crop(items, times);
      case MASK -> mask(items, times);
      case REORDER -> reorder(items, times);
      case INSERT -> insert(items, times);
      case SUBSTITUTE -> substitute(items, times);
    };
  }

  private int[] crop(int[] items, long[] times) {
    int size = (int) (rules.cropRate() * items.length);
    if (size <= 2) {
      return new int[] {items[below.applyAsInt(items.length - size)]};
    }
    int left = window(times, items.length, size, rules.cropMode());
    return Arrays.copyOfRange(items, left, left + size);
  }

  /** A masked item becomes padding: it is not seen any more, but still takes its place. */
  private int[] mask(int[] items, long[] times) {
    int[] masked = items.clone();
    if (items.length > 1) {
      int count = (int) (rules.maskRate() * items.length);
      int[] places =
          rules.maskMode() == Prefer.RANDOM
              ? sample(items.length, count)
              : byPause(times, count, rules.maskMode());
      for (int place : places) {
        masked[place] = 0;
      }
    }
    return masked;
  }

  private int[] reorder(int[] items, long[] times) {
    int size = (int) (rules.reorderRate() * items.length);
    int[] shuffled = items.clone();
    if (size >= 2) {
      int left = window(times, items.length, size, rules.reorderMode());
      for (int i = size - 1; i > 0; i--) {
        swap(shuffled, left + i, left + below.applyAsInt(i + 1));
      }
    }
    return shuffled;
  }

  private int[] insert(int[] items, long[] times) {
    int count = Math.max(1, (int) (rules.insertRate() * items.length));
    boolean[] chosen = new boolean[items.length];
    for (int place : byPause(times, count, rules.insertMode())) {
      chosen[place] = true;
    }
    int[] longer = new int[items.length + count];
    int next = 0;
    for (int i = 0; i < items.length; i++) {
      longer[next++] = items[i];
      if (chosen[i]) {
        longer[next++] = similar.applyAsInt(items[i]);
      }
    }
    return longer;
  }

  private int[] substitute(int[] items, long[] times) {
    int[] replaced = items.clone();
    if (items.length > 1) {
      int count = Math.max(1, (int) (rules.substituteRate() * items.length));
      for (int place : byPause(times, count, rules.substituteMode())) {
        replaced[place] = similar.applyAsInt(items[place]);
      }
    }
    return replaced;
  }

  /** {@return {@code count} different places of 0 to n - 1, uniformly} */
  private int[] sample(int n, int count) {
    int[] places = IntStream.range(0, n).toArray();
    for (int i = 0; i < count; i++) {
      swap(places, i, i + below.applyAsInt(n - i));
    }
    return Arrays.copyOf(places, count);
  }

  /**
   * {@return the {@code count} events with the smallest or largest pauses} Among equal ones the
   * smallest begin at the left, the largest at the right.
   */
  private static int[] byPause(long[] times, int count, Prefer prefer) {
    int m = times.length - 1;
    int[] order =
        IntStream.range(0, m)
            .boxed()
            .sorted(Comparator.comparingLong(k -> pause(times, k)))
            .mapToInt(k -> k)
            .toArray();
    int[] chosen = new int[count];
    for (int i = 0; i < count; i++) {
      chosen[i] = order[prefer == Prefer.MAXIMUM ? m - 1 - i : i];
    }
    return chosen;
  }

  /**
   * {@return where the window of {@code size} events begins whose pauses vary least, or most} The
   * time of its last event is left out, as in the code; of equal windows the right-most wins.
   */
  private static int window(long[] times, int events, int size, Prefer prefer) {
    int best = events - size;
    double ofBest = variance(times, best, best + size - 1);
    for (int left = best - 1; left >= 0; left--) {
      double variance = variance(times, left, left + size - 1);
      if (prefer == Prefer.MAXIMUM ? variance > ofBest : variance < ofBest) {
        best = left;
        ofBest = variance;
      }
    }
    return best;
  }

  /** {@return the population variance of the pauses between the times {@code from} to to - 1} */
  static double variance(long[] times, int from, int to) {
    int pauses = to - from - 1;
    if (pauses < 1) {
      return 0;
    }
    long total = 0;
    for (int k = from; k < from + pauses; k++) {
      total += pause(times, k);
    }
    double mean = (double) total / pauses;
    double squares = 0;
    for (int k = from; k < from + pauses; k++) {
      double off = pause(times, k) - mean;
      squares += off * off;
    }
    return squares / pauses;
  }

  private static long pause(long[] times, int k) {
    return Math.abs(times[k + 1] - times[k]);
  }

  private static void swap(int[] values, int i, int j) {
    int kept = values[i];
    values[i] = values[j];
    values[j] = kept;
  }

  // ---- who is left as they are

  /**
   * {@return by user, whether the history is even enough to be left alone: the first {@code share}
   * of users in the order of the variance of their pauses} Events at one time count once. Users
   * with fewer than two events train nothing and do not count.
   *
   * @param asReleased take the code's list instead: it reads the numbers of those users, from 1, as
   *     places in the order, from 0
   */
  static boolean[] even(Histories histories, double share, boolean asReleased) {
    double[] variances = new double[histories.users()];
    for (int u = 0; u < variances.length; u++) {
      long[] distinct =
          Arrays.stream(histories.times(), histories.starts()[u], histories.starts()[u + 1])
              .distinct()
              .toArray();
      variances[u] = variance(distinct, 0, distinct.length);
    }
    int[] order =
        IntStream.range(0, variances.length)
            .filter(u -> histories.length(u) > 1)
            .boxed()
            .sorted(Comparator.comparingDouble(u -> variances[u])) // stable
            .mapToInt(u -> u)
            .toArray();
    boolean[] even = new boolean[histories.users()];
    for (int i = 0; i < (int) (share * order.length); i++) {
      int place = asReleased ? order[i] + 1 : i;
      if (place < order.length) {
        even[order[place]] = true;
      }
    }
    return even;
  }
}
