package dev.horae.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.data.DataException;
import dev.horae.data.Json;
import dev.horae.data.Moment;
import dev.horae.serve.Recommender.Event;
import java.io.BufferedReader;
import java.io.IOException;
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
      reader = Files.newBufferedReader(file);
    } catch (IOException e) {
      throw new DataException(file + ": cannot be read; give a file of JSON lines", e);
    }
  }

  /**
   * {@return the next lines, at most {@code count}; none at the end} Blank lines are passed over.
   */
  List<Line> next(int count) throws IOException {
    List<Line> lines = new ArrayList<>();
    String text = "";
    while (lines.size() < count && (text = reader.readLine()) != null) {
      number++;
      if (!text.isBlank()) {
        lines.add(line(text));
      }
    }
    return lines;
  }

  private Line line(String text) {
    JsonNode node;
    try {
      node = Json.MAPPER.readTree(text);
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
