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
import java.util.regex.Pattern;
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

  private static final String HEX = "0123456789ABCDEF";

  private static final Pattern QUOTED = Pattern.compile("\"(?:[^\"]|\"\")*+\"");

  private static final Pattern BYTES = Pattern.compile("\\bBLOB(?=[,)\\[])");

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

  /**
   * {@return what a row has: a {@code String}, {@code List}, {@code Map} or null}
   *
   * @param noText told of bytes that are no text, of which no row is lost: they are null
   * @throws UnusableException when it cannot be an id or a time
   */
  @Nullable Object value(@Nullable String selected, Runnable noText) throws UnusableException {
    if (selected == null) {
      return null;
    }
    if (nested()) {
      try {
        Object value = LooseJson.parse(selected);
        return holdsBytes() ? decoded(value, noText) : value;
      } catch (LooseJson.BrokenException e) {
        throw new UnusableException("unreadable value");
      }
    }
    if (type.equals("BLOB")) {
      Object text = decoded(selected, noText);
      if (text == null && what != What.TEXT) {
        throw new UnusableException("not UTF-8");
      }
      return text;
    }
    return EXACT_TO.containsKey(type) || type.startsWith("DECIMAL") ? number(selected) : selected;
  }

  /** Whether a part of a nested type is of bytes; a name of a part says nothing. */
  private boolean holdsBytes() {
    return BYTES.matcher(QUOTED.matcher(type).replaceAll("")).find();
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

  /** What is no text in bytes is null. */
  private static @Nullable Object decoded(@Nullable Object value, Runnable noText) {
    if (value instanceof String written) {
      byte[] bytes = bytes(written);
      return bytes == null ? written : text(bytes, noText);
    }
    if (value instanceof List<?> list) {
      Object[] values = list.toArray();
      for (int i = 0; i < values.length; i++) {
        values[i] = decoded(values[i], noText);
      }
      return Arrays.asList(values);
    }
    if (value instanceof Map<?, ?> object) {
      Map<String, @Nullable Object> values = new LinkedHashMap<>();
      object.forEach(
          (key, one) -> {
            if (decoded(key, noText) instanceof String name) {
              values.put(name, decoded(one, noText));
            }
          });
      return values;
    }
    return value;
  }

  /**
   * {@return the bytes that DuckDB writes so} What is not printable, marks and backslashes are
   * {@code \xC3} there. A text beside bytes in a struct, such as {@code C:\xampp}, is hardly ever
   * of this form; null when it is not.
   */
  private static byte @Nullable [] bytes(String written) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(written.length());
    for (int at = 0; at < written.length(); at++) {
      int value = written.charAt(at);
      if (value == '\\') {
        boolean whole = written.startsWith("\\x", at) && at + 4 <= written.length();
        value = whole ? HEX.indexOf(written.charAt(at + 2)) * 16 : -1;
        int low = whole ? HEX.indexOf(written.charAt(at + 3)) : -1;
        if (value < 0 || low < 0 || isPlain(value + low)) {
          return null;
        }
        value += low;
        at += 3;
      } else if (!isPlain(value)) {
        return null;
      }
      bytes.write(value);
    }
    return bytes.toByteArray();
  }

  private static boolean isPlain(int value) {
    return value >= ' ' && value <= '~' && value != '\\' && value != '\'' && value != '"';
  }

  private static @Nullable String text(byte[] bytes, Runnable noText) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      noText.run();
      return null;
    }
  }
}
