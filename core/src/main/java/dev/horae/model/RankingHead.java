package dev.horae.model;

import dev.horae.data.Workers;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/**
 * The weights of a log-linear product of factors, fitted to what users took next. First by the
 * likelihood of a conditional logit (McFadden 1974), which is convex; then, from there, by a smooth
 * NDCG (Qin, Liu and Li, A general approximation framework for direct optimization of information
 * retrieval measures, 2010), because the weights that explain every choice best are not those that
 * rank best at the top. Both by L-BFGS (Liu and Nocedal 1989). The result does not depend on the
 * number of workers.
 */
final class RankingHead {

  private static final double DECAY = 1e-4; // of the likelihood's weights, and of all slopes
  private static final double SMOOTHNESS = 0.5; // of ranks, in units of the score
  private static final int MOST_STEPS = 60;
  private static final int MEMORY = 10; // steps that L-BFGS remembers
  private static final int SHARDS = 32; // fixed, so that sums do not depend on workers

  /**
   * One question and the items that may answer it.
   *
   * @param candidates how many items
   * @param factors column-major [K, candidates], so that sums over candidates are fast
   * @param context what the weights may depend on
   * @param target place of the item that came next
   * @param chosen how many candidates stand for themselves; those behind were drawn from the rest
   * @param weight how many items each of those drawn stands for
   */
  record Question(
      int candidates, float[] factors, double context, int target, int chosen, double weight) {}

  /**
   * The weight of factor k is {@code plain[k] + context * slopes[k]}.
   *
   * @param plain [K]
   * @param slopes [K]
   */
  record Weights(double[] plain, double[] slopes) {
    double of(int factor, double context) {
      return plain[factor] + context * slopes[factor];
    }
  }

  private interface Objective {
    /**
     * {@return its value; its derivative by each score is put into {@code slopes}}
     *
     * @param scores of the candidates; there may be room for more
     */
    double of(Question question, float[] scores, float[] slopes);
  }

  private final List<Question> questions;
  private final int factors; // K
  private final int most; // candidates of a question
  private final double[] scale; // standard deviation of each factor

  private RankingHead(List<Question> questions, int factors) {
    this.questions = questions;
    this.factors = factors;
    most = questions.stream().mapToInt(Question::candidates).max().orElse(0);
    scale = deviations();
  }

  /**
   * {@return the weights of the factors}
   *
   * @param factors K
   */
  static Weights fit(List<Question> questions, int factors) {
    RankingHead head = new RankingHead(questions, factors);
    for (Question question : questions) {
      head.divide(question);
    }
    double[] likely = head.minimise(RankingHead::surprise, new double[2 * factors], DECAY, 1e-5);
    double[] ranking = head.minimise(RankingHead::lostGain, likely, 0, 2e-6);
    // Only the order counts, so the length that likelihood gave makes scores log-probabilities.
    double length = Math.sqrt(dot(likely, likely) / Math.max(1e-12, dot(ranking, ranking)));
    double[] weights = new double[2 * factors];
    Arrays.setAll(weights, k -> ranking[k] * length / head.scale[k % factors]);
    return new Weights(
        Arrays.copyOf(weights, factors), Arrays.copyOfRange(weights, factors, 2 * factors));
  }

  private double[] deviations() {
    double[] sums = new double[factors];
    double[] squares = new double[factors];
    long count = 0;
    for (Question question : questions) {
      float[] x = question.factors();
      int candidates = question.candidates();
      for (int k = 0; k < factors; k++) {
        for (int c = 0; c < candidates; c++) {
          double value = x[k * candidates + c];
          sums[k] += value;
          squares[k] += value * value;
        }
      }
      count += candidates;
    }
    double[] deviations = new double[factors];
    for (int k = 0; k < factors; k++) {
      double mean = sums[k] / count;
      double variance = squares[k] / count - mean * mean;
      deviations[k] = variance > 1e-12 ? Math.sqrt(variance) : 1;
    }
    return deviations;
  }

  private void divide(Question question) {
    float[] x = question.factors();
    for (int i = 0; i < x.length; i++) {
      x[i] /= (float) scale[i / question.candidates()];
    }
  }

  /** Minus the log-probability of the target among all items. */
  private static double surprise(Question q, float[] scores, float[] slopes) {
    float most = Float.NEGATIVE_INFINITY;
    float stands = (float) Math.log(q.weight());
    for (int c = 0; c < q.candidates(); c++) {
      scores[c] += c < q.chosen() ? 0 : stands;
      most = Math.max(most, scores[c]);
    }
    double sum = 0;
    for (int c = 0; c < q.candidates(); c++) {
      double share = Math.exp(scores[c] - most);
      slopes[c] = (float) share;
      sum += share;
    }
    for (int c = 0; c < q.candidates(); c++) {
      slopes[c] /= (float) sum;
    }
    slopes[q.target()] -= 1;
    return Math.log(sum) + most - scores[q.target()];
  }

  /** Minus the gain of NDCG at a rank in which each item counts by a sigmoid of its lead. */
  private static double lostGain(Question q, float[] scores, float[] slopes) {
    double own = scores[q.target()];
    double rank = 1;
    double total = 0;
    for (int c = 0; c < q.candidates(); c++) {
      if (c != q.target()) {
        double stands = c < q.chosen() ? 1 : q.weight();
        double above = 1 / (1 + Math.exp((own - scores[c]) / SMOOTHNESS));
        double slope = stands * above * (1 - above) / SMOOTHNESS;
        rank += stands * above;
        total += slope;
        slopes[c] = (float) slope;
      }
    }
    slopes[q.target()] = (float) -total;
    double log = Math.log(1 + rank);
    double perRank = Math.log(2) / (log * log) / (1 + rank);
    for (int c = 0; c < q.candidates(); c++) {
      slopes[c] *= (float) perRank;
    }
    return -Math.log(2) / log;
  }

  /** {@return the mean over all questions; its gradient is put into {@code gradient}} */
  private double mean(Objective objective, double[] weights, double decay, double[] gradient) {
    int parameters = weights.length;
    double[][] parts = new double[SHARDS][parameters + 1];
    Workers.each(
        SHARDS,
        shard -> {
          double[] part = parts[shard];
          float[] scores = new float[most];
          float[] slopes = new float[most];
          for (int q = shard; q < questions.size(); q += SHARDS) {
            Question question = questions.get(q);
            score(question, weights, scores);
            part[parameters] += objective.of(question, scores, slopes);
            for (int k = 0; k < factors; k++) {
              float slope = dot(slopes, question, k);
              part[k] += slope;
              part[factors + k] += question.context() * slope;
            }
          }
        });
    double value = 0;
    Arrays.fill(gradient, 0);
    for (double[] part : parts) {
      value += part[parameters] / questions.size();
      for (int k = 0; k < parameters; k++) {
        gradient[k] += part[k] / questions.size();
      }
    }
    for (int k = 0; k < parameters; k++) {
      double own = k < factors ? decay : DECAY;
      value += own * weights[k] * weights[k];
      gradient[k] += 2 * own * weights[k];
    }
    return value;
  }

  private void score(Question question, double[] weights, float[] scores) {
    float[] x = question.factors();
    int candidates = question.candidates();
    Arrays.fill(scores, 0, candidates, 0);
    for (int k = 0, at = 0; k < factors; k++, at += candidates) {
      float weight = (float) (weights[k] + question.context() * weights[factors + k]);
      for (int c = 0; c < candidates; c++) {
        scores[c] += weight * x[at + c];
      }
    }
  }

  /** In four sums at once, as each addition waits for the last. */
  private static float dot(float[] slopes, Question question, int factor) {
    float[] x = question.factors();
    int candidates = question.candidates();
    int at = factor * candidates;
    float sum0 = 0;
    float sum1 = 0;
    float sum2 = 0;
    float sum3 = 0;
    int c = 0;
    for (; c + 3 < candidates; c += 4) {
      sum0 += slopes[c] * x[at + c];
      sum1 += slopes[c + 1] * x[at + c + 1];
      sum2 += slopes[c + 2] * x[at + c + 2];
      sum3 += slopes[c + 3] * x[at + c + 3];
    }
    for (; c < candidates; c++) {
      sum0 += slopes[c] * x[at + c];
    }
    return sum0 + sum1 + sum2 + sum3;
  }

  private record Step(double[] moved, double[] gradientChange) {}

  /**
   * @param enough a step that gains less is the last
   */
  private double[] minimise(Objective objective, double[] start, double decay, double enough) {
    double[] weights = start;
    double[] gradient = new double[start.length];
    double value = mean(objective, weights, decay, gradient);
    Deque<Step> steps = new ArrayDeque<>();
    for (int i = 0; i < MOST_STEPS; i++) {
      double[] direction = direction(gradient, steps);
      double slope = dot(gradient, direction);
      double length = steps.isEmpty() ? Math.min(1, 1 / Math.sqrt(Math.max(slope, 1e-12))) : 1;
      double[] next;
      double[] nextGradient = new double[start.length];
      double nextValue;
      int halvings = 0;
      do {
        next = plus(weights, -length, direction);
        nextValue = mean(objective, next, decay, nextGradient);
        length /= 2;
      } while (!(nextValue <= value - 1e-4 * length * slope) && halvings++ < 12);
      if (!(nextValue < value)) {
        break;
      }
      double gained = value - nextValue;
      Step step = new Step(plus(next, -1, weights), plus(nextGradient, -1, gradient));
      if (dot(step.moved(), step.gradientChange()) > 1e-12) {
        steps.addLast(step);
        if (steps.size() > MEMORY) {
          steps.removeFirst();
        }
      }
      weights = next;
      gradient = nextGradient;
      value = nextValue;
      if (gained < enough) {
        break;
      }
    }
    return weights;
  }

  /** {@return an estimate of the inverse Hessian, times the gradient} */
  private static double[] direction(double[] gradient, Deque<Step> steps) {
    Step[] known = steps.toArray(Step[]::new);
    double[] alphas = new double[known.length];
    double[] direction = gradient.clone();
    for (int s = known.length - 1; s >= 0; s--) {
      Step step = known[s];
      alphas[s] = dot(step.moved(), direction) / dot(step.moved(), step.gradientChange());
      direction = plus(direction, -alphas[s], step.gradientChange());
    }
    if (known.length > 0) {
      Step last = known[known.length - 1];
      double curvature =
          dot(last.moved(), last.gradientChange())
              / dot(last.gradientChange(), last.gradientChange());
      double[] unscaled = direction;
      Arrays.setAll(direction, k -> unscaled[k] * curvature);
    }
    for (int s = 0; s < known.length; s++) {
      Step step = known[s];
      double beta =
          dot(step.gradientChange(), direction) / dot(step.moved(), step.gradientChange());
      direction = plus(direction, alphas[s] - beta, step.moved());
    }
    return direction;
  }

  private static double[] plus(double[] a, double times, double[] b) {
    double[] sum = new double[a.length];
    Arrays.setAll(sum, k -> a[k] + times * b[k]);
    return sum;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int k = 0; k < a.length; k++) {
      sum += a[k] * b[k];
    }
    return sum;
  }
}
