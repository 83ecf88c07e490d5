package dev.horae.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32C;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsTest {

  @TempDir Path directory;

  private static byte[] sample() throws IOException {
    Map<String, Safetensors.Entry> entries = new LinkedHashMap<>();
    entries.put(
        "weight", Safetensors.Entry.of(new float[] {1, -2.5f, Float.MIN_VALUE, 4, 5, 6}, 2, 3));
    entries.put("steps", Safetensors.Entry.of(new long[] {Long.MAX_VALUE}));
    entries.put("nothing", Safetensors.Entry.of(new float[0], 0, 7));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new Safetensors(Map.of("made by", "a test, \"quoted\" \u00e9"), entries).write(out);
    return out.toByteArray();
  }

  private Path file(byte[] bytes) throws IOException {
    return Files.write(directory.resolve("sample.safetensors"), bytes);
  }

  private static byte[] withHeader(String header, int values) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + text.length + values)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(text.length)
        .put(text)
        .array();
  }

  @Test
  void whatWasWrittenIsRead() throws IOException {
    Safetensors read = Safetensors.read(file(sample()));

    assertThat(read.metadata()).containsExactly(Map.entry("made by", "a test, \"quoted\" \u00e9"));
    assertThat(read.entries().keySet()).containsExactly("weight", "steps", "nothing");
    assertThat(read.entries().get("weight").shape()).containsExactly(2, 3);
    assertThat(read.entries().get("weight").floats())
        .containsExactly(1, -2.5f, Float.MIN_VALUE, 4, 5, 6);
    assertThat(read.entries().get("steps").shape()).isEmpty();
    assertThat(read.entries().get("steps").longs()).containsExactly(Long.MAX_VALUE);
    assertThat(read.entries().get("nothing").floats()).isEmpty();
  }

  @Test
  void valuesBeginAtAMultipleOf64Bytes() throws IOException {
    long header = ByteBuffer.wrap(sample()).order(ByteOrder.LITTLE_ENDIAN).getLong();
    assertThat((8 + header) % 64).isZero();
    assertThat(Safetensors.read(file(sample())).entries().get("weight").offset())
        .isEqualTo(8 + header);
  }

  @Test
  void aHeaderWrittenAheadOfItsValuesIsThatOfTheWhole() throws IOException {
    Map<String, String> metadata = Map.of("made by", "a test");
    Safetensors whole =
        new Safetensors(metadata, Map.of("x", Safetensors.Entry.of(new float[6], 2, 3)));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    whole.write(out);
    byte[] header = Safetensors.header(metadata, "x", 2, 3);
    CRC32C values = new CRC32C();
    values.update(new byte[24]);
    Safetensors.seal(header, values);
    assertThat(header).isEqualTo(Arrays.copyOf(out.toByteArray(), out.size() - 24));
  }

  /** A file of 2.4 GB, of which the disk holds two pages: buffers and arrays end before that. */
  @Test
  void aTensorMayBeLargerThanABuffer() throws IOException {
    long count = 600_000_000;
    Path file = directory.resolve("large.safetensors");
    byte[] header = Safetensors.header(Map.of(), "x", count);
    try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
      raw.write(header);
      raw.setLength(header.length + 4 * count);
      raw.seek(header.length + 4 * (count - 1));
      raw.writeInt(Integer.reverseBytes(Float.floatToIntBits(7.5f)));
    }
    Safetensors.Entry entry = Safetensors.read(file).entries().get("x");
    List<ByteBuffer> blocks = entry.blocks();
    assertThat(blocks).hasSize(3);
    ByteBuffer last = blocks.get(2);
    assertThat(last.getFloat(last.limit() - 4)).isEqualTo(7.5f);
    assertThatThrownBy(entry::bytes)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the tensor [600000000] has 3 blocks, not one");
    try (Scope scope = Scope.inference()) {
      Tensor mapped = Ops.mapped(file, entry.offset(), count / 2, 2);
      assertThat(Ops.floats(mapped.select(0, count / 2 - 1))).containsExactly(0, 7.5f);
    }
  }

  @Test
  void aFileCutShortAnywhereIsRefused() throws IOException {
    byte[] whole = sample();
    for (int length = 0; length < whole.length; length++) {
      Path cut = file(Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> Safetensors.read(cut))
          .as("%d of %d bytes", length, whole.length)
          .isInstanceOf(CheckpointException.class)
          .hasMessageStartingWith(cut + ": ");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[]                                                                  | its header is not a"
            + " JSON object",
        "{]                                                                  | its header is not"
            + " JSON",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}"
            + " | its header is not JSON",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,4]}}              | has 4 bytes where"
            + " its shape needs 8",
        "{'a':{'dtype':'F32','shape':[-2],'data_offsets':[0,8]}}             | has a shape that is"
            + " not one",
        "{'a':{'dtype':'F32','shape':[4611686018427387904,4],'data_offsets':[0,0]}} | has a shape"
            + " that no file can hold",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[8,0]}}              | claims bytes 8 to 0"
            + " of 8",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[9223372036854775799,9223372036854775807]}}"
            + " | of 8; the file was cut",
        "{'a':{'dtype':'F32','shape':[2]}}                                   | claims bytes -1 to"
            + " -1 of 8",
        "{'a':7}                                                             | claims bytes -1 to"
            + " -1 of 8",
      })
  void aHeaderThatLiesIsRefused(String header, String message) throws IOException {
    Path file = file(withHeader(header.replace('\'', '"'), 8));

    assertThatThrownBy(() -> Safetensors.read(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(message);
  }

  @Test
  void aMissingFileIsNamed() {
    Path none = directory.resolve("none.safetensors");
    assertThatThrownBy(() -> Safetensors.read(none))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("none.safetensors");
  }

  @Test
  void aShapeThatDoesNotFitIsNotWritten() {
    assertThatThrownBy(() -> Safetensors.Entry.of(new float[6], 2, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("6 values do not have the shape [2, 2]");
  }

  /** Whatever is damaged, values and header alike, and however little. */
  @Test
  void noBitChangesUnnoticed() throws IOException {
    byte[] whole = sample();
    Path file = file(whole);
    int key = new String(whole, StandardCharsets.ISO_8859_1).indexOf("crc32c");
    try (RandomAccessFile place = new RandomAccessFile(file.toFile(), "rw")) {
      for (int bit = 0; bit < 8 * whole.length; bit++) {
        int at = bit / 8;
        if (at < key || at >= key + "crc32c".length()) { // without its name it is none
          set(place, at, whole[at] ^ (1 << bit % 8));
          assertThatThrownBy(() -> Safetensors.read(file))
              .as("bit %d of %d", bit, 8 * whole.length)
              .isInstanceOf(CheckpointException.class)
              .hasMessageStartingWith(file + ": ");
          set(place, at, whole[at]);
        }
      }
    }
    whole[whole.length - 1] ^= 1;
    file(whole);
    assertThatThrownBy(() -> Safetensors.read(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageMatching(
            "\\Q"
                + file
                + "\\E: is damaged, or was changed by another program: its checksum is [0-9a-f]{8}"
                + " and should be [0-9a-f]{8}; copy or make it again");
  }

  /** In place: a file that is written anew goes to the disk at once. */
  private static void set(RandomAccessFile file, int at, int value) throws IOException {
    file.seek(at);
    file.write(value);
  }

  @Test
  void filesOfOtherProgramsHaveNoChecksum() throws IOException {
    Path file =
        file(withHeader("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8));
    assertThat(Safetensors.read(file).entries().get("a").floats()).containsExactly(0, 0);
  }

  /** Any bytes give tensors or our exception, and what is given can be read out. */
  @Test
  void damageNeverEscapes() throws IOException {
    Random random = new Random(11);
    byte[] whole = sample();
    int refused = 0;
    for (int round = 0; round < 500; round++) {
      byte[] damaged = whole.clone();
      for (int i = random.nextInt(4); i >= 0; i--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      try {
        for (Safetensors.Entry entry : Safetensors.read(file(damaged)).entries().values()) {
          if (entry.dtype().equals("F32")) {
            assertThat((long) entry.floats().length).isEqualTo(entry.count());
          }
        }
      } catch (CheckpointException e) {
        refused++;
      }
    }
    assertThat(refused).isBetween(450, 500);
  }
}
