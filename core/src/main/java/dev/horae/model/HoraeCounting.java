package dev.horae.model;

import java.util.stream.IntStream;

/**
 * The rules by which {@link Horae} counts what users took, for whoever counts: the model itself,
 * row by row as it is asked, and engines that make whole tables.
 */
public final class HoraeCounting {

  /** Steps from an event to the last that followed it. */
  public static final int REACH = 10;

  static final int LONGEST = 200; // newest different items of a user that are paired
  private static final int ROW = 300; // most items kept of a row
  private static final int TABLE = 1 << 27; // most values of a table, 1 GB with their items
  private static final double LEAST = 1e-9; // of what is divided by
  private static final double[] WEEKS = {26, 104}; // over which an event counts 1/e
  private static final double MOST = 700; // e to this is finite

  /** Over how many stretches of time an item is called alive: half a year, and two years. */
  public static final int WIDTHS = WEEKS.length;

  private HoraeCounting() {}

  /**
   * {@return what one event counts that followed another}
   *
   * @param steps from the one to the other, 1 to {@link #REACH}
   */
  public static double near(int steps) {
    return 1.0 / steps;
  }

  /**
   * {@return what sums of {@link #near} are multiplied by to add up to 1}
   *
   * @param total of all items that followed one
   */
  public static float inverseTotal(double total) {
    return (float) (1 / Math.max(LEAST, total));
  }

  /**
   * {@return the different items of a user that are paired with each other, the newest first}
   *
   * @param taken all items of the user, oldest first
   */
  public static int[] newest(int[] taken) {
    return IntStream.range(0, taken.length)
        .map(e -> taken[taken.length - 1 - e])
        .distinct()
        .limit(LONGEST)
        .toArray();
  }

  /**
   * {@return what a user counts who took both items of a pair}
   *
   * @param different how many {@link #newest} items there are of the user
   */
  public static float worth(int different) {
    return (float) (1 / Math.sqrt(different + 1.0));
  }

  /**
   * {@return the factor of an item which, with that of the other, makes the sum over the users who
   * took both a cosine}
   *
   * @param squares the sum of what the users of the item are worth
   */
  public static float inverseNorm(double squares) {
    return (float) (1 / Math.sqrt(Math.max(LEAST, squares)));
  }

  /**
   * {@return how many items are kept of a row of a table}
   *
   * @param items N
   */
  public static int kept(int items) {
    return kept(ROW, items + 1);
  }

  static int kept(int most, int rows) {
    return Math.min(most, Math.max(1, TABLE / rows));
  }

  /**
   * {@return a number by which items of a row are chosen, the greatest first: by value, equal ones
   * by index, lowest first}
   *
   * @param value not negative
   */
  public static long order(float value, int item) {
    return ((long) Float.floatToRawIntBits(value) << 32) | (~item & 0xFFFFFFFFL);
  }

  /**
   * {@return what an event counts of how alive its item is; more than 1 for what is to come}
   *
   * @param width 0 for half a year, 1 for two years
   * @param seconds since the event
   */
  public static double fading(int width, long seconds) {
    return Math.exp(Math.min(MOST, -seconds / (WEEKS[width] * 7 * HoraeTrend.DAY)));
  }

  /** {@return the beginning of the day after a time, in seconds since 1970-01-01 UTC} */
  public static long dayAfter(long time) {
    return (HoraeTrend.day(time) + 1) * HoraeTrend.DAY;
  }
}
