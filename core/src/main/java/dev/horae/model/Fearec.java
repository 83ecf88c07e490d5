package dev.horae.model;

import static dev.horae.config.InvalidValue.unless;
import static dev.horae.config.InvalidValue.unlessPositive;
import static dev.horae.tensor.Ops.concat;
import static dev.horae.tensor.Ops.float32;
import static dev.horae.tensor.Ops.int64;
import static dev.horae.tensor.Ops.layerNorm;
import static dev.horae.tensor.Ops.scale;
import static dev.horae.tensor.Ops.sumOver;

import dev.horae.config.Default;
import dev.horae.config.Doc;
import dev.horae.config.Flat;
import dev.horae.data.DataException;
import dev.horae.data.Histories;
import dev.horae.data.RowLayout;
import dev.horae.data.SequenceBatch;
import dev.horae.nn.Fourier;
import dev.horae.nn.Initialisation;
import dev.horae.nn.Losses;
import dev.horae.nn.Transformer;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.Loss;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.sequence.SoftmaxLoss;
import dev.horae.sequence.TrainingHooks;
import dev.horae.sequence.TrainingOutput;
import dev.horae.tensor.Dropout;
import dev.horae.tensor.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.EmbeddingImpl;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * FEARec: each layer looks at its own band of frequencies, the high ones first. It mixes the places
 * of a sequence in two ways: shifted by the few delays at which queries and keys correlate most,
 * and by causal attention. Two further passes, one of them over another prefix with the same
 * target, are contrasted.
 *
 * <p>Du et al., "Frequency Enhanced Hybrid Attention Network for Sequential Recommendation", SIGIR
 * 2023, as RecBole's {@code fearec.py} has it. The defaults are those of the authors' script;
 * RecBole's own configuration lacks keys, which silently switches half of the model off (preset
 * {@code fearec-recbole-default}).
 *
 * <p>In training all examples share their delays, as in the code: those that correlate most on
 * average over the batch, and with several workers over a worker's share of it. In evaluation each
 * example has its own. The shifts wrap around and read padding, so rows have L places and each
 * prefix a row of its own.
 *
 * <p>The code finds correlations as irfft(rfft(q) conj(rfft(k))), averages them over the D channels
 * and rolls the values by the best. By the convolution theorem these averages are sums along the
 * circular diagonals of q kᵀ, and rolling is a circulant matrix; both are cheaper here. A band is a
 * fixed matrix too, see {@link Fourier#band}.
 *
 * <p>Shapes: B passes times examples, L places, M examples, D hidden size, H heads, N items, T
 * places whose output is wanted: L, or 1 in the last layer.
 */
public final class Fearec extends SequenceModel {

  /** Which vectors of an example are contrasted. */
  public enum Contrast {
    NONE,
    /** Two passes, between which only dropout differs. */
    UN,
    /** The first pass and another prefix with the same target. */
    SU,
    /** Both of these. */
    US,
    /** The second pass and another prefix with the same target. */
    US_X;

    private boolean secondPass() {
      return this == UN || this == US || this == US_X;
    }

    private boolean sameTarget() {
      return this == SU || this == US || this == US_X;
    }
  }

  /** How two vectors are compared. */
  public enum Similarity {
    DOT,
    COS
  }

  @Doc("attention in the frequency domain, contrastive (Du et al., SIGIR 2023)")
  public record Config(
      @Flat
          @Doc(
              """
              layers: layers
              dropout: dropout on inputs and inside layers
              """)
          Transformer.Config transformer,
      @Default("0.6") @Doc("share of the frequencies that a layer sees; 1 / layers at least")
          double globalRatio,
      @Default("1") @Doc("delays per example, times the natural logarithm of L") double topkFactor,
      @Default("true") @Doc("whether attention joins the shifts by correlated delays")
          boolean dualDomain,
      @Default("0.1") @Doc("share of attention where both are joined") double spatialRatio,
      @Default("true") @Doc("whether attention sees the layer's band only, std in the code")
          boolean bandLimitAttention,
      @Default("us-x") @Doc("which vectors of an example are contrasted") Contrast contrast,
      @Default("0.1") @Doc("weight of the contrast of two passes, lmd in the code") double lambda,
      @Default("0.1") @Doc("weight of contrasts with the same target, lmd_sem in the code")
          double lambdaSem,
      @Default("1") @Doc("temperature of the contrasts") double tau,
      @Default("dot") @Doc("how the contrasts compare vectors") Similarity similarity,
      @Default("none")
          @Doc(
              "which vectors the frequency-domain regulariser pulls together; with contrast = us-x"
                  + " only")
          Contrast fredom,
      @Default("false") @Doc("leave padding out of the softmax over items") boolean maskPadding)
      implements NetworkConfig {

    public Config {
      unless(
          globalRatio > 0 && globalRatio <= 1,
          "globalRatio",
          globalRatio,
          "is not in (0, 1]",
          "0.6 is the authors'");
      unlessPositive("topkFactor", topkFactor, "try 1, 3 or 5");
      unless(
          spatialRatio >= 0 && spatialRatio <= 1,
          "spatialRatio",
          spatialRatio,
          "is not in [0, 1]",
          "0.1 is the authors'");
      unlessPositive("tau", tau, "1 is the authors'");
      unless(
          fredom == Contrast.NONE || contrast == Contrast.US_X,
          "fredom",
          fredom,
          "needs contrast = us-x",
          "use none, or contrast = us-x");
    }

    @Override
    public SequenceModel build(DataSpec dataSpec) {
      return new Fearec(this, dataSpec);
    }

    @Override
    public long valuesPerEvent(DataSpec dataSpec) {
      long passes = 1 + (contrast.secondPass() ? 1 : 0) + (contrast.sameTarget() ? 1 : 0);
      long mixing = transformer.layers() * 4L * dataSpec.length();
      return passes
          * (6L * transformer.hiddenSize()
              + mixing
              + transformer.valuesPerEvent(dataSpec.length()));
    }
  }

  /**
   * What the contrasts need.
   *
   * @param first number of the first example's pair; the others follow. Unique in the batch
   * @param items row-major [M, L], right-padded: for each example a prefix with the same target;
   *     empty where nothing asks for it
   * @param sizes how many events each of these prefixes has; empty likewise
   */
  public record Pairs(long first, long[] items, int[] sizes) implements Draws {}

  private static final int MOST_PLACES = 500; // 500 MB of diagonals
  private static final double FREDOM_WEIGHT = 0.1; // a number in the code

  private final Config config;
  private final EmbeddingImpl items; // [N + 1, D]
  private final EmbeddingImpl positions; // [L, D]
  private final Encoder encoder;
  private final LayerNormImpl norm;
  private final Fourier fourier; // along the D values of a vector
  private final Tensor diagonals; // [L L, L]: 1 where (i - j) mod L = delay
  private @Nullable SameTarget sameTarget; // null where nothing asks for it

  private Fearec(Config config, DataSpec dataSpec) {
    super(dataSpec);
    this.config = config;
    int d = config.transformer().hiddenSize();
    int l = dataSpec.length();
    if (l > MOST_PLACES) {
      throw new DataException(
          "histories of "
              + l
              + " events are too long for model.type = fearec, which keeps a matrix of the cube of"
              + " that; prepare the data set with ``maxLength`` "
              + MOST_PLACES
              + " or less");
    }
    items = addItems(d);
    positions = add("position_embedding", new EmbeddingImpl(l, d));
    diagonals = addBuffer("diagonals", float32(diagonals(l), (long) l * l, l));
    encoder = add("item_encoder", new Encoder(l));
    norm = add("LayerNorm", layerNorm(d, 1e-12));
    Initialisation.normal02(this);
    fourier = add("fourier", new Fourier(d, Fourier.Norm.ORTHO));
  }

  @Override
  public Tensor encode(SequenceTensors in, ItemVectors items) {
    return passes(rows(in), last(in), 1);
  }

  @Override
  public TrainingOutput forward(SequenceTensors in, ItemVectors items, Draws draws) {
    Contrast contrast = config.contrast();
    Tensor rows = rows(in);
    Tensor last = last(in);
    long m = last.size(0);
    List<Tensor> allRows = new ArrayList<>(List.of(rows));
    List<Tensor> allLast = new ArrayList<>(List.of(last));
    if (contrast.secondPass()) {
      allRows.add(rows);
      allLast.add(last);
    }
    if (contrast.sameTarget()) {
      Pairs pairs = (Pairs) draws;
      allRows.add(int64(pairs.items(), m, rows.size(1)).to(rows.device(), ScalarType.Long));
      long[] ends = new long[pairs.sizes().length];
      for (int i = 0; i < ends.length; i++) {
        ends[i] = pairs.sizes()[i] - 1;
      }
      allLast.add(int64(ends, m).to(rows.device(), ScalarType.Long));
    }
    int passes = allRows.size();
    Tensor vectors = passes(concat(0, allRows), concat(0, allLast), passes);
    Tensor u = vectors.narrow(0, 0, m);
    // Of a pass that there is not, another, which no loss reads.
    Tensor second = vectors.narrow(0, contrast.secondPass() ? m : 0, m);
    Tensor same = vectors.narrow(0, (passes - 1) * m, m);

    List<SoftmaxLoss> softmaxes = new ArrayList<>();
    softmaxes.add(SoftmaxLoss.overItems("ce", u, in.targets(), !config.maskPadding()));
    if (contrast == Contrast.UN || contrast == Contrast.US) {
      softmaxes.add(contrast("ntx_un", config.lambda(), u, second, draws));
    }
    if (contrast == Contrast.SU || contrast == Contrast.US) {
      softmaxes.add(contrast("ntx_su", config.lambdaSem(), u, same, draws));
    }
    if (contrast == Contrast.US_X) {
      softmaxes.add(contrast("ntx_us_x", config.lambdaSem(), second, same, draws));
    }
    List<Loss> sums = new ArrayList<>();
    if (config.fredom() == Contrast.UN || config.fredom() == Contrast.US) {
      sums.add(new Loss("fredom_un", 1, spectralDistance(u, second, in)));
    }
    if (config.fredom() == Contrast.SU || config.fredom() == Contrast.US) {
      sums.add(new Loss("fredom_su", 1, spectralDistance(u, same, in)));
    }
    if (config.fredom() == Contrast.US_X) {
      sums.add(new Loss("fredom_us_x", 1, spectralDistance(second, same, in)));
    }
    return new TrainingOutput(softmaxes, sums);
  }

  private SoftmaxLoss contrast(String name, double weight, Tensor a, Tensor b, Draws draws) {
    boolean cosine = config.similarity() == Similarity.COS;
    Tensor counted = torch.arange(new Scalar(a.size(0))).to(a.device(), ScalarType.Long);
    return SoftmaxLoss.ofPairs(
        name,
        weight,
        cosine ? Losses.unit(a) : a,
        cosine ? Losses.unit(b) : b,
        counted.add(new Scalar(((Pairs) draws).first())),
        config.tau());
  }

  /** Mean modulus of what the spectra of two vectors differ by, over all examples of the batch. */
  private Tensor spectralDistance(Tensor a, Tensor b, SequenceTensors in) {
    Tensor spectra = fourier.forward(a.sub(b).t().unsqueeze(0)); // [1, 2 F, M]
    Tensor parts = spectra.view(2, -1, a.size(0));
    Tensor moduli = parts.norm(new ScalarOptional(new Scalar(2)), 0);
    return scale(moduli.sum(), FREDOM_WEIGHT / (in.batchExamples() * parts.size(1)));
  }

  // ---- the passes

  /** {@return the places up to each example, its history in a row of its own, int64 [M, L]} */
  private static Tensor rows(SequenceTensors in) {
    Tensor row = in.examples().floor_divide(new Scalar(in.items().size(1)));
    return in.items().index_select(0, row);
  }

  private static Tensor last(SequenceTensors in) { // int64 [M]
    return in.examples().remainder(new Scalar(in.items().size(1)));
  }

  /**
   * @param rows int64 [B, L], right-padded item ids
   * @param last int64 [B], the place whose vector is wanted
   * @param passes how many, one behind the other; delays are shared within each
   * @return float [B, D]
   */
  private Tensor passes(Tensor rows, Tensor last, int passes) {
    // Padding is read as item 0, whose vector only learns as a candidate: padding_idx in the code.
    Tensor x = torch.embedding(items.weight(), rows, 0, false, false).add(positions.weight());
    x =
        Dropout.apply(
            norm.forward(x), is_training() ? config.transformer().dropout() : 0); // [B, L, D]
    return encoder.forward(x, rows.ne(new Scalar(0)), last, passes);
  }

  @Override
  public RowLayout layout() {
    return RowLayout.FULL;
  }

  @Override
  public boolean causal() {
    return false;
  }

  @Override
  public void fitStatistics(Histories training) {
    if (config.contrast().sameTarget()) {
      sameTarget = new SameTarget(training);
    }
  }

  @Override
  public Draws draw(SequenceBatch batch, SplittableRandom random) {
    if (config.contrast() == Contrast.NONE) {
      return Draws.NONE;
    }
    long first = random.nextLong() >>> 1; // so that the numbers of two workers do not meet
    return config.contrast().sameTarget()
        ? TrainingHooks.learnt(sameTarget).draw(batch, first, random)
        : new Pairs(first, new long[0], new int[0]);
  }

  // ---- the layers

  /**
   * The frequencies of a layer; the higher it is, the lower they are.
   *
   * @param length L
   * @param layer from 0
   * @return the first, and the one behind the last
   */
  static int[] window(int length, int layers, double globalRatio, int layer) {
    int f = Fourier.frequencies(length);
    boolean overlapping = globalRatio > 1.0 / layers;
    double width = overlapping ? globalRatio : 1.0 / layers;
    double step = overlapping ? Math.floor(f * (1 - globalRatio) / (layers - 1)) : f * width;
    return new int[] {(int) (f * (1 - width) - layer * step), (int) (f - layer * step)};
  }

  /** {@return how many delays are kept, never none} */
  static int topk(int length, double topkFactor) {
    return Math.min(length, Math.max(1, (int) (topkFactor * Math.log(length))));
  }

  private static float[] diagonals(int length) {
    float[] matrix = new float[length * length * length];
    for (int i = 0; i < length; i++) {
      for (int j = 0; j < length; j++) {
        matrix[(i * length + j) * length + Math.floorMod(i - j, length)] = 1;
      }
    }
    return matrix;
  }

  /**
   * {@return for each delay the sum over t of q[t + delay] k[t], places taken modulo L, float [B,
   * L]}
   *
   * @param q float [B, L, D]
   * @param k float [B, L, D]
   */
  Tensor correlations(Tensor q, Tensor k) {
    return q.bmm(k.transpose(1, 2)).flatten(1, 2).mm(diagonals);
  }

  private final class Encoder extends Layer {
    private final List<Block> blocks;

    Encoder(int length) {
      List<Block> all = new ArrayList<>();
      for (int i = 0; i < config.transformer().layers(); i++) {
        all.add(new Block(i, length));
      }
      blocks = addAll("layer", all);
    }

    Tensor forward(Tensor x, Tensor eventMask, Tensor last, int passes) { // [B, L, D] -> [B, D]
      for (Block block : blocks.subList(0, blocks.size() - 1)) {
        x = block.forward(x, eventMask, null, passes);
      }
      return blocks.get(blocks.size() - 1).forward(x, eventMask, last, passes).squeeze(1);
    }
  }

  private final class Block extends Layer {
    private final HybridAttention attention;
    private final Transformer.FeedForward feedForward;

    Block(int layer, int length) {
      attention = add("hybrid_attention", new HybridAttention(layer, length));
      feedForward = add("feed_forward", new Transformer.FeedForward(config.transformer()));
    }

    Tensor forward(Tensor x, Tensor eventMask, @Nullable Tensor last, int passes) {
      return feedForward.forward(attention.forward(x, eventMask, last, passes));
    }
  }

  /** Mixes places by correlated delays, and by attention within the band. */
  private final class HybridAttention extends Layer {
    private final LinearImpl query;
    private final LinearImpl key;
    private final LinearImpl value;
    private final LinearImpl dense;
    private final LayerNormImpl norm;
    private final Tensor band; // [L, L]
    private final int kept; // delays
    private final int heads;

    HybridAttention(int layer, int length) {
      int d = config.transformer().hiddenSize();
      query = add("query_layer", new LinearImpl(d, d));
      key = add("key_layer", new LinearImpl(d, d));
      value = add("value_layer", new LinearImpl(d, d));
      dense = add("dense", new LinearImpl(d, d));
      norm = add("LayerNorm", layerNorm(d, 1e-12));
      int[] window = window(length, config.transformer().layers(), config.globalRatio(), layer);
      band = addBuffer("band", float32(Fourier.band(length, window[0], window[1]), length, length));
      kept = topk(length, config.topkFactor());
      heads = config.transformer().heads();
    }

    /**
     * @param x float [B, L, D]
     * @param eventMask bool [B, L], true where there is an event
     * @param last int64 [B], the place whose output is wanted; null = all
     * @param passes how many examples' worth of rows there are, see {@link #delays}
     * @return float [B, T, D]
     */
    Tensor forward(Tensor x, Tensor eventMask, @Nullable Tensor last, int passes) {
      long d = x.size(2);
      Tensor weights = concat(0, query.weight(), key.weight(), value.weight());
      Tensor biases = concat(0, query.bias(), key.bias(), value.bias());
      Tensor qkv = torch.linear(x, weights, new TensorOptional(biases)); // [B, L, 3 D]
      Tensor q = qkv.narrow(2, 0, d);
      Tensor k = qkv.narrow(2, d, d);
      Tensor v = qkv.narrow(2, 2 * d, d);
      Tensor mixing = shifts(delays(q, k, passes), last); // [B, T, L]
      Tensor mixed;
      if (config.dualDomain()) { // both are linear in v, so their matrices are added
        Tensor attention = attention(q, k, eventMask, last).view(x.size(0), heads, -1, x.size(1));
        Tensor both = mixing.unsqueeze(1).lerp(attention, new Scalar(config.spatialRatio()));
        mixed =
            both.flatten(0, 1)
                .bmm(heads(v))
                .view(x.size(0), heads, -1, d / heads)
                .transpose(1, 2)
                .flatten(2, 3); // [B, T, D]
      } else {
        mixed = mixing.bmm(v);
      }
      double p = is_training() ? config.transformer().dropout() : 0;
      return norm.forward(Dropout.add(last == null ? x : at(x, last), dense.forward(mixed), p));
    }

    /**
     * Which delays count how much.
     *
     * @param passes in training, examples of one pass keep the same delays
     * @return float [B, L], rows add up to 1
     */
    private Tensor delays(Tensor q, Tensor k, int passes) {
      Tensor correlations = scale(correlations(q, k).mm(band), 1.0 / q.size(2)); // mean over D
      long groups = is_training() ? passes : q.size(0);
      Tensor grouped = correlations.view(groups, -1, q.size(1));
      Tensor average = sumOver(grouped.detach(), 1); // but for a factor
      Tensor best = average.topk(kept, 1, true, false).get1(); // [groups, kept]
      Tensor left = torch.ones_like(average).scatter(1, best, new Scalar(0)).to(ScalarType.Bool);
      return grouped
          .masked_fill(left.unsqueeze(1), new Scalar(Double.NEGATIVE_INFINITY))
          .softmax(-1)
          .view(-1, q.size(1));
    }

    /** {@return the matrices that shift by the delays, mixed, float [B, T, L]} */
    private Tensor shifts(
        Tensor delays, @Nullable Tensor last) { // place t takes from place t + delay
      long l = delays.size(1);
      if (last == null) {
        return delays.mm(diagonals.t()).view(-1, l, l).transpose(1, 2);
      }
      Tensor places = torch.arange(new Scalar(l)).to(last.device(), ScalarType.Long);
      Tensor ahead = places.sub(last.unsqueeze(1)).remainder(new Scalar(l)); // [B, L]
      return delays.gather(1, ahead).unsqueeze(1);
    }

    /** {@return causal attention weights for the values before they are limited, [B H, T, L]} */
    private Tensor attention(Tensor q, Tensor k, Tensor eventMask, @Nullable Tensor last) {
      boolean limited = config.bandLimitAttention();
      double scale = 1 / Math.sqrt((double) q.size(2) / heads);
      Tensor wanted = last == null ? q : at(q, last); // [B, T, D]
      if (limited) {
        wanted =
            last == null
                ? Fourier.multiply(band, q)
                : band.index_select(0, last).unsqueeze(1).bmm(q);
      }
      Tensor scores = heads(scale(wanted, scale)).bmm(heads(k).transpose(1, 2)); // [B H, T, L]
      Tensor hidden = hidden(eventMask, last).unsqueeze(1);
      Tensor weights =
          limit(scores, limited)
              .view(q.size(0), heads, -1, q.size(1))
              .masked_fill(hidden, new Scalar(SequenceTensors.HIDDEN))
              .softmax(-1);
      Tensor dropped =
          Dropout.apply(weights, is_training() ? config.transformer().attentionDropout() : 0);
      return limit(dropped.flatten(0, 1), limited);
    }

    private Tensor limit(Tensor x, boolean limited) { // [B H, T, L]; the band is symmetric
      return limited ? x.bmm(band.unsqueeze(0).expand(x.size(0), -1, -1)) : x;
    }

    /** {@return what may not be looked at, bool [B, T, L]} */
    private Tensor hidden(Tensor eventMask, @Nullable Tensor last) {
      long l = eventMask.size(1);
      Tensor places = torch.arange(new Scalar(l)).to(eventMask.device(), ScalarType.Long);
      Tensor now = last == null ? places.view(1, l, 1) : last.view(-1, 1, 1);
      return places.view(1, 1, l).gt(now).logical_or(eventMask.logical_not().unsqueeze(1));
    }

    private Tensor heads(Tensor x) { // [B, T, D] -> [B H, T, D / H]
      return x.reshape(x.size(0), x.size(1), heads, -1).transpose(1, 2).flatten(0, 1);
    }

    private Tensor at(Tensor x, Tensor last) { // [B, L, D] -> [B, 1, D]
      Tensor rows = torch.arange(new Scalar(x.size(0))).to(last.device(), ScalarType.Long);
      Tensor places = rows.mul(new Scalar(x.size(1))).add(last);
      return x.reshape(-1, x.size(2)).index_select(0, places).unsqueeze(1);
    }
  }
}
