package dev.horae.conform;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.data.FeatureTable;
import dev.horae.data.SequenceBatch;
import dev.horae.model.Hm4srPlaceholders;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.sequence.TrainingHooks.Draws;
import dev.horae.tensor.Safetensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** The released class, and the repaired twin that equals it under the released switches. */
final class Hm4srFixture extends Fixture {

  Hm4srFixture(JsonNode sidecar, Safetensors values) {
    super(sidecar, values);
  }

  @Override
  String model() {
    return "hm4sr";
  }

  @Override
  List<String> settings() {
    List<String> views = new ArrayList<>();
    switches.path("mods").forEach(view -> views.add(view.asText()));
    boolean temporal = switches.path("use_tmoe").asBoolean();
    boolean released = switches.path("cp_index_bug").asBoolean();
    String base = switches.path("log_base").asText();
    return transformer(
        "use_id=" + views.contains("id"),
        "feature_rms=0",
        "interactive_moe=" + switches.path("use_imoe"),
        "interactive_experts=" + hyper.path("k1"),
        "time=" + (temporal ? timeMode(switches.path("time_mode").asText()) : "none"),
        "temporal_experts=" + hyper.path("k2"),
        "train_temporal_experts=" + switches.path("train_temporal_experts"),
        "mu=" + hyper.path("mu"),
        "log_base=" + (base.equals("e") ? Double.toString(Math.E) : base),
        "frequency=" + hyper.path("freq"),
        "time_unit=" + switches.path("time_unit").asText(),
        "z_outside=" + switches.path("z_outside"),
        "mask_padding=" + switches.path("mask_pad"),
        "lambda_cp=" + weight("lambda1", "use_cp"),
        "lambda_idcl=" + weight("lambda2", "use_idcl"),
        "lambda_pcl=" + weight("lambda3", "use_pcl"),
        "cp_input=" + switches.path("cp_input").asText(),
        "cp_reduction=" + switches.path("cp_reduction").asText("mean"),
        "cp_index_bug=" + released,
        "clamp_categories=" + !released,
        "tau=" + hyper.path("tau"),
        "beta=" + hyper.path("beta"),
        "pcl_temperature=" + hyper.path("pcl_temperature").asDouble(1),
        "duplicates=" + switches.path("duplicate_rule").asText());
  }

  private static String timeMode(String mode) {
    return mode.equals("dayofyear") ? "day-of-year" : mode;
  }

  private String weight(String weight, String used) {
    return switches.path(used).asBoolean() ? hyper.path(weight).asText() : "0";
  }

  @Override
  List<Variant> variants() {
    return List.of(
        new Variant("", "grad", List.of()),
        new Variant("_dup_zero", null, List.of("duplicates=zero")),
        new Variant("_dup_keep", null, List.of("duplicates=keep")),
        new Variant("_unmasked", null, List.of("mask_padding=false")));
  }

  @Override
  DataSpec dataSpec() {
    long first = hyper.path("t_min").asLong();
    long last = first + 86_400L * (hyper.path("day_rows").asLong(1) - 1);
    return new DataSpec(
        hyper.path("n_items").asInt() - 1,
        hyper.path("max_len").asInt(),
        features(),
        hyper.path("n_categories").asInt(),
        has("cat_embedding.weight") ? entry("cat_embedding.weight").floats() : new float[0],
        new DataSpec.TimeRange(first, last, hyper.path("max_interval").asLong()));
  }

  @Override
  List<FeatureTable> features() {
    List<FeatureTable> tables = new ArrayList<>();
    for (String[] names : new String[][] {{"text", "txt"}, {"image", "img"}}) {
      String name = names[1] + "_embedding.weight";
      if (has(name)) {
        tables.add(table(names[0], name));
      }
    }
    return tables;
  }

  /** The recorded placeholder positions. */
  @Override
  Draws draws(SequenceBatch batch, Variant variant) {
    Safetensors.Entry mask = values.entries().get("rand.pcl_mask");
    if (mask == null) {
      return Draws.NONE;
    }
    long[] recorded = mask.longs();
    boolean[] chosen = new boolean[batch.items().length];
    for (int i = 0; i < chosen.length; i++) {
      if (batch.segments()[i] != 0) {
        long row = batch.histories()[i] - 1;
        chosen[i] = recorded[(int) (row * mask.shape()[1] + batch.positions()[i])] != 0;
      }
    }
    return new Hm4srPlaceholders(chosen);
  }

  @Override
  Map<String, Tensor> outputs(
      SequenceModel model, SequenceTensors in, ItemVectors items, Tensor users) {
    Map<String, Tensor> outputs = super.outputs(model, in, items, users);
    long d = users.size(1) / model.parts().size();
    for (int v = 0; v < model.parts().size(); v++) {
      String view = official(model.parts().get(v));
      Tensor part = users.narrow(1, v * d, d);
      outputs.put("out.H_" + view, part);
      outputs.put("out.scores_" + view, part.matmul(items.table().narrow(1, v * d, d).t()));
    }
    model.gates(in, items).forEach((name, gate) -> outputs.put("out.gate_" + official(name), gate));
    return outputs;
  }

  private static String official(String name) {
    return switch (name) {
      case "text" -> "txt";
      case "image" -> "img";
      case "time" -> "temporal";
      default -> name;
    };
  }

  /** Gates are recorded at every event, [B, L, K]; ours are those at the last. */
  @Override
  float[] expected(String name, Safetensors.Entry recorded) {
    if (!name.startsWith("out.gate_")) {
      return super.expected(name, recorded);
    }
    int length = (int) recorded.shape()[1];
    int width = (int) recorded.shape()[2];
    long[] lengths = longs("in.item_seq_len");
    float[] all = recorded.floats();
    float[] last = new float[lengths.length * width];
    for (int b = 0; b < lengths.length; b++) {
      System.arraycopy(all, (b * length + (int) lengths[b] - 1) * width, last, b * width, width);
    }
    return last;
  }
}
