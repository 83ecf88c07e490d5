package dev.horae.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.data.Histories;
import dev.horae.data.Split;
import dev.horae.sequence.DataSpec;
import org.junit.jupiter.api.Test;

class TimeRangeTest {

  @Test
  void validationAndTestEventsSayNothing() {
    Histories histories =
        new Histories(
            new int[] {0, 5, 8, 9},
            new int[] {1, 2, 3, 1, 2, 3, 1, 2, 3},
            new long[] {100, 130, 140, 900, 5_000, 50, 60, 7_000, 70});
    assertThat(DataSpec.TimeRange.of(Split.leaveOneOut(histories)))
        .isEqualTo(new DataSpec.TimeRange(50, 140, 30));
  }

  @Test
  void noEventsHaveNoRange() {
    assertThat(
            DataSpec.TimeRange.of(
                Split.leaveOneOut(new Histories(new int[] {0}, new int[0], new long[0]))))
        .isEqualTo(new DataSpec.TimeRange(0, 0, 0));
  }
}
