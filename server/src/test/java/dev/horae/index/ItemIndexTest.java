package dev.horae.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.data.DataException;
import dev.horae.data.TopK;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ItemIndexTest {

  private static final int ITEMS = 3000;
  private static final int WIDTH = 20; // no multiple of eight
  private static final int GROUPS = 40; // of items that are alike

  private static final SplittableRandom RANDOM = new SplittableRandom(3);
  private static VectorTable table;
  private static List<float[]> users;
  private static List<float[]> asked;
  private static ItemIndex index;

  @TempDir Path folder;

  @BeforeAll
  static void build() {
    float[][] groups = new float[GROUPS][];
    for (int g = 0; g < GROUPS; g++) {
      groups[g] = vector(1);
    }
    FloatBuffer values =
        ByteBuffer.allocateDirect(4 * (ITEMS + 1) * WIDTH)
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    for (int item = 1; item <= ITEMS; item++) {
      float[] noise = vector(.3);
      for (int k = 0; k < WIDTH; k++) {
        values.put(item * WIDTH + k, groups[item % GROUPS][k] + noise[k]);
      }
    }
    table = new VectorTable(List.of(values), ITEMS + 1, WIDTH);
    users = vectors(300);
    asked = vectors(100);
    index = built(() -> false);
  }

  private static float[] vector(double deviation) {
    float[] x = new float[WIDTH];
    for (int k = 0; k < WIDTH; k++) {
      x[k] = (float) (deviation * RANDOM.nextGaussian());
    }
    return x;
  }

  private static List<float[]> vectors(int count) {
    List<float[]> vectors = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      float[] x = vector(1);
      x[0] += 3; // users care about some directions more than about others
      vectors.add(x);
    }
    return vectors;
  }

  private static ItemIndex built(BooleanSupplier stopped) {
    return ItemIndex.build(
        table,
        users,
        asked,
        asked.stream().map(user -> best(user, i -> true)).toList(),
        2,
        stopped);
  }

  private static int[] best(float[] user, IntPredicate allowed) {
    TopK best = new TopK(ItemIndex.BEST);
    for (int item = 1; item <= ITEMS; item++) {
      if (allowed.test(item)) {
        best.offer(item, table.product(user, item));
      }
    }
    return best.indices();
  }

  private static double recall(ItemIndex of, IntPredicate allowed) {
    long found = 0;
    for (float[] user : asked) {
      int[] items = of.search(table, user, ItemIndex.BEST, allowed);
      found +=
          IntStream.of(best(user, allowed))
              .filter(b -> IntStream.of(items).anyMatch(i -> i == b))
              .count();
    }
    return found / (double) (asked.size() * ItemIndex.BEST);
  }

  @Test
  void findsTheBestAndSaysHowMany() {
    assertThat(index.isGood()).isTrue();
    assertThat(index.quality().recall()).isEqualTo(recall(index, item -> true));
    assertThat(index.quality().questions()).isEqualTo(100);
    assertThat(index.items()).isEqualTo(ITEMS);
  }

  @Test
  void findsTheBestOfThoseThatAreAllowed() {
    assertThat(recall(index, item -> item % 3 == 0)).isGreaterThan(.98);
    assertThat(recall(index, item -> item % GROUPS < 10)).isGreaterThan(.98);
    for (float[] user : asked) {
      int[] even = index.search(table, user, 50, item -> item % 2 == 0);
      assertThat(IntStream.of(even)).hasSize(50).allMatch(item -> item % 2 == 0);
    }
    assertThat(index.search(table, asked.get(0), 50, item -> false)).isEmpty();
  }

  @Test
  void itsFileFindsTheSame() {
    Path file = folder.resolve("index.safetensors");
    index.write(file, "these");
    ItemIndex read = ItemIndex.read(file, "these", ITEMS).orElseThrow();
    assertThat(read.quality()).isEqualTo(index.quality());
    for (float[] user : asked) {
      assertThat(read.search(table, user, 20, item -> true))
          .isEqualTo(index.search(table, user, 20, item -> true));
    }
    assertThat(ItemIndex.read(file, "others", ITEMS)).isEmpty();
    assertThat(ItemIndex.read(folder.resolve("missing"), "these", ITEMS)).isEmpty();
  }

  @Test
  void aDamagedFileIsFound() throws IOException {
    Path file = folder.resolve("index.safetensors");
    index.write(file, "these");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 4;
    Files.write(file, bytes);
    assertThatThrownBy(() -> ItemIndex.read(file, "these", ITEMS))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(file.toString());
    Files.write(file, new byte[] {1, 2, 3});
    assertThatThrownBy(() -> ItemIndex.read(file, "these", ITEMS))
        .isInstanceOf(DataException.class);
    index.write(file, "these");
    assertThatThrownBy(() -> ItemIndex.read(file, "these", ITEMS + 1))
        .isInstanceOf(DataException.class)
        .hasMessage(file + ": is no graph of 3001 items; delete it");
  }

  @Test
  void canBeStopped() {
    assertThatThrownBy(() -> built(() -> true)).isInstanceOf(CancellationException.class);
  }
}
