package dev.horae.train;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.config.ConfigReader;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.SequenceBatch;
import dev.horae.data.Windows;
import dev.horae.model.Hm4sr;
import dev.horae.model.Inventory;
import dev.horae.model.ModelConfig;
import dev.horae.model.SequenceModel.Draws;
import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.Safetensors;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A record of what the official code of a model computed, turned into our terms.
 *
 * @param config the model as the sidecar's hyper-parameters and switches describe it
 * @param variants the model with one switch turned, by the suffix of the losses that it explains
 * @param values weights, inputs and results by name
 */
record Fixture(
    ModelConfig config,
    Map<String, ModelConfig> variants,
    Inventory inventory,
    Safetensors values) {

  /** Throws {@link CheckpointException} when the sidecar names a model that we do not have. */
  static Fixture of(JsonNode sidecar, Safetensors values) {
    String model = sidecar.path("model").asText();
    if (model.equals("hm4sr") || model.startsWith("hm4sr-")) {
      return hm4sr(sidecar.path("hyper"), sidecar.path("switches"), values);
    }
    throw new CheckpointException("model = " + model + " is not one of ours; known: [hm4sr]");
  }

  private static Fixture hm4sr(JsonNode hyper, JsonNode switches, Safetensors values) {
    List<String> views = new ArrayList<>();
    switches.path("mods").forEach(view -> views.add(view.asText()));
    boolean temporal = switches.path("use_tmoe").asBoolean();
    boolean released = switches.path("cp_index_bug").asBoolean();
    String base = switches.path("log_base").asText();
    List<String> settings =
        List.of(
            "use_id=" + views.contains("id"),
            "hidden_size=" + hyper.path("hidden_size"),
            "layers=" + hyper.path("n_layers"),
            "heads=" + hyper.path("n_heads"),
            "inner_size=" + hyper.path("inner_size"),
            "dropout=" + hyper.path("dropout"),
            "attention_dropout=" + hyper.path("dropout"),
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
            "lambda_cp=" + weight(hyper, "lambda1", switches, "use_cp"),
            "lambda_idcl=" + weight(hyper, "lambda2", switches, "use_idcl"),
            "lambda_pcl=" + weight(hyper, "lambda3", switches, "use_pcl"),
            "cp_input=" + switches.path("cp_input").asText(),
            "cp_reduction=" + switches.path("cp_reduction").asText("mean"),
            "cp_index_bug=" + released,
            "clamp_categories=" + !released,
            "tau=" + hyper.path("tau"),
            "beta=" + hyper.path("beta"),
            "pcl_temperature=" + hyper.path("pcl_temperature").asDouble(1),
            "duplicates=" + switches.path("duplicate_rule").asText());
    long first = hyper.path("t_min").asLong();
    long last = first + 86_400L * (hyper.path("day_rows").asLong(1) - 1);
    Inventory inventory =
        new Inventory(
            hyper.path("n_items").asInt() - 1,
            hyper.path("max_len").asInt(),
            features(values),
            hyper.path("n_categories").asInt(),
            values.entries().containsKey("cat_embedding.weight")
                ? values.entries().get("cat_embedding.weight").floats()
                : new float[0],
            new Inventory.TimeRange(first, last, hyper.path("max_interval").asLong()));
    Map<String, ModelConfig> variants = new LinkedHashMap<>();
    for (String rule : List.of("zero", "keep")) {
      variants.put("_dup_" + rule, hm4sr(settings, "duplicates=" + rule));
    }
    variants.put("_unmasked", hm4sr(settings, "mask_padding=false"));
    return new Fixture(hm4sr(settings), variants, inventory, values);
  }

  private static ModelConfig hm4sr(List<String> settings, String... others) {
    List<String> all = new ArrayList<>(settings);
    all.addAll(List.of(others));
    return ConfigReader.read(null, all, Hm4sr.Config.class);
  }

  private static String timeMode(String mode) {
    return mode.equals("dayofyear") ? "day-of-year" : mode;
  }

  private static String weight(JsonNode hyper, String weight, JsonNode switches, String used) {
    return switches.path(used).asBoolean() ? hyper.path(weight).asText() : "0";
  }

  private static List<FeatureTable> features(Safetensors values) {
    List<FeatureTable> tables = new ArrayList<>();
    for (String[] names : new String[][] {{"text", "txt"}, {"image", "img"}}) {
      Safetensors.Entry entry = values.entries().get(names[1] + "_embedding.weight");
      if (entry != null) {
        tables.add(new FeatureTable(names[0], "fixture", (int) entry.shape()[1], entry.floats()));
      }
    }
    return tables;
  }

  /** {@return the inputs; history h of the batch is row h - 1 of the fixture} */
  SequenceBatch batch(boolean packed) {
    long[] items = values.entries().get("in.item_seq").longs();
    long[] lengths = values.entries().get("in.item_seq_len").longs();
    long[] targets = values.entries().get("in.target").longs();
    Safetensors.Entry stamps = values.entries().get("in.timestamps");
    long[] times = stamps == null ? new long[items.length] : stamps.longs();
    int width = items.length / lengths.length;
    int[] starts = new int[lengths.length + 1];
    for (int h = 0; h < lengths.length; h++) {
      starts[h + 1] = starts[h] + (int) lengths[h];
    }
    int[] flatItems = new int[starts[lengths.length]];
    long[] flatTimes = new long[flatItems.length];
    for (int h = 0; h < lengths.length; h++) {
      for (int j = 0; j < lengths[h]; j++) {
        flatItems[starts[h] + j] = (int) items[h * width + j];
        flatTimes[starts[h] + j] = times[h * width + j];
      }
    }
    Histories histories = new Histories(starts, flatItems, flatTimes);
    SequenceBatch batch =
        Windows.latest(histories, inventory.length())
            .inOrder(targets.length, packed)
            .get(0)
            .batch();
    for (int i = 0; i < batch.targets().length; i++) {
      if (batch.targets()[i] == SequenceBatch.UNKNOWN) {
        batch.targets()[i] = targets[(int) batch.histories()[i] - 1];
      }
    }
    return batch;
  }

  /** {@return the recorded placeholder positions, laid out as {@code batch}} */
  Draws draws(SequenceBatch batch) {
    Safetensors.Entry mask = values.entries().get("rand.pcl_mask");
    if (mask == null) {
      return Draws.NONE;
    }
    long[] chosen = mask.longs();
    boolean[] placeholders = new boolean[batch.items().length];
    for (int i = 0; i < placeholders.length; i++) {
      if (batch.segments()[i] != 0) {
        long row = batch.histories()[i] - 1;
        placeholders[i] = chosen[(int) (row * mask.shape()[1] + batch.positions()[i])] != 0;
      }
    }
    return new Draws(placeholders);
  }
}
