package dev.horae.eval;

import dev.horae.data.Letters;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Plain-text tables: columns two blanks apart, columns of numbers to the right, whether or not some
 * cells are a dash. Control sequences that make a cell bold or underlined take no room.
 */
public final class Tables {

  private static final String NUMBER = "(< )?[-+−]?[.,]?\\d.*";
  private static final String STYLE = "\u001b\\[[0-9;]*m";

  private static final Pattern STYLED =
      Pattern.compile("(" + STYLE + ")(.*)(" + STYLE + ")", Pattern.DOTALL);

  private Tables() {}

  /**
   * @param cells each as long as {@code header}
   * @return lines without trailing blanks, each ended by a line feed
   */
  public static String render(List<String> header, List<List<String>> cells) {
    List<List<String>> rows =
        cells.stream().map(row -> row.stream().map(Tables::harmless).toList()).toList();
    for (List<String> row : rows) {
      if (row.size() != header.size()) {
        throw new IllegalArgumentException(
            "row " + row + " has " + row.size() + " cells, the header " + header.size());
      }
    }
    int columns = header.size();
    int[] widths = new int[columns];
    boolean[] right = new boolean[columns];
    for (int c = 0; c < columns; c++) {
      int column = c;
      List<String> texts = rows.stream().map(row -> plain(row.get(column))).toList();
      widths[c] =
          Math.max(
              Letters.width(header.get(c)),
              texts.stream().mapToInt(Letters::width).max().orElse(0));
      List<String> values = texts.stream().filter(cell -> !cell.matches("–?")).toList();
      right[c] = !values.isEmpty() && values.stream().allMatch(cell -> cell.matches(NUMBER));
    }
    StringBuilder text = new StringBuilder(line(header, widths, right));
    text.append(IntStream.of(widths).mapToObj("-"::repeat).collect(Collectors.joining("  ")));
    text.append('\n');
    rows.forEach(row -> text.append(line(row, widths, right)));
    return text.toString();
  }

  /** A cell stays on its line, and only its style, about all of it, is obeyed. */
  private static String harmless(String cell) {
    Matcher styled = STYLED.matcher(cell);
    return styled.matches()
        ? styled.group(1) + Letters.line(styled.group(2)) + styled.group(3)
        : Letters.line(cell);
  }

  private static String plain(String cell) {
    return cell.replaceAll(STYLE, "");
  }

  private static String line(List<String> cells, int[] widths, boolean[] right) {
    StringBuilder line = new StringBuilder();
    for (int c = 0; c < widths.length; c++) {
      String blanks = " ".repeat(widths[c] - Letters.width(plain(cells.get(c))));
      line.append(right[c] ? blanks + cells.get(c) : cells.get(c) + blanks).append("  ");
    }
    return line.toString().stripTrailing() + "\n";
  }
}
