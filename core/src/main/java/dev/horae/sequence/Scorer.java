package dev.horae.sequence;

import dev.horae.data.Histories;
import dev.horae.data.Windows;
import dev.horae.tensor.CheckpointException;
import java.util.BitSet;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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
     * @param scores one per item index, [N + 1], higher is better, column 0 minus infinity; who
     *     ranks the others asks {@link #requireFinite}; the receiver's until it returns, to write
     *     in as well
     */
    void accept(int history, float[] scores);
  }

  /**
   * Which items are looked for: the best of those that are not left out.
   *
   * @param most how many, at least 1
   * @param leftOut indices
   * @param boosts what is added to each item's score before they are compared, [N + 1]; null: 0
   */
  record Search(int most, BitSet leftOut, float @Nullable [] boosts) {}

  /** {@return the model, as the configuration spells it} */
  String name();

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
   * As {@link #score}, for whoever takes no more than the best items: these have the scores that
   * {@code score} gives them when each window is asked alone, and all others some that keep them
   * from being among the best. A model that can tell these apart early leaves most of its work
   * undone.
   *
   * @param searches what is looked for by the row of each window's history
   */
  default void search(
      Windows windows, int from, int to, IntFunction<Search> searches, Receiver receiver) {
    score(windows, from, to, receiver);
  }

  /**
   * Says why items score what they score.
   *
   * @param history of one user, at most {@link #maxLength} events
   * @param items indices
   * @return with one reason per item, in their order
   */
  Explanation explain(Histories history, int[] items);

  /**
   * To be asked before anything is ranked: what is no number is never among the best, so that
   * broken weights would look like items that are no good.
   *
   * @param scores as a {@link Receiver} takes them
   * @param history whose they are
   * @param items what to call an item, by its index
   * @throws CheckpointException when one of them is not finite
   */
  default void requireFinite(float[] scores, Supplier<String> history, IntFunction<String> items) {
    for (int item = 1; item < scores.length; item++) {
      if (!Float.isFinite(scores[item])) {
        throw new CheckpointException(
            "%s gives %s the score %s for item %s, which nobody can rank; the model is damaged or its training diverged: copy the run directory again, or train anew (a network with a lower train.learning_rate)"
                .formatted(name(), history.get(), scores[item], items.apply(item)));
      }
    }
  }

  @Override
  void close();
}
