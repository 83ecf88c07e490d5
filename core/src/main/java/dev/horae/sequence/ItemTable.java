package dev.horae.sequence;

import static dev.horae.tensor.Ops.concat;

import dev.horae.sequence.TrainingHooks.Draws;
import dev.horae.tensor.Scope;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;

/**
 * The vectors of all items, made once and not for training. Those of cold items are made on their
 * own, so that they change no bit of the others: a product with more rows may be summed in another
 * order.
 *
 * @param table float [N + 1, D]
 */
public record ItemTable(Tensor table) implements ItemVectors {

  private static final long ITEMS_AT_ONCE = 256; // of a model that does not train on all

  /** All items have events. */
  public static ItemTable of(SequenceModel model) {
    return of(model, model.itemRows());
  }

  /**
   * @param known rows of the items that have events; those of cold items follow
   */
  public static ItemTable of(SequenceModel model, long known) {
    long rows = model.itemRows();
    Tensor first = vectors(model, 0, known);
    return new ItemTable(known == rows ? first : concat(0, first, vectors(model, known, rows)));
  }

  private static Tensor vectors(SequenceModel model, long first, long end) {
    if (model.trainsOnAllItems() || end - first <= ITEMS_AT_ONCE) {
      return model.itemVectors(first, end, Draws.NONE);
    }
    Tensor table = null; // what such a model keeps meanwhile may be far more than the vectors
    for (long from = first; from < end; from += ITEMS_AT_ONCE) {
      long to = Math.min(end, from + ITEMS_AT_ONCE);
      try (Scope block = Scope.inference()) {
        Tensor vectors = model.itemVectors(from, to, Draws.NONE);
        if (table == null) {
          table = block.keep(vectors.new_empty(end - first, vectors.size(1)));
        }
        table.narrow(0, from - first, to - from).copy_(vectors);
      }
    }
    return Objects.requireNonNull(table); // of the first block, and there are at least two
  }
}
