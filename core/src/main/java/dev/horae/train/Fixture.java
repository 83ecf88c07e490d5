package dev.horae.train;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.SequenceBatch;
import dev.horae.data.Windows;
import dev.horae.model.Hm4sr;
import dev.horae.model.Inventory;
import dev.horae.model.ModelConfig;
import dev.horae.model.SequenceModel.Draws;
import dev.horae.nn.Losses;
import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.Safetensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A record of what the official code of a model computed, turned into our terms.
 *
 * @param config the model as the sidecar's hyper-parameters and switches describe it
 * @param values weights, inputs and results by name
 */
record Fixture(ModelConfig config, Inventory inventory, Safetensors values) {

  /** Throws {@link CheckpointException} when the sidecar names a model that we do not have. */
  static Fixture of(JsonNode sidecar, Safetensors values) {
    String model = sidecar.path("model").asText();
    if (model.equals("hm4sr") || model.startsWith("hm4sr-")) {
      return hm4sr(sidecar.path("hyper"), sidecar.path("switches"), values);
    }
    throw new CheckpointException("model = " + model + " is not one of ours; known: [hm4sr]");
  }

  private static Fixture hm4sr(JsonNode hyper, JsonNode switches, Safetensors values) {
    boolean tmoe = switches.path("use_tmoe").asBoolean();
    String time = switches.path("time_mode").asText().replace("dayofyear", "day_of_year");
    List<String> views = new ArrayList<>();
    switches.path("mods").forEach(view -> views.add(view.asText()));
    double lambdaCp = switches.path("use_cp").asBoolean() ? hyper.path("lambda1").asDouble() : 0;
    double lambdaIdcl =
        switches.path("use_idcl").asBoolean() ? hyper.path("lambda2").asDouble() : 0;
    double lambdaPcl = switches.path("use_pcl").asBoolean() ? hyper.path("lambda3").asDouble() : 0;
    double dropout = hyper.path("dropout").asDouble();
    Hm4sr.Config config =
        new Hm4sr.Config(
            views.contains("id"),
            hyper.path("hidden_size").asInt(),
            hyper.path("n_layers").asInt(),
            hyper.path("n_heads").asInt(),
            hyper.path("inner_size").asInt(),
            dropout,
            dropout,
            0,
            switches.path("use_imoe").asBoolean(),
            hyper.path("k1").asInt(),
            List.of(0.0, 1.0, 1.0),
            tmoe ? Hm4sr.Time.valueOf(time.toUpperCase(Locale.ROOT)) : Hm4sr.Time.NONE,
            hyper.path("k2").asInt(),
            0,
            switches.path("train_temporal_experts").asBoolean(),
            hyper.path("mu").asDouble(),
            switches.path("log_base").asText().equals("e")
                ? Math.E
                : switches.path("log_base").asDouble(),
            hyper.path("freq").asDouble(),
            switches.path("time_unit").asText().equals("seconds")
                ? Hm4sr.TimeUnit.SECONDS
                : Hm4sr.TimeUnit.DAYS,
            switches.path("z_outside").asBoolean(),
            switches.path("mask_pad").asBoolean(),
            lambdaCp,
            lambdaIdcl,
            lambdaPcl,
            Hm4sr.CategoryInput.valueOf(
                switches.path("cp_input").asText().toUpperCase(Locale.ROOT)),
            switches.path("cp_reduction").asText().equals("sum")
                ? Hm4sr.Reduction.SUM
                : Hm4sr.Reduction.MEAN,
            switches.path("cp_index_bug").asBoolean(),
            !switches.path("cp_index_bug").asBoolean(),
            hyper.path("tau").asDouble(),
            hyper.path("beta").asDouble(),
            Losses.Duplicates.valueOf(
                switches.path("duplicate_rule").asText().toUpperCase(Locale.ROOT)),
            Hm4sr.SameHistory.KEEP);
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
    return new Fixture(config, inventory, values);
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
