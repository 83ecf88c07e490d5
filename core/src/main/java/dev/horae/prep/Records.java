package dev.horae.prep;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Cuts lines into records of fields. A record that cannot be read costs its first line alone; the
 * lines after it are read on their own. So each line is in exactly one record, or refused.
 *
 * <p>A field that begins with a quotation mark is quoted, as in RFC 4180: it ends with the next
 * mark that is not doubled, right before a separator or the end of a line, and may run over lines.
 * If that does not give a record, a mark after a backslash is tried as a part of the text (Spark,
 * MySQL). A reading that needs one line is preferred to one that needs several.
 *
 * <p>With separators other than comma and semicolon, exports mostly do not quote: there a mark that
 * is not closed in this way is a character.
 */
final class Records {

  static final String NEVER_CLOSED = "quotation mark never closed";
  static final String TEXT_AFTER = "text after a closing quotation mark";
  static final String WRONG_NUMBER = "wrong number of fields";

  private static final int MAX_RECORD_LINES = 1000;

  private final @Nullable LineReader lines; // null where there is one line only
  private final String separator;
  private final boolean quotes;
  private final boolean marksMayBeText;
  private Predicate<List<String>> looksLikeRow = fields -> true;
  private int width;
  private String problem = ""; // none
  private int found;

  /**
   * @param quotes whether fields may be quoted; RecBole's may not
   */
  Records(@Nullable LineReader lines, String separator, boolean quotes) {
    this.lines = lines;
    this.separator = separator;
    this.quotes = quotes;
    marksMayBeText = !separator.equals(",") && !separator.equals(";");
  }

  /**
   * Says what records look like.
   *
   * @param width how many fields each has; 0 before that is known
   * @param looksLikeRow whether fields of that number seem to be a record of their own; inside a
   *     quoted text they show that its mark was never closed
   */
  void expect(int width, Predicate<List<String>> looksLikeRow) {
    this.width = width;
    this.looksLikeRow = looksLikeRow;
  }

  /** {@return the fields of the record that starts here; null if it is refused} */
  @Nullable List<String> read(Line first) {
    String text = first.text();
    problem = "";
    if (!quotes || text.indexOf('"') < 0) {
      return accepted(plain(text));
    }
    boolean backslashes = text.contains("\\\"");
    Attempt strict = new Attempt(text, false, false);
    List<String> fields = accepted(strict.fields());
    String refusal = problem;
    if (fields == null && backslashes) {
      fields = accepted(new Attempt(text, true, false).fields());
    }
    if (fields == null && strict.open) {
      Attempt overLines = new Attempt(text, false, true);
      fields = accepted(overLines.fields());
      refusal = problem;
      backslashes |= overLines.backslashes;
    }
    if (fields == null && backslashes) {
      fields = accepted(new Attempt(text, true, true).fields());
    }
    if (fields == null && marksMayBeText) {
      fields = accepted(loose(text));
    }
    if (fields == null && marksMayBeText) {
      fields = accepted(plain(text));
      refusal = problem;
    }
    problem = refusal;
    return fields;
  }

  /** {@return why the last record was refused} */
  String problem() {
    return problem;
  }

  /** {@return how many fields were there instead; 0 if that was not the problem} */
  int found() {
    return problem.equals(WRONG_NUMBER) ? found : 0;
  }

  private @Nullable List<String> accepted(@Nullable List<String> fields) {
    if (fields == null || width == 0 || fields.size() == width) {
      return fields;
    }
    found = fields.size();
    problem = WRONG_NUMBER;
    return null;
  }

  private List<String> plain(String text) {
    List<String> fields = new ArrayList<>(Math.max(width, 8));
    int start = 0;
    for (int end = next(text, 0); end >= 0; end = next(text, start)) {
      fields.add(text.substring(start, end));
      start = end + separator.length();
    }
    fields.add(text.substring(start));
    return fields;
  }

  /** Looking for one character is faster than for a text of one. */
  private int next(String text, int from) {
    return separator.length() == 1
        ? text.indexOf(separator.charAt(0), from)
        : text.indexOf(separator, from);
  }

  /** {@return the fields of one line, to see what a file is like} */
  static List<String> cut(String text, String separator) {
    Records one = new Records(null, separator, true);
    List<String> fields = one.loose(text);
    return fields == null ? one.plain(text) : fields;
  }

  /** Each field by itself: quoted where the mark is closed in this line, else as it is. */
  private @Nullable List<String> loose(String text) {
    Attempt attempt = new Attempt(text, false, false);
    attempt.loose = true;
    return attempt.fields();
  }

  /** One way to read a record. */
  private final class Attempt {

    private final boolean backslash;
    private final boolean overLines;
    private boolean loose;
    private final List<String> fields = new ArrayList<>(Math.max(width, 8));
    private final List<Line> more = new ArrayList<>();
    private String text;
    private int at;
    private boolean open;
    private boolean backslashes;

    Attempt(String text, boolean backslash, boolean overLines) {
      this.text = text;
      this.backslash = backslash;
      this.overLines = overLines;
    }

    /** {@return null, with the lines after the first put back, if this is no way to read it} */
    @Nullable List<String> fields() {
      while (field()) {
        if (at == text.length()) {
          if (width > 0 && fields.size() != width) {
            putBack();
          }
          return fields;
        }
        at += separator.length();
      }
      putBack();
      return null;
    }

    private void putBack() {
      if (lines != null && !more.isEmpty()) {
        lines.putBack(more);
      }
    }

    /** Reads a field up to the separator or the end; false if it is broken. */
    private boolean field() {
      if (at < text.length() && text.charAt(at) == '"') {
        int start = at;
        if (quoted()) {
          return true;
        }
        if (!loose) {
          return false;
        }
        at = start;
      }
      int end = text.indexOf(separator, at);
      end = end < 0 ? text.length() : end;
      fields.add(text.substring(at, end));
      at = end;
      return true;
    }

    private boolean quoted() {
      StringBuilder field = new StringBuilder();
      at++;
      while (at < text.length() || nextLine(field)) {
        if (at == text.length()) {
          continue; // an empty line in the text
        }
        char c = text.charAt(at++);
        boolean marked = at < text.length() && text.charAt(at) == '"';
        if (c == '"' && !marked) {
          fields.add(field.toString());
          return closed();
        }
        backslashes |= c == '\\' && marked;
        boolean escape = c == '\\' && at < text.length() && text.charAt(at) == '\\';
        if ((c == '"' || backslash && c == '\\') && marked || backslash && escape) {
          c = text.charAt(at++);
        }
        field.append(c);
      }
      open = true;
      problem = NEVER_CLOSED;
      return false;
    }

    private boolean closed() {
      if (at == text.length() || text.startsWith(separator, at)) {
        return true;
      }
      fields.remove(fields.size() - 1);
      problem = TEXT_AFTER;
      return false;
    }

    /** Goes on in the next line, if the text may. */
    private boolean nextLine(StringBuilder field) {
      Line next =
          lines != null && overLines && more.size() < MAX_RECORD_LINES ? lines.next() : null;
      if (next == null) {
        return false;
      }
      more.add(next);
      if (next.problem() != null || isRow(next.text())) {
        return false;
      }
      field.append('\n');
      text = next.text();
      at = 0;
      return true;
    }

    private boolean isRow(String line) {
      if (width < 2) {
        return false;
      }
      if (marksMayBeText && !fields.isEmpty()) {
        return plain(line).size() == width;
      }
      List<String> row =
          line.indexOf('"') < 0 ? plain(line) : new Attempt(line, false, false).fields();
      return row != null && row.size() == width && looksLikeRow.test(row);
    }
  }
}
