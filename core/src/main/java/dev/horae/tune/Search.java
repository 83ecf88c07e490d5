package dev.horae.tune;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Asynchronous successive halving (ASHA; Li et al., "A System for Massively Parallel Hyperparameter
 * Tuning", MLSys 2020) with one worker: all settings are trained for few epochs, the best third of
 * them for three times as many, and so on. A setting goes on as soon as it is among the best third
 * of those that came as far; else the next one begins. In the end the best three are trained for
 * all epochs: which of them is the best is hardly ever plain before.
 *
 * <p>What is done next depends on what was reached so far and on nothing else, so a search that is
 * repeated takes the same way, and one for more settings begins as one for fewer.
 */
final class Search {

  /** One in so many goes on to the next rung, for so many times the epochs. */
  static final int FACTOR = 3;

  private static final int FINALISTS = 3;
  private static final int SHORT = 27; // epochs; of fewer, one alone may tell something
  private static final int LEAST = 3; // epochs of the lowest rung of longer trainings
  private static final int HOPELESS = 3; // failures without any success

  private static final Comparator<Trial> BY_NUMBER = Comparator.comparingInt(Trial::number);

  private final Sampler sampler;
  private final List<Integer> rungs;
  private final int most;
  private final Objective objective;
  private final List<Trial> trials = new ArrayList<>();

  /** What is searched for its highest value. */
  interface Objective {

    /**
     * Trains a setting for so many epochs in all, going on where it was.
     *
     * @return empty when that failed
     */
    Optional<Trial.Score> train(Trial trial, int epochs);
  }

  /**
   * @param rungs epochs, ascending
   * @param most settings that are tried
   */
  Search(Sampler sampler, List<Integer> rungs, int most, Objective objective) {
    this.sampler = sampler;
    this.rungs = List.copyOf(rungs);
    this.most = most;
    this.objective = objective;
  }

  /** {@return the rungs of a training, ascending: a third of its epochs, a third of that, ...} */
  static List<Integer> rungs(int epochs) {
    List<Integer> rungs = new ArrayList<>(List.of(epochs));
    int least = epochs < SHORT ? 1 : LEAST;
    for (int next = third(epochs); next >= least && next < rungs.get(0); next = third(next)) {
      rungs.add(0, next);
    }
    return rungs;
  }

  private static int third(int epochs) {
    return (epochs + FACTOR - 1) / FACTOR;
  }

  /**
   * {@return how many epochs a search takes, about: settings that are overtaken after they went on
   * make it more, patience makes it less}
   */
  static long epochs(List<Integer> rungs, long settings) {
    long epochs = 0;
    long least = Math.min(settings, FINALISTS);
    for (int r = 0; r < rungs.size(); r++) {
      epochs += Math.max(least, settings) * (rungs.get(r) - (r == 0 ? 0 : rungs.get(r - 1)));
      settings /= FACTOR;
    }
    return epochs;
  }

  /** Searches to the end; {@return all trials, by number} */
  List<Trial> run() {
    while (step()) {}
    return Collections.unmodifiableList(trials);
  }

  /** {@return whether anything was left to do} */
  private boolean step() {
    Optional<Trial> next = promotable().or(this::begun).or(this::finalist);
    next.ifPresent(this::train);
    return next.isPresent();
  }

  private void train(Trial trial) {
    objective
        .train(trial, rungs.get(trial.scores().size()))
        .ifPresentOrElse(trial::reached, trial::fail);
  }

  /** {@return one of the best third of a rung that was not yet trained further, highest first} */
  private Optional<Trial> promotable() {
    for (int rung = rungs.size() - 2; rung >= 0; rung--) {
      List<Trial> there = bestFirst(rung);
      for (Trial trial : there.subList(0, there.size() / FACTOR)) {
        if (!trial.at(rung + 1)) {
          return Optional.of(trial);
        }
      }
    }
    return Optional.empty();
  }

  private Optional<Trial> begun() {
    boolean hopeless = trials.size() >= HOPELESS && trials.stream().allMatch(Trial::failed);
    Optional<Trial> next =
        trials.size() == most || hopeless
            ? Optional.empty()
            : sampler
                .next(Collections.unmodifiableList(trials))
                .map(point -> new Trial(trials.size() + 1, point));
    next.ifPresent(trials::add);
    return next;
  }

  /** {@return the best that lacks a place among the {@link #FINALISTS}, nearest to the end} */
  private Optional<Trial> finalist() {
    for (int rung = rungs.size() - 1; rung > 0; rung--) {
      int next = rung;
      if (bestFirst(rung).size() < FINALISTS) {
        Optional<Trial> best =
            bestFirst(rung - 1).stream().filter(trial -> !trial.at(next)).findFirst();
        if (best.isPresent()) {
          return best;
        }
      }
    }
    return Optional.empty();
  }

  private List<Trial> bestFirst(int rung) {
    return trials.stream()
        .filter(trial -> trial.at(rung))
        .sorted(
            Comparator.comparingDouble((Trial trial) -> trial.value(rung))
                .reversed()
                .thenComparing(BY_NUMBER))
        .toList();
  }
}
