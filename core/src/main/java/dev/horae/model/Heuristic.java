package dev.horae.model;

import dev.horae.config.Names;
import dev.horae.data.Histories;
import dev.horae.data.Windows;
import dev.horae.sequence.Explanation;
import dev.horae.sequence.Scorer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A heuristic baseline: fitted by counting training events, it needs no gradient, no seed and
 * hardly any time, and no trained network may quietly lose to it. {@link HeuristicConfig} lists
 * them.
 *
 * <p>No two items score the same: equal evidence is ordered by popularity, then by index. A
 * negative score says that there is no evidence for an item but its place among all by popularity.
 */
public abstract sealed class Heuristic implements Scorer
    permits MostPopular, ItemTransitions, VmisKnn {

  private final int rows;

  /**
   * @param items N
   */
  Heuristic(int items) {
    rows = items + 1;
  }

  /**
   * Scores all items.
   *
   * @param user the row of the history's user in the training histories, or {@link Windows#NOBODY}
   * @param history item indices, oldest first; may be empty
   * @param evidence room to work in, empty before and after
   * @param scores get one per item index, [N + 1], column 0 minus infinity
   */
  abstract void score(int user, int[] history, Evidence evidence, float[] scores);

  /** {@return as {@link #score(int, int[], Evidence, float[])}, of one history} */
  final float[] scores(int user, int[] history) {
    float[] scores = new float[rows];
    score(user, history, new Evidence(), scores);
    return scores;
  }

  /**
   * {@return the row in the training histories of the user whose history it seems to be, by what
   * and when; {@link Windows#NOBODY} where that makes no difference, or nothing tells}
   *
   * @param times of {@code items}, oldest first
   */
  int userOf(int[] items, long[] times) {
    return Windows.NOBODY;
  }

  @Override
  public final String name() {
    return Names.choice(getClass());
  }

  @Override
  public final int itemRows() {
    return rows;
  }

  @Override
  public final void score(Windows windows, int from, int to, Receiver receiver) {
    Evidence evidence = new Evidence();
    float[] scores = new float[rows];
    for (int w = from; w < to; w++) {
      int[] items = windows.items(w);
      int user = windows.user(w);
      int own = user == Windows.NOBODY ? userOf(items, windows.times(w)) : user;
      score(own, items, evidence, scores);
      receiver.accept(windows.history(w), scores);
    }
  }

  /** Without evidence a score counts as 0: a place among all is nothing that an event gave. */
  @Override
  public final Explanation explain(Histories history, int[] items) {
    int[] events = history.items();
    int user = userOf(events, history.times());
    float[] whole = scores(user, events);
    List<List<Double>> influences = new ArrayList<>();
    for (int i = 0; i < items.length; i++) {
      influences.add(new ArrayList<>());
    }
    for (int e = 0; e < events.length; e++) {
      float[] without = scores(user, without(events, e));
      for (int i = 0; i < items.length; i++) {
        influences
            .get(i)
            .add((double) Math.max(0, whole[items[i]]) - Math.max(0, without[items[i]]));
      }
    }
    List<Explanation.Reason> reasons = new ArrayList<>();
    for (int i = 0; i < items.length; i++) {
      Map<String, Double> shares = Map.of("score", (double) whole[items[i]]);
      reasons.add(new Explanation.Reason(shares, influences.get(i)));
    }
    return new Explanation(Map.of(), reasons);
  }

  private static int[] without(int[] events, int e) {
    int[] others = Arrays.copyOf(events, events.length - 1);
    System.arraycopy(events, e + 1, others, e, others.length - e);
    return others;
  }

  @Override
  public final void close() {}
}
