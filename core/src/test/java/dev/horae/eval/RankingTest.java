package dev.horae.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.horae.config.ConfigReader;
import dev.horae.data.Catalogue;
import dev.horae.data.Dataset;
import dev.horae.data.Histories;
import dev.horae.data.Item;
import dev.horae.data.Manifest;
import dev.horae.data.Progress;
import dev.horae.data.RowLayout;
import dev.horae.data.Split;
import dev.horae.data.Windows;
import dev.horae.data.Workers;
import dev.horae.model.Hm4sr;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.Explanation;
import dev.horae.sequence.ItemTable;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.NetworkScorer;
import dev.horae.sequence.Scorer;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.tensor.Checkpoint;
import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/** The fast ranking against the plain one, on a model with many equal scores. */
class RankingTest {

  private static final int ITEMS = 25;
  private static final int LENGTH = 5;

  @Test
  void agreesWithThePlainRule() {
    Histories histories = histories();
    SequenceModel model = model();
    for (Split.Part part : List.of(Split.Part.VALID, Split.Part.TEST)) {
      Ranking fast = rank(model, histories, part);
      float[][] scores = scores(model, histories, part);
      Split split = Split.leaveOneOut(histories);
      int tied = 0;
      double fromHistory = 0;
      for (int i = 0; i < fast.users().length; i++) {
        int u = fast.users()[i];
        int target = histories.items()[split.target(part, u)];
        assertThat(fast.ranks()[i]).isEqualTo(Ranks.of(scores[u], target));

        Set<Integer> seen = new HashSet<>();
        for (int e = histories.starts()[u]; e < split.target(part, u); e++) {
          seen.add(histories.items()[e]);
        }
        float[] masked = scores[u].clone();
        seen.stream().filter(item -> item != target).forEach(item -> masked[item] = -1e30f);
        assertThat(fast.maskedRanks()[i]).isEqualTo(Ranks.of(masked, target));

        float own = scores[u][target];
        tied +=
            IntStream.rangeClosed(1, ITEMS).filter(x -> scores[u][x] == own).count() > 1 ? 1 : 0;
        fromHistory += seen.stream().filter(item -> Ranks.of(scores[u], item) <= 10).count() / 10.0;
      }
      assertThat(fast.tied()).isEqualTo(tied).isPositive();
      assertThat(fast.historyShare()).isCloseTo(fromHistory / fast.users().length, within(1e-9));
    }
  }

  @Test
  void refusesScoresThatAreNotFinite() {
    SequenceModel model = model();
    Checkpoint.parameters(model)
        .get("item_embedding.weight")
        .detach()
        .fill_(new org.bytedeco.pytorch.Scalar(Double.NaN));
    assertThatThrownBy( // by one worker, the first user that has a target
            () -> Workers.limited(1, () -> rank(model, histories(), Split.Part.TEST)))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            "hm4sr gives user 2 the score NaN for item 1, which nobody can rank; the model is"
                + " damaged or its training diverged: copy the run directory again, or train anew"
                + " (a network with a lower train.learning_rate)");
  }

  @Test
  void whoAndWhatCannotBeRankedIsToldByItsIds() {
    Dataset dataset =
        new Dataset(
            Path.of("shop"),
            new Manifest(
                "shop", 1, 50, 1, 1, "kept", "file", null, true, Map.of(), Map.of(), "", Map.of()),
            new Catalogue(
                Stream.of("hat", "shoe", "sock")
                    .map(id -> new Item(id, "", "", List.of(), ""))
                    .toList()),
            List.of("ann", "bob"),
            new Histories(new int[] {0, 1, 4}, new int[] {1, 2, 1, 3}, new long[4]));
    assertThatThrownBy(
            () -> Ranking.of(new ConstantScorer(), dataset, Split.Part.TEST, Progress.SILENT))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            "constant gives user bob the score Infinity for item shoe, which nobody can rank; the"
                + " model is damaged or its training diverged: copy the run directory again, or"
                + " train anew (a network with a lower train.learning_rate)");
  }

  /** Scores every history alike. */
  private static final class ConstantScorer implements Scorer {
    @Override
    public String name() {
      return "constant";
    }

    @Override
    public int itemRows() {
      return 4;
    }

    @Override
    public int maxLength() {
      return 5;
    }

    @Override
    public void score(Windows windows, int from, int to, Receiver receiver) {
      for (int w = from; w < to; w++) {
        float infinite = Float.POSITIVE_INFINITY;
        receiver.accept(
            windows.history(w), new float[] {Float.NEGATIVE_INFINITY, 1, infinite, Float.NaN});
      }
    }

    @Override
    public Explanation explain(Histories history, int[] items) {
      throw new UnsupportedOperationException("only scores");
    }

    @Override
    public void close() {}
  }

  private static Ranking rank(SequenceModel model, Histories histories, Split.Part part) {
    try (Scorer scorer = new NetworkScorer(model, LENGTH)) {
      return Ranking.of(scorer, Split.leaveOneOut(histories), part, Progress.SILENT);
    }
  }

  private static float[][] scores(SequenceModel model, Histories histories, Split.Part part) {
    float[][] byUser = new float[histories.users()][];
    try (Scope scope = Scope.inference()) {
      Windows windows = Windows.before(Split.leaveOneOut(histories), part, LENGTH);
      SequenceTensors in =
          SequenceTensors.of(
              windows.inOrder(2_000, RowLayout.PACKED).get(0).batch(), model.device());
      ItemVectors items = ItemTable.of(model);
      float[] all = Ops.floats(model.encode(in, items).matmul(items.table().t()));
      long[] users = Ops.longs(in.histories());
      for (int i = 0; i < users.length; i++) {
        byUser[(int) users[i] - 1] =
            Arrays.copyOfRange(all, i * (ITEMS + 1), (i + 1) * (ITEMS + 1));
      }
    }
    return byUser;
  }

  /** Items 2k and 2k + 1 have the same vector, so that they always tie. */
  private static SequenceModel model() {
    torch.manual_seed(9);
    DataSpec dataSpec =
        new DataSpec(
            ITEMS,
            LENGTH,
            List.of(),
            0,
            new float[0],
            new DataSpec.TimeRange(1_700_000_000L, 1_701_000_000L, 86_400));
    SequenceModel model =
        ConfigReader.read(null, List.of("hidden_size=8", "inner_size=8"), Hm4sr.Config.class)
            .build(dataSpec);
    Tensor table = Checkpoint.parameters(model).get("item_embedding.weight").detach();
    for (int item = 2; item < ITEMS; item += 4) {
      table.select(0, item + 1).copy_(table.select(0, item));
    }
    model.eval();
    return model;
  }

  private static Histories histories() {
    SplittableRandom random = new SplittableRandom(2);
    int users = 1_200; // three blocks, so that workers share them
    int[] starts = new int[users + 1];
    int[] items = new int[users * 12];
    long[] times = new long[items.length];
    for (int u = 0; u < users; u++) {
      starts[u + 1] = starts[u] + (u == 3 ? 1 : 2 + random.nextInt(10)); // some lack a target
    }
    for (int e = 0; e < starts[users]; e++) {
      items[e] = 1 + random.nextInt(ITEMS);
      times[e] = 1_700_000_000L;
    }
    return new Histories(
        starts, Arrays.copyOf(items, starts[users]), Arrays.copyOf(times, starts[users]));
  }
}
