package dev.horae.model;

import static dev.horae.config.InvalidValue.unlessRate;
import static dev.horae.config.InvalidValue.unlessSize;
import static dev.horae.tensor.Ops.int64;

import dev.horae.config.Default;
import dev.horae.config.Doc;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.sequence.SoftmaxLoss;
import dev.horae.sequence.TrainingOutput;
import dev.horae.tensor.Dropout;
import dev.horae.tensor.Layer;
import java.util.List;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * GRU4Rec: a gated recurrent unit reads the items of a history one by one; its state, mapped back
 * to the width of the items, is matched with the item vectors that went in.
 *
 * <p>Hidasi et al., "Session-based Recommendations with Recurrent Neural Networks", ICLR 2016, as
 * RecBole has it and the HM4SR paper ran it: softmax over all items instead of sampled rankings,
 * users instead of parallel sessions. RecBole's state is 128 wide; the paper fixes all widths to
 * 64.
 *
 * <p>Shapes: E events, M examples, D width of items, S width of the state, N items.
 */
public final class Gru4rec extends SequenceModel {

  @Doc("a recurrent network (Hidasi et al., ICLR 2016)")
  public record Config(
      @Default("64") @Doc("width of item and user vectors, D") int embeddingSize,
      @Default("64") @Doc("width of the recurrent state, S") int hiddenSize,
      @Default("1") @Doc("recurrent layers") int layers,
      @Default("0.3") @Doc("dropout on the item vectors that are read") double dropout,
      @Default("false") @Doc("leave padding out of the softmax over items") boolean maskPadding)
      implements NetworkConfig {

    public Config {
      unlessSize("embeddingSize", embeddingSize, 4096, "try 64");
      unlessSize("hiddenSize", hiddenSize, 4096, "64 is the paper's");
      unlessSize("layers", layers, 64, "1 is the paper's");
      unlessRate("dropout", dropout);
    }

    @Override
    public SequenceModel build(DataSpec dataSpec) {
      return new Gru4rec(this, dataSpec);
    }

    @Override
    public long valuesPerEvent(DataSpec dataSpec) {
      return 6L * embeddingSize + layers * 24L * hiddenSize;
    }
  }

  private final Config config;
  private final Gru gru;
  private final LinearImpl dense; // S -> D

  private Gru4rec(Config config, DataSpec dataSpec) {
    super(dataSpec);
    this.config = config;
    Tensor items = addItems(config.embeddingSize()).weight();
    gru = add("gru_layers", new Gru());
    dense = add("dense", new LinearImpl(config.hiddenSize(), config.embeddingSize()));
    torch.xavier_normal_(items); // the dense layer keeps libtorch's own start
  }

  @Override
  public Tensor encode(SequenceTensors in, ItemVectors items) {
    StepOrder order = StepOrder.of(in);
    Tensor x = items.at(order.pick(in.items())); // [E, D]
    Tensor states = gru.forward(Dropout.apply(x, is_training() ? config.dropout() : 0), order);
    return dense.forward(states.index_select(0, order.examples())); // [M, D]
  }

  @Override
  public TrainingOutput forward(SequenceTensors in, ItemVectors items, Draws draws) {
    Tensor users = encode(in, items);
    return new TrainingOutput(
        List.of(SoftmaxLoss.overItems("ce", users, in.targets(), !config.maskPadding())),
        List.of());
  }

  /**
   * Without biases; the reset gate multiplies the product with the state, not the state:
   *
   * <pre>
   * r = σ(W_ir x + W_hr h)   z = σ(W_iz x + W_hz h)   n = tanh(W_in x + r ⊙ W_hn h)
   * h ← (1 - z) ⊙ n + z ⊙ h
   * </pre>
   */
  private final class Gru extends Layer {
    private final Tensor[] weights = new Tensor[2 * config.layers()]; // rows r, z, n: [3 S, ·]

    Gru() {
      long s = config.hiddenSize();
      for (int l = 0; l < config.layers(); l++) {
        long read = l == 0 ? config.embeddingSize() : s;
        weights[2 * l] = addParameter("weight_ih_l" + l, start(l, 3 * s, read), true);
        weights[2 * l + 1] = addParameter("weight_hh_l" + l, start(l, 3 * s, s), true);
      }
    }

    /** RecBole starts the first layer after Xavier and leaves the others as PyTorch has them. */
    private Tensor start(int layer, long rows, long columns) {
      Tensor weight = torch.empty(rows, columns);
      double bound = 1 / Math.sqrt(config.hiddenSize());
      return layer == 0 ? torch.xavier_uniform_(weight) : torch.uniform_(weight, -bound, bound);
    }

    /** Events [E, D] in the order of steps to states [E, S]. */
    Tensor forward(Tensor x, StepOrder order) {
      Tensor sizes = int64(order.sizes(), order.sizes().length);
      Tensor start = x.new_zeros(config.layers(), order.sizes()[0], config.hiddenSize());
      return torch
          .gru(
              x,
              sizes,
              start,
              new TensorVector(weights),
              false,
              config.layers(),
              0,
              is_training(),
              false)
          .get0();
    }
  }
}
