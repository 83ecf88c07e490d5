package dev.horae.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.horae.Close;
import dev.horae.config.ConfigException;
import dev.horae.config.ConfigReader;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.RowLayout;
import dev.horae.data.Windows;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.ItemTable;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.Loss;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.sequence.TrainingHooks.Draws;
import dev.horae.tensor.Checkpoint;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is particular to MISSRec, with the worked numbers of its specification. */
class MissrecTest {

  private static final int ITEMS = 20;
  private static final int LENGTH = 6;

  // ---- score

  @ParameterizedTest
  @CsvSource({"1, 0.426317", "0, 0.4"})
  void textAndPictureAreWeightedByTheirOwnScores(float phi, double score) {
    try (Scope scope = Scope.inference()) {
      Tensor items = Ops.float32(new float[] {0.4f, 0.6f, 0.2f}, 1, 3); // id, text, image
      Tensor user = torch.ones(1, 1);
      Tensor found = MissrecScore.of(user, items, torch.full(new long[0], new Scalar(phi)));
      assertThat(Ops.value(found)).isCloseTo(score, within(1e-6));
    }
  }

  @Test
  void theSoftmaxByBlocksEqualsAutograd() {
    int items = 40_000; // two blocks of users
    int users = 80;
    torch.manual_seed(4);
    try (Scope scope = Scope.training()) {
      long[] wanted = new long[users];
      Arrays.setAll(wanted, i -> (i * 977L) % items);
      Tensor targets = Ops.int64(wanted, users);
      List<Tensor> byBlocks = new ArrayList<>();
      List<Tensor> plain = new ArrayList<>();
      for (Tensor start :
          List.of(
              torch.randn(users, 2),
              torch.randn(items, 6),
              torch.full(new long[] {1}, new Scalar(0.7)))) {
        byBlocks.add(start.clone().requires_grad_(true));
        plain.add(start.clone().requires_grad_(true));
      }
      Tensor one =
          MissrecScore.crossEntropy(
              byBlocks.get(0), byBlocks.get(1), byBlocks.get(2).squeeze(), targets, 0.5);
      Tensor scores = MissrecScore.of(plain.get(0), plain.get(1), plain.get(2).squeeze());
      Tensor other = Ops.scale(torch.cross_entropy(Ops.scale(scores, 2), targets), users);
      assertThat(Ops.value(one)).isCloseTo(Ops.value(other), within(1e-3)); // of about 900
      Ops.scale(one, 0.5).backward(); // a seed other than 1
      Ops.scale(other, 0.5).backward();
      for (int i = 0; i < plain.size(); i++) {
        float near = i == 2 ? 1e-3f : 1e-5f; // the one of phi is a sum over 3.2 million pairs
        Close.assertClose(
            Ops.floats(byBlocks.get(i).grad()), Ops.floats(plain.get(i).grad()), near, "" + i);
      }
    }
  }

  // ---- interests

  @Test
  void clustersAsTheNaiveLoopsDo() {
    SplittableRandom random = new SplittableRandom(8);
    int points = 300;
    int k = 30;
    float[][] x = new float[points][3];
    float[] flat = new float[points * 3];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = x[i / 3][i % 3] = (float) random.nextGaussian();
    }
    long[] starts = KMeans.choose(k, points, random);
    float[][] centroids = new float[k][];
    Arrays.setAll(centroids, c -> x[(int) starts[c]].clone());
    int[] labels = nearest(x, centroids);
    for (int iteration = 0; iteration < 4; iteration++) {
      move(x, labels, centroids);
      labels = nearest(x, centroids);
    }
    try (Scope scope = Scope.inference()) {
      KMeans.Clusters found = KMeans.lloyd(Ops.float32(flat, points, 3), starts, 4);
      assertThat(Ops.longs(found.labels()))
          .isEqualTo(Arrays.stream(labels).asLongStream().toArray());
      float[] ours = Ops.floats(found.centroids());
      for (int i = 0; i < ours.length; i++) {
        assertThat(ours[i]).isCloseTo(centroids[i / 3][i % 3], within(1e-5f));
      }
    }
  }

  @Test
  void aClusterWithoutPointsStaysWhereItIs() {
    try (Scope scope = Scope.inference()) {
      Tensor points = Ops.float32(new float[] {1, 1, 1, 5}, 4, 1);
      KMeans.Clusters found = KMeans.lloyd(points, new long[] {0, 1, 3}, 3);
      assertThat(Ops.floats(found.centroids())).containsExactly(1, 1, 5);
    }
  }

  @Test
  void choosesDifferentStarts() {
    long[] all = KMeans.choose(50, 50, new SplittableRandom(1));
    assertThat(Arrays.stream(all).sorted().distinct().toArray()).hasSize(50);
    assertThat(KMeans.choose(20, 50, new SplittableRandom(1)))
        .isEqualTo(KMeans.choose(20, 50, new SplittableRandom(1)))
        .isNotEqualTo(KMeans.choose(20, 50, new SplittableRandom(2)));
  }

  @Test
  void theNumbersOfInterestsDoNotMatter() {
    SequenceModel model = model(List.of("text", "image"));
    float[] before = users(model, 3, 4, 5, 9);
    Map<String, Tensor> parameters = Checkpoint.parameters(model);
    long k = parameters.get("interest_embeddings").size(0) - 1;
    try (Scope scope = Scope.inference()) { // interest i becomes k + 1 - i
      Tensor real = parameters.get("interest_embeddings").narrow(0, 1, k);
      real.copy_(real.flip(0));
      for (String table : new String[] {"plm_interest_lookup_table", "img_interest_lookup_table"}) {
        Tensor items = parameters.get(table).narrow(0, 1, ITEMS);
        items.copy_(items.neg().add(new Scalar(k + 1)));
      }
    }
    assertThat(users(model, 3, 4, 5, 9))
        .usingElementComparator((a, b) -> Math.abs(a - b) < 1e-5 ? 0 : 1)
        .containsExactly(before);
  }

  @Test
  void clustersAnewEveryFewEpochs() {
    SequenceModel model = model(List.of("text", "image"), "refresh_epochs=2");
    float[] first = interests(model);
    model.startEpoch(1, new SplittableRandom(9));
    assertThat(interests(model)).isEqualTo(first);
    model.startEpoch(2, new SplittableRandom(9));
    assertThat(interests(model)).isNotEqualTo(first);
    model.startEpoch(4, new SplittableRandom(1));
    assertThat(interests(model)).isEqualTo(first);
  }

  @Test
  void refusesToEncodeBeforeTheFirstClustering() {
    SequenceModel model = built(List.of("text"));
    assertThatThrownBy(() -> users(model, 3, 4))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "MISSRec has no interests yet: startEpoch(0) must cluster the items before anything is"
                + " encoded");
  }

  // ---- losses

  @Test
  void theRegulariserIsASumOverHistoriesWhateverTheirLengths() {
    SequenceModel model = model(List.of("text", "image"));
    double together = regulariser(model, new int[][] {{3, 4, 5, 6, 7}, {8}});
    double apart =
        regulariser(model, new int[][] {{3, 4, 5, 6, 7}}) + regulariser(model, new int[][] {{8}});
    assertThat(together).isCloseTo(apart, within(1e-4));
  }

  // ---- sizes

  @ParameterizedTest
  @CsvSource({"4385, 300, 512, 3035313", "10672, 64, 768, 901825"})
  void hasAsManyParametersAsTheReleasedCode(int items, int width, int features, long count) {
    DataSpec dataSpec =
        new DataSpec(
            items,
            50,
            List.of(
                new FeatureTable("text", "zero", features, new float[(items + 1) * features]),
                new FeatureTable("image", "zero", features, new float[(items + 1) * features])),
            0,
            new float[0],
            new DataSpec.TimeRange(0, 0, 0));
    SequenceModel model =
        ConfigReader.read(null, List.of("hidden_size=" + width), Missrec.Config.class)
            .build(dataSpec);
    assertThat(
            Checkpoint.parameters(model).values().stream()
                .filter(Tensor::requires_grad)
                .mapToLong(Tensor::numel)
                .sum())
        .isEqualTo(count);
  }

  @Test
  void startsAsTheReleasedCodeDoes() {
    Map<String, Tensor> parameters = Checkpoint.parameters(built(List.of("text", "image")));
    assertThat(Ops.floats(parameters.get("fusion_factor"))).containsExactly(0);
    assertThat(Ops.floats(parameters.get("item_embedding.weight").select(0, 0))).containsOnly(0);
    assertThat(Ops.floats(parameters.get("trm_model.decoder.layers.0.norm3.weight")))
        .containsOnly(1);
    assertThat(Ops.floats(parameters.get("trm_model.encoder.norm.bias"))).containsOnly(0);
    float bound = (float) Math.sqrt(6.0 / (8 + 24)); // Xavier
    float[] maps =
        Ops.floats(parameters.get("trm_model.encoder.layers.0.self_attn.in_proj_weight"));
    double square = 0;
    for (float value : maps) {
      assertThat(value).isBetween(-bound, bound);
      square += (double) value * value / maps.length;
    }
    assertThat(Math.sqrt(square)).isCloseTo(bound / Math.sqrt(3), within(0.05));
  }

  @ParameterizedTest
  @CsvSource({"text, plm", "image, img"})
  void textOrPictureAloneIsAddedToTheId(String modality, String official) {
    SequenceModel model = model(List.of(modality));
    assertThat(Checkpoint.parameters(model).keySet())
        .contains(official + "_interest_lookup_table")
        .doesNotContain("fusion_factor");
    try (Scope scope = Scope.inference()) {
      Tensor table = ItemTable.of(model).table();
      assertThat(table.size(1)).isEqualTo(8);
      assertThat(Ops.value(table.select(0, 3).norm())).isCloseTo(1, within(1e-6));
    }
    assertThat(losses(model, new int[][] {{3, 4, 5}}))
        .extracting(Loss::name)
        .containsExactly("ce", "reg");
  }

  @Test
  void refusesADataSetWithNeither() {
    assertThatThrownBy(() -> built(List.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(
            "model.type = missrec clusters texts and pictures, but the data set gives neither text"
                + " nor image features; encode it and name a table under text or image, or use"
                + " sasrec");
  }

  // ---- help

  private static int[] nearest(float[][] points, float[][] centroids) {
    int[] labels = new int[points.length];
    for (int i = 0; i < points.length; i++) {
      double least = Double.MAX_VALUE;
      for (int c = 0; c < centroids.length; c++) {
        double distance = 0;
        for (int j = 0; j < points[i].length; j++) {
          distance += Math.pow(points[i][j] - centroids[c][j], 2);
        }
        if (distance < least) {
          least = distance;
          labels[i] = c;
        }
      }
    }
    return labels;
  }

  private static void move(float[][] points, int[] labels, float[][] centroids) {
    for (int c = 0; c < centroids.length; c++) {
      double[] sum = new double[points[0].length];
      int count = 0;
      for (int i = 0; i < points.length; i++) {
        if (labels[i] == c) {
          count++;
          for (int j = 0; j < sum.length; j++) {
            sum[j] += points[i][j];
          }
        }
      }
      for (int j = 0; j < sum.length && count > 0; j++) {
        centroids[c][j] = (float) (sum[j] / count);
      }
    }
  }

  private static float[] interests(SequenceModel model) {
    return Ops.floats(Checkpoint.parameters(model).get("interest_embeddings"));
  }

  private static double regulariser(SequenceModel model, int[][] histories) {
    return Ops.value(losses(model, histories).get(1).value());
  }

  private static List<Loss> losses(SequenceModel model, int[][] histories) {
    model.eval();
    Scope scope = Scope.inference();
    try (scope) {
      SequenceTensors in = in(model, histories);
      ItemVectors items = ItemTable.of(model);
      List<Loss> losses = new ArrayList<>();
      for (Loss loss : model.forward(in, items, Draws.NONE).plain(items.table())) {
        losses.add(new Loss(loss.name(), loss.weight(), scope.keep(loss.value())));
      }
      return losses;
    }
  }

  private static float[] users(SequenceModel model, int... items) {
    model.eval();
    try (Scope scope = Scope.inference()) {
      return Ops.floats(model.encode(in(model, new int[][] {items}), ItemTable.of(model)));
    }
  }

  /** Item 1 is what comes next. */
  private static SequenceTensors in(SequenceModel model, int[][] histories) {
    int[] starts = new int[histories.length + 1];
    List<Integer> items = new ArrayList<>();
    for (int h = 0; h < histories.length; h++) {
      Arrays.stream(histories[h]).forEach(items::add);
      starts[h + 1] = items.size();
    }
    Histories all =
        new Histories(starts, items.stream().mapToInt(i -> i).toArray(), new long[items.size()]);
    var batch =
        Windows.latest(all, LENGTH).inOrder(histories.length, RowLayout.SINGLE).get(0).batch();
    for (int i = 0; i < batch.targets().length; i++) {
      batch.targets()[i] = Math.abs(batch.targets()[i]); // unknown is -1
    }
    return SequenceTensors.of(batch, model.device());
  }

  private static SequenceModel model(List<String> features, String... settings) {
    SequenceModel model = built(features, settings);
    model.startEpoch(0, new SplittableRandom(1));
    return model;
  }

  private static SequenceModel built(List<String> features, String... settings) {
    torch.manual_seed(7);
    SplittableRandom random = new SplittableRandom(3);
    List<FeatureTable> tables = new ArrayList<>();
    for (String feature : features) {
      float[] values = new float[(ITEMS + 1) * 5];
      for (int i = 5; i < values.length; i++) {
        values[i] = (float) random.nextGaussian();
      }
      tables.add(new FeatureTable(feature, "random", 5, values));
    }
    List<String> all = new ArrayList<>(List.of("hidden_size=8", "inner_size=12"));
    all.addAll(List.of(settings));
    return ConfigReader.read(null, all, Missrec.Config.class)
        .build(
            new DataSpec(ITEMS, LENGTH, tables, 0, new float[0], new DataSpec.TimeRange(0, 0, 0)));
  }
}
