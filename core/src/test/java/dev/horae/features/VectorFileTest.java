package dev.horae.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.data.DataException;
import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.Safetensors;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VectorFileTest {

  @TempDir Path directory;

  /** What numpy.save writes: header padded to a multiple of 64, ended by a line end. */
  private static byte[] npy(
      int version, String dtype, String order, String shape, ByteBuffer values) {
    String header =
        "{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }".formatted(dtype, order, shape);
    int prefix = version == 1 ? 10 : 12;
    int length = (prefix + header.length() + 64) / 64 * 64 - prefix;
    String padded = header + " ".repeat(length - header.length() - 1) + "\n";
    ByteBuffer file =
        ByteBuffer.allocate(prefix + length + values.capacity()).order(ByteOrder.LITTLE_ENDIAN);
    file.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) version, 0});
    if (version == 1) {
      file.putShort((short) length);
    } else {
      file.putInt(length);
    }
    return file.put(padded.getBytes(StandardCharsets.US_ASCII)).put(values.rewind()).array();
  }

  private static ByteBuffer floats(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return bytes;
  }

  private Path write(byte[] bytes, String ids) throws IOException {
    Files.writeString(directory.resolve("v.ids.txt"), ids);
    return Files.write(directory.resolve("v.npy"), bytes);
  }

  private Path write(String dtype, String order, String shape, ByteBuffer values)
      throws IOException {
    return write(npy(1, dtype, order, shape, values), "a\nb\n");
  }

  @Test
  void readsTheThreeWidthsAndVersions() throws IOException {
    ByteBuffer doubles = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer halves = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    for (double value : new double[] {1, -2, 0.5, 65504}) {
      doubles.putDouble(value);
    }
    for (int bits : new int[] {0x3C00, 0xC000, 0x3800, 0x7BFF}) {
      halves.putShort((short) bits);
    }
    ByteBuffer floats = floats(1, -2, 0.5f, 65504);
    for (byte[] file :
        new byte[][] {
          npy(1, "<f4", "False", "2, 2", floats),
          npy(2, "<f4", "False", "2, 2", floats),
          npy(2, "<f8", "False", "2, 2", doubles),
          npy(1, "<f2", "False", "2, 2", halves)
        }) {
      VectorFile read = VectorFile.read(write(file, "a\nb\n"), Optional.empty());
      assertThat(read.ids()).containsExactly("a", "b");
      assertThat(read.width()).isEqualTo(2);
      assertThat(read.values()).containsExactly(1, -2, 0.5f, 65504);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0x0000, 0",
    "0x0001, 5.9604645e-8",
    "0x03FF, 6.097555e-5",
    "0x0400, 6.1035156e-5",
    "0x3555, 0.33325195",
    "0xBC00, -1",
    "0x7C00, Infinity",
    "0xFC00, -Infinity",
    "0x7E00, NaN"
  })
  void halvesAreRead(String bits, Float value) {
    assertThat(VectorFile.half((short) (int) Integer.decode(bits))).isEqualTo(value);
  }

  @Test
  void readsTensorsWithTheirIdsInsideOrBeside() throws IOException {
    Safetensors.Entry two = Safetensors.Entry.of(new float[] {1, 2, 3, 4}, 2, 2);
    ByteArrayOutputStream inside = new ByteArrayOutputStream();
    new Safetensors(Map.of("ids", "[\"b\", \"\u00e9\"]"), Map.of("x", two)).write(inside);
    Path file = Files.write(directory.resolve("t.safetensors"), inside.toByteArray());
    assertThat(VectorFile.read(file, Optional.empty()).ids()).containsExactly("b", "\u00e9");

    ByteArrayOutputStream beside = new ByteArrayOutputStream();
    new Safetensors(Map.of(), Map.of("vectors", two, "more", two)).write(beside);
    Files.write(file, beside.toByteArray());
    Path list = Files.writeString(directory.resolve("list"), "c\nd");
    VectorFile read = VectorFile.read(file, Optional.of(list));
    assertThat(read.ids()).containsExactly("c", "d");
    assertThat(read.values()).containsExactly(1, 2, 3, 4);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<f4 | True  | 2, 1 | its values stand column by column (fortran_order); save numpy.ascontiguousarray(array)",
        "<i8 | False | 1, 1 | its dtype is '<i8'; little-endian floats are read: save array.astype('<f4')",
        ">f4 | False | 2, 1 | its dtype is '>f4'; little-endian floats are read: save array.astype('<f4')",
        "<f4 | False | 2,   | its shape is (2,); one row per item is read: save (ids, values)",
        "<f4 | False | 2, 3 | its shape (2, 3) of '<f4' does not match the 8 bytes of values; the file was cut short or is damaged",
        "<f4 | False | 1, 2 | has 1 rows for 2 ids; give one id per row",
      })
  void whatCannotBeUsedIsNamedWithItsRepair(
      String dtype, String order, String shape, String problem) throws IOException {
    Path file = write(dtype, order, shape, floats(1, 2));
    assertThatThrownBy(() -> VectorFile.read(file, Optional.empty()))
        .isInstanceOf(DataException.class)
        .hasMessage(file + ": " + problem);
  }

  @Test
  void idsMustBeThereAndDiffer() throws IOException {
    byte[] bytes = npy(1, "<f4", "False", "2, 1", floats(1, 2));
    Path file = write(bytes, "a\na\n");
    assertThatThrownBy(() -> VectorFile.read(file, Optional.empty()))
        .isInstanceOf(DataException.class)
        .hasMessage(file + ": the id 'a' stands for rows 0 and 1 (from 0); give each id one row");
    Files.delete(directory.resolve("v.ids.txt"));
    assertThatThrownBy(() -> VectorFile.read(file, Optional.empty()))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(
            directory.resolve("v.ids.txt") + ": there is no such list of item ids");
  }

  @Test
  void valuesMustBeFinite() throws IOException {
    Path file = write("<f4", "False", "2, 2", floats(1, 2, Float.NaN, 4));
    assertThatThrownBy(() -> VectorFile.read(file, Optional.empty()))
        .isInstanceOf(DataException.class)
        .hasMessage(
            file + ": row 1 (from 0), id 'b', column 0 is NaN; only finite values can be used");
  }

  @Test
  void damageNeverEscapes() throws IOException {
    byte[] whole = npy(1, "<f4", "False", "2, 2", floats(1, 2, 3, 4));
    Random random = new Random(2);
    int refused = 0;
    for (int round = 0; round < 300; round++) {
      byte[] damaged = Arrays.copyOf(whole, random.nextInt(whole.length + 1));
      for (int i = random.nextInt(4); i > 0 && damaged.length > 0; i--) {
        damaged[random.nextInt(Math.min(70, damaged.length))] = (byte) random.nextInt(256);
      }
      try {
        assertThat(VectorFile.read(write(damaged, "a\nb\n"), Optional.empty()).width())
            .isEqualTo(2);
      } catch (DataException | CheckpointException e) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(200);
  }
}
