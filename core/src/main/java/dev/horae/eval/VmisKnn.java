package dev.horae.eval;

import dev.horae.data.Histories;
import dev.horae.data.Split;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Vector-Multiplication-Indexed-Session k-nearest-neighbours of Kersbergen, Sprangers and Schelter,
 * Serenade: low-latency session-based recommendation in e-commerce at scale, SIGMOD 2022, which is
 * V-SKNN of Ludewig and Jannach (UMUAI 2018) on an inverted index. With user histories in the place
 * of sessions:
 *
 * <ol>
 *   <li>Of the users who share an item with the query, the {@link #CANDIDATES} whose training
 *       histories end last are looked at.
 *   <li>The {@link #NEIGHBOURS} most similar of them are kept; the similarity is the sum of the
 *       shared items' weights, which fall linearly from 1, the query's newest item, to 1/n.
 *   <li>Every item of a neighbour gets the neighbour's similarity, times how recent the newest
 *       shared item is, 0.9, 0.8 and so on, times the item's idf, log(users / users who have it).
 * </ol>
 *
 * <p>Departures: the query is cut to its newest {@link #NEWEST} different items, because a history
 * is longer than a session; and a user is not their own neighbour, because the training history of
 * the query's user is in the index and would mostly return what the query says already.
 */
final class VmisKnn implements CountingModel {

  private static final int CANDIDATES = 500; // m
  private static final int NEIGHBOURS = 100; // k
  private static final int NEWEST = 10; // n

  private final Popularity popularity;

  /** Place of each user when the one whose training history ends last is 0; -1 without events. */
  private final int[] placeOf;

  /** The different items of each training history, by place. */
  private final int[][] itemsOf;

  /** The places of the histories that have an item, newest first; [N + 1], 0 unused. */
  private final int[][] holders;

  VmisKnn(Histories histories, int items) {
    popularity = new Popularity(histories, items);
    Split split = new Split(histories);
    int[] users =
        IntStream.range(0, histories.users())
            .filter(u -> histories.length(u) > 0)
            .boxed()
            .sorted(Comparator.comparingLong(u -> -histories.times()[split.trainTo(u) - 1]))
            .mapToInt(Integer::intValue)
            .toArray();
    placeOf = new int[histories.users()];
    Arrays.fill(placeOf, -1);
    itemsOf = new int[users.length][];
    int[] count = new int[items + 1];
    for (int h = 0; h < users.length; h++) {
      int u = users[h];
      placeOf[u] = h;
      itemsOf[h] =
          Arrays.stream(histories.items(), histories.starts()[u], split.trainTo(u))
              .distinct()
              .toArray();
      for (int item : itemsOf[h]) {
        count[item]++;
      }
    }
    holders = new int[items + 1][];
    Arrays.setAll(holders, item -> new int[count[item]]);
    for (int h = users.length - 1; h >= 0; h--) {
      for (int item : itemsOf[h]) {
        holders[item][--count[item]] = h;
      }
    }
  }

  @Override
  public float[] score(Query query) {
    int[] newest = newest(query.items());
    int self = query.user() == Query.NEW_USER ? -1 : placeOf[query.user()];
    float[] similarity = new float[itemsOf.length];
    float[] recency = new float[itemsOf.length]; // of the newest item that is shared
    for (int i = 0; i < newest.length; i++) {
      for (int history : holders[newest[i]]) {
        if (similarity[history] == 0) {
          recency[history] = Math.max(0, 1 - 0.1f * (i + 1));
        }
        similarity[history] += (float) (newest.length - i) / newest.length;
      }
    }

    Best neighbours = new Best(NEIGHBOURS);
    int candidates = 0;
    for (int h = 0; h < similarity.length && candidates < CANDIDATES; h++) {
      if (similarity[h] > 0 && h != self) {
        neighbours.offer(h, similarity[h]);
        candidates++;
      }
    }

    double[] evidence = new double[popularity.items() + 1];
    for (int history : neighbours.indices()) {
      for (int item : itemsOf[history]) {
        double idf = Math.log((double) itemsOf.length / holders[item].length);
        evidence[item] += similarity[history] * recency[history] * idf;
      }
    }
    return popularity.scores(evidence);
  }

  /** {@return the newest different items of a query, newest first} */
  private static int[] newest(int[] items) {
    return IntStream.range(0, items.length)
        .map(i -> items[items.length - 1 - i])
        .distinct()
        .limit(NEWEST)
        .toArray();
  }
}
