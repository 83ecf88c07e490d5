package dev.horae.page;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Plain-text tables: columns two blanks apart, columns of numbers to the right, whether or not some
 * cells are a dash. Control sequences that make a cell bold or underlined take no room.
 */
public final class Tables {

  private static final String NUMBER = "(< )?[-+−]?[.,]?\\d.*";
  private static final String STYLE = "\u001b\\[[0-9;]*m";

  private Tables() {}

  /**
   * @param rows each as long as {@code header}
   * @return lines without trailing blanks, each ended by a line feed
   */
  public static String render(List<String> header, List<List<String>> rows) {
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
      List<String> cells = rows.stream().map(row -> plain(row.get(column))).toList();
      widths[c] =
          Math.max(header.get(c).length(), cells.stream().mapToInt(String::length).max().orElse(0));
      List<String> values = cells.stream().filter(cell -> !cell.matches("–?")).toList();
      right[c] = !values.isEmpty() && values.stream().allMatch(cell -> cell.matches(NUMBER));
    }
    StringBuilder text = new StringBuilder(line(header, widths, right));
    text.append(IntStream.of(widths).mapToObj("-"::repeat).collect(Collectors.joining("  ")));
    text.append('\n');
    rows.forEach(row -> text.append(line(row, widths, right)));
    return text.toString();
  }

  private static String plain(String cell) {
    return cell.replaceAll(STYLE, "");
  }

  private static String line(List<String> cells, int[] widths, boolean[] right) {
    StringBuilder line = new StringBuilder();
    for (int c = 0; c < widths.length; c++) {
      String blanks = " ".repeat(widths[c] - plain(cells.get(c)).length());
      line.append(right[c] ? blanks + cells.get(c) : cells.get(c) + blanks).append("  ");
    }
    return line.toString().stripTrailing() + "\n";
  }
}
