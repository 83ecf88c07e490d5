package dev.horae.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RankingHeadTest {

  private static final int CANDIDATES = 40;

  /** Choices of a conditional logit with these weights, which the fit must find again. */
  private static List<RankingHead.Question> questions(
      double[] weights, double[] slopes, int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<RankingHead.Question> questions = new ArrayList<>();
    for (int q = 0; q < count; q++) {
      float[] x = new float[CANDIDATES * weights.length];
      double best = Double.NEGATIVE_INFINITY;
      int target = 0;
      int context = q % 3;
      for (int c = 0; c < CANDIDATES; c++) {
        double score = -Math.log(-Math.log(random.nextDouble())); // Gumbel: a draw by softmax
        for (int k = 0; k < weights.length; k++) {
          x[k * CANDIDATES + c] = (float) (random.nextGaussian() * (k + 1));
          score += (weights[k] + context * slopes[k]) * x[k * CANDIDATES + c];
        }
        target = score > best ? c : target;
        best = Math.max(best, score);
      }
      questions.add(new RankingHead.Question(CANDIDATES, x, context, target, CANDIDATES, 1));
    }
    return questions;
  }

  @Test
  void findsTheWeightsThatChose() {
    double[] weights = {2, -0.5, 0, 0.25};
    double[] slopes = {-0.5, 0, 0.4, 0.125};
    RankingHead.Weights found =
        RankingHead.fit(questions(weights, slopes, 6_000, 1), weights.length);
    for (int context = 0; context < 3; context++) { // only the order counts, so no length does
      double[] expected = new double[weights.length];
      double[] actual = new double[weights.length];
      for (int k = 0; k < weights.length; k++) {
        expected[k] = (weights[k] + context * slopes[k]) * (k + 1);
        actual[k] = found.of(k, context) * (k + 1);
      }
      for (int k = 0; k < weights.length; k++) {
        assertThat(actual[k] / length(actual))
            .isCloseTo(expected[k] / length(expected), within(0.1));
      }
    }
  }

  private static double length(double[] x) {
    return Math.sqrt(Arrays.stream(x).map(value -> value * value).sum());
  }

  @Test
  void aFactorThatIsAlwaysTheSameDoesNoHarm() {
    List<RankingHead.Question> questions =
        questions(new double[] {1, 0}, new double[] {0.5, 0}, 500, 2);
    for (RankingHead.Question question : questions) {
      for (int c = 0; c < CANDIDATES; c++) {
        question.factors()[CANDIDATES + c] = 7;
      }
    }
    RankingHead.Weights found = RankingHead.fit(questions, 2);
    assertThat(found.of(0, 0)).isPositive();
    assertThat(found.of(0, 2)).isPositive();
    assertThat(found.of(1, 2)).isCloseTo(0, within(1e-4));
  }
}
