package dev.horae.study;

import dev.horae.eval.BeyondAccuracy;
import dev.horae.eval.BeyondAccuracy.Length;
import dev.horae.report.Block;
import dev.horae.report.Chart;
import dev.horae.report.Findings;
import dev.horae.report.Heading;
import dev.horae.report.Origin;
import dev.horae.report.Table;
import dev.horae.report.Table.Best;
import dev.horae.report.Table.Column;
import dev.horae.report.Text;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** {@link Standings} as findings, so that a report can collect comparisons. */
final class StandingsFindings {

  private static final List<String> BOTH =
      List.of(Standings.DECISIVE, Standings.MASKED + Standings.DECISIVE);
  private static final double GIGABYTE = 1e9;

  private final Standings standings;
  private final List<Standings.Row> rows; // of models that are there
  private final List<Block> blocks = new ArrayList<>();

  private StandingsFindings(Standings standings) {
    this.standings = standings;
    rows = standings.rows().stream().filter(Standings.Row::there).toList();
  }

  static Findings of(Standings standings, Origin origin) {
    StandingsFindings made = new StandingsFindings(standings);
    standings.warnings().forEach(warning -> made.blocks.add(Text.warning(warning)));
    if (!made.rows.isEmpty()) {
      made.figures();
      made.chart();
      made.tests();
      made.ties();
      standings
          .beyond()
          .ifPresent(
              some -> {
                made.beyond();
                made.lengths("NDCG@10 by events before the target", some, Length::ndcg);
                made.lengths("NDCG@10 masked by events before the target", some, Length::masked);
              });
      made.cost();
    }
    made.words("Against the paper", standings.verdicts());
    made.audit();
    return new Findings(standings.title(), standings.lead(), origin, made.blocks);
  }

  private static String label(String metric) {
    return metric.startsWith(Standings.MASKED)
        ? Standings.plain(metric).toUpperCase(Locale.ROOT) + " masked"
        : metric.toUpperCase(Locale.ROOT);
  }

  private void table(
      String title,
      List<Column> columns,
      Function<Standings.Row, List<@Nullable Object>> cells,
      String note) {
    List<Column> all = new ArrayList<>(List.of(Column.of("model")));
    all.addAll(columns);
    List<List<@Nullable Object>> lines = new ArrayList<>();
    for (Standings.Row row : rows) {
      List<@Nullable Object> line = new ArrayList<>();
      line.add(row.model());
      line.addAll(cells.apply(row));
      lines.add(line);
    }
    blocks.add(new Table(title, all, lines, note));
  }

  private void figures() {
    List<Column> columns = new ArrayList<>(List.of(Column.of("kind"), Column.of("seeds")));
    Standings.METRICS.forEach(m -> columns.add(new Column(label(m), 4, Best.HIGHEST)));
    columns.add(Column.of("history in top 10, %", 1));
    table(
        "Test figures",
        columns,
        row -> {
          List<@Nullable Object> cells = new ArrayList<>();
          cells.add(row.result().heuristic() ? "heuristic" : "trained");
          cells.add(row.result().outcomes().size());
          Standings.METRICS.forEach(metric -> cells.add(row.mean(metric)));
          cells.add(100 * row.historyShare().mean());
          return cells;
        },
        "Means over seeds. Masked: items of the history do not compete.");
    if (rows.stream().anyMatch(row -> row.result().outcomes().size() > 1)) {
      table(
          "Deviation over seeds",
          Standings.METRICS.stream().map(m -> Column.of(label(m), 4)).toList(),
          row -> {
            List<@Nullable Object> cells = new ArrayList<>();
            Standings.METRICS.forEach(metric -> cells.add(row.spread(metric).deviation()));
            return cells;
          },
          "Of a sample: n - 1.");
    }
  }

  private void chart() {
    List<List<@Nullable Object>> lines = new ArrayList<>();
    for (Standings.Row row : rows) {
      lines.add(
          Arrays.asList(
              row.model(),
              "un-masked",
              row.mean(Standings.DECISIVE),
              row.interval().low(),
              row.interval().high()));
      lines.add(
          Arrays.asList(
              row.model(), "masked", row.mean(Standings.MASKED + Standings.DECISIVE), null, null));
      row.published()
          .ifPresent(
              it -> lines.add(Arrays.asList(row.model(), "published", it.ndcg10(), null, null)));
    }
    Table table =
        new Table(
            "NDCG@10 by model",
            List.of(
                Column.of("model"),
                Column.of("ranking"),
                Column.of("NDCG@10", 4),
                Column.of("low", 4),
                Column.of("high", 4)),
            lines,
            "");
    blocks.add(
        Chart.of(Chart.Mark.DOT, table, "model", "NDCG@10")
            .by("ranking")
            .within("low", "high")
            .noted("Intervals: 95 % bootstrap over users of the mean over seeds."));
  }

  private void tests() {
    List<List<@Nullable Object>> lines = new ArrayList<>();
    for (Standings.Row row : rows) {
      for (String metric : BOTH) {
        Standings.Against test = row.tests().get(metric);
        if (test != null) {
          lines.add(
              Arrays.asList(
                  row.model(),
                  label(metric),
                  test.other(),
                  test.difference(),
                  test.change(),
                  test.p(),
                  test.corrected(),
                  test.effect()));
        }
      }
    }
    if (!lines.isEmpty()) {
      blocks.add(
          new Table(
              "Could it be chance?",
              List.of(
                  Column.of("model"),
                  Column.of("metric"),
                  Column.of("against"),
                  Column.of("difference", 4),
                  Column.of("change, %", 1),
                  Column.of("p", 4),
                  Column.of("p (Holm)", 4),
                  Column.of("d_z", 3)),
              lines,
              "Paired randomisation test over users, gains averaged over seeds, with Holm's"
                  + " correction; d_z is the mean difference over its standard deviation."
                  + (standings.reference().isEmpty() ? TableFiles.NOTE_ON_BEST : "")));
    }
  }

  private void ties() {
    if (!standings.shuffled()) {
      return;
    }
    List<Column> columns = new ArrayList<>();
    for (String metric : BOTH) {
      columns.add(new Column(label(metric) + ", file", 4, Best.HIGHEST));
      columns.add(new Column(label(metric) + ", random", 4, Best.HIGHEST));
    }
    table(
        "Order of equal times",
        columns,
        row -> {
          List<@Nullable Object> cells = new ArrayList<>();
          for (String metric : BOTH) {
            for (Map<String, Spread> spreads : List.of(row.unshuffled(), row.shuffled())) {
              Spread spread = spreads.get(metric);
              cells.add(spread == null ? null : spread.mean());
            }
          }
          return cells;
        },
        "Random: events of one user with equal times change places; both with the first seed.");
  }

  private void beyond() {
    table(
        "Beyond accuracy",
        List.of(
            Column.of("coverage, %", 1),
            Column.of("novelty, bits", 2),
            Column.of("popularity lift", 2),
            Column.of("long tail, %", 1),
            Column.of("cold, %", 1)),
        row -> {
          @Nullable BeyondAccuracy own = row.beyond().orElse(null);
          return own == null
              ? Arrays.asList(null, null, null, null, null)
              : Arrays.asList(
                  100 * own.coverage(),
                  own.novelty(),
                  own.popularityLift(),
                  100 * own.longTailShare(),
                  100 * own.coldShare());
        },
        standings.beyond().map(TableFiles::noteOnBeyond).orElse("").strip());
  }

  private void lengths(String title, BeyondAccuracy some, ToDoubleFunction<Length> ndcg) {
    List<Integer> there =
        IntStream.range(0, some.byLength().size())
            .filter(g -> some.byLength().get(g).users() > 0)
            .boxed()
            .toList();
    table(
        title,
        there.stream()
            .map(g -> some.byLength().get(g))
            .map(
                length -> String.format(Locale.ROOT, "%s (n %,d)", length.events(), length.users()))
            .map(name -> new Column(name, 4, Best.HIGHEST))
            .toList(),
        row -> {
          List<@Nullable Object> cells = new ArrayList<>();
          for (int g : there) {
            cells.add(row.beyond().map(b -> ndcg.applyAsDouble(b.byLength().get(g))).orElse(null));
          }
          return cells;
        },
        "n: how many users.");
  }

  private void cost() {
    table(
        "Cost",
        List.of(
            Column.of("parameters"),
            Column.of("epochs", 1),
            new Column("s per epoch", 1, Best.LOWEST),
            new Column("s in total", 1, Best.LOWEST),
            Column.of("peak memory, GB", 2)),
        row ->
            Arrays.asList(
                known(row.cost(Result.Cost::parameters)),
                known(row.cost(Result.Cost::epochs)),
                known(row.cost(Result.Cost::secondsPerEpoch)),
                known(row.cost(Result.Cost::seconds)),
                known(row.peakBytes() / GIGABYTE)),
        "Of one run; peak memory the most of any.");
  }

  /** 0 is nothing, or not known. */
  private static @Nullable Double known(double value) {
    return value == 0 ? null : value;
  }

  private void words(String heading, List<String> lines) {
    if (!lines.isEmpty()) {
      blocks.add(new Heading(heading));
      lines.forEach(line -> blocks.add(Text.of(line)));
    }
  }

  private void audit() {
    blocks.add(new Heading("Audit of the protocol"));
    List<List<@Nullable Object>> lines = new ArrayList<>();
    for (Audit.Finding finding : standings.audit()) {
      if (finding.alarming()) {
        blocks.add(Text.warning(finding.what() + ": " + finding.value() + " " + finding.remark()));
      } else {
        lines.add(Arrays.asList(finding.what(), finding.value(), finding.remark()));
      }
    }
    blocks.add(
        new Table(
            "Audit",
            List.of(Column.of("what"), Column.of("value"), Column.of("remark")),
            lines,
            ""));
  }
}
