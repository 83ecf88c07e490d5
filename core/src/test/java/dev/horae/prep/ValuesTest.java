package dev.horae.prep;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ValuesTest {

  private static final Values VALUES = new Values(PrepareOptions.Cells.USUAL);

  private static Object parse(String json) {
    try {
      return LooseJson.parse(json);
    } catch (LooseJson.BrokenException e) {
      throw new AssertionError(e);
    }
  }

  private static Values separatedBy(String separator) {
    return new Values(new PrepareOptions.Cells(List.of(), separator));
  }

  @Test
  void wordsForAMissingValueAreNoTexts() {
    for (String word :
        List.of("NA", "n/a", "nan", "NaN", "None", "NONE", "null", "NULL", "\\N", "<NA>", "NaT")) {
      assertThat(VALUES.text(word)).as(word).isNull();
      assertThat(VALUES.text(" " + word + "\t")).as(word).isNull();
      assertThat(VALUES.refusal("user", word)).as(word).isEqualTo("user is missing");
      assertThat(separatedBy("|").text(word)).as(word).isEqualTo(word);
    }
    for (String word : List.of("", "  ", "\u00a0", "\ufeff", "-")) {
      assertThat(VALUES.text(word)).as(word).isNull();
    }
    assertThat(separatedBy("|").text(" ")).isNull();
    assertThat(List.of(VALUES.text("Nano"), VALUES.text("0"), VALUES.text("\u00a0i 1 ")))
        .containsExactly("Nano", "0", "i 1");
  }

  @Test
  void listsAndObjectsAreNoIds() {
    assertThat(VALUES.refusal("item", List.of("a")))
        .isEqualTo("item is a list: write one row for each");
    assertThat(VALUES.refusal("item", "['a', 'b']"))
        .isEqualTo("item is a list: write one row for each");
    assertThat(VALUES.refusal("item", Map.of("id", "a"))).isEqualTo("item is an object, not an id");
    assertThat(VALUES.id("[a]")).isEqualTo("[a]");
    for (Object none : List.of(List.of("a"), "['a', 'b']", Map.of("id", "a"), " NA ")) {
      assertThat(VALUES.id(none)).isNull();
    }
    assertThat(List.of(VALUES.id("[a]"), VALUES.id(" {b} "))).containsExactly("[a]", "{b}");
  }

  @Test
  void listsOfNumPyAreLists() {
    assertThat(VALUES.firstPath("['Toys' 'Dolls']")).containsExactly("Toys", "Dolls");
    assertThat(VALUES.firstPath("['Toys & Games' \"Kid's\"\n 'Dolls']"))
        .containsExactly("Toys & Games", "Kid's", "Dolls");
    assertThat(VALUES.images("['a.jpg' 'b.jpg']")).containsExactly("a.jpg", "b.jpg");
    assertThat(VALUES.id("['a' 'b']")).isNull();
    for (String text :
        List.of("['Toys' Dolls]", "['Toys' 'Dolls'", "[Toys Dolls]", "['a' ... 'b']")) {
      assertThat(VALUES.firstPath(text)).containsExactly(text);
    }
  }

  @Test
  void addressesHaveOneSpelling() {
    assertThat(VALUES.images("[\"HTTPS://Shop.example/A.jpg\", \"//shop.example/b.jpg\"]"))
        .containsExactly("https://Shop.example/A.jpg", "https://shop.example/b.jpg");
    assertThat(VALUES.images("http://shop.example//c.jpg"))
        .containsExactly("http://shop.example//c.jpg");
    assertThat(VALUES.images("///c.jpg")).containsExactly("///c.jpg");
  }

  @Test
  void categoriesInEveryShape() {
    for (String json :
        List.of(
            "['A', 'B']",
            "[['A', 'B'], ['C']]",
            "[[], ['A', 'B']]",
            "'A|B'",
            "'[\"A\", \"B\"]'",
            "[{'id': 1, 'name': 'A'}, {'id': 2, 'name': 'B'}]",
            "[{'id': 1, 'description': 'A'}, {'description': ' B '}, {'id': 3}]"
                .replace(", {'id': 3}", ""),
            "'[{\"name\": \"A\"}, {\"name\": \"B\"}]'",
            "{'A': 12, 'B': 3}",
            "['A', null, 'nan', 'B']")) {
      assertThat(VALUES.firstPath(parse(json))).as(json).containsExactly("A", "B");
    }
    assertThat(VALUES.firstPath("A > B, C")).containsExactly("A > B, C");
    assertThat(separatedBy(" > ").firstPath("A > B, C")).containsExactly("A", "B, C");
    assertThat(separatedBy(" > ").firstPath(parse("['A > B', 'C > D']"))).containsExactly("A", "B");
    assertThat(separatedBy("|").firstPath("[odd] name")).containsExactly("[odd] name");
  }

  @Test
  void recBolesSequences() {
    assertThat(Values.sequence("Toys_&_Games  Dolls")).isEqualTo(List.of("Toys & Games", "Dolls"));
    assertThat(Values.sequence("'Movies & TV' 'Movies'"))
        .isEqualTo(List.of("Movies & TV", "Movies"));
    assertThat(Values.sequence("'Movies & TV', \"Men's\", 'a_b' x"))
        .isEqualTo(List.of("Movies & TV", "Men's", "a_b", "x"));
    assertThat(Values.sequence("'Tis O'Neill")).isEqualTo(List.of("'Tis", "O'Neill"));
    assertThat(Values.sequence("['A', 'B']")).isEqualTo("['A', 'B']");
  }

  @Test
  void picturesInEveryShape() {
    String lists =
        "{'hi_res': [null, 'b-big'], 'large': ['a', 'b'], 'thumb': ['a-s', 'b-s'],"
            + " 'variant': ['PT01', 'MAIN']}";
    String objects =
        "[{'hi_res': null, 'large': 'a', 'thumb': 'a-s', 'variant': 'PT01'},"
            + " {'hi_res': 'b-big', 'large': 'b', 'variant': 'MAIN'}]";
    for (String json : List.of(lists, objects)) {
      assertThat(VALUES.images(parse(json))).containsExactly("b-big", "a");
      assertThat(VALUES.images(json)).containsExactly("b-big", "a");
    }
    assertThat(VALUES.images(parse("{'hi_res': [], 'large': ['a', 'nan', 'c']}")))
        .containsExactly("a", "c");
    assertThat(VALUES.images(parse("['a', '', 'b']"))).containsExactly("a", "b");
    assertThat(VALUES.images("a.jpg")).containsExactly("a.jpg");
  }
}
