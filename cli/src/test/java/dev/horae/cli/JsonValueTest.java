package dev.horae.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.data.Json;
import dev.horae.prep.LooseJson;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonValueTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "12.50                 | 12.50",
        "-1E+9                 | -1E+9",
        "12345678901234567890  | 12345678901234567890",
        "true                  | true",
        "True                  | \"True\"",
        "007                   | \"007\"",
        "+1                    | \"+1\"",
        "null                  | null",
        "{'a': [1, {}, u'x']}  | {\"a\":[1,{},\"x\"]}"
      })
  void valuesAreWrittenAsTheyWereRead(String read, String written) throws Exception {
    assertThat(JsonValue.text(LooseJson.parseExactly(read))).isEqualTo(written);
  }

  @Test
  void whatATerminalWouldObeyIsEscaped() throws Exception {
    String text = "a\u001b[31m\u009b\u007f\u202e\u2028\u0000\n\ud800 é 漢 \ud83d\ude00";
    String json = JsonValue.text(text);
    assertThat(json)
        .isEqualToIgnoringCase(
            "\"a\\u001b[31m\\u009b\\u007f\\u202e\\u2028\\u0000\\n\\ud800 é 漢 \ud83d\ude00\"");
    assertThat(Json.MAPPER.readTree(json).asText()).isEqualTo(text);
  }
}
