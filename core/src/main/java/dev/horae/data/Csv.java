package dev.horae.data;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** CSV as all our files write it: RFC 4180 with line feeds, and no cell that is a formula. */
public final class Csv {

  private static final Pattern FORMULA = Pattern.compile("(?s)[=+\\-@\\t\\r].*");
  private static final Pattern NUMBER =
      Pattern.compile("[-+]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][-+]?\\d+)?");

  private Csv() {}

  /** {@return the cells as a line with its end} */
  public static String line(List<String> cells) {
    return cells.stream().map(Csv::cell).collect(Collectors.joining(",", "", "\n"));
  }

  /**
   * {@return the cell, quoted where it must be} What a spreadsheet would compute gets an apostrophe
   * in front, which makes it a text; numbers stay numbers.
   */
  public static String cell(String text) {
    boolean formula = FORMULA.matcher(text).matches() && !NUMBER.matcher(text).matches();
    String plain = formula ? "'" + text : text;
    boolean quoted =
        plain.indexOf('"') >= 0
            || plain.indexOf(',') >= 0
            || plain.indexOf('\n') >= 0
            || plain.indexOf('\r') >= 0;
    return quoted ? '"' + plain.replace("\"", "\"\"") + '"' : plain;
  }
}
