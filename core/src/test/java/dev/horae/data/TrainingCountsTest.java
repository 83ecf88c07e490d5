package dev.horae.data;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TrainingCountsTest {

  /** Of four items; the last two events of each user are held out. */
  private final TrainingCounts counts =
      TrainingCounts.of(
          Split.leaveOneOut(
              new Histories(
                  new int[] {0, 6, 11},
                  new int[] {2, 3, 2, 2, 1, 1, 2, 3, 4, 4, 4},
                  new long[] {1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5})),
          4);

  @Test
  void heldOutEventsDoNotCount() {
    assertThat(counts).isEqualTo(new TrainingCounts(new int[] {0, 0, 4, 2, 1}, 2, 3));
  }

  @Test
  void repeatsAreAPartOfWhatCouldRepeat() {
    assertThat(counts.repeatShare()).isEqualTo(2 / 5.0);
    assertThat(new TrainingCounts(new int[3], 0, 0).repeatShare()).isZero();
  }

  @Test
  void aHundredthOfRepeatsAreAccidents() {
    assertThat(new TrainingCounts(new int[3], 1, 99).seldomRepeats()).isTrue();
    assertThat(new TrainingCounts(new int[3], 2, 98).seldomRepeats()).isFalse();
  }

  @Test
  void equallyFrequentItemsStandByIndex() {
    assertThat(counts.mostFrequent()).containsExactly(2, 3, 4, 1);
    assertThat(new TrainingCounts(new int[] {0, 5, 7, 5, 7}, 0, 0).mostFrequent())
        .containsExactly(2, 4, 1, 3);
  }
}
