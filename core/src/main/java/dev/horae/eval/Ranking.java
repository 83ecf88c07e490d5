package dev.horae.eval;

import dev.horae.data.Histories;
import dev.horae.data.Progress;
import dev.horae.data.Split;
import dev.horae.data.TopK;
import dev.horae.data.Windows;
import dev.horae.data.Workers;
import dev.horae.eval.CountingModel.Query;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

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

  /**
   * Ranks the targets of {@code part}, with as many workers as {@link Workers#limited} allows; the
   * result does not depend on how many there are. The model is left in evaluation mode.
   *
   * @throws CheckpointException when a score is not finite
   */
  public static Ranking of(
      SequenceModel model, Histories histories, Split.Part part, int length, Progress progress) {
    model.eval();
    Windows windows = Windows.before(histories, part, length);
    try (Scope all = Scope.inference()) {
      ItemVectors items = model.items();
      List<Windows.Plan> plans = windows.inOrder(block(model.itemRows(), length), model.layout());
      RankCollector collector = new RankCollector(histories, part);
      Workers.each(
          plans.size(),
          i -> {
            try (Scope scope = Scope.inference()) {
              SequenceTensors in = SequenceTensors.of(plans.get(i).batch(), model.device());
              Tensor scores = model.score(model.encode(in, items), items); // [M, N + 1]
              FloatBuffer rows = Ops.view(scores);
              float[] row = new float[(int) scores.size(1)];
              for (long user : Ops.longs(in.histories())) {
                rows.get(row);
                collector.add((int) user - 1, row);
              }
              collector.report(progress, windows.examples());
            }
          });
      return collector.ranking();
    }
  }

  /** As {@link #of(SequenceModel, Histories, Split.Part, int, Progress)}, of whole histories. */
  public static Ranking of(
      CountingModel model, Histories histories, Split.Part part, Progress progress) {
    Split split = new Split(histories);
    int[] users =
        IntStream.range(0, histories.users())
            .filter(u -> split.target(part, u) != Split.NONE)
            .toArray();
    RankCollector collector = new RankCollector(histories, part);
    Workers.each(
        users.length,
        "evaluate",
        progress,
        i -> collector.add(users[i], model.score(Query.before(histories, part, users[i]))));
    return collector.ranking();
  }

  /**
   * {@return how many users a worker ranks at a time, for the memory plan}
   *
   * @param length of the longest history
   */
  public static int block(long itemRows, int length) {
    int users = Math.max(LEAST_BLOCK, Math.min(BLOCK, EVENTS / length));
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

    RankCollector(Histories histories, Split.Part part) {
      this.histories = histories;
      this.split = new Split(histories);
      this.part = part;
      rankOf = new int[histories.users()];
      maskedRankOf = new int[histories.users()];
    }

    /**
     * @param scores [N + 1], finite but for column 0, which is ignored
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
      for (int item = 1; item < target; item++) {
        rank += row[item] >= own ? 1 : 0;
      }
      for (int item = target + 1; item < row.length; item++) {
        rank += row[item] > own ? 1 : 0;
      }
      int same = 0;
      boolean finite = true;
      for (int item = 1; item < row.length; item++) {
        finite &= Math.abs(row[item]) <= Float.MAX_VALUE; // NaN is not
        same += row[item] == own ? 1 : 0;
        best.offer(item, row[item]);
      }
      if (!finite) {
        throw new CheckpointException(
            "the model's scores are not finite, it has diverged; train again with a lower"
                + " train.learning_rate");
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

    Ranking ranking() {
      int[] users = IntStream.range(0, rankOf.length).filter(u -> rankOf[u] > 0).toArray();
      int[] ranks = Arrays.stream(users).map(u -> rankOf[u]).toArray();
      int[] masked = Arrays.stream(users).map(u -> maskedRankOf[u]).toArray();
      double share = best == 0 ? 0 : (double) fromHistory / best;
      return new Ranking(users, ranks, masked, tied, share);
    }
  }
}
