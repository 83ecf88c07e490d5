package dev.horae.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.data.Json;
import dev.horae.data.Letters;
import dev.horae.eval.Tables;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nothing in the data commands the terminal. */
class ShownTest {

  /** Escape, NUL, carriage return, bell, C1, marks of direction, of no width, separators. */
  private static final String HOSTILE =
      "a\u001b[31mb\0c\rd\u0007e\u009b2Jf\u202eg\u200fh\u200bi\ufeffj\u2028k\u007fl";

  @Test
  void whatCommandsATerminalIsSpeltOut() {
    assertThat(Shown.spelt(HOSTILE, false))
        .isEqualTo(
            "a\\u001b[31mb\\u0000c\\u000dd\\u0007e\\u009b2Jf\\u202eg\\u200fh\\u200bi\\ufeffj\\u2028"
                + "k\\u007fl");
    String harmless = "Größe 日本語 🎉\n\ttab, and a line of Windows\r\n";
    assertThat(Shown.spelt(harmless, false)).isEqualTo(harmless);
    assertThat(Shown.spelt("\u001b[1mbold\u001b[0m", true)).isEqualTo("\u001b[1mbold\u001b[0m");
  }

  @Test
  void jsonStaysTheSameJson() throws IOException {
    String json = Json.line(List.of(HOSTILE));
    assertThat(Json.MAPPER.readValue(Shown.spelt(json, false), JsonNode.class))
        .isEqualTo(Json.MAPPER.readValue(json, JsonNode.class));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"evaluate %s", "recommend %s --history a", "show %s", "train --resume %s", "%s"})
  void noMessageHasThem(String command) {
    StringWriter err = new StringWriter();
    String[] words = command.split(" ");
    for (int i = 0; i < words.length; i++) {
      words[i] = words[i].replace("%s", HOSTILE.replace("\0", ""));
    }
    assertThat(Main.run(new PrintWriter(new StringWriter()), new PrintWriter(err), words))
        .isNotZero();
    assertThat(err.toString())
        .contains("a\\u001b[31mb")
        .isEqualTo(Shown.spelt(err.toString(), false));
  }

  @Test
  void aCellStaysOnItsLineAndWideLettersTakeTwoColumns() {
    assertThat(
            Tables.render(
                List.of("item", "title"),
                List.of(List.of("a", HOSTILE + "\n\nx\ty"), List.of("日本", "\u001b[1mz\u001b[0m"))))
        .isEqualTo(
            """
            item  title
            ----  --------------------------------
            a     a [31mb c d e 2Jf g h i j k l  x y
            日本  \u001b[1mz\u001b[0m
            """
                .replace("----  " + "-".repeat(32), "----  " + "-".repeat(34)));
    assertThat(Letters.width("日本語e\u0301")).isEqualTo(7);
  }
}
