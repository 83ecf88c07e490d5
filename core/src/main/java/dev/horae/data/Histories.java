package dev.horae.data;

import java.util.SplittableRandom;

/**
 * Every user's events, oldest first; user {@code u} (0-based) owns {@code [starts[u], starts[u +
 * 1])}. Ties in time keep the order of the input.
 *
 * @param starts users + 1 offsets
 * @param items dense item index per event, 1..N
 * @param times seconds since 1970-01-01 UTC per event, never decreasing within a user
 */
public record Histories(int[] starts, int[] items, long[] times) {

  /** An array holds no more. */
  public static final int MOST_EVENTS = Sizes.MOST;

  public Histories {
    if (starts.length == 0 || starts[starts.length - 1] != items.length) {
      throw new IllegalArgumentException("the last start must equal the number of events");
    }
    if (items.length != times.length) {
      throw new IllegalArgumentException(items.length + " items but " + times.length + " times");
    }
  }

  public int users() {
    return starts.length - 1;
  }

  public int events() {
    return items.length;
  }

  /** {@return how many events user {@code u} has} */
  public int length(int u) {
    return starts[u + 1] - starts[u];
  }

  /** {@return the events that have the same time as the one before of their user} */
  public int tied() {
    int tied = 0;
    for (int u = 0; u < users(); u++) {
      for (int e = starts[u] + 1; e < starts[u + 1]; e++) {
        tied += times[e] == times[e - 1] ? 1 : 0;
      }
    }
    return tied;
  }

  /**
   * {@return the same events, where those of one user and one time stand in an order drawn anew} As
   * {@code prepare --ties random} does, but for times that differ within a second, which are equal
   * here.
   *
   * @param seed the same seed draws the same order
   */
  public Histories withTiesShuffled(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int[] shuffled = items.clone();
    for (int u = 0; u < users(); u++) {
      int first = starts[u]; // of those of one time
      for (int e = starts[u] + 1; e < starts[u + 1]; e++) {
        first = times[e] == times[e - 1] ? first : e;
        int other = first + random.nextInt(e - first + 1); // Fisher and Yates, inside out
        shuffled[e] = shuffled[other];
        shuffled[other] = items[e];
      }
    }
    return new Histories(starts, shuffled, times);
  }

  /**
   * {@return the history of one user as a whole, and, where it has several events, with one event
   * less each, the oldest first}
   */
  public Histories leaveOneOut() {
    int events = events();
    int variants = events > 1 ? events + 1 : 1;
    int[] begins = new int[variants + 1];
    int left =
        Sizes.of(
            "history",
            events,
            Math.max(1, events),
            "events of its variants",
            "give its latest events");
    int[] itemsLeft = new int[left];
    long[] timesLeft = new long[itemsLeft.length];
    for (int v = 0; v < variants; v++) {
      int at = begins[v];
      for (int e = 0; e < events; e++) {
        if (e != v - 1) {
          itemsLeft[at] = items[e];
          timesLeft[at++] = times[e];
        }
      }
      begins[v + 1] = at;
    }
    return new Histories(begins, itemsLeft, timesLeft);
  }
}
