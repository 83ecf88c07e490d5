package dev.horae.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SplitTest {

  /** Users with 0, 1, 2, 3, 4 and 7 events, one after the other. */
  private final Split split =
      new Split(new Histories(new int[] {0, 0, 1, 3, 6, 10, 17}, new int[17], new long[17]));

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
    Split split = new Split(new Histories(starts, new int[events], new long[events]));
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

  @Test
  void trainingEndsBeforeWhatIsHeldOut() {
    Histories training = split.training();
    assertThat(training.starts()).containsExactly(0, 0, 1, 3, 5, 7, 12);
    assertThat(training.items()).hasSize(12);
  }
}
