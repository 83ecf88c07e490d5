package dev.horae.train;

import dev.horae.sequence.ItemVectors;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Item vectors of which each lookup becomes a leaf of the graph, so that its gradient has the size
 * of what was looked up and not that of the catalogue.
 *
 * @param table float [N + 1, D]
 * @param lookups what was looked up so far
 */
record RecordedItemVectors(Tensor table, List<Lookup> lookups) implements ItemVectors {

  RecordedItemVectors(Tensor table) {
    this(table, new ArrayList<>());
  }

  /**
   * @param items int64 [K]; null when all items were looked up
   * @param vectors float [K, D], a leaf of the graph
   */
  record Lookup(@Nullable Tensor items, Tensor vectors) {
    /** Adds the gradient of the vectors to that of the table, float [N + 1, D]. */
    void addTo(Tensor table, Tensor gradient) {
      if (items == null) {
        table.add_(gradient);
      } else {
        table.index_add_(0, items, gradient);
      }
    }
  }

  @Override
  public Tensor at(Tensor items) {
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

  @Override
  public Tensor all() {
    Tensor vectors = table.detach().requires_grad_(true);
    lookups.add(new Lookup(null, vectors));
    return vectors;
  }
}
