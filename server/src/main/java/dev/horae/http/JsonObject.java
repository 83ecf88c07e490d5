package dev.horae.http;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * An object of a request body, read without mercy: names that nobody knows, names twice, values of
 * another type, and what follows the body are refused with the place, the value and a repair. A
 * number is never read from a text, nor a text from a number; null is no value.
 */
public final class JsonObject {

  private static final int DEEPEST = 32;
  private static final int LONGEST_NUMBER = 400;
  private static final long MOST_TOKENS = 1_000_000; // a tree of them takes some 60 MB

  static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(DEEPEST)
                          .maxNumberLength(LONGEST_NUMBER)
                          .maxTokenCount(MOST_TOKENS)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final JsonNode node;
  private final String path; // "" or such as "requests[3]."
  private final List<String> known;
  private final boolean patch; // null is as if absent, but is there

  private JsonObject(JsonNode node, String path, List<String> known) {
    this(node, path, known, false);
    refuseUnknown();
  }

  private JsonObject(JsonNode node, String path, List<String> known, boolean patch) {
    this.node = node;
    this.patch = patch;
    this.path = path;
    this.known = known;
  }

  private void refuseUnknown() {
    for (Iterator<String> names = node.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!known.contains(name)) {
        throw Checks.unknown("the field", path + name, name, known);
      }
    }
  }

  /**
   * Reads a body.
   *
   * @param known the names that it may hold
   */
  public static JsonObject parse(byte[] body, String... known) {
    return of(tree(body), "", known);
  }

  /** {@return the object that stands at a place of a body, or a refusal} */
  static JsonObject of(JsonNode node, String path, String... known) {
    if (!node.isObject()) {
      throw wrongType(path.isEmpty() ? "the body" : path, node, "an object");
    }
    return new JsonObject(node, path.isEmpty() ? "" : path + ".", Arrays.asList(known));
  }

  private static JsonNode tree(byte[] body) {
    JsonNode tree;
    try {
      tree = MAPPER.readTree(body);
    } catch (IOException e) {
      throw notJson(e).exception();
    }
    if (tree == null || tree.isMissingNode()) {
      throw Problem.of(Problem.Kind.INVALID_REQUEST, "the body is empty", "send a JSON object")
          .exception();
    }
    return tree;
  }

  /** What Jackson says after its first words is about its own settings. */
  static Problem notJson(IOException e) {
    JacksonException json = e instanceof JacksonException one ? one : null; // null: it is no text
    JsonLocation at = json == null ? null : json.getLocation();
    String what =
        String.valueOf(json == null ? e.getMessage() : json.getOriginalMessage())
            .lines()
            .findFirst()
            .orElse("")
            .replaceAll(", from `[^`]*`", "")
            .replaceFirst(
                "(: expected| \\(for |: only regular|: was expecting|: enable `| \\(of type|"
                    + " \\(though|: maybe).*",
                "");
    String place = at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr();
    long position = at == null ? -1 : Math.max(at.getByteOffset(), at.getCharOffset());
    return new Problem(
        Problem.Kind.INVALID_REQUEST,
        "the body is not JSON" + place + ": " + Checks.printable(what),
        null,
        null,
        "send one JSON value in UTF-8, names once, numbers finite, at most "
            + DEEPEST
            + " levels deep",
        position < 0 || position > Integer.MAX_VALUE ? null : (int) position,
        null,
        null);
  }

  /** {@return the same, as a PATCH says it: a name that is null is there and has no value} */
  public JsonObject patch() {
    return new JsonObject(node, path, known, true);
  }

  /** {@return whether the name is there, null included} */
  public boolean has(String name) {
    return known(name) && node.has(name);
  }

  /** {@return whether the name is there and null, which a PATCH may say} */
  public boolean isNull(String name) {
    return known(name) && node.path(name).isNull();
  }

  /** {@return a text; null where it is absent} */
  public @Nullable String text(String name, int shortest, int longest) {
    JsonNode value = get(name);
    return value.isMissingNode() ? null : text(path + name, value, shortest, longest);
  }

  /** {@return an id of the shop; null where it is absent} */
  public @Nullable String id(String name) {
    JsonNode value = get(name);
    return value.isMissingNode() ? null : id(path + name, value);
  }

  /** {@return an id of the shop, which must be there} */
  public String requiredId(String name) {
    return required(name, id(name));
  }

  /** {@return a name of something of the server; null where it is absent} */
  public @Nullable String name(String name) {
    String value = text(name, 1, Checks.LONGEST_ID);
    return value == null ? null : Checks.name(path + name, value);
  }

  /** {@return a whole number, or {@code otherwise} where it is absent} */
  public int integer(String name, int least, int most, int otherwise) {
    JsonNode value = get(name);
    return value.isMissingNode() ? otherwise : integer(path + name, value, least, most);
  }

  /** {@return a finite number within bounds; null where it is absent} */
  public @Nullable Double number(String name, double least, double most) {
    JsonNode value = get(name);
    if (value.isMissingNode()) {
      return null;
    }
    double number = finite(path + name, value);
    if (number < least || number > most) {
      String bounds = "from " + plain(least) + " to " + plain(most);
      throw Problem.invalid(path + name, shown(value), "is not " + bounds, "give one " + bounds)
          .exception();
    }
    return number;
  }

  /** {@return a finite number; null where it is absent} */
  public @Nullable Double number(String name) {
    return number(name, -Double.MAX_VALUE, Double.MAX_VALUE);
  }

  /** {@return true or false; null where it is absent} */
  public @Nullable Boolean bool(String name) {
    JsonNode value = get(name);
    if (value.isMissingNode()) {
      return null;
    }
    if (!value.isBoolean()) {
      throw wrongType(path + name, value, "true or false");
    }
    return value.booleanValue();
  }

  /** {@return seconds since 1970-01-01 UTC; null where it is absent} */
  public @Nullable Long time(String name) {
    JsonNode value = get(name);
    return value.isMissingNode() ? null : time(path + name, value);
  }

  /** {@return a constant, written in small letters with hyphens; null where it is absent} */
  public <E extends Enum<E>> @Nullable E choice(String name, Class<E> type) {
    JsonNode value = get(name);
    if (value.isMissingNode()) {
      return null;
    }
    if (!value.isTextual()) {
      throw wrongType(path + name, value, "a text");
    }
    return Checks.choice(path + name, value.textValue(), type);
  }

  /** {@return ids; null where they are absent} */
  public @Nullable List<String> ids(String name, int fewest, int most) {
    return list(name, fewest, most, JsonObject::id);
  }

  /** {@return texts, none of them empty; null where they are absent} */
  public @Nullable List<String> texts(String name, int most, int longest) {
    return list(name, 0, most, (field, value) -> text(field, value, 1, longest));
  }

  /**
   * {@return what a function makes of each element; null where the list is absent}
   *
   * @param element from the place of an element and its value
   */
  public <T> @Nullable List<T> list(
      String name, int fewest, int most, BiFunction<String, JsonNode, T> element) {
    JsonNode value = get(name);
    if (value.isMissingNode()) {
      return null;
    }
    if (!value.isArray()) {
      throw wrongType(path + name, value, "a list");
    }
    if (value.size() < fewest || value.size() > most) {
      throw Problem.invalid(
              path + name,
              "a list of " + value.size(),
              "has not from " + fewest + " to " + most + " elements",
              "give from " + fewest + " to " + most)
          .exception();
    }
    List<T> list = new ArrayList<>(value.size());
    for (int i = 0; i < value.size(); i++) {
      list.add(element.apply(path + name + "[" + i + "]", value.get(i)));
    }
    return Collections.unmodifiableList(list);
  }

  /** {@return objects; null where they are absent} */
  public @Nullable List<JsonObject> objects(String name, int fewest, int most, String... known) {
    return list(name, fewest, most, (field, value) -> of(value, field, known));
  }

  /** {@return an object; null where it is absent} */
  public @Nullable JsonObject object(String name, String... known) {
    JsonNode value = get(name);
    return value.isMissingNode() ? null : of(value, path + name, known);
  }

  /**
   * {@return properties by name: text, Double, Boolean or a list of texts; null where they are
   * absent}
   *
   * @param nulls whether one may be null, which means that it is to be taken away
   */
  public @Nullable Map<String, @Nullable Object> properties(String name, boolean nulls) {
    JsonNode value = get(name);
    return value.isMissingNode() ? null : PropertyValues.read(path + name, value, nulls);
  }

  /** {@return the value, or a refusal where it is absent} */
  public <T> T required(String name, @Nullable T value) {
    if (value == null) {
      throw Problem.missing(path + name, "add it").exception();
    }
    return value;
  }

  /** {@return the place of a name in the body, for messages} */
  public String place(String name) {
    return path + name;
  }

  private JsonNode get(String name) {
    JsonNode value = known(name) ? node.get(name) : null;
    return value == null || patch && value.isNull() ? MissingNode.getInstance() : value;
  }

  private boolean known(String name) {
    if (!known.contains(name)) {
      throw new IllegalStateException(name + " was not said to be known");
    }
    return true;
  }

  /** {@return an id, or a refusal} */
  static String id(String field, JsonNode value) {
    if (!value.isTextual()) {
      throw wrongType(field, value, "a text");
    }
    return Checks.id(field, value.textValue());
  }

  static String text(String field, JsonNode value, int shortest, int longest) {
    if (!value.isTextual()) {
      throw wrongType(field, value, "a text");
    }
    return Checks.text(field, value.textValue(), shortest, longest);
  }

  static long time(String field, JsonNode value) {
    if (value.isTextual()) {
      return Times.rfc3339(field, value.textValue());
    }
    if (value.isNumber()) {
      return Times.seconds(field, finite(field, value));
    }
    throw wrongType(field, value, "RFC 3339 or seconds since 1970");
  }

  static double finite(String field, JsonNode value) {
    if (!value.isNumber()) {
      throw wrongType(field, value, "a number");
    }
    double number = value.doubleValue();
    if (!Double.isFinite(number)) {
      throw Problem.invalid(
              field, shown(value), "is too large", "give a number that a double holds")
          .exception();
    }
    return number;
  }

  private static int integer(String field, JsonNode value, int least, int most) {
    if (!value.isNumber()) {
      throw wrongType(field, value, "a whole number");
    }
    double number = value.doubleValue(); // exact where it matters: bounds are below 2^31
    if (number != Math.rint(number) || number < least || number > most) {
      throw Checks.notInteger(field, shown(value), least, most);
    }
    return (int) number;
  }

  static ProblemException wrongType(String field, JsonNode value, String wanted) {
    return Problem.invalid(
            field,
            shown(value),
            "is not " + wanted,
            value.isNull() ? "leave it out, or give " + wanted : "give " + wanted)
        .exception();
  }

  private static String plain(double bound) {
    return bound == Math.rint(bound) && Math.abs(bound) < 1e15
        ? Long.toString((long) bound)
        : Double.toString(bound);
  }

  /** A value in a message: whole where it is short by nature. */
  private static String shown(JsonNode value) {
    if (value.isArray()) {
      return "a list of " + value.size();
    }
    return value.isObject() ? "an object" : Checks.printable(value.toString());
  }
}
