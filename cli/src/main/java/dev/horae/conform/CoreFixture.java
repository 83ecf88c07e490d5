package dev.horae.conform;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.tensor.Safetensors;
import java.util.ArrayList;
import java.util.List;

/** RecBole's {@code core.py}; the variant with equal weights has numbers of its own. */
final class CoreFixture extends Fixture {

  private static final String MEAN = "_ave";

  CoreFixture(JsonNode sidecar, Safetensors values) {
    super(sidecar, values);
  }

  @Override
  String model() {
    return "core";
  }

  @Override
  List<String> settings() {
    boolean mean = switches.path("dnn_type").asText().startsWith("ave");
    return List.of(
        "weights=" + (mean ? "mean" : "transformer"),
        "hidden_size=" + hyper.path("embedding_size"),
        "layers=" + hyper.path("n_layers"),
        "heads=" + hyper.path("n_heads"),
        "inner_size=" + hyper.path("inner_size"),
        "dropout=" + hyper.path("dropout"),
        "attention_dropout=" + hyper.path("dropout"),
        "session_dropout=" + hyper.path("sess_dropout"),
        "item_dropout=" + hyper.path("item_dropout"),
        "temperature=" + hyper.path("temperature"));
  }

  @Override
  List<Variant> variants() {
    List<Variant> variants = new ArrayList<>(super.variants());
    variants.add(new Variant(MEAN, null, List.of("weights=mean")));
    return variants;
  }

  /** {@code out.ave_u}, not {@code out.u_ave}. */
  @Override
  String recordedName(String name, Variant variant) {
    return variant.suffix().equals(MEAN)
        ? name.replaceFirst("\\.", ".ave_")
        : super.recordedName(name, variant);
  }

  /** Official scores are divided by the temperature in evaluation too. */
  @Override
  float[] expected(String name, Safetensors.Entry recorded) {
    float[] values = super.expected(name, recorded);
    if (name.equals("out.scores")) {
      for (int i = 0; i < values.length; i++) {
        values[i] *= (float) hyper.path("temperature").asDouble();
      }
    }
    return values;
  }
}
