package dev.horae.http;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Moments of requests and answers: RFC 3339, or seconds since 1970-01-01 UTC. */
public final class Times {

  static final long EARLIEST = -62_135_596_800L; // 0001-01-01
  static final long LATEST = 99_999_999_999L; // as milliseconds, March 1973

  /** 9999-12-31T23:59:59Z: what lies later in UTC has no text of four digits. */
  private static final long LAST_WRITTEN = 253_402_300_799L;

  private static final String REPAIR =
      "give RFC 3339 such as 2026-11-29T18:05:00Z, or seconds since 1970";
  private static final Pattern RFC_3339 =
      Pattern.compile(
          "([0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2})(?:\\.[0-9]+)?"
              + "([Zz]|[+-][0-9]{2}:[0-9]{2})");
  private static final Pattern NUMBER = Pattern.compile("-?[0-9]{1,20}(?:\\.[0-9]{1,20})?");
  private static final int LONGEST = 64;

  private Times() {}

  /** {@return a moment in an answer, such as 2026-11-29T18:05:00Z} */
  public static String text(long seconds) {
    return Instant.ofEpochSecond(seconds).toString();
  }

  /** Reads the text of a JSON body; fractions of a second are rounded down. */
  static long rfc3339(String field, String text) {
    Matcher parts = text.length() <= LONGEST ? RFC_3339.matcher(text) : RFC_3339.matcher("");
    if (!parts.matches()) {
      throw refused(field, text);
    }
    try {
      // The fraction cannot change the second.
      long seconds =
          OffsetDateTime.parse(
                  parts.group(1).toUpperCase(Locale.ROOT) + parts.group(2).toUpperCase(Locale.ROOT))
              .toEpochSecond();
      if (seconds >= EARLIEST && seconds <= LAST_WRITTEN) {
        return seconds;
      }
    } catch (DateTimeException e) { // no such day
    }
    throw refused(field, text);
  }

  /** Reads the number of a JSON body; fractions are rounded down. */
  static long seconds(String field, double number) {
    double whole = Math.floor(number);
    if (whole > LATEST) {
      throw Problem.invalid(
              field,
              BigDecimal.valueOf(number).stripTrailingZeros().toPlainString(),
              "lies after the year 5138",
              "give seconds, not milliseconds")
          .exception();
    }
    if (!(whole >= EARLIEST)) {
      throw Problem.invalid(
              field, String.valueOf(number), "lies before the year 1", "give seconds since 1970")
          .exception();
    }
    return (long) whole;
  }

  /** Reads a parameter of a query, which may be either. */
  static long parse(String field, String text) {
    return NUMBER.matcher(text).matches()
        ? seconds(field, Double.parseDouble(text))
        : rfc3339(field, text);
  }

  private static ProblemException refused(String field, String text) {
    return Problem.invalid(field, Checks.printable(text), "is not a moment", REPAIR).exception();
  }
}
