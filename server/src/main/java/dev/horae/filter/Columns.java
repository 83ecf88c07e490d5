package dev.horae.filter;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What filters and boosts may ask of items: typed columns over the rows 1..N of a catalogue (row 0
 * is unused). A column keeps each of its values once and a code per row. Immutable.
 *
 * <p>A value may be absent. A column of lists has no absent values: an item without entries has the
 * empty list.
 */
public final class Columns {

  /** What the values of a column are. */
  public enum Type {
    TEXT("text"),
    NUMBER("number"),
    BOOL("true or false"),
    TEXTS("list of texts"),
    TIME("time"),
    NONE("no value"); // of a column that no item has any more

    final String words;

    Type(String words) {
      this.words = words;
    }

    /** {@return the name that stands in answers: text, number, bool, texts or time} */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    private static @Nullable Type of(Object value) {
      if (value instanceof String) {
        return TEXT;
      } else if (value instanceof Number) {
        return NUMBER;
      } else if (value instanceof Boolean) {
        return BOOL;
      } else if (value instanceof Instant) {
        return TIME;
      }
      return value instanceof List<?> list && list.stream().allMatch(String.class::isInstance)
          ? TEXTS
          : null;
    }
  }

  /** Names that the language keeps for itself. */
  private static final Set<String> RESERVED =
      Set.of(
          "as",
          "break",
          "const",
          "continue",
          "else",
          "false",
          "for",
          "function",
          "if",
          "import",
          "in",
          "let",
          "loop",
          "namespace",
          "null",
          "package",
          "return",
          "true",
          "var",
          "void",
          "while",
          "now");

  /**
   * One column.
   *
   * @param codes of the rows
   * @param values by code; the first is what a row without a value has: null, or an empty list
   */
  record Column(String name, Type type, Codes codes, @Nullable Object[] values) {}

  /**
   * Indices of values, 0 = absent.
   *
   * @param at the rows that have one, ascending; null: all rows 0..N
   * @param of these rows
   */
  record Codes(int @Nullable [] at, int[] of) {

    /** {@return the index of each row 0..N} */
    int[] each(int rows) {
      if (at == null) {
        return of;
      }
      int[] each = new int[rows];
      for (int i = 0; i < at.length; i++) {
        each[at[i]] = of[i];
      }
      return each;
    }
  }

  /**
   * A column for people.
   *
   * @param items how many items have a value
   * @param examples the most frequent values, at most five
   */
  public record Summary(String name, Type type, int items, List<Object> examples) {}

  private final int rows;
  private final Map<String, Column> columns;

  private Columns(int rows, Map<String, Column> columns) {
    this.rows = rows;
    this.columns = columns;
  }

  /**
   * @param items N
   */
  public static Builder builder(int items) {
    return new Builder(items);
  }

  /** {@return these, and columns without a value for the names that are not there} */
  Columns with(Collection<String> names) {
    Map<String, Column> all = new TreeMap<>(columns);
    Codes none = new Codes(new int[0], new int[0]);
    for (String name : names) {
      all.putIfAbsent(name, new Column(name, Type.NONE, none, new @Nullable Object[1]));
    }
    return new Columns(rows, all);
  }

  /** {@return N + 1} */
  public int rows() {
    return rows;
  }

  /** {@return the columns in alphabetical order} */
  public Collection<String> names() {
    return columns.keySet();
  }

  @Nullable Column column(String name) {
    return columns.get(name);
  }

  /** {@return every column with examples, in alphabetical order} */
  public List<Summary> summaries() {
    return columns.values().stream().map(Columns::summary).toList();
  }

  private static Summary summary(Column column) {
    int[] counts = new int[column.values.length];
    int items = 0;
    for (int code : column.codes.of) {
      counts[code]++;
      items += code == 0 ? 0 : 1;
    }
    List<Object> examples = new ArrayList<>();
    for (int n = 0; n < 5; n++) {
      int most = 0;
      counts[0] = 0;
      for (int code = 1; code < counts.length; code++) {
        most = counts[code] > counts[most] ? code : most;
      }
      Object value = column.values[most];
      if (counts[most] == 0 || value == null) {
        break;
      }
      examples.add(value);
      counts[most] = 0;
    }
    return new Summary(column.name, column.type, items, examples);
  }

  /**
   * {@return how expressions write a property's name: what is no letter of a to z, digit or
   * underscore becomes an underscore, and one goes before a leading digit and a reserved word}
   */
  public static String nameOf(String property) {
    String name = property.replaceAll("[^A-Za-z0-9_]", "_");
    return name.isEmpty() || RESERVED.contains(name) || Character.isDigit(name.charAt(0))
        ? "_" + name
        : name;
  }

  /** Takes values in any order. */
  public static final class Builder {

    /** Shops name properties freely: what few items have must not cost room for all. */
    private static final class Growing {
      final Type type;
      final int rows;
      final Map<Object, Integer> codeOf = new HashMap<>();
      int @Nullable [] at = new int[1]; // ascending; null: codes has all rows
      int[] codes = new int[1];
      int size; // of at

      Growing(Type type, int rows) {
        this.type = type;
        this.rows = rows;
        if (type == Type.TEXTS) {
          codeOf.put(List.of(), 0);
        }
      }

      void set(int row, int code) {
        if (at != null && size > 0 && (row < at[size - 1] || size >= rows / 2)) {
          codes = codes().each(rows);
          at = null;
        }
        if (at == null) {
          codes[row] = code;
        } else if (size > 0 && row == at[size - 1]) {
          codes[size - 1] = code;
        } else {
          if (size == at.length) {
            at = Arrays.copyOf(at, 2 * size);
            codes = Arrays.copyOf(codes, 2 * size);
          }
          at[size] = row;
          codes[size++] = code;
        }
      }

      Codes codes() {
        return at == null
            ? new Codes(null, codes)
            : new Codes(Arrays.copyOf(at, size), Arrays.copyOf(codes, size));
      }
    }

    private final int rows;
    private final Map<String, Growing> columns = new TreeMap<>();
    private final Map<String, Growing> byProperty = new HashMap<>(); // names are made once

    private Builder(int items) {
      rows = items + 1;
    }

    /**
     * Sets a value; the first one of a column decides about its type.
     *
     * @param property any name; {@link #nameOf} says how expressions write it
     * @param row 1..N
     * @param value a String, a finite Number, a Boolean, a List of Strings or an Instant
     * @return false when the column is of another type: the row stays as it was
     */
    public boolean set(String property, int row, Object value) {
      Type type = Type.of(value);
      if (type == null || value instanceof Number n && !Double.isFinite(n.doubleValue())) {
        throw new IllegalArgumentException(
            "property '"
                + property
                + "': "
                + value
                + " is no text, finite number, true or false, "
                + "list of texts or time");
      }
      if (row < 1 || row >= rows) {
        throw new IllegalArgumentException("row " + row + " is not within 1.." + (rows - 1));
      }
      Growing column = byProperty.get(property);
      if (column == null) {
        column = columns.computeIfAbsent(nameOf(property), name -> new Growing(type, rows));
        byProperty.put(property, column);
      }
      if (column.type != type) {
        return false;
      }
      Object kept =
          switch (type) {
            case NUMBER -> ((Number) value).doubleValue() + 0.0; // -0.0 becomes 0.0
            case TEXTS -> List.copyOf((List<?>) value);
            default -> value;
          };
      int next = Math.max(1, column.codeOf.size() + (type == Type.TEXTS ? 0 : 1));
      Integer code = column.codeOf.putIfAbsent(kept, next);
      column.set(row, code == null ? next : code);
      return true;
    }

    /** {@return the columns; the builder must not be used afterwards} */
    public Columns build() {
      Map<String, Column> done = new TreeMap<>();
      columns.forEach(
          (name, column) -> {
            int values = column.codeOf.size() + (column.type == Type.TEXTS ? 0 : 1);
            @Nullable Object[] of = new @Nullable Object[values];
            column.codeOf.forEach((value, code) -> of[code] = value);
            done.put(name, new Column(name, column.type, column.codes(), of));
          });
      return new Columns(rows, done);
    }
  }

  @Override
  public String toString() {
    return "Columns" + Arrays.toString(columns.keySet().toArray()) + " of " + (rows - 1) + " items";
  }
}
