package dev.horae.model;

import static dev.horae.config.InvalidValue.unlessPositive;
import static dev.horae.tensor.Ops.layerNorm;

import dev.horae.config.Default;
import dev.horae.config.Doc;
import dev.horae.config.Flat;
import dev.horae.data.SequenceBatch;
import dev.horae.nn.Initialisation;
import dev.horae.nn.Losses;
import dev.horae.nn.Transformer;
import dev.horae.nn.Transformer.SelfAttention;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.FrozenFeatures;
import dev.horae.sequence.ItemRows;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.sequence.SoftmaxLoss;
import dev.horae.sequence.TrainingOutput;
import dev.horae.tensor.Dropout;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.EmbeddingImpl;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * UniSRec: an item is its text, made fit by a mixture of whitening experts, plus a vector of its
 * own; SASRec's encoder reads such items, and the cosine to them, sharply scaled, is the score.
 *
 * <p>Hou et al., "Towards Universal Sequence Representation Learning for Recommender Systems", KDD
 * 2022, as RUCAIBox/UniSRec fine-tunes it, from scratch: its pre-training on other domains is left
 * out, as the HM4SR paper does. Departure: the experts share a dropout mask, see {@link
 * MoeAdaptor}.
 *
 * <p>Shapes: R rows, L events, M examples, D hidden size, N items, F text width, G experts.
 */
public final class Unisrec extends SequenceModel {

  @Doc("texts through whitening experts (Hou et al., KDD 2022)")
  public record Config(
      @Default("true") @Doc("whether an item has a vector of its own beside its text")
          boolean useId,
      @Flat Transformer.Config transformer,
      @Flat MoeAdaptor.Config adaptor,
      @Default("0.07") @Doc("what cosines are divided by in the softmax") double temperature,
      @Default("false") @Doc("leave padding out of the softmax over items") boolean maskPadding)
      implements NetworkConfig {

    public Config {
      unlessPositive("temperature", temperature, "0.07 is the paper's");
    }

    @Override
    public Set<String> modalities() {
      return Set.of("text");
    }

    @Override
    public SequenceModel build(DataSpec dataSpec) {
      return new Unisrec(this, dataSpec);
    }

    @Override
    public long valuesPerEvent(DataSpec dataSpec) {
      return valuesPerItem(dataSpec)
          + 6L * transformer.hiddenSize()
          + transformer.valuesPerEvent(dataSpec.length());
    }

    @Override
    public long valuesPerItem(DataSpec dataSpec) {
      return adaptor.valuesPerVector(dataSpec, transformer.hiddenSize());
    }
  }

  private final Config config;
  private final @Nullable EmbeddingImpl items; // [N + 1, D]; null without ids
  private final EmbeddingImpl positions; // [L, D]
  private final Transformer.Encoder<Tensor> encoder;
  private final LayerNormImpl norm;
  private final FrozenFeatures texts; // [N + 1, F]
  private final MoeAdaptor adaptor; // F -> D

  private Unisrec(Config config, DataSpec dataSpec) {
    super(dataSpec);
    this.config = config;
    int d = config.transformer().hiddenSize();
    items = config.useId() ? addItems(d) : null;
    positions = add("position_embedding", new EmbeddingImpl(dataSpec.length(), d));
    encoder =
        add("trm_encoder", new Transformer.Encoder<>(config.transformer(), SelfAttention::new));
    norm = add("LayerNorm", layerNorm(d, 1e-12));
    Initialisation.normal02(this);
    texts =
        addFeatures(
            "plm_embedding", dataSpec.requiredText(config.name()), config.adaptor().featureRms());
    adaptor = add("moe_adaptor", new MoeAdaptor(config.adaptor(), texts, d, 0));
  }

  @Override
  public Tensor itemVectors(ItemRows rows, Draws draws) {
    float[] noise =
        draws instanceof GateNoise drawn && is_training() ? drawn.items().rows(rows) : null;
    Tensor text = adaptor.forward(texts.at(rows), noise);
    return Losses.unit(items == null ? text : text.add(super.itemVectors(rows, draws)));
  }

  @Override
  public Tensor encode(SequenceTensors in, ItemVectors scored) {
    return users(in, scored, Draws.NONE);
  }

  @Override
  public TrainingOutput forward(SequenceTensors in, ItemVectors scored, Draws draws) {
    Tensor users = users(in, scored, draws);
    return new TrainingOutput(
        List.of(
            new SoftmaxLoss.OverItems(
                "ce", users, in.targets(), config.temperature(), !config.maskPadding())),
        List.of());
  }

  /** Dropout and noise of the events are others than those of the candidates. */
  private Tensor users(SequenceTensors in, ItemVectors scored, Draws draws) { // [M, D], length 1
    float[] noise = draws instanceof GateNoise drawn && is_training() ? drawn.events() : null;
    Tensor place = positions.forward(in.positions()); // [R, L, D]
    Tensor text = adaptor.forward(texts.at(in.items().flatten()), noise).view_as(place);
    Tensor x = text.add(place);
    if (items != null) {
      x = x.add(scored.rows(items.weight(), in.items()));
    }
    Tensor dropped =
        Dropout.apply(norm.forward(x), is_training() ? config.transformer().dropout() : 0);
    return Losses.unit(encoder.forward(dropped, in.mask(), in.examples()));
  }

  @Override
  public Draws draw(SequenceBatch batch, SplittableRandom random) {
    return GateNoise.draw(batch, config.adaptor().experts(), random);
  }

  @Override
  public Map<String, Tensor> gates(SequenceTensors in, ItemVectors items) {
    return adaptor.gates(in);
  }
}
