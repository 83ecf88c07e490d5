package dev.horae.features;

import dev.horae.data.Dataset;
import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.Safetensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What the feature tables of a data set are worth after it was prepared again. */
public final class StoredTables {

  /**
   * A table that lies in the data set.
   *
   * @param modality text or image
   * @param state what became of it, in words
   * @param fits whether it belongs to the catalogue that the data set has now
   */
  public record Stored(String modality, String encoder, String state, boolean fits) {}

  private StoredTables() {}

  /** {@return the tables, texts first; empty when nothing was ever encoded} */
  public static List<Stored> of(Dataset dataset) {
    List<Stored> tables = new ArrayList<>();
    for (String modality : List.of(Encoding.TEXT, Encoding.IMAGE)) {
      for (String encoder : FeatureStore.names(dataset, modality)) {
        tables.add(table(dataset, modality, encoder));
      }
    }
    return tables;
  }

  private static Stored table(Dataset dataset, String modality, String encoder) {
    try {
      Map<String, String> metadata =
          Safetensors.read(FeatureStore.file(dataset, modality, encoder)).metadata();
      boolean fits = dataset.catalogueHash().equals(metadata.get("catalogue"));
      return new Stored(
          modality,
          encoder,
          fits
              ? "kept; it fits the catalogue"
              : "of the catalogue before; encode again, which costs only what is new",
          fits);
    } catch (CheckpointException e) {
      return new Stored(modality, encoder, "damaged; encode again", false);
    }
  }
}
