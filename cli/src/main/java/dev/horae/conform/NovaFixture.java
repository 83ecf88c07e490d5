package dev.horae.conform;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.data.FeatureTable;
import dev.horae.sequence.DataSpec;
import dev.horae.tensor.Safetensors;
import java.util.ArrayList;
import java.util.List;

/** A reference implementation of NOVA, which has no official code, with all its ways to fuse. */
final class NovaFixture extends Fixture {

  NovaFixture(JsonNode sidecar, Safetensors values) {
    super(sidecar, values);
  }

  @Override
  String model() {
    return "nova";
  }

  @Override
  List<String> settings() {
    List<String> side = new ArrayList<>(List.of("categories"));
    features().forEach(table -> side.add(table.modality()));
    return transformer("side_information=" + side, "feature_rms=0");
  }

  @Override
  List<Variant> variants() {
    List<Variant> all = new ArrayList<>(super.variants());
    all.add(new Variant("_gate_sigmoid", "gradsigmoid", List.of("fusion=sigmoid-gate")));
    all.add(new Variant("_add", "gradadd", List.of("fusion=add")));
    all.add(new Variant("_concat", "gradconcat", List.of("fusion=concat")));
    all.add(new Variant("_gate_softmax_once", null, List.of("fuse_per_layer=false")));
    all.add(new Variant("_add_once", null, List.of("fusion=add", "fuse_per_layer=false")));
    return all;
  }

  @Override
  DataSpec dataSpec() {
    return categorised();
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
}
