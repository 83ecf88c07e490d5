package dev.horae.model;

import static dev.horae.config.InvalidValue.unless;
import static dev.horae.config.InvalidValue.unlessSize;
import static dev.horae.config.InvalidValue.unlessWeight;
import static dev.horae.tensor.Ops.concat;
import static dev.horae.tensor.Ops.layerNorm;
import static dev.horae.tensor.Ops.linear;
import static dev.horae.tensor.Ops.scale;
import static dev.horae.tensor.Ops.stack;

import dev.horae.config.Default;
import dev.horae.config.Doc;
import dev.horae.config.Flat;
import dev.horae.data.RowLayout;
import dev.horae.nn.Heads;
import dev.horae.nn.Initialisation;
import dev.horae.nn.MultiHeadAttention;
import dev.horae.nn.Transformer;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.Loss;
import dev.horae.sequence.RowBlock;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.sequence.SoftmaxLoss;
import dev.horae.sequence.TrainingOutput;
import dev.horae.tensor.Dropout;
import dev.horae.tensor.Layer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.EmbeddingImpl;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
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
      unlessSize("attributeSize", attributeSize, 4096, "64 is the authors'");
      unlessWeight("lambdaAttribute", lambdaAttribute, "the authors searched 5 to 25");
    }

    @Override
    public Map<String, List<String>> parts() {
      return Map.of("attribute prediction", List.of("model.lambda_attribute=0"));
    }

    @Override
    public SequenceModel build(DataSpec dataSpec) {
      return new DifSr(this, dataSpec);
    }

    @Override
    public long valuesPerEvent(DataSpec dataSpec) {
      int d = transformer.hiddenSize();
      int layers = transformer.layers();
      if (fusion != Fusion.GATE) {
        return 5L * d
            + layers
                * (6L * d + 6L * attributeSize + transformer.valuesPerLayer(dataSpec.length()));
      }
      long gate = 2L * transformer.heads() * dataSpec.length();
      long withoutScores = transformer.valuesPerLayer(0); // few columns have events
      return 5L * d
          + layers * (6L * d + 2L * attributeSize)
          + (layers - 1) * (gate + withoutScores); // the last asks at examples only
    }
  }

  private static final int BLOCK = 64; // rows whose values stay in the cache
  private static final ScalarTypeOptional FLOAT = new ScalarTypeOptional();

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
    if (config.fusion() == Fusion.GATE) {
      return gated(in, items);
    }
    Tensor ids = items.at(in.items()); // [R, L, D]
    Sources sources;
    if (config.fusion() == Fusion.SUM) {
      sources = new Sources(category(in), positions.forward(in.positions()), in.mask());
    } else {
      ids = torch.where(in.eventMask().unsqueeze(2), ids, ids.detach()); // padding does not learn
      Tensor mask = wholeRows(in.eventMask(), in.items().size(1)).transpose(2, 3);
      sources = new Sources(category(in), positions.weight().unsqueeze(0), mask);
    }
    return encoder.forward(dropped(norm.forward(ids)), sources, in.examples()); // [M, D]
  }

  /** Block by block of rows, whose scores need no more columns than there are events. */
  private Tensor gated(SequenceTensors in, ItemVectors items) {
    long l = in.items().size(1);
    List<Tensor> users = new ArrayList<>();
    for (RowBlock block : RowBlock.of(in.batch(), BLOCK)) {
      if (block.examples() > 0) {
        // One place of padding stands for all; a layer knows what the others are.
        Tensor shown = block.of(in.items()).narrow(1, 0, Math.min(l, block.events() + 1L));
        Tensor mask = wholeRows(block.of(in.eventMask()).narrow(1, 0, block.events()), l);
        Sources sources =
            new Sources(
                categories.sums(shown, categoryVectors.weight()),
                positions.weight().unsqueeze(0),
                mask);
        Tensor x = input(block.of(in.items()), items);
        users.add(encoder.forward(x, sources, block.examples(in)));
      }
    }
    return concat(0, users); // [M, D]
  }

  /** {@return what the first layer reads, float [R, L, D]; padding is row 0 and does not learn} */
  private Tensor input(Tensor rows, ItemVectors items) { // int64 [R, L]
    Tensor flat = rows.flatten();
    Tensor places = flat.nonzero().squeeze(1); // [E]
    Tensor events = norm.forward(items.at(flat.index_select(0, places)));
    Tensor padding = norm.forward(items.table().detach().narrow(0, 0, 1));
    return dropped(padding.expand(flat.size(0), -1))
        .index_copy(0, places, dropped(events))
        .view(rows.size(0), rows.size(1), -1);
  }

  private Tensor dropped(Tensor x) {
    return Dropout.apply(x, is_training() ? config.transformer().dropout() : 0);
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
   * {@return RecBole's mask, float [R, 1, S, L]: a query sees every event at or before its place,
   * also where the query itself is padding, since here what padding sees comes back through scores}
   *
   * @param eventMask bool [R, S], of the first columns
   */
  private static Tensor wholeRows(Tensor eventMask, long length) {
    Tensor seen = eventMask.unsqueeze(2).expand(-1, -1, length).triu();
    return seen.logical_not()
        .to(ScalarType.Float)
        .mul(new Scalar(SequenceTensors.HIDDEN))
        .unsqueeze(1);
  }

  /**
   * What scores beside items; no layer changes it.
   *
   * @param categories float [R, L, A]; under a gate [R, S, A], behind which all is padding as the
   *     last is
   * @param positions float [R, L, D], or [1, L, D] when all rows have the same
   * @param mask float [R, 1, L, L]; under a gate [R, 1, E, L], queries last, behind which there is
   *     no event
   */
  private record Sources(Tensor categories, Tensor positions, Tensor mask) {}

  private static final class Attention extends MultiHeadAttention<Sources> {
    private final Fusion fusion;
    private final Heads byHead;
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
      byHead = new Heads(heads);
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
      if (gate == null) {
        return summed(x, sources, places);
      }
      return places == null ? everyQuery(gate, x, sources) : oneQuery(gate, x, sources, places);
    }

    /**
     * A sum of products is one product of longer vectors; and a linear map of scores along the keys
     * is one of the keys, with its bias in the mask.
     */
    private Tensor summed(Tensor x, Sources sources, @Nullable Tensor places) {
      Tensor[] qkv = project(x, query, key, value); // each [R, H, L, D/H]
      Tensor[] ofCategories = project(sources.categories(), categoryQuery, categoryKey);
      Tensor[] ofPositions = project(sources.positions(), positionQuery, positionKey);
      for (int i = 0; i < ofPositions.length; i++) {
        ofPositions[i] = ofPositions[i].expand(x.size(0), -1, -1, -1);
      }
      Tensor bias = sources.mask();
      Tensor v = qkv[2];
      double shrink = 1 / Math.sqrt((double) v.size(3));
      Tensor[] keys = {ofCategories[1], qkv[1], ofPositions[1]};
      if (joint != null) {
        long l = x.size(1);
        for (int s = 0; s < keys.length; s++) {
          keys[s] = joint.weight().narrow(1, s * l, l).matmul(keys[s]);
        }
        bias = bias.add(scale(joint.bias(), shrink));
      }
      Tensor q = concat(3, ofCategories[0], qkv[0], ofPositions[0]);
      Tensor weights = weights(q, concat(3, keys), bias, shrink); // [R H, L, L]
      return finish(x, weights.bmm(v.flatten(0, 1)).view_as(v), places);
    }

    /**
     * Every query of each row, scores as {@link Heads} has them. They are taken at the columns of
     * the mask only, behind which there is nothing but padding. The gate reads all L of them; of
     * items, by way of keys that its first map was applied to, so that no item scores of padding
     * are ever made.
     */
    private Tensor everyQuery(Gate gate, Tensor x, Sources sources) {
      long r = x.size(0);
      long l = x.size(1);
      long d = x.size(2);
      long seen = sources.mask().size(2);
      Tensor[] queriesAndKeys = linear(x, List.of(query, key)).split(d, 2).get();
      Tensor values = value.forward(x.narrow(1, 0, seen));
      Tensor itemScores =
          byHead.scores(queriesAndKeys[0], queriesAndKeys[1].narrow(1, 0, seen)); // [R, H, E, L]
      long width = sources.categories().size(2);
      Tensor[] ofCategories =
          linear(sources.categories(), List.of(categoryQuery, categoryKey)).split(width, 2).get();
      Tensor categoryScores = byHead.scores(ofCategories[0], ofCategories[1]); // [R, H, S, S]
      Tensor[] ofPositions =
          linear(sources.positions(), List.of(positionQuery, positionKey)).split(d, 2).get();
      Tensor positionScores = byHead.scores(ofPositions[0], ofPositions[1]); // [1, H, L, L]

      Tensor categoryEnergy =
          gate.energy(categoryScores.transpose(2, 3), gate.folded(categoryScores.size(2)));
      Tensor positionEnergy = gate.energy(positionScores.transpose(2, 3), gate.inner.weight());
      Tensor[] shares =
          scale(
                  stack(
                          List.of(
                              everyPlace(categoryEnergy, l),
                              itemEnergy(gate, queriesAndKeys[0], queriesAndKeys[1]),
                              positionEnergy.expand(r, -1, -1)))
                      .softmax(0),
                  1 / Math.sqrt((double) d / heads))
              .unsqueeze(3)
              .unbind(0)
              .get(); // each [R, H, 1, L]
      Tensor weights =
          dropped(
              sources
                  .mask()
                  .addcmul(shares[0], everyPlace(categoryScores.narrow(2, 0, seen), l))
                  .addcmul(shares[1], itemScores)
                  .addcmul(shares[2], positionScores.narrow(2, 0, seen))
                  .softmax(2)); // [R, H, E, L]
      return finish(x, byHead.mix(weights, values));
    }

    /** {@return what the gate says about all scores of items, float [R, H, L]} */
    private Tensor itemEnergy(Gate gate, Tensor q, Tensor k) {
      long width = q.size(2) / heads;
      Tensor mapped = k.transpose(1, 2).matmul(gate.inner.weight().t()); // [R, D, L]
      Tensor[] maps = mapped.split(width, 1).get();
      Tensor[] queries = q.split(width, 2).get();
      Tensor[] energies = new Tensor[heads];
      for (int h = 0; h < heads; h++) {
        energies[h] = gate.outer(torch.baddbmm(gate.inner.bias(), queries[h], maps[h])); // [R, L]
      }
      return torch.stack(new TensorVector(energies), 1);
    }

    /** {@return x [..., S] at all of L places; those behind S are padding, as the last is} */
    private static Tensor everyPlace(Tensor x, long length) {
      long s = x.size(-1);
      if (s == length) {
        return x;
      }
      long[] shape = x.sizes().vec().get();
      shape[shape.length - 1] = length - s;
      return concat(-1, x, x.narrow(-1, s - 1, 1).expand(shape));
    }

    /**
     * One query for each example, whose keys and values need not be: a query's products with keys
     * are those of a mapped query with what the keys are made of, and a mixture of values is the
     * value of a mixture.
     *
     * @param places int64 [M], flat places of the examples in x
     * @return float [M, D]
     */
    private Tensor oneQuery(Gate gate, Tensor x, Sources sources, Tensor places) {
      long l = x.size(1);
      long seen = sources.mask().size(2);
      Tensor rows = places.floor_divide(new Scalar(l));
      Tensor columns = places.remainder(new Scalar(l));
      Tensor asked = x.flatten(0, 1).index_select(0, places); // [M, D]
      Tensor keys = x.index_select(0, rows); // [M, L, D]
      Tensor categories = sources.categories().index_select(0, rows); // [M, S, A]
      long s = categories.size(1);
      Tensor categoryPlaces = rows.mul(new Scalar(s)).add(columns.clamp_max(new Scalar(s - 1)));
      Tensor categoriesAsked =
          sources.categories().flatten(0, 1).index_select(0, categoryPlaces); // [M, A]

      Tensor itemScores = scores(query.forward(asked), key, keys); // [M, H, L]
      Tensor categoryScores =
          scores(categoryQuery.forward(categoriesAsked), categoryKey, categories); // [M, H, S]
      Tensor[] ofPositions = project(sources.positions(), positionQuery, positionKey);
      Tensor positionScores =
          ofPositions[0]
              .matmul(ofPositions[1].transpose(2, 3)) // [1, H, L, L]
              .squeeze(0)
              .index_select(1, columns)
              .transpose(0, 1); // [M, H, L]
      Tensor shares =
          torch
              .stack(
                  new TensorVector(
                      gate.energy(categoryScores, gate.folded(s)),
                      gate.energy(itemScores, gate.inner.weight()),
                      gate.energy(positionScores, gate.inner.weight())),
                  2)
              .softmax(-1); // [M, H, 3]
      shares = scale(shares, 1 / Math.sqrt((double) x.size(2) / heads));
      Tensor mask =
          sources
              .mask()
              .squeeze(1)
              .transpose(1, 2)
              .flatten(0, 1)
              .index_select(0, places)
              .unsqueeze(1); // [M, 1, E]
      Tensor weights =
          dropped(
              mask.addcmul(shares.narrow(2, 0, 1), categoryScores.narrow(2, 0, seen))
                  .addcmul(shares.narrow(2, 1, 1), itemScores.narrow(2, 0, seen))
                  .addcmul(shares.narrow(2, 2, 1), positionScores.narrow(2, 0, seen))
                  .softmax(-1)); // [M, H, seen]
      Tensor mixed = weights.bmm(keys.narrow(1, 0, seen)); // [M, H, D]
      Tensor times = weights.sum(new long[] {2}, true, FLOAT);
      return finish(asked, byHead.values(mixed, value.weight(), value.bias(), times));
    }

    private Tensor scores(Tensor q, LinearImpl key, Tensor x) {
      return byHead.scores(q, x, key.weight()).add(byHead.bias(q, key.bias()));
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

    /**
     * {@return float [...]}
     *
     * @param scores float [..., S]
     * @param map float [L, S]
     */
    Tensor energy(Tensor scores, Tensor map) {
      return outer(torch.linear(scores, map, new TensorOptional(inner.bias())));
    }

    /** {@return float [...]; {@code x} [..., L], what the first map says, is written to} */
    private Tensor outer(Tensor x) {
      long[] shape = x.sizes().vec().get();
      Tensor flat = torch.relu_(x).view(-1, x.size(-1)).mv(outer.weight().view(-1));
      return flat.add(outer.bias()).view(Arrays.copyOf(shape, shape.length - 1));
    }

    /**
     * {@return the first map for rows of {@code s} scores, of which the last stands for itself and
     * for all behind it, float [L, s]}
     */
    Tensor folded(long s) {
      Tensor all = inner.weight();
      long l = all.size(0);
      if (s == l) {
        return all;
      }
      Tensor rest = all.narrow(1, s - 1, l - s + 1).sum(new long[] {1}, true, FLOAT);
      return concat(1, all.narrow(1, 0, s - 1), rest);
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
