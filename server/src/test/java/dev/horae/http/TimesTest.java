package dev.horae.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimesTest {

  @ParameterizedTest
  @CsvSource({
    "1970-01-01T00:00:00Z, 0",
    "2026-11-29T18:05:00Z, 1795975500",
    "2026-11-29t18:05:00z, 1795975500",
    "2026-11-29T18:05:00.999999999999Z, 1795975500",
    "2026-11-29T20:05:00+02:00, 1795975500",
    "1969-12-31T23:59:59.5Z, -1",
    "1795975500, 1795975500",
    "1795975500.9, 1795975500",
    "-0.5, -1",
    "0001-01-01T00:00:00Z, -62135596800",
    "9999-12-31T23:59:59Z, 253402300799",
  })
  void aMomentIsReadEitherWay(String text, long seconds) {
    assertThat(Times.parse("time", text)).isEqualTo(seconds);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "now",
        "2026-11-29",
        "2026-11-29T18:05Z",
        "2026-11-29T18:05:00",
        "2026-13-01T00:00:00Z",
        "2026-11-29T24:00:00Z",
        "2026-11-29T18:05:00+25:00",
        "2026-11-29 18:05:00Z",
        "1e9",
        "0x10",
        " 5",
        "+5",
        "٥",
        "2026-11-29T18:05:00.Z",
        "0000-12-31T23:59:59Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01"
      })
  void anythingElseIsRefused(String text) {
    assertThatThrownBy(() -> Times.parse("time", text))
        .isInstanceOf(ProblemException.class)
        .hasMessage("time = " + text + " is not a moment");
  }

  @Test
  void millisecondsAreRecognised() {
    assertThatThrownBy(() -> Times.parse("time", "1795975500000"))
        .isInstanceOfSatisfying(
            ProblemException.class,
            e -> {
              assertThat(e.problem().detail())
                  .isEqualTo("time = 1795975500000 lies after the year 5138");
              assertThat(e.problem().repair()).isEqualTo("give seconds, not milliseconds");
            });
    assertThat(Times.parse("time", "99999999999.9")).isEqualTo(99_999_999_999L);
  }

  @Test
  void answersHaveWholeSeconds() {
    assertThat(Times.text(1_795_975_500)).isEqualTo("2026-11-29T18:05:00Z");
    assertThat(Times.text(0)).isEqualTo("1970-01-01T00:00:00Z");
  }
}
