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
 * @param items those that a step needs
 * @param lookups what was looked up so far
 */
record RecordedItemVectors(StepItems items, List<Lookup> lookups) implements ItemVectors {

  RecordedItemVectors(StepItems items) {
    this(items, new ArrayList<>());
  }

  /**
   * @param places rows of the table, int64 [M]; null when all items were looked up
   * @param vectors float [M, D], a leaf of the graph
   */
  record Lookup(@Nullable Tensor places, Tensor vectors) {
    /** Adds the gradient of the vectors to that of the table, float [K, D]. */
    void addTo(Tensor table, Tensor gradient) {
      if (places == null) {
        table.add_(gradient);
      } else {
        table.index_add_(0, places, gradient);
      }
    }
  }

  @Override
  public Tensor table() {
    return items.vectors();
  }

  @Override
  public Tensor at(Tensor wanted) {
    Tensor flat = items.places(wanted.flatten());
    Tensor vectors = torch.embedding(table(), flat).requires_grad_(true);
    lookups.add(new Lookup(flat, vectors));
    long[] shape = new long[(int) wanted.dim() + 1];
    for (int i = 0; i < shape.length - 1; i++) {
      shape[i] = wanted.size(i);
    }
    shape[shape.length - 1] = table().size(1);
    return vectors.view(shape);
  }

  @Override
  public Tensor rows(Tensor parameter, Tensor wanted) {
    return torch.embedding(parameter, wanted, -1, false, items.sampled() != null);
  }

  @Override
  public Tensor all() {
    Tensor vectors = table().detach().requires_grad_(true);
    lookups.add(new Lookup(null, vectors));
    return vectors;
  }
}
