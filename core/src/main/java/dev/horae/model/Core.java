package dev.horae.model;

import static dev.horae.config.InvalidValue.unlessPositive;
import static dev.horae.config.InvalidValue.unlessRate;
import static dev.horae.tensor.Ops.layerNorm;

import dev.horae.config.Default;
import dev.horae.config.Doc;
import dev.horae.config.Flat;
import dev.horae.nn.Losses;
import dev.horae.nn.Transformer;
import dev.horae.nn.Transformer.SelfAttention;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.ItemRows;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.sequence.SoftmaxLoss;
import dev.horae.sequence.TrainingOutput;
import dev.horae.tensor.Checkpoint;
import dev.horae.tensor.Dropout;
import dev.horae.tensor.Layer;
import java.util.List;
import org.bytedeco.pytorch.EmbeddingImpl;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * CORE: a user is a weighted mean of the very item vectors that went in, so users and items share
 * one space; a transformer only finds the weights. The score is the cosine.
 *
 * <p>Hou et al., "CORE: Simple and Effective Session-based Recommendation within Consistent
 * Representation Space", SIGIR 2022, as RecBole has it: causal attention, and every parameter,
 * norms included, starts uniform within 1 / √D. Because of the causal attention an event's weight
 * before the softmax is the same in all prefixes, so one pass serves them all.
 *
 * <p>Shapes: R rows, L events, M examples, D hidden size, N items.
 */
public final class Core extends SequenceModel {

  /** What decides the weights of a user's events. */
  public enum Weights {
    /** CORE-trm. */
    TRANSFORMER,
    /** CORE-ave: all alike. */
    MEAN
  }

  @Doc("a user is a weighted mean of items (Hou et al., SIGIR 2022)")
  public record Config(
      @Default("transformer") @Doc("what weighs the events: transformer or mean (all alike)")
          Weights weights,
      @Flat Transformer.Config transformer,
      @Default("0.2") @Doc("dropout on the item vectors of the history") double sessionDropout,
      @Default("0.2") @Doc("dropout on the item vectors that are scored") double itemDropout,
      @Default("0.07") @Doc("what cosines are divided by in the softmax over items")
          double temperature,
      @Default("false") @Doc("leave padding out of the softmax over items") boolean maskPadding)
      implements NetworkConfig {

    public Config {
      unlessRate("sessionDropout", sessionDropout);
      unlessRate("itemDropout", itemDropout);
      unlessPositive("temperature", temperature, "0.07 is the paper's");
    }

    @Override
    public SequenceModel build(DataSpec dataSpec) {
      return new Core(this, dataSpec);
    }

    @Override
    public long valuesPerEvent(DataSpec dataSpec) {
      long own = 10L * transformer.hiddenSize() + 4L * dataSpec.length();
      return weights == Weights.MEAN ? own : own + transformer.valuesPerEvent(dataSpec.length());
    }
  }

  private final Config config;
  private final EmbeddingImpl items; // [N + 1, D]
  private final @Nullable Weigher weigher; // null when all events weigh alike

  private Core(Config config, DataSpec dataSpec) {
    super(dataSpec);
    this.config = config;
    items = addItems(config.transformer().hiddenSize());
    weigher = config.weights() == Weights.MEAN ? null : add("net", new Weigher(dataSpec.length()));
    double bound = 1 / Math.sqrt(config.transformer().hiddenSize());
    Checkpoint.parameters(this).values().forEach(p -> torch.uniform_(p.detach(), -bound, bound));
  }

  /** Of length 1; element-wise dropout while training. */
  @Override
  public Tensor itemVectors(ItemRows rows, Draws draws) {
    Tensor raw = super.itemVectors(rows, draws);
    return Losses.unit(Dropout.apply(raw, is_training() ? config.itemDropout() : 0));
  }

  @Override
  public Tensor encode(SequenceTensors in, ItemVectors scored) {
    Tensor raw = scored.rows(items.weight(), in.items()); // what is scored has length 1
    Tensor x = Dropout.apply(raw, is_training() ? config.sessionDropout() : 0); // [R, L, D]
    Tensor mask = in.mask().squeeze(1); // [R, L, L]: an event is weighed once in each prefix
    Tensor weights = weigher == null ? mask : mask.add(weigher.forward(x, in)); // before softmax
    Tensor mixtures = weights.softmax(-1).bmm(x); // [R, L, D]
    return Losses.unit(in.pick(mixtures)); // [M, D]
  }

  @Override
  public TrainingOutput forward(SequenceTensors in, ItemVectors scored, Draws draws) {
    return new TrainingOutput(
        List.of(
            new SoftmaxLoss.OverItems(
                "ce",
                encode(in, scored),
                in.targets(),
                config.temperature(),
                !config.maskPadding())),
        List.of());
  }

  private final class Weigher extends Layer {
    private final EmbeddingImpl positions; // [L, D]
    private final Transformer.Encoder<Tensor> encoder;
    private final LayerNormImpl norm;
    private final LinearImpl weight; // D -> 1

    Weigher(int length) {
      int d = config.transformer().hiddenSize();
      positions = add("position_embedding", new EmbeddingImpl(length, d));
      encoder =
          add("trm_encoder", new Transformer.Encoder<>(config.transformer(), SelfAttention::new));
      norm = add("LayerNorm", layerNorm(d, 1e-12));
      weight = add("fn", new LinearImpl(d, 1));
    }

    Tensor forward(Tensor x, SequenceTensors in) { // [R, L, D] -> [R, 1, L]
      Tensor placed = norm.forward(x.add(positions.forward(in.positions())));
      Tensor z = Dropout.apply(placed, is_training() ? config.transformer().dropout() : 0);
      return weight.forward(encoder.forward(z, in.mask(), null)).transpose(1, 2);
    }
  }
}
