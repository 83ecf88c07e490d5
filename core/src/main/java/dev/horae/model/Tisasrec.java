package dev.horae.model;

import static dev.horae.config.InvalidValue.unlessSize;
import static dev.horae.tensor.Ops.concat;
import static dev.horae.tensor.Ops.int64;
import static dev.horae.tensor.Ops.layerNorm;
import static dev.horae.tensor.Ops.scale;

import dev.horae.config.Default;
import dev.horae.config.Doc;
import dev.horae.config.Flat;
import dev.horae.nn.Initialisation;
import dev.horae.nn.MultiHeadAttention;
import dev.horae.nn.Transformer;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.sequence.SoftmaxLoss;
import dev.horae.sequence.TrainingOutput;
import dev.horae.tensor.Dropout;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.EmbeddingImpl;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * TiSASRec: self-attention whose keys and values know where an item stands and how long before the
 * query it was.
 *
 * <p>Li, Wang and McAuley, "Time Interval Aware Self-Attention for Sequential Recommendation", WSDM
 * 2020, as RecBole's transformer collection has it: a softmax over all items, norms after the
 * residuals, GELU. Intervals are personalised as the authors' (see {@link PersonalisedTime}), where
 * that collection takes raw seconds; but by default their unit is that of what the model sees, and
 * the authors' also knows the target's time. {@code interval_unit} chooses.
 *
 * <p>No vector per pair of events is made, which would be [R, L, L, D]: queries meet all intervals
 * once and each pair picks its product; attention is summed per interval before it meets the
 * values. That is exact but for dropout, which here falls on the S + 1 intervals of a step and not
 * on pairs.
 *
 * <p>Shapes: R rows, L events, M examples, D hidden size, H heads, S longest interval, N items.
 */
public final class Tisasrec extends SequenceModel {

  /** In what intervals are counted. */
  public enum IntervalUnit {
    /** The whole history's shortest pause, as the authors; the target's time decides it too. */
    HISTORY,
    /** The shortest pause of what the model sees; a pass per prefix. */
    WINDOW,
    SECONDS
  }

  @Doc("self-attention over time intervals (Li et al., WSDM 2020)")
  public record Config(
      @Flat @Doc("dropout: dropout on inputs, positions, intervals and inside layers")
          Transformer.Config transformer,
      @Default("256") @Doc("interval clip: longer ones count as this") int timeSpan,
      @Default("window")
          @Doc(
              "smallest pause of what the model sees, or of the user's whole history with the"
                  + " target, as the authors; or seconds")
          IntervalUnit intervalUnit,
      @Default("true") @Doc("whether position 0 and interval 0 learn; false in the released code")
          boolean trainFirstRows,
      @Default("false") @Doc("leave padding out of the softmax over items") boolean maskPadding)
      implements NetworkConfig {

    public Config {
      unlessSize("timeSpan", timeSpan, 100_000, "256 is the authors'");
    }

    @Override
    public SequenceModel build(DataSpec dataSpec) {
      return new Tisasrec(this, dataSpec);
    }

    @Override
    public String name(DataSpec dataSpec) {
      return readsBeyondThePast().isPresent() ? name() + "-history" : name();
    }

    @Override
    public Optional<String> readsBeyondThePast() {
      return intervalUnit == IntervalUnit.HISTORY
          ? Optional.of("when the target happens, as its authors' code does")
          : Optional.empty();
    }

    @Override
    public long valuesPerEvent(DataSpec dataSpec) {
      long perPair = 6L * transformer.heads() * dataSpec.length();
      long perInterval = 7L * transformer.heads() * (timeSpan + 1L);
      return 10L * transformer.hiddenSize()
          + transformer.layers() * (perPair + perInterval)
          + transformer.valuesPerEvent(dataSpec.length());
    }
  }

  private final Config config;
  private final EmbeddingImpl positionKeys; // [L, D]
  private final EmbeddingImpl positionValues; // [L, D]
  private final EmbeddingImpl intervalKeys; // [S + 1, D]
  private final EmbeddingImpl intervalValues; // [S + 1, D]
  private final Transformer.Encoder<Relations> encoder;
  private final LayerNormImpl norm;

  private Tisasrec(Config config, DataSpec dataSpec) {
    super(dataSpec);
    this.config = config;
    int d = config.transformer().hiddenSize();
    addItems(d);
    positionKeys = add("absolute_pos_K_embedding", new EmbeddingImpl(dataSpec.length(), d));
    positionValues = add("absolute_pos_V_embedding", new EmbeddingImpl(dataSpec.length(), d));
    intervalKeys = add("time_matrix_emb_K_embedding", new EmbeddingImpl(config.timeSpan() + 1, d));
    intervalValues =
        add("time_matrix_emb_V_embedding", new EmbeddingImpl(config.timeSpan() + 1, d));
    encoder =
        add("ti_trm_encoder", new Transformer.Encoder<>(config.transformer(), Attention::new));
    norm = add("LayerNorm", layerNorm(d, 1e-12));
    Initialisation.normal02(this);
  }

  /** A window that ends later may hold a shorter pause, and then no interval is the same. */
  @Override
  public boolean causal() {
    return config.intervalUnit() != IntervalUnit.WINDOW;
  }

  @Override
  public Tensor encode(SequenceTensors in, ItemVectors items) {
    Tensor x = dropped(norm.forward(items.at(in.items()))); // [R, L, D]
    Relations relations =
        new Relations(
            dropped(torch.embedding(table(positionKeys), in.positions())),
            dropped(torch.embedding(table(positionValues), in.positions())),
            dropped(table(intervalKeys)),
            dropped(table(intervalValues)),
            intervals(in),
            in.mask());
    return encoder.forward(x, relations, in.examples()); // [M, D]
  }

  @Override
  public TrainingOutput forward(SequenceTensors in, ItemVectors items, Draws draws) {
    Tensor users = encode(in, items);
    return new TrainingOutput(
        List.of(SoftmaxLoss.overItems("ce", users, in.targets(), !config.maskPadding())),
        List.of());
  }

  /** {@return how far any two events of a row are apart, at most S, int64 [R, L, L]} */
  private Tensor intervals(SequenceTensors in) {
    Tensor times =
        switch (config.intervalUnit()) {
          case HISTORY -> like(in.items(), PersonalisedTime.ofHistories(in.batch()));
          case WINDOW -> like(in.items(), PersonalisedTime.ofWindows(in.batch()));
          case SECONDS -> in.times();
        };
    return times
        .unsqueeze(2)
        .sub(times.unsqueeze(1))
        .abs()
        .clamp_max(new Scalar((long) config.timeSpan()));
  }

  private static Tensor like(Tensor x, long[] values) {
    return int64(values, x.size(0), x.size(1)).to(x.device(), ScalarType.Long);
  }

  private Tensor table(EmbeddingImpl embedding) {
    Tensor all = embedding.weight();
    return config.trainFirstRows()
        ? all
        : concat(0, all.narrow(0, 0, 1).detach(), all.narrow(0, 1, all.size(0) - 1));
  }

  private Tensor dropped(Tensor x) {
    return Dropout.apply(x, is_training() ? config.transformer().dropout() : 0);
  }

  /**
   * What all layers know about places and times; one draw of dropout serves them all.
   *
   * @param positionKeys float [R, L, D]
   * @param positionValues float [R, L, D]
   * @param intervalKeys float [S + 1, D]
   * @param intervalValues float [S + 1, D]
   * @param intervals int64 [R, L, L]
   * @param mask float [R, 1, L, L], added to scores
   */
  private record Relations(
      Tensor positionKeys,
      Tensor positionValues,
      Tensor intervalKeys,
      Tensor intervalValues,
      Tensor intervals,
      Tensor mask) {}

  /** score(i, j) = q_i (k_j + p_j + r_ij) / √(D/H), and it weighs v_j + p'_j + r'_ij. */
  private static final class Attention extends MultiHeadAttention<Relations> {

    Attention(Transformer.Config config) {
      super(config);
    }

    @Override
    public Tensor forward(Tensor x, Relations relations, @Nullable Tensor places) {
      long r = x.size(0);
      long l = x.size(1);
      Tensor[] qkv = project(x, query, key, value); // each [R, H, L, D/H]
      Tensor q = qkv[0];
      Tensor k = qkv[1].add(byHead(relations.positionKeys()));
      Tensor v = qkv[2].add(byHead(relations.positionValues()));
      Tensor index = relations.intervals().view(1, r * l, l).expand(heads, r * l, l);
      double shrink = 1 / Math.sqrt((double) q.size(3));

      Tensor perInterval =
          headFirst(q).bmm(headFirstTable(relations.intervalKeys()).transpose(1, 2)); // [H, R L, S]
      Tensor ofPairs = perInterval.gather(2, index).view(heads, r, l, l).transpose(0, 1);
      Tensor bias = relations.mask().add(scale(ofPairs, shrink)); // [R, H, L, L]
      Tensor weights = weights(q, k, bias, shrink).view(r, heads, l, l);

      Tensor summed = torch.zeros_like(perInterval).scatter_add(2, index, headFirst(weights));
      Tensor fromIntervals =
          summed
              .bmm(headFirstTable(relations.intervalValues()))
              .view(heads, r, l, -1)
              .transpose(0, 1);
      return finish(x, weights.matmul(v).add(fromIntervals), places);
    }

    private Tensor byHead(Tensor x) { // [R, L, D] -> [R, H, L, D/H]
      return x.view(x.size(0), x.size(1), heads, -1).transpose(1, 2);
    }

    private Tensor headFirst(Tensor x) { // [R, H, L, any] -> [H, R L, any]
      return x.transpose(0, 1).reshape(heads, x.size(0) * x.size(2), -1);
    }

    private Tensor headFirstTable(Tensor x) { // [S + 1, D] -> [H, S + 1, D/H]
      return x.view(x.size(0), heads, -1).transpose(0, 1);
    }
  }
}
