package dev.horae.sequence;

import dev.horae.data.FeatureTable;
import dev.horae.tensor.Layer;
import dev.horae.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.EmbeddingImpl;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Turns histories into user vectors, and items into vectors; the product of the two is the score,
 * unless the model says otherwise.
 *
 * <p>Subclasses are final. A forward pass frees nothing, starts no threads and stays on the device
 * of its input: whoever calls it opens a {@link Scope}.
 */
public abstract class SequenceModel extends Layer
    implements TrainingHooks, Transferable, Explainable {

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
   * The vectors of some items as candidates for the next place, each of which depends on that item
   * only: the rows of {@link #addItems} unless the model says otherwise.
   *
   * @param draws of this training step, or {@link Draws#NONE}
   * @return float [K, D]; row 0 of the whole is padding
   */
  public Tensor itemVectors(ItemRows rows, Draws draws) {
    if (items == null) {
      throw new IllegalStateException(
          getClass().getSimpleName() + " learns no item vectors and does not say where they are");
    }
    return rows.of(items.weight());
  }

  /** {@return the vectors of the items {@code from} to {@code to - 1}, float [to - from, D]} */
  public final Tensor itemVectors(long from, long to, Draws draws) {
    return itemVectors(new ItemRows.Stretch(from, to), draws);
  }

  /**
   * {@return the parameter whose rows {@link #itemVectors} are, all and as they are; null where
   * they are made of something}
   */
  public final @Nullable Tensor itemParameter() {
    if (items == null) {
      return null;
    }
    // Rows that nothing was made of lie where the parameter lies, and no model need say so.
    Tensor weight = items.weight();
    Tensor first = itemVectors(0, 1, Draws.NONE);
    boolean same = first.data_ptr().equals(weight.data_ptr()) && first.size(1) == weight.size(1);
    return same ? weight : null;
  }

  /** {@return how many rows {@link #itemVectors} has in all, N + 1} */
  public final long itemRows() {
    return itemRows;
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

  /** {@return whether {@link #score} is the product} */
  public boolean scoresByProduct() {
    return true;
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

  /** {@return where the parameters lie} */
  public final Device device() {
    return parameters().get(0).device();
  }
}
