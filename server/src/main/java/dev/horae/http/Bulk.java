package dev.horae.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Many things in one body: an object, an array of objects, or lines of objects. One that cannot be
 * used is rejected alone; a body that is no JSON is refused as a whole, a line that is none alone.
 *
 * @param values what was made of those that can be used
 * @param rejected with where they stood in the body, from 0; lines count even when they are empty
 */
public record Bulk<T>(List<T> values, List<Rejected> rejected) {

  /** The most that one body may hold. */
  public static final int MOST = 10_000;

  /**
   * @param field what is wrong; null where the whole is
   */
  public record Rejected(int index, @Nullable String field, String problem) {}

  /** Reads a value and leaves what follows it. */
  private static final ObjectReader PART =
      JsonObject.MAPPER.reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private static final String LINES = "application/x-ndjson";

  /**
   * Reads a body.
   *
   * @param contentType {@code application/x-ndjson} for lines, anything else for JSON
   * @param one makes a value of an object
   * @param known the names that an object may hold
   */
  public static <T> Bulk<T> read(
      byte[] body, @Nullable String contentType, Function<JsonObject, T> one, String... known) {
    Bulk<T> bulk = new Bulk<>(new ArrayList<>(), new ArrayList<>());
    if (contentType != null && contentType.strip().startsWith(LINES)) {
      bulk.lines(body, one, known);
    } else {
      bulk.array(body, one, known);
    }
    if (bulk.values.isEmpty() && bulk.rejected.isEmpty()) {
      throw Problem.of(Problem.Kind.INVALID_REQUEST, "the body holds nothing", "send at least one")
          .exception();
    }
    return bulk;
  }

  private void lines(byte[] body, Function<JsonObject, T> one, String... known) {
    int index = 0;
    for (int from = 0; from < body.length; index++) {
      int to = from;
      while (to < body.length && body[to] != '\n') {
        to++;
      }
      if (!isBlank(body, from, to)) {
        full();
        add(index, body, from, to - from, one, known);
      }
      from = to + 1;
    }
  }

  private void add(
      int index, byte[] body, int from, int length, Function<JsonObject, T> one, String... known) {
    try {
      add(index, JsonObject.MAPPER.readTree(body, from, length), one, known);
    } catch (IOException e) {
      rejected.add(
          new Rejected(
              index, null, JsonObject.notJson(e).detail().replace("the body", "the line")));
    }
  }

  private void array(byte[] body, Function<JsonObject, T> one, String... known) {
    try (JsonParser parser = JsonObject.MAPPER.createParser(body)) {
      JsonToken first = parser.nextToken();
      if (first == null) {
        return;
      }
      if (first != JsonToken.START_ARRAY) {
        add(0, PART.readTree(parser), one, known);
      } else {
        for (int index = 0; parser.nextToken() != JsonToken.END_ARRAY; index++) {
          full();
          add(index, PART.readTree(parser), one, known);
        }
      }
      if (parser.nextToken() != null) {
        throw Problem.of(
                Problem.Kind.INVALID_REQUEST,
                "the body has something behind its JSON",
                "send one value, or lines as " + LINES)
            .exception();
      }
    } catch (IOException e) {
      throw JsonObject.notJson(e).exception();
    }
  }

  private void add(int index, JsonNode node, Function<JsonObject, T> one, String... known) {
    try {
      values.add(one.apply(JsonObject.of(node, "", known)));
    } catch (ProblemException e) {
      Problem problem = e.problem();
      String repair = problem.repair() == null ? "" : "; " + problem.repair();
      rejected.add(new Rejected(index, problem.field(), problem.detail() + repair));
    }
  }

  private void full() {
    if (values.size() + rejected.size() == MOST) {
      throw Problem.of(
              Problem.Kind.TOO_LARGE, "the body holds more than " + MOST, "send several requests")
          .exception();
    }
  }

  private static boolean isBlank(byte[] body, int from, int to) {
    for (int i = from; i < to; i++) {
      if (body[i] != ' ' && body[i] != '\r' && body[i] != '\t') {
        return false;
      }
    }
    return true;
  }
}
