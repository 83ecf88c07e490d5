package dev.horae.study;

import dev.horae.page.Numbers;
import dev.horae.page.Page;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The table as one self-contained web page, then warnings, a chart with intervals, the tests, the
 * paper's numbers and the audit. It loads nothing, and fits a telephone: rows of the table become
 * blocks there, and the chart is as wide as the screen. The records are what the template reads, by
 * reflection; those with methods for it are not private, or they would count as unused.
 */
final class ComparisonPage {

  private static final int TICKS = 5;
  private static final List<String> TESTED_COLUMNS =
      List.of("against", "difference", "p", "p (Holm)", "d_z");
  private static final List<String> TESTED_METRICS =
      List.of(Standings.DECISIVE, Standings.MASKED + Standings.DECISIVE);

  private record Contents(
      List<Group> groups,
      List<String> columns,
      List<Row> rows,
      String note,
      List<String> warnings,
      Optional<Chart> chart,
      List<String> testedMetrics,
      List<String> testedColumns,
      List<Tested> tests,
      List<String> verdicts,
      List<Audit.Finding> audit) {}

  /** What some columns in a row share; without a name when nothing. */
  record Group(String name, int width) {
    boolean named() {
      return !name.isEmpty();
    }
  }

  private record Row(String kind, Cell model, List<Cell> cells) {}

  /**
   * @param small stands small below the text
   */
  record Cell(String column, String text, Optional<String> small, Columns.Mark mark) {
    boolean best() {
      return mark == Columns.Mark.BEST;
    }

    boolean second() {
      return mark == Columns.Mark.SECOND;
    }

    boolean plain() {
      return mark == Columns.Mark.NONE;
    }
  }

  private record Tested(String model, List<Cell> cells) {}

  private record Chart(List<Tick> ticks, List<Bar> bars, boolean anyPublished) {}

  private record Tick(String x, String label) {}

  /** One row of the chart; coordinates are shares of its width, in per cent. */
  private record Bar(
      String kind,
      String model,
      String low,
      String high,
      String masked,
      String mean,
      Optional<String> published,
      String text) {}

  private ComparisonPage() {}

  static String html(Standings standings) {
    List<Columns.Column> columns = Columns.of(standings);
    return Page.html(
        ComparisonPage.class,
        standings.title(),
        standings.lead(),
        new Contents(
            groups(columns),
            columns.stream().map(Columns.Column::name).toList(),
            IntStream.range(0, standings.rows().size())
                .mapToObj(r -> row(standings.rows().get(r), columns, r))
                .toList(),
            TableFiles.note(standings),
            standings.warnings(),
            chart(standings.rows().stream().filter(Standings.Row::there).toList()),
            TESTED_METRICS.stream().map(ComparisonPage::heading).toList(),
            TESTED_COLUMNS,
            standings.rows().stream()
                .filter(row -> !row.tests().isEmpty())
                .map(ComparisonPage::tested)
                .toList(),
            standings.verdicts(),
            standings.audit()));
  }

  private static List<Group> groups(List<Columns.Column> columns) {
    List<Group> groups = new ArrayList<>();
    for (Columns.Column column : columns) {
      int last = groups.size() - 1;
      if (last >= 0 && groups.get(last).name().equals(column.group())) {
        groups.set(last, new Group(column.group(), groups.get(last).width() + 1));
      } else {
        groups.add(new Group(column.group(), 1));
      }
    }
    return groups;
  }

  private static Row row(Standings.Row row, List<Columns.Column> columns, int place) {
    List<Cell> cells = columns.stream().map(c -> cell(c.fullName(), c.cells().get(place))).toList();
    String missing = row.there() ? "" : " missing";
    return new Row(kind(row) + missing, cells.get(0), cells.subList(1, cells.size()));
  }

  private static String kind(Standings.Row row) {
    return (row.result().heuristic() ? "heuristic" : "neural")
        + (row.beatenBy().isEmpty() ? "" : " beaten");
  }

  /** The deviation, and that a model is a baseline, stand small. */
  private static Cell cell(String column, Columns.Cell cell) {
    String[] parts = cell.text().split(" (?=± )|(?= \\(heuristic\\))", 2);
    return new Cell(
        column,
        parts[0].strip(),
        parts.length > 1 ? Optional.of(parts[1].strip()) : Optional.empty(),
        cell.mark());
  }

  private static Optional<Chart> chart(List<Standings.Row> rows) {
    if (rows.isEmpty()) {
      return Optional.empty();
    }
    double most = rows.stream().mapToDouble(ComparisonPage::most).max().orElseThrow();
    double step = step(most / TICKS);
    double end = step * Math.max(1, Math.ceil(most / step));
    List<Tick> ticks = new ArrayList<>();
    for (int tick = 0; tick * step <= end + step / 2; tick++) {
      ticks.add(new Tick(x(tick * step, end), label(tick * step, step)));
    }
    return Optional.of(
        new Chart(
            ticks,
            rows.stream().map(row -> bar(row, end)).toList(),
            rows.stream().anyMatch(row -> row.published().isPresent())));
  }

  private static double most(Standings.Row row) {
    double masked = row.mean(Standings.MASKED + Standings.DECISIVE);
    double published = row.published().map(Published.Entry::ndcg10).orElse(0.0);
    return Math.max(Math.max(row.interval().high(), masked), published);
  }

  private static Bar bar(Standings.Row row, double end) {
    return new Bar(
        kind(row),
        row.model(),
        x(row.interval().low(), end),
        x(row.interval().high(), end),
        x(row.mean(Standings.MASKED + Standings.DECISIVE), end),
        x(row.mean(Standings.DECISIVE), end),
        row.published().map(entry -> x(entry.ndcg10(), end)),
        String.format(
            Locale.ROOT,
            "%s: %s, 95 %% interval %.4f to %.4f",
            row.model(),
            row.spread(Standings.DECISIVE).text(),
            row.interval().low(),
            row.interval().high()));
  }

  /** With room for half a dot at both ends. */
  private static String x(double value, double end) {
    return Numbers.fixed(2 + 95 * value / end, 2);
  }

  /** {@return 1, 2 or 5 times a power of ten, at least so much} */
  private static double step(double least) {
    double power = Math.pow(10, Math.floor(Math.log10(Math.max(least, 1e-6))));
    double digits = least / power;
    return power * (digits <= 1 ? 1 : digits <= 2 ? 2 : digits <= 5 ? 5 : 10);
  }

  private static String label(double value, double step) {
    return Numbers.fixed(value, (int) Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  }

  private static String heading(String metric) {
    return Columns.metric(metric, List.of()).fullName();
  }

  private static Tested tested(Standings.Row row) {
    List<Cell> cells = new ArrayList<>();
    for (String metric : TESTED_METRICS) {
      Standings.Against test = Objects.requireNonNull(row.tests().get(metric)); // all or none
      List<String> texts =
          List.of(
              test.other(),
              Numbers.signed(test.difference(), 4),
              Columns.p(test.p()),
              Columns.p(test.corrected()),
              Numbers.signed(test.effect(), 3));
      for (int c = 0; c < texts.size(); c++) {
        String column = heading(metric) + " " + TESTED_COLUMNS.get(c);
        cells.add(new Cell(column, texts.get(c), Optional.empty(), Columns.Mark.NONE));
      }
    }
    return new Tested(row.model(), cells);
  }
}
