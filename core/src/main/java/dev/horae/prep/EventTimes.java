package dev.horae.prep;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.horae.data.DataException;
import dev.horae.data.Moment;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads the times of all events, and knows afterwards whether they can be believed. */
final class EventTimes {

  static final String MISSING = "time is missing";
  static final String UNREADABLE = "unreadable time";
  static final String OUT_OF_RANGE = "time out of range";

  private static final long NANOS = 1_000_000_000L;

  /** What a long of nanoseconds spans, in seconds: the years 1678 to 2261 are whole. */
  private static final long LAST = Long.MAX_VALUE / NANOS - 1;

  /** As epoch seconds March 1973. Smaller numbers count or measure something else. */
  private static final long SMALL = 100_000_000;

  private static final long YEAR_1990 = 631_152_000;

  /** What .NET counts, ten million a second since the year 1, is here nanoseconds of 1990. */
  private static final long TICKS_1965 = 620_000_000;

  private static final long TICKS_2060 = 650_000_000;

  private final String column;
  private final boolean named;
  private final long tomorrow;
  private final List<OfFile> files = new ArrayList<>();
  private long nanos;

  /**
   * @param now later than tomorrow is implausible
   */
  EventTimes(PrepareOptions.Sources sources, Instant now) {
    column = String.join(" or ", sources.names(Column.TIME));
    named = sources.columns().containsKey(Column.TIME);
    tomorrow = now.plus(1, ChronoUnit.DAYS).getEpochSecond();
  }

  /** What follows is of this file. */
  void begin(String file) {
    files.add(new OfFile(file));
  }

  /** A file whose times were read by other such times. */
  void add(OfFile file) {
    files.add(file);
  }

  /** {@return what the times of the last file were} */
  OfFile last() {
    return files.get(files.size() - 1);
  }

  /**
   * Reads one row's time, which {@link #nanos} then has.
   *
   * @param text null when there is none
   * @return why it cannot be used; null when it can
   */
  @Nullable String read(long line, @Nullable String text) {
    nanos = 0;
    if (text == null || Moment.isMissing(text)) {
      return MISSING;
    }
    OfFile file = last();
    file.written++;
    Moment moment = Moment.parse(text).orElse(null);
    if (moment == null) {
      return UNREADABLE;
    }
    if (moment.seconds() < -LAST || moment.seconds() > LAST) {
      return OUT_OF_RANGE;
    }
    nanos = moment.seconds() * NANOS + moment.nanos();
    count(file, line, text, moment);
    return null;
  }

  /** {@return the time that was read last, nanoseconds since 1970-01-01 UTC} */
  long nanos() {
    return nanos;
  }

  private void count(OfFile file, long line, String text, Moment moment) {
    long seconds = moment.seconds();
    file.forms[moment.form().ordinal()]++;
    if (moment.form() == Moment.Form.SECONDS && Math.abs(seconds) < SMALL) {
      file.small.add(file.name, line, text, seconds);
    }
    if (moment.form() == Moment.Form.NANOSECONDS && seconds >= TICKS_1965 && seconds < TICKS_2060) {
      file.ticks.add(file.name, line, text, seconds);
    }
    if ((seconds == 0 || seconds == -1) && moment.nanos() == 0) {
      file.zero.add(file.name, line, text, seconds);
      return;
    }
    file.first = Math.min(file.first, seconds);
    file.last = Math.max(file.last, seconds);
    if (seconds < YEAR_1990) {
      file.early.add(file.name, line, text, seconds);
    } else if (seconds > tomorrow) {
      file.late.add(file.name, line, text, seconds);
    }
  }

  /**
   * Ends a file.
   *
   * @throws DataException when the user named a column of which most values cannot be times. In a
   *     column that is called a time they may count the events, which orders them too.
   */
  void end() {
    OfFile file = last();
    if (named && file.mostlySmall()) {
      throw new DataException(
          file.small(column)
              + "; name the column of the times with ``column`` time=NAME, or, where there is none,"
              + " sort the lines by time and leave ``column`` time out: without times the order of"
              + " the input counts");
    }
  }

  /** {@return whether any event has something written as its time} */
  boolean timed() {
    return files.stream().anyMatch(OfFile::written);
  }

  /**
   * {@return what to know of rows that were refused for such a reason, after "; "; or nothing}
   *
   * @param reasons one, or a text that names several
   */
  static String hint(String reasons) {
    String hint = reasons.contains(UNREADABLE) ? "; times may be " + Moment.FORMS : "";
    return reasons.contains(OUT_OF_RANGE) ? hint + "; times may lie in 1678 to 2261" : hint;
  }

  /** {@return how the n-th file writes times, such as {@code epoch seconds}} */
  String format(int n) {
    OfFile file = files.get(n);
    return file.written == 0 ? "none" : file.kinds() == 0 ? "unreadable" : file.forms();
  }

  /** {@return what a reader should know before believing the times, a sentence each} */
  List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    Odd zero = new Odd();
    Odd early = new Odd();
    Odd late = new Odd();
    long first = Long.MAX_VALUE; // of the times that are neither 0 nor -1
    long last = Long.MIN_VALUE;
    for (OfFile file : files) {
      if (file.mostlySmall()) {
        warnings.add(
            file.small(column)
                + "; they order the events, but intervals and days mean nothing: give epoch seconds"
                + " or dates");
        continue;
      }
      if (file.kinds() > 1) {
        warnings.add(
            file.name + ": writes times in several ways, each read as what it is: " + file.forms());
      }
      if (2 * file.ticks.count > file.forms[Moment.Form.NANOSECONDS.ordinal()]) {
        warnings.add(file.ticks());
      }
      zero.add(file.zero);
      early.add(file.early);
      late.add(file.late);
      first = Math.min(first, file.first);
      last = Math.max(last, file.last);
    }
    if (zero.count > 0) {
      warnings.add(
          zero.said("has the time 0 or -1 (1970)", "have the time 0 or -1 (1970)")
              + others(first, last)
              + "; are they missing? The first is "
              + zero.place());
    }
    if (early.count > 0) {
      warnings.add(early.said("lies before 1990", "lie before 1990") + early.example());
    }
    if (late.count > 0) {
      warnings.add(late.said("lies after tomorrow", "lie after tomorrow") + late.example());
    }
    return warnings;
  }

  private static String others(long first, long last) {
    if (first > last) {
      return "";
    }
    int from = year(first);
    int to = year(last);
    return ", all others lie in " + (from == to ? from : from + " to " + to);
  }

  private static int year(long seconds) {
    return Instant.ofEpochSecond(seconds).atOffset(ZoneOffset.UTC).getYear();
  }

  /** The times of one file. Its fields are what a file of JSON keeps of it. */
  @JsonAutoDetect(fieldVisibility = Visibility.ANY)
  static final class OfFile {
    private final String name;
    private final long[] forms = new long[Moment.Form.values().length];
    private final Odd small = new Odd();
    private final Odd ticks = new Odd();
    private final Odd zero = new Odd();
    private final Odd early = new Odd();
    private final Odd late = new Odd();
    private long written;
    private long first = Long.MAX_VALUE;
    private long last = Long.MIN_VALUE;

    @JsonCreator
    OfFile(@JsonProperty("name") String name) {
      this.name = name;
    }

    /** Whether anything is written as a time. */
    boolean written() {
      return written > 0;
    }

    /** Whether another day would say the same of these times. */
    boolean standsForEver() {
      return late.count == 0;
    }

    boolean mostlySmall() {
      return 2 * small.count > Arrays.stream(forms).sum();
    }

    String small(String column) {
      return String.format(
          Locale.ROOT,
          "%s: column %s holds no times: %,d of %,d values are numbers as small as %s in line %d,"
              + " as epoch seconds a time of %s",
          name,
          column,
          small.count,
          Arrays.stream(forms).sum(),
          small.first().text,
          small.first().line,
          Moment.day(small.first().seconds));
    }

    String ticks() {
      return String.format(
          Locale.ROOT,
          "%s: %,d times such as %s in line %d are read as nanoseconds, those of %s: if they are"
              + " ticks of .NET, write (ticks - 621355968000000000) / 10000000, which are epoch"
              + " seconds",
          name,
          ticks.count,
          ticks.first().text,
          ticks.first().line,
          Moment.day(ticks.first().seconds));
    }

    long kinds() {
      return Arrays.stream(forms).filter(count -> count > 0).count();
    }

    /** {@return how often each form occurs, the most frequent first} */
    String forms() {
      return Arrays.stream(Moment.Form.values())
          .filter(form -> forms[form.ordinal()] > 0)
          .sorted(Comparator.comparingLong(form -> -forms[form.ordinal()]))
          .map(
              form ->
                  kinds() == 1
                      ? form.toString()
                      : String.format(Locale.ROOT, "%,d x %s", forms[form.ordinal()], form))
          .collect(Collectors.joining(", "));
    }
  }

  /** How many times are odd in some way, and the first of them. */
  @JsonAutoDetect(fieldVisibility = Visibility.ANY)
  private static final class Odd {
    private long count;
    private @Nullable First first; // null when there are none

    private record First(String file, long line, String text, long seconds) {}

    void add(String file, long line, String text, long seconds) {
      if (first == null) {
        first = new First(file, line, text.strip(), seconds);
      }
      count++;
    }

    void add(Odd others) {
      if (first == null) {
        first = others.first;
      }
      count += others.count;
    }

    First first() {
      return Objects.requireNonNull(first); // nobody asks where there are none
    }

    String said(String one, String many) {
      return String.format(
          Locale.ROOT, "%,d %s", count, count == 1 ? "event " + one : "events " + many);
    }

    String place() {
      return first().file + ":" + first().line;
    }

    String example() {
      return "; is that right? The first is %s: %s (%s)"
          .formatted(place(), first().text, Moment.day(first().seconds));
    }
  }
}
