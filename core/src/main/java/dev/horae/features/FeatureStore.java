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
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The feature tables of a data set or a run: {@code features/<modality>-<encoder>.safetensors}, one
 * tensor {@code vectors}, float32 [N + 1, F], row 0 zero and all values finite, with the hash of
 * the catalogue it belongs to, the number of {@code states} in a row, the hash of its values, and a
 * checksum.
 */
public final class FeatureStore {

  private static final String TENSOR = "vectors";
  private static final String VERSION = "1";
  private static final String ENDING = ".safetensors";
  private static final int BUFFER = 1 << 20;
  private static final String HASH = "sha256";
  private static final String NO_HASH = "0".repeat(64);

  private FeatureStore() {}

  static Path directory(Dataset dataset) {
    return dataset.directory().resolve("features");
  }

  static Path file(Dataset dataset, String modality, String encoder) {
    return file(directory(dataset), modality, encoder);
  }

  /**
   * {@return where a table lies}
   *
   * @param directory of the tables
   */
  public static Path file(Path directory, String modality, String encoder) {
    return directory.resolve(modality + "-" + encoder + ENDING);
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
    Path file = file(dataset, modality, encoder);
    Map<String, String> metadata = metadata(modality, encoder, states, dataset.catalogueHash());
    write(file, metadata, dataset.allItems().size() + 1, width, rows);
    return file;
  }

  /**
   * Puts a table into another directory of tables: as a second name of its file where the system
   * can, for a table is never written to, only replaced.
   *
   * @param catalogue the hash of the catalogue it belongs to
   */
  public static void copy(FeatureTable table, Path directory, String catalogue) {
    Path file = free(table, directory);
    if (!(table.vectors() instanceof FeatureTable.InFile stored) || stored.sha256().isEmpty()) {
      write(
          file,
          metadata(table.modality(), table.encoder(), table.states(), catalogue),
          table.rows(),
          table.width(),
          table::each);
      return;
    }
    try {
      Files.createLink(file, stored.file());
    } catch (IOException | UnsupportedOperationException e) { // another disk, or no such thing
      AtomicFiles.write(file, out -> Files.copy(stored.file(), out));
    }
  }

  /**
   * As {@link #copy(FeatureTable, Path, String)}, with some rows only.
   *
   * @param kept which, padding among them
   */
  public static void copy(FeatureTable table, BitSet kept, Path directory, String catalogue) {
    if (kept.cardinality() == table.rows()) {
      copy(table, directory, catalogue);
      return;
    }
    Path file = free(table, directory);
    int[] next = {0};
    write(
        file,
        metadata(table.modality(), table.encoder(), table.states(), catalogue),
        kept.cardinality(),
        table.width(),
        row ->
            table.each(
                values -> {
                  if (kept.get(next[0]++)) {
                    row.accept(values);
                  }
                }));
  }

  /** {@return where the table's file goes in a directory; what lay there is gone} */
  private static Path free(FeatureTable table, Path directory) {
    Path file = file(directory, table.modality(), table.encoder());
    try {
      Files.createDirectories(directory);
      Files.deleteIfExists(file); // a second name: the other's file must not change
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
    return file;
  }

  private static Map<String, String> metadata(
      String modality, String encoder, int states, String catalogue) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("format", "horae-features");
    metadata.put("version", VERSION);
    metadata.put("modality", modality);
    metadata.put("encoder", encoder);
    metadata.put("states", Integer.toString(states));
    metadata.put("catalogue", catalogue);
    metadata.put(HASH, NO_HASH);
    return metadata;
  }

  private static void write(
      Path file, Map<String, String> metadata, int expected, int width, Rows rows) {
    CRC32C sum = new CRC32C();
    FeatureTable.Hash hash = new FeatureTable.Hash(width);
    AtomicFiles.writeAnywhere(
        file,
        channel -> {
          channel.position(Safetensors.header(metadata, TENSOR, expected, width).length);
          OutputStream out =
              new BufferedOutputStream(
                  new CheckedOutputStream(Channels.newOutputStream(channel), sum), BUFFER);
          int written = write(rows, width, hash, out);
          if (written != expected) {
            throw new IllegalArgumentException(
                written + " rows for " + (expected - 1) + " items and padding");
          }
          out.flush();
          metadata.put(HASH, hash.digits());
          byte[] header = Safetensors.header(metadata, TENSOR, expected, width);
          Safetensors.seal(header, sum);
          channel.write(ByteBuffer.wrap(header), 0);
        });
  }

  /** {@return how many rows there were} */
  private static int write(Rows rows, int width, FeatureTable.Hash hash, OutputStream out)
      throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(4 * width).order(ByteOrder.LITTLE_ENDIAN);
    int[] written = {0};
    try {
      rows.each(
          row -> {
            requireFinite(row, written[0]);
            bytes.asFloatBuffer().put(row);
            hash.add(row);
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

  private static void requireFinite(float[] row, int item) {
    for (float value : row) {
      if (!Float.isFinite(value)) {
        throw new DataException(
            "the vector of item " + item + " has the value " + value + "; it must be finite");
      }
    }
  }

  /** {@return the table of the items that have events, see {@link #readAll}} For models. */
  public static FeatureTable read(Dataset dataset, String modality, String name) {
    return readAll(dataset, modality, name).first(dataset.catalogue().size() + 1);
  }

  /**
   * Opens a table, cold items included, and checks that it belongs to the data set's catalogue and
   * is what was written. The values stay in the file: see {@link FeatureTable}.
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
              + "; make them with ``Encoding."
              + modality
              + "("
              + dataset.directory()
              + ", ...)``");
    }
    String repair = "; run ``Encoding.run(" + dataset.directory() + ")`` again";
    Safetensors stored = stored(file, repair);
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
    return table(file, stored, modality, name, dataset.allItems().size(), repair);
  }

  /**
   * Opens a table that lies apart from its data set.
   *
   * @param items how many items there are, N
   * @param repair the end of messages: what to do about a table that cannot be read
   * @throws CheckpointException when there is none, or it is damaged
   */
  public static FeatureTable read(
      Path file, String modality, String name, int items, String repair) {
    return table(file, stored(file, repair), modality, name, items, repair);
  }

  private static Safetensors stored(Path file, String repair) {
    Safetensors stored = Safetensors.read(file);
    String version = stored.metadata().get("version");
    if (!VERSION.equals(version)) {
      throw new CheckpointException(
          file + ": version " + version + " of a feature table, not " + VERSION + repair);
    }
    return stored;
  }

  private static FeatureTable table(
      Path file, Safetensors stored, String modality, String name, int items, String repair) {
    int rows = items + 1;
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
    String hash = stored.metadata().getOrDefault(HASH, "");
    FeatureTable table =
        new FeatureTable(
            modality,
            name,
            rows,
            width,
            states(file, stored.metadata().get("states"), width, repair),
            new FeatureTable.InFile(file, vectors.offset(), hash));
    if (hash.isEmpty()) { // made before tables had a checksum, and were checked when written
      table.each(
          row -> {
            for (float value : row) {
              if (!Float.isFinite(value)) {
                throw new CheckpointException(file + ": holds a value that is not finite" + repair);
              }
            }
          });
    }
    return table;
  }

  /** {@return how many states a row holds; 1 in tables made before there could be several} */
  private static int states(Path file, @Nullable String stored, int width, String repair) {
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
