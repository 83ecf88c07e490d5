package dev.horae.model;

import static dev.horae.tensor.Ops.layerNorm;

import dev.horae.config.Default;
import dev.horae.config.Doc;
import dev.horae.config.Flat;
import dev.horae.nn.Initialisation;
import dev.horae.nn.Transformer;
import dev.horae.nn.Transformer.SelfAttention;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.sequence.SoftmaxLoss;
import dev.horae.sequence.TrainingOutput;
import dev.horae.tensor.Dropout;
import java.util.List;
import org.bytedeco.pytorch.EmbeddingImpl;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.Tensor;

/**
 * SASRec: causal self-attention over the items of a history; what comes out at the last one is
 * matched with the item vectors that went in.
 *
 * <p>Kang and McAuley, "Self-Attentive Sequential Recommendation", ICDM 2018, as RecBole has it and
 * the HM4SR paper ran it: softmax over all items instead of a sampled negative, GELU, norms after
 * the residuals.
 *
 * <p>Shapes: R rows, L events, M examples, D hidden size, N items.
 */
public final class Sasrec extends SequenceModel {

  @Doc("causal self-attention (Kang and McAuley, ICDM 2018)")
  public record Config(
      @Flat Transformer.Config transformer,
      @Default("false") @Doc("leave padding out of the softmax over items") boolean maskPadding)
      implements NetworkConfig {

    @Override
    public SequenceModel build(DataSpec dataSpec) {
      return new Sasrec(this, dataSpec);
    }

    @Override
    public long valuesPerEvent(DataSpec dataSpec) {
      return 6L * transformer.hiddenSize() + transformer.valuesPerEvent(dataSpec.length());
    }
  }

  private final Config config;
  private final EmbeddingImpl positions; // [L, D]
  private final Transformer.Encoder<Tensor> encoder;
  private final LayerNormImpl norm;

  private Sasrec(Config config, DataSpec dataSpec) {
    super(dataSpec);
    this.config = config;
    int d = config.transformer().hiddenSize();
    addItems(d);
    positions = add("position_embedding", new EmbeddingImpl(dataSpec.length(), d));
    encoder =
        add("trm_encoder", new Transformer.Encoder<>(config.transformer(), SelfAttention::new));
    norm = add("LayerNorm", layerNorm(d, 1e-12));
    Initialisation.normal02(this);
  }

  @Override
  public Tensor encode(SequenceTensors in, ItemVectors items) {
    Tensor x = items.at(in.items()).add(positions.forward(in.positions())); // [R, L, D]
    Tensor dropped =
        Dropout.apply(norm.forward(x), is_training() ? config.transformer().dropout() : 0);
    return encoder.forward(dropped, in.mask(), in.examples()); // [M, D]
  }

  @Override
  public TrainingOutput forward(SequenceTensors in, ItemVectors items, Draws draws) {
    Tensor users = encode(in, items);
    return new TrainingOutput(
        List.of(SoftmaxLoss.overItems("ce", users, in.targets(), !config.maskPadding())),
        List.of());
  }
}
