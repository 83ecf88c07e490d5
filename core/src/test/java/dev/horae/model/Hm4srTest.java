package dev.horae.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.horae.config.ConfigException;
import dev.horae.config.ConfigReader;
import dev.horae.data.Catalogue;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.Item;
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
import dev.horae.sequence.TrainingOutput;
import dev.horae.tensor.Checkpoint;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is particular to HM4SR, with the worked numbers of the paper's log. */
class Hm4srTest {

  private static final long START = 1_700_000_000L;
  private static final long DAY = 86_400;
  private static final int ITEMS = 20;

  private record Run(NetworkConfig model) {}

  @Test
  void intervalsFallIntoTheBucketsOfTheReleasedCode() {
    long[] gaps = {0, DAY, 2 * DAY, 7 * DAY, 30 * DAY, 365 * DAY};
    assertThat(buckets(gaps, 1_000 * DAY)).containsExactly(0, 1639, 1739, 1920, 2130, 2491);
    assertThat(buckets(new long[] {DAY}, 1_000 * DAY, "log_base=2.718281828459045"))
        .containsExactly(1136);
  }

  @Test
  void bucketsAreExactAtPowersOfTwo() { // where rounding of the logarithm would lose a bucket
    long[] gaps = new long[32];
    long[] expected = new long[32];
    for (int k = 0; k < gaps.length; k++) {
      gaps[k] = (1L << k) - 1;
      expected[k] = 100L * k;
      assertThat(rows(gaps[k])).isEqualTo(expected[k] + 1);
    }
    assertThat(buckets(gaps, gaps[31])).containsExactly(expected);
  }

  @Test
  void aPauseLongerThanAnyOfTheLogTakesTheLastBucket() {
    assertThat(buckets(new long[] {29 * DAY, 30 * DAY, 31 * DAY, 90_000 * DAY}, 30 * DAY))
        .containsExactly(2125, 2130, 2130, 2130);
  }

  @Test
  void hasAsManyParametersAsTheReleasedCodeOnGamesOnceItsExpertsLearn() {
    long maxGap = 438_000_000; // 2^28.706 s: 2871 rows
    assertThat(rows(maxGap)).isEqualTo(2_871);
    int items = 10_672;
    int categories = 192;
    DataSpec games =
        new DataSpec(
            items,
            50,
            List.of(table("text", items, 768), table("image", items, 768)),
            categories,
            new float[(items + 1) * categories],
            new DataSpec.TimeRange(START - maxGap, START, maxGap));
    long trained =
        Checkpoint.parameters(build(games)).values().stream()
            .filter(Tensor::requires_grad)
            .mapToLong(Tensor::numel)
            .sum();
    assertThat(trained).isEqualTo(1_472_723);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "id text image |           | ce cp idcl pcl",
        "id            |           | ce cp idcl",
        "text          |           | ce cp pcl",
        "image         |           | ce cp pcl",
        "text image    |           | ce cp pcl",
        "id text       | time=none | ce cp idcl",
        "id text       | lambda_cp=0 lambda_idcl=0 | ce pcl",
      })
  void anyViewMayBeAbsent(String views, String settings, String losses) {
    List<FeatureTable> features = new ArrayList<>();
    for (String modality : List.of("text", "image")) {
      if (views.contains(modality)) {
        features.add(table(modality, ITEMS, modality.length()));
      }
    }
    List<String> all = new ArrayList<>(List.of("use_id=" + views.contains("id")));
    if (settings != null) {
      all.addAll(List.of(settings.split(" ")));
    }
    SequenceModel model = build(dataSpec(features, 30 * DAY), all.toArray(String[]::new));
    assertThat(model.parts()).containsExactly(views.split(" "));
    SequenceBatch batch = batch();
    model.train(true);
    try (Scope scope = Scope.training()) {
      SequenceTensors in = SequenceTensors.of(batch, new Device("cpu"));
      ItemVectors items = ItemTable.of(model);
      TrainingOutput forward = model.forward(in, items, model.draw(batch, new SplittableRandom(1)));
      List<Loss> parts = forward.plain(items.table());
      assertThat(parts).extracting(Loss::name).containsExactlyInAnyOrder(losses.split(" "));
      assertThat(parts).allSatisfy(part -> assertThat(Ops.value(part.value())).isFinite());
      Loss.total(parts).backward();
    }
    Checkpoint.parameters(model)
        .forEach(
            (name, p) -> {
              assertThat(p.grad().defined()).as("gradient of " + name).isTrue();
              assertThat(Ops.value(p.grad().abs().sum())).as(name).isFinite();
            });
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "0.3, 0.3", "0.5, 0.5", "1, 1"})
  void placeholdersTakeTheirShareOfEverySegment(String setting, double beta) {
    SequenceModel model =
        build(dataSpec(List.of(table("text", ITEMS, 4)), 30 * DAY), "beta=" + setting);
    SequenceBatch batch = batch();
    SplittableRandom random = new SplittableRandom(2);
    int[] drawn = new int[batch.items().length];
    for (int repeat = 0; repeat < 200; repeat++) {
      boolean[] chosen = ((Hm4srPlaceholders) model.draw(batch, random)).chosen();
      int[] length = new int[batch.items().length + 1];
      int[] count = new int[batch.items().length + 1];
      for (int i = 0; i < chosen.length; i++) {
        int segment = (int) batch.segments()[i];
        length[segment]++;
        count[segment] += chosen[i] ? 1 : 0;
        drawn[i] += chosen[i] ? 1 : 0;
      }
      assertThat(count[0]).as("padding").isZero();
      for (int s = 1; s < length.length; s++) {
        assertThat(count[s]).isEqualTo((int) Math.floor(length[s] * beta));
      }
    }
    if (beta == 0.5) { // every event of a segment is as likely: 2 of 5, or 80 of 200, give or take
      for (int i = 0; i < drawn.length; i++) {
        if (batch.segments()[i] != 0) {
          assertThat(drawn[i]).isBetween(50, 130);
        }
      }
    }
  }

  @Test
  void categoriesOfABatchAreThoseOfTheWholeTable() {
    float[] table = {0, 0, 0, 1, 0, 2, 0, 0, 0, 1, 1, 1}; // padding, and items 1 to 3
    DataSpec.Labels labels = DataSpec.Labels.dense(table, 4);
    assertThat(labels.starts()).containsExactly(0, 0, 3, 3, 6);
    assertThat(labels.categories()).containsExactly(0, 2, 2, 0, 1, 2);
    long[] items = {3, 0, 1, 2, 1};
    float[] wanted = new float[items.length * 3];
    for (long place : labels.places(items, 3)) {
      wanted[(int) place]++;
    }
    for (int i = 0; i < wanted.length; i++) {
      assertThat(wanted[i]).isEqualTo(table[(int) items[i / 3] * 3 + i % 3]);
    }
  }

  @Test
  void labelsOfACatalogueCountACategoryAsOftenAsItStandsInThePath() {
    Catalogue catalogue =
        new Catalogue(
            List.of(
                new Item("a", "", "", List.of("toys", "games", "toys"), ""),
                new Item("b", "", "", List.of(), ""),
                new Item("c", "", "", List.of("games"), "")));
    DataSpec.Labels labels = DataSpec.Labels.of(catalogue, catalogue.categoryIndex());
    assertThat(labels.starts()).containsExactly(0, 0, 3, 3, 4);
    assertThat(labels.categories()).containsExactly(1, 0, 1, 0);
  }

  @Test
  void scalingTheWeightIsScalingTheTable() {
    FeatureTable table = table("text", ITEMS, 4);
    float[] larger = table.values();
    for (int i = 0; i < larger.length; i++) {
      larger[i] *= 64; // a power of two: exact
    }
    float[] same = items(table);
    assertThat(items(new FeatureTable("text", "larger", 4, larger))).isEqualTo(same);
    assertThat(items(table, "feature_rms=0")).isNotEqualTo(same);
    double squares = 0;
    for (float value : table.values()) {
      squares += (double) value * value;
    }
    float[] scaled = table.values();
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] *= (float) (0.5 / Math.sqrt(squares / (ITEMS * 4)));
    }
    assertThat(items(new FeatureTable("text", "scaled", 4, scaled), "feature_rms=0"))
        .usingComparatorWithPrecision(1e-6f)
        .containsExactly(same);
  }

  @Test
  void refusesATableOfAllLayers() {
    FeatureTable states =
        new FeatureTable("text", "bert-states", ITEMS + 1, 4, 2, table("text", ITEMS, 4).vectors());
    assertThatThrownBy(() -> build(dataSpec(List.of(states), 30 * DAY)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(
            "text = bert-states holds 2 states per item, and this model reads one vector; name a"
                + " table that ``Encoding.run`` made without ``states``");
  }

  @Test
  void theIndexBugOfTheReleasedCodeNeedsACategoryPerEventOfAHistory() {
    String[] bug = {"cp_index_bug=true"};
    assertThatThrownBy(() -> build(dataSpec(List.of(), 30 * DAY), bug)) // 3 categories, 8 events
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "model.cp_index_bug = true needs as many categories as a history may have events, 8,"
                + " and the data set has 3; use false, or prepare it with max_length = 3\n"
                + "1 problem; nothing was run");
    build(dataSpec(List.of(), 30 * DAY), "cp_index_bug=true", "lambda_cp=0");
    DataSpec enough = dataSpec(List.of(), 30 * DAY, 8);
    SequenceModel model = build(enough, bug);
    try (Scope scope = Scope.inference()) {
      SequenceTensors in = SequenceTensors.of(batch(RowLayout.FULL), new Device("cpu"));
      TrainingOutput output =
          model.forward(in, ItemTable.of(model), model.draw(in.batch(), new SplittableRandom(1)));
      assertThat(output.sums()).extracting(Loss::name).containsExactly("cp");
      assertThat(Ops.value(output.sums().get(0).value())).isFinite();
    }
  }

  /** Eight events of one item in each row, so that all rows compare the same numbers. */
  @Test
  void theIndexBugIsTheMeanOverAllWorkersEvents() {
    SequenceModel model =
        build(
            dataSpec(List.of(), 30 * DAY, 8), "cp_index_bug=true", "cp_input=raw", "lambda_idcl=0");
    assertThat(model.causal()).isFalse();
    int[] items = new int[3 * 8];
    Arrays.fill(items, 5);
    Windows windows =
        Windows.latest(new Histories(new int[] {0, 8, 16, 24}, items, new long[24]), 8);
    double all = categoryLoss(model, windows.plan(0, 3, RowLayout.FULL).batch(), 24, 3);
    double share = categoryLoss(model, windows.plan(0, 1, RowLayout.FULL).batch(), 24, 3);
    double others = categoryLoss(model, windows.plan(1, 3, RowLayout.FULL).batch(), 24, 3);
    assertThat(all).isGreaterThan(0.1);
    assertThat(share).isCloseTo(all / 3, within(1e-6));
    assertThat(share + others).isCloseTo(all, within(1e-6));
  }

  private static double categoryLoss(
      SequenceModel model, SequenceBatch batch, double weight, long examples) {
    try (Scope scope = Scope.inference()) {
      SequenceTensors in = SequenceTensors.of(batch, new Device("cpu"), weight, examples);
      TrainingOutput output =
          model.forward(in, ItemTable.of(model), model.draw(batch, new SplittableRandom(1)));
      return Ops.value(output.sums().get(0).value());
    }
  }

  private static float[] items(FeatureTable table, String... settings) {
    SequenceModel model = build(dataSpec(List.of(table), 30 * DAY), settings);
    try (Scope scope = Scope.inference()) {
      return Ops.floats(model.itemVectors(0, model.itemRows(), SequenceModel.Draws.NONE));
    }
  }

  /** Rows of the interval table of a model for a log whose longest pause is {@code maxGap}. */
  private static long rows(long maxGap) {
    SequenceModel model = build(dataSpec(List.of(), maxGap), "hidden_size=2", "inner_size=2");
    return Checkpoint.parameters(model).get("time_moe.time_embedding.weight").size(0);
  }

  private static long[] buckets(long[] gaps, long maxGap, String... settings) {
    Hm4srTime time = new Hm4srTime(config(settings), 64, dataSpec(List.of(), maxGap).time());
    int[] items = new int[gaps.length + 1];
    long[] times = new long[gaps.length + 1];
    items[0] = 1;
    times[0] = START;
    for (int i = 0; i < gaps.length; i++) {
      items[i + 1] = 1;
      times[i + 1] = times[i] + gaps[i];
    }
    Histories history = new Histories(new int[] {0, items.length}, items, times);
    SequenceBatch batch =
        Windows.latest(history, items.length).inOrder(1, RowLayout.FULL).get(0).batch();
    try (Scope scope = Scope.inference()) {
      long[] all = Ops.longs(time.buckets(SequenceTensors.of(batch, new Device("cpu"))));
      assertThat(all[0]).as("the first event has no gap").isZero();
      return Arrays.copyOfRange(all, 1, all.length);
    }
  }

  private static Hm4sr.Config config(String... settings) {
    List<String> all = new ArrayList<>(List.of("model.type=hm4sr"));
    for (String setting : settings) {
      all.add("model." + setting);
    }
    return (Hm4sr.Config) ConfigReader.read(null, all, Run.class).model();
  }

  private static SequenceModel build(DataSpec dataSpec, String... settings) {
    torch.manual_seed(4);
    return config(settings).build(dataSpec);
  }

  private static DataSpec dataSpec(List<FeatureTable> features, long maxGap) {
    return dataSpec(features, maxGap, 3);
  }

  private static DataSpec dataSpec(List<FeatureTable> features, long maxGap, int categories) {
    float[] labels = new float[(ITEMS + 1) * categories];
    for (int i = 1; i <= ITEMS; i++) {
      labels[i * categories + i % categories] = 1;
    }
    return new DataSpec(
        ITEMS,
        8,
        features,
        categories,
        labels,
        new DataSpec.TimeRange(START, START + 90 * DAY, maxGap));
  }

  private static FeatureTable table(String modality, int items, int width) {
    SplittableRandom random = new SplittableRandom(7);
    float[] values = new float[(items + 1) * width];
    for (int i = width; i < values.length; i++) {
      values[i] = (float) random.nextDouble() - 0.5f;
    }
    return new FeatureTable(modality, "random", width, values);
  }

  /** Twelve histories of 7 events, so 5 inputs each, two days apart, several in a row. */
  private static SequenceBatch batch() {
    return batch(RowLayout.PACKED);
  }

  private static SequenceBatch batch(RowLayout layout) {
    int[] starts = new int[13];
    int[] items = new int[12 * 7];
    long[] times = new long[items.length];
    for (int i = 0; i < items.length; i++) {
      starts[i / 7 + 1] = i + 1;
      items[i] = 1 + i * 3 % ITEMS;
      times[i] = START + 2 * DAY * (i % 7);
    }
    return Windows.shared(Split.leaveOneOut(new Histories(starts, items, times)), 8, 1)
        .inOrder(100, layout)
        .get(0)
        .batch();
  }
}
