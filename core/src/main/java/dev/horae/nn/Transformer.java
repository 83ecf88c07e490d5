package dev.horae.nn;

import static dev.horae.config.InvalidValue.unless;
import static dev.horae.config.InvalidValue.unlessRate;
import static dev.horae.config.InvalidValue.unlessSize;
import static dev.horae.tensor.Ops.layerNorm;

import dev.horae.config.Default;
import dev.horae.config.Doc;
import dev.horae.tensor.Dropout;
import dev.horae.tensor.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * The post-norm transformer of RecBole's sequential models: attention, then a feed-forward net with
 * exact GELU, each added to its input and normalised (epsilon 1e-12).
 *
 * <p>Vaswani et al., "Attention Is All You Need", NeurIPS 2017; parameter names are RecBole's.
 */
public final class Transformer {

  static final double EPSILON = 1e-12;

  private Transformer() {}

  /** What a transformer is made of; these keys are the same in all models that have one. */
  public record Config(
      @Default("64") @Doc("width of item and user vectors, D") int hiddenSize,
      @Default("2") @Doc("transformer layers") int layers,
      @Default("2") @Doc("attention heads; a divisor of hidden_size") int heads,
      @Default("256") @Doc("width inside the feed-forward nets") int innerSize,
      @Default("0.5") @Doc("dropout on inputs and inside transformer layers") double dropout,
      @Default("0.5") @Doc("dropout on attention weights") double attentionDropout) {

    public Config {
      unlessSize("hiddenSize", hiddenSize, 4096, "64 is the paper's");
      unless(
          heads > 0 && hiddenSize % Math.max(1, heads) == 0,
          "heads",
          heads,
          "does not divide hidden_size = " + hiddenSize,
          "use a divisor of " + hiddenSize);
      unlessSize("layers", layers, 64, "2 is the paper's");
      unlessSize("innerSize", innerSize, 16_384, "256 is the paper's");
      unlessRate("dropout", dropout);
      unlessRate("attentionDropout", attentionDropout);
    }

    /** {@return about how many values a pass through the layers keeps per event of such rows} */
    public long valuesPerEvent(int length) {
      return layers * valuesPerLayer(length);
    }

    /** {@return as {@link #valuesPerEvent}, of one layer} */
    public long valuesPerLayer(int length) {
      return 16L * hiddenSize + 4L * innerSize + 4L * heads * length;
    }
  }

  /**
   * Layers, whatever they attend to.
   *
   * @param <C> what attention must know beside its input, the same in all layers
   */
  public static final class Encoder<C> extends Layer {
    private final List<Block<C>> blocks = new ArrayList<>();

    public Encoder(Config config, Function<Config, MultiHeadAttention<C>> attention) {
      for (int i = 0; i < config.layers(); i++) {
        blocks.add(new Block<>(attention.apply(config), new FeedForward(config)));
      }
      addAll("layer", blocks);
    }

    /**
     * As {@link MultiHeadAttention#forward}. The last layer is finished only where its output is
     * wanted: long windows have many events and few examples.
     */
    public Tensor forward(Tensor x, C context, @Nullable Tensor places) {
      int last = blocks.size() - 1;
      for (int i = 0; i <= last; i++) {
        Block<C> block = blocks.get(i);
        Tensor attended = block.attention.forward(x, context, i == last ? places : null);
        x = block.feedForward.forward(attended);
      }
      return x;
    }
  }

  private static final class Block<C> extends Layer {
    private final MultiHeadAttention<C> attention;
    private final FeedForward feedForward;

    Block(MultiHeadAttention<C> attention, FeedForward feedForward) {
      this.attention = add("multi_head_attention", attention);
      this.feedForward = add("feed_forward", feedForward);
    }
  }

  /**
   * Every event looks at the events of its row. Its context is a mask, float [R, 1, L, L], added to
   * the scores: 0 = may look, large negative = may not.
   */
  public static final class SelfAttention extends MultiHeadAttention<Tensor> {

    public SelfAttention(Config config) {
      super(config);
    }

    @Override
    public Tensor forward(Tensor x, Tensor mask, @Nullable Tensor places) {
      Tensor[] qkv = project(x, query, key, value);
      return finish(x, attend(qkv[0], qkv[1], qkv[2], mask), places);
    }
  }

  /** The second half of a layer: a net with exact GELU, added to its input, normalised. */
  public static final class FeedForward extends Layer {
    private final double dropout;
    private final LinearImpl up;
    private final LinearImpl down;
    private final LayerNormImpl norm;

    public FeedForward(Config config) {
      dropout = config.dropout();
      up = add("dense_1", new LinearImpl(config.hiddenSize(), config.innerSize()));
      down = add("dense_2", new LinearImpl(config.innerSize(), config.hiddenSize()));
      norm = add("LayerNorm", layerNorm(config.hiddenSize(), EPSILON));
    }

    /** float [..., D] to float [..., D]. */
    public Tensor forward(Tensor x) {
      Tensor y = down.forward(torch.gelu(up.forward(x)));
      return norm.forward(Dropout.add(x, y, is_training() ? dropout : 0));
    }
  }
}
