package dev.horae.model;

import static dev.horae.config.InvalidValue.unless;
import static dev.horae.tensor.Ops.concat;
import static dev.horae.tensor.Ops.layerNorm;
import static dev.horae.tensor.Ops.scale;

import dev.horae.config.Default;
import dev.horae.config.Doc;
import dev.horae.config.Flat;
import dev.horae.data.RowLayout;
import dev.horae.nn.Initialisation;
import dev.horae.nn.MultiHeadAttention;
import dev.horae.nn.Transformer;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.Loss;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.sequence.SoftmaxLoss;
import dev.horae.sequence.TrainingOutput;
import dev.horae.tensor.Dropout;
import dev.horae.tensor.Layer;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.EmbeddingImpl;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * DIF-SR: items, categories and positions each score the pairs of events on their own; the scores
 * are fused, and what they weigh is the item stream alone. A second head predicts the next item's
 * categories.
 *
 * <p>Xie et al., "Decoupled Side Information Fusion for Sequential Recommendation", SIGIR 2022, and
 * its released code (SASRecD), at the HM4SR paper's width. Two departures, both with a key: the
 * table of categories learns (the release forgets to register it, so it stays at its start), and a
 * category that stands twice in a path is a label of 1.
 *
 * <p>Fusion by gate or concatenation reads whole rows of L scores, before the mask: later events
 * and padding take part. So each example has a row of its own, always L long. Padded item ids are
 * row 0 of the table, which learns as a negative only.
 *
 * <p>Shapes: R rows, L events, M examples, D hidden size, A attribute size, H heads, N items, C
 * categories.
 */
public final class DifSr extends SequenceModel {

  /** How the three scores of a pair become one. */
  public enum Fusion {
    SUM,
    /** A linear map of a query's three rows of scores behind one another. */
    CONCAT,
    /** Sources weighed by a softmax over what a small net says about each one's row of scores. */
    GATE
  }

  @Doc("attention scores per kind of information, fused (Xie et al., SIGIR 2022)")
  public record Config(
      @Flat @Default("attention_dropout: 0.3") Transformer.Config transformer,
      @Default("64") @Doc("width of category vectors, A; a multiple of heads") int attributeSize,
      @Default("gate") @Doc("how scores of items, categories and positions become one")
          Fusion fusion,
      @Default("5") @Doc("weight of predicting the next item's categories") double lambdaAttribute,
      @Default("true") @Doc("whether category vectors learn; false: random, as released")
          boolean trainCategories,
      @Default("true") @Doc("a category that stands twice in a path counts once as a label")
          boolean clampCategories,
      @Default("false") @Doc("leave padding out of the softmax over items") boolean maskPadding)
      implements NetworkConfig {

    public Config {
      unless(
          attributeSize > 0 && attributeSize % transformer.heads() == 0,
          "attributeSize",
          attributeSize,
          "is not a multiple of heads = " + transformer.heads(),
          "64 is the authors'");
      unless(
          lambdaAttribute >= 0,
          "lambdaAttribute",
          lambdaAttribute,
          "is negative",
          "the authors searched 5 to 25");
    }

    @Override
    public SequenceModel build(DataSpec dataSpec) {
      return new DifSr(this, dataSpec);
    }

    @Override
    public long valuesPerEvent(DataSpec dataSpec) {
      int d = transformer.hiddenSize();
      int layers = transformer.layers();
      int full = fusion == Fusion.GATE ? layers - 1 : layers; // the last asks at examples only
      long gates = fusion == Fusion.GATE ? 6L * transformer.heads() * dataSpec.length() : 0;
      long backward =
          fusion == Fusion.GATE ? 5L * transformer.heads() * dataSpec.length() : 0; // of one layer
      return 5L * d
          + full * gates
          + backward
          + layers * (6L * d + 6L * attributeSize)
          + full * transformer.valuesPerLayer(dataSpec.length());
    }
  }

  private final Config config;
  private final Categories categories;
  private final EmbeddingImpl positions; // [L, D]
  private final EmbeddingImpl categoryVectors; // [C + 1, A]
  private final Transformer.Encoder<Sources> encoder;
  private final LinearImpl categoryScores; // D -> C + 1; the first is "no category"
  private final LayerNormImpl norm;

  private DifSr(Config config, DataSpec dataSpec) {
    super(dataSpec);
    this.config = config;
    int d = config.transformer().hiddenSize();
    categories = Categories.required(dataSpec, "model.type = dif-sr", "use another model");
    addItems(d);
    positions = add("position_embedding", new EmbeddingImpl(dataSpec.length(), d));
    categoryVectors = new EmbeddingImpl(categories.count() + 1, config.attributeSize());
    categoryVectors.weight().requires_grad_(config.trainCategories()); // N(0, 1) from libtorch
    add(
        "feature_embed_layer_list",
        new Nested(categoryVectors, "0", "token_seq_embedding_table", "item", "0"));
    encoder =
        add(
            "trm_encoder",
            new Transformer.Encoder<>(
                config.transformer(), layer -> new Attention(config, dataSpec.length())));
    categoryScores = addAll("ap", List.of(new LinearImpl(d, categories.count() + 1))).get(0);
    norm = add("LayerNorm", layerNorm(d, 1e-12));
    Initialisation.normal02(this);
  }

  @Override
  public RowLayout layout() {
    return config.fusion() == Fusion.SUM ? RowLayout.PACKED : RowLayout.FULL;
  }

  @Override
  public boolean causal() {
    return config.fusion() == Fusion.SUM;
  }

  @Override
  public Rows rows(String parameter) {
    boolean categories =
        parameter.startsWith("feature_embed_layer_list.0.") || parameter.startsWith("ap.0.");
    return categories ? Rows.CATEGORIES : super.rows(parameter);
  }

  @Override
  public Tensor encode(SequenceTensors in, ItemVectors items) {
    Tensor ids = items.at(in.items()); // [R, L, D]
    Sources sources;
    if (config.fusion() == Fusion.SUM) {
      sources = new Sources(category(in), positions.forward(in.positions()), in.mask());
    } else {
      ids = torch.where(in.eventMask().unsqueeze(2), ids, ids.detach()); // padding does not learn
      sources = new Sources(category(in), positions.weight().unsqueeze(0), wholeRows(in));
    }
    Tensor x = Dropout.apply(norm.forward(ids), is_training() ? config.transformer().dropout() : 0);
    return encoder.forward(x, sources, in.examples()); // [M, D]
  }

  @Override
  public TrainingOutput forward(SequenceTensors in, ItemVectors items, Draws draws) {
    Tensor users = encode(in, items);
    return new TrainingOutput(
        List.of(SoftmaxLoss.overItems("ce", users, in.targets(), !config.maskPadding())),
        config.lambdaAttribute() == 0
            ? List.of()
            : List.of(new Loss("attr", config.lambdaAttribute(), categoryLoss(in, users))));
  }

  /** {@return what the second head says about the next item, float [M, C + 1]; 0 is no category} */
  public Tensor categoryScores(Tensor users) {
    return categoryScores.forward(users);
  }

  private Tensor category(SequenceTensors in) { // [R, L, A]
    return categories.sums(in.items(), categoryVectors.weight());
  }

  private Tensor categoryLoss(SequenceTensors in, Tensor users) {
    long c = categories.count();
    Tensor logits = categoryScores(users).narrow(1, 1, c);
    Tensor sum = categories.crossEntropy(logits, in.targets(), config.clampCategories()).sum();
    return scale(sum, 1 / (in.batchExamples() * c));
  }

  /**
   * {@return RecBole's mask, float [R, 1, L, L]: a query sees every event at or before its place,
   * also where the query itself is padding, since here what padding sees comes back through scores}
   */
  private static Tensor wholeRows(SequenceTensors in) {
    long l = in.items().size(1);
    Tensor seen = in.eventMask().unsqueeze(1).expand(in.items().size(0), l, l).tril();
    return seen.logical_not()
        .to(ScalarType.Float)
        .mul(new Scalar(SequenceTensors.HIDDEN))
        .unsqueeze(1);
  }

  /**
   * What scores beside items; no layer changes it.
   *
   * @param categories float [R, L, A]
   * @param positions float [R, L, D], or [1, L, D] when all rows have the same
   * @param mask float [R, 1, L, L]
   */
  private record Sources(Tensor categories, Tensor positions, Tensor mask) {}

  private static final class Attention extends MultiHeadAttention<Sources> {
    private final Fusion fusion;
    private final LinearImpl positionQuery;
    private final LinearImpl positionKey;
    private final LinearImpl categoryQuery;
    private final LinearImpl categoryKey;
    // 3 L -> L, in the order categories, items, positions; null unless the fusion is CONCAT
    private final @Nullable LinearImpl joint;
    private final @Nullable Gate gate; // null unless the fusion is GATE

    Attention(Config config, int length) {
      super(config.transformer());
      int d = config.transformer().hiddenSize();
      int a = config.attributeSize();
      fusion = config.fusion();
      positionQuery = add("query_p", new LinearImpl(d, d));
      positionKey = add("key_p", new LinearImpl(d, d));
      categoryQuery = addAll("query_layers", List.of(new LinearImpl(a, a))).get(0);
      categoryKey = addAll("key_layers", List.of(new LinearImpl(a, a))).get(0);
      joint =
          fusion == Fusion.CONCAT ? add("fusion_layer", new LinearImpl(3L * length, length)) : null;
      gate = fusion == Fusion.GATE ? add("fusion_layer", new Gate(length)) : null;
    }

    @Override
    public Tensor forward(Tensor x, Sources sources, @Nullable Tensor places) {
      return gate == null ? summed(x, sources, places) : gated(gate, x, sources, places);
    }

    /**
     * A sum of products is one product of longer vectors; and a linear map of scores along the keys
     * is one of the keys, with its bias in the mask.
     */
    private Tensor summed(Tensor x, Sources sources, @Nullable Tensor places) {
      Tensor qkv = project(x, query, key, value); // [3, R, H, L, D/H]
      Tensor ofCategories = project(sources.categories(), categoryQuery, categoryKey);
      Tensor ofPositions = project(sources.positions(), positionQuery, positionKey);
      ofPositions = ofPositions.expand(2, x.size(0), -1, -1, -1);
      Tensor bias = sources.mask();
      double shrink = 1 / Math.sqrt((double) qkv.size(4));
      Tensor[] keys = {ofCategories.select(0, 1), qkv.select(0, 1), ofPositions.select(0, 1)};
      if (joint != null) {
        long l = x.size(1);
        for (int s = 0; s < keys.length; s++) {
          keys[s] = joint.weight().narrow(1, s * l, l).matmul(keys[s]);
        }
        bias = bias.add(scale(joint.bias(), shrink));
      }
      Tensor q = concat(3, ofCategories.select(0, 0), qkv.select(0, 0), ofPositions.select(0, 0));
      Tensor v = qkv.select(0, 2);
      Tensor weights = weights(q, concat(3, keys), bias, shrink); // [R H, L, L]
      return finish(x, weights.bmm(v.flatten(0, 1)).view_as(v), places);
    }

    /** Only the queries at {@code places} are asked; q queries in each of R rows, or one in M. */
    private Tensor gated(Gate gate, Tensor x, Sources sources, @Nullable Tensor places) {
      Tensor asked = x;
      Tensor categoriesAsked = sources.categories();
      Tensor mask = sources.mask();
      Tensor kv = project(x, key, value); // [2, R, H, L, D/H]
      Tensor categoryKeys = project(sources.categories(), categoryKey).select(0, 0);
      Tensor ofPositions = project(sources.positions(), positionQuery, positionKey);
      Tensor positionScores =
          ofPositions.select(0, 0).matmul(ofPositions.select(0, 1).transpose(2, 3)); // [1, H, L, L]
      Tensor positionEnergy = gate.energy(positionScores); // [1, H, L, 1]
      if (places != null) {
        Tensor rows = places.floor_divide(new Scalar(x.size(1)));
        Tensor columns = places.remainder(new Scalar(x.size(1)));
        asked = one(x, places);
        categoriesAsked = one(categoriesAsked, places);
        mask = one(mask.squeeze(1), places).unsqueeze(1); // [M, 1, 1, L]
        kv = kv.index_select(1, rows);
        categoryKeys = categoryKeys.index_select(0, rows);
        positionScores = positionScores.index_select(2, columns).transpose(0, 2);
        positionEnergy = positionEnergy.index_select(2, columns).transpose(0, 2);
      }
      Tensor q = project(asked, query).select(0, 0); // [R, H, q, D/H]
      Tensor itemScores = q.matmul(kv.select(0, 0).transpose(2, 3)); // [R, H, q, L]
      Tensor categoryScores =
          project(categoriesAsked, categoryQuery).select(0, 0).matmul(categoryKeys.transpose(2, 3));
      Tensor itemEnergy = gate.energy(itemScores);
      Tensor shares =
          concat(3, gate.energy(categoryScores), itemEnergy, positionEnergy.expand_as(itemEnergy))
              .softmax(-1); // [R, H, q, 3]
      shares = scale(shares, 1 / Math.sqrt((double) q.size(3)));
      Tensor scores =
          mask.addcmul(shares.narrow(3, 0, 1), categoryScores)
              .addcmul(shares.narrow(3, 1, 1), itemScores)
              .addcmul(shares.narrow(3, 2, 1), positionScores);
      Tensor seen = dropped(scores.softmax(-1)).matmul(kv.select(0, 1)); // [R, H, q, D/H]
      Tensor attended = finish(asked, seen, null);
      return places == null ? attended : attended.squeeze(1);
    }

    private static Tensor one(Tensor x, Tensor places) { // [R, L, any] -> [M, 1, any]
      return x.flatten(0, 1).index_select(0, places).unsqueeze(1);
    }
  }

  /** How much each source counts for a query, from its row of scores. */
  private static final class Gate extends Layer {
    private final LinearImpl inner; // L -> L
    private final LinearImpl outer; // L -> 1

    Gate(int length) {
      inner = new LinearImpl(length, length);
      outer = new LinearImpl(length, 1);
      add("projection", new Net(inner, outer));
    }

    Tensor energy(Tensor scores) { // [..., L] -> [..., 1]
      return outer.forward(torch.relu_(inner.forward(scores)));
    }
  }

  /** Numbered as in a sequence that has an activation between the two. */
  private static final class Net extends Layer {
    Net(LinearImpl inner, LinearImpl outer) {
      add("0", inner);
      add("2", outer);
    }
  }

  /** A part inside layers that do nothing but lend their names. */
  private static final class Nested extends Layer {
    Nested(Module part, String... names) {
      if (names.length == 1) {
        add(names[0], part);
      } else {
        add(names[0], new Nested(part, Arrays.copyOfRange(names, 1, names.length)));
      }
    }
  }
}
