package dev.horae.sequence;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The vectors of all items, and the way a model looks some of them up. */
public final class ItemVectors {

  private final Tensor table; // [N + 1, D]
  private final List<Lookup> lookups; // null when autograd follows lookups into the table

  /**
   * @param items int64 [K]; null when all items were looked up
   * @param vectors float [K, D], a leaf of the graph
   */
  public record Lookup(Tensor items, Tensor vectors) {
    /** Adds the gradient of the vectors to that of the table, float [N + 1, D]. */
    public void addTo(Tensor table, Tensor gradient) {
      if (items == null) {
        table.add_(gradient);
      } else {
        table.index_add_(0, items, gradient);
      }
    }
  }

  private ItemVectors(Tensor table, List<Lookup> lookups) {
    this.table = table;
    this.lookups = lookups;
  }

  /** Gradients of what is looked up flow into {@code table}, float [N + 1, D]. */
  public static ItemVectors of(Tensor table) {
    return new ItemVectors(table, null);
  }

  /**
   * Each lookup becomes a leaf, so that its gradient has the size of what was looked up and not
   * that of the catalogue.
   */
  public static ItemVectors recorded(Tensor table) {
    return new ItemVectors(table, new ArrayList<>());
  }

  /** {@return float [N + 1, D]; row 0 is padding} */
  public Tensor table() {
    return table;
  }

  /** {@return the vectors of {@code items} (int64, any shape), one more axis of D values} */
  public Tensor at(Tensor items) {
    if (lookups == null) {
      return torch.embedding(table, items);
    }
    Tensor flat = items.flatten();
    Tensor vectors = torch.embedding(table, flat).requires_grad_(true);
    lookups.add(new Lookup(flat, vectors));
    long[] shape = new long[(int) items.dim() + 1];
    for (int i = 0; i < shape.length - 1; i++) {
      shape[i] = items.size(i);
    }
    shape[shape.length - 1] = table.size(1);
    return vectors.view(shape);
  }

  /**
   * {@return the vectors of all items, float [N + 1, D], for a loss that compares in its own way}
   */
  public Tensor all() {
    if (lookups == null) {
      return table;
    }
    Tensor vectors = table.detach().requires_grad_(true);
    lookups.add(new Lookup(null, vectors));
    return vectors;
  }

  /** {@return what was looked up so far; empty unless recorded} */
  public List<Lookup> lookups() {
    return lookups == null ? List.of() : lookups;
  }
}
