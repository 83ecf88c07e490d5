package dev.horae.nn;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Which examples of a batch are negatives of one another, where each must find its own vector among
 * those of all M.
 *
 * @param targets int64 [M], the item that each example must find
 * @param duplicates what becomes of other examples with the same target
 * @param owners int64 [M], whose other examples are no negatives; null when all are
 */
public record Negatives(Tensor targets, Duplicates duplicates, @Nullable Tensor owners) {

  /** What becomes of an in-batch negative that has the same target as the example itself. */
  public enum Duplicates {
    /** Left out (logit minus infinity): a false negative teaches nothing. */
    DROP,
    /** Logit 0, as the released codes have it: each adds exp(0) = 1 to the denominator. */
    ZERO,
    /** A negative like any other, as the papers' equations read. */
    KEEP
  }

  /**
   * Overwrites the logits of what is no negative, in place.
   *
   * @param logits float [K, M], of the examples {@code first} to first + K - 1
   * @return where there is a constant instead that is not minus infinity, bool [K, M]; null =
   *     nowhere
   */
  @Nullable Tensor silence(Tensor logits, long first) {
    Tensor constant = null;
    if (duplicates != Duplicates.KEEP) {
      boolean zero = duplicates == Duplicates.ZERO;
      Tensor same = same(targets, first, logits.size(0));
      logits.masked_fill_(same, new Scalar(zero ? 0 : Double.NEGATIVE_INFINITY));
      constant = zero ? same : null;
    }
    if (owners != null) {
      Tensor same = same(owners, first, logits.size(0));
      logits.masked_fill_(same, new Scalar(Double.NEGATIVE_INFINITY));
    }
    return constant;
  }

  /** {@return true where a different example has the same label, bool [count, M]} */
  private static Tensor same(Tensor labels, long first, long count) {
    Tensor same = labels.narrow(0, first, count).unsqueeze(1).eq(labels.unsqueeze(0));
    same.narrow(1, first, count).fill_diagonal_(new Scalar(0));
    return same;
  }
}
