package dev.horae.eval;

import dev.horae.data.Split;
import dev.horae.data.TopK;
import dev.horae.data.TrainingCounts;
import dev.horae.sequence.Scorer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * What the ten items are like that users are shown, beside whether the right one is among them. The
 * lists are those of {@code recommend}: items of the history are left out where {@link
 * TrainingCounts#seldomRepeats}, and else compete. A figure is a mean over users of a mean over
 * their list, where not said otherwise; n(i) is the number of training events of item i, N the
 * number of items.
 *
 * <p>Sources: coverage, Ge, Delgado-Battenfeld and Jannach, "Beyond Accuracy: Evaluating
 * Recommender Systems by Coverage and Serendipity", RecSys 2010. Novelty, Zhou et al., "Solving the
 * apparent diversity-accuracy dilemma of recommender systems", PNAS 2010, with p as in the free
 * discovery of Vargas and Castells, "Rank and Relevance in Novelty and Diversity Metrics", RecSys
 * 2011. Popularity lift, Abdollahpouri, Mansoury, Burke and Mobasher, "The Impact of Popularity
 * Bias on Fairness and Calibration in Recommendation", 2019. The long tail behind 80 % of the
 * events, Abdollahpouri, Burke and Mobasher, "Managing Popularity Bias in Recommender Systems with
 * Personalized Re-ranking", FLAIRS 2019.
 *
 * @param historyLeftOut whether items of the history are left out of the lists
 * @param coverage items that are in any user's list / N
 * @param novelty -log2 p(i), in bits, where p(i) is n(i) over all training events; an item without
 *     any counts as if it had one
 * @param popularityLift the mean n(i) of the lists over that of the different items of the users'
 *     histories, less 1: 0 where users are shown what is as popular as what they had
 * @param longTailShare items outside the fewest that hold 80 % of the training events; of those
 *     with the same n(i) the lower index goes first
 * @param coldShare items with n(i) = 0
 * @param byLength how well users with few and with many events are served
 */
public record BeyondAccuracy(
    boolean historyLeftOut,
    double coverage,
    double novelty,
    double popularityLift,
    double longTailShare,
    double coldShare,
    List<Length> byLength) {

  private static final int TOP = 10;
  private static final double HEAD = 0.8;
  private static final int[] LENGTHS = {1, 5, 10, 20, 50};
  private static final String NDCG = "ndcg@10";

  /**
   * Users by how many events lie before their target.
   *
   * @param events such as {@code 5–9}
   * @param ndcg NDCG@10 of these users; 0 where there is none
   * @param masked likewise, with history masked
   */
  public record Length(String events, int users, double ndcg, double masked) {}

  /** {@return the means of several, such as one per seed, on the same users} */
  public static BeyondAccuracy mean(List<BeyondAccuracy> all) {
    BeyondAccuracy first = all.get(0);
    List<Length> lengths = new ArrayList<>();
    for (int g = 0; g < first.byLength.size(); g++) {
      int group = g;
      Length length = first.byLength.get(g);
      lengths.add(
          new Length(
              length.events,
              length.users,
              mean(all, one -> one.byLength.get(group).ndcg),
              mean(all, one -> one.byLength.get(group).masked)));
    }
    return new BeyondAccuracy(
        first.historyLeftOut,
        mean(all, BeyondAccuracy::coverage),
        mean(all, BeyondAccuracy::novelty),
        mean(all, BeyondAccuracy::popularityLift),
        mean(all, BeyondAccuracy::longTailShare),
        mean(all, BeyondAccuracy::coldShare),
        List.copyOf(lengths));
  }

  private static double mean(List<BeyondAccuracy> all, ToDoubleFunction<BeyondAccuracy> of) {
    return all.stream().mapToDouble(of).average().orElseThrow();
  }

  /** Keeps what each user is shown, while {@link Ranking} ranks; it writes in the scores. */
  public static final class Lists implements Scorer.Receiver {
    private final Split split;
    private final Split.Part part;
    private final TrainingCounts counts;
    private final int[][] shown; // by user; null = not ranked

    /**
     * @param items N
     */
    public Lists(Split split, Split.Part part, int items) {
      this.split = split;
      this.part = part;
      counts = TrainingCounts.of(split, items);
      shown = new int[split.histories().users()][];
    }

    @Override
    public void accept(int user, float[] scores) {
      if (counts.seldomRepeats()) {
        for (int item : history(user)) {
          scores[item] = Float.NEGATIVE_INFINITY; // which is never among the best
        }
      }
      TopK best = new TopK(TOP);
      for (int item = 1; item < scores.length; item++) {
        best.offer(item, scores[item]);
      }
      shown[user] = best.indices();
    }

    private int[] history(int user) {
      int start = split.histories().starts()[user];
      int[] items = split.histories().items();
      return Arrays.stream(items, start, split.target(part, user)).distinct().toArray();
    }

    /**
     * @param ranking of the same scores
     */
    public BeyondAccuracy measure(Ranking ranking) {
      int[] events = counts.items();
      double all = Arrays.stream(events).asLongStream().sum();
      boolean[] head = head(all);
      BitSet covered = new BitSet();
      double[] sums = new double[5]; // novelty, popularity, tail, cold; popularity of histories
      int users = 0;
      for (int u = 0; u < shown.length; u++) {
        if (shown[u] == null || shown[u].length == 0) { // whoever had every item is shown none
          continue;
        }
        users++;
        double share = 1.0 / shown[u].length;
        for (int item : shown[u]) {
          covered.set(item);
          sums[0] += share * Math.log(all / Math.max(1, events[item])) / Math.log(2);
          sums[1] += share * events[item];
          sums[2] += head[item] ? 0 : share;
          sums[3] += events[item] == 0 ? share : 0;
        }
        sums[4] += Arrays.stream(history(u)).map(item -> events[item]).average().orElse(0);
      }
      int some = Math.max(1, users);
      return new BeyondAccuracy(
          counts.seldomRepeats(),
          covered.cardinality() / (double) (events.length - 1),
          sums[0] / some,
          sums[4] == 0 ? 0 : sums[1] / sums[4] - 1,
          sums[2] / some,
          sums[3] / some,
          byLength(ranking));
    }

    private boolean[] head(double all) {
      boolean[] head = new boolean[counts.items().length];
      long held = 0;
      for (int item : counts.mostFrequent()) {
        if (held >= HEAD * all) {
          break;
        }
        head[item] = true;
        held += counts.items()[item];
      }
      return head;
    }

    private List<Length> byLength(Ranking ranking) {
      double[] gains = Metrics.gains(NDCG, ranking.ranks());
      double[] masked = Metrics.gains(NDCG, ranking.maskedRanks());
      int[] users = new int[LENGTHS.length];
      double[][] sums = new double[2][LENGTHS.length];
      for (int i = 0; i < gains.length; i++) {
        int user = ranking.users()[i];
        int before = split.target(part, user) - split.histories().starts()[user];
        int group = Arrays.binarySearch(LENGTHS, before);
        group = group >= 0 ? group : -group - 2;
        users[group]++;
        sums[0][group] += gains[i];
        sums[1][group] += masked[i];
      }
      List<Length> lengths = new ArrayList<>();
      for (int g = 0; g < LENGTHS.length; g++) {
        double some = Math.max(1, users[g]);
        lengths.add(new Length(name(g), users[g], sums[0][g] / some, sums[1][g] / some));
      }
      return List.copyOf(lengths);
    }

    private static String name(int g) {
      return g == LENGTHS.length - 1
          ? LENGTHS[g] + "+"
          : String.format(Locale.ROOT, "%d–%d", LENGTHS[g], LENGTHS[g + 1] - 1);
    }
  }
}
