package dev.horae.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class BulkTest {

  private static Bulk<String> read(String body, String contentType) {
    return Bulk.read(
        body.getBytes(StandardCharsets.UTF_8),
        contentType,
        object -> object.requiredId("item"),
        "item");
  }

  @Test
  void oneObjectIsOne() {
    Bulk<String> bulk = read("{\"item\": \"a\"}", "application/json");
    assertThat(bulk.values()).containsExactly("a");
    assertThat(bulk.rejected()).isEmpty();
  }

  @Test
  void anElementThatCannotBeUsedIsRejectedAlone() {
    Bulk<String> bulk =
        read(
            "[{\"item\": \"a\"}, {\"item\": 5}, {}, 7, {\"itme\": \"b\"}, {\"item\": \"c\"}]",
            null);
    assertThat(bulk.values()).containsExactly("a", "c");
    assertThat(bulk.rejected())
        .containsExactly(
            new Bulk.Rejected(1, "item", "item = 5 is not a text; give a text"),
            new Bulk.Rejected(2, "item", "item is missing; add it"),
            new Bulk.Rejected(3, "the body", "the body = 7 is not an object; give an object"),
            new Bulk.Rejected(
                4, "itme", "the field itme is not known (did you mean 'item'?); known are item"));
  }

  @Test
  void aLineThatIsNoJsonIsRejectedAlone() {
    Bulk<String> bulk =
        read(
            "{\"item\": \"a\"}\r\n\n{\"item\"\n{\"item\": \"b\"} x\n{\"item\": \"c\"}",
            "application/x-ndjson; charset=utf-8");
    assertThat(bulk.values()).containsExactly("a", "c");
    assertThat(bulk.rejected()).extracting(Bulk.Rejected::index).containsExactly(2, 3);
    assertThat(bulk.rejected().get(0).problem())
        .startsWith("the line is not JSON at line 1, column 8: Unexpected end-of-input");
  }

  /** Jackson's own exceptions tell of JSON, others of the encoding that it believes to see. */
  @Test
  void whatIsNoTextIsRefused() {
    byte[] cut = {0, 0, 0, '[', 0, 0, 0, '1', 0, 0};
    byte[] tooLarge = {0, 0, 0, '[', 0x7f, 0, 0, 0};
    for (byte[] body : new byte[][] {cut, tooLarge}) {
      assertThatThrownBy(() -> Bulk.read(body, null, item -> item.requiredId("item"), "item"))
          .isInstanceOf(ProblemException.class)
          .hasMessageStartingWith("the body is not JSON: ");
      assertThatThrownBy(() -> JsonObject.parse(body, "item"))
          .isInstanceOf(ProblemException.class)
          .hasMessageStartingWith("the body is not JSON: ");
      assertThat(
              Bulk.read(body, "application/x-ndjson", item -> item.requiredId("item"), "item")
                  .rejected())
          .singleElement()
          .satisfies(line -> assertThat(line.problem()).startsWith("the line is not JSON: "));
    }
  }

  @Test
  void aBodyThatIsNoJsonIsRefusedWhole() {
    for (String body :
        new String[] {"[{\"item\": \"a\"}", "[{\"item\": \"a\"},]", "[1 2]", "[nul]"}) {
      assertThatThrownBy(() -> read(body, null))
          .isInstanceOf(ProblemException.class)
          .hasMessageStartingWith("the body is not JSON at line 1, column ");
    }
    assertThatThrownBy(() -> read("[{\"item\": \"a\"}] []", null))
        .hasMessage("the body has something behind its JSON");
    assertThatThrownBy(() -> read("[]", null)).hasMessage("the body holds nothing");
    assertThatThrownBy(() -> read("", null)).hasMessage("the body holds nothing");
    assertThatThrownBy(() -> read("\n \n", "application/x-ndjson"))
        .hasMessage("the body holds nothing");
  }

  @Test
  void aBodyHoldsTenThousand() {
    String most = "{\"item\": \"a\"},".repeat(Bulk.MOST - 1) + "{\"item\": \"a\"}";
    assertThat(read("[" + most + "]", null).values()).hasSize(10_000);
    assertThatThrownBy(() -> read("[" + most + ",{}]", null))
        .hasMessage("the body holds more than 10000");
    assertThatThrownBy(() -> read(most.replace(',', '\n') + "\n1", "application/x-ndjson"))
        .isInstanceOfSatisfying(
            ProblemException.class,
            e -> assertThat(e.problem().kind()).isEqualTo(Problem.Kind.TOO_LARGE));
  }
}
