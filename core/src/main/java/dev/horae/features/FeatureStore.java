package dev.horae.features;

import dev.horae.data.AtomicFiles;
import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import dev.horae.data.FeatureTable;
import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.Safetensors;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The feature tables of a data set: {@code features/<modality>-<encoder>.safetensors}, one tensor
 * {@code vectors}, float32 [N + 1, F], row 0 zero, with the hash of the catalogue it belongs to and
 * the number of {@code states} in a row.
 */
public final class FeatureStore {

  private static final String TENSOR = "vectors";
  private static final String VERSION = "1";
  private static final String ENDING = ".safetensors";
  private static final int BUFFER = 1 << 20;

  private FeatureStore() {}

  static Path directory(Dataset dataset) {
    return dataset.directory().resolve("features");
  }

  static Path file(Dataset dataset, String modality, String encoder) {
    return directory(dataset).resolve(modality + "-" + encoder + ENDING);
  }

  /** The rows of a table, one after the other: {@link FeatureTable#each}, or an encoder's. */
  @FunctionalInterface
  public interface Rows {
    /** Gives every row of F values to {@code row}, that of padding first. */
    void each(Consumer<float[]> row);
  }

  /** Writes the table, whole or not at all, over one of the same name, and returns its file. */
  public static Path write(Dataset dataset, FeatureTable table) {
    return write(
        dataset, table.modality(), table.encoder(), table.width(), table.states(), table::each);
  }

  /**
   * Writes a table that is nowhere whole, as its rows come.
   *
   * @param width values per row, F
   * @param states how many states they are, see {@link FeatureTable}
   */
  public static Path write(
      Dataset dataset, String modality, String encoder, int width, int states, Rows rows) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("format", "horae-features");
    metadata.put("version", VERSION);
    metadata.put("modality", modality);
    metadata.put("encoder", encoder);
    metadata.put("states", Integer.toString(states));
    metadata.put("catalogue", dataset.catalogueHash());
    int expected = dataset.allItems().size() + 1;
    Path file = file(dataset, modality, encoder);
    AtomicFiles.write(
        file,
        out -> {
          OutputStream buffered = new BufferedOutputStream(out, BUFFER);
          buffered.write(Safetensors.header(metadata, TENSOR, expected, width));
          int written = write(rows, width, buffered);
          if (written != expected) {
            throw new IllegalArgumentException(
                written + " rows for " + (expected - 1) + " items and padding");
          }
          buffered.flush();
        });
    return file;
  }

  /** {@return how many rows there were} */
  private static int write(Rows rows, int width, OutputStream out) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(4 * width).order(ByteOrder.LITTLE_ENDIAN);
    int[] written = {0};
    try {
      rows.each(
          row -> {
            bytes.asFloatBuffer().put(row);
            try {
              out.write(bytes.array());
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
            written[0]++;
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return written[0];
  }

  /** {@return the table of the items that have events, see {@link #readAll}} For models. */
  public static FeatureTable read(Dataset dataset, String modality, String name) {
    return readAll(dataset, modality, name).first(dataset.catalogue().size() + 1);
  }

  /**
   * Opens a table, cold items included, and checks that it belongs to the data set's catalogue and
   * that all its values are finite. They stay in the file: see {@link FeatureTable}.
   *
   * @param modality {@code text} or {@code image}
   * @param name the encoder's name, such as {@code minilm}; one of {@link #names}
   * @throws DataException when there is none of that name
   * @throws CheckpointException when the file is damaged or was made for another catalogue
   */
  public static FeatureTable readAll(Dataset dataset, String modality, String name) {
    Path file = file(dataset, modality, name);
    if (!Files.exists(file)) {
      List<String> names = names(dataset, modality);
      throw new DataException(
          file
              + ": there are no "
              + modality
              + " vectors named '"
              + name
              + "'"
              + (names.isEmpty() ? "" : " (but " + String.join(", ", names) + ")")
              + "; make them with 'horae encode "
              + dataset.directory()
              + " --"
              + modality
              + " ...'");
    }
    Safetensors stored = Safetensors.read(file);
    String repair = "; run 'horae encode " + dataset.directory() + "' again";
    String version = stored.metadata().get("version");
    if (!VERSION.equals(version)) {
      throw new CheckpointException(
          file + ": version " + version + " of a feature table, not " + VERSION + repair);
    }
    String catalogue = stored.metadata().get("catalogue");
    if (!dataset.catalogueHash().equals(catalogue)) {
      throw new CheckpointException(
          file
              + ": made for the catalogue "
              + catalogue
              + ", but the data set now has "
              + dataset.catalogueHash()
              + repair);
    }
    return table(file, stored, modality, name, dataset, repair);
  }

  private static FeatureTable table(
      Path file, Safetensors stored, String modality, String name, Dataset dataset, String repair) {
    int rows = dataset.allItems().size() + 1;
    Safetensors.Entry vectors = stored.entries().get(TENSOR);
    if (vectors == null
        || !vectors.dtype().equals("F32")
        || vectors.shape().length != 2
        || vectors.shape()[0] != rows
        || vectors.shape()[1] < 1) {
      throw new CheckpointException(
          file + ": has no tensor '" + TENSOR + "' of F32 [" + rows + ", F]" + repair);
    }
    if (vectors.offset() % 4 != 0) {
      throw new CheckpointException(
          file
              + ": its values begin at byte "
              + vectors.offset()
              + ", which is no multiple of 4, so the file cannot be mapped"
              + repair);
    }
    int width = Math.toIntExact(vectors.shape()[1]);
    FeatureTable table =
        new FeatureTable(
            modality,
            name,
            rows,
            width,
            states(file, stored.metadata().get("states"), width, repair),
            new FeatureTable.InFile(file, vectors.offset()));
    table.each(
        row -> {
          for (float value : row) {
            if (!Float.isFinite(value)) {
              throw new CheckpointException(file + ": holds a value that is not finite" + repair);
            }
          }
        });
    return table;
  }

  /** {@return how many states a row holds; 1 in tables made before there could be several} */
  private static int states(Path file, String stored, int width, String repair) {
    if (stored == null) {
      return 1;
    }
    if (!stored.matches("[1-9][0-9]{0,8}") || width % Integer.parseInt(stored) != 0) {
      throw new CheckpointException(
          file + ": says that " + width + " values are " + stored + " states" + repair);
    }
    return Integer.parseInt(stored);
  }

  /** {@return the encoders whose tables the data set has for a modality, in alphabetical order} */
  public static List<String> names(Dataset dataset, String modality) {
    Path directory = directory(dataset);
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith(modality + "-") && name.endsWith(ENDING))
          .map(name -> name.substring(modality.length() + 1, name.length() - ENDING.length()))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(directory + ": cannot be listed", e);
    }
  }
}
