package dev.horae.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MomentTest {

  @ParameterizedTest
  @CsvSource({
    "1390867200, 1390867200, 0, SECONDS",
    "+1390867200, 1390867200, 0, SECONDS",
    "001390867200, 1390867200, 0, SECONDS",
    "1390867200., 1390867200, 0, SECONDS",
    "1390867200.5, 1390867200, 500000000, SECONDS",
    "1390867200.1234567891234, 1390867200, 123456789, SECONDS",
    "1.3908672E9, 1390867200, 0, SECONDS",
    "1.3908672005e+09, 1390867200, 500000000, SECONDS",
    "13908672005e-1, 1390867200, 500000000, SECONDS",
    "99999999999, 99999999999, 0, SECONDS",
    "0, 0, 0, SECONDS",
    "-0.0, 0, 0, SECONDS",
    "-1, -1, 0, SECONDS",
    "-86400.25, -86401, 750000000, SECONDS",
    "1e-300, 0, 0, SECONDS",
    "-1e-300, -1, 999999999, SECONDS",
    "1390867200123, 1390867200, 123000000, MILLISECONDS",
    "1390867200123.5, 1390867200, 123500000, MILLISECONDS",
    "1.390867200123E12, 1390867200, 123000000, MILLISECONDS",
    "-100000000000, -100000000, 0, MILLISECONDS",
    "1390867200123456, 1390867200, 123456000, MICROSECONDS",
    "1390867200123456.7, 1390867200, 123456700, MICROSECONDS",
    "1390867200123456789, 1390867200, 123456789, NANOSECONDS",
    "1390867200123456789.9, 1390867200, 123456789, NANOSECONDS",
    "9999999999999999999, 9999999999, 999999999, NANOSECONDS",
    "1.390867200123456789e18, 1390867200, 123456789, NANOSECONDS",
    "20140128, 1390867200, 0, DIGITS",
    "20140128.0, 1390867200, 0, DIGITS",
    "2.0140128E7, 1390867200, 0, DIGITS",
    "201401280005, 1390867500, 0, DIGITS",
    "20140128000005, 1390867205, 0, DIGITS",
    "20140128000005.0, 1390867205, 0, DIGITS",
    "19000101, -2208988800, 0, DIGITS",
    "21001231, 4133894400, 0, DIGITS",
    "18991231, 18991231, 0, SECONDS",
    "2014-01-28, 1390867200, 0, ISO",
    "2014-1-8, 1389139200, 0, ISO",
    "2014-01-28T00:00:05Z, 1390867205, 0, ISO_WITH_OFFSET",
    "2014-01-28t00:00:05z, 1390867205, 0, ISO_WITH_OFFSET",
    "2014-01-28T02:00:05+02:00, 1390867205, 0, ISO_WITH_OFFSET",
    "2014-01-28T02:00:05+0200, 1390867205, 0, ISO_WITH_OFFSET",
    "2014-01-28 02:00:05+02, 1390867205, 0, ISO_WITH_OFFSET",
    "2014-01-28 02:00:05.25 +02, 1390867205, 250000000, ISO_WITH_OFFSET",
    "2014-01-27T18:30:05-05:30, 1390867205, 0, ISO_WITH_OFFSET",
    "2014-01-28 00:00:05 UTC, 1390867205, 0, ISO_WITH_OFFSET",
    "2014-01-28 00:00:05GMT, 1390867205, 0, ISO_WITH_OFFSET",
    "2014-01-28   00:00:05, 1390867205, 0, ISO",
    "2014-01-28 00:00, 1390867200, 0, ISO",
    "2014-01-28 1:00, 1390870800, 0, ISO",
    "'2014-01-28T00:00:05,5', 1390867205, 500000000, ISO",
    "2014-01-28T00:00:05.1234567899Z, 1390867205, 123456789, ISO_WITH_OFFSET",
    "2016-02-29, 1456704000, 0, ISO",
    "0001-01-01, -62135596800, 0, ISO",
    "9999-12-31 23:59:59, 253402300799, 0, ISO",
  })
  void readsTimesAsPeopleAndProgramsWriteThem(
      String text, long seconds, int nanos, Moment.Form form) {
    Moment moment = new Moment(seconds, nanos, form);
    assertThat(Moment.parse(text)).hasValue(moment);
    assertThat(Moment.parse(" \t" + text + " \r\n")).hasValue(moment);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "   ",
        "yesterday",
        "1390867200 s",
        "1390867200L",
        "0x1F",
        "1_000",
        "1,390,867,200",
        ".",
        "-",
        "e5",
        "1e",
        "1.2.3",
        "--5",
        "inf",
        "Infinity",
        "nan",
        "1e400",
        "1e2147483647",
        "1e99999999999",
        "10000000000000000000",
        "17000000000000000000000",
        "20141328",
        "20140230",
        "20140128.5",
        "201401282400",
        "20140128250000",
        "2014-13-01",
        "2014-00-01",
        "2015-02-29",
        "0000-01-01",
        "2014-01",
        "2014-01-28T25:00:00Z",
        "2014-01-28T00:60",
        "2014-01-28T12",
        "2014-01-28T",
        "2014-01-28 00:00:05.",
        "2014-01-28 00:00:05+19",
        "2014-01-28 00:00:05+2",
        "2014-01-28 00:00:05+02:",
        "2014-01-28 00:00:05 CEST",
        "2014-01-28 00:00:05 Z Z",
        "14-01-28",
        "01.02.2024 10:00",
        "5/1/2014",
        "2014/05/01",
        "Wed Aug 27 13:08:45 +0000 2008",
      })
  void saysWhenItIsNone(String text) {
    assertThat(Moment.parse(text)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "  ", "NaN", "nan", "None", "null", "NULL", " NaT ", "<NA>", "\\N"})
  void knowsHowProgramsWriteThatThereIsNone(String text) {
    assertThat(Moment.isMissing(text)).isTrue();
    assertThat(Moment.parse(text)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "2014-01-28", "soon", "infinity", "null and void"})
  void whatIsWrittenIsNotMissing(String text) {
    assertThat(Moment.isMissing(text)).isFalse();
  }

  /** Against the arithmetic of decimals and the calendar of the JDK. */
  @Test
  void agreesWithTheLibrary() {
    SplittableRandom random = new SplittableRandom(7);
    DateTimeFormatter iso =
        DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSSSSS", Locale.ROOT);
    DateTimeFormatter digits = DateTimeFormatter.ofPattern("uuuuMMddHHmmss", Locale.ROOT);
    for (int i = 0; i < 20_000; i++) {
      long seconds = random.nextLong(631_152_000, 4_000_000_000L); // 1990 to 2096
      int nanos = random.nextInt(1_000_000_000);
      BigDecimal exact = BigDecimal.valueOf(seconds).add(BigDecimal.valueOf(nanos, 9));
      int unit = random.nextInt(4);
      int digitsLeft = random.nextInt(10);
      BigDecimal written = exact.movePointRight(3 * unit).setScale(digitsLeft, RoundingMode.FLOOR);
      BigDecimal back = written.movePointLeft(3 * unit);
      Moment expected =
          new Moment(
              seconds,
              back.remainder(BigDecimal.ONE).movePointRight(9).intValue(),
              Moment.Form.values()[unit]);
      assertThat(Moment.parse(written.toPlainString()))
          .as(written::toPlainString)
          .hasValue(expected);
      String scientific = written.round(new MathContext(40)).toString();
      assertThat(Moment.parse(scientific)).hasValue(expected);

      var there = Instant.ofEpochSecond(seconds, nanos).atOffset(ZoneOffset.UTC);
      assertThat(Moment.parse(there.format(iso)))
          .hasValue(new Moment(seconds, nanos, Moment.Form.ISO));
      ZoneOffset offset = ZoneOffset.ofTotalSeconds(60 * random.nextInt(-1080, 1081));
      assertThat(Moment.parse(there.withOffsetSameInstant(offset).toString()))
          .hasValue(new Moment(seconds, nanos, Moment.Form.ISO_WITH_OFFSET));
      assertThat(Moment.parse(there.format(digits)))
          .hasValue(new Moment(seconds, 0, Moment.Form.DIGITS));
    }
  }

  @Test
  void neverThrows() {
    SplittableRandom random = new SplittableRandom(1);
    String letters = "00123456789-+:TZ. eE";
    for (int i = 0; i < 100_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(30); n > 0; n--) {
        text.append(letters.charAt(random.nextInt(letters.length())));
      }
      Moment.parse(text.toString())
          .ifPresent(moment -> assertThat(moment.nanos()).isBetween(0, 999_999_999));
    }
  }

  @Test
  void writesTheDay() {
    assertThat(Moment.day(1_390_867_205)).isEqualTo("2014-01-28");
  }
}
