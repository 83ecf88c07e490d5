package dev.horae.nn;

import static dev.horae.tensor.Ops.layerNorm;

import dev.horae.tensor.Dropout;
import dev.horae.tensor.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The post-norm transformer of RecBole's sequential models: attention, then a feed-forward net with
 * exact GELU, each added to its input and normalised (epsilon 1e-12).
 *
 * <p>Vaswani et al., "Attention Is All You Need", NeurIPS 2017; parameter names are RecBole's.
 */
public final class Transformer {

  static final double EPSILON = 1e-12;

  private Transformer() {}

  /**
   * @param hiddenSize D
   * @param heads H, a divisor of D
   * @param innerSize width of the feed-forward net
   * @param dropout after each of the two halves of a layer
   * @param attentionDropout on the attention weights
   */
  public record Shape(
      int layers,
      int hiddenSize,
      int heads,
      int innerSize,
      double dropout,
      double attentionDropout) {}

  /** Layers of self-attention. */
  public static final class Encoder extends Layers<MultiHeadAttention> {

    public Encoder(Shape shape) {
      super(shape, () -> new MultiHeadAttention(shape));
    }

    /**
     * @param x float [G R, L, D]: G independent passes over the same R rows
     * @param mask float [R, 1, L, L], added to the attention scores: 0 = may look, large negative =
     *     may not
     * @param places int64 [P], flat places in {@code x} of the wanted outputs; null = all
     * @return float [P, D], or like {@code x}
     */
    public Tensor forward(Tensor x, Tensor mask, Tensor places) {
      return forward(x, places, (attention, y, at) -> attention.forward(y, mask, at));
    }

    /** {@return the outputs of all events, float [R, L, D]} */
    public Tensor forward(Tensor x, Tensor mask) {
      return forward(x, mask, (Tensor) null);
    }
  }

  /**
   * Layers around attention that a model may extend and call in its own way.
   *
   * @param <A> the attention
   */
  public static class Layers<A extends MultiHeadAttention> extends Layer {

    private final List<Block<A>> blocks = new ArrayList<>();

    public Layers(Shape shape, Supplier<A> attention) {
      for (int i = 0; i < shape.layers(); i++) {
        blocks.add(new Block<>(attention.get(), new FeedForward(shape)));
      }
      addAll("layer", blocks);
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
      for (int i = 0; i <= last; i++) {
        Block<A> block = blocks.get(i);
        Tensor attended = attending.apply(block.attention, x, i == last ? places : null);
        x = block.feedForward.forward(attended);
      }
      return x;
    }
  }

  /** How a layer attends. */
  public interface Attending<A> {
    /** Shapes as {@link Layers#forward}'s. */
    Tensor apply(A attention, Tensor x, Tensor places);
  }

  private static final class Block<A extends MultiHeadAttention> extends Layer {
    private final A attention;
    private final FeedForward feedForward;

    Block(A attention, FeedForward feedForward) {
      this.attention = add("multi_head_attention", attention);
      this.feedForward = add("feed_forward", feedForward);
    }
  }

  /** The second half of a layer: a net with exact GELU, added to its input, normalised. */
  public static final class FeedForward extends Layer {
    private final double dropout;
    private final LinearImpl up;
    private final LinearImpl down;
    private final LayerNormImpl norm;

    public FeedForward(Shape shape) {
      dropout = shape.dropout();
      up = add("dense_1", new LinearImpl(shape.hiddenSize(), shape.innerSize()));
      down = add("dense_2", new LinearImpl(shape.innerSize(), shape.hiddenSize()));
      norm = add("LayerNorm", layerNorm(shape.hiddenSize(), EPSILON));
    }

    /** float [..., D] to float [..., D]. */
    public Tensor forward(Tensor x) {
      Tensor y = down.forward(torch.gelu(up.forward(x)));
      return norm.forward(Dropout.add(x, y, is_training() ? dropout : 0));
    }
  }
}
