package dev.horae.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import dev.horae.config.ConfigException;
import dev.horae.config.ConfigReader;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.Progress;
import dev.horae.model.Hm4sr;
import dev.horae.model.Hm4srFlops;
import dev.horae.run.NetworkTraining;
import dev.horae.run.RunConfig;
import dev.horae.sequence.DataSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelBenchTest {

  private static final int USERS = 600;
  private static final int EXAMPLES = 5000 - 3 * USERS;

  private static SyntheticData data;

  @BeforeAll
  static void generate() {
    data =
        SyntheticData.generate(
            new SyntheticData.Shape("small", USERS, 80, 5000, Map.of("text", 8, "image", 6)), 1);
  }

  private static RunConfig config(String... settings) {
    List<String> all = new ArrayList<>(List.of("device=cpu"));
    all.addAll(List.of(settings));
    return ConfigReader.read(null, all, RunConfig.class);
  }

  private static RunConfig hm4sr(String batching) {
    return config(
        "model.hidden_size=8",
        "model.inner_size=8",
        "train.batch_size=200",
        "train.batching=" + batching);
  }

  /** Of HM4SR, on all workers. */
  private static TrainingSpeed training(String batching, double seconds) {
    RunConfig config = hm4sr(batching);
    DataSpec dataSpec = DataSpec.of(data.dataset(), data.features());
    return new TrainingBench(
            NetworkTraining.build(config, dataSpec), config, data.dataset(), dataSpec, seconds)
        .measure(Progress.SILENT);
  }

  @Test
  void everyPartIsMeasured() {
    ModelSpeed hm4sr =
        ModelBench.measure(hm4sr("auto"), data.dataset(), data.features(), 0.01, Progress.SILENT);
    assertThat(hm4sr.model()).isEqualTo("hm4sr");
    assertThat(hm4sr.settings()).containsEntry("train.batch_size", "200");
    assertThat(hm4sr.widths()).isEqualTo(Map.of("text", 8, "image", 6));
    assertThat(hm4sr.secondsToFit()).isNull();
    assertThat(hm4sr.rates())
        .extracting(Rate::what)
        .containsExactly("evaluation", "encoding", "recommendation");
  }

  @Test
  void whatFitsIntoTheTimeIsMeasuredWhole() {
    TrainingSpeed shared = training("auto", 1e9);
    assertThat(shared.batching()).isEqualTo("shared");
    assertThat(shared.wholeEpoch()).isTrue();
    assertThat(shared.measured()).isEqualTo(shared.epoch());
    assertThat(shared.epoch().examples()).isEqualTo(EXAMPLES);
    assertThat(shared.secondsPerEpoch()).isEqualTo(shared.seconds());
    assertThat(shared.nativeObjects()).isNotPositive();
    assertThat(shared.paddingShare()).isBetween(0.0, 0.25);
    assertThat(shared.examplesPerSecond() * shared.seconds()).isCloseTo(EXAMPLES, within(1e-6));
    assertThat(shared.gigaflopsPerSecond())
        .isCloseTo(flops(shared.epoch()).total() / shared.seconds() / 1e9, within(1e-12));
  }

  @Test
  void whatDoesNotIsEstimatedFromAFewSteps() {
    TrainingSpeed prefix = training("prefix", 1e-9);
    assertThat(prefix.batching()).isEqualTo("prefix");
    assertThat(prefix.wholeEpoch()).isFalse();
    assertThat(prefix.epoch().examples()).isEqualTo(EXAMPLES);
    assertThat(prefix.measured().steps()).isBetween(2L, 5L);
    assertThat(prefix.secondsPerExample()).isPositive();
    assertThat(prefix.secondsPerEpoch())
        .isCloseTo(
            prefix.seconds()
                + (EXAMPLES - prefix.measured().examples()) * prefix.secondsPerExample(),
            within(1e-9));
    assertThat(prefix.flops()).isEqualTo(flops(prefix.measured()));
  }

  @Test
  void operationsAreThoseOfAllItemsOrNotCounted() {
    RunConfig sampled = config("model.hidden_size=8", "train.batch_size=200", "train.negatives=20");
    TrainingSpeed speed =
        ModelBench.measure(sampled, data.dataset(), data.features(), 1e-9, Progress.SILENT)
            .training();
    assertThat(speed.flops()).isNull();
    assertThat(speed.gigaflopsPerSecond()).isNull();
  }

  private static Hm4srFlops flops(Hm4srFlops.Work work) {
    return Hm4srFlops.of(
        (Hm4sr.Config) hm4sr("auto").model(), DataSpec.of(data.dataset(), data.features()), work);
  }

  /** Of a network that begins by clustering, one of prefixes, a baseline, and our own model. */
  @ParameterizedTest
  @ValueSource(strings = {"missrec", "tisasrec", "vmis-knn", "horae"})
  void anyModelIsMeasured(String name) {
    RunConfig config =
        name.equals("vmis-knn") || name.equals("horae")
            ? config("model.type=" + name)
            : config("model.type=" + name, "model.hidden_size=8");
    List<FeatureTable> features =
        data.features().stream()
            .filter(table -> config.model().modalities().contains(table.modality()))
            .toList();
    ModelSpeed speed = ModelBench.measure(config, data.dataset(), features, 0.01, Progress.SILENT);
    assertThat(speed.model()).isEqualTo(name);
    assertThat(speed.training() == null).isNotEqualTo(speed.secondsToFit() == null);
    assertThat(speed.latency().requests()).isPositive();
    assertThat(speed.latency().p99()).isGreaterThanOrEqualTo(speed.latency().p50());
    for (Rate rate : speed.rates()) {
      assertThat(rate.measured()).as(rate.what()).isBetween(1, USERS);
      assertThat(rate.all()).isEqualTo(USERS);
      assertThat(rate.perSecond()).isCloseTo(rate.measured() / rate.seconds(), within(1e-6));
    }
  }

  @Test
  void whatAModelNeedsIsSaid() {
    assertThatThrownBy(
            () ->
                ModelBench.measure(
                    config("model.type=missrec"), data.dataset(), List.of(), 1, Progress.SILENT))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("model.type = missrec clusters texts and pictures, but ");
  }

  @Test
  void aRateIsWarmedUpAndMeasuredOnNoMoreThanFitsIntoTheTime() {
    List<Integer> asked = new ArrayList<>();
    Rate whole = Rate.measure("sleepless", "nights", 2000, 1e9, asked::add);
    assertThat(asked).containsExactly(512, 2000);
    assertThat(whole.measured()).isEqualTo(2000);
    asked.clear();
    Rate.measure("sleepless", "nights", 300, 0, asked::add);
    assertThat(asked).containsExactly(300, 1);
  }

  @Test
  void percentilesAreTimesThatWereMeasured() {
    double[] hundred = IntStream.rangeClosed(1, 100).mapToDouble(i -> 101 - i).toArray();
    assertThat(Latency.of(hundred)).isEqualTo(new Latency(100, 50, 99));
    assertThat(Latency.of(new double[] {3, 1, 2})).isEqualTo(new Latency(3, 2, 3));
    assertThat(Latency.of(new double[] {5})).isEqualTo(new Latency(1, 5, 5));
    int[] asked = new int[1];
    Latency few = Latency.measure(0, new SplittableRandom(1), random -> asked[0]++);
    assertThat(few.requests()).isEqualTo(1);
    assertThat(asked[0]).isEqualTo(2); // one to warm up
  }

  @Test
  void dataIsPreparedAndEncodedByWhatIsBuiltIn() {
    List<Rate> rates = DataBench.measure(data.dataset(), 1e-9, Progress.SILENT);
    assertThat(rates)
        .extracting(Rate::what, Rate::unit, Rate::measured, Rate::all)
        .containsExactly(
            tuple("prepare", "events", 5000, 5000),
            tuple("encode by minilm", "texts", 1, 80),
            tuple("encode by descriptor", "pictures", 1, 80));
    assertThat(rates).allSatisfy(rate -> assertThat(rate.perSecond()).isPositive());
  }

  @Test
  void aSampleHasTheLengthsOfAllAndKeepsTheOrder() {
    Histories all = data.dataset().histories();
    Histories half = Sample.of(all, USERS / 2);
    assertThat(half.users()).isEqualTo(USERS / 2);
    assertThat((double) half.events()).isCloseTo(all.events() / 2.0, within(60.0));
    int next = 0; // each history of the sample stands in the whole, behind the one before
    for (int u = 0; u < half.users(); u++) {
      while (!events(all, next).equals(events(half, u))) {
        next++;
      }
      next++;
    }
    assertThat(next).isLessThanOrEqualTo(USERS);
    assertThat(Sample.of(all, USERS)).isSameAs(all);
  }

  private static List<Long> events(Histories histories, int u) {
    return IntStream.range(histories.starts()[u], histories.starts()[u + 1])
        .mapToObj(e -> 1000 * histories.times()[e] + histories.items()[e])
        .toList();
  }
}
