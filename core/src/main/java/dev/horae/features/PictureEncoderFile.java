package dev.horae.features;

import dev.horae.data.AtomicFiles;
import dev.horae.data.DataException;
import dev.horae.data.FeatureTable;
import dev.horae.encoder.PretrainedPictures;
import dev.horae.picture.Descriptor;
import dev.horae.picture.Whitening;
import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.Safetensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What made the picture vectors of a table, kept beside it in {@code encoder-<name>.safetensors},
 * so that further pictures can be encoded alike: the {@link Whitening} of the embedded descriptor,
 * tensors of float64; or where a pre-trained encoder lies, and the hash of what it is. Nothing is
 * kept of vectors that came from a file.
 */
public final class PictureEncoderFile {

  private static final String VERSION = "1";

  /** SHA-256 of the table whose vectors it makes, cold items included. */
  private static final String TABLE = "table";

  private static final String ID = "id"; // of what makes the vectors
  private static final String DIRECTORY = "directory";
  private static final String BFLOAT16 = "bfloat16";
  private static final String STATES = "states";

  private PictureEncoderFile() {}

  /**
   * {@return the name of the file}
   *
   * @param encoder the table's
   */
  public static String name(String encoder) {
    return "encoder-" + encoder + ".safetensors";
  }

  /** Keeps what the vectors of a table were made by beside it. */
  static void write(FeatureTable table, Whitening whitening) {
    int width = whitening.width();
    double[] axes = new double[width * Descriptor.RAW_WIDTH];
    for (int i = 0; i < width; i++) {
      System.arraycopy(
          whitening.axes()[i], 0, axes, i * Descriptor.RAW_WIDTH, Descriptor.RAW_WIDTH);
    }
    Map<String, Safetensors.Entry> tensors = new LinkedHashMap<>();
    tensors.put("mean", Safetensors.Entry.of(whitening.mean(), Descriptor.RAW_WIDTH));
    tensors.put("scale", Safetensors.Entry.of(whitening.scale(), Descriptor.RAW_WIDTH));
    tensors.put("variances", Safetensors.Entry.of(whitening.variances(), width));
    tensors.put("axes", Safetensors.Entry.of(axes, width, Descriptor.RAW_WIDTH));
    write(table, Map.of(ID, Descriptor.ID), tensors);
  }

  /** As {@link #write(FeatureTable, Whitening)}, of a pre-trained encoder. */
  static void write(FeatureTable table, PretrainedPictures encoder) {
    Map<String, String> how = new LinkedHashMap<>();
    how.put(ID, encoder.id());
    how.put(DIRECTORY, encoder.directory().toAbsolutePath().normalize().toString());
    how.put(BFLOAT16, String.valueOf(encoder.isBfloat16()));
    how.put(STATES, String.valueOf(encoder.isOfAllStates()));
    write(table, how, Map.of());
  }

  private static void write(
      FeatureTable table, Map<String, String> how, Map<String, Safetensors.Entry> tensors) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("format", "horae-picture-encoder");
    metadata.put("version", VERSION);
    metadata.put(TABLE, table.sha256());
    metadata.putAll(how);
    AtomicFiles.write(beside(table), new Safetensors(metadata, tensors)::write);
  }

  private static Path beside(FeatureTable table) {
    if (table.vectors() instanceof FeatureTable.InFile stored) {
      return stored.file().resolveSibling(name(table.encoder()));
    }
    throw new IllegalArgumentException("the table " + table.encoder() + " lies in no file");
  }

  /**
   * {@return the file of what made a table; empty when none is kept, or that of another table}
   *
   * @param table whole, as {@link FeatureStore#readAll} opens it
   */
  public static Optional<Path> of(FeatureTable table) {
    return Optional.of(beside(table))
        .filter(Files::exists)
        .filter(file -> table.sha256().equals(Safetensors.read(file).metadata().get(TABLE)));
  }

  /**
   * Opens what {@code encode} kept, or a copy of it.
   *
   * @throws CheckpointException when the file is damaged, or of another version
   * @throws DataException when a pre-trained encoder is not where it was, or is another one
   */
  public static PictureEncoder open(Path file) {
    Safetensors stored = Safetensors.read(file);
    Map<String, String> metadata = stored.metadata();
    String id = metadata.getOrDefault(ID, "");
    if (!VERSION.equals(metadata.get("version"))) {
      throw new CheckpointException(
          file
              + ": version "
              + metadata.get("version")
              + " of a picture encoder, not "
              + VERSION
              + "; encode the pictures again, and train anew");
    }
    if (metadata.containsKey(DIRECTORY)) {
      return pretrained(metadata, id);
    }
    if (!id.equals(Descriptor.ID)) {
      throw new CheckpointException(
          file
              + ": made with "
              + id
              + ", and this program has "
              + Descriptor.ID
              + "; encode the pictures again, and train anew");
    }
    return new PictureEncoder.Described(whitening(file, stored));
  }

  private static PictureEncoder pretrained(Map<String, String> metadata, String id) {
    Path directory = Path.of(metadata.getOrDefault(DIRECTORY, ""));
    if (!Files.isDirectory(directory)) {
      throw new DataException(
          directory + ": the encoder of the pictures is not there any more; put it back");
    }
    PretrainedPictures encoder =
        new PretrainedPictures(
            directory,
            Boolean.parseBoolean(metadata.get(BFLOAT16)),
            Boolean.parseBoolean(metadata.get(STATES)));
    if (!encoder.id().equals(id)) {
      encoder.close();
      throw new DataException(
          directory
              + ": holds "
              + encoder.id()
              + ", and the pictures were encoded by "
              + id
              + "; put that one back");
    }
    return new PictureEncoder.Pretrained(encoder);
  }

  private static Whitening whitening(Path file, Safetensors stored) {
    try {
      double[] flat = tensor(stored, "axes");
      double[][] axes = new double[flat.length / Descriptor.RAW_WIDTH][Descriptor.RAW_WIDTH];
      for (int i = 0; i < axes.length; i++) {
        System.arraycopy(flat, i * Descriptor.RAW_WIDTH, axes[i], 0, Descriptor.RAW_WIDTH);
      }
      return new Whitening(
          tensor(stored, "mean"), tensor(stored, "scale"), tensor(stored, "variances"), axes);
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(
          file + ": " + e.getMessage() + "; encode the pictures again, and train anew", e);
    }
  }

  private static double[] tensor(Safetensors stored, String name) {
    Safetensors.Entry entry = stored.entries().get(name);
    if (entry == null) {
      throw new IllegalArgumentException("has no tensor '" + name + "'");
    }
    return entry.doubles();
  }
}
