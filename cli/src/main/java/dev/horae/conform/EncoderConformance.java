package dev.horae.conform;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.data.Json;
import dev.horae.encoder.Activation;
import dev.horae.encoder.Bert;
import dev.horae.encoder.FrozenLayers.Run;
import dev.horae.encoder.PretrainedWeights;
import dev.horae.encoder.Vit;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Safetensors;
import dev.horae.tensor.Scope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;

/**
 * Holds {@link Bert} and {@link Vit} against numbers of the official codes: a safetensors file with
 * weights, inputs and outputs, and a JSON sidecar with hyper-parameters and tolerances.
 */
public final class EncoderConformance {

  /** What {@code model} may say in the sidecar of a fixture that is judged here. */
  public static final Set<String> MODELS = Set.of("bert", "vit", "vit-plain");

  private final JsonNode sidecar;
  private final RecordedTensors tensors;
  private final List<ComparedTensor> results = new ArrayList<>();

  private EncoderConformance(JsonNode sidecar, RecordedTensors tensors) {
    this.sidecar = sidecar;
    this.tensors = tensors;
  }

  public static List<ComparedTensor> check(Path file) {
    JsonNode sidecar = Json.read(Json.sidecar(file), JsonNode.class);
    RecordedTensors fixture = RecordedTensors.read(file);
    EncoderConformance check = new EncoderConformance(sidecar, fixture);
    PretrainedWeights weights =
        PretrainedWeights.of(
            file,
            new Safetensors(
                Map.of(),
                fixture.entries().entrySet().stream()
                    .filter(entry -> !entry.getKey().matches("(in|out)\\..*"))
                    .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue))));
    if (sidecar.path("model").asText().equals("bert")) {
      check.bert(weights);
    } else {
      check.vit(weights);
    }
    return check.results;
  }

  private void bert(PretrainedWeights weights) {
    JsonNode hyper = sidecar.path("hyper");
    Bert.Config config =
        new Bert.Config(
            hyper.path("vocab_size").asInt(),
            hyper.path("hidden_size").asInt(),
            hyper.path("n_layers").asInt(),
            hyper.path("n_heads").asInt(),
            hyper.path("intermediate_size").asInt(),
            hyper.path("max_position_embeddings").asInt(),
            hyper.path("type_vocab_size").asInt(),
            hyper.path("layer_norm_eps").asDouble(),
            Activation.GELU,
            -1);
    long[] shape = tensors.get("in.input_ids").shape();
    long[] mask = tensors.get("in.attention_mask").longs();
    long[] padded = tensors.get("in.input_ids").longs();
    List<Integer> real = new ArrayList<>(); // the places of the tokens in the padded batch
    List<Run> runs = new ArrayList<>();
    for (int row = 0; row < shape[0]; row++) {
      int before = real.size();
      for (int i = 0; i < shape[1]; i++) {
        int place = (int) (row * shape[1] + i);
        if (mask[place] != 0) {
          real.add(place);
        }
      }
      runs.add(new Run(1, real.size() - before));
    }
    long[] ids = real.stream().mapToLong(place -> padded[place]).toArray();
    try (Bert model = new Bert(config, weights);
        Scope scope = Scope.inference()) {
      List<Tensor> states = model.states(ids, runs);
      List<float[]> all = states.stream().map(state -> pad(state, real, mask.length)).toList();
      float[] last = all.get(all.size() - 1);
      compare("out.embeddings", all.get(0));
      compare("out.last_hidden", last);
      compare("out.cls", first(List.of(last), config.width()));
      compare("out.cls_states", first(all, config.width()));
    }
  }

  /** {@return [B, T, D] with zeros where no token is} */
  private static float[] pad(Tensor state, List<Integer> places, int tokens) {
    int width = (int) state.size(1);
    float[] packed = Ops.floats(state);
    float[] padded = new float[tokens * width];
    for (int t = 0; t < places.size(); t++) {
      System.arraycopy(packed, t * width, padded, places.get(t) * width, width);
    }
    return padded;
  }

  private void vit(PretrainedWeights weights) {
    JsonNode hyper = sidecar.path("hyper");
    int width = hyper.path("embed_dim").asInt();
    Vit.Config config =
        new Vit.Config(
            Vit.Names.timm(sidecar.path("switches").path("pre_norm").asBoolean()),
            "",
            width,
            hyper.path("depth").asInt(),
            hyper.path("num_heads").asInt(),
            (int) (width * hyper.path("mlp_ratio").asDouble()),
            hyper.path("img_size").asInt(),
            hyper.path("patch_size").asInt(),
            hyper.path("layer_norm_eps").asDouble(),
            Activation.GELU,
            sidecar.path("switches").path("patch_bias").asBoolean(),
            true,
            false);
    Safetensors.Entry images = tensors.get("in.images");
    try (Vit model = new Vit(config, weights);
        Scope scope = Scope.inference()) {
      List<Tensor> states = model.states(Ops.float32(images.floats(), images.shape()));
      List<float[]> all = states.stream().map(Ops::floats).toList();
      compare("out.block_input", all.get(0));
      for (int i = 1; i < all.size(); i++) {
        compare("out.block" + (i - 1), all.get(i));
      }
      compare("out.features", Ops.floats(model.normed(states.get(states.size() - 1))));
      compare("out.cls", Ops.floats(model.vectors(states, images.shape()[0])));
      compare("out.cls_states", first(all, width));
    }
  }

  /** {@return the first token of each sequence in every state, [B, states, D]} */
  private float[] first(List<float[]> states, int width) {
    Safetensors.Entry input =
        tensors.get(tensors.entries().containsKey("in.images") ? "in.images" : "in.input_ids");
    int sequences = (int) input.shape()[0];
    int length = states.get(0).length / sequences;
    float[] first = new float[sequences * states.size() * width];
    for (int b = 0; b < sequences; b++) {
      for (int s = 0; s < states.size(); s++) {
        System.arraycopy(states.get(s), b * length, first, (b * states.size() + s) * width, width);
      }
    }
    return first;
  }

  private void compare(String name, float[] ours) {
    double tolerance = sidecar.path("tensors").path(name).path("tol").asDouble(1e-5);
    results.add(ComparedTensor.of(name, tensors.get(name).floats(), ours, tolerance));
  }
}
