package dev.horae.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.data.DataException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VectorCacheTest {

  @TempDir Path directory;

  private VectorCache open(int width) {
    return VectorCache.open(directory, "test-1", width);
  }

  private Path file() {
    return directory.resolve("test-1.bin");
  }

  private static String key(String content) {
    return VectorCache.key("test-1", content.getBytes(StandardCharsets.UTF_8));
  }

  private static float[] get(VectorCache cache, String content, int width) {
    float[] vector = new float[width];
    cache.copy(key(content), vector, 0);
    return vector;
  }

  @Test
  void keysDependOnEncoderAndContent() {
    byte[] a = {'a'};
    assertThat(VectorCache.key("x", a)).hasSize(64).isEqualTo(VectorCache.key("x", a));
    assertThat(VectorCache.key("y", a)).isNotEqualTo(VectorCache.key("x", a));
    assertThat(VectorCache.key("x", new byte[] {'b'})).isNotEqualTo(VectorCache.key("x", a));
  }

  @Test
  void remembersAcrossOpenings() {
    try (VectorCache cache = open(2)) {
      cache.put(key("a"), new float[] {1, 2});
    }
    try (VectorCache cache = open(2)) {
      cache.put(key("b"), new float[] {3, Float.MIN_VALUE});
    }
    try (VectorCache cache = open(2)) {
      assertThat(get(cache, "a", 2)).containsExactly(1, 2);
      assertThat(get(cache, "b", 2)).containsExactly(3, Float.MIN_VALUE);
      assertThat(cache.has(key("c"))).isFalse();
    }
  }

  /** Whatever length a killed process left, what was whole is there and writing goes on. */
  @Test
  void aTornEndCostsOnlyTheTornRecord() throws IOException {
    try (VectorCache cache = open(2)) {
      cache.put(key("a"), new float[] {1, 2});
      cache.put(key("b"), new float[] {3, 4});
    }
    byte[] whole = Files.readAllBytes(file());
    int record = 32 + 8 + 4;
    for (int length = 0; length < whole.length; length++) {
      Files.write(file(), Arrays.copyOf(whole, length));
      try (VectorCache cache = open(2)) {
        assertThat(cache.has(key("a"))).isEqualTo(length >= whole.length - record);
        assertThat(cache.has(key("b"))).isFalse();
        cache.put(key("b"), new float[] {3, 4});
      }
      try (VectorCache cache = open(2)) {
        assertThat(get(cache, "b", 2)).containsExactly(3, 4);
      }
    }
  }

  @Test
  void aDamagedRecordIsAbsentAndTheOthersStay() throws IOException {
    try (VectorCache cache = open(2)) {
      cache.put(key("a"), new float[] {1, 2});
      cache.put(key("b"), new float[] {3, 4});
    }
    byte[] bytes = Files.readAllBytes(file());
    bytes[12 + 32 + 1] ^= 4; // a value of the first record
    Files.write(file(), bytes);
    try (VectorCache cache = open(2)) {
      assertThat(cache.has(key("a"))).isFalse();
      assertThat(get(cache, "b", 2)).containsExactly(3, 4);
    }
  }

  @Test
  void aFileOfAnotherWidthIsBegunAnew() {
    try (VectorCache cache = open(2)) {
      cache.put(key("a"), new float[] {1, 2});
    }
    try (VectorCache cache = open(3)) {
      assertThat(cache.has(key("a"))).isFalse();
    }
  }

  @Test
  void twoWritersAtOnceAreRefused() {
    try (VectorCache first = open(2)) {
      assertThat(first.has(key("a"))).isFalse();
      assertThatThrownBy(() -> open(2))
          .isInstanceOf(DataException.class)
          .hasMessage(file() + ": this process writes there already; wait for its end, or stop it");
    }
  }

  @Test
  void manyThreadsMayPut() {
    try (VectorCache cache = open(1)) {
      IntStream.range(0, 500).parallel().forEach(i -> cache.put(key("" + i), new float[] {i}));
    }
    try (VectorCache cache = open(1)) {
      for (int i = 0; i < 500; i++) {
        assertThat(get(cache, "" + i, 1)).containsExactly(i);
      }
    }
  }
}
