package dev.horae.conform;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.data.FeatureTable;
import dev.horae.data.RowLayout;
import dev.horae.data.SequenceBatch;
import dev.horae.model.Iisan;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.TrainingHooks.Draws;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Safetensors;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;

/** GAIR-Lab/IISAN's code for cached states; its rows are padded on the left. */
final class IisanFixture extends Fixture {

  private final int length; // inputs of a row, L; one slot more, for the last target

  IisanFixture(JsonNode sidecar, Safetensors values) {
    super(sidecar, values);
    length = hyper.path("max_len").asInt();
  }

  @Override
  String model() {
    return "iisan";
  }

  @Override
  List<String> settings() {
    return List.of(
        "hidden_size=" + hyper.path("hidden_size"),
        "layers=" + hyper.path("n_blocks"),
        "heads=" + hyper.path("n_heads"),
        "inner_size=" + hyper.path("inner_size"),
        "dropout=" + hyper.path("dropout"),
        "adapter_size=" + hyper.path("adapter_down"),
        "gate_temperature=" + hyper.path("gate_temperature"),
        "states=" + hyper.path("used_states"));
  }

  @Override
  List<Variant> variants() {
    return List.of(new Variant("", "grad", List.of()));
  }

  @Override
  List<FeatureTable> features() {
    return List.of(states("text", "in.text_states"), states("image", "in.image_states"));
  }

  private FeatureTable states(String modality, String name) {
    Safetensors.Entry entry = entry(name); // [N + 1, states, F]
    int states = (int) entry.shape()[1];
    return new FeatureTable(
        modality,
        "fixture",
        (int) entry.shape()[0],
        states * (int) entry.shape()[2],
        states,
        new FeatureTable.InMemory(entry.floats()));
  }

  @Override
  SequenceBatch evaluation(RowLayout layout) {
    long[] items = longs("in.eval_seq");
    long[] none = LongStream.range(0, items.length / length).map(h -> 1).toArray(); // unread
    return batch(histories(items, lengths("in.eval_mask"), null, true), none, layout);
  }

  /** Every slot but the last is an event, and has the slot behind it as its target. */
  @Override
  SequenceBatch training(RowLayout layout) {
    long[] slots = longs("in.sample_items");
    long[] lengths = lengths("in.log_mask");
    long[] items = new long[lengths.length * length];
    long[] last = new long[lengths.length];
    for (int h = 0; h < last.length; h++) {
      System.arraycopy(slots, h * (length + 1), items, h * length, length);
      last[h] = slots[(h + 1) * (length + 1) - 1];
    }
    SequenceBatch batch = batch(histories(items, lengths, null, true), last, layout);
    for (int i = 0; i + 1 < batch.items().length; i++) {
      if (batch.segments()[i] != 0 && batch.segments()[i + 1] == batch.segments()[i]) {
        batch.targets()[i] = batch.items()[i + 1];
      }
    }
    return batch;
  }

  private long[] lengths(String mask) {
    float[] eventMask = entry(mask).floats();
    long[] lengths = new long[eventMask.length / length];
    for (int i = 0; i < eventMask.length; i++) {
      lengths[i / length] += (long) eventMask[i];
    }
    return lengths;
  }

  /** The recorded popularity. */
  @Override
  Draws draws(SequenceBatch batch, Variant variant) {
    return Iisan.Slots.of(batch, entry("in.pop_prob").floats());
  }

  @Override
  Map<String, Tensor> tables(SequenceModel model, ItemVectors items) {
    Map<String, Tensor> tables = new LinkedHashMap<>();
    tables.put("out.item_table", items.table());
    long[] all = LongStream.range(0, model.itemRows()).toArray();
    Iisan.Heads heads = ((Iisan) model).heads(Ops.int64(all, all.length));
    tables.put("out.item_image", heads.image());
    tables.put("out.item_text", heads.text());
    tables.put("out.item_inter", heads.inter());
    return tables;
  }
}
