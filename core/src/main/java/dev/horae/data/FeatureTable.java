package dev.horae.data;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * One vector per item for one modality: float32 [N + 1, F]; row 0, padding, is zero, and so is an
 * item without one. A table in a file is never read whole: rows stream, and a model maps it.
 *
 * @param modality {@code text} or {@code image}
 * @param encoder what made it, such as {@code minilm}
 * @param rows N + 1
 * @param width values per item, F: those of all its states together
 * @param states how many states of the encoder an item's row holds, one behind the other, each of F
 *     / states values: 1, the encoder's vector, in ordinary tables; more in one of all layers
 * @param measured the first rows, those of the items that a model is trained on: statistics of the
 *     values are theirs, so that cold items behind them change nothing
 */
public record FeatureTable(
    String modality,
    String encoder,
    int rows,
    int width,
    int states,
    int measured,
    Vectors vectors) {

  private static final int BLOCK = 1 << 20; // bytes read at once

  /** Where the vectors lie. */
  public sealed interface Vectors permits InMemory, InFile {}

  /**
   * @param values row-major [N + 1, F]
   */
  public record InMemory(float[] values) implements Vectors {}

  /**
   * Little-endian and row-major in a file that is replaced, if at all, but never written to.
   *
   * @param offset where row 0 begins, in bytes
   * @param sha256 what {@link FeatureTable#sha256} returns; empty when nobody knows yet
   */
  public record InFile(Path file, long offset, String sha256) implements Vectors {
    public InFile(Path file, long offset) {
      this(file, offset, "");
    }
  }

  public FeatureTable {
    if (width <= 0
        || vectors instanceof InMemory memory && memory.values().length != (long) rows * width) {
      throw new IllegalArgumentException("the values do not make " + rows + " rows of " + width);
    }
    if (states < 1 || width % states != 0) {
      throw new IllegalArgumentException(width + " values do not make " + states + " states");
    }
  }

  /** A table whose rows are all measured. */
  public FeatureTable(
      String modality, String encoder, int rows, int width, int states, Vectors vectors) {
    this(modality, encoder, rows, width, states, rows, vectors);
  }

  /** {@return the same table, with statistics of the first rows only} */
  public FeatureTable measuredOn(int first) {
    return new FeatureTable(modality, encoder, rows, width, states, first, vectors);
  }

  /** An ordinary table in memory. */
  public FeatureTable(String modality, String encoder, int width, float[] values) {
    this(modality, encoder, values.length / Math.max(1, width), width, 1, new InMemory(values));
  }

  /** {@return a table in memory with more rows behind those of this one, which are not measured} */
  public FeatureTable with(List<float[]> more) {
    int all = rows + more.size();
    float[] values = Arrays.copyOf(values(), size(all));
    for (int i = 0; i < more.size(); i++) {
      System.arraycopy(more.get(i), 0, values, (rows + i) * width, width);
    }
    return new FeatureTable(modality, encoder, all, width, states, measured, new InMemory(values));
  }

  /** {@return the table of the first rows only} */
  public FeatureTable first(int count) {
    if (count > rows) {
      throw new IllegalArgumentException(count + " rows of " + rows);
    }
    if (count == rows) {
      return this;
    }
    Vectors fewer =
        vectors instanceof InMemory memory
            ? new InMemory(Arrays.copyOf(memory.values(), count * width))
            : new InFile(((InFile) vectors).file(), ((InFile) vectors).offset());
    return new FeatureTable(modality, encoder, count, width, states, fewer);
  }

  /**
   * Gives every row to {@code reader}, from 0 on, always in the same array.
   *
   * @throws DataException when the file cannot be read
   */
  public void each(Consumer<float[]> reader) {
    if (vectors instanceof InFile stored) {
      each(stored, reader);
      return;
    }
    float[] values = ((InMemory) vectors).values();
    float[] row = new float[width];
    for (int i = 0; i < rows; i++) {
      System.arraycopy(values, i * width, row, 0, width);
      reader.accept(row);
    }
  }

  private void each(InFile stored, Consumer<float[]> reader) {
    int together = Math.max(1, BLOCK / (4 * width));
    ByteBuffer block = ByteBuffer.allocateDirect(4 * width * together);
    block.order(ByteOrder.LITTLE_ENDIAN);
    float[] row = new float[width];
    try (FileChannel channel = FileChannel.open(stored.file())) {
      channel.position(stored.offset());
      for (int i = 0; i < rows; i++) {
        if (i % together == 0) {
          block.clear().limit(4 * width * Math.min(together, rows - i));
          while (block.hasRemaining()) {
            if (channel.read(block) < 0) {
              throw new EOFException("it ends before row " + i + " of " + rows);
            }
          }
          block.flip();
        }
        block.asFloatBuffer().get(row);
        block.position(block.position() + 4 * width);
        reader.accept(row);
      }
    } catch (IOException e) {
      throw new DataException(stored.file() + ": cannot be read: " + Reasons.of(e), e);
    }
  }

  /** {@return whether all values are zero} Reads up to the first that is not. */
  public boolean zero() {
    try {
      each(
          row -> {
            for (float value : row) {
              if (value != 0) {
                throw new NotZero();
              }
            }
          });
      return true;
    } catch (NotZero e) {
      return false;
    }
  }

  /** Ends {@link #zero}, which would else read a large table to its end. */
  private static final class NotZero extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** {@return SHA-256 of the values, row-major and big-endian, in hexadecimal digits} */
  public String sha256() {
    if (vectors instanceof InFile stored && !stored.sha256().isEmpty()) {
      return stored.sha256();
    }
    Hash hash = new Hash(width);
    each(hash::add);
    return hash.digits();
  }

  /** Makes {@link #sha256} from rows as they come. */
  public static final class Hash {
    private final MessageDigest digest;
    private final ByteBuffer bytes;

    public Hash(int width) {
      bytes = ByteBuffer.allocate(4 * width);
      digest = Hashes.sha256();
    }

    public void add(float[] row) {
      bytes.asFloatBuffer().put(row);
      digest.update(bytes.array());
    }

    public String digits() {
      return Hashes.digits(digest);
    }
  }

  private int size(int rows) {
    return Sizes.of(modality + " = " + encoder, rows, width, "values", "take a narrower encoder");
  }

  /** {@return a copy of all values, row-major [N + 1, F]} For small tables. */
  public float[] values() {
    float[] values = new float[size(rows)];
    int[] at = {0};
    each(
        row -> {
          System.arraycopy(row, 0, values, at[0], width);
          at[0] += width;
        });
    return values;
  }
}
