package dev.horae.eval;

import dev.horae.data.Histories;
import dev.horae.data.Split;

/**
 * Ranks items by how often they directly followed the query's last item in training histories: a
 * first-order Markov chain, "MC" in Ludewig and Jannach, Evaluation of session-based recommendation
 * algorithms, UMUAI 2018.
 */
final class ItemTransitions implements CountingModel {

  private final Popularity popularity;

  /** The followers of item {@code i} are at [rows[i], rows[i + 1]), repeated as often as they. */
  private final int[] rows;

  private final int[] followers;

  ItemTransitions(Histories histories, int items) {
    popularity = new Popularity(histories, items);
    Split split = new Split(histories);
    rows = new int[items + 2];
    for (int u = 0; u < histories.users(); u++) {
      for (int e = split.trainFrom(u); e < split.trainTo(u); e++) {
        rows[histories.items()[e - 1] + 1]++;
      }
    }
    for (int item = 0; item <= items; item++) {
      rows[item + 1] += rows[item];
    }
    followers = new int[rows[items + 1]];
    int[] next = rows.clone();
    for (int u = 0; u < histories.users(); u++) {
      for (int e = split.trainFrom(u); e < split.trainTo(u); e++) {
        followers[next[histories.items()[e - 1]]++] = histories.items()[e];
      }
    }
  }

  @Override
  public float[] score(Query query) {
    double[] counts = new double[popularity.items() + 1];
    if (query.items().length > 0) {
      int last = query.items()[query.items().length - 1];
      for (int i = rows[last]; i < rows[last + 1]; i++) {
        counts[followers[i]]++;
      }
    }
    return popularity.scores(counts);
  }
}
