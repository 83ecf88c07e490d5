package dev.horae.data;

/**
 * A history's own clock, which makes hasty and slow users comparable: it starts at 1 with the first
 * event, and a tick is the smallest pause between neighbouring events that is not 0.
 *
 * <p>The personalised interval of Li et al., "Time Interval Aware Self-Attention for Sequential
 * Recommendation", WSDM 2020, section 3.1, counted as in the authors' preprocessing.
 *
 * @param first when it starts, seconds since 1970-01-01 UTC
 * @param tick in seconds, at least 1
 */
public record Clock(long first, long tick) {

  /**
   * {@return the clock of the events {@code [from, to)}; a second where all are at once}
   *
   * @param times in seconds, never decreasing
   */
  public static Clock of(long[] times, int from, int to) {
    long smallest = Long.MAX_VALUE;
    for (int e = from + 1; e < to; e++) {
      long gap = times[e] - times[e - 1];
      smallest = gap > 0 ? Math.min(smallest, gap) : smallest;
    }
    return new Clock(from < to ? times[from] : 0, smallest == Long.MAX_VALUE ? 1 : smallest);
  }

  /** {@return what the clock shows then, rounded half to even} */
  public long at(long time) {
    return (long) Math.rint((double) (time - first) / tick) + 1;
  }
}
