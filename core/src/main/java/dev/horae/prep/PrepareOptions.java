package dev.horae.prep;

import static dev.horae.config.InvalidValue.unless;
import static dev.horae.config.InvalidValue.unlessPositive;

import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What to prepare, by which rules, and where to put it.
 *
 * @param out the directory to write; an older data set there is replaced, anything else refused
 * @param memory DuckDB's memory limit, such as {@code 1GB}; beyond it the work goes to disk
 */
public record PrepareOptions(Sources sources, Protocol protocol, Path out, String memory) {

  public static final String DEFAULT_MEMORY = "1GB";

  public PrepareOptions {
    unless(
        memory.matches("[0-9]+(\\.[0-9]+)?\\s*([KMGT]i?B)"),
        "memory",
        memory,
        "is not an amount of memory",
        "write a number and a unit, such as " + DEFAULT_MEMORY);
  }

  /**
   * The raw files. Their order counts: where times are equal, the earlier input stays first.
   *
   * @param events at least one
   * @param items may be empty: items are then known by their id only
   * @param images the picture folder
   * @param columns names to try instead of the usual ones, per column
   * @param textColumns further columns of the items files to keep, for texts
   * @param text how text files are written
   * @param cells what the values of a row mean
   */
  public record Sources(
      Format format,
      List<Path> events,
      List<Path> items,
      Optional<Path> images,
      Map<Column, List<String>> columns,
      List<String> textColumns,
      Text text,
      Cells cells) {

    public Sources {
      textColumns = List.copyOf(textColumns);
      Set<String> taken = new HashSet<>(PreparedDataset.ITEM_COLUMNS);
      for (String name : textColumns) {
        unless(
            !name.isBlank() && taken.add(name.toLowerCase(Locale.ROOT)),
            "text_columns",
            name,
            "is blank, named twice or a column of every data set",
            "every data set has " + String.join(", ", PreparedDataset.ITEM_COLUMNS));
      }
      unless(
          textColumns.isEmpty() || !items.isEmpty(),
          "text_columns",
          textColumns,
          "are columns of the items files",
          "give at least one items file");
      events = List.copyOf(events);
      items = List.copyOf(items);
      columns = // in the order of Column, so that what is said of them comes in one order
          columns.isEmpty() ? Map.of() : Collections.unmodifiableMap(new EnumMap<>(columns));
      unless(!events.isEmpty(), "events", events, "names no file", "give at least one event file");
      unless(areNamed(events), "events", events, "has a name without a letter", "leave it out");
      unless(areNamed(items), "items", items, "has a name without a letter", "leave it out");
      text.check(format);
      List<String> users = columns.getOrDefault(Column.USER, Column.USER.names(format));
      long forEvents = text.headers().stream().filter(names -> hasOne(names, users)).count();
      unless(
          forEvents < 2 && text.headers().size() - forEvents < 2,
          "header",
          text.headers(),
          "names the columns of one kind of file twice",
          "give one list with a user column, for events, and one without, for items");
    }

    public Sources(
        Format format,
        List<Path> events,
        List<Path> items,
        Optional<Path> images,
        Map<Column, List<String>> columns,
        List<String> textColumns) {
      this(format, events, items, images, columns, textColumns, Text.PLAIN, Cells.USUAL);
    }

    public Sources(Format format, List<Path> events, List<Path> items) {
      this(format, events, items, Optional.empty(), Map.of(), List.of());
    }

    private static boolean areNamed(List<Path> files) {
      return files.stream().noneMatch(file -> file.toString().isBlank());
    }

    boolean isForEvents(List<String> header) {
      return hasOne(header, names(Column.USER));
    }

    private static boolean hasOne(List<String> header, List<String> names) {
      return names.stream().anyMatch(name -> header.stream().anyMatch(name::equalsIgnoreCase));
    }

    List<String> names(Column column) {
      return columns.getOrDefault(column, column.names(format));
    }
  }

  /**
   * What the values of a row mean.
   *
   * @param missing words that stand for a missing value, in upper or lower case
   * @param categorySeparator what stands between the categories in one text
   */
  public record Cells(List<String> missing, String categorySeparator) {

    /** What R, pandas, SQL dumps, JavaScript and spreadsheets write for a missing value. */
    public static final String MISSING = "NA,N/A,#N/A,<NA>,NaN,NaT,None,null,undefined,\\N,-";

    public static final Cells USUAL = new Cells(List.of(MISSING.split(",")), "|");

    public Cells {
      missing = List.copyOf(missing);
      unless(
          !categorySeparator.isEmpty(),
          "category_separator",
          categorySeparator,
          "is empty",
          "write what stands between two categories, such as ' > '");
    }

    /** Whether the user has named what stands between categories. */
    boolean separatesCategories() {
      return !categorySeparator.equals(USUAL.categorySeparator());
    }
  }

  /**
   * How text files are written, where their first lines do not say it.
   *
   * @param separator of columns; empty to find it out
   * @param headers names for files without a header line: a list with a user column is for events
   * @param encoding of files without a byte order mark; UTF-8 when empty
   */
  public record Text(String separator, List<List<String>> headers, Optional<Charset> encoding) {

    public static final Text PLAIN = new Text("", List.of(), Optional.empty());

    public Text {
      headers = headers.stream().map(names -> names.stream().map(String::strip).toList()).toList();
      headers.forEach(Text::checkNames);
      unless(
          !separator.matches("(?s).*[\"\r\n].*"),
          "separator",
          separator,
          "cannot separate columns",
          "write the characters between two columns, such as '::', or tab");
    }

    private static void checkNames(List<String> names) {
      String all = String.join(",", names);
      int nameless = names.indexOf("") + 1;
      unless(
          nameless == 0,
          "header",
          all,
          "has no name for column " + nameless,
          "name each column, such as column" + nameless);
      Set<String> taken = new HashSet<>();
      for (String name : names) {
        unless(
            taken.add(name.toLowerCase(Locale.ROOT)),
            "header",
            all,
            "names two columns " + name,
            "give each a name of its own");
      }
    }

    private void check(Format format) {
      unless(
          format == Format.CSV || separator.isEmpty() && headers.isEmpty(),
          "format",
          format.name().toLowerCase(Locale.ROOT),
          "takes no separator and no header",
          "say ``format`` csv");
      unless(
          format != Format.PARQUET || encoding.isEmpty(),
          "format",
          "parquet",
          "takes no encoding",
          "it is always UTF-8");
    }
  }

  /**
   * The rules; {@link #PAPER} has the paper's numbers.
   *
   * @param minUserEvents k of the k-core over users; 0 or 1 keeps all
   * @param minItemEvents k of the k-core over items; 0 or 1 keeps all
   * @param duplicates what happens to a further event with the same user, item and time
   * @param ties in which order events of a user stand that have the same time
   * @param keepCold whether items of the catalogue that have no events are kept
   * @param maxLength most events of a history that a model sees, L
   * @param maxRejects share of rows, 0 to 1, that may be unusable, for events and items each
   * @param cut where a split by time cuts; empty for leave-one-out
   */
  public record Protocol(
      int minUserEvents,
      int minItemEvents,
      Duplicates duplicates,
      Ties ties,
      boolean keepCold,
      int maxLength,
      double maxRejects,
      Optional<Cut> cut) {

    public static final Protocol PAPER = new Protocol(5, 5, Duplicates.REMOVE, 50, 0.05);

    /** Leave-one-out, with ties in the order of the file, and without cold items. */
    public Protocol(
        int minUserEvents,
        int minItemEvents,
        Duplicates duplicates,
        int maxLength,
        double maxRejects) {
      this(
          minUserEvents,
          minItemEvents,
          duplicates,
          Ties.FILE,
          false,
          maxLength,
          maxRejects,
          Optional.empty());
    }

    /** {@return these rules with a split by time: what lies before the cut is trained on} */
    public Protocol splitAt(Cut cut) {
      return new Protocol(
          minUserEvents,
          minItemEvents,
          duplicates,
          ties,
          keepCold,
          maxLength,
          maxRejects,
          Optional.of(cut));
    }

    public Protocol {
      unless(
          minUserEvents >= 0, "min_user_events", minUserEvents, "is negative", "the paper has 5");
      unless(
          minItemEvents >= 0, "min_item_events", minItemEvents, "is negative", "the paper has 5");
      unlessPositive("max_length", maxLength, "the paper has 50");
      unless(
          maxRejects >= 0 && maxRejects <= 1,
          "max_rejects",
          maxRejects,
          "is not a share",
          "write a number from 0 to 1, such as 0.05");
    }
  }

  /** In which order events of a user stand that have the same time. */
  public enum Ties {
    /** As in the input. */
    FILE,
    /** Drawn at random, the same each time that the same input is prepared. */
    RANDOM
  }

  /** Whether a further event with the same user, item and time is dropped. */
  public enum Duplicates {
    REMOVE,
    KEEP
  }
}
