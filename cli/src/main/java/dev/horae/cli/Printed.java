package dev.horae.cli;

import dev.horae.page.Tables;
import dev.horae.report.FindingsFiles;
import dev.horae.report.Table;
import dev.horae.shell.Console;
import dev.horae.shell.Meter;
import dev.horae.shell.Plain;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Texts of the shop, as a terminal may show them. */
final class Printed {

  private static final int NARROWEST = 10; // a title that is cut further says nothing

  private Printed() {}

  /** {@return a table of findings, as wide as the terminal} */
  static String table(Table table) {
    return table(table, table.rows().size());
  }

  /** {@return the first rows of a table of findings, as wide as the terminal} */
  static String table(Table table, int rows) {
    return table(
        table.columns().stream().map(Table.Column::name).toList(),
        table.rows().stream()
            .limit(rows)
            .map(
                row ->
                    IntStream.range(0, row.size())
                        .mapToObj(c -> FindingsFiles.text(row.get(c), table.columns().get(c)))
                        .toList())
            .toList(),
        Console.columns());
  }

  /**
   * {@return a table whose last column is cut where the line would not fit}
   *
   * @param columns of the terminal; 0 where it is none
   */
  static String table(List<String> header, List<List<String>> rows, int columns) {
    List<List<String>> lines =
        rows.stream().map(row -> row.stream().map(Plain::line).toList()).toList();
    int last = header.size() - 1;
    int others = 0;
    for (int c = 0; c < last; c++) {
      int column = c;
      others +=
          2
              + Math.max(
                  header.get(c).length(),
                  lines.stream().mapToInt(row -> row.get(column).length()).max().orElse(0));
    }
    int room = columns == 0 ? Integer.MAX_VALUE : Math.max(NARROWEST, columns - others);
    List<List<String>> cut = new ArrayList<>();
    for (List<String> row : lines) {
      List<String> cells = new ArrayList<>(row);
      cells.set(last, Meter.cut(row.get(last), room));
      cut.add(cells);
    }
    return Tables.render(header, cut);
  }
}
