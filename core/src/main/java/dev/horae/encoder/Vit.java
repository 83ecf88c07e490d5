package dev.horae.encoder;

import static dev.horae.tensor.Ops.concat;

import dev.horae.encoder.FrozenLayers.Attention;
import dev.horae.encoder.FrozenLayers.FeedForward;
import dev.horae.encoder.FrozenLayers.LayerNorm;
import dev.horae.encoder.FrozenLayers.Linear;
import dev.horae.encoder.FrozenLayers.Run;
import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * The vision transformer (Dosovitskiy et al., ICLR 2021): ViT, DeiT, the picture tower of CLIP and
 * DINOv2. Frozen, for reading out. They differ in the names of their weights, which {@link Names}
 * lists, in a norm before the first layer (CLIP), in a second special token (DeiT) and in scaled
 * residuals (DINOv2).
 */
public final class Vit implements AutoCloseable {

  private static final List<String> HUGGING_FACE_ATTENTION =
      List.of("attention.attention.query", "attention.attention.key", "attention.attention.value");

  /**
   * What a family calls its weights. Empty: the family has no such part. The names of a layer's
   * parts stand behind {@code layer}, in which {@code #} is the layer's number.
   *
   * @param specialTokens [CLS], and DeiT's second one
   * @param qkv queries, keys and values, or the one that holds all three
   * @param idle pattern of the names of published parts that are not the encoder
   */
  public record Names(
      List<String> specialTokens,
      String positions,
      String patch,
      String normBefore,
      String layer,
      String norm1,
      List<String> qkv,
      String out,
      String scale1,
      String norm2,
      String up,
      String down,
      String scale2,
      String norm,
      String idle) {

    static final Names VIT = vit(List.of("embeddings.cls_token"));

    static final Names DEIT = vit(List.of("embeddings.cls_token", "embeddings.distillation_token"));

    static final Names CLIP =
        new Names(
            List.of("embeddings.class_embedding"),
            "embeddings.position_embedding.weight",
            "embeddings.patch_embedding",
            "pre_layrnorm",
            "encoder.layers.#.",
            "layer_norm1",
            List.of("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
            "self_attn.out_proj",
            "",
            "layer_norm2",
            "mlp.fc1",
            "mlp.fc2",
            "",
            "post_layernorm",
            "text_model\\..*|text_projection\\..*|visual_projection\\..*|logit_scale"
                + "|.*position_ids");

    static final Names DINOV2 =
        new Names(
            List.of("embeddings.cls_token"),
            "embeddings.position_embeddings",
            "embeddings.patch_embeddings.projection",
            "",
            "encoder.layer.#.",
            "norm1",
            HUGGING_FACE_ATTENTION,
            "attention.output.dense",
            "layer_scale1.lambda1",
            "norm2",
            "mlp.fc1",
            "mlp.fc2",
            "layer_scale2.lambda1",
            "layernorm",
            "embeddings\\.mask_token|classifier\\..*");

    private static Names vit(List<String> specialTokens) {
      return new Names(
          specialTokens,
          "embeddings.position_embeddings",
          "embeddings.patch_embeddings.projection",
          "",
          "encoder.layer.#.",
          "layernorm_before",
          HUGGING_FACE_ATTENTION,
          "attention.output.dense",
          "",
          "layernorm_after",
          "intermediate.dense",
          "output.dense",
          "",
          "layernorm",
          "pooler\\..*|.*classifier\\..*|decoder\\..*|embeddings\\.mask_token");
    }

    /** Those of the timm library, as the golden numbers have them. */
    public static Names timm(boolean normBefore) {
      return new Names(
          List.of("cls_token"),
          "pos_embed",
          "patch_embed.proj",
          normBefore ? "norm_pre" : "",
          "blocks.#.",
          "norm1",
          List.of("attn.qkv"),
          "attn.proj",
          "",
          "norm2",
          "mlp.fc1",
          "mlp.fc2",
          "",
          "norm",
          "");
    }
  }

  /**
   * @param prefix what the names of weights may begin with
   * @param width D
   * @param heads H, a divisor of D
   * @param inner width of the feed-forward nets
   * @param side pixels per side of the pictures that the position table was made for
   * @param patch pixels per side of a patch
   * @param epsilon of every layer norm
   * @param patchBias whether patches are projected with a bias
   * @param qkvBias whether queries, keys and values have one
   * @param anySize whether positions are interpolated for pictures of another size
   */
  public record Config(
      Names names,
      String prefix,
      int width,
      int layers,
      int heads,
      int inner,
      int side,
      int patch,
      double epsilon,
      Activation activation,
      boolean patchBias,
      boolean qkvBias,
      boolean anySize) {

    /** Throws {@link CheckpointException} for a model that is none of the four, or special. */
    static Config of(PretrainedConfig config) {
      config.absent("auto_map");
      String type = config.text("model_type");
      return switch (type) {
        case "vit" -> of(config, Names.VIT, "vit.", 1e-12);
        case "deit" -> of(config, Names.DEIT, "deit.", 1e-12);
        case "clip" -> of(config.object("vision_config"), Names.CLIP, "vision_model.", 1e-5);
        case "clip_vision_model" -> of(config, Names.CLIP, "vision_model.", 1e-5);
        case "dinov2" -> {
          config.only("use_swiglu_ffn", "false");
          config.only("apply_layernorm", "true");
          yield of(config, Names.DINOV2, "dinov2.", 1e-6);
        }
        default ->
            throw config.unimplemented(
                "model_type", "vit, deit, clip, clip_vision_model and dinov2 for pictures");
      };
    }

    private static Config of(PretrainedConfig config, Names names, String prefix, double epsilon) {
      boolean clip = names.equals(Names.CLIP);
      int width = positive(config, "hidden_size", clip ? 768 : 0);
      int heads = positive(config, "num_attention_heads", clip ? 12 : 0);
      int side = positive(config, "image_size", clip ? 224 : 0);
      int patch = positive(config, "patch_size", clip ? 32 : 0);
      config.only("num_channels", "3");
      if (width % heads != 0) {
        throw config.unimplemented("num_attention_heads", "a divisor of hidden_size = " + width);
      }
      if (side % patch != 0) {
        throw config.unimplemented("patch_size", "a divisor of image_size = " + side);
      }
      return new Config(
          names,
          prefix,
          width,
          positive(config, "num_hidden_layers", clip ? 12 : 0),
          heads,
          names.equals(Names.DINOV2)
              ? (int) (width * config.number("mlp_ratio", 4))
              : positive(config, "intermediate_size", clip ? 3072 : 0),
          side,
          patch,
          config.number("layer_norm_eps", epsilon),
          clip && !config.has("hidden_act") ? Activation.QUICK_GELU : Activation.of(config),
          !clip,
          config.flag("qkv_bias", true),
          names.equals(Names.DINOV2));
    }

    /** CLIP's published files leave out what equals the defaults of its first size. */
    private static int positive(PretrainedConfig config, String field, int otherwise) {
      return otherwise > 0 && !config.has(field) ? otherwise : config.positive(field);
    }

    /** Throws {@link CheckpointException} when the model cannot take such pictures. */
    void requireSize(long wide, long high) {
      boolean whole = wide % patch == 0 && high % patch == 0;
      if (!whole || !anySize && (wide != side || high != side)) {
        throw new CheckpointException(
            "preprocessor_config.json makes pictures of "
                + wide
                + " x "
                + high
                + " pixels; the model takes "
                + (anySize ? "multiples of " + patch : side + " x " + side));
      }
    }

    /** {@return patches per side} */
    private int grid() {
      return side / patch;
    }
  }

  private record Block(
      LayerNorm norm1,
      Attention attention,
      @Nullable Tensor scale1,
      LayerNorm norm2,
      FeedForward feedForward,
      @Nullable Tensor scale2) {

    Tensor forward(Tensor x, List<Run> runs) {
      Tensor seen = scaled(attention.forward(norm1.forward(x), runs), scale1).add_(x);
      return scaled(feedForward.forward(norm2.forward(seen)), scale2).add_(seen);
    }

    private static Tensor scaled(Tensor x, @Nullable Tensor scale) {
      return scale == null ? x : x.mul_(scale);
    }
  }

  private final Config config;
  private final PretrainedWeights weights;
  private final Tensor specialTokens; // [1 or 2, D]
  private final Tensor positions; // [1 or 2 + grid * grid, D]
  private final Linear patches;
  private final @Nullable LayerNorm normBefore; // null: none
  private final List<Block> blocks = new ArrayList<>();
  private final LayerNorm norm;

  /** Takes the weights, which the encoder closes when it is closed. */
  public Vit(Config config, PretrainedWeights weights) {
    this.config = config;
    this.weights = weights;
    Names names = config.names();
    int d = config.width();
    int rows = names.specialTokens().size() + config.grid() * config.grid();
    boolean clip = names.equals(Names.CLIP); // its tables lack the axis of the batch
    specialTokens =
        weights.take(names.specialTokens(), clip ? new long[] {d} : new long[] {1, 1, d});
    positions =
        weights.take(names.positions(), clip ? new long[] {rows, d} : new long[] {1, rows, d});
    int p = config.patch();
    patches =
        new Linear(
            weights.take(names.patch() + ".weight", d, 3, p, p),
            config.patchBias() ? weights.take(names.patch() + ".bias", d) : null);
    normBefore =
        names.normBefore().isEmpty()
            ? null
            : LayerNorm.of(weights, names.normBefore(), d, config.epsilon());
    for (int i = 0; i < config.layers(); i++) {
      blocks.add(block(names.layer().replace("#", Integer.toString(i))));
    }
    norm = LayerNorm.of(weights, names.norm(), d, config.epsilon());
    weights.requireAllTaken(names.idle());
  }

  private Block block(String layer) {
    Names names = config.names();
    int d = config.width();
    List<String> qkv = names.qkv().stream().map(name -> layer + name).toList();
    return new Block(
        LayerNorm.of(weights, layer + names.norm1(), d, config.epsilon()),
        new Attention(
            Linear.of(weights, qkv, d, 3L * d / qkv.size(), config.qkvBias()),
            Linear.of(weights, layer + names.out(), d, d),
            config.heads()),
        names.scale1().isEmpty() ? null : weights.take(layer + names.scale1(), d),
        LayerNorm.of(weights, layer + names.norm2(), d, config.epsilon()),
        new FeedForward(
            Linear.of(weights, layer + names.up(), d, config.inner()),
            config.activation(),
            Linear.of(weights, layer + names.down(), config.inner(), d)),
        names.scale2().isEmpty() ? null : weights.take(layer + names.scale2(), d));
  }

  /**
   * {@return all hidden states, each float [B * tokens, D]: what enters the first layer, then every
   * layer's output before the final norm; a picture's tokens are [CLS], DeiT's second one, and the
   * patches row by row; the caller's scope holds them}
   *
   * @param pixels float [B, 3, H, W], normalised as the model wants them; H and W as configured,
   *     or, for DINOv2, any multiples of the patch
   */
  public List<Tensor> states(Tensor pixels) {
    long b = pixels.size(0);
    long rows = pixels.size(2) / config.patch();
    long columns = pixels.size(3) / config.patch();
    config.requireSize(pixels.size(3), pixels.size(2));
    List<Tensor> states = new ArrayList<>();
    try (Scope scope = Scope.inference()) {
      Tensor special = specialTokens.view(1, -1, config.width()).expand(b, -1, config.width());
      Tensor x = concat(1, special, patches(pixels).view(b, rows * columns, config.width()));
      x = x.add(positions(rows, columns)).flatten(0, 1);
      states.add(scope.keep(normBefore == null ? x : normBefore.forward(x)));
    }
    List<Run> runs =
        List.of(new Run((int) b, (int) (config.names().specialTokens().size() + rows * columns)));
    for (Block block : blocks) {
      try (Scope scope = Scope.inference()) { // what a layer needs on the way would add up
        states.add(scope.keep(block.forward(states.get(states.size() - 1), runs)));
      }
    }
    return states;
  }

  /** {@return the final norm of hidden states, float [..., D]} */
  public Tensor normed(Tensor states) {
    return norm.forward(states);
  }

  /** {@return the pictures' vectors, float [B, D]: the last state of [CLS] after the final norm} */
  public Tensor vectors(List<Tensor> states, long pictures) {
    return normed(classState(states.get(states.size() - 1), pictures));
  }

  /** {@return the states of [CLS] behind one another, float [B, states D]} */
  Tensor classStates(List<Tensor> states, long pictures) {
    return concat(1, states.stream().map(state -> classState(state, pictures)).toList());
  }

  private Tensor classState(Tensor state, long pictures) { // [B * tokens, D] -> [B, D]
    return state.view(pictures, -1, config.width()).select(1, 0);
  }

  /** Each patch's pixels under one linear layer: [B * patches, D]. */
  private Tensor patches(Tensor pixels) {
    int p = config.patch();
    long rows = pixels.size(2) / p;
    long columns = pixels.size(3) / p;
    Tensor cut =
        pixels
            .view(pixels.size(0), 3, rows, p, columns, p)
            .permute(0, 2, 4, 1, 3, 5) // [B, rows, columns, 3, p, p]
            .reshape(pixels.size(0) * rows * columns, 3L * p * p)
            .to(patches.weight().scalar_type());
    return new Linear(patches.weight().view(config.width(), -1), patches.bias()).forward(cut);
  }

  /** [1, tokens, D], those of patches interpolated as DINOv2's authors do for other sizes. */
  private Tensor positions(long rows, long columns) {
    Tensor all = positions.view(1, -1, config.width());
    if (rows == config.grid() && columns == config.grid()) {
      return all;
    }
    int special = config.names().specialTokens().size();
    Tensor grid =
        all.narrow(1, special, all.size(1) - special)
            .view(1, config.grid(), config.grid(), config.width())
            .permute(0, 3, 1, 2);
    Tensor other =
        torch
            .upsample_bicubic2d(
                grid, new long[] {rows, columns}, false, new DoubleOptional(), new DoubleOptional())
            .permute(0, 2, 3, 1)
            .reshape(1, rows * columns, config.width());
    return concat(1, all.narrow(1, 0, special), other);
  }

  @Override
  public void close() {
    weights.close();
  }
}
