package dev.horae.model;

import static dev.horae.config.InvalidValue.unless;
import static dev.horae.config.InvalidValue.unlessPositive;
import static dev.horae.config.InvalidValue.unlessWeight;
import static dev.horae.tensor.Ops.concat;
import static dev.horae.tensor.Ops.int64;
import static dev.horae.tensor.Ops.layerNorm;
import static dev.horae.tensor.Ops.scale;
import static dev.horae.tensor.Ops.sumOver;

import dev.horae.config.Default;
import dev.horae.config.Doc;
import dev.horae.config.Flat;
import dev.horae.data.Histories;
import dev.horae.data.SequenceBatch;
import dev.horae.nn.Initialisation;
import dev.horae.nn.Transformer;
import dev.horae.nn.Transformer.SelfAttention;
import dev.horae.sequence.BatchShape;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.Loss;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.sequence.SoftmaxLoss;
import dev.horae.sequence.TrainingHooks;
import dev.horae.sequence.TrainingOutput;
import dev.horae.tensor.Dropout;
import dev.horae.tensor.StageTimer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.EmbeddingImpl;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * TiCoSeRec: a causal transformer that tells the next item from a drawn one, and tells two altered
 * copies of a history from the copies of other histories; the copies are altered so that the pauses
 * between events become more even ({@link TicoserecAugmentation}).
 *
 * <p>Dang et al., "Uniform Sequence Better: Time Interval Aware Data Augmentation for Sequential
 * Recommendation", AAAI 2023, as its released code has it: positions count from the end of a
 * history, one pass per history trains all of its targets, and the copies are compared by the
 * outputs at all L places, padding included. Departures: histories that are even enough are found
 * by rank, and similarity is not reversed (two slips of the code, see {@code exemption_bug} and
 * {@code similarity_bug}); they are ranked, and drawn items chosen, by what may be learnt from,
 * where the code reads the held-out events too; logarithms of sigmoids are taken without the code's
 * 1e-24, which keeps float32 from overflowing; the item table lacks the code's unused last row.
 *
 * <p>Events lie packed in rows for the first loss: an event is never influenced by padding. Only
 * the copies are padded, on the left, because padded places take part in the second loss.
 *
 * <p>Shapes: R rows, L events, M examples, V pairs of copies, D hidden size, N items.
 */
public final class Ticoserec extends SequenceModel {

  private static final int TRIES = 100; // a user may know every item

  @Doc("contrastive, on copies with uniform intervals (Dang et al., AAAI 2023)")
  public record Config(
      @Flat @Default("attention_dropout: 0.2") Transformer.Config transformer,
      @Default("0.1") @Doc("weight of the contrast between altered copies") double contrastWeight,
      @Default("1") @Doc("temperature of that contrast") double temperature,
      @Default("40") @Doc("epochs without that contrast, at the start") int modelWarmUp,
      @Default("80")
          @Doc(
              "last epoch in which items are similar by their users only, and not by their vectors")
          int augmentationWarmUp,
      @Default("0.15") @Doc("share of users, those with the most even pauses, who are not altered")
          double notAugmented,
      @Default("false") @Doc("the released code's mistake about who these users are")
          boolean exemptionBug,
      @Default("false") @Doc("the released code's reversed similarity") boolean similarityBug,
      @Default("") @Doc("how copies are altered") TicoserecAugmentation.Rules augmentation)
      implements NetworkConfig {

    public Config {
      unlessWeight("contrastWeight", contrastWeight, "try 0.1, or 0 for none");
      unlessPositive("temperature", temperature, "1 is the paper's");
      unless(modelWarmUp >= 0, "modelWarmUp", modelWarmUp, "is negative", "40 is the paper's");
      unless(
          augmentationWarmUp >= 0,
          "augmentationWarmUp",
          augmentationWarmUp,
          "is negative",
          "80 is the paper's");
      unless(
          notAugmented >= 0 && notAugmented <= 1,
          "notAugmented",
          notAugmented,
          "is not in [0, 1]",
          "try 0.15");
    }

    @Override
    public SequenceModel build(DataSpec dataSpec) {
      return new Ticoserec(this, dataSpec);
    }

    @Override
    public long valuesPerEvent(DataSpec dataSpec) {
      return 6L * transformer.hiddenSize() + transformer.valuesPerEvent(dataSpec.length());
    }

    @Override
    public Optional<String> leftOut(int epochs, int patience, int trained) {
      int stopped = Math.max(trained, patience + 2); // one is the best, as many more are worse
      int fewest = Math.min(epochs, stopped);
      if (contrastWeight == 0 || fewest > modelWarmUp) {
        return Optional.empty();
      }
      return Optional.of(
          "%s before epoch %s, in which the contrast of copies begins; raise %s, or lower model.model_warm_up = %s"
              .formatted(
                  epochs <= modelWarmUp
                      ? "train.epochs = " + epochs + " end the training"
                      : "train.patience = " + patience + " may end the training",
                  modelWarmUp + 1,
                  epochs <= modelWarmUp ? "train.epochs" : "train.patience",
                  modelWarmUp));
    }

    /** Each history that begins in the batch brings two copies of full length. */
    @Override
    public long values(DataSpec dataSpec, BatchShape batch, int epochs) {
      long l = dataSpec.length();
      boolean contrasts = contrastWeight > 0 && epochs > modelWarmUp;
      long copies = contrasts ? 2 * batch.histories() * l : 0;
      long compared =
          6L * transformer.hiddenSize(); // to each worker all copies and their gradients
      long mask = 3 * l;
      long lastLayer =
          (transformer.layers() + 3L) * transformer.heads() * l
              + 2L * transformer.innerSize(); // whole, and its backward pass
      return batch.places() * valuesPerEvent(dataSpec)
          + copies * (valuesPerEvent(dataSpec) + compared + mask + lastLayer);
    }
  }

  private final Config config;
  private final EmbeddingImpl items; // [N + 1, D]
  private final EmbeddingImpl positions; // [L, D]
  private final Transformer.Encoder<Tensor> encoder;
  private final LayerNormImpl norm;

  private @Nullable Statistics statistics; // null until training begins
  private @Nullable TicoserecSimilarity similarity; // null where the epoch compares no copies

  /**
   * What is known of the training histories; the last two are empty where no epoch compares copies.
   *
   * @param known the items of each user, ascending
   * @param even by user
   */
  private record Statistics(
      Histories training, int[] known, boolean[] even, TicoserecSimilarity similarity) {}

  private Ticoserec(Config config, DataSpec dataSpec) {
    super(dataSpec);
    this.config = config;
    int d = config.transformer().hiddenSize();
    items = addItems(d);
    positions = add("position_embedding", new EmbeddingImpl(dataSpec.length(), d));
    encoder =
        add("trm_encoder", new Transformer.Encoder<>(config.transformer(), SelfAttention::new));
    norm = add("LayerNorm", layerNorm(d, 1e-12));
    Initialisation.normal02(this);
  }

  /** Events look backwards only; where they stand, seen from the end, is known of all of them. */
  @Override
  public boolean causal() {
    return true;
  }

  /** Only those that are looked up. */
  @Override
  public boolean trainsOnAllItems() {
    return false;
  }

  @Override
  public Tensor encode(SequenceTensors in, ItemVectors items) {
    return users(in, items.at(in.items()));
  }

  private Tensor users(SequenceTensors in, Tensor vectors) { // [R, L, D] -> [M, D]
    Tensor places = in.fromEnd().neg().add(new Scalar(positions.weight().size(0)));
    Tensor x = normed(vectors.add(positions.forward(places)));
    return encoder.forward(x, in.mask(), in.examples());
  }

  /**
   * {@return what each copy looks like, float [2V, L D]} All keys of a padded place are hidden
   * alike, so it sees them all, later ones too, by their scores rounded to what float32 keeps of
   * -10000.
   *
   * @param ids int64 [2V, L], padded on the left
   * @param vectors float [2V, L, D]
   */
  private Tensor copies(Tensor ids, Tensor vectors) {
    long l = ids.size(1);
    Tensor visible = ids.ne(new Scalar(0)).unsqueeze(1).expand(ids.size(0), l, l).tril();
    Tensor hidden = visible.logical_not().to(ScalarType.Float);
    Tensor mask = hidden.mul(new Scalar(SequenceTensors.HIDDEN)).unsqueeze(1);
    Tensor x = normed(vectors.add(positions.weight()));
    return encoder.forward(x, mask, null).flatten(1, 2);
  }

  private Tensor normed(Tensor x) {
    return Dropout.apply(norm.forward(x), is_training() ? config.transformer().dropout() : 0);
  }

  @Override
  public TrainingOutput forward(SequenceTensors in, ItemVectors none, Draws draws) {
    Drawn drawn = (Drawn) draws;
    StageTimer.begin("encoders");
    long l = positions.weight().size(0);
    long d = config.transformer().hiddenSize();
    long m = in.targets().size(0);
    long events = in.items().numel();
    Tensor negatives = onDevice(drawn.negatives(), m);
    Tensor ids = onDevice(drawn.copies(), drawn.copies().length / l, l);
    // One lookup for all: the gradient of each has the size of the catalogue. Padding has none.
    Tensor all = concat(0, in.items().flatten(), in.targets(), negatives, ids.flatten());
    Tensor vectors = torch.embedding(items.weight(), all, 0, false, false);

    Tensor users = users(in, vectors.narrow(0, 0, events).view(in.items().size(0), -1, d));
    Tensor wanted = sumOver(users.mul(vectors.narrow(0, events, m)), 1); // [M]
    Tensor unwanted = sumOver(users.mul(vectors.narrow(0, events + m, m)), 1);
    Tensor likelihood = torch.log_sigmoid(wanted).add(torch.log_sigmoid(unwanted.neg())).sum();
    Loss rec = new Loss("rec", 1, scale(likelihood, -1 / in.batchExamples()));
    if (!drawn.contrasts()) {
      return new TrainingOutput(List.of(), List.of(rec));
    }
    StageTimer.begin("auxiliary");
    long pairs = ids.size(0) / 2;
    Tensor of = vectors.narrow(0, events + 2 * m, ids.numel());
    Tensor copies = pairs == 0 ? of.view(0, l * d) : copies(ids, of.view(2 * pairs, l, d));
    SoftmaxLoss contrast =
        SoftmaxLoss.ofPairs(
            "cl",
            config.contrastWeight(),
            copies.narrow(0, 0, pairs),
            copies.narrow(0, pairs, pairs),
            onDevice(drawn.owners(), pairs),
            config.temperature());
    return new TrainingOutput(List.of(contrast), List.of(rec));
  }

  private Tensor onDevice(long[] values, long... shape) {
    return int64(values, shape).to(items.weight().device(), ScalarType.Long);
  }

  // ---- what is drawn

  /**
   * @param negatives [M], for each example an item that its user does not know
   * @param contrasts whether copies are compared; false while they are not wanted yet
   * @param copies row-major [2V, L], padded with 0 on the left: the first copies of all histories,
   *     then the second ones
   * @param owners [V] whose copies they are; no other pair of the batch has the same number
   */
  public record Drawn(long[] negatives, boolean contrasts, long[] copies, long[] owners)
      implements Draws {}

  @Override
  public void fitStatistics(Histories training) {
    int[] known = training.items().clone();
    for (int u = 0; u < training.users(); u++) {
      Arrays.sort(known, training.starts()[u], training.starts()[u + 1]);
    }
    boolean[] even = new boolean[0];
    TicoserecSimilarity offline = new TicoserecSimilarity(new int[0], new double[0]);
    if (config.contrastWeight() > 0) {
      int n = (int) itemRows() - 1;
      even = TicoserecAugmentation.even(training, config.notAugmented(), config.exemptionBug());
      offline = TicoserecSimilarity.byUsers(training, n, config.similarityBug());
    }
    statistics = new Statistics(training, known, even, offline);
  }

  @Override
  public void startEpoch(int number, SplittableRandom random) {
    similarity = null;
    if (config.contrastWeight() > 0 && number >= config.modelWarmUp()) {
      TicoserecSimilarity offline = TrainingHooks.learnt(statistics).similarity();
      int n = (int) itemRows() - 1;
      similarity =
          number > config.augmentationWarmUp()
              ? offline.or(TicoserecSimilarity.byVectors(items.weight(), n, config.similarityBug()))
              : offline;
    }
  }

  /**
   * A negative per example, and two copies of the whole history of each user whose history begins
   * in this batch: of a history that is cut into several windows the first brings the copies, so
   * that every user is compared once per epoch, as in the code.
   */
  @Override
  public Draws draw(SequenceBatch batch, SplittableRandom random) {
    Statistics of = TrainingHooks.learnt(statistics);
    long[] examples = batch.examples();
    long[] negatives = new long[examples.length];
    for (int i = 0; i < examples.length; i++) {
      negatives[i] = unknown(of, (int) batch.histories()[(int) examples[i]] - 1, random);
    }
    TicoserecSimilarity nearest = similarity;
    if (nearest == null) {
      return new Drawn(negatives, false, new long[0], new long[0]);
    }
    IntUnaryOperator similar = item -> similar(nearest, item, random);
    TicoserecAugmentation augmentation =
        new TicoserecAugmentation(config.augmentation(), similar, random::nextInt);
    List<int[]> first = new ArrayList<>();
    List<int[]> second = new ArrayList<>();
    LongStream.Builder owners = LongStream.builder();
    for (int i = 0; i < batch.items().length; i++) {
      if (beginsHistory(of.training(), batch, i)) {
        int user = (int) batch.histories()[i] - 1;
        int from = of.training().starts()[user];
        int to = of.training().starts()[user + 1];
        int[] inputs = Arrays.copyOfRange(of.training().items(), from, to - 1);
        long[] times = Arrays.copyOfRange(of.training().times(), from, to);
        first.add(of.even()[user] ? inputs : augmentation.view(inputs, times));
        second.add(of.even()[user] ? inputs : augmentation.view(inputs, times));
        owners.add(batch.histories()[i]);
      }
    }
    first.addAll(second);
    return new Drawn(negatives, true, leftPadded(first), owners.build().toArray());
  }

  /** {@return an item that the user does not know; any, for one who knows nearly all} */
  private long unknown(Statistics of, int user, SplittableRandom random) {
    int from = of.training().starts()[user];
    int to = of.training().starts()[user + 1];
    int item = 0;
    for (int tries = 0; tries < TRIES; tries++) {
      item = 1 + random.nextInt((int) itemRows() - 1);
      if (Arrays.binarySearch(of.known(), from, to, item) < 0) {
        break;
      }
    }
    return item;
  }

  /** {@return the most similar item; any, for one that nobody had together with another} */
  private int similar(TicoserecSimilarity similarity, int item, SplittableRandom random) {
    int found = similarity.item()[item];
    return found == TicoserecSimilarity.NONE ? 1 + random.nextInt((int) itemRows() - 1) : found;
  }

  /**
   * {@return whether event {@code i} is its user's first, and stands in the window that begins so}
   */
  private static boolean beginsHistory(Histories training, SequenceBatch batch, int i) {
    if (batch.segments()[i] == 0 || batch.positions()[i] != 0 || batch.targets()[i] == 0) {
      return false; // later windows have no target at their first event, unless the stride is L
    }
    int first = training.starts()[(int) batch.histories()[i] - 1];
    return batch.times()[i] == training.times()[first]
        && batch.items()[i] == training.items()[first];
  }

  private long[] leftPadded(List<int[]> histories) {
    int l = (int) positions.weight().size(0);
    long[] rows = new long[histories.size() * l];
    for (int r = 0; r < histories.size(); r++) {
      int[] history = histories.get(r);
      for (int j = 1; j <= Math.min(l, history.length); j++) {
        rows[(r + 1) * l - j] = history[history.length - j];
      }
    }
    return rows;
  }
}
