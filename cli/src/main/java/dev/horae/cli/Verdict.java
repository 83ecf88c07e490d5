package dev.horae.cli;

import dev.horae.data.Dataset;
import dev.horae.data.Histories;
import dev.horae.data.Progress;
import dev.horae.data.Split;
import dev.horae.eval.Metrics;
import dev.horae.eval.Ranking;
import dev.horae.model.HeuristicConfig;
import dev.horae.page.Tables;
import dev.horae.run.RunConfig;
import dev.horae.run.RunReport;
import dev.horae.sequence.Scorer;
import dev.horae.shell.CommandText;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What the figures of a run mean: set beside two heuristic baselines, which take a second. */
final class Verdict {

  private static final String METRIC = "ndcg@10";

  private static final Set<String> BASELINES = Set.of("most-popular", "item-transitions");

  private Verdict() {}

  /** One row of the table: NDCG@10 on the test targets. */
  record Row(String name, double unmasked, double masked) {

    double better() {
      return Math.max(unmasked, masked);
    }
  }

  /** {@return a table, one sentence and what to do next} */
  static String of(RunReport report, RunConfig config, Dataset dataset, Path run) {
    Row model =
        new Row(
            report.model(),
            RunReport.figure(report.test(), METRIC),
            RunReport.figure(report.maskedTest(), METRIC));
    List<Double> interval = RunReport.figure(report.intervals(), METRIC);
    double margin = (interval.get(1) - interval.get(0)) / 2;
    Histories training = dataset.split().training();
    List<Row> baselines =
        HeuristicConfig.defaults().stream()
            .filter(heuristic -> BASELINES.contains(heuristic.name()))
            .filter(heuristic -> !heuristic.name().equals(report.model())) // no match with itself
            .map(heuristic -> row(heuristic, training, dataset))
            .toList();
    return text(model, margin, report.epochs() > 0, unread(config), baselines)
        + String.format(
            Locale.ROOT,
            "next: horae recommend %s --user %s%n      horae compare --data %s --out comparison --plan",
            CommandText.quoted(run.toString()),
            CommandText.quoted(dataset.users().get(0)),
            CommandText.quoted(dataset.directory().toString()));
  }

  /** {@return content that the model can read and was not given, in words; empty: none} */
  private static String unread(RunConfig config) {
    Map<String, String> words = new LinkedHashMap<>();
    words.put("text", "texts");
    words.put("image", "pictures");
    words
        .keySet()
        .removeIf(modality -> !config.reads(modality) || config.tables().containsKey(modality));
    return String.join(" and ", words.values());
  }

  private static Row row(HeuristicConfig heuristic, Histories training, Dataset dataset) {
    Ranking test;
    try (Scorer scorer = heuristic.fit(training, dataset.catalogue().size())) {
      test = Ranking.of(scorer, dataset, Split.Part.TEST, Progress.SILENT);
    }
    return new Row(
        heuristic.name(),
        Metrics.mean(METRIC, test.ranks()),
        Metrics.mean(METRIC, test.maskedRanks()));
  }

  /**
   * {@return the table and the sentence}
   *
   * @param margin half of the model's 95 % interval
   * @param trained whether the model is a network, for which more can be done
   * @param unread content that it could be given, in words; empty: none
   */
  static String text(
      Row model, double margin, boolean trained, String unread, List<Row> baselines) {
    List<Row> rows = new ArrayList<>(List.of(model));
    rows.addAll(baselines);
    String table =
        Tables.render(
            List.of("test NDCG@10", "un-masked", "history masked"),
            rows.stream()
                .map(
                    row ->
                        Arrays.asList(
                            row.name(),
                            Reports.number(row.unmasked()),
                            Reports.number(row.masked())))
                .toList());
    Row best = baselines.stream().max(Comparator.comparingDouble(Row::better)).orElseThrow();
    return table + sentence(model, margin, trained, unread, best) + "\n";
  }

  /**
   * Each at its better way of ranking: a baseline that never repeats must not win by that alone.
   */
  private static String sentence(
      Row model, double margin, boolean trained, String unread, Row best) {
    if (best.better() == 0) {
      return model.better() == 0
          ? "no held-out item is among anybody's first ten: there is too little data to learn from"
          : "better than " + best.name() + ", which finds nothing";
    }
    double percent = 100 * (model.better() / best.better() - 1);
    if (Math.abs(model.better() - best.better()) <= margin) {
      return String.format(
          Locale.ROOT,
          "not clearly better or worse than %s%s",
          best.name(),
          trained ? ", a heuristic baseline that needs no training" : "");
    }
    return percent > 0
        ? String.format(
            Locale.ROOT,
            "%.0f %% better than %s, the best of these heuristic baselines",
            percent,
            best.name())
        : String.format(
            Locale.ROOT,
            "beaten by %s, a heuristic baseline, by %.0f %%: %s",
            best.name(),
            -percent,
            !trained
                ? "use that one"
                : unread.isEmpty()
                    ? "train longer, or use the baseline"
                    : "train longer, give it " + unread + ", or use the baseline");
  }
}
