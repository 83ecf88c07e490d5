package dev.horae.nn;

import dev.horae.tensor.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;

/**
 * Post-norm transformer layers around attention of any kind, under RecBole's names.
 *
 * @param <A> the attention
 */
public class TransformerLayers<A extends MultiHeadAttention> extends Layer {

  /** How a layer attends. */
  public interface Attending<A> {
    /**
     * @param x float [R, L, D]
     * @param places int64 [P], flat places in {@code x} of the wanted outputs; null = all
     * @return float [P, D], or like {@code x}
     */
    Tensor apply(A attention, Tensor x, Tensor places);
  }

  private final List<Block<A>> blocks;

  public TransformerLayers(TransformerEncoder.Shape shape, Supplier<A> attention) {
    List<Block<A>> all = new ArrayList<>();
    for (int i = 0; i < shape.layers(); i++) {
      all.add(new Block<>(attention.get(), new FeedForward(shape)));
    }
    blocks = addAll("layer", all);
  }

  /**
   * The last layer is finished only where its output is wanted: long windows have many events and
   * few examples.
   *
   * @param x float [R, L, D]
   * @param places int64 [P], flat places in {@code x} of the wanted outputs; null = all
   * @return float [P, D], or like {@code x}
   */
  public final Tensor forward(Tensor x, Tensor places, Attending<A> attending) {
    int last = blocks.size() - 1;
    for (Block<A> block : blocks.subList(0, last)) {
      x = block.feedForward.forward(attending.apply(block.attention, x, null));
    }
    Block<A> block = blocks.get(last);
    return block.feedForward.forward(attending.apply(block.attention, x, places));
  }

  private static final class Block<A extends MultiHeadAttention> extends Layer {
    private final A attention;
    private final FeedForward feedForward;

    Block(A attention, FeedForward feedForward) {
      this.attention = add("multi_head_attention", attention);
      this.feedForward = add("feed_forward", feedForward);
    }
  }
}
