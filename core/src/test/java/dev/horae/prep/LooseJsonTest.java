package dev.horae.prep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LooseJsonTest {

  private static final String PYTHON =
      "{'asin': '0001', 'title': \"Don't \\\"stop\\\"\", u'brand': u'Caf\\xe9 \\u20ac', "
          + "'price': None, 'new': True, 'salesRank': {'Toys & Games': 12.50}, "
          + "'categories': [['Toys & Games', 'Dolls'], ['Gifts',]], 'related': ()}";

  @Test
  void pythonDictsOf2014() throws LooseJson.BrokenException {
    assertThat(LooseJson.parse(PYTHON))
        .asString()
        .isEqualTo(
            "{asin=0001, title=Don't \"stop\", brand=Café €, price=null, new=True,"
                + " salesRank={Toys & Games=12.50},"
                + " categories=[[Toys & Games, Dolls], [Gifts]], related=[]}");
  }

  @Test
  void json() throws LooseJson.BrokenException {
    assertThat(LooseJson.parse("{\"a\": [1, -2.5e3, true, null], \"b\\n\\/\": \"\\ud83d\\ude00\"}"))
        .isEqualTo(Map.of("a", Arrays.asList("1", "-2.5e3", "true", null), "b\n/", "😀"));
  }

  @Test
  void longNumbersStayAsWritten() throws LooseJson.BrokenException {
    assertThat(LooseJson.parse("[007, 12345678901234567890]"))
        .isEqualTo(List.of("007", "12345678901234567890"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"a\": 1         | expected more but found the end at character 8",
        "{\"a\" 1}         | expected ':' but found '1' at character 6",
        "{\"a\": 1} x      | expected the end but found 'x' at character 10",
        "[1 2]             | expected ',' but found '2' at character 4",
        "{\"a\": nope}     | expected a value but found 'n' at character 7",
        "'\\x4g'           | expected a hexadecimal digit but found 'g' at character 5",
        "'never closed     | expected more but found the end at character 14"
      })
  void brokenTextsSayWhatAndWhere(String text, String message) {
    assertThatThrownBy(() -> LooseJson.parse(text.strip()))
        .isInstanceOf(LooseJson.BrokenException.class)
        .hasMessage(message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"a\": 1, \"b\": 2, \"a\": 1}",
        "[{'b': {'a': 1, 'a': null}}]",
        "{'a': 1, \"\\u0061\": 2}"
      })
  void aNameTwiceWouldLoseAValue(String text) {
    assertThatThrownBy(() -> LooseJson.parse(text))
        .isInstanceOf(LooseJson.BrokenException.class)
        .hasMessage("the name 'a' stands twice in an object");
  }

  @Test
  void deepNestingIsRefusedNotFollowed() {
    assertThatThrownBy(() -> LooseJson.parse("[".repeat(100_000)))
        .isInstanceOf(LooseJson.BrokenException.class)
        .hasMessage("nested deeper than 256 levels but found '[' at character 258");
  }

  /** Any text gives a value or our exception; valid ones with a few bytes changed are the worst. */
  @Test
  void fuzz() {
    Random random = new Random(2014);
    byte[] valid = PYTHON.getBytes(StandardCharsets.UTF_8);
    int values = 0;
    int broken = 0;
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = Arrays.copyOf(valid, random.nextInt(valid.length + 1));
      if (round % 2 == 0) {
        bytes = valid.clone();
      }
      for (int change = random.nextInt(4); change > 0 && bytes.length > 0; change--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      try {
        LooseJson.parse(new String(bytes, StandardCharsets.UTF_8));
        values++;
      } catch (LooseJson.BrokenException e) {
        broken++;
      }
    }
    assertThat(values).isGreaterThan(2_000);
    assertThat(broken).isGreaterThan(2_000);
  }
}
