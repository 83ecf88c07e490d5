package dev.horae.conform;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.tensor.Safetensors;
import java.util.List;

/** RecBole's {@code gru4rec.py}. */
final class Gru4recFixture extends Fixture {

  Gru4recFixture(JsonNode sidecar, Safetensors values) {
    super(sidecar, values);
  }

  @Override
  String model() {
    return "gru4rec";
  }

  @Override
  List<String> settings() {
    return List.of(
        "embedding_size=" + hyper.path("embedding_size"),
        "hidden_size=" + hyper.path("hidden_size"),
        "layers=" + hyper.path("num_layers"),
        "dropout=" + hyper.path("dropout"));
  }
}
