package dev.horae.conform;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.tensor.Safetensors;
import java.util.List;

/** RecBole's {@code sasrec.py}. */
final class SasrecFixture extends Fixture {

  SasrecFixture(JsonNode sidecar, Safetensors values) {
    super(sidecar, values);
  }

  @Override
  String model() {
    return "sasrec";
  }

  @Override
  List<String> settings() {
    return transformer();
  }
}
