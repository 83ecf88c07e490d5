package dev.horae.features;

import dev.horae.data.DataException;
import dev.horae.data.FeatureTable;
import dev.horae.data.Reasons;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * NumPy's array file, versions 1 to 3: magic, version, header length, a Python dict of dtype, order
 * and shape, then the values. Read: two dimensions of float16, 32 or 64, in any order. Written:
 * float32, row-major, version 1.
 */
public final class NpyFile {

  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};

  /** Bytes of which a header is part. */
  private static final int MAX_HEADER = 1 << 20;

  /** The values begin at a multiple of it. */
  private static final int ALIGNMENT = 64;

  private static final int BUFFER = 1 << 20;

  private static final Pattern DTYPE = Pattern.compile("'descr'\\s*:\\s*('[^']*'|\\[.*?])");
  private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
  private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([^)]*)\\)");
  private static final Pattern TWO =
      Pattern.compile("\\s*(\\d{1,10})L?\\s*,\\s*(\\d{1,10})L?\\s*,?\\s*");

  private NpyFile() {}

  /**
   * Writes the rows of a table, float32 [N, F], that of padding left out: row 0 is item 1.
   *
   * @param out is flushed, and stays open
   */
  public static void write(FeatureTable table, OutputStream out) throws IOException {
    String dict =
        "{'descr': '<f4', 'fortran_order': False, 'shape': (%s, %s), }"
            .formatted(table.rows() - 1, table.width());
    int length = (MAGIC.length + 4 + dict.length() + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    ByteBuffer header = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    header.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) (length - MAGIC.length - 4));
    header.put(dict.getBytes(StandardCharsets.US_ASCII));
    while (header.position() < length - 1) {
      header.put((byte) ' ');
    }
    OutputStream buffered = new BufferedOutputStream(out, BUFFER);
    buffered.write(header.put((byte) '\n').array());
    ByteBuffer values = ByteBuffer.allocate(4 * table.width()).order(ByteOrder.LITTLE_ENDIAN);
    boolean[] padding = {true};
    try {
      table.each(
          row -> {
            if (!padding[0]) {
              values.asFloatBuffer().put(row);
              write(buffered, values.array());
            }
            padding[0] = false;
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    buffered.flush();
  }

  private static void write(OutputStream out, byte[] bytes) {
    try {
      out.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static MappedMatrix read(Path file) {
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer begin =
          channel.map(FileChannel.MapMode.READ_ONLY, 0, Math.min(channel.size(), MAX_HEADER));
      String header = header(file, begin.order(ByteOrder.LITTLE_ENDIAN));
      return matrix(file, header, channel, begin.position());
    } catch (IOException e) {
      throw new DataException(file + ": cannot be read: " + Reasons.of(e), e);
    }
  }

  private static MappedMatrix matrix(Path file, String header, FileChannel channel, int from)
      throws IOException {
    String dtype = find(file, header, "descr", DTYPE);
    String order = find(file, header, "fortran_order", ORDER);
    String shape = find(file, header, "shape", SHAPE);
    if (!dtype.matches("'[<>=]f[248]'")) {
      throw new DataException(
          file + ": its dtype is " + dtype + "; floats are read: save array.astype('<f4')");
    }
    Matcher two = TWO.matcher(shape);
    if (!two.matches()) {
      throw new DataException(
          file + ": its shape is (" + shape + "); one row per item is read: save (ids, values)");
    }
    long rows = Long.parseLong(two.group(1));
    long width = Long.parseLong(two.group(2));
    int bytes = dtype.charAt(3) - '0';
    long stored = channel.size() - from;
    if (rows > Integer.MAX_VALUE
        || width > Integer.MAX_VALUE
        || rows * width != stored / bytes
        || stored % bytes != 0) {
      throw new DataException(
          file
              + ": its shape ("
              + shape
              + ") of "
              + dtype
              + " does not match the "
              + stored
              + " bytes of values; the file was cut short or is damaged");
    }
    List<ByteBuffer> blocks = new ArrayList<>();
    for (long at = 0; at < stored; at += MappedMatrix.BLOCK) {
      long size = Math.min(MappedMatrix.BLOCK, stored - at);
      blocks.add(channel.map(FileChannel.MapMode.READ_ONLY, from + at, size));
    }
    ByteOrder ends = dtype.charAt(1) == '>' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    MappedMatrix.Layout layout = new MappedMatrix.Layout(bytes, ends, order.equals("True"));
    return MappedMatrix.of(file, blocks, layout, rows, width);
  }

  /** Reads up to the values, which is where the buffer then stands. */
  private static String header(Path file, ByteBuffer bytes) {
    byte[] magic = new byte[MAGIC.length];
    int major = 0;
    if (bytes.remaining() >= 12) {
      bytes.get(magic);
      major = bytes.get();
    }
    if (!Arrays.equals(magic, MAGIC) || major < 1 || major > 3) {
      throw new DataException(file + ": is not a .npy file of version 1 to 3");
    }
    bytes.get(); // minor version
    int length = major == 1 ? Short.toUnsignedInt(bytes.getShort()) : bytes.getInt();
    if (length < 0 || length > bytes.remaining()) {
      throw new DataException(file + ": ends within its header; it was cut short or is damaged");
    }
    byte[] text = new byte[length];
    bytes.get(text);
    return new String(text, StandardCharsets.UTF_8);
  }

  private static String find(Path file, String header, String key, Pattern field) {
    Matcher found = field.matcher(header);
    if (!found.find()) {
      throw new DataException(
          file + ": its header has no readable '" + key + "'; write it with numpy.save");
    }
    return found.group(1);
  }
}
