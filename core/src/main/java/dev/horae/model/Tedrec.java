package dev.horae.model;

import static dev.horae.config.InvalidValue.unlessPositive;
import static dev.horae.tensor.Ops.concat;
import static dev.horae.tensor.Ops.int64;
import static dev.horae.tensor.Ops.layerNorm;
import static dev.horae.tensor.Ops.longs;
import static dev.horae.tensor.Ops.scale;

import dev.horae.config.Default;
import dev.horae.config.Doc;
import dev.horae.config.Flat;
import dev.horae.data.Packing;
import dev.horae.data.RowLayout;
import dev.horae.data.SequenceBatch;
import dev.horae.nn.Fourier;
import dev.horae.nn.Initialisation;
import dev.horae.nn.Losses;
import dev.horae.nn.Transformer;
import dev.horae.nn.Transformer.SelfAttention;
import dev.horae.sequence.BatchShape;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.FrozenFeatures;
import dev.horae.sequence.ItemRows;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.RowBlock;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.sequence.SoftmaxLoss;
import dev.horae.sequence.TrainingOutput;
import dev.horae.tensor.Dropout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.EmbeddingImpl;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * TedRec: the sequence of items and the sequence of their texts are multiplied in the frequency
 * domain, which is a circular convolution along the sequence; SASRec's encoder reads the result,
 * and the score is the cosine to item vectors that know nothing of texts.
 *
 * <p>Xu et al., "Sequence-level Semantic Representation Fusion for Recommender Systems", CIKM 2024,
 * as Sherry-XLL/TedRec has it. Departures: the experts share a dropout mask, and all places of an
 * item in a worker's share of the batch share it too, so that an item is multiplied once.
 *
 * <p>The convolution wraps around and reads padding, so rows have L places, and each prefix needs a
 * row of its own. What comes after it is causal and reads events only, so it is computed on packed
 * rows.
 *
 * <p>Shapes: R rows, L places, M examples, D hidden size, N items, G experts, U different items, E
 * events, F = ⌊L / 2⌋ + 1 frequencies.
 */
public final class Tedrec extends SequenceModel {

  @Doc("ids and texts convolved in the frequency domain (Xu et al., CIKM 2024)")
  public record Config(
      @Flat Transformer.Config transformer,
      @Flat MoeAdaptor.Config adaptor,
      @Default("0.07") @Doc("what cosines are divided by in the softmax") double temperature,
      @Default("false") @Doc("item and text vectors are zero at padding before they are convolved")
          boolean cleanPadding,
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
      return new Tedrec(this, dataSpec);
    }

    @Override
    public long valuesPerEvent(DataSpec dataSpec) {
      return (2L * adaptor.experts() + 12)
              * transformer.hiddenSize() // what experts say, and that weighted; then mixed
          + transformer.valuesPerEvent(dataSpec.length());
    }

    /** Padding takes part in the convolutions only; the transformer's rows are packed. */
    @Override
    public long values(DataSpec dataSpec, BatchShape batch, int epochs) {
      long spectra =
          26L * transformer.hiddenSize(); // of ids and text, two products, and the way back of both
      long gates = 6L * adaptor.experts();
      return batch.events() * valuesPerEvent(dataSpec) + batch.places() * (spectra + gates);
    }
  }

  private static final int BLOCK = 64; // rows

  private final Config config;
  private final EmbeddingImpl items; // [N + 1, D]
  private final EmbeddingImpl positions; // [L, D]
  private final Transformer.Encoder<Tensor> encoder;
  private final LayerNormImpl norm;
  private final Tensor filter; // [1, F, D, 2], complex numbers
  private final LinearImpl itemGating; // D -> 1
  private final LinearImpl fusionGating; // D -> 1
  private final FrozenFeatures texts;
  private final MoeAdaptor adaptor;
  private final Fourier fourier;

  private Tedrec(Config config, DataSpec dataSpec) {
    super(dataSpec);
    this.config = config;
    int d = config.transformer().hiddenSize();
    int l = dataSpec.length();
    items = addItems(d);
    positions = add("position_embedding", new EmbeddingImpl(l, d));
    encoder =
        add("trm_encoder", new Transformer.Encoder<>(config.transformer(), SelfAttention::new));
    norm = add("LayerNorm", layerNorm(d, 1e-12));
    filter = addParameter("complex_weight", torch.zeros(1, Fourier.frequencies(l), d, 2), true);
    Initialisation.normal02(this);
    itemGating = add("item_gating", gating(d));
    fusionGating = add("fusion_gating", gating(d));
    texts =
        addFeatures(
            "plm_embedding", dataSpec.requiredText(config.name()), config.adaptor().featureRms());
    adaptor = add("moe_adaptor", new MoeAdaptor(config.adaptor(), texts, d, l));
    fourier = add("fourier", new Fourier(l, Fourier.Norm.ORTHO));
  }

  /** Its bias keeps libtorch's own start, uniform within 1 / sqrt(D), as in the code. */
  private static LinearImpl gating(int d) {
    LinearImpl gating = new LinearImpl(d, 1);
    torch.normal_(gating.weight().detach(), 0, 0.02);
    return gating;
  }

  @Override
  public Tensor itemVectors(ItemRows rows, Draws draws) {
    return Losses.unit(super.itemVectors(rows, draws));
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

  private Tensor users(SequenceTensors in, ItemVectors scored, Draws draws) { // [M, D], length 1
    float[] noise = draws instanceof GateNoise drawn && is_training() ? drawn.events() : null;
    Tensor text = text(in, noise);
    if (config.cleanPadding()) {
      text = text.mul(in.eventMask().unsqueeze(-1).to(ScalarType.Float));
    }
    Tensor weights = filter.permute(0, 3, 1, 2).flatten(1, 2); // [1, 2 F, D]
    List<RowBlock> blocks = RowBlock.of(in.batch(), BLOCK);
    List<Tensor> places = blocks.stream().map(block -> places(block, in)).toList();
    Tensor flat = in.eventMask().flatten().nonzero().squeeze(1); // [E]
    // One lookup for all: the gradient of each has the size of the catalogue.
    Tensor[] ids =
        scored
            .rows(items.weight(), in.items().flatten().index_select(0, flat))
            .split(places.stream().mapToLong(block -> block.size(0)).toArray(), 0)
            .get();
    Tensor[] texts = text.split(BLOCK, 0).get();
    List<Tensor> filtered = new ArrayList<>();
    List<Tensor> fused = new ArrayList<>();
    for (int i = 0; i < ids.length; i++) {
      RowBlock block = blocks.get(i);
      Tensor spectrum = spectrum(block, ids[i], places.get(i));
      Tensor ofFilter = Fourier.product(spectrum, weights);
      Tensor ofBoth = Fourier.product(spectrum, fourier.forward(texts[i]));
      filtered.add(at(fourier.inverse(ofFilter, block.events()), places.get(i)));
      fused.add(at(fourier.inverse(ofBoth, block.events()), places.get(i)));
    }
    Tensor mixed =
        gated(concat(0, filtered), itemGating).add(gated(concat(0, fused), fusionGating)); // [E, D]
    Tensor columns = flat.remainder(new Scalar(in.items().size(1)));
    Tensor position = positions.weight().index_select(0, columns);
    Tensor x =
        norm.forward(scale(mixed, 2).add(position)); // 2 makes up for gates that start at 1/2
    Tensor dropped = Dropout.apply(x, is_training() ? config.transformer().dropout() : 0);
    Events events = Events.of(in);
    return Losses.unit(encoder.forward(events.packed(dropped), events.mask(), events.examples()));
  }

  /** {@return which places of a block's rows, as long as the longest, have events, int64} */
  private static Tensor places(RowBlock block, SequenceTensors in) {
    Tensor eventMask = block.of(in.eventMask()).narrow(1, 0, block.events());
    return eventMask.flatten().nonzero().squeeze(1);
  }

  /**
   * {@return the spectrum of the items of a block's rows, float [B, 2 F, D]} As in the official
   * code, padding is read as item 0, whose vector only learns as a candidate.
   *
   * @param ids vectors of the events, float [E, D]
   * @param places int64 [E]
   */
  private Tensor spectrum(RowBlock block, Tensor ids, Tensor places) {
    Tensor padding = items.weight().detach().select(0, 0); // [D]
    if (config.cleanPadding()) {
      padding = torch.zeros_like(padding);
    }
    Tensor rows =
        padding
            .expand((long) block.rows() * block.events(), -1)
            .index_copy(0, places, ids)
            .view(block.rows(), block.events(), -1);
    return fourier.forward(rows, padding);
  }

  private static Tensor at(Tensor x, Tensor places) { // [B, S, D] -> [E, D]
    return x.flatten(0, 1).index_select(0, places);
  }

  private static Tensor gated(Tensor x, LinearImpl gating) {
    return x.mul(gating.forward(x).sigmoid());
  }

  /**
   * The adapted text at every place. Padding has no text, but biases that depend on the place, and
   * gates that are pure noise.
   */
  private Tensor text(SequenceTensors in, float @Nullable [] noise) { // [R, L, D]
    Tensor present = torch.zeros(itemRows()).to(in.items().device(), ScalarType.Long);
    present.index_fill_(0, in.items().flatten(), new Scalar(1));
    Tensor different = present.nonzero().squeeze(1); // [U]
    Tensor place = present.cumsum(0).sub(new Scalar(1)).take(in.items()); // [R, L], in different
    MoeAdaptor.Vectors of = adaptor.vectors(texts.at(different), noise != null);
    Tensor spread = of.spread() == null ? null : torch.embedding(of.spread(), place);
    Tensor gates =
        MoeAdaptor.gates(torch.embedding(of.logits(), place), spread, noise); // [R, L, G]

    Tensor shift = gates.transpose(0, 1).bmm(adaptor.shifts()).transpose(0, 1); // by place
    Tensor eventMask = in.eventMask().flatten().nonzero().squeeze(1); // [E]
    Tensor expertOutputs =
        MoeAdaptor.mix(
            gates.flatten(0, 1).index_select(0, eventMask),
            of.expertOutputs()
                .index_select(0, place.flatten().index_select(0, eventMask))); // [E, D]
    return shift.neg().flatten(0, 1).index_add(0, eventMask, expertOutputs).view_as(shift);
  }

  @Override
  public Draws draw(SequenceBatch batch, SplittableRandom random) {
    return GateNoise.draw(batch, config.adaptor().experts(), random);
  }

  @Override
  public Map<String, Tensor> gates(SequenceTensors in, ItemVectors items) {
    return adaptor.gates(in);
  }

  @Override
  public RowLayout layout() {
    return RowLayout.FULL;
  }

  @Override
  public boolean causal() {
    return false;
  }

  /**
   * The events of rows that hold one history each, packed into fewer rows.
   *
   * @param source int64 [R' L], which event of the batch, row by row, is in each place; any where
   *     padded
   * @param mask float [R', 1, L, L], added to attention scores
   * @param examples int64 [M], flat places in the packed rows
   */
  private record Events(Tensor source, Tensor mask, Tensor examples) {

    static Events of(SequenceTensors in) {
      int r = (int) in.items().size(0);
      int l = (int) in.items().size(1);
      int[] rows = new int[r];
      Arrays.setAll(rows, i -> i);
      long[] sizes = longs(in.eventMask().sum(1));
      Packing packing = Packing.bestFit(rows, i -> (int) sizes[i], l);
      long[] source = new long[packing.rows() * l];
      long[] segments = new long[source.length];
      long[] packed = new long[r * l];
      long event = 0;
      for (int row = 0; row < r; row++) {
        int to = packing.row()[row] * l + packing.column()[row];
        for (int i = 0; i < sizes[row]; i++) {
          source[to + i] = event++;
          segments[to + i] = row + 1;
          packed[row * l + i] = to + i;
        }
      }
      Tensor where = int64(packed, packed.length).to(in.items().device(), ScalarType.Long);
      return new Events(
          int64(source, source.length).to(in.items().device(), ScalarType.Long),
          SequenceTensors.mask(
              int64(segments, packing.rows(), l).to(in.items().device(), ScalarType.Long)),
          where.index_select(0, in.examples()));
    }

    /** {@return vectors of the events, [E, D], in their packed places, [R', L, D]} */
    Tensor packed(Tensor x) {
      return x.index_select(0, source).view(mask.size(0), mask.size(2), x.size(1));
    }
  }
}
