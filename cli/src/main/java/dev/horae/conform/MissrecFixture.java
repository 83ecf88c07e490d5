package dev.horae.conform;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.data.FeatureTable;
import dev.horae.model.KMeans;
import dev.horae.model.Missrec;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Safetensors;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** The official {@code missrec.py}, and plain k-means from recorded starts. */
final class MissrecFixture extends Fixture {

  MissrecFixture(JsonNode sidecar, Safetensors values) {
    super(sidecar, withFloatLabels(values));
  }

  /** Which interest an item has is an integer there, and a float32 in our checkpoints. */
  private static Safetensors withFloatLabels(Safetensors values) {
    Map<String, Safetensors.Entry> entries = new LinkedHashMap<>(values.entries());
    entries.replaceAll(
        (name, entry) -> {
          if (!name.endsWith("_lookup_table") && !name.equals("out.kmeans_labels")) {
            return entry;
          }
          long[] labels = entry.longs();
          float[] floats = new float[labels.length];
          for (int i = 0; i < floats.length; i++) {
            floats[i] = labels[i];
          }
          return Safetensors.Entry.of(floats, entry.shape());
        });
    return new Safetensors(values.metadata(), entries);
  }

  @Override
  String model() {
    return "missrec";
  }

  @Override
  List<String> settings() {
    return List.of(
        "hidden_size=" + hyper.path("hidden_size"),
        "layers=" + hyper.path("n_layers").asInt() / 2,
        "heads=" + hyper.path("n_heads"),
        "inner_size=" + hyper.path("inner_size"),
        "dropout=" + hyper.path("dropout"),
        "attention_dropout=" + hyper.path("dropout"),
        "feature_rms=0",
        "temperature=" + hyper.path("temperature"),
        "gamma=" + hyper.path("gamma"),
        "interest_ratio=" + hyper.path("interest_ratio"),
        "kmeans_iterations=" + hyper.path("kmeans_iterations"),
        "regularise_padding=true");
  }

  @Override
  List<FeatureTable> features() {
    List<FeatureTable> tables = new ArrayList<>();
    for (String[] names : new String[][] {{"text", "plm"}, {"image", "img"}}) {
      String name = names[1] + "_embedding.weight";
      if (has(name)) {
        tables.add(table(names[0], name));
      }
    }
    return tables;
  }

  /** The official scores are divided by the temperature. */
  @Override
  Map<String, Tensor> outputs(
      SequenceModel model, SequenceTensors in, ItemVectors items, Tensor users) {
    Map<String, Tensor> outputs = super.outputs(model, in, items, users);
    double temperature = hyper.path("temperature").asDouble();
    outputs.computeIfPresent("out.scores", (name, score) -> Ops.scale(score, 1 / temperature));
    String[] parts = {"id", "text", "image"};
    long d = users.size(1);
    for (int p = 0; p < parts.length && items.table().size(1) == parts.length * d; p++) {
      outputs.put("out.s_" + parts[p], users.matmul(items.table().narrow(1, p * d, d).t()));
    }
    return outputs;
  }

  @Override
  Map<String, Tensor> tables(SequenceModel model, ItemVectors items) {
    if (!has("rand.kmeans_init")) {
      return Map.of();
    }
    KMeans.Clusters found = ((Missrec) model).cluster(longs("rand.kmeans_init"));
    return Map.of("out.kmeans_labels", found.labels(), "out.kmeans_centroids", found.centroids());
  }
}
