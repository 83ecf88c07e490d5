package dev.horae.encoder;

import dev.horae.encoder.FrozenLayers.Attention;
import dev.horae.encoder.FrozenLayers.FeedForward;
import dev.horae.encoder.FrozenLayers.LayerNorm;
import dev.horae.encoder.FrozenLayers.Linear;
import dev.horae.encoder.FrozenLayers.Run;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * BERT (Devlin et al., NAACL 2019) and what differs from it in weights only, such as MiniLM, BGE,
 * E5 and GTE; also RoBERTa and XLM-RoBERTa, which differ in where positions begin. Frozen, for
 * reading out; weights by the names of Hugging Face's {@code BertModel}.
 */
public final class Bert implements AutoCloseable {

  /** Parts of published models that are not the encoder. */
  private static final String IDLE =
      "pooler\\..*|cls\\..*|classifier\\..*|lm_head\\..*|qa_outputs\\..*|embeddings\\.position_ids";

  /**
   * @param vocabulary how many tokens there are
   * @param width D
   * @param heads H, a divisor of D
   * @param inner width of the feed-forward nets
   * @param positions rows of the position table
   * @param types rows of the token type table, of which a single text uses the first
   * @param epsilon of every layer norm
   * @param padding the token that positions do not count; the first other one's position is the
   *     next. -1: positions count every token from 0
   */
  public record Config(
      int vocabulary,
      int width,
      int layers,
      int heads,
      int inner,
      int positions,
      int types,
      double epsilon,
      Activation activation,
      int padding) {

    static Config of(PretrainedConfig config) {
      config.absent("auto_map");
      config.absent("pruned_heads");
      config.only("position_embedding_type", "\"absolute\"");
      config.only("is_decoder", "false");
      config.only("add_cross_attention", "false");
      config.only("is_encoder_decoder", "false");
      int width = config.positive("hidden_size");
      if (width % config.positive("num_attention_heads") != 0) {
        throw config.unimplemented("num_attention_heads", "a divisor of hidden_size = " + width);
      }
      boolean bert = config.text("model_type").equals("bert");
      return new Config(
          config.positive("vocab_size"),
          width,
          config.positive("num_hidden_layers"),
          config.positive("num_attention_heads"),
          config.positive("intermediate_size"),
          config.positive("max_position_embeddings"),
          config.positive("type_vocab_size"),
          config.number("layer_norm_eps", 1e-12),
          Activation.of(config),
          bert ? -1 : (int) config.number("pad_token_id", 1));
    }

    /** {@return how many tokens a text may have at most} */
    int maxTokens() {
      return positions - padding - 1;
    }
  }

  private record Block(
      Attention attention, LayerNorm attentionNorm, FeedForward feedForward, LayerNorm norm) {

    Tensor forward(Tensor x, List<Run> runs) {
      Tensor seen = attentionNorm.forward(attention.forward(x, runs).add_(x));
      return norm.forward(feedForward.forward(seen).add_(seen));
    }
  }

  private final Config config;
  private final PretrainedWeights weights;
  private final Tensor words;
  private final Tensor positions;
  private final LayerNorm norm;
  private final List<Block> blocks = new ArrayList<>();

  /** Takes the weights, which the encoder closes when it is closed. */
  public Bert(Config config, PretrainedWeights weights) {
    this.config = config;
    this.weights = weights;
    int d = config.width();
    words = weights.take("embeddings.word_embeddings.weight", config.vocabulary(), d);
    positions = weights.take("embeddings.position_embeddings.weight", config.positions(), d);
    Tensor types = weights.take("embeddings.token_type_embeddings.weight", config.types(), d);
    try (Scope scope = Scope.inference()) {
      positions.add_(types.select(0, 0)); // every token of a single text is of the first type
    }
    norm = LayerNorm.of(weights, "embeddings.LayerNorm", d, config.epsilon());
    for (int i = 0; i < config.layers(); i++) {
      String layer = "encoder.layer." + i + ".";
      String self = layer + "attention.self.";
      blocks.add(
          new Block(
              new Attention(
                  Linear.of(
                      weights, List.of(self + "query", self + "key", self + "value"), d, d, true),
                  Linear.of(weights, layer + "attention.output.dense", d, d),
                  config.heads()),
              LayerNorm.of(weights, layer + "attention.output.LayerNorm", d, config.epsilon()),
              new FeedForward(
                  Linear.of(weights, layer + "intermediate.dense", d, config.inner()),
                  config.activation(),
                  Linear.of(weights, layer + "output.dense", config.inner(), d)),
              LayerNorm.of(weights, layer + "output.LayerNorm", d, config.epsilon())));
    }
    weights.requireAllTaken(IDLE);
  }

  /**
   * {@return all hidden states, each float [T, D]: the embedding output, then every layer's; the
   * caller's scope holds them}
   *
   * @param ids [T], the tokens of all texts behind one another
   * @param runs how long the texts are
   */
  public List<Tensor> states(long[] ids, List<Run> runs) {
    List<Tensor> states = new ArrayList<>();
    try (Scope scope = Scope.inference()) {
      Tensor x = torch.embedding(words, Ops.int64(ids, ids.length));
      x = x.add(torch.embedding(positions, Ops.int64(places(ids, runs), ids.length)));
      states.add(scope.keep(norm.forward(x)));
    }
    for (Block block : blocks) {
      try (Scope scope = Scope.inference()) { // what a layer needs on the way would add up
        states.add(scope.keep(block.forward(states.get(states.size() - 1), runs)));
      }
    }
    return states;
  }

  private long[] places(long[] ids, List<Run> runs) {
    long[] places = new long[ids.length];
    int at = 0;
    for (Run run : runs) {
      long last = config.padding();
      for (int i = 0; i < run.tokens(); i++) {
        last = i % run.length() == 0 ? config.padding() : last;
        places[at] = ids[at] == config.padding() ? config.padding() : ++last;
        at++;
      }
    }
    return places;
  }

  @Override
  public void close() {
    weights.close();
  }
}
