package dev.horae.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MomentTest {

  @ParameterizedTest
  @CsvSource({
    "1390867200, 1390867200",
    "1390867200123, 1390867200",
    "2014-01-28, 1390867200",
    "2014-01-28T00:00:05Z, 1390867205",
    "2014-01-28T02:00:05+02:00, 1390867205",
    "2014-01-28 00:00:05, 1390867205",
    "0, 0",
    "-86400, -86400",
  })
  void readsTimesAsPeopleWriteThem(String text, long seconds) {
    assertThat(Moment.parse(text)).hasValue(seconds);
  }

  @ParameterizedTest
  @CsvSource({"yesterday", "2014-13-01", "2014-01-28T25:00:00Z", "''", "12e5", "1390867200 s"})
  void saysWhenItIsNone(String text) {
    assertThat(Moment.parse(text)).isEmpty();
  }

  @Test
  void neverThrows() {
    SplittableRandom random = new SplittableRandom(1);
    String letters = "0123456789-+:TZ. e";
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(26); n > 0; n--) {
        text.append(letters.charAt(random.nextInt(letters.length())));
      }
      assertThat(Moment.parse(text.toString())).isNotNull();
    }
  }

  @Test
  void writesTheDay() {
    assertThat(Moment.day(1_390_867_205)).isEqualTo("2014-01-28");
  }
}
