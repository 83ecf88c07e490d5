package dev.horae.encoder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.model.embedding.onnx.allminilml6v2.AllMiniLmL6V2EmbeddingModel;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class MiniLmTest {

  private static final List<String> TEXTS =
      List.of(
          "Wooden train with three wagons. Toys Trains. ",
          "A locomotive for children. ",
          "Nail polish, dark red. Beauty. ",
          "Caf\u00e9 \u65e5\u672c \uD83D\uDE82 ",
          ".");

  private static MiniLm model;

  @BeforeAll
  static void load() {
    model = new MiniLm();
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static double dot(float[] a, float[] b) {
    return IntStream.range(0, a.length).mapToDouble(i -> (double) a[i] * b[i]).sum();
  }

  /** Theirs walks another road from text to vector: own session, own pooling, all cores. */
  @Test
  void agreesWithTheLibrarysOwnEncoder() {
    AllMiniLmL6V2EmbeddingModel theirs = new AllMiniLmL6V2EmbeddingModel();
    for (String text : TEXTS) {
      float[] ours = model.encode(text);
      float[] reference = theirs.embed(text).content().vector();
      assertThat(ours).hasSize(MiniLm.WIDTH);
      for (int i = 0; i < ours.length; i++) {
        assertThat(Math.abs(ours[i] - reference[i])).as("%s [%d]", text, i).isLessThan(1e-5f);
      }
    }
  }

  @Test
  void vectorsHaveLengthOneAndMeaning() {
    float[][] vectors = TEXTS.stream().map(model::encode).toArray(float[][]::new);
    for (float[] vector : vectors) {
      assertThat(Math.abs(dot(vector, vector) - 1)).isLessThan(1e-5);
    }
    assertThat(dot(vectors[0], vectors[1])).isGreaterThan(dot(vectors[0], vectors[2]) + 0.2);
  }

  @Test
  void manyThreadsGetTheSameBitsAsOne() {
    float[][] alone = TEXTS.stream().map(model::encode).toArray(float[][]::new);
    float[][] together = new float[20][];
    IntStream.range(0, together.length)
        .parallel()
        .forEach(i -> together[i] = model.encode(TEXTS.get(i % TEXTS.size())));
    for (int i = 0; i < together.length; i++) {
      assertThat(together[i]).isEqualTo(alone[i % TEXTS.size()]);
    }
  }

  @Test
  void readsTheFirst256TokensOfALongText() {
    String words = "train ".repeat(254); // and two tokens that mark begin and end
    float[] vector = model.encode(words);
    assertThat(model.encode(words + "nail polish ".repeat(200))).isEqualTo(vector);
    assertThat(Arrays.equals(model.encode("train ".repeat(253)), vector)).isFalse();
  }
}
