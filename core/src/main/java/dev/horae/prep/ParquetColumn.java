package dev.horae.prep;

import dev.horae.data.DataException;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A column that is read from a Parquet file: which types may hold what is wanted of it, and how its
 * values become texts. A whole number is the same text whatever its type; what is not finite is
 * missing; bytes are UTF-8.
 *
 * @param what what the values are: a user, an item, a time, or any text
 * @param name as the file has it
 * @param sqlName as DuckDB has it, which knows no case and gives the second of two a number
 * @param type DuckDB's name of the type
 */
record ParquetColumn(What what, String name, String sqlName, String type) {

  enum What {
    USER,
    ITEM,
    TIME,
    TEXT;

    static What of(Column column) {
      return switch (column) {
        case USER -> USER;
        case ITEM -> ITEM;
        case TIME -> TIME;
        default -> TEXT;
      };
    }
  }

  /** Up to here a floating-point number is every whole number, and not merely near it. */
  private static final Map<String, BigDecimal> EXACT_TO =
      Map.of("DOUBLE", BigDecimal.valueOf(1L << 53), "FLOAT", BigDecimal.valueOf(1L << 24));

  private static final Set<String> NO_TIMES =
      Set.of("BOOLEAN", "TIME", "TIME_NS", "TIME WITH TIME ZONE", "INTERVAL", "UUID", "BIT");

  /** A value that no row can have; the message says why. */
  static final class UnusableException extends Exception {
    private static final long serialVersionUID = 1L;

    final String reason;

    UnusableException(String reason) {
      super(reason, null, false, false); // one for each broken row: no stack trace
      this.reason = reason;
    }
  }

  /** Refuses a type that cannot hold what is wanted. */
  void check(String file) {
    String role = what.name().toLowerCase(Locale.ROOT);
    if (what != What.TEXT && nested() && !type.equals("JSON")) {
      throw new DataException(
          "%s: column %s holds many values in a row (%s), but prepare reads one %s per row; write one row for each value or name another column with ``column`` %s=NAME"
              .formatted(file, name, type, role, role));
    }
    if (what == What.TIME ? NO_TIMES.contains(type) : what != What.TEXT && type.equals("BOOLEAN")) {
      throw new DataException(
          "%s: column %s is of type %s, which holds no %s; name another column with ``column`` %s=NAME"
              .formatted(file, name, type, what == What.TIME ? "times" : "ids", role));
    }
  }

  /** {@return what to select: the value as text, lists and structs as JSON} */
  String expression() {
    String column = Sql.identifier(sqlName);
    return nested()
        ? "CAST(to_json(" + column + ") AS VARCHAR)"
        : "CAST(" + column + " AS VARCHAR)";
  }

  /** {@return what a row has: a {@code String}, {@code List}, {@code Map} or null} */
  @Nullable Object value(@Nullable String selected) throws UnusableException {
    if (selected == null) {
      return null;
    }
    if (nested()) {
      try {
        Object value = LooseJson.parse(selected);
        return type.contains("BLOB") ? decoded(value) : value;
      } catch (LooseJson.BrokenException e) {
        throw new UnusableException("unreadable value");
      }
    }
    if (type.equals("BLOB")) {
      return decoded(selected);
    }
    return EXACT_TO.containsKey(type) || type.startsWith("DECIMAL") ? number(selected) : selected;
  }

  private boolean nested() {
    return type.endsWith("]")
        || type.startsWith("STRUCT(")
        || type.startsWith("MAP(")
        || type.startsWith("UNION(")
        || type.equals("JSON")
        || type.equals("VARIANT");
  }

  private @Nullable String number(String text) throws UnusableException {
    if (text.equals("nan") || text.endsWith("inf")) {
      return null;
    }
    BigDecimal number = new BigDecimal(text);
    boolean id = what == What.USER || what == What.ITEM;
    if (id && EXACT_TO.containsKey(type) && number.abs().compareTo(EXACT_TO.get(type)) > 0) {
      throw new UnusableException(
          what.name().toLowerCase(Locale.ROOT) + " is too large for exact numbers of type " + type);
    }
    return number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
  }

  private @Nullable Object decoded(@Nullable Object value) throws UnusableException {
    if (value instanceof String text) {
      return decoded(text);
    }
    if (value instanceof List<?> list) {
      Object[] values = list.toArray();
      for (int i = 0; i < values.length; i++) {
        values[i] = decoded(values[i]);
      }
      return Arrays.asList(values);
    }
    if (value instanceof Map<?, ?> object) {
      Map<String, Object> values = new LinkedHashMap<>();
      for (Map.Entry<?, ?> entry : object.entrySet()) {
        values.put(decoded((String) entry.getKey()), decoded(entry.getValue()));
      }
      return values;
    }
    return value;
  }

  /** DuckDB writes bytes that are not printable as {@code \xC3}. */
  private String decoded(String escaped) throws UnusableException {
    if (escaped.indexOf('\\') < 0) {
      return escaped;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(escaped.length());
    for (int at = 0; at < escaped.length(); at++) {
      char c = escaped.charAt(at);
      if (c == '\\' && escaped.startsWith("\\x", at) && at + 4 <= escaped.length()) {
        bytes.write(Integer.parseInt(escaped.substring(at + 2, at + 4), 16));
        at += 3;
      } else {
        bytes.writeBytes(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
      }
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes.toByteArray()))
          .toString();
    } catch (CharacterCodingException e) {
      throw new UnusableException("not UTF-8");
    }
  }
}
