package dev.horae.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.horae.Close;
import dev.horae.config.ConfigException;
import dev.horae.config.ConfigReader;
import dev.horae.data.Progress;
import dev.horae.data.SequenceBatch;
import dev.horae.data.Split;
import dev.horae.data.Windows;
import dev.horae.model.NetworkConfig;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.Loss;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.sequence.SoftmaxLoss.OverItems;
import dev.horae.sequence.TrainingHooks.Draws;
import dev.horae.sequence.TrainingOutput;
import dev.horae.sequence.Transferable.Rows;
import dev.horae.tensor.Checkpoint;
import dev.horae.tensor.Group;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Safetensors;
import dev.horae.tensor.Scope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The softmax over a sample of the items: its plain twin, and what it has of that over all. */
class SampledStepTest {

  private static final int ITEMS = 40;
  private static final double FIRST_MEAN = 0.1; // Adam's share of a first gradient in its mean

  private record Chosen(NetworkConfig model, LoopConfig train) {}

  /** Tables, biases and lookups of every kind; padding among the candidates or not. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "type=hm4sr lambda_pcl=0 attention_dropout=0",
        "type=hm4sr lambda_pcl=0 attention_dropout=0 mask_padding=false lambda_idcl=0.5",
        "type=sasrec attention_dropout=0",
        "type=core temperature=0.5 session_dropout=0 item_dropout=0 attention_dropout=0",
        "type=lrurec recurrence_dropout=0 first_item_label=false",
        "type=dif-sr attention_dropout=0",
        "type=unisrec temperature=0.5 attention_dropout=0 adaptor_dropout=0",
        "type=tedrec temperature=0.5 attention_dropout=0 adaptor_dropout=0",
        "type=m3srec attention_dropout=0 lambda_aux=0.3 tau=1",
        "type=missrec temperature=0.5 attention_dropout=0 inner_size=24 gamma=0.00001",
        "type=fearec contrast=none attention_dropout=0 topk_factor=9" // all: none by the share
      })
  void equalsThePlainTwin(String settings) {
    for (int workers : new int[] {1, 3}) {
      SequenceModel model = model(settings, 9);
      List<SequenceBatch> shards = plan(model).shards(workers);
      ItemSample sample = sampler(model, 9).draw(shards, new SplittableRandom(4));
      assertThat(sample.items().length).isLessThan(ITEMS);
      Found plain = plain(model, plan(model).batch(), sample);
      Found fast = step(model, shards, sample);
      plain
          .losses()
          .forEach(
              (name, value) ->
                  assertThat(fast.losses().get(name)).as(name).isCloseTo(value, within(2e-5)));
      plain
          .gradients()
          .forEach(
              (name, gradient) ->
                  Close.assertClose(fast.gradients().get(name), gradient, 2e-6f, name));
    }
  }

  /** What is read beside what is scored makes no gradient of the size of the catalogue. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "type=core",
        "type=unisrec",
        "type=tedrec",
        "type=m3srec lambda_aux=0.3",
        "type=missrec inner_size=24",
        "type=fearec contrast=none"
      })
  void gradientsOfTablesHaveTheSizeOfWhatWasRead(String settings) {
    SequenceModel model = model(settings, 9);
    SequenceBatch batch = plan(model).batch();
    ItemSample sample = sampler(model, 9).draw(List.of(batch), new SplittableRandom(4));
    try (Scope scope = Scope.training()) {
      Tensor like = model.itemVectors(0, 1, Draws.NONE).detach();
      StepItems items = StepItems.of(like, sample, model.itemRows(), 1, false);
      TrainingOutput output =
          model.forward(
              SequenceTensors.of(batch, model.device()),
              new RecordedItemVectors(items),
              Draws.NONE);
      output.softmaxes().get(0).queries().sum().backward();
      Tensor table = Checkpoint.parameters(model).get("item_embedding.weight");
      assertThat(table.grad().is_sparse()).isTrue();
      table.mutable_grad().put(new Tensor());
    }
  }

  /** All items drawn: nothing is corrected, and nothing differs but the way the rows are moved. */
  @ParameterizedTest
  @ValueSource(strings = {"type=sasrec", "type=hm4sr lambda_pcl=0 mask_padding=false"})
  void ofAllItemsItIsTheSoftmaxOverAllItems(String settings) {
    String still = settings + " attention_dropout=0";
    SequenceModel model = model(still, 9);
    List<SequenceBatch> shards = plan(model).shards(2);
    ItemSample sample = sampler(model, ITEMS).draw(shards, new SplittableRandom(4));
    assertThat(sample.items()).isEqualTo(LongStream.rangeClosed(0, ITEMS).toArray());
    for (float correction : sample.corrections()) {
      assertThat(correction).isZero();
    }
    Found sampled = step(model, shards, sample);
    SequenceModel other = model(still, 0);
    Found all = step(other, shards, null);
    all.losses()
        .forEach(
            (name, value) ->
                assertThat(sampled.losses().get(name)).as(name).isCloseTo(value, within(1e-6)));
    all.gradients()
        .forEach(
            (name, gradient) ->
                Close.assertClose(sampled.gradients().get(name), gradient, 1e-6f, name));
    Map<String, Tensor> moved = Checkpoint.parameters(model);
    Checkpoint.parameters(other)
        .forEach(
            (name, p) ->
                Close.assertClose(Ops.floats(moved.get(name)), Ops.floats(p), 1e-6f, name));
  }

  @Test
  void rowsThatAStepDoesNotReadStayAsTheyAre() {
    SequenceModel model = model("type=sasrec attention_dropout=0 mask_padding=true", 9);
    List<SequenceBatch> shards = plan(model).shards(2);
    ItemSample sample = sampler(model, 9).draw(shards, new SplittableRandom(4));
    float[] before = Ops.floats(Checkpoint.parameters(model).get("item_embedding.weight"));
    step(model, shards, sample);
    float[] after = Ops.floats(Checkpoint.parameters(model).get("item_embedding.weight"));
    int width = before.length / (ITEMS + 1);
    for (int i = 0; i <= ITEMS; i++) {
      boolean same =
          Arrays.equals(before, i * width, (i + 1) * width, after, i * width, (i + 1) * width);
      int item = i;
      boolean read = item > 0 && LongStream.of(sample.items()).anyMatch(x -> x == item);
      assertThat(same).as("item %s", i).isEqualTo(!read);
    }
  }

  /** Shares of items among candidates over many draws, and what their logits get. */
  @Test
  void logitsAreCorrectedByHowOftenAnItemIsACandidate() {
    SequenceModel model = model("type=sasrec", 9);
    Windows windows = windows(model);
    ItemSampler sampler = new ItemSampler(windows, ITEMS, 9);
    SplittableRandom random = new SplittableRandom(8);
    int draws = 4000;
    int[] often = new int[ITEMS + 1];
    double[] expected = new double[ITEMS + 1];
    for (int d = 0; d < draws; d++) {
      List<Windows.Plan> plans = windows.shuffled(6, model.layout(), 5, d);
      ItemSample sample = sampler.draw(List.of(plans.get(0).batch()), random);
      for (int c = 1; c < sample.corrections().length; c++) {
        int item = (int) sample.items()[c];
        often[item]++;
        expected[item] += Math.exp(-sample.corrections()[c]) / draws;
      }
    }
    for (int i = 1; i <= ITEMS; i++) {
      double share = often[i] / (double) draws;
      assertThat(share).isGreaterThan(0.15); // 9 of 40 are drawn
      // The mean of p over the batches that have the item is p again, once more times p.
      assertThat(expected[i]).as("item %s", i).isCloseTo(share * share, within(0.12));
    }
  }

  /** A run that is resumed goes on with the same bits. */
  @Test
  void epochsDependOnSeedAndNumberAlone() {
    SequenceModel once = model("type=sasrec", 9);
    Adam adam = new Adam(once, loop(9));
    Trainer trainer = trainer(once, adam, 9);
    trainer.epoch(0, Progress.SILENT);
    Safetensors state = state(once, adam);
    Map<String, Double> losses = trainer.epoch(1, Progress.SILENT).parts();

    SequenceModel resumed = model("type=sasrec", 9);
    Adam restored = new Adam(resumed, loop(9));
    Checkpoint.load(resumed, state, Path.of("state"));
    restored.load(state, Path.of("state"));
    assertThat(trainer(resumed, restored, 9).epoch(1, Progress.SILENT).parts()).isEqualTo(losses);
    assertThat(values(resumed)).isEqualTo(values(once));
    assertThat(state.entries()).containsKey("adam.second.item_embedding.weight");
  }

  @Test
  void asManyNegativesAsItemsAreAllItems() {
    SequenceModel all = model("type=sasrec", 0);
    trainer(all, 0).epoch(0, Progress.SILENT);
    SequenceModel many = model("type=sasrec", ITEMS);
    trainer(many, ITEMS).epoch(0, Progress.SILENT);
    assertThat(values(many)).isEqualTo(values(all));
  }

  @ParameterizedTest
  @CsvSource({
    "type=missrec inner_size=24, use 0",
    "type=ticoserec, use 0",
    "type=iisan, use 0",
    "type=lrurec first_item_label=true, 'use 0, or model.first_item_label=false'",
    "type=fearec contrast=su, 'use 0, or model.contrast=un or none'",
    "type=fearec contrast=us, 'use 0, or model.contrast=un or none'",
    "type=fearec contrast=us-x, 'use 0, or model.contrast=un or none'"
  })
  void aLossOfAModelsOwnCannotBeSampled(String settings, String repair) {
    SequenceModel model = build(settings, 9, TrainingStepTest.dataSpec());
    assertThatThrownBy(() -> trainer(model, 9))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("train.negatives = 9, but ")
        .hasMessageContaining("; " + repair + "\n");
  }

  @Test
  void leavesNothingNativeBehind() {
    SequenceModel model = model("type=hm4sr lambda_pcl=0", 9);
    TrainingStep step =
        new TrainingStep(model, new Adam(model, loop(9)), 2, true, true, Group.alone());
    List<SequenceBatch> shards = plan(model).shards(2);
    ItemSample sample = sampler(model, 9).draw(shards, new SplittableRandom(4));
    TrainingStep.Shards batch =
        TrainingStep.Shards.of(shards, List.of(Draws.NONE, Draws.NONE), sample);
    for (int i = 0; i < 3; i++) {
      assertThat(step.run(batch, i).get("ce")).isFinite();
    }
    long before = Pointer.totalCount();
    for (int i = 0; i < 20; i++) {
      step.run(batch, i);
    }
    assertThat(Pointer.totalCount() - before).isNotPositive();
  }

  private record Found(Map<String, Double> losses, Map<String, float[]> gradients) {}

  /** By autograd, with the products of all queries and candidates in memory. */
  private static Found plain(SequenceModel model, SequenceBatch batch, ItemSample sample) {
    Map<String, Double> losses = new LinkedHashMap<>();
    try (Scope scope = Scope.training()) {
      Tensor ids = Ops.int64(sample.items(), sample.items().length);
      Tensor all = model.itemVectors(0, model.itemRows(), Draws.NONE);
      Tensor corrections = Ops.float32(sample.corrections(), sample.corrections().length);
      TrainingOutput output =
          model.forward(SequenceTensors.of(batch, model.device()), ItemVectors.of(all), Draws.NONE);
      List<Loss> parts = new ArrayList<>(output.sums());
      output
          .softmaxes()
          .forEach(
              loss ->
                  parts.add(
                      loss instanceof OverItems over
                          ? overSample(over, all, ids, corrections)
                          : loss.plain(all)));
      Loss.total(parts).backward();
      parts.forEach(part -> losses.put(part.name(), Ops.value(part.value())));
    }
    Map<String, float[]> gradients = new LinkedHashMap<>();
    Checkpoint.parameters(model)
        .forEach(
            (name, p) -> {
              if (p.grad().defined()) {
                gradients.put(name, Ops.floats(p.grad()));
              }
              p.mutable_grad().put(new Tensor());
            });
    return new Found(losses, gradients);
  }

  private static Loss overSample(OverItems loss, Tensor all, Tensor ids, Tensor corrections) {
    long skipped = loss.padding() ? 0 : 1;
    long count = corrections.size(0) - skipped;
    Tensor candidates = ids.narrow(0, skipped, count);
    Tensor logits =
        Ops.scale(
                loss.queries().matmul(all.index_select(0, candidates).t()), 1 / loss.temperature())
            .add(corrections.narrow(0, skipped, count));
    Tensor found = loss.targets().unsqueeze(1).eq(candidates.unsqueeze(0)); // once in each row
    Tensor places = found.nonzero().select(1, 1);
    return new Loss(loss.name(), 1, torch.cross_entropy(logits, places));
  }

  /** The gradients of tables are what the first step makes of their running means. */
  private static Found step(SequenceModel model, List<SequenceBatch> shards, ItemSample sample) {
    Adam adam = new Adam(model, loop(sample == null ? 0 : 9));
    Map<String, Double> losses =
        new TrainingStep(model, adam, shards.size(), sample != null, false, Group.alone())
            .run(
                TrainingStep.Shards.of(
                    shards, shards.stream().map(s -> Draws.NONE).toList(), sample),
                7);
    Map<String, float[]> gradients = new LinkedHashMap<>();
    Checkpoint.parameters(model)
        .forEach(
            (name, p) -> {
              if (p.grad().defined()) {
                gradients.put(name, Ops.floats(p.grad()));
              }
            });
    for (Adam.Table table : adam.tables()) {
      assertThat(model.rows(table.name())).isEqualTo(Rows.ITEMS);
      float[] mean = Ops.floats(table.first());
      for (int i = 0; i < mean.length; i++) {
        mean[i] /= (float) FIRST_MEAN;
      }
      gradients.put(table.name(), mean);
    }
    return new Found(losses, gradients);
  }

  private static Map<String, List<Float>> values(SequenceModel model) {
    Map<String, List<Float>> values = new LinkedHashMap<>();
    Checkpoint.parameters(model)
        .forEach(
            (name, p) -> {
              List<Float> list = new ArrayList<>();
              for (float value : Ops.floats(p)) {
                list.add(value);
              }
              values.put(name, list);
            });
    return values;
  }

  private static Safetensors state(SequenceModel model, Adam adam) {
    try (Scope scope = Scope.inference()) {
      Map<String, Safetensors.Entry> copies = new LinkedHashMap<>();
      Checkpoint.save(model, Map.of()).entries().forEach((name, e) -> copies.put(name, copy(e)));
      adam.save(Map.of()).entries().forEach((name, e) -> copies.put(name, copy(e)));
      return new Safetensors(Map.of(), copies);
    }
  }

  private static Safetensors.Entry copy(Safetensors.Entry entry) {
    return entry.dtype().equals("F32")
        ? Safetensors.Entry.of(entry.floats(), entry.shape())
        : entry;
  }

  private static Trainer trainer(SequenceModel model, int negatives) {
    return trainer(model, new Adam(model, loop(negatives)), negatives);
  }

  private static Trainer trainer(SequenceModel model, Adam adam, int negatives) {
    Split split = Split.leaveOneOut(TrainingStepTest.histories(9, 14, 3, 8, 5, 11));
    return new Trainer(model, adam, split, TrainingStepTest.LENGTH, loop(negatives), 2025, false);
  }

  private static Windows windows(SequenceModel model) {
    Split split = Split.leaveOneOut(TrainingStepTest.histories(9, 14, 3, 8, 5, 11));
    return Trainer.windows(model, split, TrainingStepTest.LENGTH, loop(9));
  }

  private static ItemSampler sampler(SequenceModel model, int negatives) {
    return new ItemSampler(windows(model), ITEMS, negatives);
  }

  private static Windows.Plan plan(SequenceModel model) {
    return windows(model).inOrder(20, model.layout()).get(0);
  }

  private static LoopConfig loop(int negatives) {
    return read("type=sasrec", negatives).train();
  }

  private static Chosen read(String settings, int negatives) {
    List<String> all =
        new ArrayList<>(
            List.of("train.negatives=" + negatives, "train.batch_size=8", "train.workers=2"));
    for (String setting : settings.split(" ", -1)) {
      all.add("model." + setting);
    }
    return ConfigReader.read(null, all, Chosen.class);
  }

  /** Without pictures where a model with both compares in its own way. */
  private static SequenceModel model(String settings, int negatives) {
    DataSpec all = TrainingStepTest.dataSpec();
    DataSpec texts =
        new DataSpec(
            all.items(),
            all.length(),
            all.features().subList(0, 1),
            all.categories(),
            all.labels(),
            all.time());
    return build(settings, negatives, settings.startsWith("type=missrec") ? texts : all);
  }

  private static SequenceModel build(String settings, int negatives, DataSpec dataSpec) {
    torch.manual_seed(7);
    SequenceModel model =
        read(settings + " hidden_size=16 dropout=0", negatives).model().build(dataSpec);
    model.startEpoch(0, new SplittableRandom(4));
    model.train(true);
    return model;
  }
}
