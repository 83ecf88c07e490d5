package dev.horae.model;

import dev.horae.data.Histories;
import dev.horae.data.SequenceBatch;

/**
 * Time that makes hasty and slow users comparable: counted from 1 at the first event, in units of
 * the shortest pause between neighbouring events that is not 0.
 *
 * <p>The personalised interval of Li et al., "Time Interval Aware Self-Attention for Sequential
 * Recommendation", WSDM 2020, section 3.1, counted as in the authors' preprocessing.
 *
 * @param first time of the first event, seconds since 1970-01-01 UTC
 * @param unit in seconds, at least 1
 */
record PersonalisedTime(long first, long unit) {

  /**
   * {@return that of the events {@code [from, to)}; the unit is a second where all are at once}
   *
   * @param times in seconds, never decreasing
   */
  static PersonalisedTime of(long[] times, int from, int to) {
    long shortest = Long.MAX_VALUE;
    for (int e = from + 1; e < to; e++) {
      long pause = times[e] - times[e - 1];
      shortest = pause > 0 ? Math.min(shortest, pause) : shortest;
    }
    return new PersonalisedTime(times[from], shortest == Long.MAX_VALUE ? 1 : shortest);
  }

  /**
   * {@return when each event of a batch was in its whole history, later events included, [R, L]}
   */
  static long[] ofHistories(SequenceBatch batch) {
    Histories source = batch.source();
    return each(
        batch,
        (from, to) -> {
          int history = (int) batch.histories()[from] - 1;
          return of(source.times(), source.starts()[history], source.starts()[history + 1]);
        });
  }

  /** {@return when each event of a batch was in its segment, [R, L]; 0 where padded} */
  static long[] ofWindows(SequenceBatch batch) {
    return each(batch, (from, to) -> of(batch.times(), from, to));
  }

  /** By whose time the segment in {@code [from, to)} of a batch is counted. */
  private interface Counting {
    PersonalisedTime of(int from, int to);
  }

  private static long[] each(SequenceBatch batch, Counting counting) {
    long[] counted = new long[batch.times().length];
    int to;
    for (int from = 0; from < counted.length; from = to) {
      to = from + 1;
      while (to < counted.length && batch.segments()[to] == batch.segments()[from]) {
        to++;
      }
      if (batch.segments()[from] != 0) {
        PersonalisedTime time = counting.of(from, to);
        for (int i = from; i < to; i++) {
          counted[i] = time.at(batch.times()[i]);
        }
      }
    }
    return counted;
  }

  /** {@return the time then, rounded half to even} */
  long at(long seconds) {
    return (long) Math.rint((double) (seconds - first) / unit) + 1;
  }
}
