package dev.horae.prep;

import java.util.Map;

/** Reads one JSON object, or Python dict, per line. */
final class JsonLines {

  private JsonLines() {}

  static void read(LineReader lines, Table table, Rows rows) {
    String file = lines.name();
    for (Line line = lines.next(); line != null; line = lines.next()) {
      if (line.problem() != null) {
        rows.reject(line.number(), line.problem(), line.text());
      } else if (!line.text().isBlank()) {
        read(file, line, table, rows);
      }
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
              public Object in(Column column) {
                return table.in(object, column);
              }

              @Override
              public Object in(String textColumn) {
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
