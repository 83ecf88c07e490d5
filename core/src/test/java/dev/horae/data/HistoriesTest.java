package dev.horae.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HistoriesTest {

  /** Two users: one with three events of one time, and none that ties across users. */
  private static final Histories TWO =
      new Histories(
          new int[] {0, 5, 7}, new int[] {1, 2, 3, 4, 5, 6, 7}, new long[] {1, 8, 8, 8, 9, 9, 9});

  @Test
  void tiedEventsHaveTheTimeOfTheOneBeforeOfTheirUser() {
    assertThat(TWO.tied()).isEqualTo(3);
    Histories none = new Histories(new int[] {0, 1, 2}, new int[] {1, 2}, new long[] {4, 4});
    assertThat(none.tied()).isZero();
    assertThat(none.withTiesShuffled(3).items()).containsExactly(1, 2);
  }

  @Test
  void everyOrderOfEqualTimesIsDrawnAboutAsOften() {
    Map<String, Integer> drawn = new HashMap<>();
    for (long seed = 1; seed <= 1_200; seed++) {
      Histories shuffled = TWO.withTiesShuffled(seed);
      assertThat(shuffled.starts()).isEqualTo(TWO.starts());
      assertThat(shuffled.times()).isEqualTo(TWO.times());
      assertThat(TWO.withTiesShuffled(seed).items()).isEqualTo(shuffled.items());
      drawn.merge(Arrays.toString(shuffled.items()), 1, Integer::sum);
    }
    // Six orders of 2, 3, 4 and two of 6, 7: twelve, 100 times each; 1 and 5 stay.
    assertThat(drawn).hasSize(12);
    assertThat(drawn.keySet()).allMatch(items -> items.matches("\\[1, [234, ]{7}, 5, [67, ]{4}]"));
    assertThat(drawn.values()).allMatch(times -> times > 60 && times < 140);
    assertThat(TWO.items()).containsExactly(1, 2, 3, 4, 5, 6, 7);
  }

  @Test
  void whatDiffersInTimeStaysWhereItIs() {
    SplittableRandom random = new SplittableRandom(4);
    int[] items = random.ints(300, 1, 50).toArray();
    long[] times = new long[items.length];
    for (int e = 1; e < times.length; e++) {
      times[e] = e % 60 == 0 ? 0 : times[e - 1] + random.nextInt(2);
    }
    Histories histories = new Histories(new int[] {0, 60, 120, 180, 240, 300}, items, times);
    int[] shuffled = histories.withTiesShuffled(7).items();
    assertThat(shuffled).isNotEqualTo(items);
    for (int u = 0; u < histories.users(); u++) {
      for (long time = 0; time <= 60; time++) {
        int user = u;
        long when = time;
        assertThat(at(histories, shuffled, user, when)).isEqualTo(at(histories, items, user, when));
      }
    }
  }

  /** {@return a user's items of one time, ascending} */
  private static int[] at(Histories histories, int[] items, int user, long time) {
    return IntStream.range(histories.starts()[user], histories.starts()[user + 1])
        .filter(e -> histories.times()[e] == time)
        .map(e -> items[e])
        .sorted()
        .toArray();
  }
}
