package dev.horae.model;

import static dev.horae.model.SmallShop.LENGTH;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.horae.Close;
import dev.horae.config.ConfigException;
import dev.horae.data.Histories;
import dev.horae.data.RowLayout;
import dev.horae.data.SequenceBatch;
import dev.horae.data.Split;
import dev.horae.data.Windows;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.ItemTable;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.tensor.Checkpoint;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is particular to DIF-SR and not in its fixtures. */
class DifSrTest {

  private static final String CATEGORIES =
      "feature_embed_layer_list.0.token_seq_embedding_table.item.0.weight";

  /** Toys at the authors' size: 4,868,565 in their log, where the categories are not counted. */
  @Test
  void hasAsManyParametersAsTheAuthorsLog() {
    DataSpec toys =
        new DataSpec(
            11_924,
            50,
            List.of(),
            729,
            new DataSpec.Labels(new int[11_926], new int[0]),
            new DataSpec.TimeRange(0, 0, 0));
    SequenceModel model =
        SmallShop.config(
                "dif-sr", "hidden_size=256", "layers=3", "heads=4", "train_categories=false")
            .build(toys);
    assertThat(
            Checkpoint.parameters(model).values().stream()
                .filter(Tensor::requires_grad)
                .mapToLong(Tensor::numel)
                .sum())
        .isEqualTo(4_868_565);
  }

  @Test
  void frozenCategoriesStartAsReleasedAndStay() {
    SequenceModel frozen =
        SmallShop.config("dif-sr", "train_categories=false", "attribute_size=512")
            .build(SmallShop.dataSpec());
    SequenceModel trained =
        SmallShop.config("dif-sr", "attribute_size=512").build(SmallShop.dataSpec());
    assertThat(deviation(frozen)).isCloseTo(1, within(0.1));
    assertThat(deviation(trained)).isCloseTo(0.02, within(0.002));
    assertThat(Checkpoint.parameters(frozen).get(CATEGORIES).requires_grad()).isFalse();
  }

  @Test
  void theSumIsSasrecWhenOnlyItemsScore() {
    SequenceModel one = SmallShop.model("dif-sr", "attribute_size=4", "fusion=sum");
    SequenceModel other = SmallShop.model("sasrec");
    Map<String, Tensor> from = Checkpoint.parameters(one);
    from.forEach(
        (name, p) -> {
          if (name.contains("_p.") || name.contains("query_layers")) {
            p.detach().zero_();
          }
        });
    from.get("position_embedding.weight").detach().zero_();
    Checkpoint.parameters(other).forEach((name, p) -> p.detach().copy_(from.get(name).detach()));
    Windows windows = Windows.shared(Split.leaveOneOut(SmallShop.histories(9, 4, 6)), LENGTH, 1);
    assertThat(SmallShop.users(one, windows, RowLayout.PACKED))
        .usingComparatorWithPrecision(1e-5f)
        .containsExactly(SmallShop.users(other, windows, RowLayout.PACKED));
  }

  /** A gate that says nothing takes the mean of the three scores, which is a sum of thirds. */
  @Test
  void aSilentGateTakesTheMean() {
    SequenceModel gated = SmallShop.model("dif-sr", "attribute_size=4");
    SequenceModel summed = SmallShop.model("dif-sr", "attribute_size=4", "fusion=sum");
    Map<String, Tensor> from = Checkpoint.parameters(gated);
    from.forEach(
        (name, p) -> {
          if (name.contains("fusion_layer")) {
            p.detach().zero_();
          }
        });
    Checkpoint.parameters(summed)
        .forEach(
            (name, p) -> {
              p.detach().copy_(from.get(name).detach());
              if (name.contains("key.") || name.contains("key_")) {
                p.detach().div_(new Scalar(3));
              }
            });
    Windows windows = Windows.prefix(Split.leaveOneOut(SmallShop.histories(9, 4, 6)), LENGTH);
    assertThat(SmallShop.users(gated, windows, RowLayout.FULL))
        .usingComparatorWithPrecision(1e-5f)
        .containsExactly(SmallShop.users(summed, windows, RowLayout.FULL));
  }

  @Test
  void theSumMayShareAPassAndTheOthersMayNot() {
    SequenceModel model = SmallShop.model("dif-sr", "attribute_size=4", "fusion=sum");
    Histories histories = SmallShop.histories(4, 12, 7, 9);
    Map<String, float[]> shared =
        SmallShop.pass(
            model, Windows.shared(Split.leaveOneOut(histories), LENGTH, 1), RowLayout.PACKED);
    Map<String, float[]> prefix =
        SmallShop.pass(model, Windows.prefix(Split.leaveOneOut(histories), LENGTH), RowLayout.FULL);
    assertThat(shared).containsOnlyKeys(prefix.keySet()).containsKeys("ce", "attr");
    shared.forEach(
        (name, values) ->
            assertThat(values)
                .as(name)
                .usingComparatorWithPrecision(1e-5f)
                .containsExactly(prefix.get(name)));
    for (String fusion : List.of("gate", "concat")) {
      SequenceModel other = SmallShop.model("dif-sr", "attribute_size=4", "fusion=" + fusion);
      assertThat(other.causal()).isFalse();
      assertThat(other.layout()).isEqualTo(RowLayout.FULL);
    }
  }

  /** Several examples of one row are asked separately, and give what a row each gives. */
  @Test
  void asksEachExampleOfARow() {
    SequenceModel model = SmallShop.model("dif-sr", "attribute_size=4", "layers=1");
    Histories one = SmallShop.histories(6);
    Windows windows = Windows.shared(Split.leaveOneOut(one), LENGTH, 1); // 3 targets in one row
    float[] together = SmallShop.users(model, windows, RowLayout.FULL);
    assertThat(together).hasSize(3 * 8);
    float[] last = SmallShop.users(model, before(one, 3), RowLayout.FULL);
    assertThat(Arrays.copyOfRange(together, 16, 24))
        .usingComparatorWithPrecision(1e-5f)
        .containsExactly(last);
  }

  /** More rows than a block has, of all lengths, in no order. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void theGateInBlocksEqualsThePlainTwin(int layers) {
    SequenceModel model = SmallShop.model("dif-sr", "attribute_size=4", "layers=" + layers);
    SequenceBatch batch = SmallShop.prefixes(9, 4, 12, 5, 14, 6, 3, 11, 8, 7, 13);
    assertThat(batch.rows()).isGreaterThan(50);
    float[] labels = new float[(SmallShop.ITEMS + 1) * (SmallShop.CATEGORIES + 1)];
    for (int i = 1; i <= SmallShop.ITEMS; i++) {
      labels[i * (SmallShop.CATEGORIES + 1) + 1 + i % SmallShop.CATEGORIES]++;
      labels[i * (SmallShop.CATEGORIES + 1) + 1 + i / 3 % SmallShop.CATEGORIES]++;
    }
    try (Scope scope = Scope.training()) {
      Tensor plain =
          new PlainTwins(model, batch, 2, layers)
              .difSr(Ops.float32(labels, SmallShop.ITEMS + 1, SmallShop.CATEGORIES + 1));
      Tensor ours = model.encode(SequenceTensors.of(batch, model.device()), ItemTable.of(model));
      assertThat(Ops.floats(ours))
          .usingComparatorWithPrecision(2e-5f)
          .containsExactly(Ops.floats(plain));
      Map<String, float[]> gradients = PlainTwins.gradients(model, ours);
      PlainTwins.gradients(model, plain)
          .forEach(
              (name, gradient) -> {
                if (name.equals("item_embedding.weight")) { // padding does not learn
                  Arrays.fill(gradient, 0, 8, 0);
                }
                Close.assertClose(gradients.get(name), gradient, 1e-4f, name);
              });
    }
  }

  @Test
  void predictsCategoriesUnlessItsWeightIsZero() {
    Windows windows = Windows.prefix(Split.leaveOneOut(SmallShop.histories(9, 4, 6)), LENGTH);
    SequenceModel with = SmallShop.model("dif-sr", "attribute_size=4");
    SequenceModel without = SmallShop.model("dif-sr", "attribute_size=4", "lambda_attribute=0");
    assertThat(SmallShop.pass(with, windows, RowLayout.FULL)).containsKeys("ce", "attr");
    assertThat(SmallShop.pass(without, windows, RowLayout.FULL)).doesNotContainKey("attr");
  }

  @Test
  void needsCategories() {
    DataSpec bare =
        new DataSpec(5, LENGTH, List.of(), 0, new float[0], new DataSpec.TimeRange(0, 0, 0));
    assertThatThrownBy(() -> SmallShop.config("dif-sr").build(bare))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(
            "model.type = dif-sr needs categories, and no item of the data set has any; use another"
                + " model");
  }

  private static Windows before(Histories histories, int events) {
    return Windows.latest(
        new Histories(
            new int[] {0, events},
            Arrays.copyOf(histories.items(), events),
            Arrays.copyOf(histories.times(), events)),
        LENGTH);
  }

  private static double deviation(SequenceModel model) {
    return Ops.value(torch.std(Checkpoint.parameters(model).get(CATEGORIES).detach()));
  }
}
