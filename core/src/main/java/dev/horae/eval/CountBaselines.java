package dev.horae.eval;

import dev.horae.data.Histories;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Two rankings that need nothing but counting, to see how far counting goes. Both count only what
 * leave-one-out allows: of a user's events the last is the test target and the one before it the
 * validation target; the rest is counted. At test time the history ends with the validation event.
 * Short histories as in the protocol: three events give no validation target, fewer no test target.
 */
public final class CountBaselines {

  /** Ranks items given what a user did. */
  public interface Ranking {

    /** {@return the name that tables show} */
    String name();

    /**
     * {@return the rank of each test target, 1 = best, one per user that has one, in order of
     * users}
     */
    int[] testRanks();

    /**
     * @param history item indices, oldest first; may be empty
     * @return the k best items, best first; fewer when there are fewer items
     */
    int[] top(int[] history, int k);
  }

  private final Histories histories;
  private final int items;

  /** Items from the most to the least popular, lower index first when equal. */
  private final int[] byPopularity;

  /** Where each item stands in {@link #byPopularity}, 0 = most popular; [N + 1], 0 unused. */
  private final int[] place;

  /**
   * @param items N
   */
  public CountBaselines(Histories histories, int items) {
    this.histories = histories;
    this.items = items;
    int[] count = new int[items + 1];
    for (int u = 0; u < histories.users(); u++) {
      for (int e = histories.starts()[u]; e < trainEnd(u); e++) {
        count[histories.items()[e]]++;
      }
    }
    byPopularity =
        IntStream.rangeClosed(1, items)
            .boxed()
            .sorted(Comparator.comparingInt(item -> -count[item]))
            .mapToInt(Integer::intValue)
            .toArray();
    place = new int[items + 1];
    for (int i = 0; i < items; i++) {
      place[byPopularity[i]] = i;
    }
  }

  /** {@return items by their number of training events} */
  public Ranking mostPopular() {
    return new MostPopular();
  }

  /**
   * {@return items by how often they directly followed the history's last item in training
   * histories; equal counts, zero among them, by popularity}
   */
  public Ranking lastItemTransitions() {
    return new LastItemTransitions();
  }

  private int trainEnd(int u) {
    int end = histories.starts()[u + 1];
    int length = histories.length(u);
    return length >= 4 ? end - 2 : length == 3 ? end - 1 : end;
  }

  private int[] testUsers() {
    return IntStream.range(0, histories.users()).filter(u -> histories.length(u) >= 3).toArray();
  }

  private int testTarget(int u) {
    return histories.items()[histories.starts()[u + 1] - 1];
  }

  private final class MostPopular implements Ranking {

    @Override
    public String name() {
      return "most popular";
    }

    @Override
    public int[] testRanks() {
      return Arrays.stream(testUsers()).map(u -> 1 + place[testTarget(u)]).toArray();
    }

    @Override
    public int[] top(int[] history, int k) {
      return Arrays.copyOf(byPopularity, Math.min(k, items));
    }
  }

  private final class LastItemTransitions implements Ranking {

    /** Row {@code i} of followers and counts is [rows[i], rows[i + 1]), best follower first. */
    private final int[] rows = new int[items + 2];

    private final int[] followers;
    private final int[] counts;

    LastItemTransitions() {
      long[] pairs = sortedPairs();
      int[] to = new int[pairs.length];
      int[] times = new int[pairs.length];
      int distinct = 0;
      for (int i = 0; i < pairs.length; i++) {
        if (i == 0 || pairs[i] != pairs[i - 1]) {
          to[distinct++] = (int) (pairs[i] % (items + 1L));
          rows[(int) (pairs[i] / (items + 1L)) + 1]++;
        }
        times[distinct - 1]++;
      }
      for (int item = 0; item <= items; item++) {
        rows[item + 1] += rows[item];
      }
      followers = new int[distinct];
      counts = new int[distinct];
      for (int item = 1; item <= items; item++) {
        int start = rows[item];
        int[] order =
            IntStream.range(start, rows[item + 1])
                .boxed()
                .sorted(
                    Comparator.<Integer>comparingInt(i -> -times[i])
                        .thenComparing(i -> place[to[i]]))
                .mapToInt(Integer::intValue)
                .toArray();
        for (int i = 0; i < order.length; i++) {
          followers[start + i] = to[order[i]];
          counts[start + i] = times[order[i]];
        }
      }
    }

    /** One number per directly consecutive pair of training events: from · (N + 1) + to. */
    private long[] sortedPairs() {
      long[] pairs = new long[histories.events()];
      int n = 0;
      for (int u = 0; u < histories.users(); u++) {
        for (int e = histories.starts()[u] + 1; e < trainEnd(u); e++) {
          pairs[n++] = histories.items()[e - 1] * (items + 1L) + histories.items()[e];
        }
      }
      pairs = Arrays.copyOf(pairs, n);
      Arrays.sort(pairs);
      return pairs;
    }

    @Override
    public String name() {
      return "last-item transitions";
    }

    @Override
    public int[] testRanks() {
      return Arrays.stream(testUsers())
          .map(u -> rank(histories.items()[histories.starts()[u + 1] - 2], testTarget(u)))
          .toArray();
    }

    /** Followers come first, in their order; the others keep their order of popularity. */
    private int rank(int last, int target) {
      int lessPopularFollowers = 0;
      for (int i = rows[last]; i < rows[last + 1]; i++) {
        if (followers[i] == target) {
          return 1 + i - rows[last];
        }
        if (place[followers[i]] > place[target]) {
          lessPopularFollowers++;
        }
      }
      return 1 + place[target] + lessPopularFollowers;
    }

    @Override
    public int[] top(int[] history, int k) {
      int last = history.length == 0 ? 0 : history[history.length - 1];
      IntStream first = Arrays.stream(followers, rows[last], rows[last + 1]);
      return IntStream.concat(first, Arrays.stream(byPopularity)).distinct().limit(k).toArray();
    }
  }
}
