package dev.horae.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.horae.eval.Metrics;
import dev.horae.eval.Ranking;
import dev.horae.eval.WithBornLater;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What {@code metrics.json} holds.
 *
 * @param bestEpoch whose weights were kept, from 1
 * @param epochs how many were trained
 * @param valid metrics on validation targets by name, un-masked
 * @param test likewise on test targets
 * @param intervals of the test metrics, 95 % bootstrap over users: low and high by name
 * @param maskedTest test metrics when history items may not be recommended
 * @param diagnostics {@code tied_targets} and {@code history_share_of_top_10} on test
 * @param parameters how many values were trained; 0 in files of before it was counted
 * @param peakMemoryBytes the most main memory that the process had, over all resumptions; 0 where
 *     the system does not say, and in files of before it was kept
 * @param withBornLater null where the split is not by time
 */
public record RunReport(
    String model,
    int bestEpoch,
    int epochs,
    Map<String, Double> valid,
    Map<String, Double> test,
    Map<String, List<Double>> intervals,
    Map<String, Double> maskedTest,
    Map<String, Double> diagnostics,
    Map<String, Double> seconds,
    Map<String, Double> throughput,
    long parameters,
    long peakMemoryBytes,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable WithBornLater withBornLater) {

  /** {@return the first that is missing of what every report has, such as {@code test ndcg@10}} */
  Optional<String> missing() {
    if (model == null) {
      return Optional.of("model");
    }
    return Stream.of(
            missing("valid", valid, Metrics.NAMES),
            missing("test", test, Metrics.NAMES),
            missing("intervals", intervals, Metrics.NAMES),
            missing("masked_test", maskedTest, Metrics.NAMES),
            intervals == null
                ? Optional.<String>empty()
                : intervals.entrySet().stream()
                    .filter(one -> one.getValue() != null && one.getValue().size() != 2)
                    .map(one -> "intervals " + one.getKey())
                    .findFirst(),
            missing("diagnostics", diagnostics, List.of("tied_targets", "history_share_of_top_10")),
            missing("seconds", seconds, List.of("training", "evaluating")),
            missing("throughput", throughput, List.of("seconds_per_epoch", "examples_per_second")),
            withBornLater == null
                ? Optional.<String>empty()
                : missing("with_born_later test", withBornLater.test(), Metrics.NAMES),
            withBornLater == null
                ? Optional.<String>empty()
                : missing("with_born_later masked_test", withBornLater.maskedTest(), Metrics.NAMES))
        .flatMap(Optional::stream)
        .findFirst();
  }

  /**
   * {@return one of the figures that every report has}
   *
   * @param figures such as {@link #test}
   */
  public static <T> T figure(Map<String, T> figures, String name) {
    return Objects.requireNonNull(figures.get(name), name); // others are refused, see missing()
  }

  /** {@return the seconds of all that was done} */
  public double totalSeconds() {
    return seconds.values().stream().mapToDouble(part -> part).sum();
  }

  private static Optional<String> missing(
      String group, @Nullable Map<String, ?> figures, List<String> names) {
    return names.stream()
        .filter(name -> figures == null || figures.get(name) == null)
        .findFirst()
        .map(name -> group + " " + name);
  }

  static RunReport of(
      String model,
      RunConfig config,
      int bestEpoch,
      int epochs,
      Ranking valid,
      Ranking test,
      Map<String, Double> seconds,
      Map<String, Double> throughput,
      long parameters,
      long peakMemoryBytes,
      Optional<WithBornLater> withBornLater) {
    Map<String, List<Double>> intervals = new LinkedHashMap<>();
    Metrics.withIntervals(test.ranks(), config.seed())
        .forEach(r -> intervals.put(r.metric(), List.of(r.low(), r.high())));
    return new RunReport(
        model,
        bestEpoch,
        epochs,
        Metrics.means(valid.ranks()),
        Metrics.means(test.ranks()),
        intervals,
        Metrics.means(test.maskedRanks()),
        new TreeMap<>( // in the file in one order, which maps of Map.of have not
            Map.of(
                "tied_targets",
                (double) test.tied(),
                "history_share_of_top_10",
                test.historyShare())),
        new TreeMap<>(seconds),
        new TreeMap<>(throughput),
        parameters,
        peakMemoryBytes,
        withBornLater.orElse(null));
  }
}
