package dev.horae.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.horae.config.ConfigException;
import dev.horae.config.ConfigReader;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.RowLayout;
import dev.horae.data.SequenceBatch;
import dev.horae.data.Split;
import dev.horae.data.Windows;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.ItemTable;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.tensor.Checkpoint;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class IisanTest {

  private static final int LENGTH = 6;
  private static final String ONE_PROBLEM = "\n1 problem; nothing was run";

  private record Run(NetworkConfig model) {}

  @Test
  void anAdapterHasAsManyParametersAsTheOfficialOne() {
    Iisan model = model(10, table("text", 10, 13, 768), table("image", 10, 13, 768));
    long adapters =
        Checkpoint.parameters(model).entrySet().stream()
            .filter(p -> p.getKey().contains("_adapter_list"))
            .mapToLong(p -> p.getValue().numel())
            .sum();
    assertThat(adapters).isEqualTo(21 * 99_136);
  }

  @Test
  void withoutAdaptersTheGatesHalveAndHalve() {
    int width = 5;
    FeatureTable text = table("text", 3, 13, width);
    FeatureTable image = table("image", 3, 13, width);
    Iisan model = model(3, text, image, "hidden_size=" + width, "heads=1");
    Checkpoint.parameters(model)
        .forEach(
            (name, p) -> {
              if (name.contains("adapter") || name.endsWith("bias")) {
                p.detach().zero_();
              } else if (name.startsWith("mm_encoder.") && p.dim() == 2) { // the heads
                p.detach().copy_(torch.eye(width));
              }
            });
    try (Scope scope = Scope.inference()) {
      Tensor ids = Ops.int64(new long[] {1, 2, 3}, 3);
      float[] ofText = Ops.floats(model.heads(ids).text());
      float[] ofBoth = Ops.floats(model.heads(ids).inter());
      for (int i = 0; i < ofText.length; i++) {
        double side = 0;
        double inter = 0;
        for (int j = 0; j < 7; j++) { // states 0, 2, ... 12
          int at = (1 + i / width) * 13 * width + 2 * j * width + i % width;
          side += text.values()[at] / Math.pow(2, 7 - j);
          inter += (text.values()[at] + image.values()[at]) / 2;
        }
        assertThat((double) ofText[i]).isCloseTo(side, within(1e-5));
        assertThat((double) ofBoth[i]).isCloseTo(inter, within(1e-5));
      }
    }
  }

  @Test
  void rareItemsAreStrongerNegatives() {
    // Scores 0, popularities .1 and .4: a softmax of .8 and .2. The target is the rare one.
    Iisan model = model(4, table("text", 4, 1, 4), table("image", 4, 1, 4));
    Checkpoint.parameters(model).forEach((name, p) -> p.detach().zero_());
    SequenceBatch batch = SequenceBatch.empty(2, LENGTH, SmallShop.histories());
    event(batch, 0, 1, 3, 1); // history 1: item 3, then item 1
    event(batch, LENGTH, 2, 2, 2); // history 2: item 2, twice
    float[] popularity = {1, .1f, .4f, .3f, .2f};
    Iisan.Slots slots = Iisan.Slots.of(batch, popularity);
    assertThat(slots.items()).containsExactly(3, 1, 2);
    assertThat(slots.count()).containsExactly(1, 1, 2);
    try (Scope scope = Scope.inference()) {
      SequenceTensors in = SequenceTensors.of(batch, model.device());
      double loss = Ops.value(model.forward(in, null, slots).sums().get(0).value());
      double first = -Math.log(1 / .1 / (1 / .1 + 2 / .4)); // its own item 3 is no negative
      double second = -Math.log(1 / .4 / (1 / .4 + 1 / .3 + 1 / .1));
      assertThat(loss).isCloseTo((first + second) / 2, within(1e-5));
    }
  }

  private static void event(SequenceBatch batch, int at, int history, int item, int target) {
    batch.items()[at] = item;
    batch.segments()[at] = history;
    batch.histories()[at] = history;
    batch.targets()[at] = target;
  }

  @Test
  void slotsAreTheEventsAndTheLastTargetOfEachWindow() {
    Histories histories =
        new Histories(
            new int[] {0, 6, 11}, new int[] {1, 2, 3, 2, 8, 9, 4, 5, 2, 8, 9}, new long[11]);
    SequenceBatch batch =
        Windows.shared(Split.leaveOneOut(histories), LENGTH, 1)
            .inOrder(100, RowLayout.PACKED)
            .get(0)
            .batch();
    assertThat(batch.rows()).isEqualTo(1);
    Iisan.Slots slots = Iisan.Slots.of(batch, new float[10]);
    assertThat(slots.items()).containsExactly(1, 2, 3, 4, 5); // 2 is a target of both
    assertThat(slots.count()).containsExactly(1, 3, 1, 1, 1);
    assertThat(slots.own()).containsExactly(0, 1, 2, 1, 8, 9, 6);
    assertThat(slots.target()).containsExactly(1, 2, 1, 4, 1);
    assertThat(slots.owner()).containsExactly(0, 0, 0, 1, 1);
    assertThat(slots.share()).containsOnly(1e-12f); // of items that training lacks
  }

  @Test
  void itemsInBlocksAreItemsAtOnce() {
    int items = 700;
    Iisan model = model(items, table("text", items, 3, 6), table("image", items, 3, 4));
    model.eval();
    try (Scope scope = Scope.inference()) {
      float[] blocks = Ops.floats(ItemTable.of(model).table());
      float[] once = Ops.floats(model.itemVectors(0, items + 1, SequenceModel.Draws.NONE));
      assertThat(blocks).hasSameSizeAs(once);
      for (int i = 0; i < once.length; i++) {
        assertThat(blocks[i]).isCloseTo(once[i], within(1e-5f));
      }
    }
  }

  @Test
  void oneStatePerItemIsNotIisan() {
    List<FeatureTable> last = List.of(table("text", 3, 1, 4), table("image", 3, 1, 4));
    List<FeatureTable> all = List.of(table("text", 3, 3, 4), table("image", 3, 3, 4));
    assertThat(config().name(dataSpec(3, last))).isEqualTo("iisan-last");
    assertThat(config().name(dataSpec(3, all))).isEqualTo("iisan");
  }

  @Test
  void learnsAtThreeRates() {
    Iisan model = model(3, table("text", 3, 3, 4), table("image", 3, 3, 4));
    assertThat(model.tuning("mm_encoder.fc_bert.weight").rateFactor()).isEqualTo(0.25);
    assertThat(model.tuning("mm_encoder.fc_cv.weight").rateFactor()).isEqualTo(0.5);
    assertThat(model.tuning("mm_encoder.mm_adapter_list.1.fc_up.bias").rateFactor()).isEqualTo(0.5);
    assertThat(model.tuning("mm_encoder.side_gate_params_cv.0").rateFactor()).isEqualTo(0.5);
    assertThat(model.tuning("mm_encoder.side_gate_params_text.0").rateFactor()).isEqualTo(1);
    assertThat(model.tuning("mm_encoder.cv_pre_fc.weight").rateFactor()).isEqualTo(1);
  }

  @Test
  void popularityIsTheShareOfTrainingEvents() {
    Histories histories = new Histories(new int[] {0, 5}, new int[] {1, 2, 1, 3, 3}, new long[5]);
    Iisan model = model(3, table("text", 3, 1, 4), table("image", 3, 1, 4));
    model.fitStatistics(Split.leaveOneOut(histories).training()); // 1, 2, 1
    SequenceBatch batch =
        Windows.shared(Split.leaveOneOut(histories), LENGTH, 1)
            .inOrder(9, RowLayout.PACKED)
            .get(0)
            .batch();
    Iisan.Slots slots = (Iisan.Slots) model.draw(batch, new SplittableRandom(1));
    assertThat(slots.items()).containsExactly(1, 2);
    assertThat(slots.share()).containsExactly(2 / 3f, 1 / 3f);
  }

  @Test
  void saysWhatIsMissing() {
    assertThatThrownBy(() -> model(3, table("text", 3, 3, 4)))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "IISAN reads text and image, but there is no table of image; make one with"
                + " ``Encoding.run`` and name it in image"
                + ONE_PROBLEM);
    assertThatThrownBy(() -> model(3, table("text", 3, 7, 4), table("image", 3, 13, 4)))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "IISAN goes through the layers of both encoders side by side, but text = random has 7"
                + " states and image = random has 13; use encoders with as many layers, or name"
                + " states that both have in model.states"
                + ONE_PROBLEM);
    assertThatThrownBy(
            () -> model(3, table("text", 3, 1, 4), table("image", 3, 1, 4), "states=[0, 2]"))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "model.states names state 2, but text = random has 1, from 0; make a table of all"
                + " layers with ``Encoding.Options.states``"
                + ONE_PROBLEM);
  }

  private static NetworkConfig config(String... settings) {
    List<String> all = new ArrayList<>(List.of("model.type=iisan"));
    Arrays.stream(settings).forEach(setting -> all.add("model." + setting));
    return ConfigReader.read(null, all, Run.class).model();
  }

  private static Iisan model(int items, FeatureTable one) {
    return (Iisan) config().build(dataSpec(items, List.of(one)));
  }

  private static Iisan model(int items, FeatureTable text, FeatureTable image, String... settings) {
    torch.manual_seed(1);
    return (Iisan) config(settings).build(dataSpec(items, List.of(text, image)));
  }

  private static DataSpec dataSpec(int items, List<FeatureTable> tables) {
    return new DataSpec(items, LENGTH, tables, 0, new float[0], new DataSpec.TimeRange(0, 0, 0));
  }

  private static FeatureTable table(String modality, int items, int states, int width) {
    SplittableRandom random = new SplittableRandom(modality.length());
    float[] values = new float[(items + 1) * states * width];
    for (int i = states * width; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return new FeatureTable(
        modality, "random", items + 1, states * width, states, new FeatureTable.InMemory(values));
  }
}
