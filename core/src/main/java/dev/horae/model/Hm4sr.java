package dev.horae.model;

import static dev.horae.config.InvalidValue.unless;
import static dev.horae.config.InvalidValue.unlessPositive;
import static dev.horae.config.InvalidValue.unlessSize;
import static dev.horae.config.InvalidValue.unlessWeight;
import static dev.horae.tensor.Ops.concat;
import static dev.horae.tensor.Ops.float32;
import static dev.horae.tensor.Ops.layerNorm;
import static dev.horae.tensor.Ops.linear;
import static dev.horae.tensor.Ops.scale;
import static dev.horae.tensor.Ops.stack;
import static dev.horae.tensor.Ops.sumOver;

import dev.horae.config.ConfigException;
import dev.horae.config.Default;
import dev.horae.config.Doc;
import dev.horae.config.Flat;
import dev.horae.data.FeatureTable;
import dev.horae.data.RowLayout;
import dev.horae.data.SequenceBatch;
import dev.horae.nn.Initialisation;
import dev.horae.nn.Losses;
import dev.horae.nn.Negatives;
import dev.horae.nn.Transformer;
import dev.horae.nn.Transformer.SelfAttention;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.FrozenFeatures;
import dev.horae.sequence.ItemRows;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.Loss;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.sequence.SoftmaxLoss;
import dev.horae.sequence.TrainingOutput;
import dev.horae.tensor.Dropout;
import dev.horae.tensor.Layer;
import dev.horae.tensor.StageTimer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.EmbeddingImpl;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * HM4SR: three views of an item (id, text, image), mixed by a mixture of experts that lets each
 * view borrow from the others, then rescaled by one that only time steers; a causal transformer per
 * view.
 *
 * <p>Zhang et al., "Hierarchical Time-Aware Mixture of Experts for Multi-Modal Sequential
 * Recommendation", WWW 2025; equation numbers are the paper's. Where paper and released code differ
 * {@link Hm4srReleased} and other keys choose; defaults follow the paper with the repairs that
 * {@code docs/decisions.md} lists, the preset {@code hm4sr-official} follows the code.
 *
 * <p>Shapes: R rows, L events, M examples, V views, D hidden size, K experts, N items, C
 * categories.
 */
public final class Hm4sr extends SequenceModel {

  /** A way to look at an item; names of parameters are the official code's. */
  public enum View {
    ID("item", "id"),
    TEXT("txt", "txt"),
    IMAGE("img", "img");

    private final String encoder;
    private final String gate;

    View(String encoder, String gate) {
      this.encoder = encoder;
      this.gate = gate;
    }

    private String modality() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What steers the temporal experts (section 5.5 of the paper). */
  public enum Time {
    BOTH,
    INTERVAL,
    ABSOLUTE,
    DAY,
    DAY_OF_YEAR,
    COS,
    NONE
  }

  /** Over what category prediction averages. */
  public enum Reduction {
    MEAN,
    SUM
  }

  /** Whether two examples of one history are negatives of each other in the contrastive losses. */
  public enum SameHistory {
    KEEP,
    DROP
  }

  @Doc("id, text and image views mixed by experts, rescaled by time (Zhang et al., WWW 2025)")
  public record Config(
      @Default("true") @Doc("whether the id view takes part") boolean useId,
      @Flat
          @Doc(
              """
              hidden_size: width of each view, D
              layers: transformer layers per view
              dropout: dropout on view inputs and inside transformer layers
              """)
          Transformer.Config transformer,
      @Default("0.5")
          @Doc("root mean square of the values of a feature table after scaling; 0 = as they are")
          double featureRms,
      @Default("true") @Doc("Interactive mixture of experts (Eq. 7-10)") boolean interactiveMoe,
      @Default("4") @Doc("its experts, k1") int interactiveExperts,
      @Default("[0, 1, 1]") @Doc("start of its three gains alpha: id, text, image")
          List<Double> alphaInit,
      @Default("both") @Doc("what steers the temporal experts; none = no Temporal MoE, no PCL")
          Time time,
      @Default("4") @Doc("temporal experts, k2") int temporalExperts,
      @Default("0") @Doc("mean of the temporal experts' start N(mean, 0.1^2)")
          double temporalExpertMean,
      @Default("100") @Doc("buckets per unit of log interval, mu (Eq. 12)") double mu,
      @Default("2") @Doc("base of that logarithm") double logBase,
      @Default("10000") @Doc("frequency base of absolute time (Eq. 13)") double frequency,
      @Default("true") @Doc("leave padding out of the softmax over items") boolean maskPadding,
      @Default("1") @Doc("weight of category prediction, CP") double lambdaCp,
      @Default("1") @Doc("weight of contrastive learning on ids, IDCL") double lambdaIdcl,
      @Default("1") @Doc("weight of contrastive learning with placeholders, PCL") double lambdaPcl,
      @Default("mean") @Doc("CP averages over events and categories, or sums as printed")
          Reduction cpReduction,
      @Default("0.2") @Doc("temperature of IDCL, tau") double tau,
      @Default("0.3") @Doc("share of events that PCL replaces, beta") double beta,
      @Default("1") @Doc("temperature of PCL") double pclTemperature,
      @Default("drop") @Doc("in-batch negatives with the example's own target")
          Negatives.Duplicates duplicates,
      @Default("keep") @Doc("in-batch negatives of the example's own history")
          SameHistory sameHistory,
      @Flat Hm4srReleased released)
      implements NetworkConfig {

    public Config {
      unless(featureRms >= 0, "featureRms", featureRms, "is negative", "try 0.5, or 0 for as is");
      unlessSize("interactiveExperts", interactiveExperts, 256, "the paper searched 2 to 12");
      unlessSize("temporalExperts", temporalExperts, 256, "the paper searched 2 to 12");
      unless(
          alphaInit.size() == 3,
          "alphaInit",
          alphaInit,
          "does not have three values",
          "give id, text and image, such as [0, 1, 1]");
      unlessPositive("mu", mu, "100 is the paper's");
      unless(logBase > 1, "logBase", logBase, "is not above 1", "use 2 or 2.718281828459045");
      unlessPositive("frequency", frequency, "10000 is the paper's");
      unlessPositive("tau", tau, "try 0.2");
      unlessPositive("pclTemperature", pclTemperature, "1 is the paper's");
      unless(beta >= 0 && beta <= 1, "beta", beta, "is not in [0, 1]", "try 0.3");
      unlessWeight("lambdaCp", lambdaCp, "try 1, or 0 for none");
      unlessWeight("lambdaIdcl", lambdaIdcl, "try 1, or 0 for none");
      unlessWeight("lambdaPcl", lambdaPcl, "try 1, or 0 for none");
    }

    @Override
    public Set<String> modalities() {
      return Set.of("text", "image");
    }

    @Override
    public Map<String, List<String>> parts() { // section 5.3; without time there is no PCL either
      Map<String, List<String>> parts = new LinkedHashMap<>();
      parts.put("IMoE", List.of("model.interactive_moe=false"));
      parts.put("TMoE", List.of("model.time=none"));
      parts.put("CP", List.of("model.lambda_cp=0"));
      parts.put("IDCL", List.of("model.lambda_idcl=0"));
      parts.put("PCL", List.of("model.lambda_pcl=0"));
      return parts;
    }

    @Override
    public SequenceModel build(DataSpec dataSpec) {
      return new Hm4sr(this, dataSpec);
    }

    @Override
    public long valuesPerEvent(DataSpec dataSpec) {
      long views = (useId ? 1 : 0) + dataSpec.features().size();
      long passes = views + (lambdaPcl == 0 || time == Time.NONE ? 0 : dataSpec.features().size());
      long pass = transformer.valuesPerEvent(dataSpec.length());
      long experts = interactiveMoe ? 3L * interactiveExperts : 0;
      long mixing = (experts + 20) * views * transformer.hiddenSize();
      return mixing + passes * (pass + 4L * transformer.hiddenSize()) + 4L * dataSpec.categories();
    }
  }

  private final Config config;
  private final List<View> views = new ArrayList<>();
  private final List<Encoder> encoders = new ArrayList<>(); // of the views
  private final Map<View, LinearImpl> placeholders = new LinkedHashMap<>();
  private final EmbeddingImpl positions; // [L, D]
  private final List<FrozenFeatures.Projected> projected = new ArrayList<>(); // of the views but ID
  private final @Nullable InteractiveMoe interactive; // null when switched off
  private final @Nullable Hm4srTime temporal; // null when switched off
  private final @Nullable CategoryPrediction prediction; // null without categories

  private Hm4sr(Config config, DataSpec dataSpec) {
    super(dataSpec);
    this.config = config;
    int d = config.transformer().hiddenSize();
    for (View view : View.values()) {
      if (view == View.ID ? config.useId() : dataSpec.feature(view.modality()).isPresent()) {
        views.add(view);
      }
    }
    if (views.isEmpty()) { // which features there are, only the data set knows
      throw new ConfigException(
          "model.use_id = false leaves no view of an item; use true, or give text or image"
              + " features");
    }
    int width = views.size() * d;

    if (config.useId()) {
      addItems(d);
    }
    positions = add("position_embedding", new EmbeddingImpl(dataSpec.length(), d));
    for (View view : views) {
      encoders.add(new Encoder(view));
      if (view != View.ID) {
        FeatureTable table = dataSpec.feature(view.modality()).orElseThrow();
        projected.add(
            new FrozenFeatures.Projected(
                addFeatures(view.encoder + "_embedding", table, config.featureRms()),
                add(view.encoder + "_projection", new LinearImpl(table.width(), d))));
      }
    }
    temporal =
        config.time() == Time.NONE
            ? null
            : add("time_moe", new Hm4srTime(config, width, dataSpec.time()));
    Initialisation.normal02(this);

    // What follows keeps libtorch's own start, uniform within 1 / sqrt(inputs), as in the code.
    interactive = config.interactiveMoe() ? add("start_moe", new InteractiveMoe()) : null;
    int c = config.lambdaCp() == 0 ? 0 : dataSpec.categories();
    if (c > 0) {
      config.released().check(dataSpec);
    }
    prediction =
        c == 0
            ? null
            : new CategoryPrediction(
                new Categories(dataSpec), add("cat_linear", new LinearImpl(width, c)));
    if (temporal != null) {
      temporal.start();
      for (View view : views) {
        if (view != View.ID && config.lambdaPcl() != 0) {
          placeholders.put(
              view,
              add("placeholder_" + view.encoder, new LinearImpl(temporal.embeddingWidth(), d)));
        }
      }
    }
  }

  @Override
  public Tensor itemVectors(ItemRows rows, Draws draws) { // Eq. 4, 5
    List<Tensor> parts = new ArrayList<>(); // in the order of the views
    if (config.useId()) {
      parts.add(super.itemVectors(rows, draws));
    }
    projected.forEach(view -> parts.add(view.at(rows)));
    return concat(1, parts); // [K, V D]
  }

  @Override
  public Rows rows(String parameter) {
    if (parameter.equals("time_moe.time_embedding.weight")) {
      return Rows.BUCKETS;
    }
    return parameter.startsWith("cat_linear.") ? Rows.CATEGORIES : super.rows(parameter);
  }

  @Override
  public void moveStart(long seconds) {
    if (temporal != null) {
      temporal.moveStart(seconds);
    }
  }

  @Override
  public Tensor encode(SequenceTensors in, ItemVectors items) {
    Tensor x = mixed(positioned(in, items.at(in.items())), time(in));
    List<Tensor> users = new ArrayList<>();
    for (Encoder encoder : encoders) {
      users.addAll(encoder.forward(in, List.of(slice(x, encoder.view))));
    }
    return concat(1, users); // Eq. 17, 18: [M, V D]
  }

  @Override
  public TrainingOutput forward(SequenceTensors in, ItemVectors items, Draws draws) {
    StageTimer.begin("experts");
    Tensor raw = items.at(in.items());
    Tensor time = time(in);
    Tensor x = mixed(positioned(in, raw), time);

    StageTimer.begin("encoders");
    Tensor replaced = contrastsPlaceholders() ? ((Hm4srPlaceholders) draws).replaced(in) : null;
    List<Tensor> users = new ArrayList<>();
    List<Tensor> original = new ArrayList<>(); // of the views that have a placeholder
    List<Tensor> swapped = new ArrayList<>();
    for (Encoder encoder : encoders) {
      List<Tensor> passes = new ArrayList<>(List.of(slice(x, encoder.view)));
      LinearImpl placeholder = placeholders.get(encoder.view);
      if (placeholder != null) { // Eq. 24, 25; dropout is drawn afresh
        passes.add(torch.where(replaced, placeholder.forward(time), passes.get(0)));
      }
      List<Tensor> outputs = encoder.forward(in, passes);
      users.add(outputs.get(0));
      if (placeholder != null) {
        original.add(Losses.unit(outputs.get(0)));
        swapped.add(Losses.unit(outputs.get(1)));
      }
    }

    StageTimer.begin("auxiliary");
    List<SoftmaxLoss> softmaxes = new ArrayList<>();
    Tensor all = concat(1, users); // Eq. 17, 18: [M, V D]
    softmaxes.add(SoftmaxLoss.overItems("ce", all, in.targets(), !config.maskPadding()));
    Tensor owners = config.sameHistory() == SameHistory.KEEP ? null : in.histories();
    Negatives inBatch = new Negatives(in.targets(), config.duplicates(), owners);
    if (config.useId() && config.lambdaIdcl() != 0) { // Eq. 23
      Tensor query = Losses.unit(users.get(views.indexOf(View.ID)));
      Tensor next = Losses.unit(slice(items.at(in.targets()), View.ID));
      softmaxes.add(
          new SoftmaxLoss.InBatch("idcl", config.lambdaIdcl(), query, next, config.tau(), inBatch));
    }
    if (contrastsPlaceholders()) { // Eq. 26
      softmaxes.add(
          new SoftmaxLoss.InBatch(
              "pcl",
              config.lambdaPcl(),
              stack(original),
              stack(swapped),
              config.pclTemperature(),
              inBatch));
    }
    List<Loss> sums = new ArrayList<>();
    if (prediction != null) {
      Tensor read = config.released().cpInput() == Hm4srReleased.CategoryInput.XTEMP ? x : raw;
      sums.add(new Loss("cp", config.lambdaCp(), categoryLoss(prediction, in, read)));
    }
    return new TrainingOutput(softmaxes, sums);
  }

  @Override
  public Draws draw(SequenceBatch batch, SplittableRandom random) {
    return contrastsPlaceholders()
        ? Hm4srPlaceholders.draw(batch, config.beta(), random)
        : Draws.NONE;
  }

  @Override
  public RowLayout layout() {
    return config.released().cpIndexBug() ? RowLayout.FULL : RowLayout.PACKED;
  }

  /** Which number the index bug compares depends on the row, so each prefix needs its own. */
  @Override
  public boolean causal() {
    return prediction == null || !config.released().cpIndexBug();
  }

  @Override
  public List<String> parts() {
    return views.stream().map(View::modality).toList();
  }

  @Override
  public Map<String, Tensor> gates(SequenceTensors in, ItemVectors items) {
    Map<String, Tensor> gates = new LinkedHashMap<>();
    if (interactive != null) {
      Tensor e = positioned(in, items.at(in.items()));
      for (View view : views) {
        gates.put(view.modality(), in.pick(interactive.gate(view, slice(e, view))));
      }
    }
    if (temporal != null) {
      gates.put("time", in.pick(temporal.gate(temporal.embedding(in))));
    }
    return gates;
  }

  private boolean contrastsPlaceholders() {
    return !placeholders.isEmpty();
  }

  private @Nullable Tensor time(SequenceTensors in) {
    return temporal == null ? null : temporal.embedding(in);
  }

  private Tensor positioned(SequenceTensors in, Tensor raw) { // Eq. 6, 7: [R, L, V D]
    Tensor place = positions.forward(in.positions()); // one table for all views
    return raw.add(concat(2, Collections.nCopies(views.size(), place)));
  }

  private Tensor mixed(Tensor e, @Nullable Tensor time) { // Eq. 8-16
    Tensor borrowed = interactive == null ? e : interactive.forward(e);
    return temporal == null || time == null ? borrowed : temporal.forward(borrowed, time);
  }

  /**
   * What predicts an event's categories.
   *
   * @param scores V D -> C
   */
  private record CategoryPrediction(Categories categories, LinearImpl scores) {}

  private Tensor categoryLoss(CategoryPrediction prediction, SequenceTensors in, Tensor read) {
    Tensor logits = prediction.scores().forward(read); // Eq. 21, 22
    Tensor bce =
        prediction
            .categories()
            .crossEntropy(logits, in.items(), config.released().clampCategories());
    if (config.released().cpIndexBug()) {
      return Hm4srReleased.scalarIndexed(in, bce);
    }
    Tensor sum = sumOver(bce, -1).mul(in.weights()).sum();
    double count =
        config.cpReduction() == Reduction.SUM
            ? in.batchExamples()
            : in.batchWeight() * logits.size(-1);
    return scale(sum, 1 / count);
  }

  private Tensor slice(Tensor x, View view) { // [..., V D] -> [..., D]
    int d = config.transformer().hiddenSize();
    return x.narrow(-1, (long) views.indexOf(view) * d, d);
  }

  /** Norm, dropout and transformer of one view; registered flat, under the official names. */
  private final class Encoder {
    private final View view;
    private final LayerNormImpl norm;
    private final Transformer.Encoder<Tensor> transformer;

    Encoder(View view) {
      this.view = view;
      transformer =
          add(
              view.encoder + "_seq",
              new Transformer.Encoder<>(config.transformer(), SelfAttention::new));
      norm = add(view.encoder + "_ln", layerNorm(config.transformer().hiddenSize(), 1e-12));
    }

    /** One or several inputs [R, L, D] to as many outputs [M, D]. */
    List<Tensor> forward(SequenceTensors in, List<Tensor> passes) {
      Tensor x = concat(0, passes);
      Tensor dropped =
          Dropout.apply(norm.forward(x), is_training() ? config.transformer().dropout() : 0);
      long events = in.items().numel();
      long m = in.examples().size(0);
      Tensor[] places = new Tensor[passes.size()];
      for (int p = 0; p < places.length; p++) {
        places[p] = in.examples().add(new Scalar(p * events));
      }
      Tensor outputs = transformer.forward(dropped, in.mask(), concat(0, places));
      List<Tensor> parts = new ArrayList<>();
      for (int p = 0; p < places.length; p++) {
        parts.add(outputs.narrow(0, p * m, m));
      }
      return parts;
    }
  }

  /** Every expert sees all views; each view adds a gated mixture of what they say (Eq. 8-10). */
  private final class InteractiveMoe extends Layer {
    private final Tensor alpha; // [V]
    private final List<LinearImpl> gates = new ArrayList<>(); // of the views, D -> K
    private final List<LinearImpl> experts = new ArrayList<>(); // V D -> V D

    InteractiveMoe() {
      float[] start = new float[views.size()];
      for (int v = 0; v < start.length; v++) {
        start[v] = config.alphaInit().get(views.get(v).ordinal()).floatValue();
      }
      alpha = addParameter("weight", float32(start, start.length), true);
      int d = config.transformer().hiddenSize();
      for (View view : views) {
        gates.add(add("gate_" + view.gate, new LinearImpl(d, config.interactiveExperts())));
      }
      for (int i = 0; i < config.interactiveExperts(); i++) {
        experts.add(new LinearImpl(views.size() * (long) d, views.size() * (long) d));
      }
      addAll("expert", experts);
    }

    Tensor gate(View view, Tensor e) { // [R, L, D] -> [R, L, K]
      return gates.get(views.indexOf(view)).forward(e).softmax(-1);
    }

    Tensor forward(Tensor e) { // [R, L, V D] -> [R, L, V D]
      Tensor expertOutputs =
          linear(e, experts)
              .view(e.size(0), e.size(1), experts.size(), views.size(), -1); // [R, L, K, V, D]
      Tensor gate =
          concat(
              3,
              views.stream().map(v -> gate(v, slice(e, v)).unsqueeze(-1)).toList()); // [R, L, K, V]
      Tensor mixture = sumOver(expertOutputs.mul(gate.unsqueeze(-1)), 2); // [R, L, V, D]
      return e.add(mixture.mul(alpha.view(-1, 1)).flatten(2, 3));
    }
  }
}
