package dev.horae.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonObjectTest {

  private enum Colour {
    RED,
    LIGHT_BLUE
  }

  private static final String[] KNOWN = {
    "user", "n", "x", "flag", "time", "ids", "colour", "inner", "properties", "name"
  };

  private static JsonObject parse(String body) {
    return JsonObject.parse(body.getBytes(StandardCharsets.UTF_8), KNOWN);
  }

  private static Problem problem(String body, Function<JsonObject, Object> reading) {
    ProblemException e =
        catchThrowableOfType(ProblemException.class, () -> reading.apply(parse(body)));
    assertThat(e).as(body).isNotNull();
    assertThat(e.problem().kind()).isEqualTo(Problem.Kind.INVALID_REQUEST);
    return e.problem();
  }

  @Test
  void everythingIsReadAsItsType() {
    JsonObject object =
        parse(
            """
            {"user": "Zoë 😀", "n": 5, "x": -1.5e2, "flag": true, "time": 1.9, "ids": ["a", "b"],
             "colour": "light-blue", "inner": {"x": 1}, "name": "m-1.0_b",
             "properties": {"price": 3, "tags": ["new", ""], "sale": false, "size": "L"}}\
            """);
    assertThat(object.requiredId("user")).isEqualTo("Zoë 😀");
    assertThat(object.integer("n", 1, 500, 10)).isEqualTo(5);
    assertThat(object.number("x")).isEqualTo(-150);
    assertThat(object.bool("flag")).isTrue();
    assertThat(object.time("time")).isEqualTo(1);
    assertThat(object.ids("ids", 0, 2)).containsExactly("a", "b");
    assertThat(object.choice("colour", Colour.class)).isEqualTo(Colour.LIGHT_BLUE);
    assertThat(object.object("inner", "x").number("x")).isEqualTo(1);
    assertThat(object.name("name")).isEqualTo("m-1.0_b");
    assertThat(object.properties("properties", false))
        .isEqualTo(Map.of("price", 3.0, "tags", List.of("new", ""), "sale", false, "size", "L"));
  }

  @Test
  void whatIsAbsentIsNullOrTheDefault() {
    JsonObject object = parse("{}");
    assertThat(object.id("user")).isNull();
    assertThat(object.integer("n", 1, 500, 10)).isEqualTo(10);
    assertThat(object.number("x")).isNull();
    assertThat(object.bool("flag")).isNull();
    assertThat(object.time("time")).isNull();
    assertThat(object.ids("ids", 1, 2)).isNull();
    assertThat(object.choice("colour", Colour.class)).isNull();
    assertThat(object.object("inner")).isNull();
    assertThat(object.properties("properties", true)).isNull();
    assertThat(object.has("n")).isFalse();
  }

  @Test
  void anUnknownFieldHasASuggestion() {
    Problem problem = problem("{\"coluor\": 1}", object -> null);
    assertThat(problem.detail())
        .isEqualTo("the field coluor is not known (did you mean 'colour'?)");
    assertThat(problem.suggestion()).isEqualTo("colour");
    assertThat(problem.repair())
        .isEqualTo("known are user, n, x, flag, time, ids, colour, inner, properties, name");
    assertThat(problem("{\"inner\": {\"y\": 1}}", object -> object.object("inner", "x")).detail())
        .isEqualTo(
            "the field inner.y is not known (did you mean 'x'?)"
                .replace(" (did you mean 'x'?)", ""));
  }

  @Test
  void aMissingFieldIsNamed() {
    Problem problem = problem("{}", object -> object.requiredId("user"));
    assertThat(problem.detail()).isEqualTo("user is missing");
    assertThat(problem.repair()).isEqualTo("add it");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "user|5|user = 5 is not a text",
        "user|null|user = null is not a text",
        "user|[1,2]|user = a list of 2 is not a text",
        "user|\"\"|user = \"\" is empty",
        "user|\"a\\nb\"|user = a?b has a control character",
        "user|\"a\\u0000\"|user = a? has a character that is none",
        "user|\"a\\ud800\"|user = a? has a character that is none",
        "n|\"5\"|n = \"5\" is not a whole number",
        "n|5.5|n = 5.5 is not a whole number from 1 to 500",
        "n|501|n = 501 is not a whole number from 1 to 500",
        "n|0|n = 0 is not a whole number from 1 to 500",
        "n|99999999999999999999|n = 99999999999999999999 is not a whole number from 1 to 500",
        "n|true|n = true is not a whole number",
        "x|\"1\"|x = \"1\" is not a number",
        "x|1e999|x = \"Infinity\" is too large",
        "flag|\"true\"|flag = \"true\" is not true or false",
        "flag|0|flag = 0 is not true or false",
        "time|1764417600000|time = 1764417600000 lies after the year 5138",
        "time|-1e20|time = -1.0E20 lies before the year 1",
        "time|\"2026-11-29\"|time = 2026-11-29 is not a moment",
        "time|\"2026-02-30T00:00:00Z\"|time = 2026-02-30T00:00:00Z is not a moment",
        "time|\"1764417600\"|time = 1764417600 is not a moment",
        "time|{}|time = an object is not RFC 3339 or seconds since 1970",
        "ids|\"a\"|ids = \"a\" is not a list",
        "ids|[]|ids = a list of 0 has not from 1 to 2 elements",
        "ids|[\"a\",\"b\",\"c\"]|ids = a list of 3 has not from 1 to 2 elements",
        "ids|[\"a\",7]|ids[1] = 7 is not a text",
        "colour|\"blue\"|colour = blue is not known",
        "inner|[]|inner = a list of 0 is not an object",
        "name|\"../etc\"|name = ../etc is not a name",
        "properties|{\"a\":{\"b\":1}}|properties.a = an object is not a text, a number, true, false"
            + " or a list of texts",
        "properties|{\"a\":[1]}|properties.a[0] = 1 is not a text",
        "properties|{\"a\":null}|properties.a = null is not a text, a number, true, false or a list"
            + " of texts",
      })
  void aWrongValueIsRefusedWithItsPlace(String field, String value, String detail) {
    Problem problem = problem("{\"" + field + "\": " + value + "}", object -> read(object, field));
    assertThat(problem.detail()).isEqualTo(detail);
    assertThat(detail).startsWith(problem.field() + " = " + problem.value());
    assertThat(problem.repair()).isNotBlank();
  }

  private static Object read(JsonObject object, String field) {
    return switch (field) {
      case "user" -> object.id(field);
      case "n" -> object.integer(field, 1, 500, 10);
      case "x" -> object.number(field);
      case "flag" -> object.bool(field);
      case "time" -> object.time(field);
      case "ids" -> object.ids(field, 1, 2);
      case "colour" -> object.choice(field, Colour.class);
      case "inner" -> object.object(field, "x");
      case "name" -> object.name(field);
      default -> object.properties(field, false);
    };
  }

  @Test
  void numbersHaveBounds() {
    Problem problem = problem("{\"x\": 1.5}", object -> object.number("x", 0, 1));
    assertThat(problem.detail()).isEqualTo("x = 1.5 is not from 0 to 1");
    assertThat(problem.repair()).isEqualTo("give one from 0 to 1");
  }

  @Test
  void aPatchMaySayNull() {
    JsonObject object =
        parse("{\"x\": null, \"n\": null, \"properties\": {\"a\": null, \"b\": 1}}").patch();
    assertThat(object.number("x")).isNull();
    assertThat(object.integer("n", 1, 5, 3)).isEqualTo(3);
    assertThat(object.isNull("x")).isTrue();
    assertThat(object.has("x")).isTrue();
    assertThat(object.isNull("n")).isTrue();
    assertThat(object.isNull("time")).isFalse();
    Map<String, Object> properties = object.properties("properties", true);
    assertThat(properties).containsEntry("b", 1.0).containsEntry("a", null);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{\"n\": 1, \"n\": 2}|the body is not JSON at line 1, column 13: Duplicate field 'n'",
        "{\"x\": NaN}|the body is not JSON at line 1, column 10: Non-standard token 'NaN'",
        "{} {}|the body is not JSON at line 1, column 4: Trailing token",
        "{\"x\": 01}|the body is not JSON at line 1, column 8: Invalid numeric value: Leading"
            + " zeroes not allowed",
        "{'n': 1}|the body is not JSON at line 1, column 2: Unexpected character ('''",
        "{\"n\": 1|the body is not JSON at line 1, column 8: Unexpected end-of-input",
        "[]|the body = a list of 0 is not an object",
        "7|the body = 7 is not an object",
        "~~|the body is empty",
      })
  void aBodyThatIsNoObjectIsRefused(String body, String detail) {
    assertThat(problem(body, object -> null).detail()).startsWith(detail);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"\u00ff", "{\"user\": \"\u00c0\u0080\"}", "{\"user\": \"\u00ed\u00a0\u0080\"}"})
  void bytesThatAreNotUtf8AreRefused(String bytes) {
    assertThatThrownBy(
            () -> JsonObject.parse(bytes.getBytes(StandardCharsets.ISO_8859_1), "user").id("user"))
        .isInstanceOf(ProblemException.class);
  }

  @Test
  void depthNumbersAndSizeAreBounded() {
    assertThat(problem("{\"x\": " + "[".repeat(100_000), object -> null).detail())
        .isEqualTo(
            "the body is not JSON: Document nesting depth (33) exceeds the maximum allowed (32)");
    assertThat(problem("{\"x\": " + "1".repeat(100_000) + "}", object -> null).detail())
        .contains("exceeds the maximum allowed (400");
    assertThat(problem("{\"x\": [" + "1,".repeat(1_100_000) + "1]}", object -> null).detail())
        .contains("exceeds the maximum allowed (1000000");
    assertThat(problem("{\"n\": 1e999999999}", object -> object.integer("n", 1, 5, 1)).detail())
        .startsWith("n = ");
  }

  @Test
  void whatANameIsAskedForMustBeKnown() {
    assertThatThrownBy(() -> parse("{}").id("other"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("other was not said to be known");
  }
}
