package dev.horae.prep;

import dev.horae.data.DataException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a table of text: CSV and other separators, with a header line or names given for one, and
 * RecBole's atomic files.
 */
final class DelimitedText {

  /** Which are tried, in this order where they do equally well. */
  private static final List<String> SEPARATORS = List.of("\t", "::", ";", "|", ",");

  /** How many lines are looked at to see what a file is like. */
  private static final int SAMPLE = 20;

  private static final String HEADER_REPAIR =
      "; the first line should name the columns, or give the names with ``headers``";

  /** Rows whose ids and times show what ids and times look like; later ones are like them. */
  private static final int LEARNED_ROWS = 10_000;

  private final LineReader lines;
  private final Table table;
  private final Rows rows;
  private final boolean typed;
  private List<String> header = List.of();
  private Set<String> headerNames = Set.of();
  private final Map<Column, Integer> places = new EnumMap<>(Column.class);
  private Map<String, Integer> textPlaces = Map.of();
  private boolean categoriesAreSequence;
  private int learned;
  private final Map<Integer, Set<Integer>> shapes = new LinkedHashMap<>(); // by place

  private DelimitedText(LineReader lines, Table table, Rows rows, boolean typed) {
    this.lines = lines;
    this.table = table;
    this.rows = rows;
    this.typed = typed;
  }

  static void readCsv(LineReader lines, Table table, Rows rows) {
    new DelimitedText(lines, table, rows, false).read();
  }

  static void readRecBole(LineReader lines, Table table, Rows rows) {
    new DelimitedText(lines, table, rows, true).read();
  }

  private void read() {
    Records records = readHeader();
    for (Line line = lines.next(); line != null; line = lines.next()) {
      if (line.problem() != null) {
        rows.reject(line.number(), line.problem(), line.text());
      } else if (line.text().isBlank()) {
        rows.pass(line.number(), Rows.BLANK);
      } else {
        readRow(records, line);
      }
    }
  }

  private Records readHeader() {
    String separator = table.sources().text().separator();
    Line line = first();
    if (!typed && line.text().matches("sep=.+")) {
      separator = separator.isEmpty() ? line.text().substring(4) : separator;
      rows.pass(line.number(), "separator line of Excel");
      line = first();
    }
    List<String> given = typed ? List.of() : given();
    String place = lines.name() + ":" + line.number();
    List<String> sample = sample();
    refuseJson(place, line);
    if (given.isEmpty()) {
      if (line.problem() != null) {
        throw new DataException(
            place + ": the header is refused: " + line.problem() + HEADER_REPAIR);
      }
      sample.add(0, line.text());
    } else {
      lines.putBack(List.of(line));
      sample = sample();
    }
    separator = typed ? "\t" : separator.isEmpty() ? separatorOf(sample, given) : separator;
    Records records = new Records(lines, separator, !typed);
    List<String> names = given.isEmpty() ? records.read(line) : given;
    if (names == null) {
      throw new DataException(
          place + ": the header is refused: " + records.problem() + HEADER_REPAIR);
    }
    header = names;
    List<List<String>> cut = new ArrayList<>();
    for (String text : given.isEmpty() ? sample.subList(1, sample.size()) : sample) {
      cut.add(typed ? List.of(text.split("\t", -1)) : Records.cut(text, separator));
    }
    place(place, !given.isEmpty(), cut);
    records.expect(header.size(), this::looksLikeRow);
    return records;
  }

  private Line first() {
    Line line = lines.next();
    while (line != null && line.problem() == null && line.text().isBlank()) {
      rows.pass(line.number(), Rows.BLANK);
      line = lines.next();
    }
    if (line == null) {
      throw new DataException(lines.name() + ": is empty; its first line should name the columns");
    }
    return line;
  }

  /** {@return the usable lines that come next, and stay to be read} */
  private List<String> sample() {
    List<Line> sample = new ArrayList<>();
    for (Line line = lines.next(); line != null; line = lines.next()) {
      sample.add(line);
      if (sample.size() == SAMPLE) {
        break;
      }
    }
    lines.putBack(sample);
    List<String> texts = new ArrayList<>();
    for (Line line : sample) {
      if (line.problem() == null && !line.text().isBlank()) {
        texts.add(line.text());
      }
    }
    return texts;
  }

  /** {@return the names given for files of this kind; none if the file has a header} */
  private List<String> given() {
    List<List<String>> headers = table.sources().text().headers();
    boolean events = table.isOfEvents();
    if (headers.size() == 1 && table.sources().items().isEmpty()) {
      return headers.get(0);
    }
    return headers.stream()
        .filter(names -> table.sources().isForEvents(names) == events)
        .findFirst()
        .orElse(List.of());
  }

  private static void refuseJson(String place, Line line) {
    if (line.problem() == null && line.text().matches("\\s*(\\[\\s*)?\\{\\s*(\".*)?|\\s*\\[\\s*")) {
      throw new DataException(
          place + ": this is JSON, not a table; say ``format`` jsonl, or amazon for its data sets");
    }
  }

  /** The one that gives the columns that are needed, or else the same number in most lines. */
  private String separatorOf(List<String> sample, List<String> given) {
    String best = ",";
    long most = 0;
    for (String separator : SEPARATORS) {
      List<String> names = Records.cut(sample.get(0), separator);
      int width = given.isEmpty() ? names.size() : given.size();
      long like =
          sample.stream().filter(line -> Records.cut(line, separator).size() == width).count();
      boolean named = given.isEmpty() && width > 1 && table.isSatisfiedBy(names);
      long score = width < 2 ? 0 : like + (named ? SAMPLE + 1 : 0);
      if (score > most) {
        most = score;
        best = separator;
      }
    }
    return most == 0 && !given.isEmpty() ? separatorOf(sample, List.of()) : best;
  }

  /** Finds where the columns stand. */
  private void place(String place, boolean given, List<List<String>> sample) {
    List<String> names = new ArrayList<>();
    for (String field : header) {
      names.add(typed ? nameOf(place, field) : field.strip());
    }
    List<List<String>> alike = sample.stream().filter(row -> row.size() == names.size()).toList();
    if (given && alike.isEmpty() && !sample.isEmpty()) {
      throw new DataException(
          "%s: ``headers`` names %s columns, %s, but the first record has %s, %s; name each column, in the order of the file"
              .formatted(
                  place,
                  names.size(),
                  String.join(",", names),
                  sample.get(0).size(),
                  String.join(",", sample.get(0))));
    }
    if (!given && !typed) {
      new Headers(place, names, alike, table).check();
    }
    if (typed) {
      table.refuseSequences(lines.name(), header);
    }
    places.putAll(table.places(lines.name(), names));
    textPlaces = table.textPlaces(lines.name(), names);
    headerNames = new HashSet<>(header);
    Integer categories = places.get(Column.CATEGORIES);
    categoriesAreSequence =
        typed
            && categories != null
            && header.get(categories).endsWith("_seq")
            && !table.sources().cells().separatesCategories();
    for (Column column : List.of(Column.USER, Column.ITEM, Column.TIME)) {
      Integer where = places.get(column);
      if (where != null) {
        shapes.put(where, new HashSet<>());
      }
    }
  }

  /** RecBole's header: {@code name:type}. */
  private static String nameOf(String place, String field) {
    int colon = field.indexOf(':');
    if (colon <= 0) {
      throw new DataException(
          "%s: column '%s' has no type; RecBole's header reads user_id:token, separated by tabs"
              .formatted(place, field));
    }
    return field.substring(0, colon);
  }

  private void readRow(Records records, Line line) {
    List<String> fields = records.read(line);
    if (fields == null) {
      int found = records.found();
      String count = found == 0 ? "" : "%s fields instead of %s: ".formatted(found, header.size());
      rows.reject(line.number(), records.problem(), count + line.text());
    } else if (headerNames.contains(fields.get(0)) && isHeader(line, fields)) {
      rows.reject(line.number(), "header repeated", line.text());
    } else {
      learn(fields);
      rows.row(line.number(), new Row(fields));
    }
  }

  private boolean isHeader(Line line, List<String> fields) {
    if (fields.equals(header)) {
      return true;
    }
    if (headerNames.size() > 1 && headerNames.equals(new HashSet<>(fields))) {
      throw new DataException(
          "%s:%s: here begins a table with another order of columns; put it into a file of its own"
              .formatted(lines.name(), line.number()));
    }
    return false;
  }

  private void learn(List<String> fields) {
    if (learned < LEARNED_ROWS) {
      learned++;
      shapes.forEach((place, seen) -> seen.add(shape(fields.get(place))));
    }
  }

  /** Whether the fields of a line inside a quoted text are rather a row of their own. */
  private boolean looksLikeRow(List<String> fields) {
    if (learned == 0) {
      return fields.stream().noneMatch(field -> field.startsWith(" "));
    }
    return shapes.entrySet().stream()
        .allMatch(one -> one.getValue().contains(shape(fields.get(one.getKey()))));
  }

  /** The length of an id and which kinds of characters it has. */
  private static int shape(String id) {
    int kinds = 0;
    for (int i = 0; i < id.length(); i++) {
      char c = id.charAt(i);
      kinds |= Character.isDigit(c) ? 1 : Character.isLetter(c) ? 2 : c == ' ' ? 4 : 8;
    }
    return 16 * Math.min(id.length(), 32) + kinds;
  }

  private final class Row implements Rows.Fields {

    private final List<String> fields;

    Row(List<String> fields) {
      this.fields = fields;
    }

    @Override
    public @Nullable Object in(Column column) {
      Integer place = places.get(column);
      if (place == null) {
        return null;
      }
      String field = fields.get(place);
      return column == Column.CATEGORIES && categoriesAreSequence ? Values.sequence(field) : field;
    }

    @Override
    public @Nullable Object in(String textColumn) {
      Integer place = textPlaces.get(textColumn);
      return place == null ? null : fields.get(place);
    }
  }
}
