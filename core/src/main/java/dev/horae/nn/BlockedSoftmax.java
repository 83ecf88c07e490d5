package dev.horae.nn;

import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * Softmax cross-entropy of queries against candidates, value and gradients in one pass over blocks
 * of rows: a block of products turns, in place, into probabilities and then into gradients. It has
 * 32 MB as float32, or 64 rows where these take more: 256 MB with a million candidates. The plain
 * twins are {@link Losses#softmax} and {@link Losses#contrast}.
 *
 * <p>Products are taken in the precision of {@code candidates}, float32 or bfloat16; the softmax
 * and all sums over blocks are float32. Nothing is recorded for autograd.
 *
 * @param candidates float32 or bfloat16 [N, D]
 * @param gradients float32 [N, D], to which the gradient of the candidates is added
 * @param scale products are multiplied by it: one over the temperature
 * @param corrections what is added to the scaled products of each candidate, float32 [N]; null
 *     without
 * @param factor what the sum over rows is multiplied by in the quantity that is minimised
 */
public record BlockedSoftmax(
    Tensor candidates,
    Tensor gradients,
    double scale,
    @Nullable Tensor corrections,
    double factor) {

  /** Without corrections. */
  public BlockedSoftmax(Tensor candidates, Tensor gradients, double scale, double factor) {
    this(candidates, gradients, scale, null, factor);
  }

  /** Values in a block, 32 MB as float32. Taller blocks make faster products. */
  private static final long BLOCK = 1 << 23;

  private static final long LEAST_ROWS = 64; // below, the products run far from peak
  private static final long MOST_ROWS = 1024;

  /**
   * Probabilities of a contrast that are not larger are taken for 0. Its logits may be hundreds
   * apart, and products with numbers below the normal range of float32, 1e-38, are a hundred times
   * as slow as others.
   */
  private static final double NEGLIGIBLE = 1e-30;

  /**
   * Each query against all candidates.
   *
   * @param queries float32 [M, D]
   * @param targets int64 [M], the candidate that each query must find
   * @param gradients float32 [M, D], overwritten with the gradient of the queries
   * @return the sum over rows of minus the logarithm of the target's probability
   */
  public double rows(Tensor queries, Tensor targets, Tensor gradients) {
    return rows(queries, targets, gradients, 0, null);
  }

  /**
   * As {@link #rows(Tensor, Tensor, Tensor)}, where the candidates are the examples of a batch.
   *
   * @param first which example the first query is and must find, the next one the next
   */
  public double rows(Tensor queries, long first, Tensor gradients, Negatives negatives) {
    Tensor own =
        torch
            .arange(new Scalar(first), new Scalar(first + queries.size(0)))
            .to(queries.device(), ScalarType.Long);
    return rows(queries, own, gradients, first, negatives);
  }

  private double rows(
      Tensor queries, Tensor targets, Tensor gradients, long first, @Nullable Negatives negatives) {
    long m = queries.size(0);
    long rows = rows(m, candidates.size(0));
    double sum = 0;
    for (long from = 0; from < m; from += rows) {
      long count = Math.min(rows, m - from);
      try (Scope scope = Scope.inference()) { // else all blocks would stay until the step ends
        sum +=
            block(
                Ops.scale(queries.narrow(0, from, count), scale),
                targets.narrow(0, from, count).unsqueeze(1),
                gradients.narrow(0, from, count),
                first + from,
                negatives);
      }
    }
    return sum;
  }

  /** {@return how many products a block holds, for the memory plan} */
  public static long values(long queries, long candidates) {
    return rows(queries, candidates) * candidates;
  }

  /** As few blocks as fit, of equal height: a low last one would cost as much as a tall one. */
  private static long rows(long queries, long candidates) {
    long fitting = Math.min(MOST_ROWS, BLOCK / Math.max(1, candidates));
    long tallest = Math.max(LEAST_ROWS, fitting);
    long blocks = Math.max(1, (queries + tallest - 1) / tallest);
    return (queries + blocks - 1) / blocks;
  }

  private double block(
      Tensor queries, Tensor targets, Tensor gradient, long first, @Nullable Negatives negatives) {
    Tensor q = queries.to(candidates.scalar_type());
    Tensor z = Ops.product(q, candidates).to(ScalarType.Float);
    if (corrections != null) {
      z.add_(corrections);
    }
    Tensor silenced = negatives == null ? null : negatives.silence(z, first);

    double sum = crossEntropy(z, targets);
    if (silenced != null) {
      z.masked_fill_(silenced, new Scalar(0)); // a constant logit has no gradient
    }
    if (negatives != null) {
      torch.threshold_(z, new Scalar(NEGLIGIBLE), new Scalar(0));
    }
    subtractTargets(z, targets);
    Tensor g = z.to(candidates.scalar_type());
    gradient.copy_(Ops.product(g, candidates.t()));
    if (candidates.scalar_type().intern() == ScalarType.Float) {
      gradients.addmm_(g.t(), q, new Scalar(1), new Scalar(factor));
    } else {
      gradients.add_(g.t().mm(q), new Scalar(factor));
    }
    gradient.mul_(new Scalar(scale * factor));
    return sum;
  }

  /**
   * Turns logits into probabilities, in place.
   *
   * @param z float32 [M, N]
   * @param targets int64 [M, 1]
   * @return the sum over rows of minus the logarithm of the target's probability
   */
  public static double crossEntropy(Tensor z, Tensor targets) {
    // logsumexp = largest logit - log(largest probability): no second pass of exponentials.
    Tensor largest = z.amax(new long[] {1}, false);
    Tensor own = z.gather(1, targets).squeeze(1);
    torch.softmax_out(z, z, 1);
    Tensor log = largest.sub(z.amax(new long[] {1}, false).log());
    return Ops.value(log.sub(own).sum());
  }

  /** Turns probabilities, in place, into the gradient of {@link #crossEntropy}'s logits. */
  public static void subtractTargets(Tensor z, Tensor targets) {
    z.scatter_add_(1, targets, torch.full_like(targets, new Scalar(-1)).to(ScalarType.Float));
  }
}
