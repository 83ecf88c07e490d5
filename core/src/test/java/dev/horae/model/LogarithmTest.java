package dev.horae.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LogarithmTest {

  @Test
  void isTheLogarithm() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 100_000; i++) {
      double x = Math.exp(random.nextDouble(-300, 300));
      assertThat(Logarithm.of(x)).isCloseTo(Math.log(x), within(1e-9));
    }
    for (double x : new double[] {0.5, Math.sqrt(0.5), 1, Math.sqrt(2), 2, 1 + 1e-12}) {
      assertThat(Logarithm.of(x)).isCloseTo(Math.log(x), within(1e-9));
    }
    assertThat(Logarithm.of(1)).isZero();
  }

  @Test
  void neverFallsWhereItGoesFromOnePowerToTheNext() {
    for (double edge = Math.sqrt(0.5) / 1024; edge < 1024; edge *= 2) {
      assertThat(Logarithm.of(Math.nextDown(edge))).isLessThanOrEqualTo(Logarithm.of(edge) + 1e-9);
      assertThat(Logarithm.of(edge * (1 + 1e-8))).isGreaterThan(Logarithm.of(edge * (1 - 1e-8)));
    }
  }
}
