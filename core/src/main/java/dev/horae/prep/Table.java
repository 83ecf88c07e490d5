package dev.horae.prep;

import dev.horae.config.Names;
import dev.horae.data.DataException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The columns that a kind of file may have and must have, and which of them its files turned out to
 * have. A name is looked for as it is written, then without case.
 */
final class Table {

  /** Of JSON lines only the first rows tell which names there are. */
  private static final int ROWS_LISTED = 1000;

  /** Enough names to recognise a file by. */
  private static final int NAMES_SHOWN = 20;

  /** A day such as {@code 09 22, 2013}, which is not read; the second of it stands beside it. */
  private static final String AMAZON_DAY = "reviewTime";

  private static final Set<String> TIME_WORDS =
      Set.of(
          "time",
          "date",
          "datetime",
          "ts",
          "dt",
          "day",
          "when",
          "at",
          "epoch",
          "unixtime",
          "eventtime",
          "eventdate",
          "created",
          "clicktime",
          "ordertime",
          "orderdate");

  /** What catalogues call a column that has another name here; a name is of the first such. */
  private static final Map<Column, Set<String>> CATALOGUE_WORDS = catalogueWords();

  private final PrepareOptions.Sources sources;
  private final List<Column> columns;
  private final Set<Column> required;
  private final List<String> textColumns;
  private final Set<String> names = new LinkedHashSet<>();
  private final Set<String> wanted = new LinkedHashSet<>();
  private final Set<Column> found = EnumSet.noneOf(Column.class);
  private final List<String> warnings = new ArrayList<>();
  private String lastFile = "";
  private int rows;

  Table(
      PrepareOptions.Sources sources,
      List<Column> columns,
      Set<Column> required,
      List<String> textColumns) {
    this.sources = sources;
    this.columns = columns;
    this.required = required;
    this.textColumns = textColumns;
    columns.forEach(column -> wanted.addAll(sources.columns().getOrDefault(column, List.of())));
    wanted.addAll(textColumns);
  }

  /** What the rows of a file had, for other such tables and for files of JSON. */
  record Seen(
      String lastFile,
      List<String> names,
      List<String> wanted,
      Set<Column> found,
      List<String> warnings,
      int rows) {}

  Seen seen() {
    return new Seen(
        lastFile, List.copyOf(names), List.copyOf(wanted), Set.copyOf(found), warnings, rows);
  }

  /** What another table of the same kind has seen, in a file behind those of this one. */
  void add(Seen later) {
    lastFile = later.lastFile;
    if (rows < ROWS_LISTED) {
      names.addAll(later.names);
    }
    rows = Math.min(ROWS_LISTED, rows + later.rows);
    wanted.retainAll(later.wanted);
    found.addAll(later.found);
    warnings.addAll(later.warnings);
  }

  static Table events(PrepareOptions.Sources sources) {
    return new Table(
        sources,
        List.of(Column.USER, Column.ITEM, Column.TIME),
        sources.columns().containsKey(Column.TIME)
            ? Set.of(Column.USER, Column.ITEM, Column.TIME)
            : Set.of(Column.USER, Column.ITEM),
        List.of());
  }

  static Table items(PrepareOptions.Sources sources) {
    return new Table(
        sources,
        List.of(Column.ITEM, Column.TITLE, Column.BRAND, Column.CATEGORIES, Column.IMAGE),
        Set.of(Column.ITEM),
        sources.textColumns());
  }

  /** Whether its rows are events, not items. */
  boolean isOfEvents() {
    return required.contains(Column.USER);
  }

  /** Whether a header has every column that there must be. */
  boolean isSatisfiedBy(List<String> header) {
    return required.stream()
        .allMatch(
            column ->
                sources.names(column).stream()
                    .anyMatch(name -> header.stream().anyMatch(name::equalsIgnoreCase)));
  }

  /** Whether a column of that name is read, or can be. */
  boolean reads(String name) {
    return textColumns.stream().anyMatch(name::equalsIgnoreCase)
        || columns.stream()
            .anyMatch(column -> sources.names(column).stream().anyMatch(name::equalsIgnoreCase));
  }

  /** Whether {@code --column} gave a name for ids or times. */
  boolean isAskedFor(String name) {
    return Stream.of(Column.USER, Column.ITEM, Column.TIME)
        .flatMap(column -> sources.columns().getOrDefault(column, List.of()).stream())
        .anyMatch(name::equalsIgnoreCase);
  }

  PrepareOptions.Sources sources() {
    return sources;
  }

  /** {@return where in a header each column stands, 0 = first; absent columns are absent} */
  Map<Column, Integer> places(String file, List<String> header) {
    lastFile = file;
    header.forEach(this::list);
    Map<Column, Integer> places = new EnumMap<>(Column.class);
    List<String> problems = new ArrayList<>();
    for (Column column : columns) {
      int place = place(file, header, sources.names(column));
      if (place >= 0) {
        places.put(column, place);
        found.add(column);
      } else if (required.contains(column)) {
        problems.add(missing(column, sources.names(column), header));
      }
    }
    refuse(problems);
    requireApart(file, header);
    return places;
  }

  /** Refuses a column that would be two of user, item and time. */
  private void requireApart(String file, List<String> header) {
    Map<String, Column> taken = new HashMap<>();
    for (Column column : List.of(Column.USER, Column.ITEM, Column.TIME)) {
      Optional<String> name =
          columns.contains(column) ? named(header, sources.names(column)) : Optional.empty();
      Column other = name.map(one -> taken.putIfAbsent(one, column)).orElse(null);
      if (other != null) {
        throw new DataException(
            "%1$s: column %2$s would be both %3$s and %4$s; name the other with ``column`` %3$s=NAME or ``column`` %4$s=NAME"
                .formatted(file, name.get(), role(other), role(column)));
      }
    }
  }

  /** {@return where in a header each of the text columns stands, 0 = first} */
  Map<String, Integer> textPlaces(String file, List<String> header) {
    Map<String, Integer> places = new LinkedHashMap<>();
    List<String> problems = new ArrayList<>();
    for (String name : textColumns) {
      int place = place(file, header, List.of(name));
      if (place < 0) {
        problems.add(withoutText(name, header));
      }
      places.put(name, place);
    }
    refuse(problems);
    return places;
  }

  /** {@return what a row of JSON has in a column: the first name with a value counts} */
  @Nullable Object in(Map<?, ?> row, Column column) {
    List<String> known = sources.names(column);
    for (String name : known) {
      Object value = row.get(name);
      if (value != null && !"".equals(value) && !List.of().equals(value)) {
        found.add(column);
        return value;
      }
    }
    return known.stream().anyMatch(row::containsKey) ? null : withoutCase(row, column, known);
  }

  /** {@return what a row of JSON has in one of the text columns} */
  @Nullable Object in(Map<?, ?> row, String textColumn) {
    return row.containsKey(textColumn)
        ? row.get(textColumn)
        : withoutCase(row, List.of(textColumn));
  }

  /**
   * {@return what a row has of pictures} Amazon's metadata of 2018 has large and small ones in two
   * columns, entry by entry.
   */
  @Nullable Object images(Rows.Fields fields) {
    if (sources.format() != Format.AMAZON || sources.columns().containsKey(Column.IMAGE)) {
      return fields.in(Column.IMAGE);
    }
    Object large = fields.in("imageURLHighRes");
    Object small = fields.in("imageURL");
    return large instanceof List<?> && small instanceof List<?>
        ? Map.of("hi_res", large, "large", small)
        : fields.in(Column.IMAGE);
  }

  /** Remembers the names that a row of JSON has. */
  void row(String file, Map<?, ?> row) {
    lastFile = file;
    if (rows < ROWS_LISTED) {
      rows++;
      row.keySet().forEach(name -> list((String) name));
      requireApart(file, row.keySet().stream().map(name -> (String) name).toList());
    } else if (!wanted.isEmpty()) {
      row.keySet().forEach(name -> wanted.removeIf(((String) name)::equalsIgnoreCase));
    }
  }

  /**
   * Refuses RecBole's columns that are declared to hold several ids or times where one is wanted,
   * and histories beside the item: those files have one event in many lines.
   *
   * @param header such as {@code item_id_list:token_seq}
   */
  void refuseSequences(String file, List<String> header) {
    for (String field : header) {
      String name = field.substring(0, field.indexOf(':'));
      boolean sequence = field.endsWith("_seq");
      for (Column column : columns) {
        if (column == Column.USER || column == Column.ITEM || column == Column.TIME) {
          if (sequence && sources.names(column).stream().anyMatch(name::equalsIgnoreCase)) {
            throw sequence(file, field, "holds many values of the " + role(column));
          }
          if (required.contains(Column.USER)
              && sources.names(column).stream()
                  .anyMatch(one -> name.equalsIgnoreCase(one + "_list"))) {
            throw sequence(file, field, "holds histories");
          }
        }
      }
    }
  }

  private static DataException sequence(String file, String field, String what) {
    return new DataException(
        "%s: column %s %s, but prepare reads one event per line; take the file with one event per line or write one line for each item"
            .formatted(file, field, what));
  }

  private @Nullable Object withoutCase(Map<?, ?> row, Column column, List<String> known) {
    Object value = withoutCase(row, known);
    if (value != null) {
      found.add(column);
    }
    return value;
  }

  private static @Nullable Object withoutCase(Map<?, ?> row, List<String> known) {
    for (String name : known) {
      for (Map.Entry<?, ?> entry : row.entrySet()) {
        if (name.equalsIgnoreCase((String) entry.getKey())) {
          return entry.getValue();
        }
      }
    }
    return null;
  }

  private void list(String name) {
    if (names.add(name)) {
      wanted.removeIf(name::equalsIgnoreCase);
    }
  }

  /** {@return where the first of the names stands, as it is written or else without case; or -1} */
  private static int place(String file, List<String> header, List<String> names) {
    String name = named(header, names).orElse(null);
    if (name == null) {
      return -1;
    }
    List<String> alike =
        header.stream()
            .filter(names.contains(name) ? name::equals : name::equalsIgnoreCase)
            .toList();
    if (alike.size() > 1) {
      throw new DataException(
          file
              + ": has the columns "
              + alike.stream().map(Headers::shown).collect(Collectors.joining(" and "))
              + ", of which only one can count; rename the others");
    }
    return header.indexOf(name);
  }

  /** {@return the first of the names in a header, as it is written or else without case} */
  private static Optional<String> named(List<String> header, List<String> names) {
    return names.stream()
        .filter(header::contains)
        .findFirst()
        .or(
            () ->
                names.stream()
                    .flatMap(name -> header.stream().filter(name::equalsIgnoreCase))
                    .findFirst());
  }

  /**
   * Refuses names of columns that no file has, all at once, when all rows are read. Whether a row
   * of JSON lines has a name is not known before.
   */
  static void refuseUnknown(PrepareOptions.Sources sources, Table events, Table items) {
    List<String> problems = new ArrayList<>();
    for (Column column : Column.values()) { // in this order, whatever that of the map is
      List<String> given = sources.columns().getOrDefault(column, List.of());
      List<Table> tables = new ArrayList<>();
      for (Table table : sources.items().isEmpty() ? List.of(events) : List.of(items, events)) {
        if (table.columns.contains(column)) {
          tables.add(table);
        }
      }
      if (!given.isEmpty() && tables.isEmpty()) {
        problems.add(
            "``column`` %s=%s: is for the items files, and there are none; name them with ``items``"
                .formatted(role(column), given.get(0)));
        continue;
      }
      for (String name : given) {
        if (tables.stream().allMatch(table -> table.wanted.contains(name))) {
          problems.add(tables.get(0).missing(column, List.of(name), tables.get(0).names));
        }
      }
    }
    for (String name : items.textColumns) {
      if (items.wanted.contains(name)) {
        problems.add(items.withoutText(name, items.names));
      }
    }
    refuse(problems);
  }

  private static void refuse(List<String> problems) {
    if (!problems.isEmpty()) {
      throw new DataException(String.join("\n", problems));
    }
  }

  private String withoutText(String name, Collection<String> present) {
    return "%s: has no column %s, only %s; %scorrect ``textColumns``"
        .formatted(lastFile, name, some(present), meant(name, present));
  }

  /** Keeps a sentence for the report. */
  void warn(String warning) {
    warnings.add(warning);
  }

  List<String> warnings() {
    return warnings;
  }

  /** {@return names that look like those of times} */
  List<String> timeNames() {
    return names.stream().filter(name -> looksLikeTime(name) && !name.equals(AMAZON_DAY)).toList();
  }

  /**
   * {@return a sentence for each column of the catalogue that may have another name in its files}
   */
  List<String> hints() {
    List<String> hints = new ArrayList<>();
    for (Column column : columns) {
      List<String> like =
          found.contains(column) || sources.columns().containsKey(column)
              ? List.of()
              : names.stream().filter(name -> !reads(name) && looksLike(column, name)).toList();
      if (!like.isEmpty()) {
        hints.add(
            "the catalogue has no %s: %s may be one; take it with ``column`` %s=%s"
                .formatted(role(column), String.join(" or ", like), role(column), like.get(0)));
      }
    }
    return hints;
  }

  private static boolean looksLike(Column column, String name) {
    List<String> words = words(name);
    return CATALOGUE_WORDS.entrySet().stream()
        .filter(known -> words.stream().anyMatch(known.getValue()::contains))
        .findFirst()
        .filter(known -> known.getKey() == column)
        .isPresent();
  }

  private static Map<Column, Set<String>> catalogueWords() {
    Map<Column, Set<String>> words = new LinkedHashMap<>();
    words.put(
        Column.IMAGE,
        Set.of(
            "image",
            "images",
            "img",
            "imgs",
            "imageurl",
            "imageurls",
            "imgurl",
            "picture",
            "pictures",
            "photo",
            "photos",
            "thumbnail"));
    words.put(Column.CATEGORIES, Set.of("category", "categories", "genre", "genres"));
    words.put(Column.BRAND, Set.of("brand", "manufacturer"));
    words.put(Column.TITLE, Set.of("title", "name"));
    return words;
  }

  private String missing(Column column, List<String> absent, Collection<String> present) {
    return "%s: has no column %s for the %s, only %s; %sname it with ``column`` %s=NAME%s"
        .formatted(
            lastFile,
            String.join(" or ", absent),
            role(column),
            some(present),
            sources.columns().containsKey(column)
                ? meant(
                    absent.get(0),
                    present.stream().filter(name -> isNoOther(column, name)).toList())
                : "",
            role(column),
            sources.format() == Format.CSV
                    && sources.text().headers().isEmpty()
                    && !sources.columns().containsKey(column)
                ? ", or, if the first line of the file is data, give the names with ``headers``"
                : "");
  }

  /** Whether a name is not that of another column. */
  private boolean isNoOther(Column column, String name) {
    return Arrays.stream(Column.values())
        .noneMatch(other -> other != column && sources.names(other).contains(name));
  }

  private static String meant(String name, Collection<String> present) {
    return Names.nearest(name, present).map(other -> "did you mean " + other + "? ").orElse("");
  }

  private static String some(Collection<String> names) {
    String shown =
        names.stream().limit(NAMES_SHOWN).map(Headers::shown).collect(Collectors.joining(", "));
    int more = names.size() - NAMES_SHOWN;
    return more > 0 ? shown + " and " + more + " more" : shown;
  }

  /**
   * {@code bought_at}, {@code unixReviewTime}, {@code TS}; not {@code update} or {@code runtime}.
   */
  private static boolean looksLikeTime(String name) {
    return words(name).stream()
        .anyMatch(word -> TIME_WORDS.contains(word) || word.endsWith("timestamp"));
  }

  private static List<String> words(String name) {
    String spaced = name.replaceAll("(?<=[a-z])(?=[A-Z])", "_").toLowerCase(Locale.ROOT);
    return List.of(spaced.split("[^a-z]+"));
  }

  private static String role(Column column) {
    return column.name().toLowerCase(Locale.ROOT);
  }
}
