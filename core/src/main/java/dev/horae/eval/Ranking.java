package dev.horae.eval;

import dev.horae.data.Dataset;
import dev.horae.data.Histories;
import dev.horae.data.Progress;
import dev.horae.data.Split;
import dev.horae.data.TopK;
import dev.horae.data.Windows;
import dev.horae.data.Workers;
import dev.horae.sequence.Scorer;
import dev.horae.tensor.Group;
import java.util.Arrays;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Where each user's next item ranks among all N items, by blocks of users and without sorting: one
 * plus the items that score higher, plus those that score the same and have a lower index.
 *
 * @param users whom the places below belong to, ascending
 * @param ranks 1 = best; history items compete, as in the paper's protocol
 * @param maskedRanks likewise, with the user's history left out (the target itself stays in)
 * @param tied how many users' targets share their score with another item
 * @param historyShare share of history items among the ten best, averaged over users
 */
public record Ranking(int[] users, int[] ranks, int[] maskedRanks, int tied, double historyShare) {

  private static final int BLOCK = 512; // users
  private static final int LEAST_BLOCK = 64; // below, the products with all items run far from peak
  private static final int EVENTS = 4096; // of a block of long histories
  private static final long MOST_SCORES = 16 << 20; // of a block: 64 MiB for each worker
  private static final int TOP = 10;
  private static final long DRAW = 2025; // seed; one for all runs, so that they rank the same users

  /**
   * Ranks the targets of {@code part}, with as many workers as {@link Workers#limited} allows; the
   * result does not depend on how many there are.
   */
  public static Ranking of(Scorer scorer, Split split, Split.Part part, Progress progress) {
    return of(
        scorer,
        split,
        part,
        progress,
        u -> "" + (u + 1),
        Integer::toString,
        (u, s) -> {},
        Group.alone(),
        0);
  }

  /**
   * As {@link #of(Scorer, Split, Split.Part, Progress)}, of the data set's split; a score that
   * nobody can rank is told by its ids.
   */
  public static Ranking of(Scorer scorer, Dataset dataset, Split.Part part, Progress progress) {
    return of(scorer, dataset, part, progress, (user, scores) -> {});
  }

  /**
   * As {@link #of(Scorer, Dataset, Split.Part, Progress)}, where each node of a group ranks a part
   * of the users, and is told all ranks.
   *
   * @param mostUsers of how many users the targets are ranked, the same ones each time; 0 = of all
   */
  public static Ranking of(
      Scorer scorer,
      Dataset dataset,
      Split.Part part,
      Progress progress,
      Group group,
      int mostUsers) {
    return of(scorer, dataset, part, progress, (user, scores) -> {}, group, mostUsers);
  }

  /**
   * As {@link #of(Scorer, Dataset, Split.Part, Progress)}.
   *
   * @param also gets the scores of each user when these are ranked
   */
  public static Ranking of(
      Scorer scorer, Dataset dataset, Split.Part part, Progress progress, Scorer.Receiver also) {
    return of(scorer, dataset, part, progress, also, Group.alone(), 0);
  }

  private static Ranking of(
      Scorer scorer,
      Dataset dataset,
      Split.Part part,
      Progress progress,
      Scorer.Receiver also,
      Group group,
      int mostUsers) {
    return of(
        scorer,
        dataset.split(),
        part,
        progress,
        dataset.users()::get,
        item -> dataset.catalogue().item(item).id(),
        also,
        group,
        mostUsers);
  }

  private static Ranking of(
      Scorer scorer,
      Split split,
      Split.Part part,
      Progress progress,
      IntFunction<String> users,
      IntFunction<String> items,
      Scorer.Receiver also,
      Group group,
      int mostUsers) {
    Windows all = Windows.before(split, part, scorer.maxLength());
    Windows windows = mostUsers == 0 ? all : all.drawn(mostUsers, DRAW);
    int block = block(scorer.itemRows(), scorer.maxLength());
    RankCollector collector = new RankCollector(split, part);
    int blocks = (windows.count() + block - 1) / block;
    Workers.each(
        (blocks - group.rank() + group.size() - 1) / group.size(), // every so many is ours
        i -> {
          int first = (i * group.size() + group.rank()) * block;
          scorer.score(
              windows,
              first,
              Math.min(windows.count(), first + block),
              (user, scores) -> {
                scorer.requireFinite(scores, () -> "user " + users.apply(user), items);
                collector.add(user, scores);
                also.accept(user, scores);
              });
          collector.report(progress, windows.count());
        });
    collector.addUp(group);
    return collector.ranking();
  }

  /**
   * {@return how many users a worker ranks at a time, for the memory plan}
   *
   * @param length most events of a history that are read
   */
  public static int block(long itemRows, int length) {
    int users = Math.max(LEAST_BLOCK, Math.min(BLOCK, EVENTS / Math.max(1, length)));
    return (int) Math.max(1, Math.min(users, MOST_SCORES / itemRows));
  }

  /** Looks at every score of a user once and collects what was found, by user. */
  private static final class RankCollector {
    private final Histories histories;
    private final Split split;
    private final Split.Part part;
    private final int[] rankOf; // by user; 0 = not ranked
    private final int[] maskedRankOf;
    private long ranked;
    private long reported;
    private int tied;
    private long best; // of all users
    private long fromHistory; // of these

    RankCollector(Split split, Split.Part part) {
      this.histories = split.histories();
      this.split = split;
      this.part = part;
      rankOf = new int[histories.users()];
      maskedRankOf = new int[histories.users()];
    }

    /**
     * @param scores [N + 1]; column 0 is ignored
     */
    void add(int user, float[] scores) {
      int target = histories.items()[split.target(part, user)];
      TopK best = new TopK(TOP);
      boolean tie = place(scores, user, target, best);
      int[] history = history(user);
      maskedRankOf[user] = rankOf[user] - better(scores, target, history);
      int[] shown = best.indices();
      long known = Arrays.stream(shown).filter(x -> Arrays.binarySearch(history, x) >= 0).count();
      count(tie, shown.length, known);
    }

    /** Ranks the target and fills {@code best}. {@return whether another item scores the same} */
    private boolean place(float[] row, int user, int target, TopK best) {
      float own = row[target];
      int rank = 1;
      int same = 0; // with the target itself
      for (int item = 1; item < row.length; item++) {
        float score = row[item];
        if (score >= own) { // few, where the model has learnt something
          rank += score > own || item < target ? 1 : 0;
          same += score == own ? 1 : 0;
        }
        best.offer(item, score);
      }
      rankOf[user] = rank;
      return same > 1;
    }

    /** {@return the user's items before the target, ascending, repeats included} */
    private int[] history(int user) {
      int start = histories.starts()[user];
      int[] items = Arrays.copyOfRange(histories.items(), start, split.target(part, user));
      Arrays.sort(items);
      return items;
    }

    /** {@return how many items of {@code history}, other than the target, rank above it} */
    private static int better(float[] row, int target, int[] history) {
      float own = row[target];
      int better = 0;
      for (int h = 0; h < history.length; h++) {
        int item = history[h];
        boolean repeat = h > 0 && item == history[h - 1];
        float score = row[item];
        better += !repeat && (score > own || (score == own && item < target)) ? 1 : 0;
      }
      return better;
    }

    private synchronized void count(boolean tie, int shown, long known) {
      ranked++;
      tied += tie ? 1 : 0;
      best += shown;
      fromHistory += known;
    }

    synchronized void report(Progress progress, long users) {
      if (ranked > reported) {
        reported = ranked;
        progress.at("evaluate", ranked, users, "");
      }
    }

    /** Adds what the other nodes have found about other users. */
    void addUp(Group group) {
      int users = rankOf.length;
      long[] mine = new long[2 * users + 3];
      for (int u = 0; u < users; u++) {
        mine[u] = rankOf[u];
        mine[users + u] = maskedRankOf[u];
      }
      mine[2 * users] = tied;
      mine[2 * users + 1] = best;
      mine[2 * users + 2] = fromHistory;
      long[] all = group.sum(mine);
      for (int u = 0; u < users; u++) {
        rankOf[u] = (int) all[u];
        maskedRankOf[u] = (int) all[users + u];
      }
      tied = (int) all[2 * users];
      best = all[2 * users + 1];
      fromHistory = all[2 * users + 2];
    }

    Ranking ranking() {
      int[] users = IntStream.range(0, rankOf.length).filter(u -> rankOf[u] > 0).toArray();
      int[] ranks = Arrays.stream(users).map(u -> rankOf[u]).toArray();
      int[] masked = Arrays.stream(users).map(u -> maskedRankOf[u]).toArray();
      double share = best == 0 ? 0 : (double) fromHistory / best;
      return new Ranking(users, ranks, masked, tied, share);
    }
  }
}
