package dev.horae.nn;

import static dev.horae.tensor.Ops.attention;
import static dev.horae.tensor.Ops.layerNorm;
import static dev.horae.tensor.Ops.linear;

import dev.horae.tensor.Dropout;
import dev.horae.tensor.Layer;
import java.util.List;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * The first half of a transformer layer: attention, added to its input, normalised. A subclass puts
 * its forward pass together from these steps.
 *
 * <p>Shapes: R rows, L events, D hidden size, H heads.
 *
 * @param <C> what it must know beside its input, such as a mask
 */
public abstract class MultiHeadAttention<C> extends Layer {

  protected final LinearImpl query;
  protected final LinearImpl key;
  protected final LinearImpl value;
  protected final int heads;
  private final double attentionDropout;
  private final double dropout;
  private final LinearImpl dense;
  private final LayerNormImpl norm;

  protected MultiHeadAttention(Transformer.Config config) {
    int d = config.hiddenSize();
    heads = config.heads();
    attentionDropout = config.attentionDropout();
    dropout = config.dropout();
    query = add("query", new LinearImpl(d, d));
    key = add("key", new LinearImpl(d, d));
    value = add("value", new LinearImpl(d, d));
    dense = add("dense", new LinearImpl(d, d));
    norm = add("LayerNorm", layerNorm(d, Transformer.EPSILON));
  }

  /**
   * @param x float [G R, L, D]: G independent passes over the same R rows
   * @param places int64 [P], flat places in {@code x} of the wanted outputs; null = all
   * @return float [P, D], or like {@code x}
   */
  public abstract Tensor forward(Tensor x, C context, @Nullable Tensor places);

  /** {@return the maps of x [R, L, ...], one product for all, each float [R, H, L, width / H]} */
  protected final Tensor[] project(Tensor x, LinearImpl... maps) {
    return linear(x, List.of(maps))
        .view(x.size(0), x.size(1), maps.length, heads, -1)
        .permute(2, 0, 3, 1, 4)
        .contiguous()
        .unbind(0) // its gradient is written once; that of a selection is as large as the whole
        .get();
  }

  /**
   * {@return what each query sees, float [G R, H, L, D/H]}
   *
   * @param mask float [R, 1, L, L]
   */
  protected final Tensor attend(Tensor q, Tensor k, Tensor v, Tensor mask) {
    long groups = q.size(0) / mask.size(0);
    Tensor repeated = groups == 1 ? mask : mask.repeat(groups, 1, 1, 1);
    if (!is_training() || attentionDropout == 0) {
      return attention(q, k, v, repeated, 0);
    }
    return weights(q, k, repeated, 1 / Math.sqrt((double) q.size(3)))
        .bmm(v.flatten(0, 1))
        .view(q.size(0), heads, q.size(2), -1);
  }

  /**
   * {@return softmax(scale q k^T + bias) after dropout, float [R H, L, L]}
   *
   * @param q float [R, H, L, any]
   * @param k float [R, H, L, as q]
   * @param bias float, broadcast to [R, H, L, L]
   */
  protected final Tensor weights(Tensor q, Tensor k, Tensor bias, double scale) {
    long rows = q.size(2);
    long columns = k.size(2);
    Tensor scores =
        torch.baddbmm(
            bias.expand(q.size(0), heads, rows, columns).reshape(-1, rows, columns),
            q.flatten(0, 1),
            k.flatten(0, 1).transpose(1, 2),
            new Scalar(1),
            new Scalar(scale));
    return dropped(scores.softmax(-1));
  }

  protected final Tensor dropped(Tensor weights) {
    return Dropout.apply(weights, is_training() ? attentionDropout : 0);
  }

  /**
   * Joins the heads.
   *
   * @param x float [R, L, D], what went in
   * @param seen float [R, H, L, D/H]
   * @param places int64 [P], flat; null = all
   * @return float [P, D], or like {@code x}
   */
  protected final Tensor finish(Tensor x, Tensor seen, @Nullable Tensor places) {
    Tensor merged = seen.transpose(1, 2).reshape(x.size(0), x.size(1), -1);
    if (places != null) {
      merged = merged.flatten(0, 1).index_select(0, places);
      x = x.flatten(0, 1).index_select(0, places);
    }
    return finish(x, merged);
  }

  /**
   * As {@link #finish(Tensor, Tensor, Tensor)}, for what all heads saw side by side, of the shape
   * of {@code x}.
   */
  protected final Tensor finish(Tensor x, Tensor seen) {
    return norm.forward(Dropout.add(x, dense.forward(seen), is_training() ? dropout : 0));
  }
}
