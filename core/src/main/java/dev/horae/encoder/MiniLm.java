package dev.horae.encoder;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.horae.data.Progress;
import dev.horae.data.Sink;
import dev.horae.data.Workers;
import dev.langchain4j.model.embedding.onnx.allminilml6v2.AllMiniLmL6V2EmbeddingModel;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The embedded text encoder: all-MiniLM-L6-v2 (a 6-layer BERT of 384 values per token, mean over
 * the tokens, unit length), run from the weights that LangChain4j's jar carries.
 *
 * <p>LangChain4j's own class lets every call use all cores, which is slower than one thread per
 * call and one worker per core, so the session is ours. One text at a time: batches of texts of
 * equal length were 5 to 30 % faster, but this way a vector cannot depend on its neighbours. Safe
 * for use by many threads at once.
 */
public final class MiniLm implements TextEncoder {

  /** What names the encoder in options and tables. */
  public static final String NAME = "minilm";

  /** Names model, pooling and truncation in the cache: change it whenever a vector would change. */
  public static final String ID = "minilm-1";

  /** Values per text, F. */
  public static final int WIDTH = 384;

  /** What the model was trained on; more tokens of a text are not read. */
  public static final int MAX_TOKENS = 256;

  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;
  private final TextTokenizer tokenizer;

  public MiniLm() {
    try (InputStream model = resource("/all-minilm-l6-v2.onnx");
        InputStream vocabulary = resource("/all-minilm-l6-v2-tokenizer.json");
        OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      session = environment.createSession(model.readAllBytes(), options);
      tokenizer = TextTokenizer.of(vocabulary, MAX_TOKENS);
    } catch (IOException e) {
      throw new UncheckedIOException("the embedded text encoder cannot be read", e);
    } catch (OrtException e) {
      throw new IllegalStateException("the embedded text encoder cannot be started", e);
    }
  }

  private static InputStream resource(String name) {
    return AllMiniLmL6V2EmbeddingModel.class.getResourceAsStream(name);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String id() {
    return ID;
  }

  @Override
  public int width() {
    return WIDTH;
  }

  @Override
  public int maxTokens() {
    return MAX_TOKENS;
  }

  @Override
  public boolean cuts(String text) {
    return tokenizer.encode(text).cut();
  }

  @Override
  public void encode(List<String> texts, Progress progress, Sink<float[]> sink) {
    Workers.each(texts.size(), "encode text", progress, i -> sink.put(i, encode(texts.get(i))));
  }

  /** {@return the text's vector, [384], of length 1} */
  public float[] encode(String text) {
    long[] tokens = tokenizer.encode(text).ids();
    long[] shape = {1, tokens.length};
    long[] ones = new long[tokens.length];
    Arrays.fill(ones, 1);
    try (OnnxTensor ids = OnnxTensor.createTensor(environment, LongBuffer.wrap(tokens), shape);
        OnnxTensor mask = OnnxTensor.createTensor(environment, LongBuffer.wrap(ones), shape);
        OnnxTensor types =
            OnnxTensor.createTensor(environment, LongBuffer.wrap(new long[tokens.length]), shape);
        OrtSession.Result result =
            session.run(
                Map.of("input_ids", ids, "attention_mask", mask, "token_type_ids", types))) {
      return unit(sum(((OnnxTensor) result.get(0)).getFloatBuffer(), tokens.length));
    } catch (OrtException e) {
      throw new IllegalStateException("the embedded text encoder failed on '" + text + "'", e);
    }
  }

  /**
   * Adds up the token states [tokens, 384]; the division of the mean is lost in the unit length.
   */
  private static double[] sum(FloatBuffer states, int tokens) {
    double[] sum = new double[WIDTH];
    for (int t = 0; t < tokens; t++) {
      for (int i = 0; i < WIDTH; i++) {
        sum[i] += states.get(t * WIDTH + i);
      }
    }
    return sum;
  }

  private static float[] unit(double[] vector) {
    double squares = 0;
    for (double value : vector) {
      squares += value * value;
    }
    float[] unit = new float[vector.length];
    for (int i = 0; i < unit.length; i++) {
      unit[i] = (float) (vector[i] / Math.sqrt(squares));
    }
    return unit;
  }

  @Override
  public void close() {
    tokenizer.close();
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("the embedded text encoder did not close", e);
    }
  }
}
