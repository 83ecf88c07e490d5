package dev.horae.data;

import java.util.Locale;

/** Lengths of arrays: counts are longs where they may grow, and an array ends at two billion. */
public final class Sizes {

  /** An array holds no more. */
  public static final int MOST = Integer.MAX_VALUE - 8;

  private Sizes() {}

  /**
   * {@return a count as the length of an array}
   *
   * @param place what has so many, such as a file
   * @param what is counted, in the plural
   * @param repair what to do about it
   * @throws DataException when no array is that long
   */
  public static int of(String place, long count, String what, String repair) {
    if (count > MOST) {
      throw new DataException(
          String.format(
              Locale.ROOT,
              "%s: %,d %s are more than the %,d that can be used; %s",
              place,
              count,
              what,
              MOST,
              repair));
    }
    return (int) count;
  }

  /** As {@link #of}, of {@code a} rows with {@code b} each. */
  public static int of(String place, long a, long b, String what, String repair) {
    return of(place, Math.multiplyExact(a, b), what, repair);
  }
}
