package dev.horae.sequence;

import dev.horae.data.Histories;
import dev.horae.data.Windows;

/**
 * Scores every item as the next one of a history, however it was fitted: a trained network ({@link
 * NetworkScorer}) or a heuristic baseline. Ranking and serving know nothing else of a model. Any
 * number of threads may ask at once, until it is closed.
 */
public interface Scorer extends AutoCloseable {

  /** Takes the scores of one history. */
  interface Receiver {
    /**
     * @param history its row in the histories that the windows are of
     * @param scores one per item index, [N + 1], higher is better, finite but for column 0, minus
     *     infinity; the receiver's until it returns, to write in as well
     */
    void accept(int history, float[] scores);
  }

  /** {@return N + 1} */
  int itemRows();

  /** {@return most events of a history that are read, the newest ones, L; may be 0} */
  int maxLength();

  /**
   * Scores some windows, each of which has one target; in any order.
   *
   * @param windows of at most {@link #maxLength} events
   * @param from the first
   * @param to behind the last
   */
  void score(Windows windows, int from, int to, Receiver receiver);

  /**
   * Says why items score what they score.
   *
   * @param history of one user, at most {@link #maxLength} events
   * @param items indices
   * @return with one reason per item, in their order
   */
  Explanation explain(Histories history, int[] items);

  @Override
  void close();
}
