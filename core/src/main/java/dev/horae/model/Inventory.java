package dev.horae.model;

import dev.horae.data.Catalogue;
import dev.horae.data.Dataset;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a model is built for.
 *
 * @param items how many items there are, N; their index runs 1..N
 * @param length most events of a history that the model sees, L
 * @param features one table per modality, possibly none
 * @param categories how many category names there are, C; 0 when the catalogue has none
 * @param labels row-major [N + 1, C]: how often the category stands in the item's path; row 0 zero
 * @param time what the event log says about time
 */
public record Inventory(
    int items,
    int length,
    List<FeatureTable> features,
    int categories,
    float[] labels,
    TimeRange time) {

  /**
   * All in seconds; first and last since 1970-01-01 UTC.
   *
   * @param maxGap longest pause between two neighbouring events of one history
   */
  public record TimeRange(long first, long last, long maxGap) {

    static TimeRange of(Histories histories) {
      long first = Long.MAX_VALUE;
      long last = Long.MIN_VALUE;
      long maxGap = 0;
      for (int u = 0; u < histories.users(); u++) {
        for (int e = histories.starts()[u]; e < histories.starts()[u + 1]; e++) {
          long time = histories.times()[e];
          first = Math.min(first, time);
          last = Math.max(last, time);
          if (e > histories.starts()[u]) {
            maxGap = Math.max(maxGap, time - histories.times()[e - 1]);
          }
        }
      }
      return histories.events() == 0 ? new TimeRange(0, 0, 0) : new TimeRange(first, last, maxGap);
    }
  }

  public static Inventory of(Dataset dataset, List<FeatureTable> features) {
    Catalogue catalogue = dataset.catalogue();
    Map<String, Integer> index = catalogue.categoryIndex();
    int c = index.size();
    float[] labels = new float[Math.multiplyExact(catalogue.size() + 1, c)];
    for (int i = 1; i <= catalogue.size(); i++) {
      for (String name : catalogue.item(i).categories()) {
        labels[i * c + index.get(name)]++;
      }
    }
    return new Inventory(
        catalogue.size(),
        dataset.manifest().maxLength(),
        features,
        c,
        labels,
        TimeRange.of(dataset.histories()));
  }

  /** {@return the table of {@code modality}, if there is one} */
  public Optional<FeatureTable> feature(String modality) {
    return features.stream().filter(table -> table.modality().equals(modality)).findFirst();
  }
}
