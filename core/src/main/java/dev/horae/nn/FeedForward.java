package dev.horae.nn;

import static dev.horae.tensor.Ops.layerNorm;

import dev.horae.tensor.Dropout;
import dev.horae.tensor.Layer;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The second half of a transformer layer: a net with exact GELU, added to its input, normalised.
 */
public final class FeedForward extends Layer {

  private final double dropout;
  private final LinearImpl up;
  private final LinearImpl down;
  private final LayerNormImpl norm;

  public FeedForward(TransformerEncoder.Shape shape) {
    dropout = shape.dropout();
    up = add("dense_1", new LinearImpl(shape.hiddenSize(), shape.innerSize()));
    down = add("dense_2", new LinearImpl(shape.innerSize(), shape.hiddenSize()));
    norm = add("LayerNorm", layerNorm(shape.hiddenSize(), TransformerEncoder.EPSILON));
  }

  /** float [..., D] to float [..., D]. */
  public Tensor forward(Tensor x) {
    Tensor y = down.forward(torch.gelu(up.forward(x)));
    return norm.forward(Dropout.add(x, y, is_training() ? dropout : 0));
  }
}
