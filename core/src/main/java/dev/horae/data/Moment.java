package dev.horae.data;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A moment as people and programs write it, to the nanosecond.
 *
 * @param seconds since 1970-01-01 UTC, rounded down
 * @param nanos what is left, 0 to 999,999,999
 * @param form how it was written
 */
public record Moment(long seconds, int nanos, Form form) {

  /** The ways to write a moment. */
  public enum Form {
    SECONDS("epoch seconds"),
    MILLISECONDS("epoch milliseconds"),
    MICROSECONDS("epoch microseconds"),
    NANOSECONDS("epoch nanoseconds"),
    DIGITS("dates in digits"),
    ISO("ISO dates without an offset (UTC)"),
    ISO_WITH_OFFSET("ISO dates with an offset");

    private final String text;

    Form(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** What {@link #parse} reads, in words for messages. */
  public static final String FORMS =
      "epoch seconds, milliseconds, microseconds or nanoseconds, YYYYMMDD, YYYYMMDDHHMM,"
          + " YYYYMMDDHHMMSS, or ISO such as 2014-07-23 or 2014-07-23T18:30:00.5+02:00";

  private static final Set<String> MISSING =
      Set.of("", "nan", "nat", "none", "null", "nil", "na", "n/a", "<na>", "\\n");

  static final long NO_DATE = Long.MIN_VALUE;

  private static final int[] WHOLE_DIGITS = {11, 14, 17, 19}; // at most, of each unit
  private static final int NANO_DIGITS = 9;
  private static final int DOUBLE_DIGITS = 400; // no number of a program is longer
  private static final long[] POWERS = new long[19];

  static {
    POWERS[0] = 1;
    for (int i = 1; i < POWERS.length; i++) {
      POWERS[i] = 10 * POWERS[i - 1];
    }
  }

  /** {@return whether a text, blanks around it aside, is how programs write that there is none} */
  public static boolean isMissing(String text) {
    return text.length() <= 8 && MISSING.contains(text.strip().toLowerCase(Locale.ROOT));
  }

  /**
   * Reads one of {@link #FORMS}; blanks around it do not matter, and what has no offset is UTC.
   *
   * <p>The size of a number tells its unit: up to 11 digits before the point are seconds (to the
   * year 5138), up to 14 milliseconds (from March 1973), up to 17 microseconds, up to 19
   * nanoseconds. 8, 12 or 14 digits that begin with a year from 1900 to 2100 are a date: as a
   * number of seconds or milliseconds they would lie in 1970, in 1976 or in the 26th century.
   *
   * @return empty when it is none of these
   */
  public static Optional<Moment> parse(String text) {
    int from = 0;
    int to = text.length();
    while (from < to && Character.isWhitespace(text.charAt(from))) {
      from++;
    }
    while (from < to && Character.isWhitespace(text.charAt(to - 1))) {
      to--;
    }
    boolean date = to - from > 4 && text.charAt(from + 4) == '-';
    return Optional.ofNullable(date ? IsoText.parse(text, from, to) : number(text, from, to));
  }

  private static @Nullable Moment number(String text, int from, int to) {
    boolean negative = from < to && text.charAt(from) == '-';
    int at = negative || from < to && text.charAt(from) == '+' ? from + 1 : from;
    int first = at;
    long value = 0; // all digits, the point left out
    int digits = 0; // of the value
    int scale = 0; // of these behind the point
    boolean point = false;
    for (; at < to; at++) {
      char c = text.charAt(at);
      if (c >= '0' && c <= '9') {
        if (value > (Long.MAX_VALUE - 9) / 10) {
          return longNumber(text, from, to);
        }
        value = 10 * value + c - '0';
        digits += value > 0 ? 1 : 0;
        scale += point ? 1 : 0;
      } else if (c == '.' && !point) {
        point = true;
      } else {
        return c == 'e' || c == 'E' ? longNumber(text, from, to) : null;
      }
    }
    if (at - first == (point ? 1 : 0)) {
      return null; // no digit at all
    }
    return scale < POWERS.length
        ? number(negative ? -value : value, digits - scale, scale)
        : longNumber(text, from, to);
  }

  /**
   * {@return the moment {@code value} / 10^{@code scale}}
   *
   * @param whole how many digits stand before the point
   */
  private static @Nullable Moment number(long value, int whole, int scale) {
    long one = POWERS[scale];
    if (whole == 8 || whole == 12 || whole == 14) {
      long number = value / one;
      long year = number / POWERS[whole - 4];
      if (year >= 1900 && year <= 2100) {
        return value % one == 0 ? date(number * POWERS[14 - whole]) : null;
      }
    }
    int unit = unit(whole);
    if (unit < 0) {
      return null;
    }
    int power = scale + 3 * unit;
    if (power == 0) {
      return new Moment(value, 0, Form.SECONDS); // most often
    }
    if (power >= POWERS.length) {
      return exact(BigDecimal.valueOf(value, scale), unit);
    }
    long seconds = Math.floorDiv(value, POWERS[power]);
    long rest = Math.floorMod(value, POWERS[power]);
    long nanos =
        power <= NANO_DIGITS
            ? rest * POWERS[NANO_DIGITS - power]
            : rest / POWERS[power - NANO_DIGITS];
    return new Moment(seconds, (int) nanos, Form.values()[unit]);
  }

  /** One with an exponent, or with more digits than a long holds: slower, and as exact. */
  private static @Nullable Moment longNumber(String text, int from, int to) {
    if (to - from > DOUBLE_DIGITS) {
      return null;
    }
    BigDecimal number;
    try {
      number = new BigDecimal(text.substring(from, to)).stripTrailingZeros();
    } catch (NumberFormatException e) {
      return null;
    }
    long digits = (long) number.precision() - number.scale();
    if (digits > WHOLE_DIGITS[3]) {
      return null;
    }
    int whole = (int) Math.max(digits, -WHOLE_DIGITS[3]);
    if (whole < -NANO_DIGITS) {
      return number(number.signum() < 0 ? -1 : 0, 0, POWERS.length - 1); // not worth more digits
    }
    if (number.scale() <= 0 && whole < WHOLE_DIGITS[3]) {
      return number(number.longValueExact(), whole, 0);
    }
    return number.scale() >= 0
            && number.scale() < POWERS.length
            && number.precision() < POWERS.length
        ? number(number.unscaledValue().longValueExact(), whole, number.scale())
        : exact(number, unit(whole));
  }

  private static Moment exact(BigDecimal number, int unit) {
    BigDecimal value = number.movePointLeft(3 * unit);
    BigDecimal seconds = value.setScale(0, RoundingMode.FLOOR);
    BigDecimal nanos = value.subtract(seconds).movePointRight(NANO_DIGITS);
    return new Moment(seconds.longValueExact(), nanos.intValue(), Form.values()[unit]);
  }

  /** {@return 0 for seconds, 1 for milliseconds and so on; -1 when it is too large for any} */
  private static int unit(int whole) {
    for (int unit = 0; unit < WHOLE_DIGITS.length; unit++) {
      if (whole <= WHOLE_DIGITS[unit]) {
        return unit;
      }
    }
    return -1;
  }

  /**
   * @param digits YYYYMMDDHHMMSS
   */
  private static @Nullable Moment date(long digits) {
    long day = digits / POWERS[6];
    int time = (int) (digits % POWERS[6]);
    long seconds =
        seconds(
            (int) (day / POWERS[4]),
            (int) (day / 100 % 100),
            (int) (day % 100),
            time / 10_000,
            time / 100 % 100,
            time % 100);
    return seconds == NO_DATE ? null : new Moment(seconds, 0, Form.DIGITS);
  }

  /**
   * {@return seconds since 1970-01-01 UTC, {@link #NO_DATE} for a 30th of February and the like}
   */
  static long seconds(int year, int month, int day, int hour, int minute, int second) {
    boolean known =
        year > 0
            && month >= 1
            && month <= 12
            && day >= 1
            && (day <= 28 || day <= YearMonth.of(year, month).lengthOfMonth())
            && hour < 24
            && minute < 60
            && second < 60;
    return known
        ? LocalDate.of(year, month, day).toEpochDay() * 86_400
            + hour * 3600L
            + minute * 60L
            + second
        : NO_DATE;
  }

  /** {@return a moment as {@link #parse} reads it: 2014-07-23, or 2014-07-23T18:30:00Z} */
  public static String text(long seconds) {
    return Math.floorMod(seconds, 86_400) == 0
        ? day(seconds)
        : Instant.ofEpochSecond(seconds).toString();
  }

  /** {@return the day of a moment, such as 2014-07-23} */
  public static String day(long seconds) {
    return Instant.ofEpochSecond(seconds).atZone(ZoneOffset.UTC).toLocalDate().toString();
  }
}
