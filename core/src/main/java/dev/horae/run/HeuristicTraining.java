package dev.horae.run;

import dev.horae.config.ConfigException;
import dev.horae.data.Dataset;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.Split;
import dev.horae.data.Workers;
import dev.horae.eval.Ranking;
import dev.horae.model.HeuristicConfig;
import dev.horae.sequence.Scorer;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The run of a heuristic baseline, which counts once: there is neither epoch nor checkpoint. */
final class HeuristicTraining extends Training {

  private final HeuristicConfig heuristic;

  HeuristicTraining(
      HeuristicConfig heuristic, RunConfig config, Dataset dataset, List<FeatureTable> features) {
    super(config, dataset, features);
    this.heuristic = heuristic;
  }

  @Override
  public WarmStart.Summary startFrom(TrainedRun earlier) {
    throw new ConfigException(
        List.of(
            "model.type = "
                + name()
                + " has no weights that could start from those of "
                + earlier.directory().path()
                + "; fit it anew, without an earlier run"));
  }

  @Override
  public Optional<MemoryEstimate> memory() {
    return Optional.empty();
  }

  @Override
  String device() {
    return "cpu";
  }

  @Override
  String whyNothingIsLeft() {
    return name() + " is fitted";
  }

  @Override
  RunReport fit() {
    nothingLeft = run.report().isPresent();
    return Workers.limited(config.train().workers(), this::fitAndRank);
  }

  private RunReport fitAndRank() {
    long start = System.nanoTime();
    Histories training = new Split(dataset.histories()).training();
    run.writeWeights(
        "model.safetensors",
        TrainingHistories.save(training, Map.of(RunDirectory.ID, provenance.id())));
    try (Scorer scorer = heuristic.fit(training, dataset.catalogue().size())) {
      double secondsFitting = seconds(start);
      start = System.nanoTime();
      Ranking valid = rank(scorer, Split.Part.VALID, progress);
      Ranking test = rank(scorer, Split.Part.TEST, progress);
      RunReport report =
          RunReport.of(
              name(),
              config,
              0,
              0,
              valid,
              test,
              Map.of("training", secondsFitting, "evaluating", seconds(start)),
              Map.of("examples_per_second", 0.0, "slots_per_second", 0.0, "seconds_per_epoch", 0.0),
              0,
              peakMemoryBytes());
      run.writeResult(report, dataset.users(), valid, test);
      return report;
    }
  }
}
