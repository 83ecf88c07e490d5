package dev.horae.data;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/** Moments as people write them. */
public final class Moment {

  private static final long FIRST_MILLISECONDS = 100_000_000_000L; // as seconds: the year 5138

  private static final Pattern NUMBER = Pattern.compile("-?\\d{1,15}");
  private static final Pattern ZONED = Pattern.compile(".*(Z|[+-]\\d\\d:?\\d\\d)");

  private Moment() {}

  /**
   * Reads epoch seconds, epoch milliseconds, or an ISO date or date-time (UTC unless it says
   * otherwise).
   *
   * @return seconds since 1970-01-01 UTC, or empty when it is none of these
   */
  public static OptionalLong parse(String text) {
    if (NUMBER.matcher(text).matches()) {
      long number = Long.parseLong(text);
      return OptionalLong.of(Math.abs(number) < FIRST_MILLISECONDS ? number : number / 1000);
    }
    try {
      if (text.length() == 10) {
        return OptionalLong.of(LocalDate.parse(text).atStartOfDay().toEpochSecond(ZoneOffset.UTC));
      }
      String iso = text.replace(' ', 'T');
      boolean zoned = ZONED.matcher(iso).matches();
      return OptionalLong.of(
          zoned
              ? OffsetDateTime.parse(iso).toEpochSecond()
              : LocalDateTime.parse(iso).toEpochSecond(ZoneOffset.UTC));
    } catch (DateTimeException e) {
      return OptionalLong.empty();
    }
  }

  /** {@return the day of a moment, such as 2014-07-23} */
  public static String day(long seconds) {
    return Instant.ofEpochSecond(seconds).atZone(ZoneOffset.UTC).toLocalDate().toString();
  }
}
