package dev.horae.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SplitTest {

  /** Users with 0, 1, 2, 3, 4 and 7 events, one after the other. */
  private final Split split =
      Split.leaveOneOut(
          new Histories(new int[] {0, 0, 1, 3, 6, 10, 17}, new int[17], new long[17]));

  @Test
  void shortUsersAreServedTrainThenTestThenValid() {
    List<String> said = new ArrayList<>();
    for (int u = 0; u < 6; u++) {
      said.add(
          "%s..%s %s %s"
              .formatted(
                  split.trainFrom(u), split.trainTo(u), split.validTarget(u), split.testTarget(u)));
    }
    assertThat(said)
        .containsExactly(
            "0..0 -1 -1", "1..1 -1 -1", "2..3 -1 -1", "4..5 -1 5", "7..8 8 9", "11..15 15 16");
  }

  @Test
  void everyEventButTheFirstIsATargetOnceAndInOrder() {
    Random random = new Random(7);
    int[] starts = new int[200];
    for (int u = 1; u < starts.length; u++) {
      starts[u] = starts[u - 1] + random.nextInt(9);
    }
    int events = starts[starts.length - 1];
    Split split = Split.leaveOneOut(new Histories(starts, new int[events], new long[events]));
    for (int u = 0; u < starts.length - 1; u++) {
      List<Integer> targets = new ArrayList<>();
      for (int target = split.trainFrom(u); target < split.trainTo(u); target++) {
        targets.add(target);
      }
      if (split.validTarget(u) != Split.NONE) {
        targets.add(split.validTarget(u));
      }
      if (split.testTarget(u) != Split.NONE) {
        targets.add(split.testTarget(u));
      }
      List<Integer> expected = new ArrayList<>();
      for (int target = starts[u] + 1; target < starts[u + 1]; target++) {
        expected.add(target);
      }
      assertThat(targets).isEqualTo(expected);
    }
  }

  @Test
  void theInputIsTheMostRecentPartOfTheOwnHistory() {
    assertThat(split.inputFrom(5, 16, 3)).isEqualTo(13);
    assertThat(split.inputFrom(5, 11, 3)).isEqualTo(10);
    assertThat(split.inputFrom(5, 16, 50)).isEqualTo(10);
  }

  /** Of each user the times, before and after 100; items are numbered by user and place. */
  private static final long[][] TIMES = {
    {}, // nobody
    {99},
    {100}, // born later
    {10, 100, 100},
    {10, 20},
    {10, 20, 99, 101, 102},
    {10, 20, 30, 40},
    {100, 101, 102, 103, 104},
    {10, 20, 99, 99, 100},
  };

  private static Histories timed() {
    int[] starts = new int[TIMES.length + 1];
    List<Long> times = new ArrayList<>();
    for (int u = 0; u < TIMES.length; u++) {
      for (long time : TIMES[u]) {
        times.add(time);
      }
      starts[u + 1] = times.size();
    }
    int[] items = new int[times.size()];
    for (int e = 0; e < items.length; e++) {
      items[e] = 1 + e % 3; // each has events before 100
    }
    return new Histories(starts, items, times.stream().mapToLong(time -> time).toArray());
  }

  @Test
  void aSplitByTimeTrainsBeforeTheMomentAndAsksForTheFirstEventFromItOn() {
    Split split = Split.byTime(timed(), 100);
    List<String> said = new ArrayList<>();
    for (int u = 0; u < TIMES.length; u++) {
      int start = timed().starts()[u];
      said.add(
          "%s..%s %s %s"
              .formatted(
                  split.trainFrom(u) - start,
                  split.trainTo(u) - start,
                  place(split.validTarget(u), start),
                  place(split.testTarget(u), start)));
    }
    assertThat(said)
        .containsExactly(
            "0..0 - -",
            "1..1 - -",
            "0..0 - -",
            "1..1 - 1",
            "1..2 - -",
            "1..2 2 3",
            "1..3 3 -",
            "0..0 - -",
            "1..3 3 4");
  }

  private static String place(int target, int start) {
    return target == Split.NONE ? "-" : "" + (target - start);
  }

  @Test
  void targetsThatAreItemsBornLaterStandApart() {
    // Item 3 is had before the moment as a validation target only, item 4 after it only.
    Histories histories =
        new Histories(
            new int[] {0, 4, 6, 8},
            new int[] {1, 2, 3, 4, 1, 3, 2, 4},
            new long[] {1, 2, 3, 10, 1, 12, 1, 11});
    Split split = Split.byTime(histories, 10);
    assertThat(split.validTarget(0)).isEqualTo(2);
    assertThat(split.target(Split.Part.TEST, 0)).isEqualTo(Split.NONE);
    assertThat(split.target(Split.Part.TEST_BORN_LATER, 0)).isEqualTo(3);
    assertThat(split.target(Split.Part.TEST, 1)).isEqualTo(5);
    assertThat(split.target(Split.Part.TEST_BORN_LATER, 1)).isEqualTo(Split.NONE);
    assertThat(split.target(Split.Part.TEST_BORN_LATER, 2)).isEqualTo(7);
    assertThat(Split.leaveOneOut(histories).target(Split.Part.TEST_BORN_LATER, 0))
        .isEqualTo(Split.NONE);
  }

  @Test
  void behindTheMomentThereIsNothingToLookAtButTheTargets() {
    Histories histories = timed();
    Split split = Split.byTime(histories, 100);
    assertThat(Arrays.stream(split.training().times()).max()).hasValue(99);
    assertThat(split.around(Split.Part.VALID).times())
        .containsExactly(99, 10, 10, 20, 10, 20, 99, 10, 20, 30, 40, 10, 20, 99, 99);
    assertThat(split.around(Split.Part.TEST).starts())
        .containsExactly(0, 0, 1, 1, 3, 5, 9, 13, 13, 18);
    assertThat(Split.leaveOneOut(histories).around(Split.Part.VALID)).isSameAs(histories);
  }

  @Test
  void theSameSplitOfOtherTimesAsksForTheSameEvents() {
    Histories histories = timed();
    Histories changed =
        new Histories(histories.starts(), histories.items(), new long[histories.events()]);
    Split split = Split.byTime(histories, 100).of(changed);
    assertThat(split.histories()).isSameAs(changed);
    assertThat(split.testTarget(5)).isEqualTo(histories.starts()[5] + 3);
  }

  @Test
  void trainingEndsBeforeWhatIsHeldOut() {
    Histories training = split.training();
    assertThat(training.starts()).containsExactly(0, 0, 1, 3, 5, 7, 12);
    assertThat(training.items()).hasSize(12);
  }
}
