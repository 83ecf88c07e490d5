package dev.horae.data;

import org.jspecify.annotations.Nullable;

/**
 * Reads ISO dates and date-times, with a T or blanks between the two and any common way to write
 * the offset: {@code Z}, {@code UTC}, {@code GMT}, {@code +02}, {@code +0200}, {@code +02:00}. By
 * hand, because it runs once per event.
 */
final class IsoText {

  private final String text;
  private final int to;
  private int at;

  private IsoText(String text, int from, int to) {
    this.text = text;
    this.at = from;
    this.to = to;
  }

  /** {@return the moment that {@code [from, to)} says, null when it says none} */
  static @Nullable Moment parse(String text, int from, int to) {
    return new IsoText(text, from, to).parse();
  }

  private @Nullable Moment parse() {
    int year = number(4, 4);
    int month = skipped("-") ? number(1, 2) : -1;
    int day = skipped("-") ? number(1, 2) : -1;
    int hour = 0;
    int minute = 0;
    int second = 0;
    int nanos = 0;
    if (skipped("T") || blanks() && digit(at)) {
      hour = number(1, 2);
      minute = skipped(":") ? number(2, 2) : -1;
      if (skipped(":")) {
        second = number(2, 2);
        nanos = skipped(".") || skipped(",") ? fraction() : 0;
      }
      blanks();
    }
    if (year < 0 || month < 0 || day < 0 || hour < 0 || minute < 0 || second < 0 || nanos < 0) {
      return null;
    }
    boolean local = at == to;
    int offset = offset();
    long seconds = Moment.seconds(year, month, day, hour, minute, second);
    return at == to && seconds != Moment.NO_DATE && offset != NONE
        ? new Moment(seconds - offset, nanos, local ? Moment.Form.ISO : Moment.Form.ISO_WITH_OFFSET)
        : null;
  }

  private static final int NONE = Integer.MIN_VALUE;

  /** {@return seconds east of UTC, {@link #NONE} when it is written wrongly} */
  private int offset() {
    if (at == to || skipped("Z") || skipped("UTC") || skipped("GMT")) {
      return 0;
    }
    boolean west = skipped("-");
    if (!west && !skipped("+")) {
      return NONE;
    }
    int hours = number(2, 2);
    int minutes = skipped(":") || at < to ? number(2, 2) : 0;
    int offset = hours * 3600 + minutes * 60;
    return hours < 0 || hours > 18 || minutes < 0 || minutes > 59 ? NONE : west ? -offset : offset;
  }

  private int fraction() {
    int nanos = 0;
    int digits = 0;
    for (; digit(at); at++) {
      nanos = digits < 9 ? 10 * nanos + text.charAt(at) - '0' : nanos;
      digits++;
    }
    for (int more = digits; more < 9; more++) {
      nanos *= 10;
    }
    return digits == 0 ? -1 : nanos;
  }

  /** {@return the number of so many digits that stands here, -1 when there is none} */
  private int number(int least, int most) {
    int start = at;
    int number = 0;
    while (at - start < most && digit(at)) {
      number = 10 * number + text.charAt(at++) - '0';
    }
    return at - start < least ? -1 : number;
  }

  private boolean digit(int i) {
    return i < to && text.charAt(i) >= '0' && text.charAt(i) <= '9';
  }

  private boolean skipped(String word) {
    boolean here = at + word.length() <= to && text.regionMatches(true, at, word, 0, word.length());
    at += here ? word.length() : 0;
    return here;
  }

  private boolean blanks() {
    int start = at;
    while (at < to && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
    return at > start;
  }
}
