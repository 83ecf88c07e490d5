package dev.horae.study;

import dev.horae.data.Dataset;
import dev.horae.data.Manifest;
import dev.horae.eval.BeyondAccuracy;
import dev.horae.eval.Metrics;
import dev.horae.eval.Significance;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * The table of one data set, computed: who is best, by how much, and whether that can be chance.
 *
 * @param what the heading begins with
 * @param reference the row that all others were tested against; empty for the best
 * @param paper what the HM4SR paper calls the data set, if it is one of its four
 * @param rows best first by NDCG@10, un-masked, models without a result last; in the order that was
 *     asked for where there is a reference
 * @param remark on the order of equal times; may be empty
 * @param audit what the figures depend on
 */
public record Standings(
    String what,
    String reference,
    Manifest manifest,
    Optional<String> paper,
    List<Row> rows,
    String remark,
    List<Audit.Finding> audit) {

  /** What decides who is best. */
  static final String DECISIVE = "ndcg@10";

  /** Before the name of a metric whose ranks leave the history out. */
  static final String MASKED = "masked ";

  /** The metrics that are tested. */
  static final List<String> TESTED = bothWays("ndcg@5", "ndcg@10");

  /** Columns of figures, in the order of the table: the paper's four, each beside its masked. */
  static final List<String> METRICS = bothWays("ndcg@5", "ndcg@10", "mrr@5", "mrr@10");

  private static final long SEED = 2025; // of bootstrap and signs

  /**
   * A comparison with the best other model, or with the reference.
   *
   * @param change by how many per cent the metric is above the other's
   * @param p as it is
   * @param corrected for the number of models, by Holm
   * @param effect d_z
   */
  record Against(
      String other, double difference, double change, double p, double corrected, double effect) {}

  /**
   * One model.
   *
   * @param spreads by the names of {@link #METRICS}; empty when no seed ended well
   * @param shuffled likewise, over orders of equal times; empty where there are none
   * @param unshuffled likewise, of the file's order with the seed of those
   * @param interval of NDCG@10, over users, of the mean over seeds
   * @param tests by the names of {@link #TESTED}; empty for the only model there is
   * @param beatenBy heuristic baselines that have a higher NDCG@10, in both ways of ranking or in
   *     the one that is said; of a trained model
   * @param verdict against the published number
   */
  record Row(
      Result result,
      Map<String, Spread> spreads,
      Map<String, Spread> shuffled,
      Map<String, Spread> unshuffled,
      Spread historyShare,
      Metrics.Result interval,
      Map<String, Against> tests,
      List<String> beatenBy,
      Optional<Published.Entry> published,
      Optional<String> verdict) {

    String model() {
      return result.model();
    }

    boolean there() {
      return !result.outcomes().isEmpty();
    }

    /** {@return one of {@link #METRICS} of a model that is there} */
    Spread spread(String metric) {
      return Standings.spread(metric, spreads);
    }

    double mean(String metric) {
      return spread(metric).mean();
    }

    /** {@return what is known beyond accuracy, the mean over seeds; empty where nobody asked} */
    Optional<BeyondAccuracy> beyond() {
      List<BeyondAccuracy> all =
          result.outcomes().stream().flatMap(outcome -> outcome.beyond().stream()).toList();
      return all.isEmpty() ? Optional.empty() : Optional.of(BeyondAccuracy.mean(all));
    }

    /** {@return the most main memory of any seed, 0 when not known} */
    long peakBytes() {
      return result.outcomes().stream().mapToLong(o -> o.cost().peakBytes()).max().orElse(0);
    }

    /** {@return the mean over seeds of what a run took} */
    double cost(ToDoubleFunction<Result.Cost> of) {
      return result.outcomes().stream()
          .mapToDouble(o -> of.applyAsDouble(o.cost()))
          .average()
          .orElse(0);
    }
  }

  private static List<String> bothWays(String... metrics) {
    return Arrays.stream(metrics).flatMap(metric -> Stream.of(metric, MASKED + metric)).toList();
  }

  /** Works the table out. */
  static Standings of(Comparison.Subject subject, List<Result> results, List<Audit.Finding> audit) {
    Dataset dataset = subject.dataset();
    String reference = subject.reference();
    List<Result> there = results.stream().filter(r -> !r.outcomes().isEmpty()).toList();
    Map<String, Map<String, Against>> tests = new LinkedHashMap<>();
    TESTED.forEach(metric -> tests.put(metric, tests(metric, there, reference)));
    Optional<String> paper = Published.dataset(dataset.manifest());
    List<Row> rows = new ArrayList<>();
    for (Result result : results) {
      rows.add(row(result, there, tests, paper));
    }
    if (reference.isEmpty()) {
      rows.sort(Comparator.comparingDouble(row -> row.there() ? -row.mean(DECISIVE) : 1)); // stable
    }
    return new Standings(
        subject.what(),
        reference,
        dataset.manifest(),
        paper,
        List.copyOf(rows),
        subject.remark(),
        audit);
  }

  private static Row row(
      Result result,
      List<Result> there,
      Map<String, Map<String, Against>> tests,
      Optional<String> paper) {
    Optional<Published.Entry> published =
        paper.flatMap(name -> Published.entry(name, result.model()));
    if (result.outcomes().isEmpty()) {
      return new Row(
          result,
          Map.of(),
          Map.of(),
          Map.of(),
          Spread.of(),
          new Metrics.Result(DECISIVE, Double.NaN, Double.NaN, Double.NaN),
          Map.of(),
          List.of(),
          published,
          Optional.empty());
    }
    Map<String, Spread> spreads = spreads(result.outcomes());
    Map<String, Against> own = new LinkedHashMap<>();
    tests.forEach(
        (metric, byModel) -> {
          if (byModel.containsKey(result.model())) {
            own.put(metric, byModel.get(result.model()));
          }
        });
    return new Row(
        result,
        spreads,
        spreads(result.shuffled()),
        spreads(result.unshuffled().stream().toList()),
        Spread.of(result.outcomes().stream().mapToDouble(Result.Outcome::historyShare).toArray()),
        Metrics.interval(DECISIVE, gains(DECISIVE, result), SEED),
        own,
        beatenBy(result, spreads, there),
        published,
        published.map(entry -> Published.verdict(spread(DECISIVE, spreads), entry, views(result))));
  }

  private static Map<String, Spread> spreads(List<Result.Outcome> outcomes) {
    Map<String, Spread> spreads = new LinkedHashMap<>();
    for (String metric : outcomes.isEmpty() ? List.<String>of() : METRICS) {
      spreads.put(
          metric,
          Spread.of(outcomes.stream().mapToDouble(outcome -> mean(metric, outcome)).toArray()));
    }
    return spreads;
  }

  private static double mean(String metric, Result.Outcome outcome) {
    return Metrics.mean(plain(metric), ranks(metric, outcome));
  }

  private static int[] ranks(String metric, Result.Outcome outcome) {
    return metric.startsWith(MASKED) ? outcome.maskedRanks() : outcome.ranks();
  }

  /** {@return the metric, whatever the ranks} */
  static String plain(String metric) {
    return metric.replace(MASKED, "");
  }

  /** {@return what each user gave, averaged over seeds} */
  private static double[] gains(String metric, Result result) {
    double[] sum = new double[result.outcomes().get(0).ranks().length];
    for (Result.Outcome outcome : result.outcomes()) {
      double[] gains = Metrics.gains(plain(metric), ranks(metric, outcome));
      Arrays.setAll(sum, user -> sum[user] + gains[user]);
    }
    Arrays.setAll(sum, user -> sum[user] / result.outcomes().size());
    return sum;
  }

  /**
   * Every model against the best, and the best against the second, which is the same test the other
   * way round: there is one test fewer than there are models, and Holm's correction is over these.
   * Where there is a reference, it stands in the best one's place, and has no test of its own.
   */
  private static Map<String, Against> tests(String metric, List<Result> results, String reference) {
    Map<String, Against> tests = new LinkedHashMap<>();
    if (results.size() < 2) {
      return tests;
    }
    List<double[]> gains = results.stream().map(result -> gains(metric, result)).toList();
    if (gains.get(0).length < 2) {
      return tests; // one user proves nothing
    }
    double[] means =
        gains.stream().mapToDouble(g -> Arrays.stream(g).average().orElse(0)).toArray();
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < results.size(); i++) {
      order.add(i);
    }
    order.sort(Comparator.comparingDouble(i -> -means[i]));
    if (!reference.isEmpty()) {
      List<Integer> first =
          order.stream().filter(i -> results.get(i).model().equals(reference)).toList();
      if (first.isEmpty()) {
        return tests; // it did not end well
      }
      order.removeAll(first);
      order.addAll(0, first);
    }
    int best = order.get(0);
    List<Significance.Comparison> comparisons =
        order.subList(1, order.size()).stream()
            .map(i -> Significance.paired(gains.get(i), gains.get(best), SEED))
            .toList();
    double[] corrected =
        Significance.holm(comparisons.stream().mapToDouble(Significance.Comparison::p).toArray());
    for (int place = 1; place < order.size(); place++) {
      Significance.Comparison c = comparisons.get(place - 1);
      String other = results.get(order.get(place)).model();
      String champion = results.get(best).model();
      double own = means[order.get(place)];
      if (place == 1 && reference.isEmpty()) {
        tests.put(
            champion,
            new Against(
                other,
                -c.difference(),
                change(means[best], own),
                c.p(),
                corrected[0],
                -c.effect()));
      }
      tests.put(
          other,
          new Against(
              champion,
              c.difference(),
              change(own, means[best]),
              c.p(),
              corrected[place - 1],
              c.effect()));
    }
    return tests;
  }

  private static double change(double own, double other) {
    return 100 * (own / other - 1);
  }

  private static boolean beats(
      String metric, Map<String, Spread> theirs, Map<String, Spread> ours) {
    return spread(metric, theirs).mean() > spread(metric, ours).mean();
  }

  private static Spread spread(String metric, Map<String, Spread> spreads) {
    return Objects.requireNonNull(spreads.get(metric), metric); // of a model that is there
  }

  private static List<String> beatenBy(
      Result result, Map<String, Spread> spreads, List<Result> there) {
    List<String> winners = new ArrayList<>();
    for (Result other : result.heuristic() ? List.<Result>of() : there) {
      Map<String, Spread> theirs = spreads(other.outcomes());
      boolean unmasked = beats(DECISIVE, theirs, spreads);
      boolean masked = beats(MASKED + DECISIVE, theirs, spreads);
      if (other.heuristic() && (unmasked || masked)) {
        winners.add(
            other.model() + (unmasked && masked ? "" : unmasked ? " (un-masked)" : " (masked)"));
      }
    }
    return winners;
  }

  private static String views(Result result) {
    return "text " + result.text() + " and image " + result.image();
  }

  /** {@return what must not be overlooked, one short line each} */
  List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    for (Row row : rows) {
      if (!row.beatenBy.isEmpty()) {
        warnings.add(row.model() + " is beaten by " + String.join(", ", row.beatenBy));
      }
    }
    for (Row row : rows) {
      int missing = row.result.missing();
      if (missing > 0) {
        warnings.add(
            "%s lacks %s of %s runs. %s"
                .formatted(
                    row.model(),
                    missing,
                    row.result.wanted() + row.result.wantedShuffled(),
                    String.join(" ", row.result.failures())));
      }
    }
    return warnings;
  }

  /** {@return one line per model that the paper has, too} */
  List<String> verdicts() {
    return rows.stream()
        .filter(row -> row.verdict.isPresent())
        .map(row -> row.model() + ": " + row.verdict.get())
        .toList();
  }

  /** {@return whether models were also trained on other orders of equal times} */
  boolean shuffled() {
    return rows.stream().anyMatch(row -> row.result.wantedShuffled() > 0);
  }

  /** {@return one of what models are beyond accuracy; empty where nobody asked} */
  Optional<BeyondAccuracy> beyond() {
    return rows.stream().flatMap(row -> row.beyond().stream()).findFirst();
  }

  /** {@return whether every run that was asked for is in the table} */
  public boolean complete() {
    return rows.stream().allMatch(row -> row.result.missing() == 0);
  }

  /**
   * {@return a heading, such as {@code Comparison on toys (the paper's Toys)} or {@code Ablation of
   * hm4sr on toys, split by time at 2014-01-01}}
   */
  String title() {
    return what
        + " on "
        + manifest.name()
        + paper.map(name -> " (the paper's " + name + ")").orElse("")
        + (manifest.cut() == null ? "" : ", split " + manifest.splitName());
  }

  /** {@return counts and features in one sentence} */
  String lead() {
    Map<String, Number> counts = manifest.counts();
    List<String> features =
        rows.stream()
            .filter(row -> !row.result.heuristic())
            .map(row -> views(row.result))
            .distinct()
            .toList();
    return String.format(
        Locale.ROOT,
        "%,d users, %,d items, %,d events.%s",
        counts.getOrDefault("users", 0).longValue(),
        counts.getOrDefault("items", 0).longValue(),
        counts.getOrDefault("events", 0).longValue(),
        (features.isEmpty() ? "" : " Features: " + String.join("; ", features) + ".")
            + (remark.isEmpty() ? "" : " " + remark));
  }
}
