package dev.horae.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.horae.bench.ScalePlan.Stage;
import dev.horae.config.ConfigReader;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ScalePlanTest {

  /** One machine of one core: compute is work over throughput, and nothing is exchanged. */
  private static final String[] ALONE = {
    "events=1e6",
    "users=1e5",
    "items=1e4",
    "nodes=1",
    "cores=1",
    "epochs=2",
    "validation_users=1",
    "measured.start=5",
    "measured.prepare_events=1e4",
    "measured.encode_items=100",
    "measured.driver_events=1e5",
    "measured.train_targets=7e3",
    "measured.score_pairs=1e8",
    "measured.score_users=1e4"
  };

  private static ScalePlan plan(String... settings) {
    return ConfigReader.read(null, List.of(settings), ScalePlan.class);
  }

  private static Map<String, Stage> stages(String... settings) {
    return plan(settings).stages().stream()
        .collect(Collectors.toMap(Stage::name, Function.identity()));
  }

  private static String[] and(String[] some, String... more) {
    String[] all = Arrays.copyOf(some, some.length + more.length);
    System.arraycopy(more, 0, all, some.length, more.length);
    return all;
  }

  @Test
  void aCoreAloneDoesItsWorkAtItsThroughput() {
    Map<String, Stage> stages = stages(ALONE);
    assertThat(stages.get("prepare").seconds()).isEqualTo(100 + 10 + 5);
    assertThat(stages.get("encode").seconds()).isEqualTo(100 + 5);
    double targets = 2 * (1e6 - 3e5);
    double tested = 1e5 * 1e4 / 1e8 + 1e5 / 1e4; // all users, once
    assertThat(stages.get("train").seconds()).isCloseTo(targets / 7e3 + tested + 5, within(0.01));
    assertThat(stages.get("batch-score").seconds()).isEqualTo(10 + 10 + 5);
    assertThat(stages.values()).allMatch(stage -> stage.networkBytes() == 0);
    assertThat(stages.get("prepare").cost()).isCloseTo(115 / 3600.0 * 0.05, within(1e-9));
  }

  @Test
  void moreMachinesShareWorkAndExchangeBytes() {
    String[] eight = and(ALONE, "nodes=8", "cores=16", "measured.efficiency=1", "measured.start=0");
    Map<String, Stage> stages = stages(eight);
    for (String name : List.of("encode", "batch-score")) {
      assertThat(stages.get(name).seconds())
          .isCloseTo(
              stages(and(ALONE, "measured.start=0")).get(name).seconds() / 128, within(1e-9));
    }
    Stage slow =
        stages(
                and(
                    eight,
                    "network=0.001",
                    "measured.network_share=1",
                    "measured.prepare_bytes=100",
                    "measured.driver_events=1e30"))
            .get("prepare");
    assertThat(slow.networkBytes()).isEqualTo(1e6 * 100 * 7 / 8); // a machine keeps its own
    assertThat(slow.seconds())
        .isCloseTo(slow.networkBytes() / 8 / (0.001 * 1e9 / 8), within(1e-6))
        .isGreaterThan(slow.computeSeconds());
    Stage train = stages(eight).get("train");
    assertThat(train.seconds())
        .isCloseTo(train.computeSeconds() + train.networkSeconds(), within(1e-9));
  }

  @Test
  void aGpuDoesWhatIsProductsOfMatrices() {
    String[] settings = {"nodes=1", "cores=16", "items=1e6", "users=1e6", "events=1e7"};
    Map<String, Stage> cores = stages(settings);
    Map<String, Stage> gpu = stages(and(settings, "gpu=200"));
    for (String name : List.of("encode", "train", "batch-score")) {
      assertThat(gpu.get(name).seconds()).as(name).isLessThan(cores.get(name).seconds());
    }
    assertThat(gpu.get("prepare").seconds()).isEqualTo(cores.get("prepare").seconds());
    double flops = 2.0 * 64 * 1e12;
    assertThat(gpu.get("batch-score").computeSeconds()).isCloseTo(flops / 200e12, within(1e-9));
  }

  @Test
  void memoryIsWhatAMachineHoldsAtItsPeak() {
    String[] settings =
        and(
            ALONE,
            "cores=4",
            "measured.process=1e8",
            "measured.heap=2",
            "measured.event_memory=10",
            "measured.user_memory=100",
            "measured.item_memory=200",
            "measured.text_memory=300",
            "measured.run_memory=400",
            "measured.task_memory=1e9");
    Map<String, Stage> stages = stages(settings);
    assertThat(stages.get("prepare").memory().main()).isEqualTo(4e9);
    double dataset = 1e8 + 2 * (1e6 * 10 + 1e5 * 100 + 1e4 * 200);
    assertThat(stages.get("encode").memory().main()).isEqualTo(dataset + 2 * 1e4 * 300);
    double vectors = 4 * 64 * 1e4; // bytes
    double scores = 64 << 20;
    double scoring = 1e8 + 2 * 1e4 * 400 + 4 * vectors + 4 * scores;
    assertThat(stages.get("batch-score").memory().main()).isCloseTo(scoring, within(1e5));
    assertThat(stages(and(settings, "nodes=2")).get("batch-score").memory().main()) // sent
        .isCloseTo(scoring + 2 * vectors, within(1e5));
    double known = dataset + 2 * (1e5 * 54 + 1e6 * 19);
    assertThat(stages.get("train").memory().main()).isBetween(known, known + 1e9);
    assertThat(stages.values()).allMatch(stage -> stage.memory().gpu() == 0);
  }

  /** Values, two means, and three times the vectors for ranking are what grows with items. */
  @Test
  void trainingHoldsWhatItsOwnPlanSays() {
    String[] many = and(ALONE, "measured.item_memory=0", "items=1e7");
    double more =
        stages(and(many, "items=2e7")).get("train").memory().main()
            - stages(many).get("train").memory().main();
    assertThat(more).isCloseTo(1e7 * 4 * (6 * 64 + 1), within(1e7)); // 1: a row of scores
  }

  @Test
  void aGpuHoldsTheModelAndTheMachineTheData() {
    String[] onGpu = {"nodes=1", "gpu=200", "measured.user_memory=0", "measured.event_memory=0"};
    Map<String, Stage> stages = stages(onGpu);
    Map<String, Stage> smaller = stages(and(onGpu, "items=1e6"));
    for (String name : List.of("train", "batch-score")) {
      assertThat(stages.get(name).memory().gpu())
          .as(name)
          .isGreaterThan(9e6 * 4 * 64 * 4)
          .isGreaterThan(smaller.get(name).memory().gpu());
      assertThat(stages.get(name).memory().main()).as(name).isGreaterThan(1e7 * 215);
    }
  }

  @Test
  void whatDoesNotFitIsSaid() {
    assertThat(plan("memory=1e6", "gpu=200", "gpu_memory=1e6").shortages()).isEmpty();
    assertThat(plan("measured.task_memory=2e9", "cores=2", "memory=3.9").shortages().get(0))
        .isEqualTo("prepare does not fit: a machine needs 4.00 GB and has 3.9 (memory)");
    assertThat(plan("memory=1e6", "gpu=200", "gpu_memory=1").shortages())
        .hasSize(2)
        .allMatch(line -> line.matches("(train|batch-score) .* a GPU needs .* 1 \\(gpu_memory\\)"));
  }

  @Test
  void amountsAreShort() {
    assertThat(ScalePlan.amount(1e9)).isEqualTo("1 B");
    assertThat(ScalePlan.amount(12_500_000)).isEqualTo("12.5 M");
    assertThat(ScalePlan.amount(300_000)).isEqualTo("300 k");
    assertThat(ScalePlan.amount(8)).isEqualTo("8");
    assertThat(ScalePlan.amount(2e15)).isEqualTo("2000 T");
  }
}
