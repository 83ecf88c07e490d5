package dev.horae.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.horae.data.Item;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextTemplateTest {

  /**
   * The released recipe's own results; a list is the paths of an item, of which the first counts.
   */
  @TestFactory
  List<DynamicTest> cleansAsTheReleasedRecipe() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    try (InputStream in = getClass().getResourceAsStream("/golden/text-cleaning.json")) {
      for (JsonNode c : new ObjectMapper().readTree(in).get("clean_text")) {
        JsonNode input = c.get("input");
        String raw = input.isArray() ? path(input.get(0)) : expand(input);
        tests.add(
            DynamicTest.dynamicTest(
                "[" + raw.substring(0, Math.min(20, raw.length())) + "]",
                () -> assertThat(TextTemplate.clean(raw)).isEqualTo(expand(c.get("output")))));
      }
    }
    assertThat(tests).hasSizeGreaterThan(15);
    return tests;
  }

  private static String path(JsonNode names) {
    List<String> path = new ArrayList<>();
    names.forEach(name -> path.add(name.asText()));
    return String.join(" ", path);
  }

  private static String expand(JsonNode text) {
    return text.isTextual()
        ? text.asText()
        : text.get("repeat").asText().repeat(text.get("times").asInt()) + text.get("then").asText();
  }

  @Test
  void joinsTitleCategoriesAndBrand() {
    Item item =
        new Item("1", "Wooden train...", "Bri\"o", List.of("Toys &amp; Games", "Trains"), "");
    assertThat(TextTemplate.text(item, Item.TEXT_FIELDS))
        .isEqualTo("Wooden train. Toys & Games Trains. Brio. ");
    assertThat(TextTemplate.text(item, List.of("brand", "title")))
        .isEqualTo("Brio. Wooden train. ");
  }

  @Test
  void skipsWhatTheShopLeftEmpty() {
    assertThat(TextTemplate.text(new Item("1", "", "", List.of("Trains"), ""), Item.TEXT_FIELDS))
        .isEqualTo("Trains. ");
    assertThat(TextTemplate.text(new Item("1", " ", "", List.of(), ""), Item.TEXT_FIELDS))
        .isEmpty();
    assertThat(
            TextTemplate.text(new Item("1", "x".repeat(2000), "", List.of(), ""), Item.TEXT_FIELDS))
        .isEmpty();
  }

  @Test
  void takesFurtherColumnsAsLongAsTheyAre() {
    Item item =
        new Item(
            "1",
            "Train",
            "",
            List.of(),
            List.of(),
            Map.of("price", "3.50", "description", "so &amp; ".repeat(600), "colour", ""));
    assertThat(TextTemplate.text(item, List.of("price", "colour", "title")))
        .isEqualTo("3.50. Train. ");
    assertThat(TextTemplate.text(item, List.of("description")))
        .isEqualTo("so & ".repeat(600) + ". ");
    assertThatThrownBy(() -> TextTemplate.text(item, List.of("weight")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("opened without the text field weight");
  }

  /** The released recipe glues lines of its own three fields together. */
  @Test
  void linesOfFurtherColumnsStayApart() {
    String lines = "Red\nwool\r\nby&#10;hand\rin\n\nWales\n";
    Item item = new Item("1", lines, "", List.of(), List.of(), Map.of("description", lines));
    assertThat(TextTemplate.text(item, List.of("description")))
        .isEqualTo("Red wool by hand in  Wales . ");
    assertThat(TextTemplate.text(item, List.of("title"))).isEqualTo("RedwoolbyhandinWales. ");
  }

  @Test
  void lengthIsCountedInCharactersNotInJavaUnits() {
    assertThat(TextTemplate.clean("\uD83D\uDE82".repeat(1998))).endsWith(".");
    assertThat(TextTemplate.clean("\uD83D\uDE82".repeat(1999))).isEmpty();
  }

  @Test
  void anItemWithoutATitleHasItsId() {
    assertThat(TextTemplate.title(new Item("i1", " ", "", List.of(), ""))).isEqualTo("i1");
    assertThat(TextTemplate.title(new Item("i1", "Duck &amp; co", "", List.of(), "")))
        .isEqualTo("Duck & co");
  }

  /** The right column is what Python's html.unescape gives. */
  @ParameterizedTest
  @CsvSource(
      value = {
        "&ampx| &x",
        "&notit;| \u00ACit;",
        "&#x80;| \u20AC",
        "&#129;| \u0081",
        "&#0;| \uFFFD",
        "&#xD800;| \uFFFD",
        "&#1;| ''",
        "&#x110000;| \uFFFD",
        "&#99999999999999;| \uFFFD",
        "&#xFFFE;| ''",
        "&bogus;| &bogus;",
        "a & b| a & b",
        "&lt;b&gt| <b>",
        "&NotEqualTilde;| \u2242\u0338",
        "&#36;1| $1"
      },
      delimiter = '|')
  void resolvesReferencesAsPythonDoes(String raw, String meaning) {
    assertThat(HtmlEntities.unescape(raw)).isEqualTo(meaning);
  }
}
