package dev.horae.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.horae.config.ConfigReader;
import dev.horae.data.Histories;
import dev.horae.data.RowLayout;
import dev.horae.data.SequenceBatch;
import dev.horae.data.Split;
import dev.horae.data.Windows;
import dev.horae.model.Fearec;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.ItemTable;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.Loss;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.sequence.TrainingHooks.Draws;
import dev.horae.tensor.Checkpoint;
import dev.horae.tensor.Group;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/** Pairs that are contrasted meet those of all workers. */
class PairsTest {

  private static final int ITEMS = 9;
  private static final int LENGTH = 4;

  @Test
  void pairsMeetEverybodysPairs() {
    // Two prefixes for each target, so each has only one partner to draw. All delays are kept:
    // which are best would depend on a worker's share.
    int[] items = {1, 5, 6, 7, 8, 9, 9, 2, 7, 8, 6, 5, 9, 9};
    Histories histories = new Histories(new int[] {0, 7, 14}, items, new long[items.length]);
    torch.manual_seed(7);
    SequenceModel model =
        ConfigReader.read(
                null,
                List.of(
                    "hidden_size=8",
                    "inner_size=12",
                    "dropout=0",
                    "attention_dropout=0",
                    "topk_factor=99",
                    "lambda_sem=0.7",
                    "fredom=us-x"),
                Fearec.Config.class)
            .build(
                new DataSpec(
                    ITEMS, LENGTH, List.of(), 0, new float[0], new DataSpec.TimeRange(0, 0, 0)));
    // A fresh LayerNorm puts out vectors that add up to 0: their differences have no constant
    // frequency, and the modulus of what rounding leaves of it has any gradient at all.
    try (Scope scope = Scope.inference()) {
      Checkpoint.parameters(model).forEach((name, p) -> spread(name, p.detach()));
    }
    model.fitStatistics(Split.leaveOneOut(histories).training());
    model.train(true);
    Windows.Plan plan =
        Windows.prefix(Split.leaveOneOut(histories), LENGTH).inOrder(99, RowLayout.FULL).get(0);

    Map<String, Double> losses = new LinkedHashMap<>();
    Map<String, float[]> gradients = new LinkedHashMap<>();
    SplittableRandom random = new SplittableRandom(1);
    try (Scope scope = Scope.training()) {
      SequenceBatch batch = plan.batch();
      SequenceTensors in = SequenceTensors.of(batch, model.device());
      ItemVectors all = ItemTable.of(model);
      List<Loss> parts = model.forward(in, all, model.draw(batch, random)).plain(all.table());
      parts.forEach(part -> losses.put(part.name(), Ops.value(part.value())));
      Loss.total(parts).backward();
      Checkpoint.parameters(model)
          .forEach(
              (name, p) ->
                  gradients.put(
                      name, // biases are constant: a band without the constant has none of them
                      p.grad().defined() ? Ops.floats(p.grad()) : new float[(int) p.numel()]));
    }

    Adam adam = new Adam(model, Adam.Rule.of(0.001));
    List<SequenceBatch> shards = plan.shards(2);
    assertThat(shards).allSatisfy(shard -> assertThat(shard.rows()).isEqualTo(4));
    List<Draws> draws = shards.stream().map(shard -> model.draw(shard, random)).toList();
    Map<String, Double> ofWorkers =
        new TrainingStep(model, adam, 2, false, false, Group.alone())
            .run(TrainingStep.Shards.of(shards, draws, null), 7);
    assertThat(ofWorkers.keySet()).containsExactlyInAnyOrder("ce", "ntx_us_x", "fredom_us_x");
    losses.forEach(
        (name, value) -> assertThat(ofWorkers.get(name)).as(name).isCloseTo(value, within(2e-5)));
    Checkpoint.parameters(model)
        .forEach(
            (name, p) ->
                assertThat(Ops.floats(p.grad()))
                    .as(name)
                    .usingComparatorWithPrecision(5e-5f) // they reach 24
                    .containsExactly(gradients.get(name)));
  }

  private static void spread(String name, Tensor norm) {
    if (name.contains("LayerNorm")) {
      torch.uniform_(norm, 0.5, 1.5);
    }
  }
}
