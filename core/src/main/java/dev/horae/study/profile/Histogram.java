package dev.horae.study.profile;

import java.util.Arrays;
import java.util.List;

/**
 * How many things fall into each bin.
 *
 * @param bins what the bins are called, in order
 * @param counts one per bin
 */
record Histogram(List<String> bins, long[] counts) {

  /** {@return one of whole numbers, whose last bin is open} */
  static Histogram of(Bounds bounds) {
    return new Histogram(bounds.names(), new long[bounds.names().size()]);
  }

  /**
   * Bins of whole numbers.
   *
   * @param from the least number of each bin, ascending
   * @param names one per bin
   */
  record Bounds(long[] from, List<String> names) {

    /** {@return bins named by their numbers, such as 5 to 9, and 10 or more} */
    static Bounds of(long... from) {
      String[] names = new String[from.length];
      for (int b = 0; b < from.length; b++) {
        names[b] =
            b == from.length - 1
                ? from[b] + "+"
                : from[b + 1] - from[b] == 1
                    ? Long.toString(from[b])
                    : from[b] + "–" + (from[b + 1] - 1);
      }
      return new Bounds(from, List.of(names));
    }

    /** {@return the bin of a number that is at least the first bound} */
    int bin(long value) {
      int at = Arrays.binarySearch(from, value);
      return at < 0 ? -at - 2 : at;
    }
  }

  long total() {
    return Arrays.stream(counts).sum();
  }

  /** {@return the part of all that lies in a bin; 0 where there is nothing} */
  double share(int bin) {
    long total = total();
    return total == 0 ? 0 : counts[bin] / (double) total;
  }

  /** {@return the fullest bin, the first of equal ones} */
  int fullest() {
    int fullest = 0;
    for (int b = 1; b < counts.length; b++) {
      fullest = counts[b] > counts[fullest] ? b : fullest;
    }
    return fullest;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Histogram histogram
        && bins.equals(histogram.bins)
        && Arrays.equals(counts, histogram.counts);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(counts);
  }
}
