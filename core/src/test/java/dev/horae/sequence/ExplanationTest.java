package dev.horae.sequence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.data.Histories;
import org.junit.jupiter.api.Test;

class ExplanationTest {

  @Test
  void anEventIsWorthWhatTheScoreLosesWithoutIt() {
    assertThat(Explanation.influence(history(3), new double[] {5, 4, 7, 5}))
        .containsExactly(1.0, -2.0, 0.0);
    assertThat(Explanation.influence(history(1), new double[] {5})).containsExactly(5.0);
    assertThat(Explanation.influence(history(0), new double[] {5})).isEmpty();
  }

  private static Histories history(int events) {
    return new Histories(new int[] {0, events}, new int[events], new long[events]);
  }
}
