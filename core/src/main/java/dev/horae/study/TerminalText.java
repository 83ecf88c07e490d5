package dev.horae.study;

import dev.horae.page.Tables;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/** A table as a terminal shows it: parts of at most 120 columns, not one of two hundred. */
public final class TerminalText {

  private static final String BOLD = "\u001b[1m";
  private static final String UNDERLINED = "\u001b[4m";
  private static final String PLAIN = "\u001b[0m";

  private final boolean styles;

  private TerminalText(boolean styles) {
    this.styles = styles;
  }

  /**
   * {@return the table for a terminal, in parts that fit it}
   *
   * @param styles whether it shows bold and underlined
   */
  public static String of(Standings standings, boolean styles) {
    TerminalText terminal = new TerminalText(styles);
    StringBuilder text = new StringBuilder("\n");
    text.append(terminal.styled(BOLD, standings.title())).append('\n');
    text.append(standings.lead()).append("\n\n");
    List<Columns.Column> columns = Columns.of(standings);
    text.append(
        terminal.table(columns, c -> c.group().matches("NDCG@\\d+") || c.name().equals("seeds")));
    text.append('\n');
    text.append(terminal.table(columns, c -> c.group().startsWith("MRR@")));
    if (standings.shuffled()) {
      text.append('\n');
      text.append(
          terminal.table(
              columns, c -> Set.of(Columns.TIES, Columns.TIES_MASKED).contains(c.group())));
    }
    if (standings.beyond().isPresent()) {
      text.append('\n').append(terminal.table(columns, c -> c.group().equals(Columns.BEYOND)));
      for (String lengths : List.of(Columns.LENGTHS, Columns.LENGTHS_MASKED)) {
        text.append('\n').append(lengths).append('\n');
        text.append(terminal.table(columns, c -> c.group().equals(lengths), Columns.Column::name));
      }
    }
    text.append('\n');
    text.append(
        terminal.table(
            columns,
            c -> c.group().equals(Columns.HISTORY) || c.group().startsWith(Columns.AGAINST)));
    text.append('\n');
    text.append(terminal.table(columns, c -> c.group().equals(Columns.COST)));
    standings
        .warnings()
        .forEach(w -> text.append('\n').append(terminal.styled(BOLD, "WARNING: " + w)));
    text.append(standings.warnings().isEmpty() ? "" : "\n");
    standings.verdicts().forEach(verdict -> text.append('\n').append(verdict));
    text.append(standings.verdicts().isEmpty() ? "" : "\n");
    standings.audit().stream()
        .filter(Audit.Finding::alarming)
        .forEach(
            finding ->
                text.append(
                    terminal.styled(
                        BOLD, "\nWARNING: " + finding.what() + ": " + finding.remark() + "\n")));
    return text.toString();
  }

  private String table(List<Columns.Column> columns, Predicate<Columns.Column> wanted) {
    return table(columns, wanted, Columns.Column::fullName);
  }

  /** The name of the model, and the columns that are wanted. */
  private String table(
      List<Columns.Column> columns,
      Predicate<Columns.Column> wanted,
      Function<Columns.Column, String> name) {
    List<Columns.Column> shown =
        columns.stream()
            .filter(column -> column.name().equals("model") || wanted.test(column))
            .toList();
    List<List<String>> rows = new ArrayList<>();
    for (int r = 0; r < columns.get(0).cells().size(); r++) {
      int row = r;
      rows.add(shown.stream().map(column -> cell(column.cells().get(row))).toList());
    }
    return Tables.render(shown.stream().map(name).toList(), rows);
  }

  private String cell(Columns.Cell cell) {
    return switch (cell.mark()) {
      case BEST -> styled(BOLD, cell.text());
      case SECOND -> styled(UNDERLINED, cell.text());
      case NONE -> cell.text();
    };
  }

  private String styled(String style, String text) {
    return styles ? style + text + PLAIN : text;
  }
}
