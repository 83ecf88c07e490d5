package dev.horae.nn;

import static dev.horae.tensor.Ops.attention;
import static dev.horae.tensor.Ops.concat;
import static dev.horae.tensor.Ops.layerNorm;

import dev.horae.tensor.Dropout;
import dev.horae.tensor.Layer;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
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
   * The last layer is finished only where its output is wanted: long windows have many events and
   * few examples.
   *
   * @param x float [G R, L, D]: G independent passes over the same R rows
   * @param mask float [R, 1, L, L], added to the attention scores: 0 = may look, large negative =
   *     may not
   * @param places int64 [P], flat places in {@code x} of the wanted outputs
   * @return float [P, D]
   */
  public Tensor forward(Tensor x, Tensor mask, Tensor places) {
    for (Block block : blocks.subList(0, blocks.size() - 1)) {
      x = block.forward(x, mask, null);
    }
    return blocks.get(blocks.size() - 1).forward(x, mask, places);
  }

  private static final class Block extends Layer {
    private final Attention attention;
    private final FeedForward feedForward;

    Block(Shape shape) {
      attention = add("multi_head_attention", new Attention(shape));
      feedForward = add("feed_forward", new FeedForward(shape));
    }

    Tensor forward(Tensor x, Tensor mask, Tensor places) {
      return feedForward.forward(attention.forward(x, mask, places));
    }
  }

  /** The first half of a layer: attention, added to its input, normalised. */
  public static final class Attention extends Layer {
    private final int heads;
    private final double attentionDropout;
    private final double dropout;
    private final LinearImpl query;
    private final LinearImpl key;
    private final LinearImpl value;
    private final LinearImpl dense;
    private final LayerNormImpl norm;

    public Attention(Shape shape) {
      int d = shape.hiddenSize();
      heads = shape.heads();
      attentionDropout = shape.attentionDropout();
      dropout = shape.dropout();
      query = add("query", new LinearImpl(d, d));
      key = add("key", new LinearImpl(d, d));
      value = add("value", new LinearImpl(d, d));
      dense = add("dense", new LinearImpl(d, d));
      norm = add("LayerNorm", layerNorm(d, EPSILON));
    }

    /**
     * Self-attention.
     *
     * @param x float [G R, L, D]: G independent passes over the same R rows
     * @param mask float [R, 1, L, L], added to the scores
     * @param places int64 [P], flat places in {@code x} of the wanted outputs; null = all
     * @return float [P, D], or like {@code x}
     */
    public Tensor forward(Tensor x, Tensor mask, Tensor places) {
      long r = x.size(0);
      long l = x.size(1);
      Tensor weights = concat(0, query.weight(), key.weight(), value.weight());
      Tensor biases = concat(0, query.bias(), key.bias(), value.bias());
      Tensor split =
          torch
              .linear(x, weights, new TensorOptional(biases))
              .view(r, l, 3, heads, -1)
              .permute(2, 0, 3, 1, 4)
              .contiguous(); // [3, G R, H, L, D/H]
      Tensor seen = attend(split.select(0, 0), split.select(0, 1), split.select(0, 2), mask);
      Tensor merged = seen.transpose(1, 2).reshape(r, l, -1); // [G R, L, D]
      if (places != null) {
        merged = merged.flatten(0, 1).index_select(0, places);
        x = x.flatten(0, 1).index_select(0, places);
      }
      return norm.forward(Dropout.add(x, dense.forward(merged), is_training() ? dropout : 0));
    }

    private Tensor attend(Tensor q, Tensor k, Tensor v, Tensor mask) { // [G R, H, L, D/H]
      double p = is_training() ? attentionDropout : 0;
      long groups = q.size(0) / mask.size(0);
      Tensor repeated = groups == 1 ? mask : mask.repeat(groups, 1, 1, 1);
      if (p == 0) {
        return attention(q, k, v, repeated, 0);
      }
      long l = q.size(2);
      Tensor bias = repeated.expand(q.size(0), heads, l, l).reshape(-1, l, l);
      Tensor scores =
          torch.baddbmm(
              bias,
              q.flatten(0, 1),
              k.flatten(0, 1).transpose(1, 2),
              new Scalar(1),
              new Scalar(1 / Math.sqrt((double) q.size(3))));
      Tensor weights = Dropout.apply(scores.softmax(-1), p); // [G R H, L, L]
      return weights.bmm(v.flatten(0, 1)).view(q.size(0), heads, l, -1);
    }
  }

  private static final class FeedForward extends Layer {
    private final double dropout;
    private final LinearImpl up;
    private final LinearImpl down;
    private final LayerNormImpl norm;

    FeedForward(Shape shape) {
      dropout = shape.dropout();
      up = add("dense_1", new LinearImpl(shape.hiddenSize(), shape.innerSize()));
      down = add("dense_2", new LinearImpl(shape.innerSize(), shape.hiddenSize()));
      norm = add("LayerNorm", layerNorm(shape.hiddenSize(), EPSILON));
    }

    Tensor forward(Tensor x) {
      Tensor y = down.forward(torch.gelu(up.forward(x)));
      return norm.forward(Dropout.add(x, y, is_training() ? dropout : 0));
    }
  }
}
