package dev.horae.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RankingHeadTest {

  private static final int CANDIDATES = 40;

  /** Choices of a conditional logit with these weights, which the fit must find again. */
  private static List<RankingHead.Question> questions(double[] weights, int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<RankingHead.Question> questions = new ArrayList<>();
    for (int q = 0; q < count; q++) {
      float[] x = new float[CANDIDATES * weights.length];
      double best = Double.NEGATIVE_INFINITY;
      int target = 0;
      for (int c = 0; c < CANDIDATES; c++) {
        double score = -Math.log(-Math.log(random.nextDouble())); // Gumbel: a draw by softmax
        for (int k = 0; k < weights.length; k++) {
          x[c * weights.length + k] = (float) (random.nextGaussian() * (k + 1));
          score += weights[k] * x[c * weights.length + k];
        }
        target = score > best ? c : target;
        best = Math.max(best, score);
      }
      questions.add(new RankingHead.Question(x, target, CANDIDATES, 1));
    }
    return questions;
  }

  @Test
  void findsTheWeightsThatChose() {
    double[] weights = {2, -0.5, 0, 0.25};
    double[] found = RankingHead.fit(questions(weights, 4_000, 1), weights.length);
    for (int k = 0; k < weights.length; k++) {
      assertThat(found[k] * (k + 1)).isCloseTo(weights[k] * (k + 1), within(0.15));
    }
  }

  @Test
  void aFactorThatIsAlwaysTheSameDoesNoHarm() {
    List<RankingHead.Question> questions = questions(new double[] {1, 0}, 500, 2);
    for (RankingHead.Question question : questions) {
      for (int c = 0; c < CANDIDATES; c++) {
        question.factors()[2 * c + 1] = 7;
      }
    }
    double[] found = RankingHead.fit(questions, 2);
    assertThat(found[0]).isCloseTo(1, within(0.2));
    assertThat(found[1]).isCloseTo(0, within(1e-6));
  }
}
