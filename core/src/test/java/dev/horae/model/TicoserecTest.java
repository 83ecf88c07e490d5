package dev.horae.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.horae.config.ConfigReader;
import dev.horae.data.Histories;
import dev.horae.data.RowLayout;
import dev.horae.data.SequenceBatch;
import dev.horae.data.Split;
import dev.horae.data.Windows;
import dev.horae.model.Ticoserec.Drawn;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.sequence.SoftmaxLoss;
import dev.horae.sequence.TrainingOutput;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TicoserecTest {

  private static final int ITEMS = 40;
  private static final int LENGTH = 6;

  private record Run(NetworkConfig model) {}

  @Test
  void comparesCopiesOnlyAfterTheWarmUp() {
    Histories histories = histories(9, 12);
    SequenceModel model = model(histories, "model_warm_up=2");
    SequenceBatch batch = shared(histories, 10);
    for (int epoch = 0; epoch < 4; epoch++) {
      model.startEpoch(epoch, new SplittableRandom(1));
      Drawn drawn = (Drawn) model.draw(batch, new SplittableRandom(2));
      assertThat(drawn.contrasts()).isEqualTo(epoch >= 2);
      assertThat(names(model, batch, drawn))
          .isEqualTo(epoch >= 2 ? List.of("cl", "rec") : List.of("rec"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "41, 39, 0, 40, 0.1, ''",
    "40, 39, 0, 40, 0.1, train.epochs = 40 end the training before epoch 41",
    "40, 39, 40, 40, 0.1, train.epochs = 40 end the training before epoch 41",
    "99, 38, 0, 40, 0.1, train.patience = 38 may end the training before epoch 41",
    "99, 38, 40, 40, 0.1, train.patience = 38 may end the training before epoch 41",
    "99, 38, 41, 40, 0.1, ''",
    "9, 9, 0, 40, 0, ''",
    "9, 9, 0, 0, 0.1, ''"
  })
  void aTrainingThatMayEndBeforeItsContrastSaysSo(
      int epochs, int patience, int trained, int warmUp, double weight, String said) {
    String found =
        config("model_warm_up=" + warmUp, "contrast_weight=" + weight)
            .leftOut(epochs, patience, trained)
            .orElse("");
    assertThat(found.isEmpty()).isEqualTo(said.isEmpty());
    assertThat(found).startsWith(said);
  }

  @Test
  void everyUserHasOnePairPerEpochHoweverManyWindowsThereAre() {
    Histories histories = histories(9, 30, 25, 5);
    for (int stride : new int[] {1, 4, LENGTH}) {
      SequenceModel model = model(histories, "model_warm_up=0", "not_augmented=0.5");
      List<Long> owners = new ArrayList<>();
      for (Windows.Plan plan :
          Windows.shared(Split.leaveOneOut(histories), LENGTH, stride)
              .inOrder(4, RowLayout.PACKED)) {
        Drawn drawn = (Drawn) model.draw(plan.batch(), new SplittableRandom(2));
        Arrays.stream(drawn.owners()).forEach(owners::add);
        assertThat(drawn.copies()).hasSize(2 * LENGTH * drawn.owners().length);
      }
      assertThat(owners).containsExactlyInAnyOrder(1L, 2L, 3L, 4L);
    }
  }

  @Test
  void aUserWithEvenPausesIsComparedAsTheHistoryIs() {
    Histories histories = histories(12);
    SequenceModel model = model(histories, "model_warm_up=0", "not_augmented=1");
    Drawn drawn = (Drawn) model.draw(shared(histories, 10), new SplittableRandom(2));
    int[] inputs = Arrays.copyOfRange(histories.items(), 12 - 3 - LENGTH, 12 - 3);
    long[] last = Arrays.stream(inputs).asLongStream().toArray();
    assertThat(drawn.copies())
        .isEqualTo(LongStream.concat(Arrays.stream(last), Arrays.stream(last)).toArray());
  }

  @Test
  void copiesAreMadeOfTheInputsOfTraining() {
    Histories histories = histories(10);
    SequenceModel model = model(histories, "model_warm_up=0", "augmentation.mask_rate=0");
    Set<Long> inputs =
        Arrays.stream(histories.items(), 0, 7).asLongStream().boxed().collect(Collectors.toSet());
    inputs.add(0L); // padding
    for (int i = 0; i < 50; i++) { // substitutes and insertions come from the inputs, too
      Drawn drawn = (Drawn) model.draw(shared(histories, 10), new SplittableRandom(i));
      assertThat(inputs).containsAll(Arrays.stream(drawn.copies()).boxed().toList());
    }
  }

  @Test
  void negativesAreItemsThatTheUserDoesNotKnow() {
    Histories histories = histories(20, 20, 9);
    SequenceModel model = model(histories);
    SequenceBatch batch = shared(histories, 100);
    Set<Long> drawn =
        LongStream.range(0, 40)
            .flatMap(i -> Arrays.stream(((Drawn) model.draw(batch, random(i))).negatives()))
            .boxed()
            .collect(Collectors.toSet());
    assertThat(drawn).hasSizeGreaterThan(30).doesNotContain(0L).allMatch(i -> i <= ITEMS);
    long[] negatives = ((Drawn) model.draw(batch, random(3))).negatives();
    long[] examples = batch.examples();
    assertThat(negatives).hasSameSizeAs(examples);
    for (int i = 0; i < examples.length; i++) {
      int user = (int) batch.histories()[(int) examples[i]] - 1;
      Histories known = Split.leaveOneOut(histories).training();
      assertThat(Arrays.copyOfRange(known.items(), known.starts()[user], known.starts()[user + 1]))
          .doesNotContain((int) negatives[i]);
    }
  }

  @Test
  void aUserWhoKnowsAllItemsStillHasNegatives() {
    Histories histories = histories(ITEMS * 3);
    SequenceModel model = model(histories);
    Drawn drawn = (Drawn) model.draw(shared(histories, 1_000), random(1));
    assertThat(Arrays.stream(drawn.negatives()).boxed()).allMatch(i -> i >= 1 && i <= ITEMS);
  }

  @Test
  void aBatchWithoutAHistoryThatBeginsHasNoContrast() {
    Histories histories = histories(30);
    SequenceModel model = model(histories, "model_warm_up=0");
    SequenceBatch later =
        Windows.shared(Split.leaveOneOut(histories), LENGTH, 4)
            .inOrder(4, RowLayout.PACKED)
            .get(2)
            .batch();
    Drawn drawn = (Drawn) model.draw(later, random(1));
    assertThat(drawn.contrasts()).isTrue();
    assertThat(drawn.owners()).isEmpty();
    assertThat(names(model, later, drawn)).containsExactly("cl", "rec");
  }

  @Test
  void placesCountFromTheEndOfAHistory() {
    Histories histories = histories(4, 9);
    SequenceBatch batch =
        Windows.latest(histories, LENGTH).inOrder(9, RowLayout.FULL).get(0).batch();
    SequenceModel model = model(histories);
    try (Scope scope = Scope.inference()) {
      SequenceTensors in = SequenceTensors.of(batch, model.device());
      assertThat(Ops.longs(in.fromEnd().select(0, 0))).startsWith(4, 3, 2, 1);
      assertThat(Ops.longs(in.fromEnd().select(0, 1))).containsExactly(6, 5, 4, 3, 2, 1);
    }
  }

  @Test
  void vectorsDecideWhatIsSimilarAfterTheSecondWarmUp() {
    Histories histories = histories(9, 30);
    SequenceModel model = model(histories, "model_warm_up=0", "augmentation_warm_up=1");
    SequenceBatch batch = shared(histories, 100);
    long[] before = copies(model, batch, 1);
    long[] after = copies(model, batch, 2);
    assertThat(before).isEqualTo(copies(model, batch, 0));
    assertThat(after).isNotEqualTo(before);
  }

  private static long[] copies(SequenceModel model, SequenceBatch batch, int epoch) {
    model.startEpoch(epoch, random(1));
    return LongStream.range(0, 10)
        .flatMap(i -> Arrays.stream(((Drawn) model.draw(batch, random(i))).copies()))
        .toArray();
  }

  private static SplittableRandom random(long seed) {
    return new SplittableRandom(seed);
  }

  /** {@return the names of finite losses} */
  private static List<String> names(SequenceModel model, SequenceBatch batch, Drawn drawn) {
    model.train(true);
    try (Scope scope = Scope.training()) {
      SequenceTensors in = SequenceTensors.of(batch, model.device());
      TrainingOutput forward = model.forward(in, null, drawn);
      if (drawn.owners().length > 0) {
        forward.plain(null).forEach(loss -> assertThat(Ops.value(loss.value())).isFinite());
      }
      List<String> names = new ArrayList<>();
      forward.softmaxes().forEach(loss -> names.add(loss.name()));
      forward.sums().forEach(loss -> names.add(loss.name()));
      return names;
    }
  }

  @Test
  void theContrastIsTheFieldsOwn() {
    // Golden check of block NTX: u = [1 0], [0 1], v = [.9 .1], [.2 .8], temperature 1.
    try (Scope scope = Scope.inference()) {
      Tensor both = Ops.float32(new float[] {1, 0, 0, 1, .9f, .1f, .2f, .8f}, 4, 2);
      Tensor owners = Ops.int64(new long[] {1, 2}, 2);
      SoftmaxLoss loss =
          SoftmaxLoss.ofPairs("cl", 1, both.narrow(0, 0, 2), both.narrow(0, 2, 2), owners, 1);
      assertThat(Ops.value(loss.plain(null).value())).isCloseTo(.686872, within(1e-6));
    }
  }

  private static SequenceBatch shared(Histories histories, int examples) {
    return Windows.shared(Split.leaveOneOut(histories), LENGTH, 4)
        .inOrder(examples, RowLayout.PACKED)
        .get(0)
        .batch();
  }

  private static NetworkConfig config(String... settings) {
    List<String> all = new ArrayList<>(List.of("model.type=ticoserec", "model.hidden_size=8"));
    for (String setting : settings) {
      all.add("model." + setting);
    }
    return ConfigReader.read(null, all, Run.class).model();
  }

  private static SequenceModel model(Histories histories, String... settings) {
    torch.manual_seed(1);
    SequenceModel model =
        config(settings)
            .build(
                new DataSpec(
                    ITEMS, LENGTH, List.of(), 0, new float[0], new DataSpec.TimeRange(0, 0, 0)));
    model.fitStatistics(Split.leaveOneOut(histories).training());
    model.startEpoch(0, random(1));
    return model;
  }

  /** Histories of these lengths, with pauses of their own. */
  private static Histories histories(int... lengths) {
    int[] starts = new int[lengths.length + 1];
    for (int u = 0; u < lengths.length; u++) {
      starts[u + 1] = starts[u] + lengths[u];
    }
    int[] items = new int[starts[lengths.length]];
    long[] times = new long[items.length];
    SplittableRandom random = random(7);
    for (int u = 0; u < lengths.length; u++) {
      long time = 1_700_000_000;
      for (int e = starts[u]; e < starts[u + 1]; e++) {
        items[e] = 1 + (u * 11 + (e - starts[u]) * 7) % ITEMS;
        time += 1 + random.nextInt(100_000);
        times[e] = time;
      }
    }
    return new Histories(starts, items, times);
  }
}
