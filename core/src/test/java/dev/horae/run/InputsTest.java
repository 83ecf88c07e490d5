package dev.horae.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.config.ConfigException;
import dev.horae.config.ConfigReader;
import dev.horae.data.FeatureTable;
import java.util.List;
import org.junit.jupiter.api.Test;

class InputsTest {

  private static RunConfig config(String... settings) {
    return ConfigReader.read(null, List.of(settings), RunConfig.class);
  }

  @Test
  void aTrainingThatMayEndTooSoonIsWarnedAbout() {
    Inputs soon =
        new Inputs(
            config("model.type=ticoserec", "train.epochs=40"), SmallRun.dataset(), List.of());
    assertThat(soon.warnings(0))
        .containsExactly(
            "warning: train.epochs = 40 end the training before epoch 41, in which the contrast of"
                + " copies begins; raise train.epochs, or lower model.model_warm_up = 40");
    Inputs later =
        new Inputs(
            config("model.type=ticoserec", "train.epochs=41", "train.patience=39"),
            SmallRun.dataset(),
            List.of());
    assertThat(later.warnings(0)).isEmpty();
  }

  @Test
  void aTableThatTheModelDoesNotReadIsRefused() {
    assertThatThrownBy(
            () ->
                Inputs.settle(
                    config("model.type=sasrec", "text=minilm", "image=clip"), SmallRun.dataset()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("text = minilm, but sasrec reads no text features; leave it out")
        .hasMessageContaining("image = clip, but sasrec reads no image features");
    assertThatThrownBy(
            () -> Inputs.settle(config("model.type=unisrec", "image=clip"), SmallRun.dataset()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("image = clip, but unisrec reads no image features");
    RunConfig none = config("model.type=sasrec", "text=none", "image=auto");
    assertThat(Inputs.settle(none, SmallRun.dataset()).tables()).isEmpty();
  }

  /** Before the network is trained, which reads no texts and so would refuse nothing. */
  @Test
  void ourOwnModelRefusesTheStatesOfAllLayers() {
    FeatureTable vectors = SmallRun.features(1).get(0);
    FeatureTable states =
        new FeatureTable("text", "bert-states", vectors.rows(), 8, 2, vectors.vectors());
    RunConfig config = config("model.type=horae", "model.tower=gru4rec", "model.second_tower=none");
    assertThatThrownBy(() -> Training.of(config, SmallRun.dataset(), List.of(states)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("text = bert-states holds 2 states per item");
  }
}
