package dev.horae.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.data.Percentage.withPercentage;

import dev.horae.sequence.TrainingHooks.Tuning;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import dev.horae.train.Adam.Rule;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Scalar;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AdamTest {

  private static final int WEIGHTS = 7 * 5;
  private static final int SIZE = WEIGHTS + 5;

  static Stream<Rule> rules() {
    return Stream.of(
        Rule.of(0.01),
        new Rule(0.01, 1e-2, 0, false, 0),
        new Rule(0.01, 1e-8, 0.1, false, 0),
        new Rule(0.01, 1e-8, 0.1, true, 0),
        new Rule(0.01, 1e-8, 0, false, 3),
        new Rule(0.01, 1e-9, 0.1, false, 3),
        new Rule(0.01, 1e-9, 0.1, true, 3));
  }

  /** Five steps, each done in two parts, against the papers' formulas in double precision. */
  @ParameterizedTest
  @MethodSource("rules")
  void doesWhatThePapersSay(Rule rule) {
    LinearImpl layer = new LinearImpl(7, 5);
    Map<String, Tuning> tuning =
        Map.of("weight", new Tuning(0.5, true), "bias", new Tuning(2, false));
    Adam adam = new Adam(layer, rule, tuning::get, name -> false);
    assertThat(adam.size()).isEqualTo(SIZE);
    double[] values = new double[SIZE];
    double[] first = new double[SIZE];
    double[] second = new double[SIZE];
    float[] start = values(layer);
    for (int i = 0; i < SIZE; i++) {
      values[i] = start[i];
    }
    SplittableRandom random = new SplittableRandom(1);
    for (int step = 1; step <= 5; step++) {
      float[] gradient = new float[SIZE];
      double squares = 0;
      for (int i = 0; i < SIZE; i++) {
        gradient[i] = i == WEIGHTS ? 0 : (float) random.nextGaussian() / step; // the last is short
        squares += gradient[i] * gradient[i];
      }
      double limit = rule.gradientClip() == 0 ? 1 : rule.gradientClip() / Math.sqrt(squares);
      for (int i = 0; i < SIZE; i++) {
        double rate = rule.learningRate() * (i < WEIGHTS ? 0.5 : 2);
        double decay = i < WEIGHTS ? rule.weightDecay() : 0;
        double g = gradient[i] * Math.min(1, limit) + (rule.decoupled() ? 0 : decay * values[i]);
        values[i] *= rule.decoupled() ? 1 - rate * decay : 1;
        first[i] = 0.9 * first[i] + 0.1 * g;
        second[i] = 0.999 * second[i] + 0.001 * g * g;
        double mean = first[i] / (1 - Math.pow(0.9, step));
        double square = second[i] / (1 - Math.pow(0.999, step));
        values[i] -= rate * mean / (Math.sqrt(square) + rule.epsilon());
      }
      try (Scope scope = Scope.inference()) {
        adam.gradients().copy_(Ops.float32(gradient, SIZE));
        adam.advance();
        if (adam.clips()) {
          double sum = adam.squares(0, 13) + adam.squares(13, SIZE);
          adam.clip(0, 13, sum);
          adam.clip(13, SIZE, sum);
        }
        adam.update(0, 13);
        adam.update(13, SIZE);
      }
    }
    float[] ours = values(layer);
    for (int i = 0; i < SIZE; i++) {
      assertThat(ours[i]).isCloseTo((float) values[i], within(1e-6f));
    }
    assertThat(ours[WEIGHTS]).isEqualTo(start[WEIGHTS]); // no gradient and no decay: no move
  }

  private static float[] values(LinearImpl layer) {
    try (Scope scope = Scope.inference()) {
      return Ops.floats(Ops.concat(0, layer.weight().flatten(), layer.bias()));
    }
  }

  @Test
  void gradientsWhoseSquaresNoFloatHoldAreStillFinite() {
    Adam adam =
        new Adam(new LinearImpl(7, 5), Rule.of(0.01), name -> new Tuning(1, true), name -> false);
    try (Scope scope = Scope.inference()) {
      adam.gradients().fill_(new Scalar(2e30));
      assertThat(adam.squares(0, SIZE)).isCloseTo(SIZE * 4e60, withPercentage(1e-4));
      assertThat(adam.squares(3, 3)).isZero();
      adam.gradients().narrow(0, 4, 1).fill_(new Scalar(Double.POSITIVE_INFINITY));
      assertThat(adam.squares(0, SIZE)).isInfinite();
    }
  }

  @Test
  void itsStateIsWrittenInOneOrder() {
    Adam adam = new Adam(new LinearImpl(7, 5), Rule.of(0.01), name -> Tuning.PLAIN, name -> false);
    assertThat(adam.save(Map.of()).entries().keySet())
        .containsExactly("adam.first", "adam.second", "adam.steps");
  }
}
