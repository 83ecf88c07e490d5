package dev.horae.nn;

import static dev.horae.tensor.Ops.attention;
import static dev.horae.tensor.Ops.layerNorm;

import dev.horae.tensor.Layer;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.DropoutImpl;
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
public final class TransformerEncoder extends Layer {

  private static final double EPSILON = 1e-12;

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

  private final List<Block> blocks;

  public TransformerEncoder(Shape shape) {
    List<Block> all = new ArrayList<>();
    for (int i = 0; i < shape.layers(); i++) {
      all.add(new Block(shape));
    }
    blocks = addAll("layer", all);
  }

  /**
   * @param x float [R, L, D]
   * @param mask float [R, 1, L, L], added to the attention scores: 0 = may look, large negative =
   *     may not
   * @return float [R, L, D]
   */
  public Tensor forward(Tensor x, Tensor mask) {
    for (Block block : blocks) {
      x = block.forward(x, mask);
    }
    return x;
  }

  private static final class Block extends Layer {
    private final Attention attention;
    private final FeedForward feedForward;

    Block(Shape shape) {
      attention = add("multi_head_attention", new Attention(shape));
      feedForward = add("feed_forward", new FeedForward(shape));
    }

    Tensor forward(Tensor x, Tensor mask) {
      return feedForward.forward(attention.forward(x, mask));
    }
  }

  private static final class Attention extends Layer {
    private final int heads;
    private final double attentionDropout;
    private final LinearImpl query;
    private final LinearImpl key;
    private final LinearImpl value;
    private final LinearImpl dense;
    private final DropoutImpl dropout;
    private final LayerNormImpl norm;

    Attention(Shape shape) {
      int d = shape.hiddenSize();
      heads = shape.heads();
      attentionDropout = shape.attentionDropout();
      query = add("query", new LinearImpl(d, d));
      key = add("key", new LinearImpl(d, d));
      value = add("value", new LinearImpl(d, d));
      dense = add("dense", new LinearImpl(d, d));
      dropout = add("out_dropout", new DropoutImpl(shape.dropout()));
      norm = add("LayerNorm", layerNorm(d, EPSILON));
    }

    Tensor forward(Tensor x, Tensor mask) {
      Tensor seen =
          attention(
              split(query.forward(x)),
              split(key.forward(x)),
              split(value.forward(x)),
              mask,
              is_training() ? attentionDropout : 0); // [R, H, L, D/H]
      Tensor merged = dense.forward(seen.transpose(1, 2).flatten(2, 3)); // [R, L, D]
      return norm.forward(x.add(dropout.forward(merged)));
    }

    private Tensor split(Tensor x) { // [R, L, D] -> [R, H, L, D/H]
      return x.view(x.size(0), x.size(1), heads, -1).transpose(1, 2);
    }
  }

  private static final class FeedForward extends Layer {
    private final LinearImpl up;
    private final LinearImpl down;
    private final DropoutImpl dropout;
    private final LayerNormImpl norm;

    FeedForward(Shape shape) {
      up = add("dense_1", new LinearImpl(shape.hiddenSize(), shape.innerSize()));
      down = add("dense_2", new LinearImpl(shape.innerSize(), shape.hiddenSize()));
      dropout = add("dropout", new DropoutImpl(shape.dropout()));
      norm = add("LayerNorm", layerNorm(shape.hiddenSize(), EPSILON));
    }

    Tensor forward(Tensor x) {
      return norm.forward(x.add(dropout.forward(down.forward(torch.gelu(up.forward(x))))));
    }
  }
}
