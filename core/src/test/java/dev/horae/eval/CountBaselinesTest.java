package dev.horae.eval;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.data.Histories;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CountBaselinesTest {

  /** Training events are 1 2 3 | 1 2 | 3 1 | 5 5 5, the last user's because it is too short. */
  private static final Histories SHOP =
      histories(new int[][] {{1, 2, 3, 4, 5}, {1, 2, 2, 3}, {3, 1, 2}, {5, 5}, {5}});

  @Test
  void popularityCountsTrainingEventsOnly() {
    CountBaselines.Ranking popular = new CountBaselines(SHOP, 6).mostPopular();
    // 1 and 5: three times; 2 and 3: twice; 4 and 6: never
    assertThat(popular.top(new int[] {4}, 4)).containsExactly(1, 5, 2, 3);
    assertThat(popular.top(new int[0], 99)).containsExactly(1, 5, 2, 3, 4, 6);
    assertThat(popular.testRanks()).containsExactly(2, 4, 3);
  }

  @Test
  void transitionsComeFirstAndPopularityFillsUp() {
    CountBaselines.Ranking transitions = new CountBaselines(SHOP, 6).lastItemTransitions();
    // 1 → 2 twice, 2 → 3, 3 → 1, 5 → 5 once each
    assertThat(transitions.top(new int[] {5, 1}, 4)).containsExactly(2, 1, 5, 3);
    assertThat(transitions.top(new int[] {6}, 2)).containsExactly(1, 5);
    assertThat(transitions.top(new int[0], 2)).containsExactly(1, 5);
    // after 4 comes nothing: 5 is second; after 2 comes 3; after 1 comes 2
    assertThat(transitions.testRanks()).containsExactly(2, 1, 1);
  }

  @Test
  void ranksEqualThoseOfDenseScores() {
    int items = 40;
    SplittableRandom random = new SplittableRandom(11);
    int[][] users = new int[300][];
    for (int u = 0; u < users.length; u++) {
      int length = 1 + random.nextInt(9);
      users[u] =
          IntStream.range(0, length)
              .map(e -> 1 + random.nextInt(1 + random.nextInt(items)))
              .toArray();
    }
    CountBaselines baselines = new CountBaselines(histories(users), items);

    float[] popularity = new float[items + 1];
    float[][] following = new float[items + 1][items + 1];
    for (int[] user : users) {
      int end = user.length >= 4 ? user.length - 2 : user.length == 3 ? 2 : user.length;
      for (int e = 0; e < end; e++) {
        popularity[user[e]]++;
        if (e > 0) {
          following[user[e - 1]][user[e]]++;
        }
      }
    }
    List<Integer> popular = new ArrayList<>();
    List<Integer> transitions = new ArrayList<>();
    for (int[] user : users) {
      if (user.length >= 3) {
        int target = user[user.length - 1];
        float[] scores = following[user[user.length - 2]].clone();
        for (int item = 1; item <= items; item++) {
          scores[item] = 1_000 * scores[item] + popularity[item];
        }
        popular.add(Ranks.of(popularity, target));
        transitions.add(Ranks.of(scores, target));
      }
    }
    assertThat(baselines.mostPopular().testRanks()).containsExactly(ints(popular));
    assertThat(baselines.lastItemTransitions().testRanks()).containsExactly(ints(transitions));
  }

  @Test
  void theTopHoldsTheTargetAtItsRank() {
    CountBaselines baselines = new CountBaselines(SHOP, 6);
    for (CountBaselines.Ranking ranking :
        List.of(baselines.mostPopular(), baselines.lastItemTransitions())) {
      int[] ranks = ranking.testRanks();
      for (int u = 0; u < ranks.length; u++) {
        int end = SHOP.starts()[u + 1];
        int[] history = Arrays.copyOfRange(SHOP.items(), SHOP.starts()[u], end - 1);
        assertThat(ranking.top(history, 6)[ranks[u] - 1]).isEqualTo(SHOP.items()[end - 1]);
      }
    }
  }

  private static int[] ints(List<Integer> values) {
    return values.stream().mapToInt(Integer::intValue).toArray();
  }

  private static Histories histories(int[][] users) {
    int[] starts = new int[users.length + 1];
    for (int u = 0; u < users.length; u++) {
      starts[u + 1] = starts[u] + users[u].length;
    }
    int[] items = Arrays.stream(users).flatMapToInt(Arrays::stream).toArray();
    return new Histories(starts, items, new long[items.length]);
  }
}
