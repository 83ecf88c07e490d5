package dev.horae.model;

import static dev.horae.model.SmallShop.LENGTH;
import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.Golden;
import dev.horae.data.Histories;
import dev.horae.data.RowLayout;
import dev.horae.data.SequenceBatch;
import dev.horae.data.Split;
import dev.horae.data.Windows;
import dev.horae.sequence.SequenceModel;
import dev.horae.tensor.Checkpoint;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Safetensors;
import dev.horae.tensor.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is particular to TiSASRec and not in its fixtures. */
class TisasrecTest {

  @Test
  void hasAsManyParametersAsTheSpecificationSays() {
    assertThat(SmallShop.parametersOnGames("tisasrec", 0)).isEqualTo(822_464);
  }

  /** Neither positions nor intervals: SASRec whose position table is 0. */
  @Test
  void isSasrecWithoutItsTables() {
    SequenceModel one = SmallShop.model("tisasrec");
    SequenceModel other = SmallShop.model("sasrec");
    Map<String, Tensor> from = Checkpoint.parameters(one);
    from.forEach(
        (name, p) -> {
          if (name.startsWith("absolute") || name.startsWith("time_matrix")) {
            p.detach().zero_();
          }
        });
    Checkpoint.parameters(other)
        .forEach(
            (name, p) -> {
              if (name.startsWith("position")) {
                p.detach().zero_();
              } else {
                p.detach().copy_(from.get(name.replace("trm_", "ti_trm_")).detach());
              }
            });
    Windows windows = Windows.shared(Split.leaveOneOut(SmallShop.histories(9, 4, 6)), LENGTH, 1);
    assertThat(SmallShop.users(one, windows, RowLayout.PACKED))
        .usingComparatorWithPrecision(1e-5f)
        .containsExactly(SmallShop.users(other, windows, RowLayout.PACKED));
  }

  /** The last query of the first layer with a vector for each pair, as the paper has it. */
  @ParameterizedTest
  @ValueSource(strings = {"history", "window", "seconds"})
  void equalsAVectorPerPairOfEvents(String unit) {
    SequenceModel model =
        SmallShop.model("tisasrec", "layers=1", "heads=1", "time_span=40", "interval_unit=" + unit);
    Histories histories = SmallShop.histories(5, 9);
    Windows windows = Windows.latest(histories, LENGTH);
    float[] fast = SmallShop.users(model, windows, RowLayout.FULL);
    SequenceBatch batch = windows.inOrder(9, RowLayout.FULL).get(0).batch();
    float[] plain = new float[fast.length];
    for (int r = 0; r < batch.rows(); r++) {
      int length = Math.min(histories.length(r), LENGTH);
      float[] user = plainLayer(model, batch, unit, r * LENGTH, length);
      System.arraycopy(user, 0, plain, r * 8, 8);
    }
    assertThat(fast).usingComparatorWithPrecision(1e-5f).containsExactly(plain);
  }

  @Test
  void onePassPerHistoryEqualsOnePerPrefix() {
    SequenceModel model = SmallShop.model("tisasrec", "time_span=20", "interval_unit=history");
    Histories histories = SmallShop.histories(4, 12, 7, 9);
    Map<String, float[]> shared =
        SmallShop.pass(
            model, Windows.shared(Split.leaveOneOut(histories), LENGTH, 1), RowLayout.PACKED);
    Map<String, float[]> prefix =
        SmallShop.pass(
            model, Windows.prefix(Split.leaveOneOut(histories), LENGTH), RowLayout.SINGLE);
    assertThat(shared).containsOnlyKeys(prefix.keySet());
    shared.forEach(
        (name, values) ->
            assertThat(values)
                .as(name)
                .usingComparatorWithPrecision(1e-5f)
                .containsExactly(prefix.get(name)));
  }

  /** A later event that comes in haste makes the unit of the whole history shorter. */
  @ParameterizedTest
  @ValueSource(strings = {"history", "window", "seconds"})
  void onlyTheWholeHistorysUnitLooksAhead(String unit) {
    SequenceModel model = SmallShop.model("tisasrec", "interval_unit=" + unit);
    assertThat(model.causal()).isEqualTo(!unit.equals("window"));
    NetworkConfig config = SmallShop.config("tisasrec", "interval_unit=" + unit);
    assertThat(config.readsBeyondThePast().isPresent()).isEqualTo(unit.equals("history"));
    assertThat(config.name(SmallShop.dataSpec()))
        .isEqualTo(unit.equals("history") ? "tisasrec-history" : "tisasrec");
    Windows calm = Windows.prefix(Split.leaveOneOut(times(0, 900, 2_000, 3_000, 4_000)), LENGTH);
    Windows hasty = Windows.prefix(Split.leaveOneOut(times(0, 900, 2_000, 3_000, 3_001)), LENGTH);
    float[] one = SmallShop.users(model, calm, model.layout());
    float[] other = SmallShop.users(model, hasty, model.layout());
    if (unit.equals("history")) {
      assertThat(one).isNotEqualTo(other);
    } else {
      assertThat(one).isEqualTo(other);
    }
  }

  @Test
  void windowsHaveTheFixturesTimes(@TempDir Path folder) throws IOException {
    Safetensors recorded = Safetensors.read(Golden.unpack("models/tisasrec", folder));
    long[] lengths = recorded.entries().get("in.item_seq_len").longs();
    long[] times = recorded.entries().get("in.timestamps").longs();
    long[] wanted = recorded.entries().get("in.time_index_prefix").longs();
    int width = times.length / lengths.length;
    for (int h = 0; h < lengths.length; h++) {
      int length = (int) lengths[h];
      long[] own = Arrays.copyOfRange(times, h * width, h * width + length);
      int[] items = new int[length];
      Arrays.fill(items, 1);
      SequenceBatch batch =
          Windows.latest(new Histories(new int[] {0, length}, items, own), width)
              .inOrder(1, RowLayout.FULL)
              .get(0)
              .batch();
      long[] expected = Arrays.copyOfRange(wanted, h * width, (h + 1) * width);
      assertThat(PersonalisedTime.ofWindows(batch)).containsExactly(expected);
      assertThat(PersonalisedTime.ofHistories(batch)).containsExactly(expected);
    }
  }

  /** Pauses 100 and 40 of the whole history, 100 and 60 of what the windows of two events see. */
  @ParameterizedTest
  @EnumSource(RowLayout.class)
  void timesCountFromTheFirstEventOfTheHistoryOrTheWindow(RowLayout layout) {
    Windows windows =
        Windows.shared(Split.leaveOneOut(times(0, 100, 200, 240, 300, 300, 301)), 2, 1);
    Map<Long, List<Long>> ofHistory = new TreeMap<>();
    Map<Long, List<Long>> ofWindow = new TreeMap<>();
    SequenceBatch batch = windows.inOrder(100, layout).get(0).batch();
    long[] whole = PersonalisedTime.ofHistories(batch);
    long[] seen = PersonalisedTime.ofWindows(batch);
    for (int i = 0; i < whole.length; i++) {
      if (batch.segments()[i] == 0) {
        assertThat(whole[i] + seen[i]).isZero();
        continue;
      }
      ofHistory.computeIfAbsent(batch.segments()[i], s -> new ArrayList<>()).add(whole[i]);
      ofWindow.computeIfAbsent(batch.segments()[i], s -> new ArrayList<>()).add(seen[i]);
    }
    assertThat(ofHistory.values())
        .containsExactlyInAnyOrder(List.of(1L, 101L), List.of(101L, 201L), List.of(201L, 241L));
    assertThat(ofWindow.values())
        .containsExactlyInAnyOrder(List.of(1L, 2L), List.of(1L, 2L), List.of(1L, 2L));
  }

  @Test
  void theReleasedCodesFirstRowsDoNotLearn() {
    SequenceModel model = SmallShop.model("tisasrec", "train_first_rows=false", "time_span=20");
    Map<String, float[]> found =
        SmallShop.pass(
            model,
            Windows.shared(Split.leaveOneOut(SmallShop.histories(4, 12)), LENGTH, 1),
            RowLayout.PACKED);
    for (String table : List.of("absolute_pos_K", "time_matrix_emb_K", "time_matrix_emb_V")) {
      float[] gradient = found.get(table + "_embedding.weight");
      assertThat(Arrays.copyOf(gradient, 8)).as(table).containsOnly(0);
      assertThat(gradient).as(table).isNotEqualTo(new float[gradient.length]);
    }
  }

  private static Histories times(long... seconds) {
    int[] items = new int[seconds.length];
    Arrays.setAll(items, i -> i + 3);
    long[] times = Arrays.stream(seconds).map(s -> 1_700_000_000L + s).toArray();
    return new Histories(new int[] {0, items.length}, items, times);
  }

  private static float[] plainLayer(
      SequenceModel model, SequenceBatch batch, String unit, int row, int length) {
    try (Scope scope = Scope.inference()) {
      Map<String, Tensor> w = Checkpoint.parameters(model);
      String layer = "ti_trm_encoder.layer.0.";
      String attention = layer + "multi_head_attention.";
      long[] items = Arrays.copyOfRange(batch.items(), row, row + length);
      long[] clock =
          switch (unit) {
            case "history" -> PersonalisedTime.ofHistories(batch);
            case "window" -> PersonalisedTime.ofWindows(batch);
            default -> batch.times();
          };
      long last = clock[row + length - 1];
      long[] apart = new long[length];
      Arrays.setAll(apart, j -> Math.min(40, Math.abs(last - clock[row + j])));
      Tensor x = norm(w, "LayerNorm", torch.embedding(w.get("item_embedding.weight"), of(items)));
      Tensor query = x.narrow(0, length - 1, 1);
      Tensor q = linear(w, attention + "query", query);
      Tensor k =
          linear(w, attention + "key", x)
              .add(w.get("absolute_pos_K_embedding.weight").narrow(0, 0, length))
              .add(torch.embedding(w.get("time_matrix_emb_K_embedding.weight"), of(apart)));
      Tensor v =
          linear(w, attention + "value", x)
              .add(w.get("absolute_pos_V_embedding.weight").narrow(0, 0, length))
              .add(torch.embedding(w.get("time_matrix_emb_V_embedding.weight"), of(apart)));
      Tensor scores = q.matmul(k.t()).div(new Scalar(Math.sqrt(8)));
      Tensor seen = linear(w, attention + "dense", scores.softmax(-1).matmul(v));
      Tensor y = norm(w, attention + "LayerNorm", query.add(seen));
      Tensor inner = torch.gelu(linear(w, layer + "feed_forward.dense_1", y));
      Tensor z = linear(w, layer + "feed_forward.dense_2", inner);
      return Ops.floats(norm(w, layer + "feed_forward.LayerNorm", y.add(z)));
    }
  }

  private static Tensor of(long[] values) {
    return Ops.int64(values, values.length);
  }

  private static Tensor linear(Map<String, Tensor> w, String name, Tensor x) {
    return torch.linear(x, w.get(name + ".weight"), new TensorOptional(w.get(name + ".bias")));
  }

  private static Tensor norm(Map<String, Tensor> w, String name, Tensor x) {
    Tensor centred = x.sub(x.mean(new long[] {-1}, true, new ScalarTypeOptional()));
    Tensor variance = centred.square().mean(new long[] {-1}, true, new ScalarTypeOptional());
    return centred
        .div(variance.add(new Scalar(1e-12)).sqrt())
        .mul(w.get(name + ".weight"))
        .add(w.get(name + ".bias"));
  }
}
