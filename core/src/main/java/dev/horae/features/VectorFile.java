package dev.horae.features;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.horae.data.DataException;
import dev.horae.tensor.Safetensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Vectors that somebody else made: a {@code .npy} or {@code .safetensors} file with one row per id
 * of a list. The list is the file given, or the neighbour {@code <name>.ids.txt} (UTF-8, one id per
 * line), or, in a safetensors file, the metadata {@code ids}, a JSON array of strings.
 *
 * @param ids row by row, all different
 * @param width values per row, F
 * @param values row-major [ids, F], all finite
 */
record VectorFile(List<String> ids, int width, float[] values) {

  /** Throws {@link DataException} naming the file, what is wrong and what to do about it. */
  static VectorFile read(Path file, Optional<Path> idList) {
    if (!Files.isRegularFile(file)) {
      throw new DataException(file + ": there is no such file of vectors");
    }
    boolean numpy = file.toString().endsWith(".npy");
    if (!numpy && !file.toString().endsWith(".safetensors")) {
      throw new DataException(
          file + ": vectors are read from .npy and .safetensors files; save them as one of these");
    }
    Matrix matrix;
    Optional<String> embedded = Optional.empty();
    if (numpy) {
      matrix = NpyFile.read(file);
    } else {
      Safetensors stored = Safetensors.read(file);
      matrix = tensor(file, stored);
      embedded = Optional.ofNullable(stored.metadata().get("ids"));
    }
    VectorFile vectors =
        new VectorFile(ids(file, idList, embedded), matrix.width(), matrix.values());
    vectors.check(file, matrix.rows());
    return vectors;
  }

  /** [rows, width], row-major. */
  record Matrix(int rows, int width, float[] values) {}

  private static Matrix tensor(Path file, Safetensors stored) {
    Map<String, Safetensors.Entry> tensors = stored.entries();
    Safetensors.Entry entry =
        tensors.size() == 1 ? tensors.values().iterator().next() : tensors.get("vectors");
    if (entry == null) {
      throw new DataException(
          file
              + ": has the tensors "
              + tensors.keySet()
              + "; keep one, or name the right one 'vectors'");
    }
    if (entry.shape().length != 2) {
      throw new DataException(
          file + ": the tensor has the shape " + Arrays.toString(entry.shape()) + ", not [ids, F]");
    }
    String type =
        switch (entry.dtype()) {
          case "F16" -> "f2";
          case "F32" -> "f4";
          case "F64" -> "f8";
          default ->
              throw new DataException(
                  file + ": the tensor is " + entry.dtype() + "; save it as F32, F64 or F16");
        };
    return matrix(file, entry.blocks(), type, entry.shape()[0], entry.shape()[1]);
  }

  /**
   * @param blocks the values, little-endian; none of them lies in two blocks
   * @param type {@code f2}, {@code f4} or {@code f8}
   */
  static Matrix matrix(Path file, List<ByteBuffer> blocks, String type, long rows, long width) {
    if (rows < 1 || width < 1 || rows > Integer.MAX_VALUE / width) {
      throw new DataException(
          file + ": a table of " + rows + " x " + width + " values cannot be used");
    }
    float[] values = new float[(int) (rows * width)];
    int i = 0;
    for (ByteBuffer block : blocks) {
      ByteBuffer bytes = block.slice().order(ByteOrder.LITTLE_ENDIAN);
      while (bytes.hasRemaining()) {
        values[i++] =
            switch (type) {
              case "f2" -> half(bytes.getShort());
              case "f4" -> bytes.getFloat();
              default -> (float) bytes.getDouble();
            };
      }
    }
    return new Matrix((int) rows, (int) width, values);
  }

  /** {@return the value of an IEEE 754 half: 1 bit of sign, 5 of exponent, 10 of fraction} */
  static float half(short bits) {
    int exponent = bits >> 10 & 31;
    int fraction = bits & 1023;
    float size =
        switch (exponent) {
          case 0 -> fraction * 0x1p-24f;
          case 31 -> fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
          default -> Math.scalb(1024 + fraction, exponent - 25);
        };
    return bits < 0 ? -size : size;
  }

  private static List<String> ids(Path file, Optional<Path> given, Optional<String> embedded) {
    if (given.isEmpty() && embedded.isPresent()) {
      try {
        return List.of(new ObjectMapper().readValue(embedded.get(), String[].class));
      } catch (JsonProcessingException | NullPointerException e) {
        throw new DataException(file + ": its metadata 'ids' is not a JSON array of strings", e);
      }
    }
    String name = file.getFileName().toString();
    Path list =
        given.orElse(file.resolveSibling(name.substring(0, name.lastIndexOf('.')) + ".ids.txt"));
    if (!Files.isRegularFile(list)) {
      throw new DataException(
          list
              + ": there is no such list of item ids, which says whose the rows of "
              + file
              + " are; write one id per line, or name another file");
    }
    try {
      List<String> lines = new ArrayList<>(Files.readAllLines(list, StandardCharsets.UTF_8));
      while (!lines.isEmpty() && lines.get(lines.size() - 1).isEmpty()) {
        lines.remove(lines.size() - 1);
      }
      return lines;
    } catch (IOException e) {
      throw new DataException(list + ": cannot be read as UTF-8 text: " + e.getMessage(), e);
    }
  }

  private void check(Path file, int rows) {
    if (ids.size() != rows) {
      throw new DataException(
          file + ": has " + rows + " rows for " + ids.size() + " ids; give one id per row");
    }
    Map<String, Integer> first = new HashMap<>();
    for (int row = 0; row < rows; row++) {
      Integer before = first.put(ids.get(row), row);
      if (before != null) {
        throw new DataException(
            file
                + ": the id '"
                + ids.get(row)
                + "' stands for rows "
                + before
                + " and "
                + row
                + " (from 0); give each id one row");
      }
      for (int i = row * width; i < (row + 1) * width; i++) {
        if (!Float.isFinite(values[i])) {
          throw new DataException(
              file
                  + ": row "
                  + row
                  + " (from 0), id '"
                  + ids.get(row)
                  + "', column "
                  + (i - row * width)
                  + " is "
                  + values[i]
                  + "; only finite values can be used");
        }
      }
    }
  }
}
