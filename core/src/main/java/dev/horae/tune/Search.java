package dev.horae.tune;

import dev.horae.data.Workers;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Asynchronous successive halving (ASHA; Li et al., "A System for Massively Parallel Hyperparameter
 * Tuning", MLSys 2020) in rounds: all settings are trained for few epochs, the best third of them
 * for three times as many, and so on. A setting goes on as soon as it is among the best third of
 * those that came as far, and a round can be filled with such; else the next ones begin. In the end
 * the best three are trained for all epochs: which of them is the best is hardly ever plain before.
 *
 * <p>The settings of a round are trained at the same time, for the same number of epochs, and
 * waited for: what is done next depends on what was reached so far and on nothing else, such as
 * which ended first. So a search that is repeated takes the same way, and one for more settings
 * begins as one for fewer.
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
  private final int atOnce;
  private final Objective objective;
  private final List<Trial> trials = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();
  private long epochs; // of all trials

  /** What is searched for its highest value. */
  interface Objective {

    /**
     * Trains a setting for so many epochs in all, going on where it was; called by several threads.
     *
     * @return empty when that failed
     */
    Optional<Trial.Score> train(Trial trial, int epochs);
  }

  /**
   * A setting that was trained up to a rung.
   *
   * @param epochs trained of all settings by then
   */
  record Step(int trial, long epochs, double value) {}

  /**
   * @param rungs epochs, ascending
   * @param most settings that are tried
   * @param atOnce settings that are trained at the same time
   */
  Search(Sampler sampler, List<Integer> rungs, int most, int atOnce, Objective objective) {
    this.sampler = sampler;
    this.rungs = List.copyOf(rungs);
    this.most = most;
    this.atOnce = atOnce;
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

  /** {@return what was done, in this order} */
  List<Step> steps() {
    return Collections.unmodifiableList(steps);
  }

  /** {@return whether anything was left to do} */
  private boolean step() {
    List<Trial> round = promotable(atOnce);
    if (round.isEmpty()) {
      round = begun();
    }
    if (round.isEmpty()) {
      round = promotable(1);
    }
    if (round.isEmpty()) {
      round = finalists();
    }
    train(round);
    return !round.isEmpty();
  }

  private void train(List<Trial> round) {
    List<Optional<Trial.Score>> found =
        new ArrayList<>(Collections.nCopies(round.size(), Optional.empty()));
    Workers.each(
        atOnce,
        round.size(),
        i -> {
          Trial trial = round.get(i);
          found.set(i, objective.train(trial, rungs.get(trial.scores().size())));
        });
    for (int i = 0; i < round.size(); i++) {
      Trial trial = round.get(i);
      found.get(i).ifPresentOrElse(score -> reached(trial, score), trial::fail);
    }
  }

  private void reached(Trial trial, Trial.Score score) {
    epochs += score.epochs() - (trial.scores().isEmpty() ? 0 : trial.last().epochs());
    trial.reached(score);
    steps.add(new Step(trial.number(), epochs, score.value()));
  }

  /**
   * {@return those among the best third of a rung that were not yet trained further, of the highest
   * rung that has so many; as many as are trained at the same time at most}
   */
  private List<Trial> promotable(int least) {
    for (int rung = rungs.size() - 2; rung >= 0; rung--) {
      int next = rung + 1;
      List<Trial> there = bestFirst(rung);
      List<Trial> ready =
          there.subList(0, there.size() / FACTOR).stream()
              .filter(trial -> !trial.at(next))
              .limit(atOnce)
              .toList();
      if (ready.size() >= least) {
        return ready;
      }
    }
    return List.of();
  }

  private List<Trial> begun() {
    boolean hopeless = trials.size() >= HOPELESS && trials.stream().allMatch(Trial::failed);
    List<Trial> begun = new ArrayList<>();
    while (begun.size() < atOnce && trials.size() < most && !hopeless) {
      Optional<List<Integer>> point = sampler.next(Collections.unmodifiableList(trials));
      if (point.isEmpty()) {
        break;
      }
      Trial trial = new Trial(trials.size() + 1, point.get());
      trials.add(trial);
      begun.add(trial);
    }
    return begun;
  }

  /** {@return the best that lack a place among the {@link #FINALISTS}, nearest to the end} */
  private List<Trial> finalists() {
    for (int rung = rungs.size() - 1; rung > 0; rung--) {
      int next = rung;
      List<Trial> best =
          bestFirst(rung - 1).stream()
              .filter(trial -> !trial.at(next))
              .limit(Math.min(atOnce, Math.max(0, FINALISTS - bestFirst(rung).size())))
              .toList();
      if (!best.isEmpty()) {
        return best;
      }
    }
    return List.of();
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
