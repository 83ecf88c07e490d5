package dev.horae.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

class ImportanceTest {

  private static final Space SPACE = SearchTest.SPACE;

  private static Importance of(int trials, ToDoubleFunction<List<Integer>> function) {
    SplittableRandom random = new SplittableRandom(11);
    List<List<Integer>> points = new ArrayList<>();
    for (int i = 0; i < trials; i++) {
      points.add(SPACE.draw(random));
    }
    return Importance.of(SPACE, points, points.stream().mapToDouble(function).toArray(), 1);
  }

  /** Variances of 0..5 times 3, 2, 1 and 0 are as 9 : 4 : 1 : 0. */
  @Test
  void ofASumEachKeyHasItsShareOfTheVariance() {
    Importance importance = of(400, p -> 7 + 3 * p.get(0) + 2 * p.get(1) + p.get(2));
    assertThat(importance.shares().get(0)).isCloseTo(9 / 14.0, within(0.08));
    assertThat(importance.shares().get(1)).isCloseTo(4 / 14.0, within(0.08));
    assertThat(importance.shares().get(2)).isCloseTo(1 / 14.0, within(0.04));
    assertThat(importance.shares().get(3)).isCloseTo(0, within(0.02));
    assertThat(importance.explained()).isGreaterThan(0.85);
    assertThat(importance.marginals().get(0)).isSorted();
    assertThat(importance.marginals().get(0).get(5) - importance.marginals().get(0).get(0))
        .isCloseTo(15, within(2.5));
  }

  /** Neither key says anything without the other. */
  @Test
  void whatKeysDoTogetherIsNobodysOwn() {
    Importance importance = of(400, p -> (p.get(0) < 3) == (p.get(1) < 3) ? 1 : 0);
    assertThat(importance.shares()).allMatch(share -> share < 0.1);
    assertThat(importance.explained()).isGreaterThan(0.7);
  }

  @Test
  void noiseIsToldFromSettings() {
    SplittableRandom noise = new SplittableRandom(2);
    assertThat(of(40, p -> noise.nextGaussian()).explained()).isLessThan(0.1);
    assertThat(of(40, p -> 0.25).shares()).containsOnly(0.0);
  }

  @Test
  void fewSettingsFindTheKeyThatMatters() {
    Importance importance = of(Importance.least(SPACE), p -> 0.04 + 0.004 * p.get(2));
    assertThat(importance.shares().get(2)).isGreaterThan(0.5);
    for (int other : new int[] {0, 1, 3}) {
      assertThat(importance.shares().get(other)).isLessThan(0.2);
    }
  }

  @Test
  void theSameSeedGivesTheSame() {
    assertThat(of(30, SearchTest::value)).isEqualTo(of(30, SearchTest::value));
  }
}
