package dev.horae.nn;

import dev.horae.tensor.Ops;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Losses over the M examples of a batch. */
public final class Losses {

  private Losses() {}

  /**
   * Softmax cross-entropy against every item.
   *
   * @param users float [M, D]
   * @param items float [N + 1, D], row 0 is padding
   * @param targets int64 [M], 1..N
   * @param maskPadding whether row 0 is left out of the softmax
   * @return the mean over examples, float []
   */
  public static Tensor softmax(Tensor users, Tensor items, Tensor targets, boolean maskPadding) {
    if (!maskPadding) {
      return torch.cross_entropy(users.matmul(items.t()), targets);
    }
    Tensor real = items.narrow(0, 1, items.size(0) - 1); // [N, D]
    return torch.cross_entropy(users.matmul(real.t()), targets.sub(new Scalar(1)));
  }

  /**
   * In-batch contrastive loss: example i must find {@code b_i} among all {@code b_j}.
   *
   * @param a float [M, D], unit rows
   * @param b float [M, D], unit rows
   * @return the mean over examples, float []
   */
  public static Tensor contrast(Tensor a, Tensor b, double temperature, Negatives negatives) {
    Tensor logits = Ops.scale(a.matmul(b.t()), 1 / temperature); // [M, M]
    negatives.silence(logits, 0);
    return logits.logsumexp(1).sub(logits.diagonal()).mean();
  }

  /**
   * {@return the rows scaled to length 1} A row shorter than the official codes' floor of 1e-12,
   * such as one of zeros, stays as it is: divided by that floor its gradient would be 1e12 times
   * that of the others, and Adam's mean of squares would not forget it for thousands of steps.
   */
  public static Tensor unit(Tensor x) {
    Tensor norm = x.norm(new ScalarOptional(new Scalar(2)), new long[] {-1}, true);
    return x.div(norm.masked_fill(norm.lt(new Scalar(1e-12)), new Scalar(1)));
  }
}
