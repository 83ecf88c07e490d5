package dev.horae.train;

import dev.horae.sequence.ItemRows;
import dev.horae.tensor.Ops;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * The items of a step, K of them: their vectors, and what each worker finds about these.
 *
 * @param sampled which items, int64 [K]; null when all, K = N + 1
 * @param placeOf in which row an item is, int64 [N + 1], -1 where in none; null when all
 * @param corrections of the logits of the first rows, which are the candidates, float; null when
 *     all rows are, without corrections
 * @param vectors float [K, D]; row 0 is padding
 * @param forProducts the vectors, or a bfloat16 copy of them
 * @param gradients one of the vectors for each worker, float [K, D]
 */
record StepItems(
    @Nullable Tensor sampled,
    @Nullable Tensor placeOf,
    @Nullable Tensor corrections,
    Tensor vectors,
    Tensor forProducts,
    List<Tensor> gradients) {

  /**
   * @param like of the type and on the device of the vectors, [any, D]
   * @param sample null = all
   * @param itemRows N + 1, or 0 when none are needed
   */
  static StepItems of(
      Tensor like,
      @Nullable ItemSample sample,
      long itemRows,
      int workers,
      boolean reducedPrecision) {
    Tensor sampled = null;
    Tensor placeOf = null;
    Tensor corrections = null;
    if (sample != null) {
      int k = sample.items().length;
      sampled = Ops.int64(sample.items(), k).to(like.device(), ScalarType.Long);
      Tensor places = torch.arange(new Scalar(k)).to(like.device(), ScalarType.Long);
      placeOf = sampled.new_full(new long[] {itemRows}, new Scalar(-1));
      placeOf.index_copy_(0, sampled, places);
      corrections =
          Ops.float32(sample.corrections(), sample.corrections().length)
              .to(like.device(), ScalarType.Float);
    }
    Tensor vectors = like.new_zeros(sampled == null ? itemRows : sampled.size(0), like.size(1));
    List<Tensor> gradients = new ArrayList<>();
    for (int w = 0; w < workers; w++) {
      gradients.add(torch.zeros_like(vectors));
    }
    return new StepItems(
        sampled,
        placeOf,
        corrections,
        vectors,
        reducedPrecision ? vectors.to(ScalarType.BFloat16) : vectors,
        gradients);
  }

  /** {@return K} */
  long count() {
    return vectors.size(0);
  }

  /** {@return which items have the rows {@code from} to {@code to - 1}} */
  ItemRows rows(long from, long to) {
    return sampled == null
        ? new ItemRows.Stretch(from, to)
        : new ItemRows.Listed(sampled.narrow(0, from, to - from));
  }

  /** {@return the rows of {@code items}, int64 of the same shape} */
  Tensor places(Tensor items) {
    return placeOf == null ? items : placeOf.index_select(0, items.flatten()).view_as(items);
  }

  /** {@return zeros for the gradient of the step's rows of {@code table}, [K, any] or [K]} */
  Tensor noGradients(Adam.Table table) {
    Tensor parameter = table.parameter();
    return parameter.dim() == 1
        ? parameter.new_zeros(count())
        : parameter.new_zeros(count(), parameter.size(1));
  }

  /**
   * Adds what was found about a table to the gradient of the step's rows of it.
   *
   * @param gradient of the whole table, sparse or dense; zero in all rows that are not the step's
   */
  void addRows(Tensor rows, Tensor gradient) {
    if (gradient.is_sparse()) {
      rows.index_add_(0, places(gradient._indices().select(0, 0)), gradient._values());
    } else {
      rows.add_(gradient.index_select(0, rows(0, count()).indices()));
    }
  }

  /** {@return how many of the first rows are candidates} */
  long candidates() {
    return corrections == null ? count() : corrections.size(0);
  }
}
