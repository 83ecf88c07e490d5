package dev.horae.features;

import dev.horae.data.DataException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * NumPy's array file, versions 1 to 3: magic, version, header length, a Python dict of dtype, order
 * and shape, then the values. Read: two dimensions, row by row, little-endian float16, 32 or 64.
 */
final class NpyFile {

  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final Pattern DTYPE = Pattern.compile("'descr'\\s*:\\s*('[^']*'|\\[.*?])");
  private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
  private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([^)]*)\\)");
  private static final Pattern TWO =
      Pattern.compile("\\s*(\\d{1,10})L?\\s*,\\s*(\\d{1,10})L?\\s*,?\\s*");

  private NpyFile() {}

  static VectorFile.Matrix read(Path file) {
    try (FileChannel channel = FileChannel.open(file)) {
      if (channel.size() > Integer.MAX_VALUE) {
        throw new DataException(
            file + ": has " + channel.size() + " bytes; at most 2 GiB are read: save float16");
      }
      return parse(file, channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()));
    } catch (IOException e) {
      throw new DataException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static VectorFile.Matrix parse(Path file, ByteBuffer bytes) {
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    String header = header(file, bytes);
    String dtype = find(file, header, "descr", DTYPE);
    String order = find(file, header, "fortran_order", ORDER);
    String shape = find(file, header, "shape", SHAPE);
    if (!dtype.matches("'<f[248]'")) {
      throw new DataException(
          file
              + ": its dtype is "
              + dtype
              + "; little-endian floats are read: save array.astype('<f4')");
    }
    if (order.equals("True")) {
      throw new DataException(
          file
              + ": its values stand column by column (fortran_order); save"
              + " numpy.ascontiguousarray(array)");
    }
    Matcher two = TWO.matcher(shape);
    if (!two.matches()) {
      throw new DataException(
          file + ": its shape is (" + shape + "); one row per item is read: save (ids, values)");
    }
    long rows = Long.parseLong(two.group(1));
    long width = Long.parseLong(two.group(2));
    String type = dtype.substring(2, 4);
    long needed = rows * width * (type.charAt(1) - '0');
    if (rows > Integer.MAX_VALUE || width > Integer.MAX_VALUE || needed != bytes.remaining()) {
      throw new DataException(
          file
              + ": its shape ("
              + shape
              + ") of "
              + dtype
              + " does not match the "
              + bytes.remaining()
              + " bytes of values; the file was cut short or is damaged");
    }
    return VectorFile.matrix(file, List.of(bytes), type, rows, width);
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
