package dev.horae.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Safetensors;
import dev.horae.tensor.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Picture encoders against what the reference library computed; see encoders/generate.py. */
class VitTest {

  @TempDir Path folder;

  private static Vit open(Path directory, ScalarType type) {
    Vit.Config config = Vit.Config.of(PretrainedConfig.read(directory.resolve("config.json")));
    return new Vit(config, PretrainedWeights.read(directory, config.prefix(), type));
  }

  private static float[] expected(Path directory, String name) {
    return Safetensors.read(directory.resolve("expected.safetensors")).entries().get(name).floats();
  }

  private static Tensor pixels(Path directory, String name) {
    Safetensors.Entry entry =
        Safetensors.read(directory.resolve("expected.safetensors")).entries().get(name);
    return Ops.float32(entry.floats(), entry.shape());
  }

  @ParameterizedTest
  @ValueSource(strings = {"vit", "deit", "clip", "dinov2"})
  void agreesWithTheReferenceInEveryState(String name) {
    Path directory = TinyEncoders.path(name);
    try (Vit model = open(directory, ScalarType.Float);
        Scope scope = Scope.inference()) {
      List<Tensor> states = model.states(pixels(directory, "pixels"));
      float[] wanted = expected(directory, "states"); // [B, tokens, layers + 1, D]
      Tensor all = torch.stack(new TensorVector(states.toArray(Tensor[]::new)), 1);
      TinyEncoders.assertAgree(Ops.floats(all), wanted);
      TinyEncoders.assertAgree(
          Ops.floats(model.vectors(states, 3)), expected(directory, "vectors"));
      long tokens = states.get(0).size(0) / 3;
      Tensor first = all.view(3, tokens, -1).select(1, 0); // [CLS] leads every picture's tokens
      assertThat(Ops.floats(model.classStates(states, 3))).isEqualTo(Ops.floats(first));
    }
  }

  @Test
  void interpolatesPositionsForPicturesOfAnotherSize() {
    Path directory = TinyEncoders.path("dinov2");
    try (Vit model = open(directory, ScalarType.Float);
        Scope scope = Scope.inference()) {
      Tensor vectors = model.vectors(model.states(pixels(directory, "small.pixels")), 3);
      TinyEncoders.assertAgree(Ops.floats(vectors), expected(directory, "small.vectors"));
    }
  }

  @Test
  void refusesPicturesOfAnotherSizeWherePositionsAreFixed() {
    try (Vit model = open(TinyEncoders.path("vit"), ScalarType.Float);
        Scope scope = Scope.inference()) {
      assertThatThrownBy(() -> model.states(Ops.float32(new float[3 * 16 * 12], 1, 3, 16, 12)))
          .isInstanceOf(CheckpointException.class)
          .hasMessage(
              "preprocessor_config.json makes pictures of 12 x 16 pixels; the model takes 16 x 16");
    }
    try (Vit model = open(TinyEncoders.path("dinov2"), ScalarType.Float);
        Scope scope = Scope.inference()) {
      assertThatThrownBy(() -> model.states(Ops.float32(new float[3 * 18 * 12], 1, 3, 18, 12)))
          .isInstanceOf(CheckpointException.class)
          .hasMessage(
              "preprocessor_config.json makes pictures of 12 x 18 pixels; the model takes"
                  + " multiples of 4");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"vit", "deit", "clip", "dinov2"})
  void runsInBfloat16(String name) {
    Path directory = TinyEncoders.path(name);
    try (Vit model = open(directory, ScalarType.BFloat16);
        Scope scope = Scope.inference()) {
      Tensor vectors = model.vectors(model.states(pixels(directory, "pixels")), 3);
      assertThat(TinyEncoders.cosine(Ops.floats(vectors), expected(directory, "vectors")))
          .isBetween(0.99, 0.9999999);
    }
  }

  @Test
  void namesTheFieldThatItDoesNotImplement() throws IOException {
    Map<String, String> refusals =
        Map.of(
            "\"use_swiglu_ffn\": true",
            "use_swiglu_ffn = true is not implemented, only false; take another encoder",
            "\"model_type\": \"swin\"",
            "model_type = \"swin\" is not implemented, only vit, deit, clip,"
                + " clip_vision_model and dinov2 for pictures; take another encoder",
            "\"num_channels\": 1",
            "num_channels = 1 is not implemented, only 3; take another encoder",
            "\"hidden_act\": \"swish\"",
            "hidden_act = \"swish\" is not implemented, only gelu, gelu_new,"
                + " gelu_pytorch_tanh, quick_gelu, relu; take another encoder",
            "\"patch_size\": 3",
            "patch_size = 3 is not implemented, only a divisor of image_size = 16; take"
                + " another encoder",
            "\"hidden_size\": \"wide\"",
            "hidden_size = \"wide\"; expected a positive whole number");
    for (Map.Entry<String, String> one : refusals.entrySet()) {
      Path copy = TinyEncoders.copy("dinov2", folder);
      TinyEncoders.setField(copy.resolve("config.json"), one.getKey());
      assertThatThrownBy(() -> open(copy, ScalarType.Float))
          .isInstanceOf(CheckpointException.class)
          .hasMessage(copy.resolve("config.json") + ": " + one.getValue());
    }
  }
}
