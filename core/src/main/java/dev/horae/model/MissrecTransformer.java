package dev.horae.model;

import static dev.horae.tensor.Ops.layerNorm;
import static dev.horae.tensor.Ops.scale;

import dev.horae.nn.Transformer;
import dev.horae.tensor.Dropout;
import dev.horae.tensor.Layer;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * PyTorch's {@code nn.Transformer}, norms after the residuals and exact GELU, as MISSRec uses it:
 * an encoder of a set, and a decoder that looks at a sequence in both directions and at the encoded
 * set. Parameter names are PyTorch's.
 *
 * <p>Shapes: R rows, S members of a set, L events, M examples, D width, H heads. Masks are float
 * [R, 1, 1, keys]: 0 = may be looked at, large negative = may not.
 */
final class MissrecTransformer extends Layer {

  /**
   * The events whose output is wanted.
   *
   * @param places int64 [M], flat in [R, L]
   * @param rows int64 [M], the row of each; null when it is row m for all m
   */
  record Examples(Tensor places, @Nullable Tensor rows) {}

  private final Transformer.Config config;
  private final Encoder encoder;
  private final Decoder decoder;

  /**
   * @param config of the encoder, and again of the decoder
   */
  MissrecTransformer(Transformer.Config config) {
    this.config = config;
    encoder = add("encoder", new Encoder());
    decoder = add("decoder", new Decoder());
  }

  /** The maps of attention start uniform (Xavier); all else is the caller's business. */
  void start() {
    List<Attention> all = new ArrayList<>();
    encoder.layers.forEach(layer -> all.add(layer.self));
    decoder.layers.forEach(layer -> all.addAll(List.of(layer.self, layer.cross)));
    all.forEach(attention -> torch.xavier_uniform_(attention.weight.detach()));
  }

  /**
   * @param x float [R, S, D]
   * @return float [R, S, D]
   */
  Tensor encode(Tensor x, Tensor mask) {
    for (EncoderLayer layer : encoder.layers) {
      x = layer.forward(x, mask);
    }
    return encoder.norm.forward(x);
  }

  /**
   * The last layer is computed at the examples only.
   *
   * @param x float [R, L, D]
   * @param memory what {@link #encode} returned
   * @return float [M, D]
   */
  Tensor decode(Tensor x, Tensor mask, Tensor memory, Tensor memoryMask, Examples examples) {
    int last = decoder.layers.size() - 1;
    for (DecoderLayer layer : decoder.layers.subList(0, last)) {
      x = layer.forward(x, x, mask, memory, memoryMask, null);
    }
    Tensor wanted = x.flatten(0, 1).index_select(0, examples.places()).unsqueeze(1); // [M, 1, D]
    Tensor y =
        decoder.layers.get(last).forward(wanted, x, mask, memory, memoryMask, examples.rows());
    return decoder.norm.forward(y.squeeze(1));
  }

  private double dropout() {
    return is_training() ? config.dropout() : 0;
  }

  private LayerNormImpl norm() {
    return layerNorm(config.hiddenSize(), 1e-12);
  }

  private final class Encoder extends Layer {
    private final List<EncoderLayer> layers = new ArrayList<>();
    private final LayerNormImpl norm;

    Encoder() {
      for (int i = 0; i < config.layers(); i++) {
        layers.add(new EncoderLayer());
      }
      addAll("layers", layers);
      norm = add("norm", norm());
    }
  }

  private final class Decoder extends Layer {
    private final List<DecoderLayer> layers = new ArrayList<>();
    private final LayerNormImpl norm;

    Decoder() {
      for (int i = 0; i < config.layers(); i++) {
        layers.add(new DecoderLayer());
      }
      addAll("layers", layers);
      norm = add("norm", norm());
    }
  }

  private final class EncoderLayer extends Layer {
    private final Attention self = add("self_attn", new Attention());
    private final LinearImpl up =
        add("linear1", new LinearImpl(config.hiddenSize(), config.innerSize()));
    private final LinearImpl down =
        add("linear2", new LinearImpl(config.innerSize(), config.hiddenSize()));
    private final LayerNormImpl norm1 = add("norm1", norm());
    private final LayerNormImpl norm2 = add("norm2", norm());

    Tensor forward(Tensor x, Tensor mask) {
      Tensor y = norm1.forward(Dropout.add(x, self.forward(x, x, mask, null), dropout()));
      return norm2.forward(Dropout.add(y, feedForward(y, up, down), dropout()));
    }
  }

  private final class DecoderLayer extends Layer {
    private final Attention self = add("self_attn", new Attention());
    private final Attention cross = add("multihead_attn", new Attention());
    private final LinearImpl up =
        add("linear1", new LinearImpl(config.hiddenSize(), config.innerSize()));
    private final LinearImpl down =
        add("linear2", new LinearImpl(config.innerSize(), config.hiddenSize()));
    private final LayerNormImpl norm1 = add("norm1", norm());
    private final LayerNormImpl norm2 = add("norm2", norm());
    private final LayerNormImpl norm3 = add("norm3", norm());

    /**
     * @param wanted float [G, Q, D], the events that look
     * @param rows int64 [G], at which row of the others each looks; null = row g
     */
    Tensor forward(
        Tensor wanted,
        Tensor x,
        Tensor mask,
        Tensor memory,
        Tensor memoryMask,
        @Nullable Tensor rows) {
      Tensor seen = self.forward(wanted, x, mask, rows);
      Tensor y = norm1.forward(Dropout.add(wanted, seen, dropout()));
      y = norm2.forward(Dropout.add(y, cross.forward(y, memory, memoryMask, rows), dropout()));
      return norm3.forward(Dropout.add(y, feedForward(y, up, down), dropout()));
    }
  }

  private Tensor feedForward(Tensor x, LinearImpl up, LinearImpl down) {
    return down.forward(Dropout.apply(torch.gelu(up.forward(x)), dropout()));
  }

  private final class Attention extends Layer {
    private final Tensor weight; // [3 D, D]: of queries, keys and values
    private final Tensor bias; // [3 D]
    private final LinearImpl out;

    Attention() {
      long d = config.hiddenSize();
      weight = addParameter("in_proj_weight", torch.empty(3 * d, d), true);
      bias = addParameter("in_proj_bias", torch.empty(3 * d), true);
      out = add("out_proj", new LinearImpl(d, d));
    }

    /**
     * @param x float [G, Q, D], what looks
     * @param keys float [R, S, D], what is looked at
     * @param rows int64 [G]; null = row g
     * @return float [G, Q, D]
     */
    Tensor forward(Tensor x, Tensor keys, Tensor mask, @Nullable Tensor rows) {
      long d = config.hiddenSize();
      long heads = config.heads();
      Tensor q = project(x, 0, 1).view(x.size(0), x.size(1), heads, -1).transpose(1, 2);
      Tensor both =
          project(keys, d, 2)
              .view(keys.size(0), keys.size(1), 2, heads, -1)
              .permute(2, 0, 3, 1, 4); // [2, R, H, S, D/H]
      if (rows != null) {
        both = both.index_select(1, rows);
        mask = mask.index_select(0, rows);
      }
      Tensor scaled = scale(q, 1 / Math.sqrt((double) d / heads));
      Tensor scores = scaled.matmul(both.select(0, 0).transpose(2, 3)).add(mask); // [G, H, Q, S]
      Tensor weights =
          Dropout.apply(scores.softmax(-1), is_training() ? config.attentionDropout() : 0);
      Tensor seen = weights.matmul(both.select(0, 1)).transpose(1, 2);
      return out.forward(seen.reshape(x.size(0), x.size(1), d));
    }

    /** Some of the three maps, from row {@code from} on. */
    private Tensor project(Tensor x, long from, long maps) {
      long size = maps * config.hiddenSize();
      return torch.linear(
          x, weight.narrow(0, from, size), new TensorOptional(bias.narrow(0, from, size)));
    }
  }
}
