package dev.horae.sequence;

import dev.horae.config.ConfigException;
import dev.horae.data.Catalogue;
import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.Item;
import dev.horae.data.Sizes;
import dev.horae.data.Split;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What a model is built for.
 *
 * @param items how many items there are, N; their index runs 1..N
 * @param length most events of a history that the model sees, L
 * @param features one table per modality, possibly none
 * @param categories how many category names there are, C; 0 when the catalogue has none
 * @param labels which categories stand in whose path
 * @param time what the training events say about time
 */
public record DataSpec(
    int items,
    int length,
    List<FeatureTable> features,
    int categories,
    Labels labels,
    TimeRange time) {

  /**
   * @param labels row-major [N + 1, C]: how often the category stands in the item's path; row 0
   *     zero
   */
  public DataSpec(
      int items,
      int length,
      List<FeatureTable> features,
      int categories,
      float[] labels,
      TimeRange time) {
    this(items, length, features, categories, Labels.dense(labels, items + 1), time);
  }

  /**
   * The categories of every item's path, one item's behind the other's: a catalogue of a million
   * items and a thousand categories would take 4 GB as a table.
   *
   * @param starts [N + 2]; item i has {@code [starts[i], starts[i + 1])}, padding none
   * @param categories 0..C-1; one that stands twice in a path stands here twice
   */
  public record Labels(int[] starts, int[] categories) {

    public static Labels of(Catalogue catalogue, Map<String, Integer> index) {
      int[] starts = new int[catalogue.size() + 2];
      for (int i = 1; i <= catalogue.size(); i++) {
        long end = starts[i] + (long) catalogue.item(i).categories().size();
        starts[i + 1] =
            Sizes.of("catalogue", end, "categories of its items", "prepare shorter paths");
      }
      int[] categories = new int[starts[starts.length - 1]];
      int next = 0;
      for (Item item : catalogue.items()) {
        for (String name : item.categories()) {
          categories[next++] =
              Objects.requireNonNull(index.get(name), name); // an index of them all
        }
      }
      return new Labels(starts, categories);
    }

    /**
     * @param counts row-major [rows, C], whole numbers
     */
    public static Labels dense(float[] counts, int rows) {
      int c = counts.length / rows;
      int[] starts = new int[rows + 1];
      IntStream.Builder categories = IntStream.builder();
      for (int row = 0; row < rows; row++) {
        starts[row + 1] = starts[row];
        for (int k = 0; k < c; k++) {
          for (int n = 0; n < counts[row * c + k]; n++) {
            categories.add(k);
            starts[row + 1]++;
          }
        }
      }
      return new Labels(starts, categories.build().toArray());
    }

    /**
     * {@return where the categories of some items lie in a row-major table [items, C], one that
     * stands twice in a path twice}
     *
     * @param items item indices, 0 = padding
     * @param c how many categories there are, C
     */
    public long[] places(long[] items, long c) {
      long[] places = new long[Math.toIntExact(bags(items)[items.length])];
      int next = 0;
      for (int row = 0; row < items.length; row++) {
        int item = (int) items[row];
        for (int i = starts[item]; i < starts[item + 1]; i++) {
          places[next++] = row * c + categories[i];
        }
      }
      return places;
    }

    /**
     * {@return where each item's categories begin among those of all of them, and how many there
     * are in all, length items + 1}
     *
     * @param items item indices, 0 = padding
     */
    public long[] bags(long[] items) {
      long[] begins = new long[items.length + 1];
      for (int i = 0; i < items.length; i++) {
        begins[i + 1] = begins[i] + starts[(int) items[i] + 1] - starts[(int) items[i]];
      }
      return begins;
    }
  }

  /**
   * What training events say; all in seconds, first and last since 1970-01-01 UTC.
   *
   * @param maxGap longest pause between two neighbouring events of one history
   */
  public record TimeRange(long first, long last, long maxGap) {

    public static TimeRange of(Split split) {
      Histories histories = split.histories();
      long first = Long.MAX_VALUE;
      long last = Long.MIN_VALUE;
      long maxGap = 0;
      for (int u = 0; u < histories.users(); u++) {
        for (int e = histories.starts()[u]; e < split.trainTo(u); e++) {
          long time = histories.times()[e];
          first = Math.min(first, time);
          last = Math.max(last, time);
          if (e > histories.starts()[u]) {
            maxGap = Math.max(maxGap, time - histories.times()[e - 1]);
          }
        }
      }
      return first > last ? new TimeRange(0, 0, 0) : new TimeRange(first, last, maxGap);
    }
  }

  public static DataSpec of(Dataset dataset, List<FeatureTable> features) {
    return of(
        dataset.catalogue(),
        dataset.manifest().maxLength(),
        features,
        TimeRange.of(dataset.split()));
  }

  /** For a catalogue without its events; see {@link DataSpec} for the parameters. */
  public static DataSpec of(
      Catalogue catalogue, int length, List<FeatureTable> features, TimeRange time) {
    Map<String, Integer> index = catalogue.categoryIndex();
    return new DataSpec(
        catalogue.size(), length, features, index.size(), Labels.of(catalogue, index), time);
  }

  /**
   * {@return the table of {@code modality}, one vector per item, if there is one}
   *
   * @throws ConfigException when it holds the states of all layers
   */
  public Optional<FeatureTable> feature(String modality) {
    Optional<FeatureTable> found = states(modality);
    found.ifPresent(DataSpec::requireOneVector);
    return found;
  }

  /** {@return the table of {@code modality}, if there is one, whatever states it holds} */
  public Optional<FeatureTable> states(String modality) {
    return features.stream().filter(table -> table.modality().equals(modality)).findFirst();
  }

  /**
   * {@return the table of text features}
   *
   * @param model that cannot do without, named in the error
   */
  public FeatureTable requiredText(String model) {
    return feature("text")
        .orElseThrow(
            () ->
                new DataException(
                    "model.type = "
                        + model
                        + " reads texts, but there are no text features (text = none); make some"
                        + " with ``Encoding.text(DATASET, minilm)``"));
  }

  /**
   * For a model that reads one vector per item.
   *
   * @throws ConfigException when the table holds the states of all layers
   */
  public static void requireOneVector(FeatureTable table) {
    if (table.states() > 1) {
      throw new ConfigException(
          "%s = %s holds %s states per item, and this model reads one vector; name a table that ``Encoding.run`` made without ``states``"
              .formatted(table.modality(), table.encoder(), table.states()));
    }
  }
}
