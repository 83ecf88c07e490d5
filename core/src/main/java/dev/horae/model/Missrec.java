package dev.horae.model;

import static dev.horae.config.InvalidValue.unless;
import static dev.horae.config.InvalidValue.unlessPositive;
import static dev.horae.config.InvalidValue.unlessWeight;
import static dev.horae.tensor.Ops.concat;
import static dev.horae.tensor.Ops.int64;
import static dev.horae.tensor.Ops.layerNorm;
import static dev.horae.tensor.Ops.scale;
import static dev.horae.tensor.Ops.sumOver;

import dev.horae.config.ConfigException;
import dev.horae.config.Default;
import dev.horae.config.Doc;
import dev.horae.config.Flat;
import dev.horae.data.FeatureTable;
import dev.horae.data.RowLayout;
import dev.horae.nn.Initialisation;
import dev.horae.nn.Losses;
import dev.horae.nn.Transformer;
import dev.horae.sequence.BatchShape;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.FrozenFeatures;
import dev.horae.sequence.ItemRows;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.Loss;
import dev.horae.sequence.RowBlock;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.sequence.SoftmaxLoss;
import dev.horae.sequence.TrainingOutput;
import dev.horae.tensor.Dropout;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import dev.horae.tensor.StageTimer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.EmbeddingImpl;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * MISSRec: the texts and pictures of all items are clustered into interests; an encoder reads the
 * set of a user's interests, a decoder reads the items and looks at them; candidates are scored by
 * text, picture and id, text and picture weighted anew for every pair of user and item.
 *
 * <p>Wang et al., "MISSRec: Pre-training and Transferring Multi-modal Interest-aware Sequence
 * Representation for Recommendation", MM 2023, trained from scratch on the target data as in the
 * HM4SR paper. Follows the official code ({@code transductive_ft}, {@code seq_mm_fusion: add},
 * {@code item_mm_fusion: dynamic_shared}) with these departures: plain k-means instead of the
 * released pass over mini-batches, which clusters absolute values; the interests' regulariser does
 * not count padding, and padding is no candidate (keys choose the released ways). With one of text
 * and picture alone candidates are, as in the official code, unit vectors of id and that one added.
 *
 * <p>Shapes: R rows, L events, M examples, S interests of a history, K interests in all, D hidden
 * size, F feature width, N items.
 */
public final class Missrec extends SequenceModel {

  @Doc("interests by clustering, fusion per user and item (Wang et al., MM 2023)")
  public record Config(
      @Flat
          @Default("{layers: 1, heads: 4}")
          @Doc("layers: layers of the encoder of interests, and as many of the decoder")
          Transformer.Config transformer,
      @Default("0.5")
          @Doc("root mean square of the values of a feature table after scaling; 0 = as they are")
          double featureRms,
      @Default("0.07") @Doc("what scores are divided by in training, tau") double temperature,
      @Default("0.5") @Doc("interests per text or picture of an item") double interestRatio,
      @Default("5") @Doc("iterations of k-means") int kmeansIterations,
      @Default("1") @Doc("re-clustering interval, in epochs") int refreshEpochs,
      @Default("0.0001")
          @Doc(
              "weight of the interests' regulariser, a sum over the batch: halve it when you"
                  + " double train.batch_size; for 512 as it stands")
          double gamma,
      @Default("false")
          @Doc(
              "count padding in the regulariser, as released; it then depends on who else is in"
                  + " the batch, and on the number of workers")
          boolean regularisePadding,
      @Default("true") @Doc("leave padding out of the softmax over items") boolean maskPadding)
      implements NetworkConfig {

    public Config {
      unless(featureRms >= 0, "featureRms", featureRms, "is negative", "try 0.5, or 0 for as is");
      unlessPositive("temperature", temperature, "try 0.07");
      unless(
          interestRatio > 0 && interestRatio <= 1,
          "interestRatio",
          interestRatio,
          "is not in (0, 1]",
          "try 0.5");
      unlessPositive("kmeansIterations", kmeansIterations, "try 5");
      unlessPositive("refreshEpochs", refreshEpochs, "try 1");
      unlessWeight("gamma", gamma, "try 0.0001, or 0 for none");
    }

    @Override
    public Set<String> modalities() {
      return Set.of("text", "image");
    }

    @Override
    public SequenceModel build(DataSpec dataSpec) {
      return new Missrec(this, dataSpec);
    }

    @Override
    public long valuesPerEvent(DataSpec dataSpec) {
      return values(dataSpec, dataSpec.length());
    }

    /** Rows are as long as the longest history of the batch. */
    @Override
    public long values(DataSpec dataSpec, BatchShape batch, int epochs) {
      long scores = dataSpec.features().size() < 2 ? 0 : MissrecScore.values(dataSpec.items());
      return batch.places() * values(dataSpec, batch.length()) + batch.parts() * scores;
    }

    /** The encoder of interests, of which an event has as many as there are features, and more. */
    private long values(DataSpec dataSpec, long length) {
      long interests = dataSpec.features().size();
      long d = transformer.hiddenSize();
      long layers = transformer.layers();
      long seen = transformer.heads() * interests * length;
      long layer = 18 * d + 4L * transformer.innerSize() + 5 * seen;
      long backward = 2L * transformer.innerSize() + 3 * seen; // of one layer
      long decoderLayer = layer + transformer.heads() * (5 + 5 * interests) * length;
      return 12 * d
          + interests * (layers * layer + backward + 6 * d)
          + (layers - 1) * decoderLayer; // the last is computed at the examples only
    }
  }

  /**
   * Text or picture of all items.
   *
   * @param vectors by the adaptor, F to D
   * @param interests float [N + 1], each item's interest from 1; 0 at padding and before the first
   *     clustering. Whole numbers: a checkpoint holds float32, exact to 2^24
   */
  private record Modality(FrozenFeatures.Projected vectors, Tensor interests) {}

  private static final int BLOCK = 32; // rows

  private final Config config;
  private final List<Modality> modalities = new ArrayList<>();
  private final EmbeddingImpl ids; // [N + 1, D]
  private final EmbeddingImpl positions; // [L, D]
  private final MissrecTransformer transformer;
  private final LayerNormImpl norm;
  private final Tensor interests; // [K + 1, D], does not learn; row 0 is padding
  private final @Nullable Tensor phi; // []; null with one modality

  private Missrec(Config config, DataSpec dataSpec) {
    super(dataSpec);
    this.config = config;
    int d = config.transformer().hiddenSize();
    int n = dataSpec.items();
    List<FeatureTable> tables = new ArrayList<>();
    for (String modality : List.of("text", "image")) {
      dataSpec.feature(modality).ifPresent(tables::add);
    }
    if (tables.isEmpty()) { // which features there are, only the data set knows
      throw new ConfigException(
          "model.type = missrec clusters texts and pictures, but the data set gives neither"
              + " text nor image features; encode it and name a table under text or image, or"
              + " use sasrec");
    }
    phi = tables.size() == 2 ? addParameter("fusion_factor", torch.zeros(new long[0]), true) : null;
    int clustered = tables.get(0).measured() - 1; // without cold items
    long k = Math.max(1, (long) Math.ceil(config.interestRatio() * tables.size() * clustered));
    interests = addParameter("interest_embeddings", torch.zeros(k + 1, d), false);
    ids = addItems(d);
    positions = add("position_embedding", new EmbeddingImpl(dataSpec.length(), d));
    transformer = add("trm_model", new MissrecTransformer(config.transformer()));
    norm = add("LayerNorm", layerNorm(d, 1e-12));
    for (FeatureTable table : tables) {
      String features = table.modality().equals("text") ? "plm" : "img";
      String adaptor = table.modality().equals("text") ? "text" : "img";
      modalities.add(
          new Modality(
              new FrozenFeatures.Projected(
                  addFeatures(features + "_embedding", table, config.featureRms()),
                  add(adaptor + "_adaptor", new LinearImpl(table.width(), d))),
              addParameter(features + "_interest_lookup_table", torch.zeros(n + 1), false)));
    }
    Initialisation.normal02(this);
    if (phi != null) {
      phi.detach().zero_(); // text and picture count alike
    }
    ids.weight().detach().select(0, 0).zero_();
    transformer.start();
  }

  // ---- items

  @Override
  public Tensor itemVectors(ItemRows rows, Draws draws) {
    Tensor id = super.itemVectors(rows, draws);
    if (phi == null) {
      return Losses.unit(id.add(modalities.get(0).vectors().at(rows))); // [K, D]
    }
    return concat(
        1,
        Losses.unit(id),
        Losses.unit(modalities.get(0).vectors().at(rows)),
        Losses.unit(modalities.get(1).vectors().at(rows))); // [K, 3 D]
  }

  @Override
  public Tensor score(Tensor users, Tensor items) {
    return phi == null ? super.score(users, items) : MissrecScore.of(users, items, phi);
  }

  @Override
  public boolean scoresByProduct() {
    return phi == null;
  }

  // ---- interests

  /** Clusters the texts and pictures as the model sees them now. */
  @Override
  public void startEpoch(int number, SplittableRandom random) {
    if (number % config.refreshEpochs() != 0) {
      return;
    }
    try (Scope scope = Scope.inference()) {
      int points = Math.toIntExact(modalities.size() * (itemRows() - 1));
      int k = Math.toIntExact(interests.size(0) - 1);
      KMeans.Clusters found = cluster(KMeans.choose(k, points, random));
      interests.detach().narrow(0, 1, k).copy_(found.centroids());
      long n = itemRows() - 1;
      for (int m = 0; m < modalities.size(); m++) {
        Tensor labels = found.labels().narrow(0, m * n, n).add(new Scalar(1));
        modalities.get(m).interests().detach().narrow(0, 1, n).copy_(labels);
      }
    }
  }

  /**
   * An added item has the interests of which its text and its picture are nearest to the centre.
   */
  @Override
  public void placeItemsFrom(long first) {
    try (Scope scope = Scope.inference()) {
      long added = itemRows() - first;
      Tensor centroids = interests.detach().narrow(0, 1, interests.size(0) - 1);
      for (Modality m : modalities) {
        Tensor labels =
            KMeans.nearest(m.vectors().at(new ItemRows.Stretch(first, itemRows())), centroids)
                .add(new Scalar(1));
        m.interests().detach().narrow(0, first, added).copy_(labels);
      }
    }
  }

  @Override
  public Rows rows(String parameter) {
    return parameter.endsWith("_interest_lookup_table") ? Rows.ITEMS : super.rows(parameter);
  }

  /**
   * {@return the clusters of the texts of items 1 to N and, behind them, of the pictures} Inside a
   * scope without gradients.
   *
   * @param starts which points are the first centroids, length K
   */
  public KMeans.Clusters cluster(long[] starts) {
    Tensor points =
        concat(
            0,
            modalities.stream()
                .map(m -> m.vectors().at(new ItemRows.Stretch(1, itemRows())))
                .toList());
    return KMeans.lloyd(points, starts, config.kmeansIterations());
  }

  /**
   * {@return the different interests of each row's items, ascending}
   *
   * @param in one history per row
   */
  private long[][] interestsOf(SequenceTensors in) {
    Tensor flat = in.items().flatten();
    long[] items = Ops.longs(flat);
    int rows = Math.toIntExact(in.items().size(0));
    int length = Math.toIntExact(in.items().size(1));
    List<float[]> interestOf = new ArrayList<>(); // by modality, of every event
    modalities.forEach(m -> interestOf.add(Ops.floats(m.interests().index_select(0, flat))));
    long[][] sets = new long[rows][];
    for (int r = 0; r < rows; r++) {
      long[] found = new long[modalities.size() * length];
      int count = 0;
      for (int i = r * length; i < (r + 1) * length; i++) {
        if (items[i] == 0) {
          continue;
        }
        for (float[] interest : interestOf) {
          if (interest[i] == 0) {
            throw new IllegalStateException(
                "MISSRec has no interests yet: startEpoch(0) must cluster the items before"
                    + " anything is encoded");
          }
          found[count++] = (long) interest[i];
        }
      }
      sets[r] = Arrays.stream(found, 0, count).sorted().distinct().toArray();
    }
    return sets;
  }

  /** {@return the sets of a block's rows, filled up with 0, int64 [B, S]} */
  private Tensor padded(long[][] sets, RowBlock block, SequenceTensors in) {
    int width = 0;
    for (int r = block.from(); r < block.from() + block.rows(); r++) {
      // The released code counts padding as an interest of every history that has some.
      boolean padded = config.regularisePadding() && padded(in, r);
      width = Math.max(width, sets[r].length + (padded ? 1 : 0));
    }
    long[] all = new long[block.rows() * width];
    for (int r = 0; r < block.rows(); r++) {
      long[] set = sets[block.from() + r];
      System.arraycopy(set, 0, all, r * width, set.length);
    }
    return int64(all, block.rows(), width).to(in.items().device(), ScalarType.Long);
  }

  /** {@return whether a history is shorter than the longest that there may be} */
  private boolean padded(SequenceTensors in, int row) {
    int l = in.batch().length();
    return Arrays.stream(in.batch().items(), row * l, (row + 1) * l).filter(i -> i != 0).count()
        < positions.weight().size(0);
  }

  // ---- users

  /**
   * @param users float [M, D], unit rows
   * @param pooled float [R, D], each row's encoded interests added up
   */
  private record Pass(Tensor users, Tensor pooled) {}

  @Override
  public Tensor encode(SequenceTensors in, ItemVectors items) {
    return pass(in, items).users();
  }

  /** Block by block of rows, so that few long histories do not lengthen all rows. */
  private Pass pass(SequenceTensors in, ItemVectors items) {
    // What the released regulariser makes of padding depends on all rows of the batch.
    int most = config.regularisePadding() ? in.batch().rows() : BLOCK;
    StageTimer.begin("interests");
    long[][] sets = interestsOf(in);
    Tensor[] events = events(in, items).split(most, 0).get();
    List<Tensor> users = new ArrayList<>();
    List<Tensor> pooled = new ArrayList<>();
    for (RowBlock block : RowBlock.of(in.batch(), most)) {
      StageTimer.begin("interests");
      Tensor set = padded(sets, block, in); // [B, S]
      Tensor eventMask = set.ne(new Scalar(0));
      Tensor hidden = hidden(eventMask);
      Tensor memory = transformer.encode(torch.embedding(interests, set), hidden);
      pooled.add(pooled(memory, eventMask.to(ScalarType.Float).unsqueeze(-1)));

      StageTimer.begin("decoder");
      Tensor positions = block.of(in.positions()).narrow(1, 0, block.events());
      Tensor vectors = events[block.from() / most].narrow(1, 0, block.events());
      Tensor x = norm.forward(vectors.add(this.positions.forward(positions)));
      x = Dropout.apply(x, is_training() ? config.transformer().dropout() : 0); // [B, L, D]
      Tensor seen = hidden(block.of(in.eventMask()).narrow(1, 0, block.events()));
      users.add(transformer.decode(x, seen, memory, hidden, examples(block, in)));
    }
    return new Pass(Losses.unit(concat(0, users)), concat(0, pooled));
  }

  /** {@return float [R, 1, 1, keys], large negative where {@code eventMask} [R, keys] is false} */
  private static Tensor hidden(Tensor eventMask) {
    return scale(eventMask.logical_not().to(ScalarType.Float), SequenceTensors.HIDDEN)
        .unsqueeze(1)
        .unsqueeze(1);
  }

  /** Text, picture and id of every event, float [R, L, D]; each different item is mapped once. */
  private Tensor events(SequenceTensors in, ItemVectors items) {
    long[] all = Ops.longs(in.items());
    long[] different = Arrays.stream(all).sorted().distinct().toArray();
    long[] places = Arrays.stream(all).map(i -> Arrays.binarySearch(different, i)).toArray();
    Tensor rows = int64(different, different.length).to(in.items().device(), ScalarType.Long);
    Tensor sum = items.rows(ids.weight(), rows);
    for (Modality m : modalities) {
      sum = sum.add(m.vectors().at(rows));
    }
    Tensor at = int64(places, places.length).to(in.items().device(), ScalarType.Long);
    return torch.embedding(sum, at.view_as(in.items()));
  }

  private static MissrecTransformer.Examples examples(RowBlock block, SequenceTensors in) {
    int length = in.batch().length();
    long[] all = in.batch().examples();
    long[] rows = new long[block.examples()];
    long[] places = new long[rows.length];
    boolean inOrder = rows.length == block.rows();
    for (int i = 0; i < rows.length; i++) {
      long place = all[block.firstExample() + i];
      rows[i] = place / length - block.from();
      places[i] = rows[i] * block.events() + place % length;
      inOrder &= rows[i] == i;
    }
    Device device = in.examples().device();
    return new MissrecTransformer.Examples(
        int64(places, places.length).to(device, ScalarType.Long),
        inOrder ? null : int64(rows, rows.length).to(device, ScalarType.Long));
  }

  @Override
  public TrainingOutput forward(SequenceTensors in, ItemVectors items, Draws draws) {
    Pass pass = pass(in, items);
    StageTimer.begin("auxiliary");
    List<Loss> sums = new ArrayList<>();
    List<SoftmaxLoss> softmaxes = new ArrayList<>();
    if (phi == null) {
      softmaxes.add(
          new SoftmaxLoss.OverItems(
              "ce", pass.users(), in.targets(), config.temperature(), !config.maskPadding()));
    } else {
      long skipped = config.maskPadding() ? 1 : 0;
      Tensor all = items.all();
      Tensor sum =
          MissrecScore.crossEntropy(
              pass.users(),
              all.narrow(0, skipped, all.size(0) - skipped),
              phi,
              in.targets().sub(new Scalar(skipped)),
              config.temperature());
      sums.add(new Loss("ce", 1, scale(sum, 1 / in.batchExamples())));
    }
    sums.add(new Loss("reg", config.gamma(), regulariser(pass)));
    return new TrainingOutput(softmaxes, sums);
  }

  /** Σ encoded interests, [B, S, D] to [B, D]; the released way shrinks it by its padding. */
  private Tensor pooled(Tensor memory, Tensor eventMask) {
    return config.regularisePadding()
        ? sumOver(memory, 1).mul(eventMask.mean(new long[] {1}))
        : sumOver(memory.mul(eventMask), 1);
  }

  /** Σ over rows of |Σ encoded interests|² / D. */
  private Tensor regulariser(Pass pass) {
    return scale(pass.pooled().square().sum(), 1.0 / config.transformer().hiddenSize());
  }

  // ---- what the loop must know

  @Override
  public Optional<String> refusesSamples() {
    return phi == null
        ? Optional.empty()
        : Optional.of("this model weighs texts and pictures anew for each user and item; use 0");
  }

  @Override
  public RowLayout layout() {
    return RowLayout.SINGLE;
  }

  @Override
  public boolean causal() {
    return false;
  }
}
