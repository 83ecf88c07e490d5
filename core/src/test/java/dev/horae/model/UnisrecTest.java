package dev.horae.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.config.ConfigReader;
import dev.horae.data.DataException;
import dev.horae.data.FeatureTable;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.FrozenFeatures;
import dev.horae.sequence.ItemRows;
import dev.horae.sequence.SequenceModel;
import dev.horae.tensor.Checkpoint;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The text adaptor that UniSRec and TedRec share, in closed forms, and the sizes of both. */
class UnisrecTest {

  private static final int ITEMS = 6;
  private static final int WIDTH = 5;
  private static final int HIDDEN = 4;
  private static final int EXPERTS = 3;
  private static final double INITIAL_SPREAD = 0.703147; // softplus(0) + 0.01

  private record Run(NetworkConfig model) {}

  @ParameterizedTest
  @CsvSource({"unisrec, 1198016", "tedrec, 1502530"})
  void hasAsManyParametersAsTheOfficialCode(String name, long count) { // on Games
    int games = 10_672;
    float[] bert = new float[(games + 1) * 768];
    SequenceModel model =
        config(name).build(dataSpec(games, 50, new FeatureTable("text", "bert", 768, bert)));
    assertThat(Checkpoint.parameters(model).values().stream().mapToLong(Tensor::numel).sum())
        .isEqualTo(count);
  }

  @ParameterizedTest
  @ValueSource(strings = {"unisrec", "tedrec"})
  void refusesToStartWithoutTexts(String name) {
    assertThatThrownBy(() -> config(name).build(dataSpec(ITEMS, 4)))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "model.type = "
                + name
                + " reads texts, but there are no text features (text = none); make some with"
                + " ``Encoding.text(DATASET, minilm)``");
  }

  @Test
  void atTheStartExpertsCountAlike() {
    MoeAdaptor adaptor = adaptor(0);
    spread(adaptor, "bias");
    try (Scope scope = Scope.inference()) {
      Tensor x = texts(0).at(new ItemRows.Stretch(0, ITEMS + 1));
      Tensor mean = torch.zeros(ITEMS + 1, HIDDEN);
      for (int g = 0; g < EXPERTS; g++) {
        Tensor shifted = x.sub(parameter(adaptor, "experts." + g + ".bias"));
        mean.add_(
            Ops.scale(
                shifted.matmul(parameter(adaptor, "experts." + g + ".lin.weight").t()),
                1.0 / EXPERTS));
      }
      assertClose(adaptor.forward(x, null), mean);
    }
  }

  @Test
  void expertsThatAgreeMakeGatesIrrelevant() {
    MoeAdaptor adaptor = adaptor(0);
    spread(adaptor, "w_");
    Tensor first = parameter(adaptor, "experts.0.lin.weight");
    for (int g = 1; g < EXPERTS; g++) {
      parameter(adaptor, "experts." + g + ".lin.weight").detach().copy_(first.detach());
    }
    try (Scope scope = Scope.inference()) {
      Tensor x = texts(0).at(new ItemRows.Stretch(0, ITEMS + 1));
      assertClose(adaptor.forward(x, noise()), x.matmul(first.t()));
    }
  }

  @Test
  void theFirstNoiseHasTheSpreadOfSoftplusAtZero() {
    MoeAdaptor adaptor = adaptor(0);
    try (Scope scope = Scope.inference()) {
      MoeAdaptor.Vectors of =
          adaptor.vectors(texts(0).at(new ItemRows.Stretch(0, ITEMS + 1)), true);
      assertThat(Ops.floats(of.spread()))
          .usingComparatorWithPrecision(1e-6f)
          .containsOnly((float) INITIAL_SPREAD);
      Tensor drawn = Ops.float32(noise(), ITEMS + 1, EXPERTS);
      assertClose(
          MoeAdaptor.gates(of.logits(), of.spread(), noise()),
          Ops.scale(drawn, INITIAL_SPREAD).softmax(-1));
    }
  }

  /** Weights are scaled, not the table; but b is not, or it would not be subtracted from x. */
  @Test
  void scalingTheTextsIsScalingTheTable() {
    double rms = 2;
    MoeAdaptor adaptor = adaptor(rms);
    spread(adaptor, "");
    try (Scope scope = Scope.inference()) {
      FrozenFeatures texts = texts(rms);
      Tensor scaled = Ops.scale(texts.at(new ItemRows.Stretch(0, ITEMS + 1)), texts.factor());
      assertThat(texts.factor()).isGreaterThan(1.5);
      Tensor gates = scaled.matmul(parameter(adaptor, "w_gate")).softmax(-1);
      Tensor sum = torch.zeros(ITEMS + 1, HIDDEN);
      for (int g = 0; g < EXPERTS; g++) {
        Tensor shifted = scaled.sub(parameter(adaptor, "experts." + g + ".bias"));
        Tensor expertOutputs =
            shifted.matmul(parameter(adaptor, "experts." + g + ".lin.weight").t());
        sum.add_(expertOutputs.mul(gates.narrow(1, g, 1)));
      }
      assertClose(adaptor.forward(texts.at(new ItemRows.Stretch(0, ITEMS + 1)), null), sum);
    }
  }

  @Test
  void noiseOfTheTableIsDrawnAnewForEveryStepAndOnlyInTraining() {
    SequenceModel model =
        config("unisrec", "hidden_size=4", "adaptor_dropout=0").build(dataSpec(ITEMS, 4, table()));
    GateNoise one = new GateNoise(new float[0], rows -> noise());
    GateNoise other = new GateNoise(new float[0], rows -> new float[(ITEMS + 1) * 8]);
    GateNoise eight = new GateNoise(new float[0], rows -> eightGates());
    try (Scope scope = Scope.inference()) {
      model.train(true);
      float[] noisy = Ops.floats(model.itemVectors(0, ITEMS + 1, eight));
      float[] plain = Ops.floats(model.itemVectors(0, ITEMS + 1, other));
      model.eval();
      assertThat(noisy).isNotEqualTo(plain);
      assertThat(Ops.floats(model.itemVectors(0, ITEMS + 1, one))).isEqualTo(plain);
    }
  }

  private static float[] eightGates() {
    float[] values = new float[(ITEMS + 1) * 8];
    SplittableRandom random = new SplittableRandom(4);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static float[] noise() {
    float[] values = new float[(ITEMS + 1) * EXPERTS];
    SplittableRandom random = new SplittableRandom(9);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static MoeAdaptor adaptor(double rms) {
    torch.manual_seed(3);
    return new MoeAdaptor(new MoeAdaptor.Config(rms, EXPERTS, 0.2, 0.01), texts(rms), HIDDEN, 0);
  }

  /** Gives the parameters whose last word begins so random values. */
  private static void spread(MoeAdaptor adaptor, String prefix) {
    for (Map.Entry<String, Tensor> p : Checkpoint.parameters(adaptor).entrySet()) {
      if (p.getKey().substring(p.getKey().lastIndexOf('.') + 1).startsWith(prefix)) {
        torch.normal_(p.getValue().detach(), 0, 0.5);
      }
    }
    adaptor.eval();
  }

  private static Tensor parameter(MoeAdaptor adaptor, String name) {
    return Checkpoint.parameters(adaptor).get(name);
  }

  private static FrozenFeatures texts(double rms) {
    return new FrozenFeatures(table(), rms);
  }

  private static FeatureTable table() {
    SplittableRandom random = new SplittableRandom(1);
    float[] values = new float[(ITEMS + 1) * WIDTH];
    for (int i = WIDTH; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return new FeatureTable("text", "random", WIDTH, values);
  }

  private static NetworkConfig config(String name, String... settings) {
    List<String> all = new ArrayList<>(List.of("model.type=" + name));
    for (String setting : settings) {
      all.add("model." + setting);
    }
    return ConfigReader.read(null, all, Run.class).model();
  }

  private static DataSpec dataSpec(int items, int length, FeatureTable... features) {
    return new DataSpec(
        items, length, List.of(features), 0, new float[0], new DataSpec.TimeRange(0, 0, 0));
  }

  private static void assertClose(Tensor ours, Tensor theirs) {
    assertThat(Ops.floats(ours))
        .usingComparatorWithPrecision(1e-5f)
        .containsExactly(Ops.floats(theirs));
  }
}
