package dev.horae.tensor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The safetensors format: an 8-byte little-endian header length, a JSON header, then raw
 * little-endian row-major values. Plain Java, nothing native. Files may be of any size; values are
 * mapped, not held, and not gathered before they are written.
 *
 * <p>What is written here has a checksum among its metadata: CRC-32C of the values and then of the
 * header, with zeros where the checksum stands. Reading checks it; files of other programs have
 * none, and zeros are none.
 *
 * @param metadata the header's {@code __metadata__}
 * @param entries by name, in file order; the blocks are read-only views of the mapped file
 */
public record Safetensors(Map<String, String> metadata, Map<String, Entry> entries) {

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY);
  private static final long MAX_HEADER = 100_000_000;
  private static final int ALIGNMENT =
      64; // of the first value: a cache line, and any vector's width
  private static final String CHECKSUM = "crc32c";
  private static final String NO_CHECKSUM = "00000000";

  /** Of bytes in a buffer, which can hold less than 2 GiB; a multiple of every dtype's width. */
  static final int BLOCK = 1 << 30;

  /**
   * @param dtype such as {@code F32} or {@code I64}
   * @param shape empty for a scalar
   * @param blocks the values, little-endian, row-major, each block from position 0 to its limit;
   *     all but the last hold 1 GiB
   * @param offset where the values begin in the file that they were read from, in bytes; 0 for
   *     values that come from none
   */
  public record Entry(String dtype, long[] shape, List<ByteBuffer> blocks, long offset) {

    /**
     * @param bytes less than 2 GiB, position 0 to limit
     */
    public Entry(String dtype, long[] shape, ByteBuffer bytes) {
      this(dtype, shape, List.of(bytes), 0);
    }

    public long count() {
      return elements(shape);
    }

    /** {@return the one block of values of at most 1 GiB} */
    public ByteBuffer bytes() {
      if (blocks.size() != 1) {
        throw new IllegalArgumentException(
            "the tensor " + Arrays.toString(shape) + " has " + blocks.size() + " blocks, not one");
      }
      return blocks.get(0);
    }

    /** Throws {@link ArithmeticException} when no file could hold so many. */
    private static long elements(long[] shape) {
      long count = 1;
      for (long n : shape) {
        count = Math.multiplyExact(count, n);
      }
      return count;
    }

    /** {@return a copy of the values; the dtype must be F32} */
    public float[] floats() {
      require("F32");
      float[] values = new float[Math.toIntExact(count())];
      int at = 0;
      for (ByteBuffer block : blocks) {
        FloatBuffer part = view(block).asFloatBuffer();
        int size = part.remaining();
        part.get(values, at, size);
        at += size;
      }
      return values;
    }

    /** {@return a copy of the values; the dtype must be F64} */
    public double[] doubles() {
      require("F64");
      double[] values = new double[Math.toIntExact(count())];
      int at = 0;
      for (ByteBuffer block : blocks) {
        DoubleBuffer part = view(block).asDoubleBuffer();
        int size = part.remaining();
        part.get(values, at, size);
        at += size;
      }
      return values;
    }

    /** {@return a copy of the values; the dtype must be I64} */
    public long[] longs() {
      require("I64");
      long[] values = new long[Math.toIntExact(count())];
      int at = 0;
      for (ByteBuffer block : blocks) {
        LongBuffer part = view(block).asLongBuffer();
        int size = part.remaining();
        part.get(values, at, size);
        at += size;
      }
      return values;
    }

    public static Entry of(float[] values, long... shape) {
      requireCount(values.length, shape);
      ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(values);
      return new Entry("F32", shape, bytes);
    }

    public static Entry of(double[] values, long... shape) {
      requireCount(values.length, shape);
      ByteBuffer bytes = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asDoubleBuffer().put(values);
      return new Entry("F64", shape, bytes);
    }

    public static Entry of(long[] values, long... shape) {
      requireCount(values.length, shape);
      ByteBuffer bytes = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asLongBuffer().put(values);
      return new Entry("I64", shape, bytes);
    }

    private static void requireCount(int values, long[] shape) {
      if (elements(shape) != values) {
        throw new IllegalArgumentException(
            values + " values do not have the shape " + Arrays.toString(shape));
      }
    }

    private void require(String wanted) {
      if (!dtype.equals(wanted)) {
        throw new IllegalArgumentException("the tensor is " + dtype + ", not " + wanted);
      }
    }
  }

  /** {@return the bytes of a block, whatever was read of it before} */
  private static ByteBuffer view(ByteBuffer block) {
    return block.duplicate().order(ByteOrder.LITTLE_ENDIAN).rewind();
  }

  /**
   * Maps {@code file}. Throws {@link CheckpointException} when it is not a whole safetensors file.
   */
  public static Safetensors read(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      while (length.hasRemaining() && channel.read(length) >= 0) {}
      long header = length.hasRemaining() ? -1 : length.getLong(0);
      if (header < 2 || header > MAX_HEADER || header > size - 8) {
        throw new CheckpointException(
            file
                + ": not a safetensors file: its header would take "
                + header
                + " of "
                + size
                + " bytes");
      }
      ByteBuffer text = ByteBuffer.allocate((int) header);
      channel.position(8);
      while (text.hasRemaining() && channel.read(text) >= 0) {}
      JsonNode root = JSON.readTree(new String(text.array(), StandardCharsets.UTF_8));
      if (!root.isObject()) {
        throw new CheckpointException(
            file + ": not a safetensors file: its header is not a JSON object");
      }
      Map<String, String> metadata = new LinkedHashMap<>();
      Map<String, Entry> entries = new LinkedHashMap<>();
      for (Map.Entry<String, JsonNode> field : root.properties()) {
        if (field.getKey().equals("__metadata__")) {
          field
              .getValue()
              .properties()
              .forEach(m -> metadata.put(m.getKey(), m.getValue().asText()));
        } else {
          entries.put(
              field.getKey(),
              entry(file, channel, field.getKey(), field.getValue(), 8 + header, size));
        }
      }
      requireChecksum(file, channel, text.array(), metadata.remove(CHECKSUM));
      return new Safetensors(metadata, entries);
    } catch (AccessDeniedException e) {
      throw new CheckpointException(file + ": cannot be read: permission denied", e);
    } catch (NoSuchFileException e) {
      throw new CheckpointException(file + ": is missing", e);
    } catch (JsonProcessingException e) {
      throw new CheckpointException(file + ": not a safetensors file: its header is not JSON", e);
    } catch (IOException e) {
      throw new CheckpointException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static void requireChecksum(
      Path file, FileChannel channel, byte[] header, @Nullable String expected) throws IOException {
    if (expected == null || expected.equals(NO_CHECKSUM)) {
      return;
    }
    CRC32C sum = new CRC32C();
    long size = channel.size();
    for (long at = 8 + header.length; at < size; at += BLOCK) {
      sum.update(channel.map(FileChannel.MapMode.READ_ONLY, at, Math.min(BLOCK, size - at)));
    }
    int place = placeOfChecksum(header, expected);
    if (place >= 0) {
      putChecksum(header, place, NO_CHECKSUM);
    }
    sum.update(header);
    if (!digits(sum).equals(expected)) {
      throw new CheckpointException(
          file
              + ": is damaged, or was changed by another program: its checksum is "
              + digits(sum)
              + " and should be "
              + expected
              + "; copy or make it again");
    }
  }

  private static String digits(CRC32C sum) {
    return String.format(Locale.ROOT, "%08x", sum.getValue());
  }

  /** {@return where the digits of the checksum begin in the header's text; negative for nowhere} */
  private static int placeOfChecksum(byte[] header, String digits) {
    String field = "\"" + CHECKSUM + "\":\"";
    int at = new String(header, StandardCharsets.ISO_8859_1).indexOf(field + digits + '"');
    return at < 0 ? at : at + field.length();
  }

  private static void putChecksum(byte[] header, int place, String digits) {
    System.arraycopy(digits.getBytes(StandardCharsets.US_ASCII), 0, header, place, 8);
  }

  /**
   * Puts the checksum into a header that {@link #header} made.
   *
   * @param values has read all values of the file
   */
  public static void seal(byte[] header, CRC32C values) {
    values.update(header, 8, header.length - 8);
    putChecksum(header, placeOfChecksum(header, NO_CHECKSUM), digits(values));
  }

  private static Entry entry(
      Path file, FileChannel channel, String name, JsonNode node, long base, long size)
      throws IOException {
    JsonNode offsets = node.path("data_offsets");
    long from = offsets.path(0).asLong(-1);
    long to = offsets.path(1).asLong(-1);
    String dtype = node.path("dtype").asText();
    long[] shape = new long[node.path("shape").size()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = node.path("shape").path(i).asLong(-1);
    }
    if (from < 0 || to < from || to > size - base) {
      throw new CheckpointException(
          file
              + ": tensor '"
              + name
              + "' claims bytes "
              + from
              + " to "
              + to
              + " of "
              + (size - base)
              + "; the file was cut short or is damaged");
    }
    long needed = bytes(file, name, dtype, shape);
    if (needed >= 0 && needed != to - from) {
      throw new CheckpointException(
          file
              + ": tensor '"
              + name
              + "' has "
              + (to - from)
              + " bytes where its shape needs "
              + needed);
    }
    List<ByteBuffer> blocks = new ArrayList<>();
    long at = from;
    do { // an empty tensor has one empty block
      long length = Math.min(BLOCK, to - at);
      ByteBuffer block = channel.map(FileChannel.MapMode.READ_ONLY, base + at, length);
      blocks.add(block.order(ByteOrder.LITTLE_ENDIAN));
      at += length;
    } while (at < to);
    return new Entry(dtype, shape, List.copyOf(blocks), base + from);
  }

  /** {@return how many bytes the shape needs; -1 for a dtype whose width is not known here} */
  private static long bytes(Path file, String name, String dtype, long[] shape) {
    try {
      for (long n : shape) {
        if (n < 0) {
          throw new CheckpointException(
              file + ": tensor '" + name + "' has a shape that is not one");
        }
      }
      int width = width(dtype);
      long elements = Entry.elements(shape);
      return width == 0 ? -1 : Math.multiplyExact(elements, width);
    } catch (ArithmeticException e) {
      throw new CheckpointException(
          file + ": tensor '" + name + "' has a shape that no file can hold", e);
    }
  }

  private static int width(String dtype) {
    return switch (dtype) {
      case "F64", "I64", "U64" -> 8;
      case "F32", "I32", "U32" -> 4;
      case "F16", "BF16", "I16", "U16" -> 2;
      case "I8", "U8", "BOOL" -> 1;
      default -> 0;
    };
  }

  /** Writes header and values; the caller decides how the file appears (see data.AtomicFiles). */
  public void write(OutputStream out) throws IOException {
    ObjectNode header = header(metadata);
    long at = 0;
    for (Map.Entry<String, Entry> e : entries.entrySet()) {
      Entry entry = e.getValue();
      long bytes = entry.blocks().stream().mapToLong(block -> view(block).remaining()).sum();
      describe(header, e.getKey(), entry.dtype(), entry.shape(), at, bytes);
      at += bytes;
    }
    CRC32C sum = new CRC32C();
    entries.values().forEach(entry -> entry.blocks().forEach(block -> sum.update(view(block))));
    byte[] text = bytes(header);
    seal(text, sum);
    out.write(text);
    WritableByteChannel channel = Channels.newChannel(out);
    for (Entry entry : entries.values()) {
      for (ByteBuffer block : entry.blocks()) {
        ByteBuffer bytes = view(block);
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
      }
    }
  }

  /**
   * {@return what a file of one float32 tensor begins with} The caller writes the values, little-
   * endian and row-major, behind it, and {@link #seal}s the header; so a tensor can be written that
   * is nowhere whole.
   */
  public static byte[] header(Map<String, String> metadata, String name, long... shape)
      throws IOException {
    ObjectNode header = header(metadata);
    describe(header, name, "F32", shape, 0, Math.multiplyExact(4, Entry.elements(shape)));
    return bytes(header);
  }

  private static ObjectNode header(Map<String, String> metadata) {
    ObjectNode header = JSON.createObjectNode();
    ObjectNode meta = header.putObject("__metadata__");
    meta.put(CHECKSUM, NO_CHECKSUM);
    metadata.forEach(meta::put);
    return header;
  }

  private static void describe(
      ObjectNode header, String name, String dtype, long[] shape, long at, long bytes) {
    ObjectNode node = header.putObject(name);
    node.put("dtype", dtype);
    ArrayNode sizes = node.putArray("shape");
    for (long n : shape) {
      sizes.add(n);
    }
    node.putArray("data_offsets").add(at).add(at + bytes);
  }

  /** Length and text, filled up with spaces so that the values begin aligned. */
  private static byte[] bytes(ObjectNode header) throws IOException {
    byte[] text = JSON.writeValueAsBytes(header);
    int whole = (8 + text.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    byte[] bytes = new byte[whole];
    Arrays.fill(bytes, (byte) ' ');
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(whole - 8).put(text);
    return bytes;
  }
}
