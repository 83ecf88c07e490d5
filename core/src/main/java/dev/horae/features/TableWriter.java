package dev.horae.features;

import dev.horae.data.AtomicFiles;
import dev.horae.data.Catalogue;
import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import dev.horae.data.FeatureTable;
import dev.horae.data.Item;
import dev.horae.data.Progress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The table of one modality while it is made: its items, what went wrong, and how it is stored. */
final class TableWriter {

  /** Gives the vectors, item by item. */
  @FunctionalInterface
  interface Vectors {
    /** Copies the vector of item {@code i} (from 0) into {@code row}, or leaves it zero. */
    void copy(int i, float[] row);
  }

  /** What the table is called and what its rows are. */
  record Kind(String encoder, int width, int states) {}

  /**
   * How the vectors came to be.
   *
   * @param encoded computed now
   * @param cut texts of which the encoder has read the beginning
   */
  record Work(int encoded, int shared, int cut) {}

  private final Dataset dataset;
  private final String modality;
  private final Progress progress;
  private final List<Item> items;
  private final Problems problems = new Problems();
  private final long started = System.nanoTime();

  TableWriter(Dataset dataset, String modality, Progress progress) {
    this.dataset = dataset;
    this.modality = modality;
    this.progress = progress;
    items = dataset.allItems().items();
  }

  List<Item> items() {
    return items;
  }

  int itemsWithEvents() {
    return dataset.catalogue().size();
  }

  Catalogue catalogue() {
    return dataset.allItems();
  }

  Progress progress() {
    return progress;
  }

  VectorCache cache(String encoder, int width) {
    return VectorCache.open(FeatureStore.directory(dataset).resolve("cache"), encoder, width);
  }

  static Vectors cached(@Nullable String[] keys, VectorCache cache) {
    return (i, row) -> {
      if (keys[i] != null) {
        cache.copy(keys[i], row, 0);
      }
    };
  }

  /** {@return how many items have the content of an earlier one} */
  static int shared(@Nullable String[] keys) {
    Set<String> seen = new HashSet<>();
    return (int) Arrays.stream(keys).filter(Objects::nonNull).filter(k -> !seen.add(k)).count();
  }

  void problem(int i, String kind, String content, String reason) {
    problems.add(items.get(i).id(), kind, content, reason);
  }

  void unknownId(String id, String reason) {
    problems.add(id, Problems.UNKNOWN_ID, "", reason);
  }

  /**
   * A table of zeros would train silently to nothing; that is an error to be told here.
   *
   * @param perItem null where an item has no vector
   */
  void requireSome(@Nullable Object[] perItem) {
    if (Arrays.stream(perItem).allMatch(Objects::isNull)) {
      String id = items.get(0).id();
      throw new DataException(
          dataset.directory()
              + ": none of the "
              + perItem.length
              + " items would have "
              + (modality.equals(Encoding.TEXT) ? "a text" : "a picture")
              + " vector; item '"
              + id
              + "': "
              + problems.reason(id));
    }
  }

  /**
   * Writes the vectors of the items in their order; {@code vectors} is asked for each once.
   *
   * @param perItem null where an item has no vector
   */
  Encoding.Part store(Kind kind, Work work, @Nullable Object[] perItem, Vectors vectors) {
    Alike alike = new Alike();
    Path file =
        FeatureStore.write(
            dataset,
            modality,
            kind.encoder(),
            kind.width(),
            kind.states(),
            sink -> {
              float[] row = new float[kind.width()];
              sink.accept(row); // padding
              for (int i = 0; i < items.size(); i++) {
                Arrays.fill(row, 0);
                vectors.copy(i, row);
                if (perItem[i] != null) {
                  alike.add(row);
                }
                sink.accept(row);
              }
            });
    Path list = Problems.file(dataset, modality, kind.encoder());
    AtomicFiles.writeText(list, problems.csv());
    return new Encoding.Part(
        modality,
        kind.encoder(),
        kind.width(),
        kind.states(),
        items.size(),
        items.size() - problems.items(),
        work.encoded(),
        work.shared(),
        work.cut(),
        alike.warnings(),
        problems,
        (System.nanoTime() - started) / 1e9,
        file,
        list);
  }

  /** {@return the table that {@link #store} wrote} */
  FeatureTable stored(String encoder) {
    return FeatureStore.readAll(dataset, modality, encoder);
  }

  /** Looks for vectors that tell nothing. */
  private static final class Alike {

    private float @Nullable [] first; // null before the first
    private int vectors;
    private int zeros;
    private boolean equal = true;

    void add(float[] row) {
      if (first == null) {
        first = row.clone();
      }
      equal = equal && Arrays.equals(first, row);
      vectors++;
      boolean zero = true;
      for (float value : row) {
        zero = zero && value == 0;
      }
      zeros += zero ? 1 : 0;
    }

    List<String> warnings() {
      List<String> warnings = new ArrayList<>();
      if (zeros > 0) {
        warnings.add(
            String.format(
                Locale.ROOT,
                "%,d of the %,d vectors %s zero: to a model such items have none",
                zeros,
                vectors,
                zeros == 1 ? "is" : "are"));
      }
      if (equal && vectors > 1 && zeros < vectors) {
        warnings.add(
            String.format(
                Locale.ROOT, "all %,d vectors are equal: they tell no items apart", vectors));
      }
      return warnings;
    }
  }
}
