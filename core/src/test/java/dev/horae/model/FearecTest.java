package dev.horae.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.Close;
import dev.horae.Golden;
import dev.horae.config.ConfigException;
import dev.horae.config.ConfigReader;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.Json;
import dev.horae.data.RowLayout;
import dev.horae.data.SequenceBatch;
import dev.horae.data.Split;
import dev.horae.data.Windows;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.ItemTable;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.Loss;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.sequence.SoftmaxLoss;
import dev.horae.sequence.TrainingHooks;
import dev.horae.tensor.Checkpoint;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Safetensors;
import dev.horae.tensor.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is particular to FEARec, with worked numbers. */
class FearecTest {

  private static final int ITEMS = 9;

  @TempDir Path folder;

  private record Run(NetworkConfig model) {}

  @ParameterizedTest
  @CsvSource({
    "2, 1.0, 0, 26, 0, 26",
    "2, 0.8, 5, 26, 0, 21",
    "2, 0.6, 10, 26, 0, 16",
    "2, 0.4, 13, 26, 0, 13",
    "2, 0.2, 13, 26, 0, 13",
    "3, 0.6, 10, 26, 5, 21"
  })
  void bandsFallFromLayerToLayer(int layers, double ratio, int a, int b, int c, int d) {
    assertThat(Fearec.window(50, layers, ratio, 0)).containsExactly(a, b);
    assertThat(Fearec.window(50, layers, ratio, 1)).containsExactly(c, d);
  }

  @Test
  void theThirdOfThreeLayersSeesTheLowest() {
    assertThat(Fearec.window(50, 3, 0.6, 2)).containsExactly(0, 16);
  }

  @Test
  void aSingleLayerSeesEverything() {
    assertThat(Fearec.window(50, 1, 0.6, 0)).containsExactly(0, 26);
  }

  @ParameterizedTest
  @CsvSource({"4, 4, 0.25, 4", "2, 3, 0.25, 3", "1, 2, 0.3, 2"})
  void aLayerWithoutFrequenciesIsRefused(int length, int layers, String ratio, int empty) {
    assertThatThrownBy(() -> model(length, "layers=" + layers, "global_ratio=" + ratio))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(
            "model.layers = %s and model.global_ratio = %s leave layer %s no frequency of histories"
                    .formatted(layers, ratio, empty)
                + " of max_length = %s; use fewer layers or a larger ratio".formatted(length));
    assertThat(model(length, "layers=" + layers, "global_ratio=1")).isNotNull();
  }

  @Test
  void bandsAreThoseOfTheOfficialCode() throws IOException {
    Path file = Golden.unpack("models/fearec", folder);
    JsonNode table = Json.read(Json.sidecar(file), JsonNode.class).path("windows_table");
    assertThat(table).hasSizeGreaterThan(50);
    for (JsonNode row : table) {
      assertThat(
              Fearec.window(
                  row.path("L").asInt(),
                  row.path("n_layers").asInt(),
                  row.path("global_ratio").asDouble(),
                  row.path("layer").asInt()))
          .as(row.toString())
          .containsExactly(row.path("left").asInt(), row.path("right").asInt());
    }
  }

  @Test
  void keepsThreeElevenOrNineteenDelaysOfFifty() {
    assertThat(Fearec.topk(50, 1)).isEqualTo(3);
    assertThat(Fearec.topk(50, 3)).isEqualTo(11);
    assertThat(Fearec.topk(50, 5)).isEqualTo(19);
    assertThat(Fearec.topk(2, 1)).isEqualTo(1);
    assertThat(Fearec.topk(4, 99)).isEqualTo(4);
  }

  /** More rows than a block has, of all lengths, in no order. */
  @ParameterizedTest
  @CsvSource({
    "0.6, 0.1, true, true",
    "0.6, 0.1, true, false",
    "1, 0.4, false, false",
    "0.8, 0.9, true, true",
    "0.4, 0, true, false"
  })
  void inBlocksItEqualsThePlainTwin(
      double globalRatio, double share, boolean limited, boolean training) {
    SequenceModel model =
        SmallShop.model(
            "fearec",
            "layers=2",
            "contrast=none",
            "global_ratio=" + globalRatio,
            "spatial_ratio=" + share,
            "dual_domain=" + (share > 0),
            "band_limit_attention=" + limited,
            "topk_factor=1.2"); // two delays of six places
    model.train(training);
    SequenceBatch batch = SmallShop.prefixes(9, 4, 12, 5, 14, 6, 3, 11, 8, 7, 13);
    try (Scope scope = Scope.training()) {
      Tensor plain =
          new PlainTwins(model, batch, 2, 2).fearec(globalRatio, 2, share, limited, training);
      Tensor ours = model.encode(SequenceTensors.of(batch, model.device()), ItemTable.of(model));
      assertThat(Ops.floats(ours))
          .usingComparatorWithPrecision(2e-5f)
          .containsExactly(Ops.floats(plain));
      Map<String, float[]> gradients = PlainTwins.gradients(model, ours);
      PlainTwins.gradients(model, plain)
          .forEach(
              (name, gradient) -> Close.assertClose(gradients.get(name), gradient, 1e-4f, name));
    }
  }

  @Test
  void withoutFrequenciesAndContrastItIsSasrec() {
    SequenceModel fearec =
        model(6, "spatial_ratio=1", "band_limit_attention=false", "contrast=none");
    SequenceModel sasrec =
        ConfigReader.read(null, List.of("model.type=sasrec"), Run.class).model().build(dataSpec(6));
    Map<String, Safetensors.Entry> renamed = new LinkedHashMap<>();
    Checkpoint.save(fearec, Map.of())
        .entries()
        .forEach(
            (name, entry) ->
                renamed.put(
                    name.replace("item_encoder", "trm_encoder")
                        .replace("hybrid_attention", "multi_head_attention")
                        .replace("_layer.", "."),
                    entry));
    Checkpoint.load(sasrec, new Safetensors(Map.of(), renamed), Path.of("fearec"));
    SequenceBatch batch =
        Windows.latest(histories(4, 6, 2, 5), 6).inOrder(9, RowLayout.FULL).get(0).batch();
    assertThat(users(fearec, batch))
        .usingComparatorWithPrecision(2e-6f)
        .containsExactly(users(sasrec, batch));
  }

  private static float[] users(SequenceModel model, SequenceBatch batch) {
    model.eval();
    try (Scope scope = Scope.inference()) {
      SequenceTensors in = SequenceTensors.of(batch, model.device());
      return Ops.floats(model.encode(in, ItemTable.of(model)));
    }
  }

  @Test
  void pairsFindEachOtherAmongAllOthers() { // the numbers of SimCLR's loss worked out by hand
    try (Scope scope = Scope.inference()) {
      Tensor u = Ops.float32(new float[] {1, 0, 0, 1}, 2, 2);
      Tensor v = Ops.float32(new float[] {.9f, .1f, .2f, .8f}, 2, 2);
      Tensor pairs = Ops.int64(new long[] {Long.MAX_VALUE - 1, Long.MAX_VALUE}, 2);
      Loss loss = SoftmaxLoss.ofPairs("ntx", 0.1, u, v, pairs, 1).plain(null);
      assertThat(Ops.value(loss.value())).isCloseTo(0.686872, within(1e-6));
      assertThat(loss.weight()).isEqualTo(0.1);
    }
  }

  /** padding_idx of the official code: where padding is looked up, it does not learn. */
  @ParameterizedTest
  @ValueSource(strings = {"fearec", "tedrec"})
  void paddingThatIsReadDoesNotLearn(String name) {
    SequenceModel model = model(name, 6, "mask_padding=true");
    Histories histories = histories(5, 3);
    model.fitStatistics(Split.leaveOneOut(histories).training());
    model.train(true);
    SequenceBatch batch =
        Windows.prefix(Split.leaveOneOut(histories), 6).inOrder(9, RowLayout.FULL).get(0).batch();
    try (Scope scope = Scope.training()) {
      SequenceTensors in = SequenceTensors.of(batch, model.device());
      TrainingHooks.Draws draws = model.draw(batch, new SplittableRandom(1));
      ItemVectors items = ItemVectors.of(model.itemVectors(0, ITEMS + 1, draws));
      Loss.total(model.forward(in, items, draws).plain(items.table())).backward();
      float[] gradient =
          Ops.floats(Checkpoint.parameters(model).get("item_embedding.weight").grad());
      int d = gradient.length / (ITEMS + 1);
      assertThat(Arrays.copyOf(gradient, d)).containsOnly(0);
      assertThat(Arrays.copyOfRange(gradient, d, 2 * d)).doesNotContain(0);
    }
  }

  @Test
  void drawsAnotherPrefixWithTheSameTarget() {
    // Targets that may be learnt from: 5 after (1), after (2, 6) and after (5); 6 after (2).
    Histories training =
        new Histories(new int[] {0, 2, 5, 5, 7}, new int[] {1, 5, 2, 6, 5, 5, 5}, new long[7]);
    SameTarget index = new SameTarget(training);
    Histories all =
        new Histories(
            new int[] {0, 4, 9, 9, 13},
            new int[] {1, 5, 3, 3, 2, 6, 5, 3, 3, 5, 5, 3, 3},
            new long[13]);
    SequenceBatch batch =
        Windows.prefix(Split.leaveOneOut(all), 4).inOrder(99, RowLayout.FULL).get(0).batch();
    Map<Integer, Set<String>> drawn = new HashMap<>();
    for (int seed = 0; seed < 40; seed++) {
      Fearec.Pairs pairs = index.draw(batch, 7, new SplittableRandom(seed));
      assertThat(pairs.first()).isEqualTo(7);
      for (int i = 0; i < pairs.sizes().length; i++) {
        long[] items = Arrays.copyOfRange(pairs.items(), i * 4, i * 4 + 4);
        assertThat(Arrays.stream(items).filter(item -> item != 0)).hasSize(pairs.sizes()[i]);
        drawn.computeIfAbsent(i, none -> new HashSet<>()).add(Arrays.toString(items));
      }
    }
    assertThat(drawn)
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                0, Set.of("[2, 6, 0, 0]", "[5, 0, 0, 0]"), // of (1)
                1, Set.of("[2, 0, 0, 0]"), // of (2): the only one before a 6 is its own
                2, Set.of("[1, 0, 0, 0]", "[5, 0, 0, 0]"), // of (2, 6)
                3, Set.of("[1, 0, 0, 0]", "[2, 6, 0, 0]"))); // of (5)
  }

  @Test
  void knowsItsOwnPrefixWhereTheWindowIsCutOff() {
    int[] items = {1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 8};
    Histories training = new Histories(new int[] {0, items.length}, items, new long[items.length]);
    int[] longer = Arrays.copyOf(items, items.length + 2);
    Arrays.fill(longer, items.length, longer.length, 9);
    Histories all = new Histories(new int[] {0, longer.length}, longer, new long[longer.length]);
    SequenceBatch batch =
        Windows.prefix(Split.leaveOneOut(all), 3).inOrder(99, RowLayout.FULL).get(0).batch();
    SameTarget index = new SameTarget(training);
    for (int seed = 0; seed < 20; seed++) {
      Fearec.Pairs pairs = index.draw(batch, 0, new SplittableRandom(seed));
      // (2, 3, 4) and (6, 7, 4) both precede 5: each draws the other.
      assertThat(Arrays.copyOfRange(pairs.items(), 3 * 3, 3 * 3 + 3)).containsExactly(6, 7, 4);
      assertThat(Arrays.copyOfRange(pairs.items(), 7 * 3, 7 * 3 + 3)).containsExactly(2, 3, 4);
    }
  }

  private static SequenceModel model(int length, String... settings) {
    return model("fearec", length, settings);
  }

  private static SequenceModel model(String name, int length, String... settings) {
    torch.manual_seed(3);
    List<String> all = new ArrayList<>(List.of("model.type=" + name));
    for (String setting : settings) {
      all.add("model." + setting);
    }
    return ConfigReader.read(null, all, Run.class).model().build(dataSpec(length));
  }

  private static DataSpec dataSpec(int length) {
    SplittableRandom random = new SplittableRandom(1);
    float[] text = new float[(ITEMS + 1) * 5];
    for (int i = 5; i < text.length; i++) {
      text[i] = (float) random.nextGaussian();
    }
    return new DataSpec(
        ITEMS,
        length,
        List.of(new FeatureTable("text", "random", 5, text)),
        0,
        new float[0],
        new DataSpec.TimeRange(0, 0, 0));
  }

  private static Histories histories(int... lengths) {
    int[] starts = new int[lengths.length + 1];
    for (int u = 0; u < lengths.length; u++) {
      starts[u + 1] = starts[u] + lengths[u];
    }
    int[] items = new int[starts[lengths.length]];
    Arrays.setAll(items, e -> 1 + (e * 4) % ITEMS);
    return new Histories(starts, items, new long[items.length]);
  }
}
