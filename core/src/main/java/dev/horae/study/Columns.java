package dev.horae.study;

import dev.horae.eval.BeyondAccuracy;
import dev.horae.page.Numbers;
import dev.horae.run.MemoryEstimate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** The cells of a table, the same in every kind of file: their text, and what stands out. */
final class Columns {

  static final String UNMASKED = "un-masked";
  static final String MASKED = "masked";
  static final String TIES = "NDCG@10 by order of equal times";
  static final String TIES_MASKED = TIES + ", masked";
  static final String BEYOND = "ten items shown";
  static final String LENGTHS = "NDCG@10 by events before the target";
  static final String LENGTHS_MASKED = LENGTHS + ", masked";
  static final String HISTORY = "history";
  static final String AGAINST = "against "; // the best other, or the reference
  static final String COST = "cost";

  /** Stands behind the name of a model that a heuristic baseline beats. */
  static final String BEATEN = " ↓";

  static final String NONE = "–";

  private static final String CHANGE = "change";

  private static final double SMALLEST_P = 0.001;

  enum Mark {
    NONE,
    BEST,
    SECOND
  }

  record Cell(String text, Mark mark) {}

  /**
   * @param group what several columns share, above them; empty for none
   * @param cells one per row of the table
   */
  record Column(String group, String name, List<Cell> cells) {

    /** {@return the name where no group stands above it} */
    String fullName() {
      if (group.startsWith(AGAINST)) {
        return group.endsWith(MASKED) ? name + " masked" : name;
      }
      return switch (group) {
        case "", BEYOND, COST -> name;
        case LENGTHS -> "NDCG@10 after " + name;
        case LENGTHS_MASKED -> "NDCG@10 masked after " + name;
        case HISTORY -> group + " " + name;
        case TIES -> name.equals(CHANGE) ? name : "NDCG@10 " + name;
        case TIES_MASKED -> name + " masked";
        default -> name.equals(UNMASKED) ? group : group + " " + name;
      };
    }
  }

  private Columns() {}

  static List<Column> of(Standings standings) {
    List<Standings.Row> rows = standings.rows();
    List<Column> columns = new ArrayList<>();
    columns.add(plain("", "model", rows, Columns::name));
    columns.add(plain("", "seeds", rows, Columns::seeds));
    for (String metric : Standings.METRICS) {
      columns.add(metric(metric, rows));
    }
    if (standings.shuffled()) {
      addTies(columns, TIES, Standings.DECISIVE, rows);
      addTies(columns, TIES_MASKED, Standings.MASKED + Standings.DECISIVE, rows);
    }
    standings.beyond().ifPresent(some -> addBeyond(columns, some, rows));
    columns.add(
        plain(HISTORY, "in top 10", rows, there(row -> percent(row.historyShare().mean()))));
    addTests(columns, "", Standings.DECISIVE, standings);
    addTests(columns, " " + MASKED, Standings.MASKED + Standings.DECISIVE, standings);
    columns.add(plain(COST, "parameters", rows, cost("%,.0f", Result.Cost::parameters)));
    columns.add(plain(COST, "s per epoch", rows, cost("%.1f", Result.Cost::secondsPerEpoch)));
    columns.add(plain(COST, "s in total", rows, cost("%.0f", Result.Cost::seconds)));
    columns.add(plain(COST, "peak memory", rows, there(Columns::memory)));
    return columns;
  }

  private static Column plain(
      String group, String name, List<Standings.Row> rows, Function<Standings.Row, String> text) {
    return new Column(
        group, name, rows.stream().map(row -> new Cell(text.apply(row), Mark.NONE)).toList());
  }

  private static void addBeyond(
      List<Column> columns, BeyondAccuracy some, List<Standings.Row> rows) {
    columns.add(plain(BEYOND, "coverage", rows, beyond(b -> percent(b.coverage()))));
    columns.add(plain(BEYOND, "novelty", rows, beyond(b -> Numbers.fixed(b.novelty(), 2))));
    columns.add(
        plain(BEYOND, "popularity lift", rows, beyond(b -> Numbers.signed(b.popularityLift(), 2))));
    columns.add(plain(BEYOND, "long tail", rows, beyond(b -> percent(b.longTailShare()))));
    columns.add(plain(BEYOND, "cold", rows, beyond(b -> percent(b.coldShare()))));
    addLengths(columns, LENGTHS, some, rows, BeyondAccuracy.Length::ndcg);
    addLengths(columns, LENGTHS_MASKED, some, rows, BeyondAccuracy.Length::masked);
  }

  private static void addLengths(
      List<Column> columns,
      String group,
      BeyondAccuracy some,
      List<Standings.Row> rows,
      ToDoubleFunction<BeyondAccuracy.Length> ndcg) {
    for (int g = 0; g < some.byLength().size(); g++) {
      BeyondAccuracy.Length length = some.byLength().get(g);
      int place = g;
      if (length.users() > 0) {
        columns.add(
            plain(
                group,
                String.format(Locale.ROOT, "%s (n %,d)", length.events(), length.users()),
                rows,
                beyond(b -> Numbers.fixed(ndcg.applyAsDouble(b.byLength().get(place)), 4))));
      }
    }
  }

  private static Function<Standings.Row, String> beyond(Function<BeyondAccuracy, String> text) {
    return row -> row.beyond().map(text).orElse(NONE);
  }

  private static void addTies(
      List<Column> columns, String group, String metric, List<Standings.Row> rows) {
    columns.add(plain(group, "file", rows, spread(metric, Standings.Row::unshuffled)));
    columns.add(plain(group, "random", rows, spread(metric, Standings.Row::shuffled)));
    columns.add(plain(group, CHANGE, rows, row -> change(metric, row)));
  }

  private static Function<Standings.Row, String> spread(
      String metric, Function<Standings.Row, Map<String, Spread>> of) {
    return row -> {
      Spread spread = of.apply(row).get(metric);
      return spread == null ? NONE : spread.text();
    };
  }

  /** {@return by how much random order is above or below the file's} */
  private static String change(String metric, Standings.Row row) {
    Spread random = row.shuffled().get(metric);
    Spread file = row.unshuffled().get(metric);
    return random == null || file == null || file.mean() == 0
        ? NONE
        : Numbers.signed(100 * (random.mean() / file.mean() - 1), 1) + " %";
  }

  private static void addTests(
      List<Column> columns, String masked, String metric, Standings standings) {
    List<Standings.Row> rows = standings.rows();
    String reference = standings.reference();
    String group =
        AGAINST + (reference.isEmpty() ? "best other" : reference) + ", NDCG@10" + masked;
    if (!reference.isEmpty()) {
      columns.add(
          plain(
              group,
              CHANGE,
              rows,
              tested(
                  metric,
                  t -> Double.isFinite(t.change()) ? Numbers.signed(t.change(), 1) + " %" : NONE)));
    }
    columns.add(plain(group, "p (Holm)", rows, tested(metric, t -> p(t.corrected()))));
    columns.add(plain(group, "d_z", rows, tested(metric, t -> Numbers.signed(t.effect(), 3))));
  }

  /** The metric is the group, and whether history is masked the column: the two stand together. */
  static Column metric(String metric, List<Standings.Row> rows) {
    double[] falling =
        rows.stream()
            .filter(Standings.Row::there)
            .mapToDouble(r -> -r.mean(metric))
            .sorted()
            .toArray();
    double[] places = Arrays.stream(falling).map(value -> -value).distinct().toArray();
    List<Cell> cells = new ArrayList<>();
    for (Standings.Row row : rows) {
      Mark mark = Mark.NONE;
      if (row.there() && places.length > 1) { // one model is no best
        double mean = row.mean(metric);
        mark = mean == places[0] ? Mark.BEST : mean == places[1] ? Mark.SECOND : Mark.NONE;
      }
      cells.add(new Cell(row.there() ? row.spread(metric).text() : NONE, mark));
    }
    return new Column(
        Standings.plain(metric).toUpperCase(Locale.ROOT),
        metric.startsWith(Standings.MASKED) ? MASKED : UNMASKED,
        cells);
  }

  private static String name(Standings.Row row) {
    return row.model()
        + (row.result().heuristic() ? " (heuristic)" : "")
        + (row.beatenBy().isEmpty() ? "" : BEATEN);
  }

  private static String seeds(Standings.Row row) {
    int there = row.result().outcomes().size();
    return there == row.result().wanted() ? "" + there : there + " of " + row.result().wanted();
  }

  private static Function<Standings.Row, String> there(Function<Standings.Row, String> text) {
    return row -> row.there() ? text.apply(row) : NONE;
  }

  private static Function<Standings.Row, String> tested(
      String metric, Function<Standings.Against, String> text) {
    return row -> {
      Standings.Against test = row.tests().get(metric);
      return test == null ? NONE : text.apply(test);
    };
  }

  private static Function<Standings.Row, String> cost(
      String format, ToDoubleFunction<Result.Cost> of) {
    return there(
        row -> {
          double mean = row.cost(of);
          return mean == 0 ? NONE : String.format(Locale.ROOT, format, mean);
        });
  }

  private static String memory(Standings.Row row) {
    return row.peakBytes() == 0 ? NONE : MemoryEstimate.readable(row.peakBytes());
  }

  static String percent(double share) {
    return Numbers.percent(share) + " %";
  }

  static String p(double p) {
    return p < SMALLEST_P ? "< 0.001" : String.format(Locale.ROOT, "%.3f", p);
  }
}
