package dev.horae.cli;

import dev.horae.data.Moment;
import dev.horae.prep.Line;
import dev.horae.prep.LooseJson;
import dev.horae.prep.LooseJson.Word;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads lines such as {@code {"user": "any name", "history": [{"item": "ID", "time": TIME}, …]}}.
 * Times and JSON, Python literals included, are those that {@code prepare} reads.
 */
final class HistoryParser {

  private static final Set<String> INFINITE =
      Set.of("inf", "+inf", "-inf", "infinity", "+infinity", "-infinity");
  private static final int SHOWN = 100; // letters of a value that a message repeats

  private final String file;
  private final ItemIds ids;
  private final long at;

  /**
   * @param file what messages call it
   * @param at the moment of recommending, seconds since 1970-01-01 UTC
   */
  HistoryParser(String file, ItemIds ids, long at) {
    this.file = file;
    this.ids = ids;
    this.at = at;
  }

  /** Why a line cannot be used. */
  private static final class BrokenLineException extends Exception {
    private static final long serialVersionUID = 1L;

    BrokenLineException(String problem) {
      super(problem, null, false, false); // one per broken line: no stack trace
    }
  }

  /** A line of a file, or why it cannot be used; a broken one keeps its user where it has one. */
  Question line(Line line) {
    Object user = null;
    try {
      if (line.text().indexOf('\0') >= 0) {
        throw new BrokenLineException("is no UTF-8 text (UTF-16?)");
      }
      if (line.problem() != null) {
        throw new BrokenLineException("cannot be read: " + line.problem());
      }
      if (!(parsed(line.text()) instanceof Map<?, ?> object)) {
        throw new BrokenLineException("is no object");
      }
      user = object.get("user");
      if (!object.containsKey("history")) {
        throw new BrokenLineException("has no list 'history'");
      }
      return Question.line(line.number(), user, History.until(at, events(object.get("history"))));
    } catch (BrokenLineException e) {
      String problem =
          file
              + ":"
              + line.number()
              + ": "
              + e.getMessage()
              + "; write {\"user\": \"a\", \"history\": [{\"item\": \"ID\", \"time\":"
              + " 1390867200}]}";
      return Question.broken(line.number(), user, problem);
    }
  }

  private static @Nullable Object parsed(String text) throws BrokenLineException {
    try {
      return LooseJson.parseExactly(text);
    } catch (LooseJson.BrokenException e) {
      throw new BrokenLineException("is not JSON: " + e.getMessage());
    }
  }

  private List<History.Given> events(@Nullable Object history) throws BrokenLineException {
    List<History.Given> events = new ArrayList<>();
    if (history == null) {
      return events;
    }
    if (!(history instanceof List<?> list)) {
      throw new BrokenLineException("has a 'history' that is no list: " + shown(history));
    }
    for (Object event : list) {
      events.add(event(event));
    }
    return events;
  }

  /** An item alone, an item and a time, or an object with both. */
  private History.Given event(@Nullable Object event) throws BrokenLineException {
    Object item = event;
    Object time = null;
    if (event instanceof Map<?, ?> object) {
      item = object.get("item");
      time = object.get("time");
    } else if (event instanceof List<?> pair) {
      if (pair.isEmpty() || pair.size() > 2) {
        throw new BrokenLineException("has an event that is no [item, time]: " + shown(event));
      }
      item = pair.get(0);
      time = pair.size() == 2 ? pair.get(1) : null;
    }
    String id = text(item);
    if (id == null || id.isBlank() || (item instanceof Word && !ItemIds.isNumber(id))) {
      throw new BrokenLineException("has an event without 'item': " + shown(event));
    }
    return new History.Given(ids.resolved(id), time(time));
  }

  private static Optional<Moment> time(@Nullable Object time) throws BrokenLineException {
    String text = text(time);
    if (time == null || (text != null && isMissing(text))) {
      return Optional.empty();
    }
    Optional<Moment> moment = text == null ? Optional.empty() : Moment.parse(text);
    if (moment.isEmpty()) {
      throw new BrokenLineException("has the time " + shown(time) + ", which is invalid");
    }
    return moment;
  }

  /** {@return whether this is what programs write where they have no time} */
  static boolean isMissing(String text) {
    return Moment.isMissing(text) || INFINITE.contains(text.strip().toLowerCase(Locale.ROOT));
  }

  /** {@return a string or a number as text, null for anything else} */
  private static @Nullable String text(@Nullable Object value) {
    return value instanceof Word word ? word.text() : value instanceof String text ? text : null;
  }

  private static String shown(@Nullable Object value) {
    String text = JsonValue.text(value);
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
  }
}
