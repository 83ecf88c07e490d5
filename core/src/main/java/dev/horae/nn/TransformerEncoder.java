package dev.horae.nn;

import org.bytedeco.pytorch.Tensor;

/**
 * The post-norm transformer of RecBole's sequential models: attention, then a feed-forward net with
 * exact GELU, each added to its input and normalised (epsilon 1e-12).
 *
 * <p>Vaswani et al., "Attention Is All You Need", NeurIPS 2017; parameter names are RecBole's.
 */
public final class TransformerEncoder extends TransformerLayers<MultiHeadAttention> {

  static final double EPSILON = 1e-12;

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

  public TransformerEncoder(Shape shape) {
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
