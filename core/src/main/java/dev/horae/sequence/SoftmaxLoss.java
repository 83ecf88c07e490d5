package dev.horae.sequence;

import dev.horae.nn.Losses;
import dev.horae.tensor.Ops;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A part of the training loss in which each query must find its own vector among candidates:
 * cross-entropy of the softmax over products. A model says what is compared; how the products are
 * taken, at once or by blocks, on one thread or on several, is the loop's business.
 *
 * @param name as in reports, such as {@code ce}
 * @param weight what the mean over queries is multiplied by in the total
 * @param queries float [M, D], as a rule one per example; or [G, M, D], G independent comparisons
 *     whose mean is taken
 * @param candidates of the same shape, query i must find i; null when the candidates are all items,
 *     and query i must find its target
 * @param targets int64 [M], the item that each query is about
 * @param temperature what products are divided by
 * @param negatives who counts as a negative
 */
public record SoftmaxLoss(
    String name,
    double weight,
    Tensor queries,
    @Nullable Tensor candidates,
    Tensor targets,
    double temperature,
    Negatives negatives) {

  /**
   * @param padding whether row 0 of the items is a candidate; among all items only
   * @param duplicates what becomes of candidates of queries with the same target; within the batch
   *     only
   * @param owners int64 [M], whose other candidates are no negatives; null when all count; within
   *     the batch only
   */
  public record Negatives(boolean padding, Losses.Duplicates duplicates, @Nullable Tensor owners) {}

  /** Against all items. */
  public static SoftmaxLoss overItems(String name, Tensor users, Tensor targets, boolean padding) {
    return overItems(name, users, targets, 1, padding);
  }

  /** Against all items, products divided by {@code temperature}. */
  public static SoftmaxLoss overItems(
      String name, Tensor users, Tensor targets, double temperature, boolean padding) {
    Negatives all = new Negatives(padding, Losses.Duplicates.KEEP, null);
    return new SoftmaxLoss(name, 1, users, null, targets, temperature, all);
  }

  /**
   * Contrast of pairs: each of the 2 M vectors must find its partner among all others of the batch.
   *
   * @param a float [M, D]
   * @param b float [M, D], the partners
   * @param pairs int64 [M], a number that no other pair of the batch has
   */
  public static SoftmaxLoss ofPairs(
      String name, double weight, Tensor a, Tensor b, Tensor pairs, double temperature) {
    Tensor both = pairs.repeat(2);
    return new SoftmaxLoss(
        name,
        weight,
        Ops.concat(0, a, b),
        Ops.concat(0, b, a),
        both,
        temperature,
        new Negatives(false, Losses.Duplicates.KEEP, both)); // no vector is its own negative
  }

  public boolean overItems() {
    return candidates == null;
  }

  /** {@return the candidates of a loss within the batch} */
  @Override
  public Tensor candidates() {
    if (candidates == null) {
      throw new IllegalStateException(name + " is over all items and has no candidates of its own");
    }
    return candidates;
  }

  /**
   * The same mathematics by autograd, with all products in memory: the plain twin of what the
   * training loop does.
   *
   * @param items all items, float [N + 1, D]
   */
  public Loss plain(Tensor items) {
    if (overItems()) {
      Tensor scaled = temperature == 1 ? queries : Ops.scale(queries, 1 / temperature);
      return new Loss(name, weight, Losses.softmax(scaled, items, targets, !negatives.padding()));
    }
    Tensor excluded = negatives.owners() == null ? null : Losses.same(negatives.owners());
    Tensor sum = contrast(0, excluded);
    for (long g = 1; g < groups(); g++) {
      sum = sum.add(contrast(g, excluded));
    }
    return new Loss(name, weight, Ops.scale(sum, 1.0 / groups()));
  }

  private Tensor contrast(long g, @Nullable Tensor excluded) {
    return Losses.contrast(
        group(queries, g),
        group(candidates(), g),
        temperature,
        targets,
        negatives.duplicates(),
        excluded);
  }

  /** {@return M} */
  public long size() {
    return queries.size(-2);
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
