package dev.horae.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.horae.data.Split;
import dev.horae.data.Windows;
import dev.horae.sequence.SequenceModel;
import dev.horae.tensor.Checkpoint;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class Gru4recTest {

  @Test
  void isAsLargeAsTheOfficialModelOnGames() {
    assertThat(SmallModel.parameters(SmallModel.of("gru4rec", 10_672, 50))).isEqualTo(711_808);
  }

  /** One unit, weights and inputs 1; the numbers are worked out by hand. */
  @Test
  void takesTwoStepsAsByHand() {
    SequenceModel model = SmallModel.of("gru4rec", 3, 5, "embedding_size=1", "hidden_size=1");
    Checkpoint.parameters(model)
        .forEach((name, p) -> p.detach().fill_(new Scalar(name.equals("dense.bias") ? 0.0 : 1.0)));
    float[] users =
        SmallModel.users(
            model, Windows.shared(Split.leaveOneOut(SmallModel.history(3, 2, 1, 1, 1)), 5, 1));
    assertThat(users[0]).isCloseTo(0.204824f, within(1e-6f));
    assertThat(users[1]).isCloseTo(0.346753f, within(1e-6f));
  }

  @Test
  void withoutWeightsOnlyTheBiasIsLeft() {
    SequenceModel model = SmallModel.of("gru4rec", 9, 5, "embedding_size=1", "hidden_size=3");
    Map<String, Tensor> parameters = Checkpoint.parameters(model);
    parameters.forEach(
        (name, p) -> p.detach().fill_(new Scalar(name.equals("dense.bias") ? 0.25 : 0.0)));
    Windows windows = Windows.latest(SmallModel.random(9, 3, 7, 1), 5);
    assertThat(SmallModel.users(model, windows)).containsExactly(0.25f, 0.25f, 0.25f);
  }

  @Test
  void sharedEqualsPrefixWhateverTheWidthsAndLayers() {
    SequenceModel model =
        SmallModel.of("gru4rec", 9, 6, "embedding_size=5", "hidden_size=7", "layers=3");
    assertThat(Checkpoint.parameters(model).keySet())
        .containsExactly(
            "item_embedding.weight",
            "gru_layers.weight_ih_l0",
            "gru_layers.weight_hh_l0",
            "gru_layers.weight_ih_l1",
            "gru_layers.weight_hh_l1",
            "gru_layers.weight_ih_l2",
            "gru_layers.weight_hh_l2",
            "dense.weight",
            "dense.bias");
    SmallModel.requireSharedEqualsPrefix(model, SmallModel.random(9, 4, 20, 9, 13, 4), 6);
  }
}
