package dev.horae.conform;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.SequenceModel;
import dev.horae.tensor.Safetensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** RUCAIBox/UniSRec, fine-tuning: transductive when items have vectors of their own. */
final class UnisrecFixture extends AdaptorFixture {

  UnisrecFixture(JsonNode sidecar, Safetensors values) {
    super(sidecar, values);
  }

  @Override
  String model() {
    return "unisrec";
  }

  @Override
  List<String> settings() {
    List<String> settings = new ArrayList<>(super.settings());
    settings.add("use_id=" + has("item_embedding.weight"));
    return settings;
  }

  @Override
  Map<String, Tensor> tables(SequenceModel model, ItemVectors items) {
    return Map.of("out.item_table", items.table());
  }
}
