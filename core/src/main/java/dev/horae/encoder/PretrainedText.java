package dev.horae.encoder;

import static dev.horae.tensor.Ops.concat;

import dev.horae.data.Progress;
import dev.horae.data.Sink;
import dev.horae.data.Workers;
import dev.horae.encoder.FrozenLayers.Run;
import dev.horae.encoder.TextTokenizer.Tokens;
import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * A text encoder of the user's choice: a model of the BERT family in a directory as the hub has it.
 *
 * <p>Texts are sorted by length and packed behind one another, so that no padding is computed, and
 * each worker takes a pack at a time. A text's neighbours in its pack never enter its vector; at
 * most they decide by which kernel its rows are multiplied, which may turn the last bits of a
 * float32. The cache takes vectors from whatever pack they were computed in.
 *
 * <p>With {@code allStates} a vector holds the state of [CLS] in the embedding output and after
 * each layer, neither pooled nor normalised.
 */
public final class PretrainedText implements TextEncoder {

  /** Enough rows for matrix products at full speed; a pack's states stay near the processor. */
  static final int PACK_TOKENS = 512;

  private final String name;
  private final String id;
  private final Bert.Config config;
  private final Pooling pooling;
  private final boolean normalised;
  private final String prefix;
  private final int maxTokens;
  private final TextTokenizer tokenizer;
  private final Path directory;
  private final ScalarType type;
  private final boolean allStates;
  private @Nullable Bert model; // null until there is something to encode

  public PretrainedText(Path directory, TextOptions use, boolean bfloat16, boolean allStates) {
    this.directory = directory;
    this.allStates = allStates;
    name = PretrainedFiles.name(directory, allStates);
    PretrainedConfig fields = PretrainedFiles.config(directory);
    String family = fields.text("model_type");
    if (!family.matches("bert|roberta|xlm-roberta")) {
      throw fields.unimplemented("model_type", "bert, roberta and xlm-roberta for texts");
    }
    config = Bert.Config.of(fields);
    SentenceModules modules = SentenceModules.read(directory);
    pooling = allStates ? Pooling.CLS : use.pooling().orElse(modules.pooling());
    normalised = !allStates && modules.normalised();
    prefix = use.prefix().orElse(modules.prefix());
    if (pooling == Pooling.MEAN && !prefix.isEmpty() && !modules.pooledPrefix()) {
      throw new CheckpointException(
          directory
              + ": include_prompt = false is not implemented: the mean would leave the prefix '"
              + prefix
              + "' out; use another prefix or pooling");
    }
    maxTokens = Math.min(config.maxTokens(), modules.maxTokens().orElse(Integer.MAX_VALUE));
    tokenizer = TextTokenizer.read(directory, maxTokens);
    type = bfloat16 ? ScalarType.BFloat16 : ScalarType.Float;
    List<Path> files = new ArrayList<>(TextTokenizer.files(directory));
    files.addAll(PretrainedWeights.files(directory));
    id =
        PretrainedFiles.id(
            directory,
            name,
            files,
            String.join(
                "\n", pooling.toString(), "" + normalised, prefix, "" + maxTokens, type.name()));
  }

  /** {@return where the encoder lies} */
  public Path directory() {
    return directory;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public int width() {
    return states() * config.width();
  }

  @Override
  public int states() {
    return allStates ? config.layers() + 1 : 1;
  }

  @Override
  public int maxTokens() {
    return maxTokens;
  }

  @Override
  public boolean cuts(String text) {
    return tokens(text).cut();
  }

  private Tokens tokens(String text) {
    return tokenizer.encode(prefix + text);
  }

  /** {@return the encoder, read on first use} */
  synchronized Bert model() {
    if (model == null) {
      String published = config.padding() < 0 ? "bert." : "roberta.";
      model = new Bert(config, PretrainedWeights.read(directory, published, type));
    }
    return model;
  }

  @Override
  public void encode(List<String> texts, Progress progress, Sink<float[]> sink) {
    if (texts.isEmpty()) {
      return;
    }
    Bert bert = model();
    long[][] tokens = new long[texts.size()][];
    Workers.each(tokens.length, "tokenise", progress, i -> tokens[i] = tokens(texts.get(i)).ids());
    List<int[]> packs = packs(tokens);
    Workers.each(
        packs.stream().mapToInt(pack -> pack.length).toArray(),
        "encode text",
        progress,
        p -> {
          int[] pack = packs.get(p);
          float[] vectors = vectors(bert, IntStream.of(pack).mapToObj(i -> tokens[i]).toList());
          for (int row = 0; row < pack.length; row++) {
            float[] vector = new float[width()];
            System.arraycopy(vectors, row * width(), vector, 0, width());
            sink.put(pack[row], vector);
          }
        });
  }

  /** {@return the texts, longest first, cut where a pack is full} */
  private static List<int[]> packs(long[][] tokens) {
    List<Integer> sorted =
        IntStream.range(0, tokens.length)
            .boxed()
            .sorted(Comparator.comparing(i -> -tokens[i].length))
            .toList();
    List<int[]> packs = new ArrayList<>();
    int from = 0;
    int size = 0;
    for (int i = 0; i < sorted.size(); i++) {
      int length = tokens[sorted.get(i)].length;
      if (i > from && size + length > PACK_TOKENS) {
        packs.add(sorted.subList(from, i).stream().mapToInt(Integer::intValue).toArray());
        from = i;
        size = 0;
      }
      size += length;
    }
    packs.add(sorted.subList(from, sorted.size()).stream().mapToInt(Integer::intValue).toArray());
    return packs;
  }

  /**
   * @param texts the tokens of each; texts of equal length are neighbours
   * @return [texts, F]
   */
  private float[] vectors(Bert bert, List<long[]> texts) {
    List<Run> runs = runs(texts);
    long[] ids = texts.stream().flatMapToLong(Arrays::stream).toArray();
    try (Scope scope = Scope.inference()) {
      List<Tensor> states = bert.states(ids, runs);
      Tensor[] pooled =
          states.subList(states.size() - states(), states.size()).stream()
              .map(state -> pooling.of(state.to(ScalarType.Float), runs))
              .toArray(Tensor[]::new);
      Tensor vectors = concat(1, pooled);
      return Ops.floats(normalised ? torch.normalize(vectors) : vectors);
    }
  }

  private static List<Run> runs(List<long[]> texts) {
    List<Run> runs = new ArrayList<>();
    for (long[] text : texts) {
      Run last = runs.isEmpty() ? null : runs.get(runs.size() - 1);
      if (last != null && last.length() == text.length) {
        runs.set(runs.size() - 1, new Run(last.sequences() + 1, last.length()));
      } else {
        runs.add(new Run(1, text.length));
      }
    }
    return runs;
  }

  @Override
  public synchronized void close() {
    tokenizer.close();
    if (model != null) {
      model.close();
    }
  }
}
