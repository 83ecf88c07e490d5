package dev.horae.prep;

import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Reads one JSON object, or Python dict, per line. */
final class JsonLines {

  private JsonLines() {}

  /**
   * @param names the names to try for a column, in this order; the first with a value counts
   */
  static void read(LineReader lines, Function<Column, List<String>> names, Rows rows) {
    for (Line line = lines.next(); line != null; line = lines.next()) {
      if (line.problem() != null) {
        rows.reject(line.number(), line.problem(), line.text());
      } else if (!line.text().isBlank()) {
        read(line, names, rows);
      }
    }
  }

  private static void read(Line line, Function<Column, List<String>> names, Rows rows) {
    try {
      if (LooseJson.parse(line.text()) instanceof Map<?, ?> object) {
        rows.row(
            line.number(),
            new Rows.Fields() {
              @Override
              public Object in(Column column) {
                return first(object, names.apply(column));
              }

              @Override
              public Object in(String textColumn) {
                return object.get(textColumn);
              }
            });
      } else {
        rows.reject(line.number(), "not an object", line.text());
      }
    } catch (LooseJson.BrokenException e) {
      rows.reject(line.number(), "broken line", e.getMessage() + ": " + line.text());
    }
  }

  private static Object first(Map<?, ?> object, List<String> names) {
    for (String name : names) {
      Object value = object.get(name);
      if (value != null && !"".equals(value) && !List.of().equals(value)) {
        return value;
      }
    }
    return null;
  }
}
