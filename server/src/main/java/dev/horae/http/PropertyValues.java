package dev.horae.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a shop says of its items and events beyond what we know: texts, numbers, truths, lists of
 * texts.
 */
final class PropertyValues {

  private static final int MOST = 100;
  private static final int LONGEST_NAME = 64;
  private static final int LONGEST_TEXT = 4096;

  private PropertyValues() {}

  static Map<String, @Nullable Object> read(String field, JsonNode value, boolean nulls) {
    if (!value.isObject()) {
      throw JsonObject.wrongType(field, value, "an object");
    }
    requireFew(field, value.size());
    Map<String, @Nullable Object> properties = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : value.properties()) {
      Checks.text("a name in " + field, entry.getKey(), 1, LONGEST_NAME);
      String place = field + "." + entry.getKey();
      properties.put(
          entry.getKey(),
          nulls && entry.getValue().isNull() ? null : read(place, entry.getValue()));
    }
    return properties;
  }

  /** Throws where there are more properties than one thing may have. */
  static void requireFew(String field, int properties) {
    if (properties > MOST) {
      throw Problem.invalid(
              field, "an object", "has " + properties + " properties", "give at most " + MOST)
          .exception();
    }
  }

  private static Object read(String field, JsonNode value) {
    if (value.isTextual()) {
      return JsonObject.text(field, value, 0, LONGEST_TEXT);
    }
    if (value.isNumber()) {
      return JsonObject.finite(field, value);
    }
    if (value.isBoolean()) {
      return value.booleanValue();
    }
    if (!value.isArray()) {
      throw JsonObject.wrongType(field, value, "a text, a number, true, false or a list of texts");
    }
    if (value.size() > MOST) {
      throw Problem.invalid(
              field, "a list of " + value.size(), "is too long", "give at most " + MOST)
          .exception();
    }
    List<String> texts = new ArrayList<>(value.size());
    for (int i = 0; i < value.size(); i++) {
      texts.add(JsonObject.text(field + "[" + i + "]", value.get(i), 0, LONGEST_TEXT));
    }
    return List.copyOf(texts);
  }
}
