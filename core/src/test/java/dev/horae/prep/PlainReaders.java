package dev.horae.prep;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The readers once more, slow and plain: all lines at hand, regular expressions instead of steps.
 */
final class PlainReaders {

  private static final Pattern END_OF_LINE = Pattern.compile("\r\n|\r|\n");

  private PlainReaders() {}

  /** {@return the lines; null for each that is no text} */
  static List<String> lines(byte[] bytes) {
    List<String> lines = new ArrayList<>();
    String latin = new String(bytes, StandardCharsets.ISO_8859_1);
    List<String> cut = new ArrayList<>(Arrays.asList(END_OF_LINE.split(latin, -1)));
    if (cut.get(cut.size() - 1).isEmpty()) {
      cut.remove(cut.size() - 1);
    }
    for (String line : cut) {
      byte[] text =
          line.replaceFirst("^\u00EF\u00BB\u00BF", "").getBytes(StandardCharsets.ISO_8859_1);
      try {
        String read = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text)).toString();
        lines.add(read.contains("\0") ? null : read);
      } catch (CharacterCodingException e) {
        lines.add(null);
      }
    }
    return lines;
  }

  /** Tables of text. */
  static final class Delimited {

    private static final Map<String, Pattern> PATTERNS = new ConcurrentHashMap<>();
    private static final Pattern DOUBLED = quoted("[^\"]++|\"\"");
    private static final Pattern ESCAPED = quoted("\\\\[\"\\\\]|\"\"|[^\"\\\\]++|\\\\(?![\"\\\\])");
    private static final List<Pattern> KINDS =
        Stream.of("\\p{Nd}", "\\p{L}", " ", "[^\\p{Nd}\\p{L} ]").map(Pattern::compile).toList();

    private final String separator;
    private final Pattern separation;
    private final Pattern looseField;
    private final boolean quotes;
    private final boolean marksMayBeText;
    private final int keys;
    private final List<String> header;
    private final Pattern plainField;
    private final List<Set<String>> seen = new ArrayList<>();

    /**
     * @param keys how many columns, from the left, hold ids and times
     */
    Delimited(String separator, boolean quotes, List<String> header, int keys) {
      this.separator = separator;
      this.quotes = quotes;
      this.header = header;
      this.keys = keys;
      String one = Pattern.quote(separator);
      String plain = "(?:(?!" + one + ").)*+";
      separation = PATTERNS.computeIfAbsent(one, Pattern::compile);
      looseField =
          PATTERNS.computeIfAbsent(
              "(?s)(?:\"((?:[^\"]|\"\")*+)\"(?=%s|\\z)|(%s))(%s|\\z)".formatted(one, plain, one),
              Pattern::compile);
      plainField = PATTERNS.computeIfAbsent("(?s)(?!\")" + plain, Pattern::compile);
      marksMayBeText = !separator.equals(",") && !separator.equals(";");
      for (int i = 0; i < keys; i++) {
        seen.add(new HashSet<>());
      }
    }

    List<String> read(List<String> lines) {
      List<String> found = new ArrayList<>();
      int at = 1;
      while (at < lines.size()) {
        String line = lines.get(at);
        int next = at + 1;
        if (line == null) {
          found.add((at + 1) + ": refused");
        } else if (line.isBlank()) {
          found.add((at + 1) + ": passed");
        } else {
          Object[] record = record(lines, at);
          @SuppressWarnings("unchecked")
          List<String> fields = (List<String>) record[0];
          if (fields == null || fields.equals(header)) {
            found.add((at + 1) + ": refused");
          } else {
            for (int i = 0; i < keys; i++) {
              seen.get(i).add(shape(fields.get(i)));
            }
            found.add((at + 1) + ": " + fields);
            next = (int) record[1];
          }
        }
        at = next;
      }
      return found;
    }

    /** {@return the fields, or null, and the number of the line after them} */
    private Object[] record(List<String> lines, int at) {
      String line = lines.get(at);
      if (!quotes || !line.contains("\"")) {
        return new Object[] {right(plain(line)), at + 1};
      }
      for (boolean backslash : new boolean[] {false, true}) {
        List<String> fields = right(strict(line, backslash));
        if (fields != null) {
          return new Object[] {fields, at + 1};
        }
      }
      for (boolean backslash : new boolean[] {false, true}) {
        String text = line;
        int next = at + 1;
        while (isOpen(text, backslash)
            && next < lines.size()
            && next - at <= 1000
            && lines.get(next) != null
            && !isRow(lines.get(next), openField(text, backslash) > 0)) {
          text += "\n" + lines.get(next++);
        }
        List<String> fields = next > at + 1 ? right(strict(text, backslash)) : null;
        if (fields != null) {
          return new Object[] {fields, next};
        }
      }
      List<String> fields = marksMayBeText ? right(loose(line)) : null;
      if (fields == null && marksMayBeText) {
        fields = right(plain(line));
      }
      return new Object[] {fields, at + 1};
    }

    private List<String> right(List<String> fields) {
      return fields != null && fields.size() == header.size() ? fields : null;
    }

    private List<String> plain(String text) {
      return Arrays.asList(separation.split(text, -1));
    }

    private static Pattern quoted(String inside) {
      return Pattern.compile("\"((?:" + inside + ")*+)\"(?!\")");
    }

    /** {@return the fields if the text is a record from end to end} */
    private List<String> strict(String text, boolean backslash) {
      List<String> fields = new ArrayList<>();
      return rest(text, backslash, fields).isEmpty() ? fields : null;
    }

    private boolean isOpen(String text, boolean backslash) {
      String rest = rest(text, backslash, new ArrayList<>());
      return rest.startsWith("\"") && !(backslash ? ESCAPED : DOUBLED).matcher(rest).lookingAt();
    }

    private int openField(String text, boolean backslash) {
      List<String> fields = new ArrayList<>();
      rest(text, backslash, fields);
      return fields.size();
    }

    /** {@return what is left where a field is broken; empty if none is} */
    private String rest(String text, boolean backslash, List<String> fields) {
      Pattern quoted = backslash ? ESCAPED : DOUBLED;
      int at = 0;
      while (true) {
        String left = text.substring(at);
        Matcher mark = quoted.matcher(left);
        Matcher none = plainField.matcher(left);
        String field;
        int end;
        if (left.startsWith("\"")) {
          if (!mark.lookingAt()) {
            return left;
          }
          String raw = mark.group(1);
          field =
              backslash
                  ? raw.replaceAll("\\\\([\"\\\\])|\"(\")", "$1$2")
                  : raw.replace("\"\"", "\"");
          end = mark.end();
        } else {
          none.lookingAt();
          field = none.group();
          end = none.end();
        }
        String after = left.substring(end);
        if (!after.isEmpty() && !after.startsWith(separator)) {
          return left;
        }
        fields.add(field);
        if (after.isEmpty()) {
          return "";
        }
        at += end + separator.length();
      }
    }

    private List<String> loose(String text) {
      List<String> fields = new ArrayList<>();
      Matcher matcher = looseField.matcher(text);
      int at = 0;
      do {
        matcher.region(at, text.length());
        matcher.lookingAt();
        fields.add(
            matcher.group(1) == null ? matcher.group(2) : matcher.group(1).replace("\"\"", "\""));
        at = matcher.end();
      } while (!matcher.group(3).isEmpty());
      return fields;
    }

    private boolean isRow(String line, boolean afterFirst) {
      if (marksMayBeText && afterFirst) {
        return plain(line).size() == header.size();
      }
      List<String> fields = right(strict(line, false));
      if (fields == null) {
        return false;
      }
      if (seen.get(0).isEmpty()) {
        return fields.stream().noneMatch(field -> field.startsWith(" "));
      }
      for (int i = 0; i < keys; i++) {
        if (!seen.get(i).contains(shape(fields.get(i)))) {
          return false;
        }
      }
      return true;
    }

    private static String shape(String id) {
      StringBuilder shape = new StringBuilder().append(Math.min(id.length(), 32));
      for (Pattern kind : KINDS) {
        shape.append(kind.matcher(id).find() ? "x" : ".");
      }
      return shape.toString();
    }
  }

  /** JSON and Python lines. */
  static List<String> jsonLines(List<String> lines, List<String> columns) {
    List<String> found = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      String entry = "refused";
      if (line != null && line.isBlank()) {
        entry = "passed";
      } else if (line != null) {
        try {
          Object value = new Tokens(line).whole();
          if (value instanceof Map<?, ?> object) {
            List<Object> values = new ArrayList<>();
            columns.forEach(column -> values.add(named(object, column)));
            entry = values.toString();
          }
        } catch (IllegalArgumentException e) {
          entry = "refused";
        }
      }
      found.add((i + 1) + ": " + entry);
    }
    return found;
  }

  private static Object named(Map<?, ?> object, String column) {
    return object.containsKey(column)
        ? object.get(column)
        : object.entrySet().stream()
            .filter(entry -> column.equalsIgnoreCase((String) entry.getKey()))
            .flatMap(entry -> Stream.ofNullable(entry.getValue()))
            .findFirst()
            .map(Object.class::cast)
            .orElse(null);
  }

  private static final class Tokens {

    private static final Pattern TOKEN =
        Pattern.compile(
            "[ \t\n\r"
                + "\f]*+(?:([\\[\\](){},:])|(u?(?:\"(?:[^\"\\\\]|\\\\.)*+\"|'(?:[^'\\\\]|\\\\.)*+'))"
                + "|([-+.0-9A-Za-z_]++)|(\\z))",
            Pattern.DOTALL);
    private static final Pattern ESCAPE =
        Pattern.compile(
            "\\\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|U([0-9a-fA-F]{8})|(.))", Pattern.DOTALL);
    private static final Pattern WORD =
        Pattern.compile(
            "(?<none>(?i:null|none|-?nan|nat|[-+]?inf(?:inity)?))|(?i:true|false)"
                + "|[-+]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][-+]?[0-9]+)?");

    private final Matcher matcher;
    private int end;
    private int depth;

    Tokens(String text) {
      matcher = TOKEN.matcher(text);
      next();
    }

    private void next() {
      matcher.region(end, matcher.regionEnd());
      check(matcher.lookingAt());
      end = matcher.end();
    }

    private static void check(boolean ok) {
      if (!ok) {
        throw new IllegalArgumentException();
      }
    }

    private boolean takes(String mark) {
      boolean takes = mark.equals(matcher.group(1));
      if (takes) {
        next();
      }
      return takes;
    }

    Object whole() {
      Object value = value();
      check(matcher.group(4) != null);
      return value;
    }

    private Object value() {
      check(depth++ <= 256);
      Object value;
      if (takes("{")) {
        Map<String, Object> object = new LinkedHashMap<>();
        while (!takes("}")) {
          Object key = value();
          check(key instanceof String);
          check(takes(":"));
          check(!object.containsKey((String) key));
          object.put((String) key, value());
          check(takes(",") || "}".equals(matcher.group(1)));
        }
        value = object;
      } else if ("[".equals(matcher.group(1)) || "(".equals(matcher.group(1))) {
        String close = takes("[") ? "]" : takes("(") ? ")" : "";
        List<Object> list = new ArrayList<>();
        while (!takes(close)) {
          list.add(value());
          check(takes(",") || close.equals(matcher.group(1)));
        }
        value = list;
      } else if (matcher.group(2) != null) {
        value = string(matcher.group(2).replaceFirst("^u", ""));
        next();
      } else {
        check(matcher.group(3) != null);
        Matcher word = WORD.matcher(matcher.group(3));
        check(word.matches());
        value = word.group("none") == null ? word.group() : null;
        next();
      }
      depth--;
      return value;
    }

    private static String string(String quoted) {
      StringBuilder text = new StringBuilder();
      Matcher escape = ESCAPE.matcher(quoted.substring(1, quoted.length() - 1));
      int at = 0;
      String inside = quoted.substring(1, quoted.length() - 1);
      while (escape.find()) {
        text.append(inside, at, escape.start());
        at = escape.end();
        if (escape.group(4) == null) {
          String hex =
              Stream.of(1, 2, 3).map(escape::group).filter(x -> x != null).findFirst().get();
          long code = Long.parseLong(hex, 16);
          check(code <= Character.MAX_CODE_POINT);
          text.appendCodePoint((int) code);
        } else {
          String c = escape.group(4);
          int known = "ntrbfav0/\\'\"".indexOf(c);
          check(!c.matches("[uxU]"));
          text.append(known < 0 ? "\\" + c : "\n\t\r\b\f   /\\'\"".substring(known, known + 1));
        }
      }
      text.append(inside.substring(at));
      StringBuilder whole = new StringBuilder();
      text.codePoints()
          .mapToObj(
              c ->
                  c >= 0xD800 && c <= 0xDFFF
                      ? "\\u" + Integer.toHexString(c)
                      : Character.toString(c))
          .forEach(whole::append);
      return whole.toString();
    }
  }
}
