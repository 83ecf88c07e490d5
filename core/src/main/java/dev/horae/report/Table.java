package dev.horae.report;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A table with a title.
 *
 * @param rows each as long as {@code columns}; a cell is a text, a number, or null where there is
 *     nothing; what is not finite becomes that
 * @param note below it, what columns mean; empty for none
 */
public record Table(
    String title, List<Column> columns, List<List<@Nullable Object>> rows, String note)
    implements Block {

  /**
   * @param digits after the point of the numbers in it, when they are shown; files have all digits
   * @param best which number of the column stands out
   */
  public record Column(String name, int digits, Best best) {

    public static Column of(String name, int digits) {
      return new Column(name, digits, Best.NONE);
    }

    /** {@return a column of texts, or of whole numbers} */
    public static Column of(String name) {
      return of(name, 0);
    }
  }

  /** Which number of a column is the best one. */
  public enum Best {
    NONE,
    HIGHEST,
    LOWEST
  }

  /** Throws {@link IllegalArgumentException} where a row or a cell is not as it must be. */
  public Table {
    columns = List.copyOf(columns);
    List<List<@Nullable Object>> copies = new ArrayList<>();
    for (List<@Nullable Object> row : rows) {
      if (row.size() != columns.size()) {
        throw new IllegalArgumentException(
            "%s: row %s has %s cells, there are %s columns"
                .formatted(title, row, row.size(), columns.size()));
      }
      for (Object cell : row) {
        if (cell != null && !(cell instanceof String || cell instanceof Number)) {
          throw new IllegalArgumentException(
              title + ": " + cell + " is neither a text nor a number");
        }
      }
      List<@Nullable Object> copy = new ArrayList<>(row);
      copy.replaceAll(
          cell -> cell instanceof Double number && !Double.isFinite(number) ? null : cell);
      copies.add(Collections.unmodifiableList(copy)); // may hold null
    }
    rows = Collections.unmodifiableList(copies);
  }

  @Override
  public Optional<Table> table() {
    return Optional.of(this);
  }
}
