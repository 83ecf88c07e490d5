package dev.horae.eval;

import dev.horae.data.Histories;
import dev.horae.data.Split;

/**
 * Ranks items by how often they followed the query's last item in training histories, where a
 * follower {@code gap} steps later counts 1/gap, up to {@link #REACH} steps: "sequential rules" of
 * Ludewig and Jannach, Evaluation of session-based recommendation algorithms, UMUAI 2018. With a
 * reach of 1 it is their first-order Markov chain.
 *
 * <p>Departure: their weight is not divided by the number of rules of an item, because only one
 * item is ever asked, and it would change no order.
 */
final class ItemTransitions implements CountingModel {

  private static final int REACH = 10;

  private final Popularity popularity;
  private final int[] items;

  /**
   * Item {@code i} occurs in training at {@code positions[rows[i]]} to before {@code rows[i+1]}.
   */
  private final int[] rows;

  private final int[] positions;

  /** Where the training history that holds the position ends. */
  private final int[] ends;

  ItemTransitions(Histories histories, int items) {
    popularity = new Popularity(histories, items);
    this.items = histories.items();
    rows = new int[items + 2];
    for (int item = 1; item <= items; item++) {
      rows[item + 1] = rows[item] + popularity.count(item);
    }
    positions = new int[rows[items + 1]];
    ends = new int[positions.length];
    Split split = new Split(histories);
    int[] next = rows.clone();
    for (int u = 0; u < histories.users(); u++) {
      for (int e = histories.starts()[u]; e < split.trainTo(u); e++) {
        int at = next[this.items[e]]++;
        positions[at] = e;
        ends[at] = split.trainTo(u);
      }
    }
  }

  @Override
  public float[] score(Query query) {
    double[] weights = new double[popularity.items() + 1];
    if (query.items().length > 0) {
      int last = query.items()[query.items().length - 1];
      for (int i = rows[last]; i < rows[last + 1]; i++) {
        int end = Math.min(ends[i], positions[i] + 1 + REACH);
        for (int e = positions[i] + 1; e < end; e++) {
          weights[items[e]] += 1.0 / (e - positions[i]);
        }
      }
    }
    return popularity.scores(weights);
  }
}
