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

  /** A line that is not read yet. */
  final class Raw {
    private final long number;
    private final String bytes;

    private Raw(long number, String bytes) {
      this.number = number;
      this.bytes = bytes;
    }

    /** {@return what it says} Any thread may ask. */
    Line line() {
      return HistoryLines.this.line(this);
    }
  }

  /** Together with the count, bounds what is held of a file with very long histories. */
  private static final int MOST_CHARS = 32 << 20;

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
  List<Raw> next(int count) {
    List<Raw> lines = new ArrayList<>();
    int chars = 0;
    try {
      String bytes = "";
      while (lines.size() < count && chars < MOST_CHARS && (bytes = reader.readLine()) != null) {
        number++;
        if (!bytes.isBlank()) {
          lines.add(new Raw(number, bytes));
          chars += bytes.length();
        }
      }
    } catch (IOException e) {
      throw unreadable(e);
    }
    return lines;
  }

  private String utf8(Raw raw) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder() // which reports what String(bytes) would replace
          .decode(ByteBuffer.wrap(raw.bytes.getBytes(StandardCharsets.ISO_8859_1)))
          .toString();
    } catch (CharacterCodingException e) {
      throw broken(raw, "is not UTF-8");
    }
  }

  private Line line(Raw raw) {
    String text = utf8(raw);
    JsonNode node;
    try {
      node = JSON.readTree(text);
    } catch (MismatchedInputException e) {
      throw broken(raw, "has more than one JSON value");
    } catch (JsonProcessingException e) {
      throw broken(raw, "is not JSON: " + e.getOriginalMessage());
    }
    if (!node.path("history").isArray()) {
      throw broken(raw, "has no list 'history'");
    }
    List<Event> events = new ArrayList<>();
    for (JsonNode event : node.path("history")) {
      JsonNode item = event.isObject() ? event.path("item") : event;
      if (!item.isValueNode() || item.isNull()) {
        throw broken(raw, "has an event without 'item': " + event);
      }
      JsonNode time = event.path("time");
      long seconds =
          time.isMissingNode() || time.isNull()
              ? moment
              : Moment.parse(time.asText())
                  .map(Moment::seconds)
                  .orElseThrow(() -> broken(raw, "has the time " + time + ", which is none"));
      if (seconds <= moment) {
        events.add(new Event(item.asText(), seconds));
      }
    }
    return new Line(node.path("user").asText(""), events);
  }

  private DataException unreadable(IOException e) {
    return new DataException(file + ": cannot be read; give a file of JSON lines", e);
  }

  private DataException broken(Raw raw, String problem) {
    return new DataException(
        file
            + ":"
            + raw.number
            + ": "
            + problem
            + "; write {\"user\": \"a\", \"history\": [{\"item\": \"ID\", \"time\": 1390867200}]}");
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }
}
