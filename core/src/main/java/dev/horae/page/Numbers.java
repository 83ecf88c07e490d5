package dev.horae.page;

import java.util.Locale;

/** Figures as people read them, the same in every locale. */
public final class Numbers {

  private Numbers() {}

  /** {@return such as {@code 1,234}} */
  public static String grouped(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  /** {@return such as {@code 1,234 items}, and {@code 1 item}} */
  public static String count(long value, String what) {
    return grouped(value) + " " + what + (value == 1 ? "" : "s");
  }

  /** {@return such as {@code 0.1235}, of four digits} */
  public static String fixed(double value, int digits) {
    return String.format(Locale.ROOT, "%." + digits + "f", value);
  }

  /** {@return such as {@code +0.12}, of two digits} */
  public static String signed(double value, int digits) {
    return String.format(Locale.ROOT, "%+." + digits + "f", value);
  }

  /** {@return a share in per cent, without the sign: {@code 83.3} of 0.8333} */
  public static String percent(double share) {
    return fixed(100 * share, 1);
  }

  /** {@return {@code 7 s}, {@code 2:05} or {@code 1:02:05}} */
  public static String duration(double seconds) {
    long whole = Math.round(seconds);
    if (whole < 60) {
      return whole + " s";
    }
    long minutes = whole / 60;
    return minutes < 60
        ? String.format(Locale.ROOT, "%d:%02d", minutes, whole % 60)
        : String.format(Locale.ROOT, "%d:%02d:%02d", minutes / 60, minutes % 60, whole % 60);
  }
}
