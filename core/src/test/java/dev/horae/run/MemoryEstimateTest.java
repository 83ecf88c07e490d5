package dev.horae.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.config.ConfigException;
import dev.horae.config.ConfigReader;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.SequenceBatch;
import dev.horae.data.Split;
import dev.horae.data.Windows;
import dev.horae.sequence.BatchShape;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.SequenceModel;
import dev.horae.tensor.Checkpoint;
import dev.horae.train.Trainer;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemoryEstimateTest {

  private static final int ITEMS = 10_000;
  private static final int WIDTH = 384;

  private static MemoryEstimate estimate(String... settings) {
    return estimate(30, settings);
  }

  private static MemoryEstimate estimate(int length, String... settings) {
    RunConfig config = ConfigReader.read(null, List.of(settings), RunConfig.class);
    DataSpec dataSpec = dataSpec();
    SequenceModel model = config.network().build(dataSpec);
    return MemoryEstimate.of(
        model,
        config,
        dataSpec,
        Trainer.windows(model, Split.leaveOneOut(histories(100, length)), 50, config.train()),
        Windows.before(Split.leaveOneOut(histories(100, length)), Split.Part.TEST, 50));
  }

  private static DataSpec dataSpec() {
    return new DataSpec(
        ITEMS,
        50,
        List.of(new FeatureTable("text", "zero", WIDTH, new float[(ITEMS + 1) * WIDTH])),
        0,
        new float[0],
        new DataSpec.TimeRange(1_600_000_000, 1_700_000_000, 86_400));
  }

  private static Histories histories(int users, int length) {
    int[] starts = new int[users + 1];
    Arrays.setAll(starts, u -> u * length);
    int[] items = new int[users * length];
    Arrays.fill(items, 1);
    return new Histories(starts, items, new long[items.length]);
  }

  @Test
  void countsTheWindowsBeyondTheMaximumLength() {
    // 503 events: 500 inputs, so 450 windows of 50 beyond the first
    assertThat(estimate(503, "train.window_stride=1").activations())
        .isGreaterThan(10 * estimate(30).activations());
    assertThat(estimate(503, "train.window_stride=50").activations())
        .isLessThan(estimate(503, "train.window_stride=1").activations() / 2);
  }

  @Test
  void aBatchIsMeasuredByPlacesAndTheLengthOfTheirRows() {
    Histories none = new Histories(new int[1], new int[0], new long[0]);
    SequenceBatch low = SequenceBatch.empty(2, 10, none);
    Arrays.fill(low.items(), 0, 3, 1);
    low.targets()[2] = 5;
    assertThat(BatchShape.of(List.of(low, SequenceBatch.empty(1, 40, none)), 7))
        .isEqualTo(new BatchShape(60, 3, 2, (20 * 10 + 40 * 40) / 60, 7, 2));
    assertThat(BatchShape.of(List.of(), 0)).isEqualTo(new BatchShape(0, 0, 0, 0, 0, 0));
  }

  @Test
  void growsWithTheWorkers() {
    MemoryEstimate two = estimate("train.workers=2");
    MemoryEstimate four = estimate("train.workers=4");
    assertThat(four.scores()).isEqualTo(two.scores()); // they share a batch
    assertThat(four.itemTable()).isGreaterThan(two.itemTable());
  }

  /**
   * Each value is a float32 beside the sum of its gradients and Adam's two means; each worker has
   * the gradient that autograd finds, and each but the first a sum of its own.
   */
  @ParameterizedTest
  @CsvSource({"hm4sr, 1, 5", "hm4sr, 3, 9", "sasrec, 1, 5", "sasrec, 2, 7"})
  void countsEachTrainedValueWithWhatBelongsToIt(String model, int workers, int copies) {
    RunConfig config = ConfigReader.read(null, List.of("model.type=" + model), RunConfig.class);
    long trained = 0;
    for (Tensor parameter : Checkpoint.parameters(config.network().build(dataSpec())).values()) {
      trained += parameter.requires_grad() ? parameter.numel() : 0;
    }
    assertThat(trained).isGreaterThan(64L * ITEMS); // the table of ids alone
    assertThat(estimate("model.type=" + model, "train.workers=" + workers).parameters())
        .isEqualTo(4L * copies * trained);
  }

  @Test
  void countsFeaturesItemVectorsAndAllParts() {
    MemoryEstimate small = estimate();
    assertThat(small.features()).isEqualTo(4L * WIDTH * (ITEMS + 1));
    assertThat(small.itemTable()).isGreaterThan(2 * 4L * 2 * 64 * (ITEMS + 1)); // values, gradients
    assertThat(small.base()).isPositive();
    assertThat(small.total())
        .isEqualTo(
            small.base()
                + small.parameters()
                + small.features()
                + small.itemTable()
                + small.scores()
                + small.activations()
                + small.gaps());
  }

  @Test
  void growsWithWhatCostsMemory() {
    MemoryEstimate one = estimate();
    MemoryEstimate sampled = estimate("train.negatives=500");
    assertThat(sampled.itemTable()).isLessThan(one.itemTable());
    assertThat(sampled.parameters()).isLessThan(one.parameters());
    assertThat(estimate("train.negatives=10000").itemTable()).isEqualTo(one.itemTable()); // all
    assertThat(estimate("train.batching=prefix").activations()) // packed; of the others one a row
        .isGreaterThan(3 * one.activations());
    assertThat(estimate("model.hidden_size=256").parameters()).isGreaterThan(3 * one.parameters());
    assertThat(estimate("model.layers=8").activations()).isGreaterThan(one.activations());
  }

  @Test
  void aContrastThatTheRunNeverComesToIsNotCounted() {
    assertThat(estimate("model.type=ticoserec", "train.epochs=41").activations())
        .isGreaterThan(estimate("model.type=ticoserec", "train.epochs=40").activations());
  }

  @ParameterizedTest
  @CsvSource({
    "hm4sr, hidden_size, 4096",
    "hm4sr, inner_size, 16384",
    "hm4sr, layers, 64",
    "hm4sr, interactive_experts, 256",
    "hm4sr, temporal_experts, 256",
    "gru4rec, embedding_size, 4096",
    "gru4rec, hidden_size, 4096",
    "gru4rec, layers, 64",
    "lrurec, hidden_size, 4096",
    "lrurec, layers, 64",
    "m3srec, specific_layers, 64",
    "m3srec, shared_layers, 64",
    "m3srec, specific_experts, 256",
    "m3srec, shared_experts, 256",
    "unisrec, experts, 256",
    "iisan, adapter_size, 4096",
    "dif-sr, attribute_size, 4096",
    "tisasrec, time_span, 100000",
    "ticoserec, hidden_size, 4096"
  })
  void aSizeThatWouldFillTheMemoryIsRefusedBeforeAnythingIsBuilt(
      String model, String key, int most) {
    for (int value : new int[] {2 * most, 1 << 30}) {
      List<String> settings = List.of("model.type=" + model, "model." + key + "=" + value);
      assertThatThrownBy(() -> ConfigReader.read(null, settings, RunConfig.class))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("model." + key + " = " + value + " is more than " + most + "; ");
    }
  }

  @Test
  void gapsGrowWithTheStepsOfARun() {
    assertThat(estimate("train.epochs=1").gaps()).isLessThan(estimate("train.epochs=9").gaps());
    assertThat(estimate("train.epochs=100000", "model.layers=8").gaps()).isEqualTo(600_000_000);
  }

  @Test
  void refusesWhatDoesNotFitAndSaysWhatWould() {
    MemoryEstimate estimate =
        new MemoryEstimate(
            310_000_000L,
            1_600_000_000L,
            70_000_000L,
            20_000_000L,
            400_499_999L,
            9_000_000_000L,
            10_000);
    long withoutFeatures = estimate.total() - estimate.features();
    assertThatCode(() -> estimate.requireFits(withoutFeatures, 0)).doesNotThrowAnyException();
    assertThatThrownBy(() -> estimate.requireFits(withoutFeatures, 1))
        .isInstanceOf(ConfigException.class);
    assertThatThrownBy(() -> estimate.requireFits(13_000_000_000L, 3_000_000_000L))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "training needs about 14.9 GB (before it 310 MB, room for the Java heap 3.0 GB,"
                + " parameters 1.6 GB, item table 20 MB, scores 400 MB, activations 9.0 GB, gaps"
                + " 600 MB) but the machine has 13.0 GB; lower train.batch_size, choose"
                + " train.batching=shared, lower model.hidden_size, or give Java a smaller heap\n"
                + "1 problem; nothing was run");
    assertThat(estimate)
        .hasToString(
            """
            data set, Java and libraries         310 MB
            parameters, gradients, Adam          1.6 GB
            feature files (can be read again)     70 MB
            item vectors of a step                20 MB
            scores of a step                     400 MB
            activations of a step                9.0 GB
            gaps between freed blocks            600 MB
            memory planned                      12.0 GB\
            """
                .indent(2)
                .stripTrailing());
    MemoryEstimate real = estimate();
    assertThatThrownBy(() -> real.requireFits(1_000_000, 0))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("but the machine has 1 MB");
    assertThatCode(real::requireFits).doesNotThrowAnyException();
  }

  @Test
  void nodesThatShareAMemoryAreRefusedWhereItIsTooSmallForAll() {
    MemoryEstimate.Share here =
        new MemoryEstimate.Share("here", 500_000_000, 150_000_000, 1_200_000_000);
    MemoryEstimate.Share there =
        new MemoryEstimate.Share("there", 510_000_000, 200_000_000, 1_220_000_000);
    assertThatCode(() -> MemoryEstimate.requireFitTogether(List.of(here, there, here, there)))
        .doesNotThrowAnyException();
    assertThatThrownBy(
            () -> MemoryEstimate.requireFitTogether(List.of(here, there, here, there, here)))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith(
            "nodes 0, 2, 4 are on one machine, which has 1.2 GB, and need about 1.5 GB together and"
                + " room for a Java heap, 150 MB; start fewer there, lower train.batch_size or"
                + " model.hidden_size, or give Java smaller heaps");
  }
}
