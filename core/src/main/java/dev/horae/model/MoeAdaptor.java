package dev.horae.model;

import static dev.horae.config.InvalidValue.unless;
import static dev.horae.config.InvalidValue.unlessRate;
import static dev.horae.config.InvalidValue.unlessSize;
import static dev.horae.tensor.Ops.concat;
import static dev.horae.tensor.Ops.float32;
import static dev.horae.tensor.Ops.scale;
import static dev.horae.tensor.Ops.stack;
import static dev.horae.tensor.Ops.sumOver;

import dev.horae.config.Default;
import dev.horae.config.Doc;
import dev.horae.data.FeatureTable;
import dev.horae.nn.Initialisation;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.Explainable;
import dev.horae.sequence.FrozenFeatures;
import dev.horae.sequence.SequenceTensors;
import dev.horae.tensor.Dropout;
import dev.horae.tensor.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.LinearOptions;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * Turns frozen text vectors into vectors of a recommender: G whitening experts, (x - b_g) W_g,
 * mixed by softmax gates that are noisy while training.
 *
 * <p>Hou et al., "Towards Universal Sequence Representation Learning for Recommender Systems"
 * (UniSRec), KDD 2022, section 2.1, as RUCAIBox/UniSRec has it. Departures: all experts share one
 * dropout mask of a vector, so that they are one product; nothing else changes. (x - b) W is taken
 * as x W - b W, so the product is with what does not depend on the place.
 *
 * <p>Shapes: K vectors, F text width, G experts, D hidden size, P places: 1, or L where the
 * official bias is one per position (TedRec).
 */
final class MoeAdaptor extends Layer {

  /** The keys of a model that has one; the noise floor is the official code's noise_epsilon. */
  public record Config(
      @Default("0.5")
          @Doc("root mean square of the values of a feature table after scaling; 0 = as they are")
          double featureRms,
      @Default("8") @Doc("whitening experts of the text adaptor, G") int experts,
      @Default("0.2") @Doc("dropout on text vectors") double adaptorDropout,
      @Default("0.01") @Doc("least standard deviation of the noise on gates, in training")
          double noiseFloor) {

    public Config {
      unless(featureRms >= 0, "featureRms", featureRms, "is negative", "try 0.5, or 0 for as is");
      unlessSize("experts", experts, 256, "8 is the papers'");
      unlessRate("adaptorDropout", adaptorDropout);
      unless(
          noiseFloor >= 0, "noiseFloor", noiseFloor, "is negative", "0.01 is the official code's");
    }

    /** {@return about how many values {@link #forward} keeps per vector} */
    long valuesPerVector(DataSpec dataSpec, int hiddenSize) {
      long width = dataSpec.feature("text").map(FeatureTable::width).orElse(0);
      return 2 * width + 3L * experts * hiddenSize; // dropped vectors and their mask
    }
  }

  /**
   * What depends on the item alone.
   *
   * @param expertOutputs x W_g, float [K, G, D]
   * @param logits of the gates without noise, float [K, G]
   * @param spread standard deviation of their noise, float [K, G]; null when they get none
   */
  record Vectors(Tensor expertOutputs, Tensor logits, @Nullable Tensor spread) {}

  private final Config config;
  private final FrozenFeatures features;
  private final int hiddenSize;
  private final Tensor gate; // [F, G]
  private final Tensor noise; // [F, G]
  private final List<Expert> experts = new ArrayList<>();

  /**
   * @param positions L for a bias per position, 0 for one bias
   */
  MoeAdaptor(Config config, FrozenFeatures features, int hiddenSize, int positions) {
    this.config = config;
    this.features = features;
    this.hiddenSize = hiddenSize;
    for (int g = 0; g < config.experts(); g++) {
      experts.add(new Expert(features.width(), hiddenSize, positions));
    }
    addAll("experts", experts);
    Initialisation.normal02(this);
    gate = addParameter("w_gate", torch.zeros(features.width(), config.experts()), true);
    noise = addParameter("w_noise", torch.zeros(features.width(), config.experts()), true);
  }

  /**
   * @param x vectors of {@link FrozenFeatures}, [K, F]
   * @param noisy whether the gates get noise
   */
  Vectors vectors(Tensor x, boolean noisy) {
    Tensor[] maps = experts.stream().map(e -> e.lin.weight()).toArray(Tensor[]::new);
    Tensor dropped = Dropout.apply(x, is_training() ? config.adaptorDropout() : 0);
    Tensor expertOutputs = product(dropped.to(x.scalar_type()), concat(0, maps).t());
    return new Vectors(
        expertOutputs.view(x.size(0), config.experts(), hiddenSize),
        product(x, gate),
        noisy ? torch.softplus(product(x, noise)).add(new Scalar(config.noiseFloor())) : null);
  }

  /**
   * {@return the shares of the experts, float [..., G]}
   *
   * @param logits float [..., G]
   * @param spread standard deviation of the noise, of the same shape; null without
   * @param drawn standard normal, row-major; null without
   */
  static Tensor gates(Tensor logits, @Nullable Tensor spread, float @Nullable [] drawn) {
    if (spread == null || drawn == null) {
      return logits.softmax(-1);
    }
    Tensor normal =
        float32(drawn, logits.sizes().vec().get()).to(logits.device(), ScalarType.Float);
    return logits.addcmul(normal, spread).softmax(-1);
  }

  /** {@return the mixture of what the experts say, float [K, D]} */
  static Tensor mix(Tensor gates, Tensor expertOutputs) {
    return sumOver(expertOutputs.mul(gates.unsqueeze(-1)), 1);
  }

  /** {@return b_g W_g, float [P, G, D]} */
  Tensor shifts() {
    Tensor biases = stack(experts.stream().map(Expert::places).toList()); // [G, P, F]
    Tensor maps = stack(experts.stream().map(e -> e.lin.weight()).toList()); // [G, D, F]
    return biases.bmm(maps.transpose(1, 2)).transpose(0, 1);
  }

  /**
   * All of it, where the bias does not depend on the position.
   *
   * @param x vectors of {@link FrozenFeatures}, [K, F]
   * @param drawn standard normal, row-major [K, G]; null without noise
   * @return float [K, D]
   */
  Tensor forward(Tensor x, float @Nullable [] drawn) {
    Vectors of = vectors(x, drawn != null);
    Tensor gates = gates(of.logits(), of.spread(), drawn);
    return mix(gates, of.expertOutputs()).sub(gates.matmul(shifts().squeeze(0)));
  }

  /**
   * {@return how much each expert has to say about the text of the last event, for {@link
   * Explainable#gates}}
   */
  Map<String, Tensor> gates(SequenceTensors in) {
    Tensor last = features.at(in.pick(in.items().unsqueeze(-1)).squeeze(-1)); // [M, F]
    return Map.of("text", product(last, gate).softmax(-1));
  }

  /** Scaled vectors times a matrix, float; as {@link FrozenFeatures.Projected}, without a bias. */
  private Tensor product(Tensor x, Tensor matrix) {
    Tensor scaled = features.factor() == 1 ? matrix : scale(matrix, features.factor());
    return x.matmul(scaled.to(x.scalar_type())).to(ScalarType.Float);
  }

  private static final class Expert extends Layer {
    private final Tensor bias; // [F] or [1, L, F]
    private final LinearImpl lin; // F -> D

    Expert(long width, int hiddenSize, int positions) {
      LinearOptions options = new LinearOptions(width, hiddenSize);
      options.bias().put(false);
      bias =
          addParameter(
              "bias", positions == 0 ? torch.zeros(width) : torch.zeros(1, positions, width), true);
      lin = add("lin", new LinearImpl(options));
    }

    Tensor places() { // [P, F]
      return bias.view(-1, lin.weight().size(1));
    }
  }
}
