package dev.horae.conform;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.data.FeatureTable;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.tensor.Safetensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** A reference implementation of our own reconstruction; there is no official code. */
final class M3srecFixture extends Fixture {

  private static final String AUX = "_aux";
  private static final String PER_MODALITY = "_sum";

  M3srecFixture(JsonNode sidecar, Safetensors values) {
    super(sidecar, values);
  }

  @Override
  String model() {
    return "m3srec";
  }

  @Override
  List<String> settings() {
    return List.of(
        "hidden_size=" + hyper.path("hidden_size"),
        "heads=" + hyper.path("n_heads"),
        "specific_layers=" + hyper.path("L1"),
        "shared_layers=" + hyper.path("L2"),
        "specific_experts=" + hyper.path("k3"),
        "shared_experts=" + hyper.path("k4"),
        "dropout=" + hyper.path("dropout"),
        "attention_dropout=" + hyper.path("dropout"),
        "feature_rms=0",
        "tau=" + hyper.path("aux_temperature"));
  }

  @Override
  List<Variant> variants() {
    List<Variant> all = new ArrayList<>(super.variants());
    all.add(new Variant(AUX, "grada", List.of("lambda_aux=" + hyper.path("aux_weight"))));
    all.add(new Variant(PER_MODALITY, null, List.of("head=per-modality")));
    all.add(new Variant("_late", null, List.of("cross_modal=false")));
    return all;
  }

  @Override
  List<FeatureTable> features() {
    List<FeatureTable> tables = new ArrayList<>();
    for (String modality : List.of("text", "image")) {
      if (has("in." + modality + "_features")) {
        tables.add(table(modality, "in." + modality + "_features"));
      }
    }
    return tables;
  }

  @Override
  Map<String, Tensor> outputs(
      SequenceModel model, SequenceTensors in, ItemVectors items, Tensor users) {
    Map<String, Tensor> outputs = super.outputs(model, in, items, users);
    model.gates(in, items).forEach((name, gate) -> outputs.put("out.beta", gate));
    return outputs;
  }

  @Override
  String recordedName(String name, Variant variant) {
    boolean perModality = variant.suffix().equals(PER_MODALITY);
    return switch (name) {
      case "loss.aux" -> name;
      case "out.u" -> perModality ? "out.u_modal" : super.recordedName(name, variant);
      case "loss.total" -> perModality ? "loss.total_sum_head" : super.recordedName(name, variant);
      default -> super.recordedName(name, variant);
    };
  }
}
