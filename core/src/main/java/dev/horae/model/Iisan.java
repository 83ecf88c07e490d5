package dev.horae.model;

import static dev.horae.config.InvalidValue.unlessPositive;
import static dev.horae.config.InvalidValue.unlessSize;
import static dev.horae.tensor.Ops.concat;
import static dev.horae.tensor.Ops.float32;
import static dev.horae.tensor.Ops.int64;
import static dev.horae.tensor.Ops.layerNorm;
import static dev.horae.tensor.Ops.scale;

import dev.horae.config.ConfigException;
import dev.horae.config.Default;
import dev.horae.config.Doc;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.SequenceBatch;
import dev.horae.nn.Transformer;
import dev.horae.sequence.BatchShape;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.FrozenFeatures;
import dev.horae.sequence.ItemRows;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.Loss;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.sequence.TrainingHooks;
import dev.horae.sequence.TrainingOutput;
import dev.horae.tensor.Dropout;
import dev.horae.tensor.Layer;
import dev.horae.tensor.StageTimer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.EmbeddingImpl;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.LinearOptions;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * IISAN: text and image encoder stay frozen; three side networks of small adapters, one over the
 * layers of the text encoder, one over those of the image encoder and one over both, turn the
 * states of their layers into an item's vector. There are no item ids. A causal transformer reads
 * the vectors of a history.
 *
 * <p>Fu et al., "IISAN: Efficiently Adapting Multimodal Representation for Sequential
 * Recommendation with Decoupled PEFT", SIGIR 2024, as its code for cached states has it.
 * Departures: where the two encoders differ in width, the states of the narrower one are continued
 * by zeros in the network over both; negatives are the items of a worker's part of the batch, not
 * of the whole, as in the code's own training on several GPUs; all windows of a user count as the
 * user's own items. With tables of one state per item there is one step instead of one per layer:
 * that is not IISAN, and the run is called {@code iisan-last}.
 *
 * <p>Shapes: R rows, L events, M examples, K different items of a part of a batch, H its histories,
 * J steps, D hidden size, F width of a state, N items.
 */
public final class Iisan extends SequenceModel {

  private static final double LEAST_SHARE = 1e-12; // of an item that no training event holds

  @Doc("adapters beside frozen encoders (Fu et al., SIGIR 2024)")
  public record Config(
      @Default("64") @Doc("width of item and user vectors, D") int hiddenSize,
      @Default("2") @Doc("transformer layers") int layers,
      @Default("2") @Doc("attention heads; a divisor of hidden_size") int heads,
      @Default("256") @Doc("width inside the feed-forward nets") int innerSize,
      @Default("0.1") @Doc("dropout on inputs, inside transformer layers and on attention weights")
          double dropout,
      @Default("64") @Doc("width inside an adapter") int adapterSize,
      @Default("0.1") @Doc("what a gate's parameter is divided by before the sigmoid")
          double gateTemperature,
      @Default("[]")
          @Doc(
              "states of the encoders that are read, from 0; none given: every second, and the"
                  + " last")
          List<Integer> states)
      implements NetworkConfig {

    public Config {
      new Transformer.Config(hiddenSize, layers, heads, innerSize, dropout, dropout); // its rules
      unlessSize("adapterSize", adapterSize, 4096, "64 is the paper's");
      unlessPositive("gateTemperature", gateTemperature, "0.1 is the paper's");
    }

    @Override
    public Set<String> modalities() {
      return Set.of("text", "image");
    }

    @Override
    public SequenceModel build(DataSpec dataSpec) {
      return new Iisan(this, dataSpec);
    }

    @Override
    public String name(DataSpec dataSpec) {
      boolean oneState = dataSpec.features().stream().allMatch(table -> table.states() == 1);
      return oneState ? "iisan-last" : name();
    }

    @Override
    public long valuesPerEvent(DataSpec dataSpec) {
      return 6L * hiddenSize
          + new Transformer.Config(hiddenSize, layers, heads, innerSize, dropout, dropout)
              .valuesPerEvent(dataSpec.length());
    }

    /** The side networks see each different item of a part once. */
    @Override
    public long values(DataSpec dataSpec, BatchShape batch, int epochs) {
      long width =
          dataSpec.features().stream().mapToLong(t -> t.width() / t.states()).max().orElse(0);
      int states = dataSpec.features().stream().mapToInt(FeatureTable::states).max().orElse(1);
      long sides = 3L * steps(states).size() * (4 * width + 2L * adapterSize);
      return batch.items() * sides + batch.places() * valuesPerEvent(dataSpec);
    }

    /** {@return which of so many states of an encoder are read} */
    private List<Integer> steps(int available) {
      return states.isEmpty()
          ? IntStream.range(0, available)
              .filter(s -> s % 2 == 0 || s == available - 1)
              .boxed()
              .toList()
          : states;
    }
  }

  private final Config config;
  private final States text;
  private final States image;
  private final SideNetworks sides;
  private final LinearImpl fusion; // 3 D -> D
  private final UserEncoder userEncoder;
  private float @Nullable [] popularity; // [N + 1], see Slots; null until training begins

  private Iisan(Config config, DataSpec dataSpec) {
    super(dataSpec);
    this.config = config;
    FeatureTable texts = table(dataSpec, "text");
    FeatureTable images = table(dataSpec, "image");
    text = new States(texts, config);
    image = new States(images, config);
    if (text.steps.size() != image.steps.size()) {
      throw new ConfigException(
          ("IISAN goes through the layers of both encoders side by side, but text = %s has %s"
                  + " states and image = %s has %s; use encoders with as many layers, or name"
                  + " states that both have in model.states")
              .formatted(texts.encoder(), texts.states(), images.encoder(), images.states()));
    }
    userEncoder = add("user_encoder", new UserEncoder(config, dataSpec.length()));
    fusion = add("com_dense", new LinearImpl(3L * config.hiddenSize(), config.hiddenSize()));
    sides = add("mm_encoder", new SideNetworks());
  }

  private static FeatureTable table(DataSpec dataSpec, String modality) {
    return dataSpec
        .states(modality)
        .orElseThrow(
            () ->
                new ConfigException(
                    "IISAN reads text and image, but there is no table of "
                        + modality
                        + "; make one with ``Encoding.run`` and name it in "
                        + modality));
  }

  // ---- items

  /** The states of one encoder for all items. */
  private final class States {
    private final FrozenFeatures values; // [N + 1, states F]
    private final List<Integer> steps; // J of the states
    private final long width; // F

    States(FeatureTable table, Config config) {
      values = addFeatures(table.modality() + "_states", table, 0);
      steps = config.steps(table.states());
      width = table.width() / table.states();
      for (int state : steps) {
        if (state < 0 || state >= table.states()) {
          throw new ConfigException(
              "model.states names state %s, but %s = %s has %s, from 0; %s"
                  .formatted(
                      state,
                      table.modality(),
                      table.encoder(),
                      table.states(),
                      table.states() == 1
                          ? "make a table of all layers with ``Encoding.Options.states``"
                          : "name others"));
        }
      }
    }

    /** {@return at step j the states of {@code items}, int64 [K], float [K, F]} */
    Tensor at(Tensor items, int j) {
      return values.slice(items, steps.get(j) * width, width);
    }
  }

  @Override
  public Tensor itemVectors(ItemRows rows, Draws draws) {
    return vectors(rows.indices().to(fusion.weight().device(), ScalarType.Long));
  }

  /** Only those of the batch, whose vectors cost much. */
  @Override
  public boolean trainsOnAllItems() {
    return false;
  }

  private Tensor vectors(Tensor items) { // int64 [K] -> [K, D]
    Heads heads = heads(items);
    return fusion.forward(concat(1, heads.image(), heads.text(), heads.inter()));
  }

  /** What each side network makes of some items, float [K, D] each. */
  public record Heads(Tensor image, Tensor text, Tensor inter) {}

  /**
   * {@return what the side networks make of some items}
   *
   * @param items int64 [K]
   */
  public Heads heads(Tensor items) {
    return sides.forward(items);
  }

  /** A small net around a residual connection. */
  private static final class Adapter extends Layer {
    private final LinearImpl down;
    private final LinearImpl up;

    Adapter(long width, long inside) {
      down = add("fc_down", new LinearImpl(width, inside));
      up = add("fc_up", new LinearImpl(inside, width));
      for (LinearImpl linear : List.of(down, up)) {
        torch.normal_(linear.weight(), 0, 0.01);
        torch.zeros_(linear.bias());
      }
    }

    Tensor forward(Tensor x) {
      return x.add(up.forward(down.forward(x).relu()));
    }
  }

  /** One scalar per step, a list of parameters under the official names 0, 1, and so on. */
  private static final class Gates extends Layer {
    private final List<Tensor> gates = new ArrayList<>(); // [1] each

    Gates(int steps) {
      for (int j = 0; j < steps; j++) {
        gates.add(addParameter(Integer.toString(j), torch.zeros(1), true));
      }
    }

    Tensor at(int j, double temperature) {
      return scale(gates.get(j), 1 / temperature).sigmoid();
    }
  }

  private final class SideNetworks extends Layer {
    private final LinearImpl imageHead;
    private final LinearImpl textHead;
    private final List<Adapter> imageAdapters;
    private final List<Adapter> textAdapters;
    private final List<Adapter> interAdapters;
    private final LinearImpl textLast;
    private final LinearImpl imageLast;
    private final LinearImpl interLast;
    private final LinearImpl interHead;
    private final Gates textGates;
    private final Gates imageGates;
    private final Gates interGates;
    private final long width = Math.max(text.width, image.width);

    SideNetworks() {
      int d = config.hiddenSize();
      int steps = text.steps.size();
      imageHead = add("cv_pre_fc", new LinearImpl(image.width, d));
      torch.xavier_normal_(imageHead.weight());
      torch.zeros_(imageHead.bias());
      textHead = add("bert_pre_fc", new LinearImpl(text.width, d));
      imageAdapters = addAll("cv_adapter_list", adapters(steps, image.width));
      textAdapters = addAll("bert_adapter_list", adapters(steps, text.width));
      interAdapters = addAll("mm_adapter_list", adapters(steps, width));
      textLast = add("fc_bert", new LinearImpl(text.width, text.width));
      imageLast = add("fc_cv", new LinearImpl(image.width, image.width));
      interLast = add("fc_mm", new LinearImpl(width, width));
      interHead = add("fc_mm_down", new LinearImpl(width, d));
      textGates = add("side_gate_params_text", new Gates(steps));
      imageGates = add("side_gate_params_cv", new Gates(steps));
      interGates = add("side_gate_params_mm", new Gates(steps));
    }

    private List<Adapter> adapters(int steps, long width) {
      List<Adapter> adapters = new ArrayList<>();
      for (int j = 0; j < steps; j++) {
        adapters.add(new Adapter(width, config.adapterSize()));
      }
      return adapters;
    }

    Heads forward(Tensor items) {
      Tensor t = null; // what each network has made so far, [K, F]; it starts from zero
      Tensor v = null;
      Tensor m = null;
      for (int j = 0; j < text.steps.size(); j++) {
        Tensor ofText = text.at(items, j);
        Tensor ofImage = image.at(items, j);
        t = textAdapters.get(j).forward(mixed(t, ofText, textGates.at(j, temperature())));
        v = imageAdapters.get(j).forward(mixed(v, ofImage, imageGates.at(j, temperature())));
        Tensor both = torch.lerp(wide(ofText), wide(ofImage), interGates.at(j, temperature()));
        m = interAdapters.get(j).forward(m == null ? both : m.add(both));
      }
      return new Heads(
          imageHead.forward(imageLast.forward(v)),
          textHead.forward(textLast.forward(t)),
          interHead.forward(interLast.forward(m)));
    }

    private double temperature() {
      return config.gateTemperature();
    }

    /** {@return gate · state + (1 - gate) · what was made before} */
    private static Tensor mixed(@Nullable Tensor before, Tensor state, Tensor gate) {
      return before == null ? state.mul(gate) : torch.lerp(before, state, gate);
    }

    private Tensor wide(Tensor x) {
      long missing = width - x.size(1);
      return missing == 0 ? x : torch.constant_pad_nd(x, 0, missing);
    }
  }

  // ---- histories

  @Override
  public Tensor encode(SequenceTensors in, ItemVectors items) {
    return userEncoder.forward(in, items.at(in.items()));
  }

  private static final class UserEncoder extends Layer {
    private final TransformerEncoder transformer;

    UserEncoder(Config config, int length) {
      transformer = add("transformer_encoder", new TransformerEncoder(config, length));
    }

    Tensor forward(SequenceTensors in, Tensor vectors) { // [R, L, D] -> [M, D]
      return transformer.forward(in, vectors);
    }
  }

  /** Places count from the end of a history, as with the official padding on the left. */
  private static final class TransformerEncoder extends Layer {
    private final double dropout;
    private final EmbeddingImpl positions; // [L, D]
    private final LayerNormImpl norm;
    private final List<Block> blocks;

    TransformerEncoder(Config config, int length) {
      dropout = config.dropout();
      positions = add("position_embedding", new EmbeddingImpl(length, config.hiddenSize()));
      torch.xavier_normal_(positions.weight());
      norm = add("layer_norm", layerNorm(config.hiddenSize(), 1e-6));
      List<Block> all = new ArrayList<>();
      for (int i = 0; i < config.layers(); i++) {
        all.add(new Block(config));
      }
      blocks = addAll("transformer_blocks", all);
    }

    Tensor forward(SequenceTensors in, Tensor vectors) {
      Tensor places = in.fromEnd().neg().add(new Scalar(positions.weight().size(0)));
      Tensor x = norm.forward(vectors.add(positions.forward(places)));
      x = Dropout.apply(x, is_training() ? dropout : 0);
      for (Block block : blocks) {
        x = block.forward(x, in.mask());
      }
      return in.pick(x);
    }
  }

  private static final class Block extends Layer {
    private final Attention attention;
    private final FeedForward feedForward;

    Block(Config config) {
      attention = add("multi_head_attention", new Attention(config));
      feedForward = add("feed_forward", new FeedForward(config));
    }

    Tensor forward(Tensor x, Tensor mask) {
      return feedForward.forward(attention.forward(x, mask));
    }
  }

  /** Without biases. */
  private static final class Attention extends Layer {
    private final int heads;
    private final double dropout;
    private final LinearImpl query;
    private final LinearImpl key;
    private final LinearImpl value;
    private final LinearImpl merge;
    private final LayerNormImpl norm;

    Attention(Config config) {
      heads = config.heads();
      dropout = config.dropout();
      query = add("w_Q", linear(config.hiddenSize()));
      key = add("w_K", linear(config.hiddenSize()));
      value = add("w_V", linear(config.hiddenSize()));
      merge = add("fc", linear(config.hiddenSize()));
      norm = add("layer_norm", layerNorm(config.hiddenSize(), 1e-6));
    }

    private static LinearImpl linear(long d) {
      LinearOptions options = new LinearOptions(d, d);
      options.bias().put(false);
      LinearImpl linear = new LinearImpl(options);
      torch.xavier_normal_(linear.weight());
      return linear;
    }

    Tensor forward(Tensor x, Tensor mask) { // [R, L, D]
      long r = x.size(0);
      long l = x.size(1);
      Tensor split =
          x.matmul(concat(0, query.weight(), key.weight(), value.weight()).t())
              .view(r, l, 3, heads, -1)
              .permute(2, 0, 3, 1, 4)
              .contiguous(); // [3, R, H, L, D/H]
      double p = is_training() ? dropout : 0;
      Tensor scores = split.select(0, 0).matmul(split.select(0, 1).transpose(2, 3));
      Tensor weights =
          scale(scores, 1 / Math.sqrt((double) split.size(4)))
              .add(mask)
              .softmax(-1); // [R, H, L, L]
      Tensor seen = Dropout.apply(weights, p).matmul(split.select(0, 2));
      Tensor merged = merge.forward(seen.transpose(1, 2).reshape(r, l, -1));
      return norm.forward(Dropout.add(x, merged, p));
    }
  }

  private static final class FeedForward extends Layer {
    private final double dropout;
    private final LinearImpl up;
    private final LinearImpl down;
    private final LayerNormImpl norm;

    FeedForward(Config config) {
      dropout = config.dropout();
      up = add("w_1", new LinearImpl(config.hiddenSize(), config.innerSize()));
      down = add("w_2", new LinearImpl(config.innerSize(), config.hiddenSize()));
      norm = add("layer_norm", layerNorm(config.hiddenSize(), 1e-6));
      for (LinearImpl linear : List.of(up, down)) {
        torch.xavier_normal_(linear.weight());
        torch.zeros_(linear.bias());
      }
    }

    Tensor forward(Tensor x) {
      Tensor y = down.forward(up.forward(x).relu());
      return norm.forward(Dropout.add(x, y, is_training() ? dropout : 0));
    }
  }

  // ---- training

  /**
   * Softmax over the slots of all histories, less the logarithm of each item's popularity. Slots
   * with one item have one logit, so it is computed once and counts as often as there are slots; of
   * a user's own items only the target takes part, and counts once.
   */
  @Override
  public TrainingOutput forward(SequenceTensors in, ItemVectors none, Draws draws) {
    Slots slots = (Slots) draws;
    StageTimer.begin("projection");
    Tensor vectors = vectors(onDevice(slots.items())); // [K, D]

    StageTimer.begin("encoders");
    Tensor ofEvents = vectors.index_select(0, onDevice(slots.event()));
    Tensor users =
        userEncoder.forward(
            in, ofEvents.view(in.items().size(0), in.items().size(1), config.hiddenSize()));

    StageTimer.begin("softmax");
    int k = slots.items().length;
    Tensor targets = onDevice(slots.target()).unsqueeze(1); // [M, 1]
    Tensor debiased = users.matmul(vectors.t()).sub(logarithms(slots.share())); // [M, K]
    Tensor found = debiased.gather(1, targets);
    Tensor logits =
        debiased
            .add(logarithms(slots.count()))
            .masked_fill(own(slots, k), new Scalar(SequenceTensors.HIDDEN)) // no negatives
            .scatter(1, targets, found);
    Tensor sum = logits.logsumexp(1).sub(found.squeeze(1)).sum();
    return new TrainingOutput(
        List.of(), List.of(new Loss("ce", 1, scale(sum, 1 / in.batchExamples()))));
  }

  /** {@return whether an item is the example's user's own, bool [M, K]} */
  private Tensor own(Slots slots, int k) {
    Tensor table =
        torch
            .zeros((long) slots.histories() * k)
            .to(fusion.weight().device(), ScalarType.Bool)
            .index_fill_(0, onDevice(slots.own()), new Scalar(1));
    return table.view(slots.histories(), k).index_select(0, onDevice(slots.owner()));
  }

  private Tensor onDevice(long[] values) {
    return int64(values, values.length).to(fusion.weight().device(), ScalarType.Long);
  }

  private Tensor logarithms(float[] values) {
    return float32(values, values.length).to(fusion.weight().device(), ScalarType.Float).log();
  }

  /**
   * The slots of a part of a batch: its events, and the last target of each of its windows.
   *
   * @param items [K] the different items of the slots
   * @param count [K] how many slots hold the item
   * @param share [K] of the training events that hold the item: its popularity
   * @param event [R L] which of the items each event holds; 0 where padded
   * @param target [M] which of the items each example must find
   * @param owner [M] whose history each example is of, 0 to H - 1
   * @param own flat places in [H, K] of the items that stand in a slot of a history
   * @param histories H
   */
  public record Slots(
      long[] items,
      float[] count,
      float[] share,
      long[] event,
      long[] target,
      long[] owner,
      long[] own,
      int histories)
      implements Draws {

    /**
     * @param popularity [N + 1]
     */
    public static Slots of(SequenceBatch batch, float[] popularity) {
      Map<Long, Integer> itemIndex = new LinkedHashMap<>();
      Map<Long, Integer> historyIndex = new LinkedHashMap<>();
      List<int[]> slots = new ArrayList<>(); // history and item
      long[] event = new long[batch.items().length];
      for (int i = 0; i < event.length; i++) {
        if (batch.segments()[i] != 0) {
          int history = index(historyIndex, batch.histories()[i]);
          event[i] = index(itemIndex, batch.items()[i]);
          slots.add(new int[] {history, (int) event[i]});
          boolean last = (i + 1) % batch.length() == 0 || batch.positions()[i + 1] == 0;
          if (last && batch.targets()[i] != 0) {
            slots.add(new int[] {history, index(itemIndex, batch.targets()[i])});
          }
        }
      }
      int k = itemIndex.size();
      float[] count = new float[k];
      long[] own = new long[slots.size()];
      for (int s = 0; s < own.length; s++) {
        count[slots.get(s)[1]]++;
        own[s] = (long) slots.get(s)[0] * k + slots.get(s)[1];
      }
      long[] examples = batch.examples();
      long[] target = new long[examples.length];
      long[] owner = new long[examples.length];
      for (int i = 0; i < examples.length; i++) {
        target[i] = index(itemIndex, batch.targets()[(int) examples[i]]);
        owner[i] = index(historyIndex, batch.histories()[(int) examples[i]]);
      }
      long[] items = itemIndex.keySet().stream().mapToLong(item -> item).toArray();
      float[] share = new float[k];
      for (int i = 0; i < k; i++) {
        share[i] = (float) Math.max(LEAST_SHARE, popularity[(int) items[i]]);
      }
      return new Slots(items, count, share, event, target, owner, own, historyIndex.size());
    }

    private static int index(Map<Long, Integer> known, long key) {
      return known.computeIfAbsent(key, k -> known.size());
    }
  }

  @Override
  public void fitStatistics(Histories training) {
    float[] share = new float[(int) itemRows()];
    for (int item : training.items()) {
      share[item]++;
    }
    for (int i = 0; i < share.length; i++) {
      share[i] /= training.items().length;
    }
    popularity = share;
  }

  @Override
  public Draws draw(SequenceBatch batch, SplittableRandom random) {
    return Slots.of(batch, TrainingHooks.learnt(popularity));
  }

  /** Rates of the official run script, against the 2e-4 of its recommender. */
  @Override
  public Tuning tuning(String parameter) {
    if (parameter.contains("_adapter_list")
        || parameter.contains("fc_cv")
        || parameter.contains("side_gate_params_cv")) {
      return new Tuning(0.5, true);
    }
    return new Tuning(parameter.contains("fc_bert") ? 0.25 : 1, true);
  }
}
