package dev.horae.eval;

import dev.horae.data.DataException;
import dev.horae.data.Histories;
import dev.horae.data.Progress;
import dev.horae.data.SequenceBatch;
import dev.horae.data.Split;
import dev.horae.data.Windows;
import dev.horae.model.ItemVectors;
import dev.horae.model.SequenceModel;
import dev.horae.model.SequenceTensors;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

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

  private static final int BLOCK = 512; // users; a block of scores stays within a few hundred MB
  private static final int TOP = 10;

  /** Ranks the targets of {@code part}; the model is left in evaluation mode. */
  public static Ranking of(
      SequenceModel model, Histories histories, Split.Part part, int length, Progress progress) {
    model.eval();
    List<Windows.Plan> plans =
        Windows.before(histories, part, length).inOrder(BLOCK, model.packable());
    Blocks blocks = new Blocks(histories, new Split(histories), part);
    try (Scope all = Scope.inference()) {
      ItemVectors items = model.items();
      int done = 0;
      for (Windows.Plan plan : plans) {
        try (Scope scope = Scope.inference()) {
          SequenceBatch batch = plan.batch();
          SequenceTensors in = SequenceTensors.of(batch, model.device());
          blocks.add(model.score(model.encode(in, items), items), in);
        }
        progress.at("evaluate", ++done * (long) BLOCK, plans.size() * (long) BLOCK, "");
      }
    }
    return blocks.ranking();
  }

  /** Collects the blocks by user. */
  private static final class Blocks {
    private final Histories histories;
    private final Split split;
    private final Split.Part part;
    private final int[] rankOf; // by user; 0 = not ranked
    private final int[] maskedRankOf;
    private int tied;
    private double historyItems;

    Blocks(Histories histories, Split split, Split.Part part) {
      this.histories = histories;
      this.split = split;
      this.part = part;
      rankOf = new int[histories.users()];
      maskedRankOf = new int[histories.users()];
    }

    /**
     * @param scores float [M, N + 1], column 0 minus infinity; overwritten
     */
    void add(Tensor scores, SequenceTensors in) {
      long m = scores.size(0);
      long[] users = Ops.longs(in.histories());
      Tensor targets = in.targets().unsqueeze(1); // [M, 1]
      Tensor own = scores.gather(1, targets);
      requireFinite(scores.narrow(1, 1, scores.size(1) - 1));
      Tensor index = torch.arange(new Scalar(scores.size(1))).to(scores.device(), ScalarType.Long);
      Tensor lower = index.unsqueeze(0).lt(targets); // [M, N + 1]
      long[] ranks = Ops.longs(rank(scores, own, lower));
      tied += (int) Ops.value(Ops.sumOver(scores.eq(own), 1).gt(new Scalar(1)).sum());

      Tensor best = scores.topk(Math.min(TOP, scores.size(1) - 1)).get1(); // [M, 10]
      scores.scatter_(1, history(users, scores), new Scalar(Double.NEGATIVE_INFINITY));
      Tensor fromHistory = scores.gather(1, best).eq(new Scalar(Double.NEGATIVE_INFINITY));
      historyItems += Ops.value(fromHistory.sum()) / best.size(1);
      long[] masked = Ops.longs(rank(scores, own, lower));
      for (int i = 0; i < m; i++) {
        rankOf[(int) users[i] - 1] = (int) ranks[i];
        maskedRankOf[(int) users[i] - 1] = (int) masked[i];
      }
    }

    private static Tensor rank(Tensor scores, Tensor own, Tensor lower) { // int64 [M]
      Tensor higher = Ops.sumOver(scores.gt(own), 1);
      Tensor same = Ops.sumOver(scores.eq(own).logical_and(lower), 1);
      return higher.add(same).add(new Scalar(1));
    }

    /** {@return each user's items before the target, int64 [M, longest], filled up with padding} */
    private Tensor history(long[] users, Tensor like) {
      int longest = 1;
      for (long user : users) {
        int u = (int) user - 1;
        longest = Math.max(longest, split.target(part, u) - histories.starts()[u]);
      }
      long[] items = new long[users.length * longest];
      for (int i = 0; i < users.length; i++) {
        int u = (int) users[i] - 1;
        int start = histories.starts()[u];
        for (int e = start; e < split.target(part, u); e++) {
          items[i * longest + e - start] = histories.items()[e];
        }
      }
      return Ops.int64(items, users.length, longest).to(like.device(), ScalarType.Long);
    }

    private static void requireFinite(Tensor scores) {
      if (Ops.value(scores.isfinite().all()) == 0) {
        throw new DataException(
            "the model's scores are not finite, it has diverged; train again with a lower"
                + " train.learning_rate");
      }
    }

    Ranking ranking() {
      int[] users = IntStream.range(0, rankOf.length).filter(u -> rankOf[u] > 0).toArray();
      int[] ranks = Arrays.stream(users).map(u -> rankOf[u]).toArray();
      int[] masked = Arrays.stream(users).map(u -> maskedRankOf[u]).toArray();
      return new Ranking(
          users, ranks, masked, tied, users.length == 0 ? 0 : historyItems / users.length);
    }
  }
}
