package dev.horae.model;

import static dev.horae.config.InvalidValue.unlessPositive;

import dev.horae.config.Default;
import dev.horae.config.Doc;
import dev.horae.data.Histories;
import dev.horae.data.TopK;
import dev.horae.data.Windows;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * VMIS-kNN, nearest neighbours over sequences, of Kersbergen, Sprangers and Schelter, Serenade,
 * SIGMOD 2022 (V-SKNN of Ludewig and Jannach, UMUAI 2018, on an inverted index), where the history
 * of a user stands in the place of a session.
 *
 * <ol>
 *   <li>Only the history's n newest different items count. An item's weight falls linearly from 1,
 *       the newest, to 1/n.
 *   <li>Of the training histories that share such an item, the m that end last are candidates.
 *       Their similarity is the sum of the weights of the shared items; the k most similar are
 *       neighbours.
 *   <li>An item gets from each neighbour that has it: the similarity, times 0.9 if the history's
 *       newest item is shared, else 0.8 if the second newest is and so on, 0 from the tenth on,
 *       times the item's idf, log(histories / histories with the item).
 * </ol>
 *
 * <p>Departures, because a history is longer than a session and belongs to somebody:
 *
 * <ul>
 *   <li>The history's own user is no neighbour: the training part of that very history would tell
 *       nothing but what the query says or, where the query ends earlier, what is asked. Who asks
 *       without a name is known by their events, see {@link #userOf}.
 *   <li>An item counts less the further it stands from the newest shared item in the neighbour's
 *       history, exp(-steps / decay): the third factor of STAN, Garg et al., SIGIR 2019.
 *   <li>What a neighbour shares with the query made it a neighbour and is not recommended for that;
 *       only when the neighbour took it again does it count. Serenade drops the newest item alone.
 * </ul>
 */
public final class VmisKnn extends Heuristic {

  @Doc("what users with the most similar histories took (Kersbergen et al., SIGMOD 2022)")
  public record Config(
      @Default("500") @Doc("newest histories with a shared item that are looked at, m")
          int candidates,
      @Default("200") @Doc("most similar of these that recommend, k") int neighbours,
      @Default("10")
          @Doc(
              "newest different items of a history that are looked for, n; a candidate that shares"
                  + " none of the newest nine recommends nothing")
          int newest,
      @Default("5") @Doc("steps from the shared item over which a neighbour's item counts 1/e")
          double decay)
      implements HeuristicConfig {

    public Config {
      unlessPositive("candidates", candidates, "try 500");
      unlessPositive("neighbours", neighbours, "try 200");
      unlessPositive("newest", newest, "try 10");
      unlessPositive("decay", decay, "try 5");
    }

    @Override
    public Heuristic fit(Histories training, int items) {
      return new VmisKnn(this, training, items);
    }
  }

  private static final int NONE = Integer.MAX_VALUE; // behind all places

  private final int candidates; // m
  private final int neighbours; // k
  private final int newest; // n

  private final Popularity popularity;
  private final Histories histories; // of training

  /** Users, the one whose training history ends last first; {@code h} below is a place here. */
  private final int[] users;

  /** Place of each user in {@link #users}. */
  private final int[] placeOf;

  /** The places of the training histories that have an item, newest first; [N + 1], 0 unused. */
  private final int[][] holders;

  /** log(histories / histories with the item); [N + 1], 0 where no history has it. */
  private final double[] idf;

  /** What an item counts so many steps from the newest shared one. */
  private final double[] nearness;

  /** Whether the same user had the item of a training event before. */
  private final boolean[] again;

  private VmisKnn(Config config, Histories training, int items) {
    super(items);
    candidates = config.candidates();
    newest = config.newest();
    histories = training;
    popularity = new Popularity(training, items);
    users =
        IntStream.range(0, histories.users())
            .boxed()
            .sorted(Comparator.comparingLong(u -> -lastTime(u)))
            .mapToInt(Integer::intValue)
            .toArray();
    neighbours = Math.min(config.neighbours(), Math.max(1, users.length));
    placeOf = new int[users.length];
    again = new boolean[histories.events()];
    int[] count = new int[items + 1];
    int longest = 0;
    int[] seenBy = new int[items + 1]; // the last history that had the item, from 1
    for (int h = 0; h < users.length; h++) {
      int u = users[h];
      placeOf[u] = h;
      longest = Math.max(longest, histories.length(u));
      for (int e = histories.starts()[u]; e < histories.starts()[u + 1]; e++) {
        int item = histories.items()[e];
        again[e] = seenBy[item] == h + 1;
        count[item] += again[e] ? 0 : 1;
        seenBy[item] = h + 1;
      }
    }
    holders = new int[items + 1][];
    Arrays.setAll(holders, item -> new int[count[item]]);
    idf = new double[items + 1];
    Arrays.setAll(idf, x -> count[x] == 0 ? 0 : Math.log((double) users.length / count[x]));
    nearness = new double[longest];
    Arrays.setAll(nearness, steps -> Math.exp(-steps / config.decay()));
    for (int h = users.length - 1; h >= 0; h--) {
      for (int e = histories.starts()[users[h]]; e < histories.starts()[users[h] + 1]; e++) {
        if (!again[e]) {
          holders[histories.items()[e]][--count[histories.items()[e]]] = h;
        }
      }
    }
  }

  private long lastTime(int u) {
    return histories.length(u) == 0
        ? Long.MIN_VALUE + 1
        : histories.times()[histories.starts()[u + 1] - 1];
  }

  @Override
  public int maxLength() {
    return Histories.MOST_EVENTS; // what is known is not recommended, however old
  }

  /**
   * The training history that holds the first event and goes on as {@code items} and {@code times}
   * do, second by second, for as long as both last. Of several the one that does so longest; of
   * equals none.
   */
  @Override
  int userOf(int[] items, long[] times) {
    int user = Windows.NOBODY;
    int longest = 0;
    for (int h : items.length == 0 ? new int[0] : holders[items[0]]) {
      int agreed = agreed(users[h], items, times);
      if (agreed >= longest && agreed > 0) {
        user = agreed > longest ? users[h] : Windows.NOBODY;
        longest = agreed;
      }
    }
    return user;
  }

  /** {@return for how many events a training history goes on as these do; 0 where it differs} */
  private int agreed(int u, int[] items, long[] times) {
    int end = histories.starts()[u + 1];
    int at = histories.starts()[u];
    while (at < end
        && histories.times()[at] <= times[0]
        && (histories.items()[at] != items[0] || histories.times()[at] != times[0])) {
      at++;
    }
    int agreed = Math.min(end - at, items.length);
    return Arrays.equals(histories.items(), at, at + agreed, items, 0, agreed)
            && Arrays.equals(histories.times(), at, at + agreed, times, 0, agreed)
        ? agreed
        : 0;
  }

  @Override
  void score(int user, int[] history, Evidence evidence, float[] scores) {
    int[] asked = newest(history);
    Candidates nearest = candidates(user, asked);
    int[] known = history.clone();
    Arrays.sort(known);
    for (int c : nearest.mostSimilar(neighbours)) {
      int u = users[nearest.places[c]];
      int start = histories.starts()[u];
      int end = histories.starts()[u + 1];
      int shared = nearest.shared[c];
      int at = end - 1; // of the newest shared item
      while (histories.items()[at] != asked[shared]) {
        at--;
      }
      double weight = nearest.similarity[c] * Math.max(0, 1 - 0.1 * (shared + 1));
      for (int e = start; e < end; e++) {
        int item = histories.items()[e];
        if (again[e] || Arrays.binarySearch(known, item) < 0) {
          evidence.add(item, weight * nearness[Math.abs(e - at)] * idf[item]);
        }
      }
    }
    popularity.scores(evidence, scores);
  }

  /**
   * The training histories that are looked at, newest first.
   *
   * @param places in {@link #users}
   * @param similarity likewise
   * @param shared place in what is asked of the newest item that is shared
   */
  private record Candidates(int count, int[] places, float[] similarity, int[] shared) {

    /** {@return the most similar {@code k}, the best first; of equal ones the newer} */
    int[] mostSimilar(int k) {
      TopK best = new TopK(k);
      for (int c = 0; c < count; c++) {
        best.offer(c, similarity[c]);
      }
      return best.indices();
    }
  }

  /** Merges the histories of the items that are asked until there are enough. */
  private Candidates candidates(int user, int[] asked) {
    int most = Math.min(candidates, users.length);
    int[] places = new int[most];
    float[] similarity = new float[most];
    int[] shared = new int[most];
    int own = user == Windows.NOBODY ? NONE : placeOf[user];
    int[] next = new int[asked.length]; // of each item's holders
    int found = 0;
    while (found < most) {
      int place = NONE;
      for (int i = 0; i < asked.length; i++) {
        int[] holding = holders[asked[i]];
        place = next[i] < holding.length ? Math.min(place, holding[next[i]]) : place;
      }
      if (place == NONE) {
        break;
      }
      float similar = 0;
      for (int i = asked.length - 1; i >= 0; i--) {
        int[] holding = holders[asked[i]];
        if (next[i] < holding.length && holding[next[i]] == place) {
          next[i]++;
          similar += (float) (asked.length - i) / asked.length;
          shared[found] = i;
        }
      }
      if (place != own) {
        places[found] = place;
        similarity[found++] = similar;
      }
    }
    return new Candidates(found, places, similarity, shared);
  }

  /** {@return the newest different items, newest first} */
  private int[] newest(int[] items) {
    return IntStream.range(0, items.length)
        .map(i -> items[items.length - 1 - i])
        .distinct()
        .limit(newest)
        .toArray();
  }
}
