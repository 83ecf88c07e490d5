package dev.horae.sequence;

import dev.horae.nn.Losses;
import dev.horae.nn.Negatives;
import dev.horae.tensor.Ops;
import org.bytedeco.pytorch.Tensor;

/**
 * A part of the training loss in which each query must find its own vector among candidates:
 * cross-entropy of the softmax over products. A model says what is compared; how the products are
 * taken, at once or by blocks, on one thread or on several, is the loop's business.
 */
public sealed interface SoftmaxLoss {

  /** {@return as in reports, such as {@code ce}} */
  String name();

  /** {@return what the mean over queries is multiplied by in the total} */
  double weight();

  /** {@return float [M, D], as a rule one per example; {@link InBatch} may have more} */
  Tensor queries();

  /** {@return what products are divided by} */
  double temperature();

  /**
   * The same mathematics by autograd, with all products in memory: the plain twin of what the
   * training loop does.
   *
   * @param items all items, float [N + 1, D]
   */
  Loss plain(Tensor items);

  /** {@return M} */
  default long size() {
    return queries().size(-2);
  }

  /** Against all items. */
  static SoftmaxLoss overItems(String name, Tensor users, Tensor targets, boolean padding) {
    return new OverItems(name, users, targets, 1, padding);
  }

  /**
   * Contrast of pairs: each of the 2 M vectors must find its partner among all others of the batch.
   *
   * @param a float [M, D]
   * @param b float [M, D], the partners
   * @param pairs int64 [M], a number of each pair; those with the same number are not compared
   */
  static SoftmaxLoss ofPairs(
      String name, double weight, Tensor a, Tensor b, Tensor pairs, double temperature) {
    Tensor both = pairs.repeat(2); // no vector is its own negative
    Negatives negatives = new Negatives(both, Negatives.Duplicates.KEEP, both);
    return new InBatch(
        name, weight, Ops.concat(0, a, b), Ops.concat(0, b, a), temperature, negatives);
  }

  /**
   * Against all items.
   *
   * @param targets int64 [M], the item that each query must find
   * @param padding whether row 0 of the items is a candidate
   */
  record OverItems(String name, Tensor queries, Tensor targets, double temperature, boolean padding)
      implements SoftmaxLoss {

    @Override
    public double weight() {
      return 1;
    }

    @Override
    public Loss plain(Tensor items) {
      Tensor scaled = temperature == 1 ? queries : Ops.scale(queries, 1 / temperature);
      return new Loss(name, 1, Losses.softmax(scaled, items, targets, !padding));
    }
  }

  /**
   * Against what belongs to the other queries of the batch.
   *
   * @param queries float [M, D]; or [G, M, D], G independent comparisons whose mean is taken
   * @param candidates of the same shape, query i must find i
   */
  record InBatch(
      String name,
      double weight,
      Tensor queries,
      Tensor candidates,
      double temperature,
      Negatives negatives)
      implements SoftmaxLoss {

    @Override
    public Loss plain(Tensor items) {
      Tensor sum = contrast(0);
      for (long g = 1; g < groups(); g++) {
        sum = sum.add(contrast(g));
      }
      return new Loss(name, weight, Ops.scale(sum, 1.0 / groups()));
    }

    private Tensor contrast(long g) {
      return Losses.contrast(group(queries, g), group(candidates, g), temperature, negatives);
    }

    /** {@return G, or 1} */
    public long groups() {
      return queries.dim() == 2 ? 1 : queries.size(0);
    }

    /** {@return of {@code x} [M, D] or [G, M, D] the part of group {@code g}, [M, D]} */
    public static Tensor group(Tensor x, long g) {
      return x.dim() == 2 ? x : x.select(0, g);
    }
  }
}
