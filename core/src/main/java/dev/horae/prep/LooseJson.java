package dev.horae.prep;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads one value written as JSON or as a Python literal. The Amazon metadata of 2014 is the
 * second: {@code {'asin': '0001', 'title': "Don't", 'price': None}}.
 *
 * <p>Values are {@code Map<String, Object>}, {@code List<Object>}, {@code String} or null. Numbers
 * and booleans stay text as written, because an identifier such as {@code 007} must, and a time
 * must not pass through floating point. What stands for a number without a value, such as {@code
 * NaN} or {@code Infinity}, is null. An object with a name twice is broken, because one of the two
 * values would be lost. Half a surrogate pair stays as it is written, because no encoding can store
 * it and ids must stay different.
 */
public final class LooseJson {

  /** Deep nesting is an attack or an accident; the deepest real record has five levels. */
  private static final int MAX_DEPTH = 256;

  /** No value, in JSON, in Python, and as Python's JSON and literals write what is no number. */
  private static final Set<String> NONE =
      Set.of(
          "null",
          "none",
          "nan",
          "-nan",
          "nat",
          "inf",
          "+inf",
          "-inf",
          "infinity",
          "+infinity",
          "-infinity");

  private static final int LONGEST_NONE = "+infinity".length();

  /** A text that is neither JSON nor a Python literal; says what was found at which character. */
  public static final class BrokenException extends Exception {
    private static final long serialVersionUID = 1L;

    BrokenException(String message) {
      super(message, null, false, false); // one per broken line: no stack trace
    }
  }

  /** A number or boolean, as written, where it must be told from a string. */
  public record Word(String text) {}

  private final String text;
  private final boolean exact;
  private int at;

  private LooseJson(String text, boolean exact) {
    this.text = text;
    this.exact = exact;
  }

  static @Nullable Object parse(String text) throws BrokenException {
    return parse(text, false);
  }

  /** Numbers and booleans are {@link Word}s. */
  public static @Nullable Object parseExactly(String text) throws BrokenException {
    return parse(text, true);
  }

  private static @Nullable Object parse(String text, boolean exact) throws BrokenException {
    LooseJson json = new LooseJson(text, exact);
    Object value = json.value(0);
    json.skipSpace();
    if (json.at < text.length()) {
      throw json.broken("expected the end");
    }
    return value;
  }

  private @Nullable Object value(int depth) throws BrokenException {
    if (depth > MAX_DEPTH) {
      throw broken("nested deeper than " + MAX_DEPTH + " levels");
    }
    skipSpace();
    char c = peek();
    return switch (c) {
      case '{' -> object(depth);
      case '[' -> list(']', depth);
      case '(' -> list(')', depth);
      case '"', '\'' -> string();
      default -> word();
    };
  }

  private Map<String, Object> object(int depth) throws BrokenException {
    Map<String, Object> object = new LinkedHashMap<>();
    at++;
    while (!closes('}')) {
      Object key = value(depth + 1);
      if (!(key instanceof String name)) {
        throw broken("expected a name");
      }
      skipSpace();
      expect(':');
      int before = object.size();
      object.put(name, value(depth + 1));
      if (object.size() == before) {
        throw new BrokenException("the name '" + name + "' stands twice in an object");
      }
      separator('}');
    }
    return object;
  }

  private List<Object> list(char end, int depth) throws BrokenException {
    List<Object> list = new ArrayList<>();
    at++;
    while (!closes(end)) {
      list.add(value(depth + 1));
      separator(end);
    }
    return list;
  }

  /** Steps over {@code end} if it is next. */
  private boolean closes(char end) throws BrokenException {
    skipSpace();
    if (peek() != end) {
      return false;
    }
    at++;
    return true;
  }

  /** Steps over a comma; leaves {@code end} for {@link #closes}. */
  private void separator(char end) throws BrokenException {
    skipSpace();
    if (peek() != end) {
      expect(',');
    }
  }

  /** A number, true, false, null, None, or a string with Python's prefix u. */
  private @Nullable Object word() throws BrokenException {
    int start = at;
    while (at < text.length() && isWord(text.charAt(at))) {
      at++;
    }
    String word = text.substring(start, at);
    if (word.equals("u") && at < text.length() && (peek() == '\'' || peek() == '"')) {
      return string();
    }
    if (word.length() <= LONGEST_NONE && NONE.contains(word.toLowerCase(Locale.ROOT))) {
      return null;
    }
    if (!word.equalsIgnoreCase("true") && !word.equalsIgnoreCase("false") && !isNumber(word)) {
      at = start;
      throw broken("expected a value");
    }
    return exact ? new Word(word) : word;
  }

  /** JSON's and Python's numbers, leading zeros allowed. */
  private static boolean isNumber(String word) {
    int i = word.startsWith("-") || word.startsWith("+") ? 1 : 0;
    int digits = 0;
    boolean point = false;
    for (; i < word.length(); i++) {
      char c = word.charAt(i);
      if (c >= '0' && c <= '9') {
        digits++;
      } else if (c == '.' && !point) {
        point = true;
      } else if ((c == 'e' || c == 'E') && digits > 0) {
        return word.substring(i + 1).matches("[+-]?[0-9]+");
      } else {
        return false;
      }
    }
    return digits > 0;
  }

  private static boolean isWord(char c) {
    return (c >= '0' && c <= '9')
        || (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || c == '-'
        || c == '+'
        || c == '.'
        || c == '_';
  }

  private String string() throws BrokenException {
    char quote = text.charAt(at++);
    int start = at;
    while (at < text.length() && text.charAt(at) != quote && text.charAt(at) != '\\') {
      at++;
    }
    if (at < text.length() && text.charAt(at) == quote) {
      return text.substring(start, at++); // nothing escaped: the common case
    }
    StringBuilder string = new StringBuilder(text.substring(start, at));
    while (peek() != quote) {
      char c = text.charAt(at++);
      if (c == '\\') {
        escape(string);
      } else {
        string.append(c);
      }
    }
    at++;
    return whole(string.toString());
  }

  /** Writes halves of surrogate pairs as escapes again. */
  private static String whole(String string) {
    if (string.chars().noneMatch(c -> Character.isSurrogate((char) c))) {
      return string;
    }
    StringBuilder whole = new StringBuilder();
    string
        .codePoints()
        .forEach(
            code -> {
              if (code >= Character.MIN_SURROGATE && code <= Character.MAX_SURROGATE) {
                whole.append("\\u").append(Integer.toHexString(code));
              } else {
                whole.appendCodePoint(code);
              }
            });
    return whole.toString();
  }

  private void escape(StringBuilder string) throws BrokenException {
    char c = peek();
    at++;
    switch (c) {
      case 'n' -> string.append('\n');
      case 't' -> string.append('\t');
      case 'r' -> string.append('\r');
      case 'b' -> string.append('\b');
      case 'f' -> string.append('\f');
      case 'a', 'v', '0' -> string.append(' '); // bell, vertical tab, NUL: no text needs them
      case '/', '\\', '\'', '"' -> string.append(c);
      case 'x' -> string.appendCodePoint(hex(2));
      case 'u' -> string.append((char) hex(4));
      case 'U' -> string.appendCodePoint(hex(8));
      default -> string.append('\\').append(c); // Python leaves unknown escapes as they are
    }
  }

  private int hex(int digits) throws BrokenException {
    int code = 0;
    for (int i = 0; i < digits; i++) {
      int digit = peek() < 128 ? Character.digit(peek(), 16) : -1;
      if (digit < 0) {
        throw broken("expected a hexadecimal digit");
      }
      code = code * 16 + digit;
      at++;
    }
    if (!Character.isValidCodePoint(code)) {
      throw broken("expected a Unicode character before");
    }
    return code;
  }

  private void skipSpace() {
    while (at < text.length() && " \t\n\r\f".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private char peek() throws BrokenException {
    if (at >= text.length()) {
      throw broken("expected more");
    }
    return text.charAt(at);
  }

  private void expect(char wanted) throws BrokenException {
    if (peek() != wanted) {
      throw broken("expected '" + wanted + "'");
    }
    at++;
  }

  private BrokenException broken(String problem) {
    String found = at < text.length() ? "'" + text.charAt(at) + "'" : "the end";
    return new BrokenException(problem + " but found " + found + " at character " + (at + 1));
  }
}
