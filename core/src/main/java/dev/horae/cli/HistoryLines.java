package dev.horae.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import dev.horae.data.DataException;
import dev.horae.data.Json;
import dev.horae.data.Moment;
import dev.horae.serve.Recommender.Event;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Histories as JSON lines: {@code {"user": "any name", "history": [{"item": "ID", "time": TIME},
 * …]}}; an event may also be just its item's id. Errors name the file, the line and the repair.
 */
final class HistoryLines implements AutoCloseable {

  /**
   * @param user as given, may be empty
   */
  record Line(String user, List<Event> history) {}

  /** A second value on a line would be lost without a word. */
  private static final ObjectReader JSON =
      Json.MAPPER.reader().with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final Path file;
  private final BufferedReader reader;
  private final long moment;
  private long number;

  /**
   * @param moment seconds since 1970-01-01 UTC: later events are left out, events without a time
   *     get it
   */
  HistoryLines(Path file, long moment) {
    this.file = file;
    this.moment = moment;
    try {
      // Bytes as they are: a line that is not UTF-8 can then be named by its number.
      reader = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /**
   * {@return the next lines, at most {@code count}; none at the end} Blank lines are passed over.
   */
  List<Line> next(int count) {
    List<Line> lines = new ArrayList<>();
    try {
      String bytes = "";
      while (lines.size() < count && (bytes = reader.readLine()) != null) {
        number++;
        if (!bytes.isBlank()) {
          lines.add(line(utf8(bytes)));
        }
      }
    } catch (IOException e) {
      throw unreadable(e);
    }
    return lines;
  }

  private String utf8(String bytes) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder() // which reports what String(bytes) would replace
          .decode(ByteBuffer.wrap(bytes.getBytes(StandardCharsets.ISO_8859_1)))
          .toString();
    } catch (CharacterCodingException e) {
      throw broken("is not UTF-8");
    }
  }

  private Line line(String text) {
    JsonNode node;
    try {
      node = JSON.readTree(text);
    } catch (MismatchedInputException e) {
      throw broken("has more than one JSON value");
    } catch (JsonProcessingException e) {
      throw broken("is not JSON: " + e.getOriginalMessage());
    }
    if (!node.path("history").isArray()) {
      throw broken("has no list 'history'");
    }
    List<Event> events = new ArrayList<>();
    for (JsonNode event : node.path("history")) {
      JsonNode item = event.isObject() ? event.path("item") : event;
      if (!item.isValueNode() || item.isNull()) {
        throw broken("has an event without 'item': " + event);
      }
      JsonNode time = event.path("time");
      long seconds =
          time.isMissingNode() || time.isNull()
              ? moment
              : Moment.parse(time.asText())
                  .orElseThrow(() -> broken("has the time " + time + ", which is none"));
      if (seconds <= moment) {
        events.add(new Event(item.asText(), seconds));
      }
    }
    return new Line(node.path("user").asText(""), events);
  }

  private DataException unreadable(IOException e) {
    return new DataException(file + ": cannot be read; give a file of JSON lines", e);
  }

  private DataException broken(String problem) {
    return new DataException(
        file
            + ":"
            + number
            + ": "
            + problem
            + "; write {\"user\": \"a\", \"history\": [{\"item\": \"ID\", \"time\": 1390867200}]}");
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }
}
