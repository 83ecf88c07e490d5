package dev.horae.model;

import static dev.horae.config.InvalidValue.unless;
import static dev.horae.tensor.Ops.concat;
import static dev.horae.tensor.Ops.layerNorm;

import dev.horae.config.ConfigException;
import dev.horae.config.Default;
import dev.horae.config.Doc;
import dev.horae.config.Flat;
import dev.horae.data.FeatureTable;
import dev.horae.nn.Initialisation;
import dev.horae.nn.MultiHeadAttention;
import dev.horae.nn.Transformer;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.FrozenFeatures;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.sequence.SoftmaxLoss;
import dev.horae.sequence.TrainingOutput;
import dev.horae.tensor.Dropout;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.pytorch.EmbeddingImpl;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * NOVA: side information decides where attention looks, but what is looked at stays the pure
 * representation of ids. Queries and keys come from a fusion of ids, side information and
 * positions, values from ids alone.
 *
 * <p>Liu et al., "Non-invasive Self-attention for Side Information Fusion in Sequential
 * Recommendation", AAAI 2021. There is no official code; this follows the paper, with the causal
 * encoder and next-item softmax that the HM4SR paper put in the place of BERT's cloze task, and
 * categories as side information, as in the code base of DIF-SR. Texts and images are ours.
 *
 * <p>Shapes: R rows, L events, M examples, D hidden size, N items, C categories.
 */
public final class Nova extends SequenceModel {

  /** What steers attention beside ids and positions. */
  public enum Side {
    CATEGORIES,
    TEXT,
    IMAGE
  }

  /** How streams become one. */
  public enum Fusion {
    ADD,
    /** One linear map of the streams behind one another, the same in all layers. */
    CONCAT,
    /** Streams weighed by a softmax over their products with one vector, the same in all layers. */
    GATE,
    /** Likewise with a sigmoid per stream. */
    SIGMOID_GATE
  }

  @Doc("side information in the attention weights only (Liu et al., AAAI 2021)")
  public record Config(
      @Flat Transformer.Config transformer,
      @Default("[categories]") @Doc("what steers attention: categories, text, image")
          List<Side> sideInformation,
      @Default("0.5")
          @Doc("root mean square of the values of a feature table after scaling; 0 = as they are")
          double featureRms,
      @Default("gate") @Doc("how ids, side information and positions become one") Fusion fusion,
      @Default("true") @Doc("fuse anew in each layer, or only once before the first")
          boolean fusePerLayer,
      @Default("false") @Doc("leave padding out of the softmax over items") boolean maskPadding)
      implements NetworkConfig {

    public Config {
      unless(featureRms >= 0, "featureRms", featureRms, "is negative", "try 0.5, or 0 for as is");
    }

    @Override
    public Set<String> modalities() {
      return Stream.of("text", "image").filter(this::uses).collect(Collectors.toSet());
    }

    @Override
    public SequenceModel build(DataSpec dataSpec) {
      return new Nova(this, dataSpec);
    }

    @Override
    public long valuesPerEvent(DataSpec dataSpec) {
      long features = 0;
      for (FeatureTable table : dataSpec.features()) {
        features += uses(table.modality()) ? table.width() : 0;
      }
      long streams = 2L + sideInformation.size();
      return features
          + (4 + (transformer.layers() + 1) * streams) * transformer.hiddenSize()
          + transformer.valuesPerEvent(dataSpec.length());
    }

    private boolean uses(String modality) {
      return sideInformation.stream().anyMatch(side -> name(side).equals(modality));
    }

    private static String name(Side side) {
      return side.name().toLowerCase(Locale.ROOT);
    }
  }

  private final Config config;
  private final EmbeddingImpl positions; // [L, D]
  private final @Nullable CategoryVectors categories; // null when they are no side information
  private final List<FrozenFeatures.Projected> features = new ArrayList<>();
  private final Function<List<Tensor>, UnaryOperator<Tensor>> fusion; // see #added
  private final Transformer.Encoder<Steering> encoder;
  private final LayerNormImpl norm;

  private Nova(Config config, DataSpec dataSpec) {
    super(dataSpec);
    this.config = config;
    int d = config.transformer().hiddenSize();
    addItems(d);
    positions = add("position_embedding", new EmbeddingImpl(dataSpec.length(), d));
    if (config.sideInformation().contains(Side.CATEGORIES)) {
      Categories known =
          Categories.required(
              dataSpec,
              "model.side_information = [categories]",
              "use text or image, or another model");
      EmbeddingImpl vectors = add("category_embedding", new EmbeddingImpl(known.count() + 1, d));
      categories = new CategoryVectors(known, vectors);
    } else {
      categories = null;
    }
    addProjection(Side.TEXT, "txt", dataSpec);
    addProjection(Side.IMAGE, "img", dataSpec);
    int streams = 2 + (categories == null ? 0 : 1) + features.size();
    fusion =
        switch (config.fusion()) {
          case ADD -> Nova::added;
          case CONCAT -> {
            LinearImpl joint = add("fusion_concat", new LinearImpl((long) streams * d, d));
            yield side -> concatenated(joint, side);
          }
          case GATE, SIGMOID_GATE -> {
            Tensor gate = addParameter("fusion_gate", torch.zeros(d, 1), true);
            yield side -> gated(gate, side);
          }
        };
    encoder = add("trm_encoder", new Transformer.Encoder<>(config.transformer(), Attention::new));
    norm = add("LayerNorm", layerNorm(d, 1e-12));
    Initialisation.normal02(this);
  }

  private void addProjection(Side side, String name, DataSpec dataSpec) {
    if (config.sideInformation().contains(side)) {
      String modality = Config.name(side);
      FeatureTable table =
          dataSpec
              .feature(modality)
              .orElseThrow(
                  () ->
                      new ConfigException(
                          "model.side_information = ["
                              + modality
                              + "] needs a table of "
                              + modality
                              + " features, and the run has none; encode the data set, or leave"
                              + " "
                              + modality
                              + " out"));
      features.add(
          new FrozenFeatures.Projected(
              addFeatures(name + "_embedding", table, config.featureRms()),
              add(
                  name + "_projection",
                  new LinearImpl(table.width(), config.transformer().hiddenSize()))));
    }
  }

  @Override
  public Rows rows(String parameter) {
    return parameter.equals("category_embedding.weight") ? Rows.CATEGORIES : super.rows(parameter);
  }

  @Override
  public Tensor encode(SequenceTensors in, ItemVectors items) {
    Tensor ids =
        Dropout.apply(
            norm.forward(items.at(in.items())), is_training() ? config.transformer().dropout() : 0);
    UnaryOperator<Tensor> fuse = fusion.apply(side(in));
    if (!config.fusePerLayer()) {
      Tensor once = fuse.apply(ids);
      fuse = x -> once;
    }
    return encoder.forward(ids, new Steering(fuse, in.mask()), in.examples()); // [M, D]
  }

  @Override
  public TrainingOutput forward(SequenceTensors in, ItemVectors items, Draws draws) {
    Tensor users = encode(in, items);
    return new TrainingOutput(
        List.of(SoftmaxLoss.overItems("ce", users, in.targets(), !config.maskPadding())),
        List.of());
  }

  /** {@return the streams beside ids, which no layer changes, each float [R, L, D]} */
  private List<Tensor> side(SequenceTensors in) {
    List<Tensor> side = new ArrayList<>();
    if (categories != null) {
      side.add(categories.of().sums(in.items(), categories.vectors().weight()));
    }
    side.add(positions.forward(in.positions()));
    features.forEach(table -> side.add(table.at(in.items())));
    return side;
  }

  /**
   * @param vectors [C + 1, D]
   */
  private record CategoryVectors(Categories of, EmbeddingImpl vectors) {}

  /**
   * What attention knows beside ids.
   *
   * @param fuse makes of a layer's ids, float [R, L, D], the stream of queries and keys
   * @param mask float [R, 1, L, L], added to scores
   */
  private record Steering(UnaryOperator<Tensor> fuse, Tensor mask) {}

  private static final class Attention extends MultiHeadAttention<Steering> {

    Attention(Transformer.Config config) {
      super(config);
    }

    @Override
    public Tensor forward(Tensor ids, Steering by, @Nullable Tensor places) {
      Tensor[] qk = project(by.fuse().apply(ids), query, key);
      Tensor v = project(ids, value)[0];
      return finish(ids, attend(qk[0], qk[1], v, by.mask()), places);
    }
  }

  /** {@return what makes one stream of ids, float [R, L, D], and the others; as below} */
  private static UnaryOperator<Tensor> added(List<Tensor> side) {
    Tensor sum = side.stream().reduce(Tensor::add).orElseThrow();
    return ids -> ids.add(sum);
  }

  /**
   * @param joint streams D -> D
   */
  private UnaryOperator<Tensor> concatenated(LinearImpl joint, List<Tensor> side) {
    int d = config.transformer().hiddenSize();
    Tensor ofIds = joint.weight().narrow(1, 0, d);
    Tensor ofSide = joint.weight().narrow(1, d, (long) side.size() * d);
    Tensor fixed = torch.linear(concat(2, side), ofSide, new TensorOptional(joint.bias()));
    return ids -> torch.linear(ids, ofIds).add(fixed);
  }

  /**
   * @param gate [D, 1]
   */
  private UnaryOperator<Tensor> gated(Tensor gate, List<Tensor> side) {
    Tensor others = concat(2, side.stream().map(x -> x.matmul(gate)).toList());
    return ids -> {
      Tensor energies = concat(2, ids.matmul(gate), others); // [R, L, streams]
      Tensor weights = config.fusion() == Fusion.GATE ? energies.softmax(-1) : energies.sigmoid();
      Tensor fused = ids.mul(weights.narrow(2, 0, 1));
      for (int i = 0; i < side.size(); i++) {
        fused = fused.addcmul(side.get(i), weights.narrow(2, i + 1, 1));
      }
      return fused;
    };
  }
}
