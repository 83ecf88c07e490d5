package dev.horae.model;

import static dev.horae.model.SmallShop.LENGTH;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.config.ConfigException;
import dev.horae.data.Histories;
import dev.horae.data.RowLayout;
import dev.horae.data.Split;
import dev.horae.data.Windows;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.SequenceModel;
import dev.horae.tensor.Checkpoint;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is particular to NOVA and not in its fixtures. */
class NovaTest {

  @Test
  void hasAsManyParametersAsTheSpecificationSays() {
    assertThat(SmallShop.parametersOnGames("nova", 192, "fusion=add"))
        .isEqualTo(786_368 + 193 * 64);
    assertThat(SmallShop.parametersOnGames("nova", 192)).isEqualTo(786_368 + 193 * 64 + 64);
  }

  @Test
  void isSasrecWhenNothingStandsBesideIds() {
    SequenceModel one = SmallShop.model("nova", "fusion=add");
    SequenceModel other = SmallShop.model("sasrec");
    Map<String, Tensor> from = Checkpoint.parameters(one);
    from.get("category_embedding.weight").detach().zero_();
    from.get("position_embedding.weight").detach().zero_();
    Checkpoint.parameters(other).forEach((name, p) -> p.detach().copy_(from.get(name).detach()));
    Windows windows = Windows.shared(Split.leaveOneOut(SmallShop.histories(9, 4, 6)), LENGTH, 1);
    assertThat(SmallShop.users(one, windows, RowLayout.PACKED))
        .usingComparatorWithPrecision(1e-5f)
        .containsExactly(SmallShop.users(other, windows, RowLayout.PACKED));
  }

  /** With a single event there is nothing to attend to, so only ids reach the user. */
  @Test
  void sideInformationOnlyDirectsAttention() {
    SequenceModel model = SmallShop.model("nova");
    Windows one = Windows.latest(SmallShop.histories(1, 1), LENGTH);
    Windows several = Windows.latest(SmallShop.histories(5, 4), LENGTH);
    float[] ofOne = SmallShop.users(model, one, RowLayout.PACKED);
    float[] ofSeveral = SmallShop.users(model, several, RowLayout.PACKED);
    Checkpoint.parameters(model).get("category_embedding.weight").detach().neg_();
    assertThat(SmallShop.users(model, one, RowLayout.PACKED)).isEqualTo(ofOne);
    assertThat(SmallShop.users(model, several, RowLayout.PACKED)).isNotEqualTo(ofSeveral);
  }

  @ParameterizedTest
  @ValueSource(strings = {"add", "concat", "gate", "sigmoid-gate"})
  void onePassPerHistoryEqualsOnePerPrefix(String fusion) {
    SequenceModel model =
        SmallShop.model("nova", "fusion=" + fusion, "side_information=[categories, text, image]");
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

  @Test
  void saysWhatTheDataSetLacks() {
    DataSpec bare =
        new DataSpec(5, LENGTH, List.of(), 0, new float[0], new DataSpec.TimeRange(0, 0, 0));
    assertThatThrownBy(() -> SmallShop.config("nova").build(bare))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(
            "model.side_information = [categories] needs categories, and no item of the data set"
                + " has any; use text or image, or another model");
    assertThatThrownBy(() -> SmallShop.config("nova", "side_information=[text]").build(bare))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(
            "model.side_information = [text] needs a table of text features, and the run has none;"
                + " encode the data set, or leave text out");
  }
}
