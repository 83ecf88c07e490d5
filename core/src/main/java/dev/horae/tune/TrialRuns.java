package dev.horae.tune;

import dev.horae.data.DataException;
import dev.horae.run.RunDirectory;
import dev.horae.run.RunReport;
import dev.horae.study.Run;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The runs of a search's trials: where they lie, and what they have reached. */
final class TrialRuns {

  private final TuningPlan plan;
  private final Map<Integer, List<Run>> runs = new HashMap<>(); // by trial
  private final Map<List<String>, Map<String, String>> inputs = new HashMap<>(); // hashes of tables

  TrialRuns(TuningPlan plan) {
    this.plan = plan;
  }

  /** {@return the point of a trial that an earlier process began} */
  Optional<List<Integer>> begun(int trial) {
    RunDirectory run =
        new RunDirectory(
            Run.path(plan.dataset(), plan.base().seed(), 0, folder(trial), plan.out()));
    return run.has("run.yaml") ? plan.space().pointOf(run.config()) : Optional.empty();
  }

  private static String folder(int trial) {
    return String.format(Locale.ROOT, "trial-%04d", trial);
  }

  /** {@return all runs of the trials that earlier processes began} */
  Stream<Run> begun() {
    return Stream.iterate(1, trial -> trial + 1)
        .map(trial -> begun(trial).map(point -> of(new Trial(trial, point))))
        .takeWhile(Optional::isPresent)
        .flatMap(all -> all.orElseThrow().stream());
  }

  /** {@return one run per seed} Throws where a directory holds something else. */
  synchronized List<Run> of(Trial trial) {
    return runs.computeIfAbsent(
        trial.number(),
        number -> {
          List<Run> all =
              Run.bySeed(
                  plan.dataset(),
                  plan.model(),
                  plan.settings(trial.point()),
                  plan.seeds(),
                  folder(number),
                  plan.out(),
                  inputs);
          all.forEach(Run::requireSame);
          return all;
        });
  }

  /** {@return whether a run needs no more training to have so many epochs} */
  boolean ended(Run run, int epochs) {
    if (plan.counted()) {
      return run.finished();
    }
    RunDirectory directory = run.directory();
    List<RunDirectory.Figure> worse = directory.figures(RunDirectory.WITHOUT_BETTER);
    return directory.epochs() >= epochs
        || !worse.isEmpty()
            && worse.get(worse.size() - 1).value() > run.config().train().patience();
  }

  /** {@return what a trial whose runs have {@link #ended} has reached in so many epochs} */
  Trial.Score score(Trial trial, int epochs) {
    List<Double> values = new ArrayList<>();
    int trained = 0;
    for (Run run : of(trial)) {
      values.add(value(run, epochs));
      trained += plan.counted() ? 0 : Math.min(epochs, run.directory().epochs());
    }
    return Trial.Score.of(values, trained);
  }

  /** {@return the best validation figure of the first epochs of a run that has them} */
  private double value(Run run, int epochs) {
    return plan.counted()
        ? RunReport.figure(run.report().valid(), Tuning.METRIC)
        : run.directory().figures("valid_" + Tuning.METRIC).stream()
            .filter(figure -> figure.epoch() <= epochs)
            .mapToDouble(RunDirectory.Figure::value)
            .max()
            .orElseThrow(
                () ->
                    new DataException(
                        "%s: does not say how good any of the first %s epochs was; remove %s, and it is trained anew"
                            .formatted(run.directory().file("epochs.csv"), epochs, run.path())));
  }
}
