package dev.horae.conform;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.data.FeatureTable;
import dev.horae.data.SequenceBatch;
import dev.horae.model.GateNoise;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.sequence.TrainingHooks.Draws;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Safetensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * Models with noisy gates over texts, scored by cosines: the repositories of UniSRec and TedRec.
 */
abstract class AdaptorFixture extends Fixture {

  AdaptorFixture(JsonNode sidecar, Safetensors values) {
    super(sidecar, values);
  }

  @Override
  List<String> settings() {
    return transformer(
        "feature_rms=0",
        "experts=" + hyper.path("n_exps"),
        "adaptor_dropout=" + hyper.path("adaptor_dropout_prob"),
        "noise_floor=" + hyper.path("noise_epsilon"),
        "temperature=" + hyper.path("temperature"));
  }

  @Override
  List<Variant> variants() {
    List<Variant> variants = new ArrayList<>(super.variants());
    variants.add(new Variant("_nonoise", "gradn", List.of("mask_padding=false")));
    return variants;
  }

  @Override
  List<FeatureTable> features() {
    return List.of(table("text", "plm_embedding.weight"));
  }

  /** The recorded noise; in packed rows an event is found by its history and its place there. */
  @Override
  Draws draws(SequenceBatch batch, Variant variant) {
    if (variant.suffix().equals("_nonoise")) {
      return Draws.NONE;
    }
    Safetensors.Entry recorded = entry("rand.gate_noise_seq");
    float[] all = recorded.floats();
    int length = (int) recorded.shape()[1];
    int experts = (int) recorded.shape()[2];
    float[] events = new float[batch.items().length * experts];
    for (int i = 0; i < batch.items().length; i++) {
      boolean padded = batch.segments()[i] == 0;
      int ofRow = i / batch.length() * batch.length();
      int history = (int) batch.histories()[padded ? ofRow : i] - 1;
      int place = padded ? i % batch.length() : (int) batch.positions()[i];
      System.arraycopy(all, (history * length + place) * experts, events, i * experts, experts);
    }
    float[] table =
        has("rand.gate_noise_table") ? entry("rand.gate_noise_table").floats() : new float[0];
    return new GateNoise(events, rows -> of(table, Ops.longs(rows.indices()), experts));
  }

  /** {@return the values of some rows of a table, {@code width} each} */
  private static float[] of(float[] table, long[] rows, int width) {
    float[] values = new float[rows.length * width];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(table, (int) rows[i] * width, values, i * width, width);
    }
    return values;
  }

  @Override
  Map<String, Tensor> outputs(
      SequenceModel model, SequenceTensors in, ItemVectors items, Tensor users) {
    Map<String, Tensor> outputs = super.outputs(model, in, items, users);
    outputs.put("out.gates_seq", model.gates(in, items).get("text"));
    return outputs;
  }

  /**
   * Ours are unit vectors, which the code makes of its own while it scores; gates are recorded at
   * every place, ours are those at the last event.
   */
  @Override
  float[] expected(String name, Safetensors.Entry recorded) {
    float[] all = recorded.floats();
    int width = (int) recorded.shape()[recorded.shape().length - 1];
    switch (name) {
      case "out.u", "out.item_table" -> {
        return unit(all, width);
      }
      case "out.gates_seq" -> {
        long[] lengths = longs("in.item_seq_len");
        int places = (int) recorded.shape()[1];
        float[] last = new float[lengths.length * width];
        for (int b = 0; b < lengths.length; b++) {
          int at = (b * places + (int) lengths[b] - 1) * width;
          System.arraycopy(all, at, last, b * width, width);
        }
        return last;
      }
      default -> {
        return all;
      }
    }
  }

  private static float[] unit(float[] rows, int width) {
    float[] unit = new float[rows.length];
    for (int row = 0; row < rows.length; row += width) {
      double squares = 0;
      for (int i = row; i < row + width; i++) {
        squares += (double) rows[i] * rows[i];
      }
      for (int i = row; i < row + width; i++) {
        unit[i] = (float) (rows[i] / Math.sqrt(squares));
      }
    }
    return unit;
  }
}
