package dev.horae.prep;

import dev.horae.data.DataException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads one JSON object, or Python dict, per line. */
final class JsonLines {

  private JsonLines() {}

  static void read(LineReader lines, Table table, Rows rows) {
    refuseUnlike(lines);
    for (Line line = lines.next(); line != null; line = lines.next()) {
      if (line.problem() != null) {
        rows.reject(line.number(), line.problem(), line.text());
      } else if (line.text().isBlank()) {
        rows.pass(line.number(), Rows.BLANK);
      } else {
        read(lines.name(), line, table, rows);
      }
    }
  }

  /** A file of another kind would be refused line by line, without the repair. */
  private static void refuseUnlike(LineReader lines) {
    List<Line> seen = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    while (texts.size() < 2) {
      Line line = lines.next();
      if (line == null) {
        break;
      }
      seen.add(line);
      if (!line.text().isBlank()) {
        texts.add(line.text().strip());
      }
    }
    lines.putBack(seen);
    if (seen.isEmpty()) {
      throw new DataException(lines.name() + ": is empty");
    }
    if (texts.isEmpty() || seen.stream().anyMatch(line -> line.problem() != null)) {
      return;
    }
    String name = lines.name();
    String first = texts.get(0);
    boolean more = texts.size() > 1 && texts.get(1).startsWith("{");
    if (first.equals("[") || first.matches("\\[\\s*\\{.*")) {
      throw new DataException(
          "%s: is one JSON array; write one object per line, such as with: jq -c '.[]' %s"
              .formatted(name, name));
    }
    if (first.startsWith("{") && !more && texts.size() > 1 && isOpen(first)) {
      throw new DataException(
          "%s: an object runs over several lines; write one per line, such as with: jq -c . %s"
              .formatted(name, name));
    }
    if (!first.startsWith("{") && !first.startsWith("[") && !more) {
      String format = first.contains(":token") ? "recbole" : "csv";
      throw new DataException(
          "%s: does not look like JSON; if it is a table of text, say ``format`` %s"
              .formatted(name, format));
    }
  }

  private static boolean isOpen(String text) {
    try {
      LooseJson.parse(text);
      return false;
    } catch (LooseJson.BrokenException e) {
      return String.valueOf(e.getMessage()).contains("found the end");
    }
  }

  private static void read(String file, Line line, Table table, Rows rows) {
    try {
      if (LooseJson.parse(line.text()) instanceof Map<?, ?> object) {
        table.row(file, object);
        rows.row(
            line.number(),
            new Rows.Fields() {
              @Override
              public @Nullable Object in(Column column) {
                return table.in(object, column);
              }

              @Override
              public @Nullable Object in(String textColumn) {
                return table.in(object, textColumn);
              }
            });
      } else {
        rows.reject(line.number(), "not an object", line.text());
      }
    } catch (LooseJson.BrokenException e) {
      rows.reject(line.number(), "broken line", e.getMessage() + ": " + line.text());
    }
  }
}
