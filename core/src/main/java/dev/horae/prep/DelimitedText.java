package dev.horae.prep;

import dev.horae.data.DataException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a table of text with a header line: CSV, TSV and RecBole's atomic files.
 *
 * <p>A quoted field may span lines. When a quote is not closed within {@value #MAX_RECORD_LINES}
 * lines, only its first line is broken and reading goes on after it.
 */
final class DelimitedText {

  private static final int MAX_RECORD_LINES = 1000;

  private final LineReader lines;
  private final Table table;
  private final Rows rows;
  private boolean typed;
  private char separator;
  private List<String> header = List.of();
  private final Map<Column, Integer> places = new EnumMap<>(Column.class);
  private Map<String, Integer> textPlaces = Map.of();
  private boolean categoriesAreSequence;

  private DelimitedText(LineReader lines, Table table, Rows rows) {
    this.lines = lines;
    this.table = table;
    this.rows = rows;
  }

  static void readCsv(LineReader lines, Table table, Rows rows) {
    new DelimitedText(lines, table, rows).read();
  }

  static void readRecBole(LineReader lines, Table table, Rows rows) {
    DelimitedText text = new DelimitedText(lines, table, rows);
    text.typed = true;
    text.read();
  }

  private void read() {
    readHeader();
    for (Line line = lines.next(); line != null; line = lines.next()) {
      if (line.problem() != null) {
        rows.reject(line.number(), line.problem(), line.text());
      } else if (!line.text().isBlank()) {
        readRow(line);
      }
    }
  }

  private void readHeader() {
    Line line = lines.next();
    if (line == null) {
      throw new DataException(lines.name() + ": is empty; its first line should name the columns");
    }
    if (line.problem() != null) {
      throw new DataException(lines.name() + ":1: the header is " + line.problem());
    }
    separator = typed ? '\t' : separatorOf(line.text());
    header = fields(line);
    if (header == null) {
      throw new DataException(lines.name() + ":1: the header has a quote that is never closed");
    }
    List<String> names = new ArrayList<>();
    for (String field : header) {
      names.add(typed ? nameOf(field) : field.strip());
    }
    if (typed) {
      table.refuseSequences(lines.name(), header);
    }
    places.putAll(table.places(lines.name(), names));
    textPlaces = table.textPlaces(lines.name(), names);
    Integer categories = places.get(Column.CATEGORIES);
    categoriesAreSequence =
        typed
            && categories != null
            && header.get(categories).endsWith("_seq")
            && !table.sources().cells().separatesCategories();
  }

  /** RecBole's header: {@code name:type}. */
  private String nameOf(String field) {
    int colon = field.indexOf(':');
    if (colon <= 0) {
      throw new DataException(
          "%s:1: column '%s' has no type; RecBole's header reads user_id:token, separated by tabs"
              .formatted(lines.name(), field));
    }
    return field.substring(0, colon);
  }

  private static char separatorOf(String header) {
    if (header.indexOf('\t') >= 0) {
      return '\t';
    }
    return header.indexOf(',') < 0 && header.indexOf(';') >= 0 ? ';' : ',';
  }

  private void readRow(Line line) {
    List<String> fields = fields(line);
    if (fields == null) {
      rows.reject(line.number(), "quote never closed", line.text());
    } else if (fields.size() != header.size()) {
      String problem = "%s fields instead of %s: ".formatted(fields.size(), header.size());
      rows.reject(line.number(), "wrong number of fields", problem + line.text());
    } else {
      rows.row(
          line.number(),
          new Rows.Fields() {
            @Override
            public Object in(Column column) {
              return field(fields, column);
            }

            @Override
            public Object in(String textColumn) {
              return fields.get(textPlaces.get(textColumn));
            }
          });
    }
  }

  private Object field(List<String> fields, Column column) {
    Integer place = places.get(column);
    if (place == null) {
      return null;
    }
    String field = fields.get(place);
    if (column == Column.CATEGORIES && categoriesAreSequence) {
      return Values.sequence(field);
    }
    return field;
  }

  /** {@return the fields of a record; null if its quote stays open} Most have no quote at all. */
  private List<String> fields(Line line) {
    return typed || line.text().indexOf('"') < 0 ? plainFields(line.text()) : quotedFields(line);
  }

  private List<String> plainFields(String text) {
    List<String> fields = new ArrayList<>(header.size());
    int start = 0;
    for (int end = text.indexOf(separator); end >= 0; end = text.indexOf(separator, start)) {
      fields.add(text.substring(start, end));
      start = end + 1;
    }
    fields.add(text.substring(start));
    return fields;
  }

  /**
   * {@return the fields of the record that starts at {@code first}; null if its quote stays open}
   */
  private List<String> quotedFields(Line first) {
    List<Line> more = new ArrayList<>();
    List<String> fields = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    String text = first.text();
    boolean quoted = false;
    int at = 0;
    while (true) {
      if (at == text.length()) {
        if (!quoted) {
          fields.add(field.toString());
          return fields;
        }
        Line next = more.size() < MAX_RECORD_LINES ? lines.next() : null;
        if (next != null) {
          more.add(next);
        }
        if (next == null || next.problem() != null) {
          lines.putBack(more);
          return null;
        }
        field.append('\n');
        text = next.text();
        at = 0;
        continue;
      }
      char c = text.charAt(at++);
      boolean doubled = quoted && c == '"' && at < text.length() && text.charAt(at) == '"';
      if (doubled) {
        field.append('"');
        at++;
      } else if (c == '"' && (quoted || field.isEmpty())) {
        quoted = !quoted;
      } else if (c == separator && !quoted) {
        fields.add(field.toString());
        field.setLength(0);
      } else {
        field.append(c);
      }
    }
  }
}
