package dev.horae.conform;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.model.DifSr;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.tensor.Safetensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** DIF-SR's {@code sasrecd.py} with its table of categories registered. */
final class DifSrFixture extends Fixture {

  DifSrFixture(JsonNode sidecar, Safetensors values) {
    super(sidecar, values);
  }

  @Override
  String model() {
    return "dif-sr";
  }

  @Override
  List<String> settings() {
    return transformer(
        "attribute_size=" + hyper.path("attribute_hidden_size"),
        "fusion=" + switches.path("fusion").asText(),
        "lambda_attribute=" + hyper.path("lambda_attr"));
  }

  @Override
  List<Variant> variants() {
    List<Variant> all = new ArrayList<>(super.variants());
    all.add(new Variant("_unclamped", null, List.of("clamp_categories=false")));
    return all;
  }

  @Override
  DataSpec dataSpec() {
    return categorised();
  }

  @Override
  Map<String, Tensor> outputs(
      SequenceModel model, SequenceTensors in, ItemVectors items, Tensor users) {
    Map<String, Tensor> outputs = super.outputs(model, in, items, users);
    outputs.put("out.attr_logits", ((DifSr) model).categoryScores(users));
    return outputs;
  }
}
