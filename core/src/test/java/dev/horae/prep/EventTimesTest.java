package dev.horae.prep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.data.DataException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EventTimesTest {

  private static final Instant NOW = Instant.parse("2024-06-01T12:00:00Z");
  private static final String FILE = "e.csv";

  @Test
  void theFullTimeIsKept() {
    EventTimes times = times();
    times.begin(FILE);
    assertThat(times.read(2, "1400432000.25")).isNull();
    assertThat(times.nanos()).isEqualTo(1_400_432_000_250_000_000L);
    assertThat(times.read(3, "1400432000123456789")).isNull();
    assertThat(times.nanos()).isEqualTo(1_400_432_000_123_456_789L);
    assertThat(times.read(4, "1678-01-01")).isNull();
    assertThat(times.read(5, "2261-12-31 23:59:59.999999999")).isNull();
    assertThat(times.read(6, "1677-01-01")).isEqualTo("time out of range");
    assertThat(times.read(7, "9999-12-31")).isEqualTo("time out of range");
    assertThat(times.read(8, "01.02.2024 10:00")).isEqualTo("unreadable time");
    assertThat(times.read(9, null)).isEqualTo("time is missing");
    assertThat(times.read(10, "NaT")).isEqualTo("time is missing");
  }

  @Test
  void whatIsWrittenAsMissingIsNoTime() {
    EventTimes times = times();
    times.begin(FILE);
    times.read(2, "None");
    times.read(3, null);
    assertThat(times.timed()).isFalse();
    assertThat(times.format(0)).isEqualTo("none");
    times.read(4, "soon");
    assertThat(times.timed()).isTrue();
    assertThat(times.format(0)).isEqualTo("unreadable");
  }

  /** What has no offset may be the time of some place, and is read as UTC. */
  @Test
  void timesWithAndWithoutAnOffsetAreWarnedAbout() {
    assertThat(warnings("2014-05-18 10:00", "2024-06-02T11:59:59Z"))
        .containsExactly(
            "e.csv: writes times in several ways, each read as what it is: 1 x ISO dates without an"
                + " offset (UTC), 1 x ISO dates with an offset");
  }

  @Test
  void plausibleTimesAreNotWarnedAbout() {
    assertThat(warnings("1990-01-01", "2014-05-18", "2024-06-02T11:59:59")).isEmpty();
    assertThat(warnings("1990-01-01T00:00-01:00", "2024-06-02T11:59:59Z")).isEmpty();
  }

  @Test
  void unitsAreToldByValueAndMixturesSaid() {
    EventTimes times = read("1400432000000", "1400432000", "1400432001000", "20140518");
    assertThat(times.format(0))
        .isEqualTo("2 x epoch milliseconds, 1 x epoch seconds, 1 x dates in digits");
    assertThat(times.warnings())
        .containsExactly(
            "e.csv: writes times in several ways, each read as what it is: 2 x epoch milliseconds,"
                + " 1 x epoch seconds, 1 x dates in digits");
  }

  @Test
  void zeroAndMinusOneMayBeMissingTimes() {
    assertThat(warnings("1400432000", "0", "1400432001", "-1", "1400432002", "1400432003"))
        .containsExactly(
            "2 events have the time 0 or -1 (1970), all others lie in 2014; are they missing? The"
                + " first is e.csv:3");
    assertThat(warnings("2013-01-01", "1400432001", "1970-01-01"))
        .contains(
            "1 event has the time 0 or -1 (1970), all others lie in 2013 to 2014; are they missing?"
                + " The first is e.csv:4");
  }

  @Test
  void ticksOfDotNetAreWarnedAbout() {
    assertThat(warnings("635358560000000000", "635358561000000000", "1400432000123456789"))
        .containsExactly(
            "e.csv: 2 times such as 635358560000000000 in line 2 are read as nanoseconds, those of"
                + " 1990-02-18: if they are ticks of .NET, write (ticks - 621355968000000000) /"
                + " 10000000, which are epoch seconds");
    assertThat(warnings("635358560000000000", "1400432000123456789", "1400432000123456789"))
        .isEmpty();
  }

  @Test
  void implausibleYearsAreWarnedAbout() {
    assertThat(warnings("1400432000", "1989-12-31", "1400432", "1400432000", "1400432000"))
        .contains(
            "2 events lie before 1990; is that right? The first is e.csv:3: 1989-12-31"
                + " (1989-12-31)");
    assertThat(warnings("1400432000", "2024-06-02T12:00:01Z", "2024-06-02T12:00:00Z"))
        .contains(
            "1 event lies after tomorrow; is that right? The first is e.csv:3:"
                + " 2024-06-02T12:00:01Z (2024-06-02)");
  }

  @Test
  void aNamedColumnOfSmallNumbersIsRefused() {
    EventTimes times = new EventTimes(sources(Map.of(Column.TIME, List.of("qty"))), NOW);
    times.begin(FILE);
    times.read(2, "3");
    times.read(3, "1");
    times.read(4, "1400432000");
    assertThatThrownBy(times::end)
        .isInstanceOf(DataException.class)
        .hasMessage(
            "e.csv: column qty holds no times: 2 of 3 values are numbers as small as 3 in line 2,"
                + " as epoch seconds a time of 1970-01-01; name the column of the times with"
                + " ``column`` time=NAME, or, where there is none, sort the lines by time and leave"
                + " ``column`` time out: without times the order of the input counts");
  }

  @Test
  void smallNumbersInAColumnOfTheUsualNameOrderTheEvents() {
    assertThat(warnings("3", "1", "0"))
        .containsExactly(
            "e.csv: column timestamp or time holds no times: 3 of 3 values are numbers as small as"
                + " 3 in line 2, as epoch seconds a time of 1970-01-01; they order the events, but"
                + " intervals and days mean nothing: give epoch seconds or dates");
  }

  @Test
  void refusedTimesAreExplained() {
    assertThat(EventTimes.hint("user is missing")).isEmpty();
    assertThat(EventTimes.hint("1 x unreadable time, 2 x time out of range"))
        .isEqualTo(
            "; times may be epoch seconds, milliseconds, microseconds or nanoseconds, YYYYMMDD,"
                + " YYYYMMDDHHMM, YYYYMMDDHHMMSS, or ISO such as 2014-07-23 or"
                + " 2014-07-23T18:30:00.5+02:00; times may lie in 1678 to 2261");
  }

  private static List<String> warnings(String... texts) {
    return read(texts).warnings();
  }

  private static EventTimes read(String... texts) {
    EventTimes times = times();
    times.begin(FILE);
    for (int i = 0; i < texts.length; i++) {
      assertThat(times.read(i + 2, texts[i])).isNull();
    }
    times.end();
    return times;
  }

  private static EventTimes times() {
    return new EventTimes(sources(Map.of()), NOW);
  }

  private static PrepareOptions.Sources sources(Map<Column, List<String>> columns) {
    return new PrepareOptions.Sources(
        Format.CSV, List.of(Path.of(FILE)), List.of(), Optional.empty(), columns, List.of());
  }
}
