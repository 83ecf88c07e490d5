package dev.horae.tune;

import dev.horae.study.Spread;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** One setting that is tried, and how far it came. */
final class Trial {

  private final int number;
  private final List<Integer> point;
  private final List<Score> scores = new ArrayList<>();
  private boolean failed;

  /**
   * @param number from 1, in the order of the search
   * @param point in the {@link Space}
   */
  Trial(int number, List<Integer> point) {
    this.number = number;
    this.point = List.copyOf(point);
  }

  /**
   * What a setting reached.
   *
   * @param value the higher the better: the mean over seeds of the best epoch of each
   * @param deviation over seeds, of a sample (n - 1); not a number where there is one
   * @param epochs trained by then, of all seeds together
   */
  record Score(double value, double deviation, int epochs) {

    /** {@return the score of runs that differ by their seed} */
    static Score of(List<Double> values, int epochs) {
      Spread spread = Spread.of(values.stream().mapToDouble(v -> v).toArray());
      return new Score(spread.mean(), spread.deviation(), epochs);
    }
  }

  int number() {
    return number;
  }

  List<Integer> point() {
    return point;
  }

  /** {@return what it reached at each rung that it came to, from the lowest on} */
  List<Score> scores() {
    return Collections.unmodifiableList(scores);
  }

  void reached(Score score) {
    scores.add(score);
  }

  /** It will come no further, and what it reached does not count. */
  void fail() {
    failed = true;
  }

  boolean failed() {
    return failed;
  }

  /** {@return whether it was tried up to a rung, and did not fail} */
  boolean at(int rung) {
    return !failed && scores.size() > rung;
  }

  /** {@return its best score; of a trial that was tried and did not fail} */
  Score last() {
    return scores.get(scores.size() - 1);
  }

  double value(int rung) {
    return scores.get(rung).value();
  }
}
