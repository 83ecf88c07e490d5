package dev.horae.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TopKTest {

  private static final float[] ODD = {
    Float.NEGATIVE_INFINITY, Float.NaN, 0f, -0f, Float.MIN_VALUE, -Float.MIN_VALUE, 1e30f, -1e30f
  };

  @Test
  void agreesWithSortingAll() {
    SplittableRandom random = new SplittableRandom(4);
    Random shuffling = new Random(4);
    for (int round = 0; round < 300; round++) {
      float[] scores = new float[random.nextInt(200)];
      for (int i = 0; i < scores.length; i++) {
        scores[i] =
            random.nextInt(4) == 0
                ? ODD[random.nextInt(ODD.length)]
                : (random.nextInt(40) - 20) / 8f; // many ties
      }
      int k = 1 + random.nextInt(20);
      TopK best = new TopK(k);
      best.offer(7, 1e35f);
      best.clear();
      List<Integer> order = new ArrayList<>();
      for (int i = 0; i < scores.length; i++) {
        order.add(i);
      }
      Collections.shuffle(order, shuffling);
      order.forEach(i -> best.offer(i, scores[i]));
      assertThat(best.indices()).containsExactly(sorted(scores, k));
    }
  }

  private static int[] sorted(float[] scores, int k) {
    return IntStream.range(0, scores.length)
        .filter(i -> scores[i] > Float.NEGATIVE_INFINITY)
        .boxed()
        .sorted(Comparator.comparingDouble(i -> 0.0 - scores[i]))
        .limit(k)
        .mapToInt(Integer::intValue)
        .toArray();
  }
}
