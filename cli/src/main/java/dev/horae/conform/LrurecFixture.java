package dev.horae.conform;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.data.RowLayout;
import dev.horae.data.SequenceBatch;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.tensor.Safetensors;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** The authors' {@code lru.py} and data loader: left-padded rows, a label at every event. */
final class LrurecFixture extends Fixture {

  LrurecFixture(JsonNode sidecar, Safetensors values) {
    super(sidecar, values);
  }

  @Override
  String model() {
    return "lrurec";
  }

  @Override
  List<String> settings() {
    return List.of(
        "hidden_size=" + hyper.path("hidden_size"),
        "layers=" + hyper.path("n_blocks"),
        "dropout=" + hyper.path("dropout"),
        "recurrence_dropout=" + hyper.path("dropout"));
  }

  @Override
  List<Variant> variants() {
    return List.of(
        new Variant("", "grad", List.of("first_item_label=true")),
        new Variant("_realpos", "gradr", List.of("first_item_label=false")));
  }

  @Override
  SequenceBatch evaluation(RowLayout layout) {
    long[] lengths = longs("in.item_seq_len");
    long[] labels = longs("in.labels_realpos");
    int width = labels.length / lengths.length;
    long[] last = new long[lengths.length];
    for (int row = 0; row < last.length; row++) {
      last[row] = labels[(row + 1) * width - 1];
    }
    return batch(histories(longs("in.item_seq"), lengths, null, true), last, layout);
  }

  /** The same rows with a target after every event. */
  @Override
  SequenceBatch training(RowLayout layout) {
    SequenceBatch batch = evaluation(layout);
    long[] labels = longs("in.labels_realpos");
    long[] lengths = longs("in.item_seq_len");
    int width = labels.length / lengths.length;
    for (int i = 0; i < batch.targets().length; i++) {
      if (batch.segments()[i] != 0) {
        int row = (int) batch.histories()[i] - 1;
        int padding = width - (int) lengths[row];
        batch.targets()[i] = labels[row * width + padding + (int) batch.positions()[i]];
      }
    }
    return batch;
  }

  /** Users have the 1 that meets the items' bias. */
  @Override
  Map<String, Tensor> outputs(
      SequenceModel model, SequenceTensors in, ItemVectors items, Tensor users) {
    Map<String, Tensor> outputs = new LinkedHashMap<>(super.outputs(model, in, items, users));
    outputs.put("out.u", users.narrow(1, 0, users.size(1) - 1));
    return outputs;
  }
}
