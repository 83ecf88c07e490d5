package dev.horae.prep;

import static java.util.stream.Collectors.joining;

import dev.horae.data.DataException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** Whether a line names columns, or is data that would be lost as names. */
final class Headers {

  private static final Pattern NUMBER =
      Pattern.compile("[+-]?[0-9]+([.,][0-9]+)?([eE][+-]?[0-9]+)?");

  /** Seconds since 1970 or a date: nobody calls a column so. */
  private static final Pattern TIME =
      Pattern.compile(
          "[0-9]{9,}([.][0-9]+)?|[0-9]{4}-[0-9]{2}-[0-9]{2}.*|[0-9]{1,2}[./][0-9]{1,2}[./][0-9]{4}.*");

  /** Enough of a name to recognise it by. */
  private static final int CHARS_SHOWN = 60;

  private final String place;
  private final List<String> names;
  private final List<List<String>> rows;
  private final Table table;

  /**
   * @param place file and line, as messages begin
   * @param rows the first ones after it, each of as many fields
   */
  Headers(String place, List<String> names, List<List<String>> rows, Table table) {
    this.place = place;
    this.names = names;
    this.rows = rows.stream().filter(row -> !row.equals(names)).toList();
    this.table = table;
  }

  /**
   * @throws DataException when there is one column only, or the names are values
   */
  void check() {
    boolean missing = !table.isSatisfiedBy(names);
    if (missing && names.size() == 1) {
      throw new DataException(
          "%s: has one column only, '%s'; say with ``separator`` what stands between the columns, such as ``separator`` '|'%s"
              .formatted(
                  place,
                  shown(names.get(0)),
                  table.sources().text().encoding().isPresent()
                      ? ", or correct ``encoding``, if that is not how the file begins"
                      : ""));
    }
    if (names.equals(IntStream.range(0, names.size()).mapToObj(Integer::toString).toList())) {
      return; // pandas numbers columns without a name
    }
    for (int i = 0; i < names.size(); i++) {
      int column = i;
      String name = names.get(i);
      boolean recurs =
          table.isAskedFor(name) && rows.stream().anyMatch(row -> row.get(column).equals(name));
      boolean number =
          NUMBER.matcher(name).matches() && isNumeric(i) && (missing || table.reads(name));
      if (recurs || number || TIME.matcher(name).matches()) {
        throw new DataException(
            "%s: the first line looks like data (%s), not like names of columns; give the names, such as ``headers`` %s"
                .formatted(place, some(), suggestion()));
      }
    }
  }

  private boolean isNumeric(int column) {
    return rows.isEmpty()
        || rows.stream().anyMatch(row -> NUMBER.matcher(row.get(column)).matches());
  }

  private String some() {
    return names.stream().limit(12).map(Headers::shown).collect(joining(", "))
        + (names.size() > 12 ? ", ..." : "");
  }

  /** {@return the beginning of a name: a file that is read wrongly may be a single one} */
  static String shown(String name) {
    return name.codePointCount(0, name.length()) <= CHARS_SHOWN
        ? name
        : name.substring(0, name.offsetByCodePoints(0, CHARS_SHOWN - 3)) + "...";
  }

  private String suggestion() {
    List<String> usual =
        new ArrayList<>(
            table.isOfEvents() ? List.of("user", "item", "rating") : List.of("item", "title"));
    boolean timed = !table.isOfEvents();
    List<String> suggestion = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      boolean last = i == names.size() - 1;
      if (!timed && i > 1 && (TIME.matcher(names.get(i)).matches() || last)) {
        suggestion.add("time");
        timed = true;
      } else {
        suggestion.add(usual.isEmpty() ? "column" + (i + 1) : usual.remove(0));
      }
    }
    return String.join(",", suggestion);
  }
}
