package dev.horae.features;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.horae.data.DataException;
import dev.horae.data.Reasons;
import dev.horae.tensor.Safetensors;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

/**
 * Vectors that somebody else made: a {@code .npy} or {@code .safetensors} file with one row per id
 * of a list. The list is the file given, or the neighbour {@code <name>.ids.txt} (UTF-8, one id per
 * line, perhaps gzipped), or, in a safetensors file, the metadata {@code ids}, a JSON array of
 * strings. The values stay in the file.
 *
 * @param ids row by row, all different
 * @param values all finite
 */
record VectorFile(List<String> ids, MappedMatrix values) {

  private static final char BYTE_ORDER_MARK = '\uFEFF';

  /** Throws {@link DataException} naming the file, what is wrong and what to do about it. */
  static VectorFile read(Path file, Optional<Path> idList) {
    if (!Files.isRegularFile(file)) {
      throw new DataException(file + ": there is no such file of vectors");
    }
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    MappedMatrix matrix;
    Optional<String> embedded = Optional.empty();
    if (name.endsWith(".npy")) {
      matrix = NpyFile.read(file);
    } else if (name.endsWith(".safetensors")) {
      Safetensors stored = Safetensors.read(file);
      matrix = tensor(file, stored);
      embedded = Optional.ofNullable(stored.metadata().get("ids"));
    } else {
      throw new DataException(
          file
              + (name.endsWith(".gz")
                  ? ": compressed vectors cannot be mapped; unpack the file (gunzip)"
                  : ": vectors are read from .npy and .safetensors files; save them as one of"
                      + " these"));
    }
    VectorFile vectors = new VectorFile(ids(file, idList, embedded), matrix);
    vectors.check(file);
    return vectors;
  }

  /** {@return values per row, F} */
  int width() {
    return values.width();
  }

  /** Copies a row into an array of F values. */
  void copy(int row, float[] target) {
    for (int i = 0; i < target.length; i++) {
      target[i] = (float) values.get(row, i);
    }
  }

  private static MappedMatrix tensor(Path file, Safetensors stored) {
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
    int bytes =
        switch (entry.dtype()) {
          case "F16" -> 2;
          case "F32" -> 4;
          case "F64" -> 8;
          default ->
              throw new DataException(
                  file + ": the tensor is " + entry.dtype() + "; save it as F32, F64 or F16");
        };
    return MappedMatrix.of(
        file,
        entry.blocks(),
        new MappedMatrix.Layout(bytes, ByteOrder.LITTLE_ENDIAN, false),
        entry.shape()[0],
        entry.shape()[1]);
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
    Path beside = file.resolveSibling(name.substring(0, name.lastIndexOf('.')) + ".ids.txt");
    Path zipped = beside.resolveSibling(beside.getFileName() + ".gz");
    Path list = given.orElse(!Files.exists(beside) && Files.exists(zipped) ? zipped : beside);
    if (!Files.isRegularFile(list)) {
      throw new DataException(
          list
              + ": there is no such list of item ids, which says whose the rows of "
              + file
              + " are; write one id per line, or name another file");
    }
    try {
      return lines(Files.readAllBytes(list));
    } catch (CharacterCodingException e) {
      throw new DataException(list + ": is not UTF-8 text; save it as UTF-8", e);
    } catch (IOException e) {
      throw new DataException(list + ": cannot be read: " + Reasons.of(e), e);
    }
  }

  /** {@return the lines of a text, without its byte order mark and the empty lines at its end} */
  private static List<String> lines(byte[] bytes) throws IOException {
    byte[] plain = bytes;
    if (bytes.length > 1 && bytes[0] == 0x1F && bytes[1] == (byte) 0x8B) {
      try (InputStream in =
          new GZIPInputStream(new BufferedInputStream(new ByteArrayInputStream(bytes)))) {
        plain = in.readAllBytes();
      }
    }
    String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(plain)).toString();
    boolean marked = !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK;
    List<String> lines = new ArrayList<>((marked ? text.substring(1) : text).lines().toList());
    while (!lines.isEmpty() && lines.get(lines.size() - 1).isBlank()) {
      lines.remove(lines.size() - 1);
    }
    return lines;
  }

  private void check(Path file) {
    int rows = values.rows();
    if (ids.size() != rows) {
      throw new DataException(
          file
              + ": has "
              + rows
              + " rows for "
              + ids.size()
              + " ids; give one id per row"
              + (ids.size() == rows + 1 ? " (is '" + ids.get(0) + "' a heading?)" : ""));
    }
    Map<String, Integer> first = new HashMap<>();
    for (int row = 0; row < rows; row++) {
      Integer before = first.put(ids.get(row), row);
      if (before != null) {
        throw new DataException(twice(file, ids.get(row), before, row));
      }
    }
    values.notFinite().ifPresent(at -> refuse(file, at));
  }

  /** {@return that an id stands for two rows} */
  static String twice(Path file, String id, int before, int row) {
    return file
        + ": the id '"
        + id
        + "' stands for rows "
        + before
        + " and "
        + row
        + " (from 0); give each id one row";
  }

  private void refuse(Path file, MappedMatrix.Place at) {
    double value = values.get(at.row(), at.column());
    throw new DataException(
        file
            + ": row "
            + at.row()
            + " (from 0), id '"
            + ids.get(at.row())
            + "', column "
            + at.column()
            + " is "
            + (Double.isFinite(value) ? value : Float.toString((float) value))
            + "; only finite values "
            + (Double.isFinite(value) ? "of 32 bits " : "")
            + "can be used");
  }
}
