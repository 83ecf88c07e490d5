package dev.horae.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.horae.data.Json;
import dev.horae.prep.LooseJson.Word;
import dev.horae.shell.Plain;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * JSON on one line, with numbers as they were read. What a terminal would obey or not show is
 * escaped, which changes no value.
 */
final class JsonValue {

  private static final Pattern NUMBER =
      Pattern.compile("-?(0|[1-9]\\d*)(\\.\\d+)?([eE][-+]?\\d+)?|true|false");

  private JsonValue() {}

  /** Writes a value. */
  @FunctionalInterface
  interface Content {
    void write(JsonGenerator json) throws IOException;
  }

  static String text(@Nullable Object value) {
    return text(json -> write(json, value));
  }

  /** {@return a string as it is, anything else as JSON} */
  static String plain(Object value) {
    return value instanceof String text ? text : text(value);
  }

  static String text(Content content) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = Json.MAPPER.getFactory().createGenerator(text)) {
      content.write(json);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot be written as JSON", e);
    }
    return escaped(text.getBuffer());
  }

  /**
   * @param value what {@link dev.horae.prep.LooseJson#parseExactly} returns
   */
  static void write(JsonGenerator json, @Nullable Object value) throws IOException {
    if (value instanceof Map<?, ?> object) {
      json.writeStartObject();
      for (Map.Entry<?, ?> entry : object.entrySet()) {
        json.writeFieldName(String.valueOf(entry.getKey()));
        write(json, entry.getValue());
      }
      json.writeEndObject();
    } else if (value instanceof List<?> list) {
      json.writeStartArray();
      for (Object element : list) {
        write(json, element);
      }
      json.writeEndArray();
    } else if (value instanceof Word word && NUMBER.matcher(word.text()).matches()) {
      json.writeRawValue(word.text());
    } else if (value instanceof Word word) {
      json.writeString(word.text()); // such as 007 or True
    } else {
      json.writeString((String) value); // or null
    }
  }

  /** Such characters stand in strings only, where their code means the same. */
  private static String escaped(CharSequence json) {
    int at = 0;
    while (at < json.length() && isShown(json.charAt(at))) {
      at++;
    }
    if (at == json.length()) {
      return json.toString();
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < json.length(); i++) {
      char c = json.charAt(i);
      boolean pair =
          Character.isHighSurrogate(c)
              && i + 1 < json.length()
              && Character.isLowSurrogate(json.charAt(i + 1));
      if (pair) {
        text.append(c).append(json.charAt(++i));
      } else if (isShown(c)) {
        text.append(c);
      } else {
        text.append("\\u");
        for (int shift = 12; shift >= 0; shift -= 4) {
          text.append(Character.forDigit(c >> shift & 0xF, 16));
        }
      }
    }
    return text.toString();
  }

  private static boolean isShown(char c) {
    return c < 0x7f || Plain.isHarmless(c); // below a blank, all are escaped already
  }
}
