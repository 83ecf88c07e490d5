package dev.horae.cli;

import dev.horae.eval.BeyondAccuracy;
import dev.horae.eval.Metrics;
import dev.horae.eval.WithBornLater;
import dev.horae.model.ModelConfig;
import dev.horae.page.Numbers;
import dev.horae.page.Tables;
import dev.horae.run.RunReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** How results look on a terminal. */
final class Reports {

  /** What an option says that asks for {@link #beyond}. */
  static final String BEYOND_ACCURACY =
      "Also measure coverage, novelty, popularity lift, long tail and cold items of the ten items"
          + " that recommend shows, and NDCG@10 by length of history.";

  private Reports() {}

  /**
   * @param model what was trained
   */
  static String metrics(RunReport report, ModelConfig model) {
    List<List<String>> rows = new ArrayList<>();
    for (String name : Metrics.SHOWN) {
      List<Double> interval = RunReport.figure(report.intervals(), name);
      rows.add(
          List.of(
              name,
              number(RunReport.figure(report.valid(), name)),
              number(RunReport.figure(report.test(), name)),
              number(interval.get(0)) + " to " + number(interval.get(1)),
              number(RunReport.figure(report.maskedTest(), name))));
    }
    String valid = model.fitsValidation() ? "valid, fitted to" : "valid";
    return Tables.render(
            List.of("metric", valid, "test", "95 % interval", "test, history masked"), rows)
        + diagnostics(
            RunReport.figure(report.diagnostics(), "history_share_of_top_10"),
            RunReport.figure(report.diagnostics(), "tied_targets"))
        + (report.withBornLater() == null ? "" : bornLater(report.withBornLater()));
  }

  /** {@return what a split by time reports apart, in one line} */
  static String bornLater(WithBornLater figures) {
    return String.format(
        Locale.ROOT,
        "with %,d more targets, items born after the cut: ndcg@10 %s, history masked %s%n",
        figures.targets(),
        number(RunReport.figure(figures.test(), "ndcg@10")),
        number(RunReport.figure(figures.maskedTest(), "ndcg@10")));
  }

  /** {@return how long the training took, in one line} */
  static String training(RunReport report) {
    if (report.epochs() == 0) { // a heuristic baseline
      return String.format(
          Locale.ROOT,
          "fitted in %.1f s, ranked in %.1f s",
          report.seconds().get("training"),
          report.seconds().get("evaluating"));
    }
    return String.format(
        Locale.ROOT,
        "best epoch %d of %d, %.1f s per epoch, %,.0f examples/s",
        report.bestEpoch(),
        report.epochs(),
        report.throughput().get("seconds_per_epoch"),
        report.throughput().get("examples_per_second"));
  }

  static String diagnostics(double historyShare, double tied) {
    return String.format(
        Locale.ROOT,
        "history items in the top 10: %.1f %%; tied targets: %.0f  ('horae glossary' explains the"
            + " terms)%n",
        100 * historyShare,
        tied);
  }

  static String beyond(BeyondAccuracy figures) {
    List<List<String>> rows =
        List.of(
            List.of("coverage", percent(figures.coverage())),
            List.of("novelty", Numbers.fixed(figures.novelty(), 2) + " bits"),
            List.of("popularity lift", Numbers.signed(figures.popularityLift(), 2)),
            List.of("long tail", percent(figures.longTailShare())),
            List.of("cold", percent(figures.coldShare())));
    List<List<String>> lengths =
        figures.byLength().stream()
            .filter(length -> length.users() > 0)
            .map(
                length ->
                    List.of(
                        length.events(),
                        Numbers.grouped(length.users()),
                        number(length.ndcg()),
                        number(length.masked())))
            .toList();
    String shown = figures.historyLeftOut() ? "history left out" : "history included";
    return Tables.render(List.of("ten items shown, " + shown, "mean"), rows)
        + "\n"
        + Tables.render(
            List.of("events before the target", "users", "ndcg@10", "history masked"), lengths);
  }

  private static String percent(double share) {
    return Numbers.percent(share) + " %";
  }

  static String number(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }
}
