package dev.horae.bench;

import dev.horae.data.Dataset;
import dev.horae.data.FeatureTable;
import dev.horae.data.Manifest;
import dev.horae.data.Progress;
import dev.horae.features.FeatureStore;
import dev.horae.prep.Format;
import dev.horae.prep.Preparation;
import dev.horae.prep.PrepareOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Takes synthetic data the way of all data: raw files, prepare, feature tables. */
public final class SyntheticDirectory {

  private SyntheticDirectory() {}

  /**
   * Writes the data as a prepared data set with features. Items are numbered anew, in order of
   * appearance; the rows of the feature tables stay where they are, for they are noise.
   *
   * @param out a new or empty directory, or an older data set, which is replaced
   */
  public static Dataset write(SyntheticData data, Path out, Progress progress) {
    try {
      Path raw = Files.createTempDirectory("horae-synthetic");
      Path events = raw.resolve("events.csv");
      Path items = raw.resolve("items.csv");
      try {
        data.write(events, items);
        Dataset dataset = prepare(data, events, items, out, progress);
        for (FeatureTable table : data.features()) {
          FeatureStore.write(dataset, table);
        }
        return dataset;
      } finally {
        Files.deleteIfExists(events);
        Files.deleteIfExists(items);
        Files.delete(raw);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the raw files of the synthetic data", e);
    }
  }

  /**
   * Prepares the data by its own protocol.
   *
   * @param events as {@link SyntheticData#write} wrote them
   * @param items likewise
   * @param out a new or empty directory, or an older data set, which is replaced
   */
  public static Dataset prepare(
      SyntheticData data, Path events, Path items, Path out, Progress progress) {
    Manifest manifest = data.dataset().manifest();
    return Preparation.run(
        new PrepareOptions(
            new PrepareOptions.Sources(Format.CSV, List.of(events), List.of(items)),
            new PrepareOptions.Protocol(
                manifest.minUserEvents(),
                manifest.minItemEvents(),
                PrepareOptions.Duplicates.KEEP,
                manifest.maxLength(),
                0),
            out,
            PrepareOptions.DEFAULT_MEMORY),
        progress);
  }
}
