package dev.horae.model;

import static dev.horae.config.InvalidValue.unlessRate;
import static dev.horae.config.InvalidValue.unlessSize;
import static dev.horae.tensor.Ops.concat;
import static dev.horae.tensor.Ops.int64;
import static dev.horae.tensor.Ops.layerNorm;

import dev.horae.config.Default;
import dev.horae.config.Doc;
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
import dev.horae.tensor.Ops;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.EmbeddingImpl;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * LRURec: in place of attention a diagonal linear recurrence over complex states, h ← u + λ ⊙ h
 * with |λ| below 1, between residuals, norms and feed-forward nets.
 *
 * <p>Yue et al., "Linear Recurrent Units for Sequential Recommendation", WSDM 2024, and the
 * authors' code. A score is the product with the item vector plus a bias of the item: one more
 * column of the item table, against a 1 in the user vector. Departures:
 *
 * <ul>
 *   <li>The recurrence runs step by step over the histories that are long enough ({@link
 *       StepOrder}), instead of by doubling over padded rows: the same sums, no padding.
 *   <li>Complex parameters are kept as their real and imaginary parts, as Adam sees them anyway.
 *   <li>Our windows cover every target of a history once. The code drops what lies before the last
 *       L of a history shorter than 2 L, and cuts longer ones into windows of L - 1 inputs.
 *   <li>With {@link Config#firstItemLabel} the vector before a history is computed once per pass,
 *       so its histories share a dropout mask there.
 * </ul>
 *
 * <p>Shapes: E events, M examples, D hidden size, S = 2 D states, N items.
 */
public final class Lrurec extends SequenceModel {

  private static final double LEAST_DECAY = 0.8; // |λ| at the start
  private static final double MOST_DECAY = 0.99;
  private static final double EPSILON = 1e-5; // of the norms

  @Doc("a linear recurrence of complex numbers (Yue et al., WSDM 2024)")
  public record Config(
      @Default("64") @Doc("width of item and user vectors, D; states are twice as wide")
          int hiddenSize,
      @Default("2") @Doc("blocks of recurrence and feed-forward net") int layers,
      @Default("0.6") @Doc("dropout on inputs and in feed-forward nets") double dropout,
      @Default("0.6") @Doc("dropout on what a recurrence gives") double recurrenceDropout,
      @Default("true")
          @Doc("also predict the first item, from the padding before it, as the code does")
          boolean firstItemLabel,
      @Default("false") @Doc("leave padding out of the softmax over items") boolean maskPadding)
      implements NetworkConfig {

    public Config {
      unlessSize("hiddenSize", hiddenSize, 4096, "64 is the paper's");
      unlessSize("layers", layers, 64, "2 is the paper's");
      unlessRate("dropout", dropout);
      unlessRate("recurrenceDropout", recurrenceDropout);
    }

    @Override
    public SequenceModel build(DataSpec dataSpec) {
      return new Lrurec(this, dataSpec);
    }

    @Override
    public long valuesPerEvent(DataSpec dataSpec) {
      return 8L * hiddenSize + layers * 52L * hiddenSize;
    }
  }

  private final Config config;
  private final int length; // L
  private final Embedding embedding;
  private final Head model;

  private Lrurec(Config config, DataSpec dataSpec) {
    super(dataSpec);
    this.config = config;
    length = dataSpec.length();
    embedding = add("embedding", new Embedding(dataSpec.items() + 1));
    model = add("model", new Head(dataSpec.items() + 1));
    Checkpoint.parameters(this)
        .forEach(
            (name, p) -> {
              if (!name.contains("layer_norm") && !name.contains("params_log")) {
                truncatedNormal(p.detach());
              }
            });
  }

  /** N(0, 0.02²), nothing beyond two standard deviations; biases too. */
  private static void truncatedNormal(Tensor x) {
    double share = 0.9544997361036416; // of a normal distribution, within two deviations
    torch.uniform_(x, -share, share).erfinv_().mul_(new Scalar(0.02 * Math.sqrt(2)));
  }

  @Override
  public Tensor itemVectors(ItemRows rows, Draws draws) { // [K, D + 1]
    Tensor vectors = rows.of(embedding.token.weight());
    return concat(1, vectors, rows.of(model.bias).unsqueeze(1));
  }

  @Override
  public Rows rows(String parameter) {
    return Set.of("embedding.token.weight", "model.bias").contains(parameter)
        ? Rows.ITEMS
        : Rows.OTHER;
  }

  /** First items are targets that the batch does not name as such. */
  @Override
  public Optional<String> refusesSamples() {
    return config.firstItemLabel()
        ? Optional.of(
            "model.first_item_label = true has targets that are none of the batch's; use 0, or"
                + " model.first_item_label=false")
        : Optional.empty();
  }

  @Override
  public Tensor encode(SequenceTensors in, ItemVectors items) {
    StepOrder order = StepOrder.of(in);
    return withOne(model.forward(embedding.forward(order.pick(in.items()), items), order));
  }

  @Override
  public TrainingOutput forward(SequenceTensors in, ItemVectors items, Draws draws) {
    Tensor queries = encode(in, items);
    Tensor targets = in.targets();
    if (config.firstItemLabel()) {
      Tensor first = firstItems(in); // [F]
      queries = concat(0, queries, beforeAll(in, items).expand(first.size(0), -1));
      targets = concat(0, targets, first);
    }
    return new TrainingOutput(
        List.of(SoftmaxLoss.overItems("ce", queries, targets, !config.maskPadding())), List.of());
  }

  /** Decay of weights is for weights; what turns and fades the states (params_log) is one. */
  @Override
  public Tuning tuning(String parameter) {
    return new Tuning(1, !parameter.contains("bias") && !parameter.contains("layer_norm"));
  }

  /** {@return the vector before any event, float [1, D + 1]} The code reads padding for it. */
  private Tensor beforeAll(SequenceTensors in, ItemVectors items) {
    Tensor padding = in.items().new_zeros(1);
    StepOrder one = new StepOrder(padding, new long[] {1}, padding);
    return withOne(model.forward(embedding.forward(padding, items), one));
  }

  /**
   * {@return the items that histories begin with, int64 [F]} Of histories with fewer than L inputs:
   * the code has room for this label in the padding before them only. Windows that begin later do
   * not ask for the target after their first event.
   */
  private Tensor firstItems(SequenceTensors in) {
    long[] items = Ops.longs(in.items());
    long[] positions = Ops.longs(in.positions());
    long[] first =
        Arrays.stream(Ops.longs(in.examples()))
            .filter(e -> positions[(int) e] == 0 && !full(positions, items, (int) e))
            .map(e -> items[(int) e])
            .toArray();
    return int64(first, first.length).to(in.items().device(), ScalarType.Long);
  }

  /** {@return whether the segment that starts at {@code start} has L events} */
  private boolean full(long[] positions, long[] items, int start) {
    int last = start + length - 1;
    return last < items.length && items[last] != 0 && positions[last] == length - 1;
  }

  private static Tensor withOne(Tensor users) { // [M, D] -> [M, D + 1]
    return concat(1, users, users.new_ones(users.size(0), 1));
  }

  private double dropout() {
    return is_training() ? config.dropout() : 0;
  }

  private final class Embedding extends Layer {
    private final EmbeddingImpl token; // [N + 1, D]
    private final LayerNormImpl norm;

    Embedding(int rows) {
      token = add("token", new EmbeddingImpl(rows, config.hiddenSize()));
      norm = add("layer_norm", layerNorm(config.hiddenSize(), EPSILON));
    }

    Tensor forward(Tensor events, ItemVectors items) { // [E] -> [E, D]
      Tensor vectors = items.at(events).narrow(1, 0, config.hiddenSize());
      return norm.forward(Dropout.apply(vectors, dropout()));
    }
  }

  private final class Head extends Layer {
    private final List<Block> blocks;
    private final Tensor bias; // [N + 1], of items

    Head(int rows) {
      List<Block> all = new ArrayList<>();
      for (int i = 0; i < config.layers(); i++) {
        all.add(new Block());
      }
      blocks = addAll("lru_blocks", all);
      bias = addParameter("bias", torch.zeros(rows), true);
    }

    Tensor forward(Tensor x, StepOrder order) { // [E, D] -> [M, D]
      for (Block block : blocks.subList(0, blocks.size() - 1)) {
        x = block.forward(x, order, null);
      }
      return blocks.get(blocks.size() - 1).forward(x, order, order.examples());
    }
  }

  private final class Block extends Layer {
    private final Recurrence recurrence = add("lru_layer", new Recurrence());
    private final FeedForward feedForward = add("feed_forward", new FeedForward());

    /** Finished only at {@code places}; everywhere when that is null. */
    Tensor forward(Tensor x, StepOrder order, @Nullable Tensor places) {
      return feedForward.forward(recurrence.forward(x, order, places));
    }
  }

  /**
   * h ← u + λ ⊙ h with u = γ ⊙ (W_in x + b_in); gives Re(W_out h + b_out), added and normalised.
   */
  private final class Recurrence extends Layer {
    private final Tensor logarithms; // [3, S], of ν, θ, γ, where λ = exp(-ν + iθ)
    private final ComplexLinear read;
    private final ComplexLinear write;
    private final LayerNormImpl norm;

    Recurrence() {
      int d = config.hiddenSize();
      logarithms = addParameter("params_log", start(torch.rand(2, 2L * d)), true);
      read = add("in_proj", new ComplexLinear(d, 2 * d));
      write = add("out_proj", new ComplexLinear(2 * d, d));
      norm = add("layer_norm", layerNorm(d, EPSILON));
    }

    /** [E, D] to [E, D]; to [M, D] at {@code places} where that is not null. */
    Tensor forward(Tensor x, StepOrder order, @Nullable Tensor places) {
      Tensor sizes = logarithms.exp();
      Tensor lambda = torch.polar(sizes.select(0, 0).neg().exp(), sizes.select(0, 1)); // [S]
      Tensor states = scan(read.pairs(x, sizes.select(0, 2)), lambda, order.sizes());
      if (places != null) {
        states = states.index_select(0, places);
        x = x.index_select(0, places);
      }
      return norm.forward(
          Dropout.add(x, write.real(states), is_training() ? config.recurrenceDropout() : 0));
    }
  }

  /**
   * λ with |λ|² uniform within the squares of the bounds and any angle; γ such that states are as
   * large as what is read.
   *
   * @param uniform float [2, S], in [0, 1)
   * @return the logarithms of ν, θ and γ, float [3, S]
   */
  static Tensor start(Tensor uniform) {
    double least = LEAST_DECAY * LEAST_DECAY;
    double most = MOST_DECAY * MOST_DECAY;
    Tensor squares = Ops.scale(uniform.select(0, 0), most - least).add(new Scalar(least)); // |λ|²
    Tensor nu = Ops.scale(squares.log(), -0.5);
    Tensor theta = Ops.scale(uniform.select(0, 1).clamp_min(new Scalar(1e-7)), 2 * Math.PI);
    Tensor gamma = squares.neg().add(new Scalar(1)).sqrt();
    return Ops.stack(List.of(nu, theta, gamma)).log();
  }

  /**
   * @param inputs float [E, S, 2], u in the order of {@link StepOrder}
   * @param lambda complex [S]
   * @return h likewise, float [E, 2 S]
   */
  static Tensor scan(Tensor inputs, Tensor lambda, long[] sizes) {
    TensorVector steps = torch.view_as_complex(inputs).split(sizes);
    Tensor[] states = new Tensor[sizes.length];
    states[0] = steps.get(0);
    for (int t = 1; t < sizes.length; t++) {
      states[t] = steps.get(t).addcmul(states[t - 1].narrow(0, 0, sizes[t]), lambda);
    }
    return torch.view_as_real(concat(0, states)).flatten(1, 2);
  }

  /** A linear map of complex numbers, which lie in pairs beside one another. */
  private static final class ComplexLinear extends Layer {
    private final Complex weight; // [outputs, inputs]
    private final Complex bias; // [outputs]

    ComplexLinear(int inputs, int outputs) {
      weight = add("weight", new Complex(outputs, inputs));
      bias = add("bias", new Complex(outputs));
    }

    /** {@return factor ⊙ (W x + b) for real x [E, inputs], float [E, outputs, 2]} */
    Tensor pairs(Tensor x, Tensor factor) {
      Tensor rows = stack(1, weight.real, weight.imag).mul(factor.view(-1, 1, 1)).flatten(0, 1);
      Tensor shifts = stack(1, bias.real, bias.imag).mul(factor.view(-1, 1)).flatten();
      return torch.linear(x, rows, new TensorOptional(shifts)).view(x.size(0), -1, 2);
    }

    /** {@return Re(W h + b) for complex h, float [E, 2 inputs], float [E, outputs]} */
    Tensor real(Tensor h) {
      Tensor columns = stack(2, weight.real, weight.imag.neg()).flatten(1, 2);
      return torch.linear(h, columns, new TensorOptional(bias.real));
    }

    private static Tensor stack(long axis, Tensor real, Tensor imag) {
      return torch.stack(new TensorVector(real, imag), axis);
    }
  }

  private static final class Complex extends Layer {
    private final Tensor real;
    private final Tensor imag;

    Complex(long... shape) {
      real = addParameter("real", torch.zeros(shape), true);
      imag = addParameter("imag", torch.zeros(shape), true);
    }
  }

  private final class FeedForward extends Layer {
    private final LinearImpl up;
    private final LinearImpl down;
    private final LayerNormImpl norm;

    FeedForward() {
      int d = config.hiddenSize();
      up = add("w_1", new LinearImpl(d, 4L * d));
      down = add("w_2", new LinearImpl(4L * d, d));
      norm = add("layer_norm", layerNorm(d, EPSILON));
    }

    Tensor forward(Tensor x) {
      Tensor inner = Dropout.apply(torch.gelu(up.forward(x)), dropout());
      return norm.forward(Dropout.add(x, down.forward(inner), dropout()));
    }
  }
}
