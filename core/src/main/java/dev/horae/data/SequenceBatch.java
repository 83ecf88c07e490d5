package dev.horae.data;

/**
 * Rows of events, as plain arrays; a row holds one history or several, one behind the other.
 *
 * <p>All arrays are row-major [R, L].
 *
 * @param rows R
 * @param length L
 * @param items dense item index, 1..N; 0 is padding
 * @param positions place of the event in its segment, from 0
 * @param segments which stretch of history the event belongs to, from 1, unique in the batch; 0 is
 *     padding. An event may look at events of its own segment at or before its own position
 * @param times seconds since 1970-01-01 UTC; 0 where padded
 * @param gaps seconds since the previous event of the segment, never negative; 0 at the first
 * @param targets the item that comes next, {@link #UNKNOWN} where that is the question, 0 = none
 * @param histories whose history the event belongs to, from 1; 0 is padding. Several segments may
 *     be windows of one history
 * @param source those histories, whole: event {@code e} of history {@code h} is in {@code
 *     source.starts()[h - 1] + e}, and what comes behind the batch's events is there as well
 */
public record SequenceBatch(
    int rows,
    int length,
    long[] items,
    long[] positions,
    long[] segments,
    long[] times,
    long[] gaps,
    long[] targets,
    long[] histories,
    Histories source) {

  /** The target of an event after which a prediction is wanted but nothing is known. */
  public static final long UNKNOWN = -1;

  /** {@return a batch of padding, to be filled with events of {@code source}} */
  public static SequenceBatch empty(int rows, int length, Histories source) {
    int n =
        Sizes.of(
            "batch",
            rows,
            length,
            "places",
            "lower train.batch_size, or prepare a lower max_length");
    return new SequenceBatch(
        rows,
        length,
        new long[n],
        new long[n],
        new long[n],
        new long[n],
        new long[n],
        new long[n],
        new long[n],
        source);
  }

  /** {@return this batch as one of histories that may go on behind its events} */
  public SequenceBatch of(Histories whole) {
    return new SequenceBatch(
        rows, length, items, positions, segments, times, gaps, targets, histories, whole);
  }

  /** {@return the flat places of the events that have a target, in row-major order, length M} */
  public long[] examples() {
    int count = 0;
    for (long target : targets) {
      count += target != 0 ? 1 : 0;
    }
    long[] places = new long[count];
    int next = 0;
    for (int i = 0; i < targets.length; i++) {
      if (targets[i] != 0) {
        places[next++] = i;
      }
    }
    return places;
  }

  /** {@return the sum of {@link #examplesThatSee}} */
  public double weight() {
    double sum = 0;
    for (float seen : examplesThatSee()) {
      sum += seen;
    }
    return sum;
  }

  /**
   * {@return for each event, how many examples of its segment see it: those at or behind it} In
   * {@code prefix} batching such an event stands in that many rows, so this is the weight that
   * makes a mean over events the same in both batchings. [R, L]
   */
  public float[] examplesThatSee() {
    float[] counts = new float[items.length];
    for (int r = 0; r < rows; r++) {
      float seen = 0;
      for (int i = (r + 1) * length - 1; i >= r * length; i--) {
        boolean lastOfSegment = i == (r + 1) * length - 1 || segments[i] != segments[i + 1];
        seen = (lastOfSegment ? 0 : seen) + (targets[i] != 0 ? 1 : 0);
        counts[i] = segments[i] == 0 ? 0 : seen;
      }
    }
    return counts;
  }
}
