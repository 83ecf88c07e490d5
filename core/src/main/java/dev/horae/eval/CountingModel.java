package dev.horae.eval;

import dev.horae.data.Histories;
import dev.horae.data.Split;
import dev.horae.data.TopK;
import java.util.Arrays;

/**
 * A model that is fitted by counting training events, and so needs no gradient, no seed and hardly
 * any time: what no learned model may quietly lose to. {@link CountingMethod} lists them.
 *
 * <p>Only what leave-one-out leaves for training is counted: of a user's events neither the
 * validation nor the test target. A model is deterministic, and may score several queries at once.
 */
public interface CountingModel {

  /**
   * Whose next item is asked for.
   *
   * @param user the user's row in the histories that were counted, or {@link #NEW_USER}
   * @param items what the user did so far, item indices, oldest first; may be empty
   */
  record Query(int user, int[] items) {

    /** Of a query that belongs to none of the users who were counted. */
    public static final int NEW_USER = -1;

    /** {@return the query of a user of whom nothing was counted} */
    public static Query of(int... items) {
      return new Query(NEW_USER, items);
    }

    /** {@return all that user {@code u} did before the target of {@code part}, which must exist} */
    public static Query before(Histories histories, Split.Part part, int u) {
      int target = new Split(histories).target(part, u);
      return new Query(u, Arrays.copyOfRange(histories.items(), histories.starts()[u], target));
    }
  }

  /**
   * {@return one score per item index, [N + 1], column 0 minus infinity} No two items score the
   * same: equal evidence is ordered by popularity, then by index. A negative score says that there
   * is no evidence for an item but its place among all by popularity.
   */
  float[] score(Query query);

  /** {@return the k best items, best first; fewer when there are fewer items} */
  default int[] top(Query query, int k) {
    float[] scores = score(query);
    TopK best = new TopK(k);
    for (int item = 1; item < scores.length; item++) {
      best.offer(item, scores[item]);
    }
    return best.indices();
  }
}
