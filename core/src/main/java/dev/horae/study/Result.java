package dev.horae.study;

import dev.horae.eval.BeyondAccuracy;
import java.util.List;
import java.util.Optional;

/**
 * What one model did on the test targets of one data set.
 *
 * @param heuristic whether it is a heuristic baseline
 * @param wanted how many seeds were asked for; 1 for a model that no seed changes
 * @param outcomes one per seed that ended well
 * @param wantedShuffled how many orders of equal times were asked for; 0 for none but the file's
 * @param shuffled one per such order that ended well, of the first seed
 * @param unshuffled the file's order of that seed; empty where it did not end well
 * @param failures why the others did not, each naming its seed
 * @param text the table of text features that it was given, or {@code none}
 * @param image likewise of images
 */
public record Result(
    String model,
    boolean heuristic,
    int wanted,
    List<Outcome> outcomes,
    int wantedShuffled,
    List<Outcome> shuffled,
    Optional<Outcome> unshuffled,
    List<String> failures,
    String text,
    String image) {

  /** {@return how many runs did not end well} */
  int missing() {
    return wanted + wantedShuffled - outcomes.size() - shuffled.size();
  }

  /**
   * Of one seed.
   *
   * @param ranks one per test user, 1 = best
   * @param maskedRanks likewise, without the items of the history
   * @param historyShare share of history items among the ten best
   * @param tied how many users' targets share their score with another item
   * @param beyond what else is known of the lists, where it was asked for
   */
  public record Outcome(
      int[] ranks,
      int[] maskedRanks,
      double historyShare,
      double tied,
      Cost cost,
      Optional<BeyondAccuracy> beyond) {

    Outcome with(BeyondAccuracy measured) {
      return new Outcome(ranks, maskedRanks, historyShare, tied, cost, Optional.of(measured));
    }
  }

  /**
   * What it took. 0 is nothing or not known.
   *
   * @param parameters values that were trained
   * @param seconds training and evaluating, all epochs
   * @param peakBytes most main memory
   */
  public record Cost(
      long parameters, int epochs, double secondsPerEpoch, double seconds, long peakBytes) {}
}
