package dev.horae.sequence;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Some of the rows of a table that has one per item, N + 1 with that of padding. */
public sealed interface ItemRows {

  /** {@return how many rows, K} */
  long count();

  /**
   * {@return these rows of {@code table}, [K, any] of [N + 1, any]; or [K] of [N + 1]} Gradients
   * flow into the table.
   */
  Tensor of(Tensor table);

  /** {@return which items, int64 [K]} */
  Tensor indices();

  /** The items {@code from} to {@code to - 1}, which are not copied. */
  record Stretch(long from, long to) implements ItemRows {

    @Override
    public long count() {
      return to - from;
    }

    @Override
    public Tensor of(Tensor table) {
      return table.narrow(0, from, to - from);
    }

    @Override
    public Tensor indices() {
      return torch.arange(new Scalar(from), new Scalar(to)).to(ScalarType.Long);
    }
  }

  /**
   * Items by their indices. The gradient of a matrix is sparse: it has the size of what was looked
   * up and not that of the catalogue.
   *
   * @param items int64 [K]
   */
  record Listed(Tensor items) implements ItemRows {

    @Override
    public long count() {
      return items.size(0);
    }

    @Override
    public Tensor of(Tensor table) {
      return table.dim() == 1
          ? table.index_select(0, items)
          : torch.embedding(table, items, -1, false, true);
    }

    @Override
    public Tensor indices() {
      return items;
    }
  }
}
