package dev.horae.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.horae.config.ConfigException;
import dev.horae.config.ConfigReader;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.RowLayout;
import dev.horae.data.Split;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is particular to M3SRec. */
class M3srecTest {

  private static final int ITEMS = 20;
  private static final int LENGTH = 6;

  @ParameterizedTest
  @ValueSource(
      strings = {"cross_modal=true", "cross_modal=false", "head=per-modality", "shared_layers=2"})
  void onePassPerHistoryEqualsOnePerPrefix(String setting) {
    SequenceModel model = model(List.of("text", "image"), setting, "tau=1");
    Histories histories = histories(4, 13, 9, 5);
    Result shared =
        train(model, Windows.shared(Split.leaveOneOut(histories), LENGTH, 1), RowLayout.PACKED);
    Result prefix =
        train(model, Windows.prefix(Split.leaveOneOut(histories), LENGTH), RowLayout.FULL);
    assertThat(shared.loss()).isCloseTo(prefix.loss(), within(1e-5));
    assertThat(shared.gradients().keySet()).isEqualTo(prefix.gradients().keySet());
    shared
        .gradients()
        .forEach(
            (name, gradient) ->
                assertThat(gradient)
                    .as(name)
                    .usingElementComparator((a, b) -> Math.abs(a - b) < 1e-5 ? 0 : 1)
                    .containsExactly(prefix.gradients().get(name)));
  }

  @Test
  void aSingleExpertNeedsNoRouter() {
    SequenceModel model = model(List.of("text"), "specific_experts=1", "shared_experts=1");
    Map<String, float[]> gradients =
        train(model, Windows.prefix(Split.leaveOneOut(histories(6)), LENGTH), RowLayout.FULL)
            .gradients();
    assertThat(gradients.get("block1.0.moe.txt.router.weight")).containsOnly(0);
    assertThat(gradients.get("block2.0.moe.router.weight")).containsOnly(0);
    assertThat(gradients.get("block2.0.moe.experts.0.weight")).isNotEmpty().doesNotContain(0);
  }

  @Test
  void equalExpertsMakeTheRouterIrrelevant() {
    SequenceModel model = model(List.of("text"), "specific_experts=2", "shared_experts=2");
    Map<String, Tensor> parameters = Checkpoint.parameters(model);
    for (String moe : new String[] {"block1.0.moe.id", "block1.0.moe.txt", "block2.0.moe"}) {
      parameters
          .get(moe + ".experts.1.weight")
          .detach()
          .copy_(parameters.get(moe + ".experts.0.weight").detach());
    }
    float[] before = users(model, 3, 4, 5);
    parameters.forEach(
        (name, p) -> {
          if (name.contains("router")) {
            torch.normal_(p.detach(), 0, 3);
          }
        });
    assertThat(users(model, 3, 4, 5))
        .usingElementComparator((a, b) -> Math.abs(a - b) < 1e-5 ? 0 : 1)
        .containsExactly(before);
  }

  @Test
  void theFusionIsAMeanWhereNothingIsAskedFor() {
    SequenceModel model = model(List.of("text", "image"));
    Checkpoint.parameters(model).get("fusion_v").detach().zero_();
    try (Scope scope = Scope.inference()) {
      SequenceTensors in = in(model, 3, 4, 5);
      assertThat(Ops.floats(model.gates(in, ItemTable.of(model)).get("fusion")))
          .usingElementComparator((a, b) -> Math.abs(a - b) < 1e-6 ? 0 : 1)
          .containsExactly(1 / 3f, 1 / 3f, 1 / 3f);
    }
  }

  @Test
  void aModalityThatSaysNothingReadsPositionsOnly() {
    SequenceModel model = model(List.of("nothing"), "cross_modal=false", "head=per-modality");
    Checkpoint.parameters(model).get("modality_embedding").detach().zero_();
    float[] one = users(model, 3, 4, 5); // id, then text
    float[] other = users(model, 7, 8, 9);
    int d = one.length / 2;
    assertThat(Arrays.copyOfRange(one, d, 2 * d)).isEqualTo(Arrays.copyOfRange(other, d, 2 * d));
    assertThat(Arrays.copyOf(one, d)).isNotEqualTo(Arrays.copyOf(other, d));
  }

  @Test
  void onlyModalitiesThatAreThereTakePart() {
    assertThat(Checkpoint.parameters(model(List.of("image"))).keySet())
        .contains("block1.0.moe.img.router.weight", "img_projection.weight")
        .noneMatch(name -> name.contains("txt"));
    assertThat(model(List.of("image"), "head=per-modality").parts()).containsExactly("id", "image");
    assertThatThrownBy(() -> model(List.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(
            "model.type = m3srec mixes modalities, but the data set gives neither text nor image"
                + " features; encode it and name a table under text or image, or use sasrec");
  }

  /** d = 64, 768 features, 4 experts, 10,672 items: the formula of the specification's costs. */
  @Test
  void hasTheSizeThatTheDescriptionGives() {
    int items = 10_672;
    DataSpec games =
        new DataSpec(
            items,
            50,
            List.of(
                new FeatureTable("text", "zero", 768, new float[(items + 1) * 768]),
                new FeatureTable("image", "zero", 768, new float[(items + 1) * 768])),
            0,
            new float[0],
            new DataSpec.TimeRange(0, 0, 0));
    SequenceModel model = ConfigReader.read(null, List.of(), M3srec.Config.class).build(games);
    long d = 64;
    long experts = 4 * (d * d + d + 1 + d);
    long attention = 4 * (d * d + d) + 2 * d;
    long inputs = (items + 1) * d + 50 * d + 2 * (768 * d + d) + 3 * d + 2 * d;
    long blocks = 2 * attention + 4 * (experts + 2 * d);
    long fusion = d * d + d + d;
    assertThat(Checkpoint.parameters(model).values().stream().mapToLong(Tensor::numel).sum())
        .isEqualTo(inputs + blocks + fusion);
  }

  private record Result(double loss, Map<String, float[]> gradients) {}

  private static Result train(SequenceModel model, Windows windows, RowLayout layout) {
    Map<String, float[]> gradients = new LinkedHashMap<>();
    double loss;
    model.train(true);
    Map<String, Tensor> parameters = Checkpoint.parameters(model);
    for (Tensor p : parameters.values()) {
      if (p.grad().defined()) {
        p.grad().zero_();
      }
    }
    try (Scope scope = Scope.training()) {
      SequenceTensors in =
          SequenceTensors.of(windows.inOrder(1_000, layout).get(0).batch(), model.device());
      ItemVectors items = ItemTable.of(model);
      Tensor total = Loss.total(model.forward(in, items, Draws.NONE).plain(items.table()));
      total.backward();
      loss = Ops.value(total);
    }
    parameters.forEach((name, p) -> gradients.put(name, Ops.floats(p.grad())));
    return new Result(loss, gradients);
  }

  private static float[] users(SequenceModel model, int... items) {
    try (Scope scope = Scope.inference()) {
      return Ops.floats(model.encode(in(model, items), ItemTable.of(model)));
    }
  }

  private static SequenceTensors in(SequenceModel model, int... items) {
    model.eval();
    Histories one = new Histories(new int[] {0, items.length}, items, new long[items.length]);
    return SequenceTensors.of(
        Windows.latest(one, LENGTH).inOrder(1, RowLayout.PACKED).get(0).batch(), model.device());
  }

  /**
   * @param features modalities; {@code nothing} is text of zeros
   */
  private static SequenceModel model(List<String> features, String... settings) {
    torch.manual_seed(7);
    SplittableRandom random = new SplittableRandom(3);
    List<FeatureTable> tables = new ArrayList<>();
    for (String feature : features) {
      float[] values = new float[(ITEMS + 1) * 5];
      for (int i = 5; i < values.length && !feature.equals("nothing"); i++) {
        values[i] = (float) random.nextGaussian();
      }
      tables.add(
          new FeatureTable(feature.equals("nothing") ? "text" : feature, "random", 5, values));
    }
    List<String> all = new ArrayList<>(List.of("hidden_size=8", "dropout=0"));
    all.add("attention_dropout=0");
    all.addAll(List.of(settings));
    return ConfigReader.read(null, all, M3srec.Config.class)
        .build(
            new DataSpec(ITEMS, LENGTH, tables, 0, new float[0], new DataSpec.TimeRange(0, 0, 0)));
  }

  private static Histories histories(int... lengths) {
    SplittableRandom random = new SplittableRandom(11);
    int[] starts = new int[lengths.length + 1];
    for (int u = 0; u < lengths.length; u++) {
      starts[u + 1] = starts[u] + lengths[u];
    }
    int[] items = new int[starts[lengths.length]];
    Arrays.setAll(items, i -> 1 + random.nextInt(ITEMS));
    return new Histories(starts, items, new long[items.length]);
  }
}
