package dev.horae.model;

import static dev.horae.tensor.Ops.forbid;

import dev.horae.data.SequenceBatch;
import dev.horae.tensor.Layer;
import dev.horae.tensor.Scope;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;

/**
 * Turns histories into user vectors, and items into vectors; the product of the two is the score.
 *
 * <p>Subclasses are final. They neither free anything nor know devices or threads: whoever calls
 * them opens a {@link Scope}.
 */
public abstract class SequenceModel extends Layer {

  protected SequenceModel() {
    Scope.requireNone(getClass().getSimpleName());
  }

  /**
   * The vectors of the items {@code from} to {@code to - 1}, each of which depends on that item
   * only.
   *
   * @return float [to - from, D]; row 0 of the whole is padding
   */
  public abstract Tensor itemVectors(long from, long to);

  /** From here on feature tables are bfloat16, and so are the products with them. */
  public abstract void useBfloat16();

  /** {@return how many rows {@link #itemVectors} has in all, N + 1} */
  public abstract long itemRows();

  /** {@return the vectors of all items} Take it once per scope. */
  public final ItemVectors items() {
    return ItemVectors.of(itemVectors(0, itemRows()));
  }

  /** {@return the user vectors after the events that have a target, float [M, D]} */
  public abstract Tensor encode(SequenceTensors in, ItemVectors items);

  /**
   * A training pass.
   *
   * @param draws what {@link #draw} chose for this batch
   */
  public abstract Forward forward(SequenceTensors in, ItemVectors items, Draws draws);

  /**
   * Random choices inside a loss, made outside the forward pass so that a fixture can replace them.
   *
   * @param placeholders row-major [R, L], true where an event is replaced; empty when none are
   */
  public record Draws(boolean[] placeholders) {
    public static final Draws NONE = new Draws(new boolean[0]);
  }

  /** Draws for one batch; the same {@code random} gives the same draws. */
  public Draws draw(SequenceBatch batch, SplittableRandom random) {
    return Draws.NONE;
  }

  /**
   * {@return the names of the equally wide slices of user and item vectors} The products of the
   * slices add up to the score, so each is that part's exact share of it.
   */
  public List<String> parts() {
    return List.of("score");
  }

  /**
   * How the model mixed what it has at the examples, for explanations.
   *
   * @return per gate softmax weights, float [M, K]; empty for a model without gates
   */
  public Map<String, Tensor> gates(SequenceTensors in, ItemVectors items) {
    return Map.of();
  }

  /** {@return whether a row may hold several histories without changing the result} */
  public boolean packable() {
    return true;
  }

  /** {@return the score of every item, float [M, N + 1]} Column 0, padding, is minus infinity. */
  public final Tensor score(Tensor users, ItemVectors items) {
    return forbid(users.matmul(items.table().t()), 0);
  }

  /** {@return where the parameters lie} */
  public final Device device() {
    return parameters().get(0).device();
  }
}
