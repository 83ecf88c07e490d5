package dev.horae.conform;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.tensor.Safetensors;
import java.util.ArrayList;
import java.util.List;

/** Sherry-XLL/TedRec. */
final class TedrecFixture extends AdaptorFixture {

  TedrecFixture(JsonNode sidecar, Safetensors values) {
    super(sidecar, values);
  }

  @Override
  String model() {
    return "tedrec";
  }

  @Override
  List<Variant> variants() {
    List<Variant> variants = new ArrayList<>(super.variants());
    variants.add(new Variant("_padclean", null, List.of("clean_padding=true")));
    return variants;
  }
}
