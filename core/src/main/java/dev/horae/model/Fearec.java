package dev.horae.model;

import static dev.horae.config.InvalidValue.unless;
import static dev.horae.config.InvalidValue.unlessPositive;
import static dev.horae.config.InvalidValue.unlessWeight;
import static dev.horae.tensor.Ops.concat;
import static dev.horae.tensor.Ops.float32;
import static dev.horae.tensor.Ops.int64;
import static dev.horae.tensor.Ops.layerNorm;
import static dev.horae.tensor.Ops.scale;
import static dev.horae.tensor.Ops.sumOver;

import dev.horae.config.ConfigException;
import dev.horae.config.Default;
import dev.horae.config.Doc;
import dev.horae.config.Flat;
import dev.horae.data.DataException;
import dev.horae.data.Histories;
import dev.horae.data.RowLayout;
import dev.horae.data.SequenceBatch;
import dev.horae.nn.Band;
import dev.horae.nn.Fourier;
import dev.horae.nn.Heads;
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
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.EmbeddingImpl;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
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
 * and rolls the values by the best. Here queries, keys and values are mapped within the {@link
 * Band}, which has fewer frequencies than there are places; products of spectra summed over the
 * channels say how much queries and keys correlate, and rolling is a circulant matrix. Attention
 * needs no more columns than a block of rows has events.
 *
 * <p>Shapes: B passes times examples, or those of a block, L places, E places up to the last event
 * of a block, M examples, D hidden size, H heads, N items, C waves of a band.
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
      unlessWeight("lambda", lambda, "try 0.1, or 0 for none");
      unlessWeight("lambdaSem", lambdaSem, "try 0.1, or 0 for none");
      unlessPositive("tau", tau, "1 is the authors'");
      unless(
          fredom == Contrast.NONE || contrast == Contrast.US_X,
          "fredom",
          fredom,
          "needs contrast = us-x",
          "use none, or contrast = us-x");
    }

    @Override
    public Map<String, List<String>> parts() {
      return new TreeMap<>(
          Map.of(
              "dual domain", List.of("model.dual_domain=false"),
              "contrast", List.of("model.lambda=0", "model.lambda_sem=0"),
              "band limits", List.of("model.band_limit_attention=false")));
    }

    @Override
    public SequenceModel build(DataSpec dataSpec) {
      return new Fearec(this, dataSpec);
    }

    @Override
    public long valuesPerEvent(DataSpec dataSpec) {
      long passes = 1 + (contrast.secondPass() ? 1 : 0) + (contrast.sameTarget() ? 1 : 0);
      long layer = 2L * dataSpec.length() + transformer.valuesPerLayer(0); // shifts; few columns
      return passes * (14L * transformer.hiddenSize() + (transformer.layers() - 1) * layer);
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
  private static final int BLOCK = 64; // rows whose values stay in the cache
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
    requireBands(config, l);
    items = addItems(d);
    positions = add("position_embedding", new EmbeddingImpl(l, d));
    diagonals = addBuffer("diagonals", float32(diagonals(l), (long) l * l, l));
    encoder = add("item_encoder", new Encoder(l));
    norm = add("LayerNorm", layerNorm(d, 1e-12));
    Initialisation.normal02(this);
    fourier = add("fourier", new Fourier(d, Fourier.Norm.ORTHO));
  }

  /** Refuses layers that would see nothing: the bands of many layers need many frequencies. */
  private static void requireBands(Config config, int length) {
    int layers = config.transformer().layers();
    for (int layer = 0; layer < layers; layer++) {
      int[] window = window(length, layers, config.globalRatio(), layer);
      if (window[0] >= window[1]) {
        throw new ConfigException(
            "model.layers = %s and model.global_ratio = %s leave layer %s no frequency of histories of max_length = %s; use fewer layers or a larger ratio, or prepare the data set with a larger ``maxLength``"
                .formatted(layers, config.globalRatio(), layer + 1, length));
      }
    }
  }

  @Override
  public Tensor encode(SequenceTensors in, ItemVectors scored) {
    return passes(List.of(Rows.of(in.batch())), in, scored);
  }

  @Override
  public TrainingOutput forward(SequenceTensors in, ItemVectors scored, Draws draws) {
    Contrast contrast = config.contrast();
    Rows rows = Rows.of(in.batch());
    long m = rows.count();
    List<Rows> all = new ArrayList<>(List.of(rows));
    if (contrast.secondPass()) {
      all.add(rows);
    }
    if (contrast.sameTarget()) {
      Pairs pairs = (Pairs) draws;
      all.add(new Rows(pairs.items(), Arrays.stream(pairs.sizes()).map(n -> n - 1).toArray()));
    }
    int passes = all.size();
    Tensor vectors = passes(all, in, scored);
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

  /**
   * A history for each example.
   *
   * @param items row-major [M, L], right-padded
   * @param last the place whose vector is wanted, length M
   */
  private record Rows(long[] items, int[] last) {

    static Rows of(SequenceBatch batch) {
      int l = batch.length();
      long[] examples = batch.examples();
      long[] items = new long[examples.length * l];
      int[] last = new int[examples.length];
      for (int i = 0; i < last.length; i++) {
        last[i] = (int) (examples[i] % l);
        System.arraycopy(batch.items(), (int) (examples[i] - last[i]), items, i * l, l);
      }
      return new Rows(items, last);
    }

    int count() {
      return last.length;
    }
  }

  /**
   * Some rows of all passes, of about the same length.
   *
   * @param x what the next layer reads, float [B, L, D]
   * @param last int64 [B], the place whose vector is wanted
   * @param hidden float [B, 1, E, L], large negative where a place does not see an event; behind
   *     the first E places there is no event in any of the rows
   */
  private record Block(Tensor x, Tensor last, Tensor hidden) {
    Block with(Tensor next) {
      return new Block(next, last, hidden);
    }
  }

  /**
   * The rows of all passes, longest first: blocks of neighbours have few columns with events.
   *
   * @param passes how many
   * @param sorted int64 [B], which row of the passes behind one another is in which place
   * @param places its inverse
   */
  private record Order(int passes, Tensor sorted, Tensor places) {}

  /** {@return the vectors of all passes, one behind the other, float [B, D]} */
  private Tensor passes(List<Rows> passes, SequenceTensors in, ItemVectors scored) {
    int l = in.batch().length();
    int m = passes.get(0).count();
    int b = m * passes.size();
    int[] events = new int[b];
    for (int i = 0; i < b; i++) {
      Rows pass = passes.get(i / m);
      for (int c = 0; c < l; c++) {
        events[i] = pass.items()[i % m * l + c] == 0 ? events[i] : c + 1;
      }
    }
    int[] order =
        IntStream.range(0, b)
            .boxed()
            .sorted(Comparator.comparingInt(i -> -events[i])) // stable
            .mapToInt(i -> i)
            .toArray();
    long[] items = new long[b * l];
    long[] last = new long[b];
    long[] places = new long[b];
    for (int i = 0; i < b; i++) {
      Rows pass = passes.get(order[i] / m);
      System.arraycopy(pass.items(), order[i] % m * l, items, i * l, l);
      last[i] = pass.last()[order[i] % m];
      places[order[i]] = i;
    }
    Device device = in.items().device();
    Tensor rows = int64(items, b, l).to(device, ScalarType.Long);
    Tensor lasts = int64(last, b).to(device, ScalarType.Long);
    Tensor sorted =
        int64(Arrays.stream(order).asLongStream().toArray(), b).to(device, ScalarType.Long);
    Tensor unsorted = int64(places, b).to(device, ScalarType.Long);
    List<Block> blocks = new ArrayList<>();
    for (int from = 0; from < b; from += BLOCK) {
      int size = Math.min(BLOCK, b - from);
      Tensor block = rows.narrow(0, from, size);
      Tensor eventMask = block.narrow(1, 0, events[order[from]]).ne(new Scalar(0));
      blocks.add(
          new Block(input(block, scored), lasts.narrow(0, from, size), hidden(eventMask, l)));
    }
    Tensor vectors = encoder.forward(blocks, new Order(passes.size(), sorted, unsorted));
    return vectors.index_select(0, unsorted);
  }

  /** {@return what the first layer reads, float [B, L, D]} */
  private Tensor input(Tensor rows, ItemVectors scored) {
    long l = rows.size(1);
    Tensor flat = rows.flatten();
    Tensor events = flat.nonzero().squeeze(1); // [E]
    Tensor vectors =
        scored
            .rows(items.weight(), flat.index_select(0, events))
            .add(positions.weight().index_select(0, events.remainder(new Scalar(l))));
    // Padding is read as item 0, whose vector only learns as a candidate: padding_idx in the code.
    Tensor padding = items.weight().detach().narrow(0, 0, 1).add(positions.weight()); // [L, D]
    return dropped(norm.forward(padding).expand(rows.size(0), -1, -1))
        .flatten(0, 1)
        .index_copy(0, events, dropped(norm.forward(vectors)))
        .view(rows.size(0), l, -1);
  }

  private Tensor dropped(Tensor x) {
    return Dropout.apply(x, is_training() ? config.transformer().dropout() : 0);
  }

  /** {@return float [B, 1, E, L], large negative where a place does not see an event} */
  private static Tensor hidden(Tensor eventMask, long length) { // bool [B, E]
    Tensor seen = eventMask.unsqueeze(2).expand(-1, -1, length).triu();
    return seen.logical_not()
        .to(ScalarType.Float)
        .mul(new Scalar(SequenceTensors.HIDDEN))
        .unsqueeze(1);
  }

  /** A prefix with the same target may be of a history that the batch does not have. */
  @Override
  public Optional<String> refusesSamples() {
    return config.contrast().sameTarget()
        ? Optional.of(
            "with model.contrast = su, us or us-x histories are read that are none of the batch's;"
                + " use 0, or model.contrast=un or none")
        : Optional.empty();
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

  private final class Encoder extends Layer {
    private final List<EncoderLayer> layers;

    Encoder(int length) {
      List<EncoderLayer> all = new ArrayList<>();
      for (int i = 0; i < config.transformer().layers(); i++) {
        all.add(new EncoderLayer(i, length));
      }
      layers = addAll("layer", all);
    }

    /** The last layer is computed only where its output is wanted, float [B, D]. */
    Tensor forward(List<Block> blocks, Order order) {
      for (EncoderLayer layer : layers.subList(0, layers.size() - 1)) {
        blocks = layer.forward(blocks, order);
      }
      return layers.get(layers.size() - 1).last(blocks, order);
    }
  }

  private final class EncoderLayer extends Layer {
    private final HybridAttention attention;
    private final Transformer.FeedForward feedForward;

    EncoderLayer(int layer, int length) {
      attention = add("hybrid_attention", new HybridAttention(layer, length));
      feedForward = add("feed_forward", new Transformer.FeedForward(config.transformer()));
    }

    List<Block> forward(List<Block> blocks, Order order) {
      List<Projected> all = blocks.stream().map(attention::project).toList();
      Tensor[] delays = attention.delays(all.stream().map(Projected::correlations).toList(), order);
      List<Block> next = new ArrayList<>();
      for (int i = 0; i < delays.length; i++) {
        Block block = blocks.get(i);
        next.add(block.with(feedForward.forward(attention.forward(block, all.get(i), delays[i]))));
      }
      return next;
    }

    Tensor last(List<Block> blocks, Order order) {
      List<Tensor> spectra = blocks.stream().map(block -> attention.spectrum(block.x())).toList();
      Tensor[] delays =
          attention.delays(spectra.stream().map(attention::correlations).toList(), order);
      List<Tensor> vectors = new ArrayList<>();
      for (int i = 0; i < delays.length; i++) {
        vectors.add(feedForward.forward(attention.last(blocks.get(i), spectra.get(i), delays[i])));
      }
      return concat(0, vectors);
    }
  }

  /**
   * Queries, keys and values of a block.
   *
   * @param spectra of all three side by side, within the layer's band, float [B, C, 3 D]
   * @param values at all places, float [B, L, D]
   * @param correlations summed over D, float [B, L]
   */
  private record Projected(Tensor spectra, Tensor values, Tensor correlations) {}

  /** Mixes places by correlated delays, and by attention within the band. */
  private final class HybridAttention extends Layer {
    private final LinearImpl query;
    private final LinearImpl key;
    private final LinearImpl value;
    private final LinearImpl dense;
    private final LayerNormImpl norm;
    private final Band band;
    private final int kept; // delays
    private final Heads heads;
    private final double shrink;

    HybridAttention(int layer, int length) {
      int d = config.transformer().hiddenSize();
      query = add("query_layer", new LinearImpl(d, d));
      key = add("key_layer", new LinearImpl(d, d));
      value = add("value_layer", new LinearImpl(d, d));
      dense = add("dense", new LinearImpl(d, d));
      norm = add("LayerNorm", layerNorm(d, 1e-12));
      int[] window = window(length, config.transformer().layers(), config.globalRatio(), layer);
      band = add("band", new Band(length, window[0], window[1]));
      kept = topk(length, config.topkFactor());
      heads = new Heads(config.transformer().heads());
      shrink = 1 / Math.sqrt((double) d / heads.count());
    }

    /** {@return the spectrum of x [B, L, D] within the band, [B, C, D]} */
    Tensor spectrum(Tensor x) {
      return band.spectrum(x);
    }

    /**
     * {@return correlations of queries and keys, but for a constant, float [B, L]} Biases are
     * constant signals and add to the constant only, which no delay is chosen or weighed by.
     */
    Tensor correlations(Tensor spectrum) {
      Tensor map = key.weight().t().mm(query.weight()); // queries' map, then keys' backwards
      return band.correlations(torch.linear(spectrum, map), spectrum);
    }

    Projected project(Block block) {
      Tensor spectrum = spectrum(block.x());
      Tensor weights = concat(0, query.weight(), key.weight(), value.weight());
      Tensor biases = concat(0, query.bias(), key.bias(), value.bias());
      Tensor spectra = torch.linear(spectrum, weights); // [B, C, 3 D]
      if (band.constant()) {
        spectra = spectra.add(band.ofOnes().mul(biases));
      }
      Tensor[] parts = spectra.split(block.x().size(2), 2).get();
      return new Projected(
          spectra, value.forward(block.x()), band.correlations(parts[0], parts[1]));
    }

    /**
     * Which delays count how much; in training, examples of one pass keep the same ones.
     *
     * @param blocks correlations of each, float [B, L]
     * @return of each block, float [B, L]; rows add up to 1
     */
    Tensor[] delays(List<Tensor> blocks, Order order) {
      Tensor correlations =
          scale(concat(0, blocks), 1.0 / config.transformer().hiddenSize()); // mean over D
      long l = correlations.size(1);
      boolean together = is_training();
      Tensor grouped =
          together
              ? correlations.index_select(0, order.places()).view(order.passes(), -1, l)
              : correlations.unsqueeze(1);
      Tensor average = sumOver(grouped.detach(), 1); // but for a factor
      Tensor best = average.topk(kept, 1, true, false).get1(); // [groups, kept]
      Tensor left = torch.ones_like(average).scatter(1, best, new Scalar(0)).to(ScalarType.Bool);
      Tensor weights =
          grouped
              .masked_fill(left.unsqueeze(1), new Scalar(Double.NEGATIVE_INFINITY))
              .softmax(-1)
              .view(-1, l);
      return (together ? weights.index_select(0, order.sorted()) : weights).split(BLOCK, 0).get();
    }

    /** {@return the whole of a block, float [B, L, D]} */
    Tensor forward(Block block, Projected projected, Tensor delays) {
      Tensor x = block.x();
      long l = x.size(1);
      Tensor shifts = delays.mm(diagonals.t()).view(-1, l, l).transpose(1, 2); // [B, L, L]
      double s = config.dualDomain() ? config.spatialRatio() : 0;
      Tensor mixed =
          s == 0
              ? shifts.bmm(projected.values())
              : torch.baddbmm(
                  attention(block, projected),
                  shifts,
                  projected.values(),
                  new Scalar(s),
                  new Scalar(1 - s));
      return finish(x, mixed);
    }

    /** {@return what causal attention sees, float [B, L, D]} */
    private Tensor attention(Block block, Projected projected) {
      long l = block.x().size(1);
      long seen = block.hidden().size(2);
      long d = block.x().size(2);
      Tensor q;
      Tensor k;
      Tensor v;
      if (config.bandLimitAttention()) {
        Tensor[] parts = projected.spectra().split(new long[] {d, 2 * d}, 2).get();
        q = band.signal(parts[0], l);
        Tensor[] keysAndValues = band.signal(parts[1], seen).split(d, 2).get();
        k = keysAndValues[0];
        v = keysAndValues[1];
      } else {
        q = query.forward(block.x());
        k = key.forward(block.x().narrow(1, 0, seen));
        v = projected.values().narrow(1, 0, seen);
      }
      Tensor scores = block.hidden().add(heads.scores(q, k), new Scalar(shrink));
      return heads.mix(dropped(scores.softmax(2)), v);
    }

    /** {@return the wanted place of each row, float [B, D]} */
    Tensor last(Block block, Tensor spectrum, Tensor delays) {
      Tensor x = block.x();
      long l = x.size(1);
      Tensor rows = torch.arange(new Scalar(x.size(0))).to(x.device(), ScalarType.Long);
      Tensor places = rows.mul(new Scalar(l)).add(block.last()); // flat
      Tensor asked = x.flatten(0, 1).index_select(0, places); // [B, D]
      Tensor all = torch.arange(new Scalar(l)).to(x.device(), ScalarType.Long);
      // Place t takes from place t + delay.
      Tensor ahead = all.sub(block.last().unsqueeze(1)).remainder(new Scalar(l)); // [B, L]
      Tensor shifted = delays.gather(1, ahead).unsqueeze(1).bmm(x); // [B, 1, D]
      Tensor times = torch.ones_like(shifted.narrow(2, 0, 1)); // [B, 1, 1]
      Tensor mixed = shifted.expand(-1, heads.count(), -1); // [B, H, D]
      double s = config.dualDomain() ? config.spatialRatio() : 0;
      if (s != 0) {
        long seen = block.hidden().size(2);
        boolean limited = config.bandLimitAttention();
        Tensor keys = limited ? band.signal(spectrum, seen) : x.narrow(1, 0, seen);
        Tensor q =
            limited
                ? torch.linear(band.at(spectrum, block.last()).squeeze(1), query.weight())
                : query.forward(asked);
        if (limited && band.constant()) {
          q = q.add(query.bias());
        }
        // The bias of the keys adds the same to all, which the softmax does not see.
        Tensor hidden =
            block
                .hidden()
                .squeeze(1)
                .transpose(1, 2)
                .flatten(0, 1)
                .index_select(0, places)
                .unsqueeze(1); // [B, 1, E]
        Tensor scores = hidden.add(heads.scores(q, keys, key.weight()), new Scalar(shrink));
        Tensor weights = dropped(scores.softmax(-1)); // [B, H, E]
        mixed = mixed.lerp(weights.bmm(keys), new Scalar(s));
        Tensor sums =
            limited && !band.constant()
                ? torch.zeros_like(times)
                : weights.sum(new long[] {2}, true, new ScalarTypeOptional());
        times = times.lerp(sums, new Scalar(s));
      }
      return finish(asked, heads.values(mixed, value.weight(), value.bias(), times));
    }

    private Tensor dropped(Tensor weights) {
      return Dropout.apply(weights, is_training() ? config.transformer().attentionDropout() : 0);
    }

    private Tensor finish(Tensor x, Tensor mixed) {
      double p = is_training() ? config.transformer().dropout() : 0;
      return norm.forward(Dropout.add(x, dense.forward(mixed), p));
    }
  }
}
