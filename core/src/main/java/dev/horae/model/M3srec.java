package dev.horae.model;

import static dev.horae.config.InvalidValue.unless;
import static dev.horae.config.InvalidValue.unlessPositive;
import static dev.horae.config.InvalidValue.unlessSize;
import static dev.horae.config.InvalidValue.unlessWeight;
import static dev.horae.tensor.Ops.concat;
import static dev.horae.tensor.Ops.layerNorm;
import static dev.horae.tensor.Ops.linear;
import static dev.horae.tensor.Ops.stack;
import static dev.horae.tensor.Ops.sumOver;

import dev.horae.config.ConfigException;
import dev.horae.config.Default;
import dev.horae.config.Doc;
import dev.horae.data.FeatureTable;
import dev.horae.nn.Initialisation;
import dev.horae.nn.Losses;
import dev.horae.nn.Negatives;
import dev.horae.nn.Transformer;
import dev.horae.nn.Transformer.SelfAttention;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.FrozenFeatures;
import dev.horae.sequence.ItemRows;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.sequence.SoftmaxLoss;
import dev.horae.sequence.TrainingOutput;
import dev.horae.tensor.Dropout;
import dev.horae.tensor.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.bytedeco.pytorch.EmbeddingImpl;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * M3SRec: a transformer per modality (id, text, image) whose feed-forward nets are mixtures of
 * experts, first of experts of one modality, then of experts that all modalities share and behind
 * an attention over the events of all of them; the modalities' user vectors are mixed by attention.
 *
 * <p>Bian et al., "Multi-modal Mixture of Experts Representation Learning for Sequential
 * Recommendation", CIKM 2023. No code was released and the paper does not fix all of it: this is
 * our reconstruction, from the description in the HM4SR paper, without pre-training. What had to be
 * decided stands in {@code docs/decisions.md}.
 *
 * <p>Shapes: R rows, L events, M examples, V modalities, D hidden size, K experts, F feature width,
 * N items. Modalities lie behind one another along the first axis, [V R, L, D].
 */
public final class M3srec extends SequenceModel {

  /** A way to look at an item; names of parameters are those of the fixture. */
  private enum Modality {
    ID("id"),
    TEXT("txt"),
    IMAGE("img");

    private final String official;

    Modality(String official) {
      this.official = official;
    }

    private String feature() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What users are scored against. */
  public enum Head {
    /** One fused user vector against the sum of an item's modalities. */
    FUSED,
    /** Each modality's user vector against the item in that modality, the products added up. */
    PER_MODALITY
  }

  @Doc("experts per modality, then across modalities (Bian et al., CIKM 2023)")
  public record Config(
      @Default("64") @Doc("width of every modality, D") int hiddenSize,
      @Default("1") @Doc("layers with experts of one modality") int specificLayers,
      @Default("1") @Doc("layers with shared experts, behind them") int sharedLayers,
      @Default("2") @Doc("attention heads; a divisor of hidden_size") int heads,
      @Default("4") @Doc("experts of each modality") int specificExperts,
      @Default("4") @Doc("shared experts") int sharedExperts,
      @Default("0.5") @Doc("dropout on inputs and inside layers") double dropout,
      @Default("0.5") @Doc("dropout on attention weights") double attentionDropout,
      @Default("0.5")
          @Doc("root mean square of the values of a feature table after scaling; 0 = as they are")
          double featureRms,
      @Default("true")
          @Doc("whether shared layers look at the events of all modalities; false = of their own")
          boolean crossModal,
      @Default("fused")
          @Doc("fused: one user vector against the sum of an item's modalities; per-modality: each")
          Head head,
      @Default("0") @Doc("weight of the contrast of users with their next item, by modality")
          double lambdaAux,
      @Default("0.2") @Doc("its temperature, tau") double tau,
      @Default("false") @Doc("leave padding out of the softmax over items") boolean maskPadding)
      implements NetworkConfig {

    public Config {
      attention(hiddenSize, heads, dropout, attentionDropout); // its rules
      unlessSize("specificLayers", specificLayers, 64, "try 1");
      unlessSize("sharedLayers", sharedLayers, 64, "try 1");
      unlessSize("specificExperts", specificExperts, 256, "try 2 to 8");
      unlessSize("sharedExperts", sharedExperts, 256, "try 2 to 8");
      unless(featureRms >= 0, "featureRms", featureRms, "is negative", "try 0.5, or 0 for as is");
      unlessWeight("lambdaAux", lambdaAux, "0 is none");
      unlessPositive("tau", tau, "try 0.2");
    }

    @Override
    public Map<String, List<String>> parts() {
      return Map.of("cross-modal attention", List.of("model.cross_modal=false"));
    }

    @Override
    public Set<String> modalities() {
      return Set.of("text", "image");
    }

    @Override
    public SequenceModel build(DataSpec dataSpec) {
      return new M3srec(this, dataSpec);
    }

    @Override
    public long valuesPerEvent(DataSpec dataSpec) {
      long modalities = 1 + dataSpec.features().size();
      long seen = dataSpec.length() * (crossModal ? modalities : 1);
      long specific = specificLayers * layer(specificExperts, dataSpec.length());
      long shared = sharedLayers * layer(sharedExperts, seen);
      long backward = 3L * heads * seen; // through the weights of the last layer
      long widths = dataSpec.features().stream().mapToLong(FeatureTable::width).sum();
      return widths + modalities * (8L * hiddenSize + specific + shared + backward);
    }

    /** One layer, whose feed-forward net is a mixture of its own. */
    private static Transformer.Config attention(
        int hiddenSize, int heads, double dropout, double attentionDropout) {
      return new Transformer.Config(hiddenSize, 1, heads, hiddenSize, dropout, attentionDropout);
    }

    private long layer(int experts, long seen) {
      return 16L * hiddenSize + 2L * experts * hiddenSize + 5L * heads * seen;
    }
  }

  private final Config config;
  private final List<Modality> modalities = new ArrayList<>();
  private final Tensor types; // [V, D]
  private final EmbeddingImpl ids; // [N + 1, D]
  private final EmbeddingImpl positions; // [L, D]
  private final List<FrozenFeatures.Projected> projected =
      new ArrayList<>(); // of all modalities but ID
  private final LayerNormImpl norm; // of all modalities' inputs
  private final List<SpecificLayer> specific = new ArrayList<>();
  private final List<SharedLayer> shared = new ArrayList<>();
  private final @Nullable Fusion fusion; // null when each modality scores by itself

  private M3srec(Config config, DataSpec dataSpec) {
    super(dataSpec);
    this.config = config;
    int d = config.hiddenSize();
    for (Modality m : Modality.values()) {
      if (m == Modality.ID || dataSpec.feature(m.feature()).isPresent()) {
        modalities.add(m);
      }
    }
    if (modalities.size() == 1) { // which features there are, only the data set knows
      throw new ConfigException(
          "model.type = m3srec mixes modalities, but the data set gives neither text nor image"
              + " features; encode it and name a table under text or image, or use sasrec");
    }
    types = addParameter("modality_embedding", torch.empty(modalities.size(), d), true);
    ids = addItems(d);
    positions = add("position_embedding", new EmbeddingImpl(dataSpec.length(), d));
    for (Modality m : modalities.subList(1, modalities.size())) {
      FeatureTable table = dataSpec.feature(m.feature()).orElseThrow();
      projected.add(
          new FrozenFeatures.Projected(
              addFeatures(m.official + "_features", table, config.featureRms()),
              add(m.official + "_projection", new LinearImpl(table.width(), d))));
    }
    norm = add("LayerNorm", layerNorm(d, 1e-12));
    for (int i = 0; i < config.specificLayers(); i++) {
      specific.add(new SpecificLayer());
    }
    addAll("block1", specific);
    for (int i = 0; i < config.sharedLayers(); i++) {
      shared.add(new SharedLayer());
    }
    addAll("block2", shared);
    fusion = config.head() == Head.FUSED ? new Fusion() : null;
    Initialisation.normal02(this);
  }

  @Override
  public Tensor itemVectors(ItemRows rows, Draws draws) {
    Tensor[] parts = new Tensor[modalities.size()];
    parts[0] = super.itemVectors(rows, draws);
    for (int v = 1; v < parts.length; v++) {
      parts[v] = projected.get(v - 1).at(rows);
    }
    if (config.head() == Head.PER_MODALITY) {
      return concat(1, parts); // [K, V D]
    }
    Tensor sum = parts[0];
    for (int v = 1; v < parts.length; v++) {
      sum = sum.add(parts[v]);
    }
    return sum; // [K, D]
  }

  @Override
  public Tensor encode(SequenceTensors in, ItemVectors items) {
    return users(modalUsers(in, items)); // [M, D] or [M, V D]
  }

  @Override
  public TrainingOutput forward(SequenceTensors in, ItemVectors items, Draws draws) {
    Tensor modal = modalUsers(in, items);
    List<SoftmaxLoss> softmaxes = new ArrayList<>();
    softmaxes.add(SoftmaxLoss.overItems("ce", users(modal), in.targets(), !config.maskPadding()));
    if (config.lambdaAux() != 0) {
      softmaxes.add(
          new SoftmaxLoss.InBatch(
              "aux",
              config.lambdaAux(),
              Losses.unit(modal),
              Losses.unit(views(in.targets(), items)),
              config.tau(),
              new Negatives(in.targets(), Negatives.Duplicates.DROP, null)));
    }
    return new TrainingOutput(softmaxes, List.of());
  }

  @Override
  public List<String> parts() {
    return config.head() == Head.FUSED
        ? super.parts()
        : modalities.stream().map(Modality::feature).toList();
  }

  /** How much each modality's user vector counts. */
  @Override
  public Map<String, Tensor> gates(SequenceTensors in, ItemVectors items) {
    return fusion == null ? Map.of() : Map.of("fusion", fusion.weights(modalUsers(in, items)).t());
  }

  /** {@return {@code wanted} items (int64, any shape) in each modality, float [V, ..., D]} */
  private Tensor views(Tensor wanted, ItemVectors items) {
    List<Tensor> views = new ArrayList<>(List.of(items.rows(ids.weight(), wanted)));
    projected.forEach(view -> views.add(view.at(wanted)));
    return stack(views);
  }

  private Tensor modalUsers(SequenceTensors in, ItemVectors items) { // [V, M, D]
    long v = modalities.size();
    long d = config.hiddenSize();
    Tensor x =
        views(in.items(), items).add(positions.forward(in.positions())).add(types.view(v, 1, 1, d));
    x = Dropout.apply(norm.forward(x), is_training() ? config.dropout() : 0).flatten(0, 1);
    for (SpecificLayer layer : specific) {
      x = layer.forward(x, in.mask()); // [V R, L, D]
    }
    Tensor mask = in.mask();
    List<Tensor> places = new ArrayList<>(); // of the examples, one modality after the other
    for (long m = 0; m < v; m++) {
      places.add(
          config.crossModal()
              ? in.examples().mul(new Scalar(v)).add(new Scalar(m))
              : in.examples().add(new Scalar(m * in.items().numel())));
    }
    if (config.crossModal()) {
      x = byEvent(x);
      mask = forAllModalities(mask);
    }
    for (SharedLayer layer : shared.subList(0, shared.size() - 1)) {
      x = layer.forward(x, mask, null);
    }
    return shared.get(shared.size() - 1).forward(x, mask, concat(0, places)).view(v, -1, d);
  }

  /** [V R, L, D] to [R, L V, D]: the modalities of an event side by side. */
  private Tensor byEvent(Tensor x) {
    return x.view(modalities.size(), -1, x.size(1), x.size(2)).permute(1, 2, 0, 3).flatten(1, 2);
  }

  /** An event in one modality sees what it saw before, in all: [R, 1, L, L] to [R, 1, L V, L V]. */
  private Tensor forAllModalities(Tensor mask) {
    long r = mask.size(0);
    long l = mask.size(3);
    long v = modalities.size();
    return mask.view(r, 1, l, 1, l, 1).expand(r, 1, l, v, l, v).reshape(r, 1, l * v, l * v);
  }

  private Tensor users(Tensor modal) { // [V, M, D]
    if (fusion == null) {
      return modal.transpose(0, 1).flatten(1, 2); // [M, V D]
    }
    return sumOver(modal.mul(fusion.weights(modal).unsqueeze(-1)), 0); // [M, D]
  }

  /** How much each modality counts; registered flat, under the official names. */
  private final class Fusion {
    private final Tensor query = addParameter("fusion_v", torch.empty(config.hiddenSize()), true);
    private final LinearImpl map =
        add("fusion", new LinearImpl(config.hiddenSize(), config.hiddenSize()));

    Tensor weights(Tensor modal) { // [V, M, D] -> [V, M]
      return map.forward(modal).tanh().matmul(query).softmax(0);
    }
  }

  private SelfAttention attention() {
    return new SelfAttention(
        Config.attention(
            config.hiddenSize(), config.heads(), config.dropout(), config.attentionDropout()));
  }

  /** All modalities attend with the same weights; each has experts of its own. */
  private final class SpecificLayer extends Layer {
    private final SelfAttention attention = add("attention", attention());
    private final Mixtures mixtures = add("moe", new Mixtures());

    Tensor forward(Tensor x, Tensor mask) {
      return mixtures.forward(attention.forward(x, mask, null));
    }
  }

  private final class Mixtures extends Layer {
    private final List<Mixture> byModality = new ArrayList<>();

    Mixtures() {
      for (Modality m : modalities) {
        byModality.add(add(m.official, new Mixture(config.specificExperts())));
      }
    }

    Tensor forward(Tensor x) { // [V R, L, D]
      long r = x.size(0) / byModality.size();
      Tensor[] parts = new Tensor[byModality.size()];
      for (int v = 0; v < parts.length; v++) {
        parts[v] = byModality.get(v).forward(x.narrow(0, v * r, r));
      }
      return concat(0, parts);
    }
  }

  /** One attention and one set of experts for all modalities. */
  private final class SharedLayer extends Layer {
    private final SelfAttention attention = add("attention", attention());
    private final Mixture mixture = add("moe", new Mixture(config.sharedExperts()));

    Tensor forward(Tensor x, Tensor mask, @Nullable Tensor places) {
      return mixture.forward(attention.forward(x, mask, places));
    }
  }

  /** What the experts say, weighted by a softmax gate, added to the input and normalised. */
  private final class Mixture extends Layer {
    private final LinearImpl router; // D -> K
    private final List<LinearImpl> experts = new ArrayList<>(); // D -> D
    private final LayerNormImpl norm;

    Mixture(int size) {
      int d = config.hiddenSize();
      router = add("router", new LinearImpl(d, size));
      for (int i = 0; i < size; i++) {
        experts.add(new LinearImpl(d, d));
      }
      addAll("experts", experts);
      norm = add("LayerNorm", layerNorm(d, 1e-12));
    }

    Tensor forward(Tensor x) { // [..., D]
      Tensor flat = x.reshape(-1, config.hiddenSize()); // [T, D]
      Tensor expertOutputs =
          torch.gelu(linear(flat, experts)).view(flat.size(0), experts.size(), -1); // [T, K, D]
      Tensor gate = router.forward(flat).softmax(-1).unsqueeze(1); // [T, 1, K]
      Tensor mixed = gate.bmm(expertOutputs).view_as(x);
      return norm.forward(Dropout.add(x, mixed, is_training() ? config.dropout() : 0));
    }
  }
}
