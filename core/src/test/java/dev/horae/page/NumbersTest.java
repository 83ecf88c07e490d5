package dev.horae.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.api.Test;

class NumbersTest {

  @Test
  void figuresAreTheSameInEveryLocale() {
    Locale before = Locale.getDefault();
    try {
      for (String tag : new String[] {"en-US", "de-DE", "ar-EG"}) {
        Locale.setDefault(Locale.forLanguageTag(tag));
        assertThat(Numbers.grouped(1_234_567)).isEqualTo("1,234,567");
        assertThat(Numbers.count(1, "item")).isEqualTo("1 item");
        assertThat(Numbers.count(0, "item")).isEqualTo("0 items");
        assertThat(Numbers.count(1_500, "item")).isEqualTo("1,500 items");
        assertThat(Numbers.fixed(0.12345, 4)).isEqualTo("0.1235");
        assertThat(Numbers.signed(-0.5, 2)).isEqualTo("-0.50");
        assertThat(Numbers.signed(1.5, 2)).isEqualTo("+1.50");
        assertThat(Numbers.percent(5 / 6.0)).isEqualTo("83.3");
      }
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void durationsReadAsOnAClock() {
    assertThat(Numbers.duration(7.4)).isEqualTo("7 s");
    assertThat(Numbers.duration(125)).isEqualTo("2:05");
    assertThat(Numbers.duration(3725)).isEqualTo("1:02:05");
  }
}
