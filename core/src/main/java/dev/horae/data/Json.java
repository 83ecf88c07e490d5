package dev.horae.data;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.StreamReadException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** JSON as all our files write it: indented, snake_case keys, UTF-8, whole or not at all. */
public final class Json {

  public static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  private static final ObjectWriter ON_ONE_LINE =
      MAPPER.writer().without(SerializationFeature.INDENT_OUTPUT);

  private static final String REPAIR = "restore the file, or make it again";

  private Json() {}

  public static void write(Path file, Object value) {
    AtomicFiles.writeText(file, text(value) + "\n");
  }

  public static String text(Object value) {
    try {
      return MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("cannot be written as JSON: " + value.getClass(), e);
    }
  }

  /** {@return the value on one line} */
  public static String line(Object value) {
    try {
      return ON_ONE_LINE.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("cannot be written as JSON: " + value.getClass(), e);
    }
  }

  /** {@return the strings, by name, of an object that {@link #text} wrote} */
  public static Map<String, String> strings(String json) {
    try {
      Map<String, String> strings = new LinkedHashMap<>();
      MAPPER
          .readTree(json)
          .properties()
          .forEach(entry -> strings.put(entry.getKey(), entry.getValue().asText()));
      return strings;
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("is not JSON: " + json, e);
    }
  }

  /** Throws {@link DataException} naming the file when it is missing or not what was expected. */
  public static <T> T read(Path file, Class<T> type) {
    try {
      T value = MAPPER.readValue(Files.readAllBytes(file), type);
      if (value == null) {
        throw new DataException(file + ": holds nothing but null; " + REPAIR);
      }
      return value;
    } catch (JsonProcessingException e) {
      throw new DataException(file + place(e) + ": " + problem(e) + "; " + REPAIR, e);
    } catch (IOException e) {
      throw new DataException(file + ": cannot be read: " + Reasons.of(e), e);
    }
  }

  private static String place(JsonProcessingException e) {
    JsonLocation location = e.getLocation();
    return location == null || location.getLineNr() < 1 ? "" : ":" + location.getLineNr();
  }

  /** What Jackson says beyond its first words is about its own classes. */
  private static String problem(JsonProcessingException e) {
    if (e instanceof JsonMappingException mapping && !mapping.getPath().isEmpty()) {
      String key = mapping.getPath().get(0).getFieldName();
      return key == null
          ? "holds something else than it should"
          : key + " has a value that it cannot have";
    }
    return e instanceof StreamReadException
        ? "is not JSON: "
            + e.getOriginalMessage()
                .lines()
                .findFirst()
                .orElse("")
                .replaceFirst("[(:].*", "")
                .strip()
        : "holds something else than it should";
  }

  /** {@return the description that lies beside a safetensors file, under the same name} */
  public static Path sidecar(Path safetensors) {
    String name = safetensors.getFileName().toString();
    return safetensors.resolveSibling(name.replaceFirst("\\.safetensors$", "") + ".json");
  }
}
