package dev.horae.sequence;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The vectors of all items, and the way a model looks some of them up. */
public interface ItemVectors {

  /**
   * {@return float [N + 1, D]; row 0 is padding} No gradient need flow into it. In a step over a
   * sample of the items it has the rows of these alone.
   */
  Tensor table();

  /** {@return the vectors of {@code items} (int64, any shape), one more axis of D values} */
  default Tensor at(Tensor items) {
    return torch.embedding(table(), items);
  }

  /**
   * {@return rows of a parameter that has one per item, for a model that reads other vectors than
   * are scored; one more axis of its width} Gradients flow into the parameter. In a step over a
   * sample of the items they are sparse: they have the size of what was looked up.
   *
   * @param parameter float [N + 1, any]
   * @param items int64, any shape
   */
  default Tensor rows(Tensor parameter, Tensor items) {
    return torch.embedding(parameter, items);
  }

  /**
   * {@return the vectors of all items, float [N + 1, D], for a loss that compares in its own way}
   */
  default Tensor all() {
    return table();
  }

  /** Gradients of what is looked up flow into {@code table}, float [N + 1, D]. */
  static ItemVectors of(Tensor table) {
    return () -> table;
  }
}
