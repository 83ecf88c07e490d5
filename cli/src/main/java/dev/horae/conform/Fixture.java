package dev.horae.conform;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.config.ConfigReader;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.RowLayout;
import dev.horae.data.SequenceBatch;
import dev.horae.data.Windows;
import dev.horae.model.NetworkConfig;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.sequence.TrainingHooks.Draws;
import dev.horae.tensor.Safetensors;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What the official code of a model computed, in our terms. A subclass per model says how the
 * sidecar's hyper-parameters become a configuration, and where ours and the official code name or
 * lay out things differently.
 */
abstract class Fixture {

  /**
   * The model with some switches turned, and the numbers that this explains.
   *
   * @param suffix of the names of outputs and losses, such as {@code _maskpad}; empty = the main
   *     one
   * @param gradients first word of the gradients' names; null when none are recorded
   * @param settings {@code key=value}, over {@link #settings}
   */
  record Variant(String suffix, @Nullable String gradients, List<String> settings) {}

  private record Chosen(NetworkConfig model) {}

  final JsonNode hyper;
  final JsonNode switches;
  final Safetensors values;

  Fixture(JsonNode sidecar, Safetensors values) {
    hyper = sidecar.path("hyper");
    switches = sidecar.path("switches");
    this.values = values;
  }

  // ---- what a model's fixture must say

  /** {@return its {@code type} in configurations} */
  abstract String model();

  /** {@return the main configuration, {@code key=value}} */
  abstract List<String> settings();

  // ---- what it may say differently

  /** {@return the main variant first} RecBole's softmax counts padding as an item. */
  List<Variant> variants() {
    return List.of(
        new Variant("", "grad", List.of("mask_padding=false")),
        new Variant("_maskpad", "gradm", List.of("mask_padding=true")));
  }

  DataSpec dataSpec() {
    return new DataSpec(
        hyper.path("n_items").asInt() - 1,
        hyper.path("max_len").asInt(),
        features(),
        0,
        new float[0],
        new DataSpec.TimeRange(0, 0, 0));
  }

  List<FeatureTable> features() {
    return List.of();
  }

  /** {@return weights under our names} */
  Safetensors weights() {
    return values;
  }

  /** {@return the inputs of the outputs; history h of the batch is row h - 1 of the fixture} */
  SequenceBatch evaluation(RowLayout layout) {
    return batch(histories(), entry("in.target").longs(), layout);
  }

  /** {@return the inputs of the losses} */
  SequenceBatch training(RowLayout layout) {
    return evaluation(layout);
  }

  /** {@return the recorded random choices, laid out as {@code batch}} */
  Draws draws(SequenceBatch batch, Variant variant) {
    return Draws.NONE;
  }

  /** {@return what the model gives at each example, first axis M, by official name} */
  Map<String, Tensor> outputs(
      SequenceModel model, SequenceTensors in, ItemVectors items, Tensor users) {
    Map<String, Tensor> outputs = new LinkedHashMap<>();
    outputs.put("out.u", users);
    outputs.put("out.scores", model.score(users, items.table()));
    return outputs;
  }

  /** {@return what the model gives whatever the histories are, by official name} */
  Map<String, Tensor> tables(SequenceModel model, ItemVectors items) {
    return Map.of();
  }

  /** {@return the official values of an output, turned into what ours is} */
  float[] expected(String name, Safetensors.Entry recorded) {
    return recorded.floats();
  }

  /** {@return under what name a variant's output or loss is recorded} */
  String recordedName(String name, Variant variant) {
    return name + variant.suffix();
  }

  // ---- help for subclasses

  /** {@return the settings of a transformer, as most codes name them, and {@code others}} */
  final List<String> transformer(String... others) {
    List<String> settings =
        new ArrayList<>(
            List.of(
                "hidden_size=" + hyper.path("hidden_size"),
                "layers=" + hyper.path("n_layers"),
                "heads=" + hyper.path("n_heads"),
                "inner_size=" + hyper.path("inner_size"),
                "dropout=" + hyper.path("dropout"),
                "attention_dropout=" + hyper.path("dropout")));
    settings.addAll(List.of(others));
    return settings;
  }

  final NetworkConfig config(Variant variant) {
    List<String> all = new ArrayList<>(List.of("model.type=" + model()));
    settings().forEach(setting -> all.add("model." + setting));
    variant.settings().forEach(setting -> all.add("model." + setting));
    return ConfigReader.read(null, all, Chosen.class).model();
  }

  /** {@return a table of features recorded under {@code name}, N + 1 rows} */
  final FeatureTable table(String modality, String name) {
    Safetensors.Entry entry = entry(name);
    return new FeatureTable(modality, "fixture", (int) entry.shape()[1], entry.floats());
  }

  /** A tensor that every fixture of the model has is not there. */
  static final class LackingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LackingException(String message) {
      super(message);
    }
  }

  final Safetensors.Entry entry(String name) {
    Safetensors.Entry entry = values.entries().get(name);
    if (entry == null) {
      throw new LackingException(
          "has no tensor '" + name + "', which a fixture of " + model() + " has; write it again");
    }
    return entry;
  }

  final boolean has(String name) {
    return values.entries().containsKey(name);
  }

  final long[] longs(String name) {
    return entry(name).longs();
  }

  /** {@return an dataSpec with the categories of each item under {@code in.item_categories}} */
  final DataSpec categorised() {
    int items = hyper.path("n_items").asInt();
    int categories = hyper.path("n_categories").asInt();
    long[] listed = longs("in.item_categories"); // [N + 1, most], 1..C, 0 = none
    float[] counts = new float[items * categories];
    for (int i = 0; i < listed.length; i++) {
      if (listed[i] != 0) {
        counts[i / (listed.length / items) * categories + (int) listed[i] - 1]++;
      }
    }
    return new DataSpec(
        items - 1,
        hyper.path("max_len").asInt(),
        features(),
        categories,
        counts,
        new DataSpec.TimeRange(0, 0, 0));
  }

  /** {@return the right-padded histories under {@code in.item_seq}} */
  final Histories histories() {
    long[] times = has("in.timestamps") ? longs("in.timestamps") : null;
    return histories(longs("in.item_seq"), longs("in.item_seq_len"), times, false);
  }

  /**
   * @param items row-major [B, L], padded with 0
   * @param times likewise; null = all 0
   * @param leftPadded whether the padding is before the events
   */
  static Histories histories(
      long[] items, long[] lengths, long @Nullable [] times, boolean leftPadded) {
    int width = items.length / lengths.length;
    int[] starts = new int[lengths.length + 1];
    for (int h = 0; h < lengths.length; h++) {
      starts[h + 1] = starts[h] + (int) lengths[h];
    }
    int[] flatItems = new int[starts[lengths.length]];
    long[] flatTimes = new long[flatItems.length];
    for (int h = 0; h < lengths.length; h++) {
      int first = h * width + (leftPadded ? width - (int) lengths[h] : 0);
      for (int j = 0; j < lengths[h]; j++) {
        flatItems[starts[h] + j] = (int) items[first + j];
        flatTimes[starts[h] + j] = times == null ? 0 : times[first + j];
      }
    }
    return new Histories(starts, flatItems, flatTimes);
  }

  /** {@return one example per history, at its last event} */
  final SequenceBatch batch(Histories histories, long[] targets, RowLayout layout) {
    SequenceBatch batch =
        Windows.latest(histories, dataSpec().length())
            .inOrder(targets.length, layout)
            .get(0)
            .batch();
    for (int i = 0; i < batch.targets().length; i++) {
      if (batch.targets()[i] == SequenceBatch.UNKNOWN) {
        batch.targets()[i] = targets[(int) batch.histories()[i] - 1];
      }
    }
    return batch;
  }
}
