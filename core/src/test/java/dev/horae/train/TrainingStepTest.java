package dev.horae.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.horae.Close;
import dev.horae.config.ConfigReader;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.RowLayout;
import dev.horae.data.SequenceBatch;
import dev.horae.data.Split;
import dev.horae.data.Windows;
import dev.horae.model.Hm4sr;
import dev.horae.model.NetworkConfig;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.Loss;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.sequence.TrainingHooks.Draws;
import dev.horae.tensor.Checkpoint;
import dev.horae.tensor.Group;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The step of many workers and hand-written gradients against autograd on the whole batch. */
class TrainingStepTest {

  private static final int ITEMS = 40;
  static final int LENGTH = 6;

  static Stream<List<String>> settings() {
    List<List<String>> all = new ArrayList<>();
    for (String duplicates : new String[] {"drop", "zero", "keep"}) {
      for (String own : new String[] {"keep", "drop"}) {
        all.add(List.of("duplicates=" + duplicates, "same_history=" + own));
      }
    }
    all.add(List.of("mask_padding=false", "cp_input=raw", "lambda_idcl=0.5", "lambda_pcl=0.3"));
    all.add(List.of("use_id=false"));
    all.add(List.of("time=none", "interactive_moe=false", "lambda_cp=0"));
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("settings")
  void equalsThePlainTwin(List<String> settings) {
    SequenceModel model = model(settings, "dropout=0", "attention_dropout=0");
    Windows.Plan plan =
        Windows.shared(Split.leaveOneOut(histories(9, 14, 3, 8, 5, 11)), LENGTH, 1)
            .inOrder(99, RowLayout.PACKED)
            .get(0);
    Draws draws = model.draw(plan.batch(), new SplittableRandom(5));
    Result plain = plain(model, plan.batch(), draws);
    Result fast = step(model, List.of(plan.batch()), List.of(draws), 1);
    assertClose(fast, plain);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 30})
  void workersShareABatchExactly(int workers) {
    // Without placeholders: they are drawn by place, and places differ between shards and the
    // whole.
    SequenceModel model = model(List.of(), "dropout=0", "attention_dropout=0", "lambda_pcl=0");
    Windows.Plan plan =
        Windows.shared(Split.leaveOneOut(histories(9, 14, 3, 8, 5, 11)), LENGTH, 1)
            .inOrder(99, RowLayout.PACKED)
            .get(0);
    Result plain = plain(model, plan.batch(), Draws.NONE);
    List<SequenceBatch> shards = plan.shards(workers);
    assertThat(shards).hasSize(workers);
    Result fast = step(model, shards, shards.stream().map(s -> Draws.NONE).toList(), workers);
    assertClose(fast, plain);
  }

  private record Chosen(NetworkConfig model) {}

  /**
   * Tables read whole by a loss of the model's own; inputs that are not what is scored; queries
   * that are no examples; an empty shard.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "type=core temperature=1 session_dropout=0 item_dropout=0 attention_dropout=0",
        "type=gru4rec",
        "type=lrurec recurrence_dropout=0 first_item_label=true",
        "type=m3srec lambda_aux=0.3 tau=1 attention_dropout=0",
        "type=missrec inner_size=24 temperature=1 gamma=0.00001 attention_dropout=0"
      })
  void otherModelsShareABatchExactlyToo(String settings) {
    List<String> all = new ArrayList<>();
    for (String setting : (settings + " hidden_size=16 dropout=0").split(" ", -1)) {
      all.add("model." + setting);
    }
    for (int workers : new int[] {1, 3, 40}) {
      SequenceModel model = ConfigReader.read(null, all, Chosen.class).model().build(dataSpec());
      model.startEpoch(0, new SplittableRandom(4));
      model.train(true);
      Histories histories = histories(9, 14, 3, 8, 5, 11);
      Windows windows =
          model.causal()
              ? Windows.shared(Split.leaveOneOut(histories), LENGTH, 1)
              : Windows.prefix(Split.leaveOneOut(histories), LENGTH);
      Windows.Plan plan = windows.inOrder(99, model.layout()).get(0);
      Result plain = plain(model, plan.batch(), Draws.NONE);
      List<SequenceBatch> shards = plan.shards(workers);
      assertClose(
          step(model, shards, shards.stream().map(s -> Draws.NONE).toList(), workers), plain);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void theNormOfGradientsIsThatOfAllWorkersTogether(int workers) {
    SequenceModel model = model(List.of(), "dropout=0", "attention_dropout=0", "lambda_pcl=0");
    Windows.Plan plan =
        Windows.shared(Split.leaveOneOut(histories(9, 14, 3, 8, 5, 11)), LENGTH, 1)
            .inOrder(99, RowLayout.PACKED)
            .get(0);
    Map<String, float[]> plain = plain(model, plan.batch(), Draws.NONE).gradients();
    double squares = 0;
    for (float[] gradient : plain.values()) {
      for (float g : gradient) {
        squares += (double) g * g;
      }
    }
    double limit = Math.sqrt(squares) / 4;
    Adam adam = new Adam(model, new Adam.Rule(0.001, 1e-8, 0, false, limit));
    List<SequenceBatch> shards = plan.shards(workers);
    new TrainingStep(model, adam, workers, false, false, Group.alone())
        .run(
            TrainingStep.Shards.of(shards, shards.stream().map(s -> Draws.NONE).toList(), null), 7);
    gradients(model)
        .forEach(
            (name, clipped) -> {
              float[] full = plain.getOrDefault(name, new float[clipped.length]); // 0 if unused
              for (int i = 0; i < clipped.length; i++) {
                assertThat(clipped[i]).as(name).isCloseTo(full[i] / 4, within(3e-6f));
              }
            });
  }

  @Test
  void placeholdersMeetEverybodysPlaceholders() {
    SequenceModel model = model(List.of("beta=1"), "dropout=0", "attention_dropout=0");
    Windows.Plan plan =
        Windows.shared(Split.leaveOneOut(histories(9, 14, 3, 8, 5, 11)), LENGTH, 1)
            .inOrder(99, RowLayout.PACKED)
            .get(0);
    SplittableRandom random = new SplittableRandom(1); // beta = 1 replaces all: nothing is drawn
    Result plain = plain(model, plan.batch(), model.draw(plan.batch(), random));
    List<SequenceBatch> shards = plan.shards(2);
    Result fast = step(model, shards, shards.stream().map(s -> model.draw(s, random)).toList(), 2);
    assertThat(fast.losses().keySet()).contains("pcl");
    assertClose(fast, plain);
  }

  /** The large products in bfloat16: every loss and the gradients' direction stay. */
  @Test
  void bfloat16IsClose() {
    SequenceModel model = model(List.of("lambda_pcl=0"), "dropout=0", "attention_dropout=0");
    Windows.Plan plan =
        Windows.shared(Split.leaveOneOut(histories(9, 14, 3, 8, 5, 11)), LENGTH, 1)
            .inOrder(99, RowLayout.PACKED)
            .get(0);
    Result plain = plain(model, plan.batch(), Draws.NONE);
    model.useBfloat16();
    Adam adam = new Adam(model, Adam.Rule.of(0.001));
    TrainingStep.Shards shards =
        TrainingStep.Shards.of(plan.shards(2), List.of(Draws.NONE, Draws.NONE), null);
    Map<String, Double> losses =
        new TrainingStep(model, adam, 2, false, true, Group.alone()).run(shards, 7);
    plain
        .losses()
        .forEach(
            (name, value) -> assertThat(losses.get(name)).as(name).isCloseTo(value, within(0.01)));
    float[] ours = gradients(model).get("txt_projection.weight");
    float[] theirs = plain.gradients().get("txt_projection.weight");
    double product = 0;
    double mine = 0;
    double exact = 0;
    for (int i = 0; i < ours.length; i++) {
      product += (double) ours[i] * theirs[i];
      mine += (double) ours[i] * ours[i];
      exact += (double) theirs[i] * theirs[i];
    }
    assertThat(ours).isNotEqualTo(theirs);
    assertThat(product / Math.sqrt(mine * exact)).isGreaterThan(0.999);
  }

  @Test
  void equalSeedsGiveEqualBits() {
    Windows.Plan plan =
        Windows.shared(Split.leaveOneOut(histories(9, 14, 3, 8, 5, 11)), LENGTH, 1)
            .inOrder(99, RowLayout.PACKED)
            .get(0);
    List<Map<String, float[]>> results = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      SequenceModel model = model(List.of("lambda_pcl=0"));
      List<SequenceBatch> shards = plan.shards(2);
      results.add(step(model, shards, List.of(Draws.NONE, Draws.NONE), 2).gradients());
    }
    results
        .get(0)
        .forEach((name, values) -> assertThat(values).isEqualTo(results.get(1).get(name)));
  }

  /** A native exception and a Java one, of each worker, before the others or after them. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  @Timeout(60) // what breaks shows as a hang
  void theFailureOfAWorkerIsReportedAndTheNextStepWorks(int workers) {
    SequenceModel model = model(List.of("lambda_pcl=1"));
    TrainingStep step =
        new TrainingStep(
            model, new Adam(model, Adam.Rule.of(0.001)), workers, false, false, Group.alone());
    Windows.Plan plan =
        Windows.shared(Split.leaveOneOut(histories(9, 14, 3, 8)), LENGTH, 1)
            .inOrder(99, RowLayout.PACKED)
            .get(0);
    List<Draws> draws =
        plan.shards(workers).stream().map(s -> model.draw(s, new SplittableRandom(1))).toList();
    for (int failing = 0; failing < workers; failing++) {
      List<SequenceBatch> spoilt = plan.shards(workers);
      spoilt.get(failing).items()[0] = ITEMS + 1; // there is no such item
      assertThatThrownBy(() -> step.run(TrainingStep.Shards.of(spoilt, draws, null), 1))
          .isInstanceOf(RuntimeException.class)
          .hasMessageContaining("index")
          .hasNoSuppressedExceptions();
      List<Draws> foreign = new ArrayList<>(draws);
      foreign.set(failing, new Draws() {});
      assertThatThrownBy(
              () -> step.run(TrainingStep.Shards.of(plan.shards(workers), foreign, null), 1))
          .isInstanceOf(ClassCastException.class)
          .hasNoSuppressedExceptions();
      assertThat(step.run(TrainingStep.Shards.of(plan.shards(workers), draws, null), 1).get("ce"))
          .isFinite();
    }
  }

  @Test
  void aGradientThatIsNotFiniteIsReportedAndNothingLearns() {
    SequenceModel model = model(List.of("lambda_pcl=0"), "dropout=0", "attention_dropout=0");
    Windows.Plan plan =
        Windows.shared(Split.leaveOneOut(histories(9, 14, 3, 8)), LENGTH, 1)
            .inOrder(99, RowLayout.PACKED)
            .get(0);
    TrainingStep step =
        new TrainingStep(
            model, new Adam(model, Adam.Rule.of(0.001)), 2, false, false, Group.alone());
    List<Draws> none = List.of(Draws.NONE, Draws.NONE);
    Map<String, Tensor> parameters = Checkpoint.parameters(model);
    try (Scope scope = Scope.inference()) {
      parameters.values().iterator().next().detach().select(0, 1).fill_(new Scalar(Float.NaN));
    }
    Map<String, float[]> before = new LinkedHashMap<>();
    parameters.forEach((name, p) -> before.put(name, Ops.floats(p.detach())));
    assertThat(
            step.run(TrainingStep.Shards.of(plan.shards(2), none, null), 1)
                .get(TrainingStep.GRADIENT))
        .isNaN();
    parameters.forEach(
        (name, p) -> assertThat(Ops.floats(p.detach())).as(name).isEqualTo(before.get(name)));
  }

  @Test
  void leavesNothingNativeBehind() {
    SequenceModel model = model(List.of("lambda_pcl=0"));
    TrainingStep step =
        new TrainingStep(
            model, new Adam(model, Adam.Rule.of(0.001)), 2, false, false, Group.alone());
    List<Draws> none = List.of(Draws.NONE, Draws.NONE);
    TrainingStep.Shards batch =
        TrainingStep.Shards.of(
            Windows.shared(Split.leaveOneOut(histories(9, 14, 3, 8)), LENGTH, 1)
                .inOrder(99, RowLayout.PACKED)
                .get(0)
                .shards(2),
            none,
            null);
    for (int i = 0; i < 3; i++) {
      step.run(batch, i);
    }
    long before = Pointer.totalCount();
    for (int i = 0; i < 20; i++) {
      step.run(batch, i);
    }
    // The collector may free what other tests left meanwhile; a leak would be more.
    assertThat(Pointer.totalCount() - before).isNotPositive();
  }

  static void assertClose(Result fast, Result plain) {
    assertThat(fast.losses().keySet()).isEqualTo(plain.losses().keySet());
    plain
        .losses()
        .forEach(
            (name, value) ->
                assertThat(fast.losses().get(name))
                    .as(name)
                    .isCloseTo(value, within(2e-5 * Math.max(1, value))));
    plain
        .gradients()
        .forEach(
            (name, gradient) ->
                Close.assertClose(fast.gradients().get(name), gradient, 2e-6f, name));
  }

  record Result(Map<String, Double> losses, Map<String, float[]> gradients) {}

  static Result plain(SequenceModel model, SequenceBatch batch, Draws draws) {
    Map<String, Double> losses = new LinkedHashMap<>();
    try (Scope scope = Scope.training()) {
      SequenceTensors in = SequenceTensors.of(batch, model.device());
      ItemVectors items = ItemVectors.of(model.itemVectors(0, model.itemRows(), draws));
      List<Loss> parts = model.forward(in, items, draws).plain(items.table());
      Loss.total(parts).backward();
      parts.forEach(part -> losses.put(part.name(), Ops.value(part.value())));
    }
    Map<String, float[]> gradients = gradients(model);
    Checkpoint.parameters(model).values().forEach(p -> p.mutable_grad().put(new Tensor()));
    return new Result(losses, gradients);
  }

  static Result step(
      SequenceModel model, List<SequenceBatch> shards, List<Draws> draws, int workers) {
    Adam adam = new Adam(model, Adam.Rule.of(0.001));
    Map<String, Double> losses =
        new TrainingStep(model, adam, workers, false, false, Group.alone())
            .run(TrainingStep.Shards.of(shards, draws, null), 7);
    return new Result(losses, gradients(model));
  }

  private static Map<String, float[]> gradients(SequenceModel model) {
    Map<String, float[]> gradients = new LinkedHashMap<>();
    Checkpoint.parameters(model)
        .forEach(
            (name, p) -> {
              if (p.grad().defined()) {
                gradients.put(name, Ops.floats(p.grad()));
              }
            });
    return gradients;
  }

  private static SequenceModel model(List<String> settings, String... more) {
    torch.manual_seed(7);
    List<String> all = new ArrayList<>(List.of("hidden_size=16", "inner_size=24"));
    all.addAll(settings);
    all.addAll(List.of(more));
    SequenceModel model = ConfigReader.read(null, all, Hm4sr.Config.class).build(dataSpec());
    model.train(true);
    return model;
  }

  static DataSpec dataSpec() {
    SplittableRandom random = new SplittableRandom(3);
    List<FeatureTable> features = new ArrayList<>();
    for (String modality : new String[] {"text", "image"}) {
      float[] values = new float[(ITEMS + 1) * 8];
      for (int i = 8; i < values.length; i++) {
        values[i] = (float) random.nextGaussian();
      }
      features.add(new FeatureTable(modality, "random", 8, values));
    }
    float[] labels = new float[(ITEMS + 1) * 5];
    for (int i = 1; i <= ITEMS; i++) {
      labels[i * 5 + i % 5] = 1;
    }
    return new DataSpec(
        ITEMS,
        LENGTH,
        features,
        5,
        labels,
        new DataSpec.TimeRange(1_300_000_000L, 1_400_000_000L, 40L * 86_400));
  }

  static Histories histories(int... lengths) {
    SplittableRandom random = new SplittableRandom(11);
    int[] starts = new int[lengths.length + 1];
    for (int u = 0; u < lengths.length; u++) {
      starts[u + 1] = starts[u] + lengths[u];
    }
    int[] items = new int[starts[lengths.length]];
    long[] times = new long[items.length];
    for (int u = 0; u < lengths.length; u++) {
      long time = 1_300_000_000L + random.nextLong(1_000_000);
      for (int e = starts[u]; e < starts[u + 1]; e++) {
        items[e] = 1 + random.nextInt(ITEMS);
        times[e] = time;
        time += random.nextInt(3) * 86_400L;
      }
    }
    return new Histories(starts, items, times);
  }
}
