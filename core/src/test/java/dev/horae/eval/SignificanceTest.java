package dev.horae.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class SignificanceTest {

  private static Significance.Comparison paired(double... differences) {
    return Significance.paired(differences, new double[differences.length], 7);
  }

  @Test
  void fewDifferencesAreGoneThroughOneByOne() {
    // Of the eight ways to give 1, 2, 3 signs only + + + and - - - are as far from 0 as 6.
    assertThat(paired(1, 2, 3)).isEqualTo(new Significance.Comparison(2, 0.25, 2));
    // As far as 4 = -1 + 2 + 3 are those, and with a minus at the 1: four of eight.
    assertThat(paired(-1, 2, 3).p()).isEqualTo(0.5);
    assertThat(paired(-1, -2, -3)).isEqualTo(new Significance.Comparison(-2, 0.25, -2));
  }

  @Test
  void usersWithoutADifferenceChangeTheEffectAndNotTheTest() {
    Significance.Comparison comparison = paired(1, 2, 3, 0, 0);
    assertThat(comparison.p()).isEqualTo(0.25);
    assertThat(comparison.difference()).isEqualTo(1.2, within(1e-12));
    assertThat(comparison.effect()).isEqualTo(1.2 / Math.sqrt(1.7), within(1e-12));
  }

  @Test
  void equalModelsDoNotDiffer() {
    double[] gains = {0.5, 0, 1};
    assertThat(Significance.paired(gains, gains, 1))
        .isEqualTo(new Significance.Comparison(0, 1, 0));
  }

  @Test
  void roundingMakesNoDifference() {
    // 0.1 + 0.2 - 0.3 is not 0 in binary; every sum is one of few, whatever its order.
    assertThat(paired(0.1, 0.2, -0.3).p()).isEqualTo(1);
  }

  @Test
  void manyDifferencesOfOneSizeAreCoins() {
    // 15 heads of 20: twice (15504 + 4845 + 1140 + 190 + 20 + 1) of 2^20 ways.
    double[] coins = new double[20];
    Arrays.setAll(coins, i -> i < 15 ? 0.3 : -0.3);
    assertThat(paired(coins).p()).isEqualTo(2 * 21_700 / 1_048_576.0, within(0.005));
  }

  @Test
  void manyDifferencesOfManySizesAreDrawnAsTheyAreCounted() {
    SplittableRandom random = new SplittableRandom(3);
    double[] differences = DoubleStream.generate(() -> random.nextInt(7) - 2.5).limit(17).toArray();
    double observed = Math.abs(Arrays.stream(differences).sum());
    int asFar = 0;
    for (int signs = 0; signs < 1 << 17; signs++) {
      double sum = 0;
      for (int i = 0; i < 17; i++) {
        sum += (signs >> i & 1) == 0 ? differences[i] : -differences[i];
      }
      asFar += Math.abs(sum) >= observed ? 1 : 0;
    }
    assertThat(paired(differences).p()).isEqualTo(asFar / (double) (1 << 17), within(0.01));
    assertThat(paired(differences)).isEqualTo(paired(differences));
  }

  @Test
  void aClearDifferenceHasTheSmallestPThatDrawingCanShow() {
    double[] clear = new double[3_000];
    Arrays.fill(clear, 0, 300, 0.5);
    assertThat(paired(clear).p()).isEqualTo(1 / 20_001.0);
  }

  @Test
  void pairsAreNeeded() {
    assertThatThrownBy(() -> Significance.paired(new double[3], new double[2], 1))
        .hasMessage("3 and 2 gains are no pairs of at least two users");
  }

  @Test
  void holmMultipliesTheSmallestByAllAndNeverFalls() {
    assertThat(Significance.holm(new double[] {0.01, 0.04, 0.03, 0.005}))
        .containsExactly(new double[] {0.03, 0.06, 0.06, 0.02}, within(1e-12));
    assertThat(Significance.holm(new double[] {0.6, 0.7})).containsExactly(1, 1);
    assertThat(Significance.holm(new double[0])).isEmpty();
  }
}
