package dev.horae.sequence;

import static dev.horae.tensor.Ops.concat;
import static dev.horae.tensor.Ops.forbid;

import dev.horae.data.FeatureTable;
import dev.horae.data.RowLayout;
import dev.horae.tensor.Layer;
import dev.horae.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.EmbeddingImpl;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Turns histories into user vectors, and items into vectors; the product of the two is the score,
 * unless the model says otherwise.
 *
 * <p>Subclasses are final. A forward pass frees nothing, starts no threads and stays on the device
 * of its input: whoever calls it opens a {@link Scope}.
 */
public abstract class SequenceModel extends Layer implements TrainingHooks, Transferable {

  private static final long ITEMS_AT_ONCE = 256; // of a model that does not train on all

  private final List<FrozenFeatures> features = new ArrayList<>();

  private final long itemRows; // N + 1
  private @Nullable EmbeddingImpl items; // [N + 1, D]; null where vectors come from elsewhere

  protected SequenceModel(DataSpec dataSpec) {
    Scope.requireNone(getClass().getSimpleName());
    itemRows = dataSpec.items() + 1L;
  }

  /** Registers a table of learnt vectors, one per item, float [N + 1, width]. */
  protected final EmbeddingImpl addItems(long width) {
    EmbeddingImpl table = add("item_embedding", new EmbeddingImpl(itemRows, width));
    items = table;
    return table;
  }

  /**
   * Registers a table of features under {@code name}.weight.
   *
   * @param rms see {@link FrozenFeatures}
   */
  protected final FrozenFeatures addFeatures(String name, FeatureTable table, double rms) {
    FrozenFeatures frozen = add(name, new FrozenFeatures(table, rms));
    features.add(frozen);
    return frozen;
  }

  /** From here on feature tables are bfloat16, and so are the products with them. */
  public final void useBfloat16() {
    features.forEach(FrozenFeatures::useBfloat16);
  }

  // ---- what is scored

  /**
   * The vectors of the items {@code from} to {@code to - 1} as candidates for the next place, each
   * of which depends on that item only: the rows of {@link #addItems} unless the model says
   * otherwise.
   *
   * @param draws of this training step, or {@link Draws#NONE}
   * @return float [to - from, D]; row 0 of the whole is padding
   */
  public Tensor itemVectors(long from, long to, Draws draws) {
    if (items == null) {
      throw new IllegalStateException(
          getClass().getSimpleName() + " learns no item vectors and does not say where they are");
    }
    return items.weight().narrow(0, from, to - from);
  }

  /** {@return how many rows {@link #itemVectors} has in all, N + 1} */
  public final long itemRows() {
    return itemRows;
  }

  /** {@return the vectors of all items, for use, not for training} Take it once per scope. */
  public final ItemVectors items() {
    return ItemVectors.of(vectors(0, itemRows()));
  }

  /**
   * {@return as {@link #items()}, the cold items apart, so that they change no bit of the others: a
   * product with more rows may be summed in another order}
   *
   * @param known rows of the items that have events, N + 1
   */
  public final ItemVectors items(long known) {
    if (known == itemRows()) {
      return items();
    }
    return ItemVectors.of(concat(0, vectors(0, known), vectors(known, itemRows())));
  }

  private Tensor vectors(long first, long end) {
    if (trainsOnAllItems() || end - first <= ITEMS_AT_ONCE) {
      return itemVectors(first, end, Draws.NONE);
    }
    Tensor table = null; // what such a model keeps meanwhile may be far more than the vectors
    for (long from = first; from < end; from += ITEMS_AT_ONCE) {
      long to = Math.min(end, from + ITEMS_AT_ONCE);
      try (Scope block = Scope.inference()) {
        Tensor vectors = itemVectors(from, to, Draws.NONE);
        if (table == null) {
          table = block.keep(vectors.new_empty(end - first, vectors.size(1)));
        }
        table.narrow(0, from - first, to - from).copy_(vectors);
      }
    }
    return Objects.requireNonNull(table); // of the first block, and there are at least two
  }

  /**
   * {@return the score of some items, float [M, K]}
   *
   * @param users float [M, D]
   * @param items float [K, D], rows of {@link #itemVectors}
   */
  public Tensor score(Tensor users, Tensor items) {
    return users.matmul(items.t());
  }

  /** {@return the score of every item, float [M, N + 1]} Column 0, padding, is minus infinity. */
  public final Tensor score(Tensor users, ItemVectors items) {
    return forbid(score(users, items.table()), 0);
  }

  /**
   * {@return as {@link #score(Tensor, ItemVectors)}, the cold items apart}
   *
   * @param known see {@link #items(long)}
   */
  public final Tensor score(Tensor users, ItemVectors items, long known) {
    Tensor table = items.table();
    if (known == table.size(0)) {
      return score(users, items);
    }
    Tensor first = score(users, table.narrow(0, 0, known));
    Tensor cold = score(users, table.narrow(0, known, table.size(0) - known));
    return forbid(concat(1, first, cold), 0);
  }

  /**
   * {@return the names of the equally wide slices of user and item vectors} The products of the
   * slices add up to the score, so each is that part's exact share of it. One name where the score
   * is no such sum.
   */
  public List<String> parts() {
    return List.of("score");
  }

  // ---- the passes

  /** {@return the user vectors after the events that have a target, float [M, D]} */
  public abstract Tensor encode(SequenceTensors in, ItemVectors items);

  /**
   * A training pass.
   *
   * @param draws what {@link #draw} chose for this batch
   */
  public abstract TrainingOutput forward(SequenceTensors in, ItemVectors items, Draws draws);

  /**
   * How the model mixed what it has at the examples, for explanations.
   *
   * @return per gate softmax weights, float [M, K]; empty for a model without gates
   */
  public Map<String, Tensor> gates(SequenceTensors in, ItemVectors items) {
    return Map.of();
  }

  // ---- what the loop must know

  /** {@return what {@link #fitStatistics} learnt} */
  protected static <T> T learnt(@Nullable T statistics) {
    if (statistics == null) {
      throw new IllegalStateException("fitStatistics comes before the first epoch");
    }
    return statistics;
  }

  /** {@return how histories may lie in rows without changing the result} */
  public RowLayout layout() {
    return RowLayout.PACKED;
  }

  /**
   * {@return whether the vector after an event depends on that event and earlier ones only, so that
   * one pass over a history serves all its prefixes}
   */
  public boolean causal() {
    return true;
  }

  /** Gives back the memory of parameters and feature tables; the model is of no use after it. */
  public final void release() {
    for (TensorVector values : List.of(parameters(), buffers())) {
      for (Tensor x : values.get()) {
        x.set_data(torch.empty(0));
      }
    }
  }

  /** {@return where the parameters lie} */
  public final Device device() {
    return parameters().get(0).device();
  }
}
