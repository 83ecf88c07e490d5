package dev.horae.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.horae.config.ConfigReader;
import dev.horae.data.Histories;
import dev.horae.data.Progress;
import dev.horae.demo.SyntheticData;
import dev.horae.model.Hm4sr;
import dev.horae.model.Hm4srFlops;
import dev.horae.run.RunConfig;
import dev.horae.sequence.DataSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class BenchTest {

  private static final int USERS = 600;
  private static final MatrixPeak PEAK = new MatrixPeak(512, 2, 50, 100, 90, 180);

  private static SyntheticData data;

  @BeforeAll
  static void generate() {
    data =
        SyntheticData.generate(
            new SyntheticData.Shape("small", USERS, 80, 5000, Map.of("text", 8, "image", 6)), 1);
  }

  private static RunConfig config(String batching) {
    return ConfigReader.read(
        null,
        List.of(
            "device=cpu",
            "model.hidden_size=8",
            "model.inner_size=8",
            "train.batch_size=200",
            "train.batching=" + batching),
        RunConfig.class);
  }

  private static Bench bench(double seconds) {
    return new Bench(
        config("shared"), data.dataset(), data.features(), PEAK, seconds, Progress.SILENT);
  }

  @Test
  void whatFitsIntoTheTimeIsMeasuredWhole() {
    Bench bench = bench(1000);
    TrainingSpeed shared = bench.training(config("shared"));
    assertThat(shared.wholeEpoch()).isTrue();
    assertThat(shared.batching()).isEqualTo("shared");
    assertThat(shared.measured().examples()).isEqualTo(5000 - 3 * USERS);
    assertThat(shared.secondsPerEpoch()).isEqualTo(shared.seconds());
    assertThat(shared.nativeObjects()).isNotPositive();
    assertThat(shared.paddingShare()).isBetween(0.0, 0.2);
    assertThat(shared.shareOfPeak())
        .isCloseTo(shared.flops().total() / shared.seconds() / 90e9, within(1e-12));
    assertThat(shared.examplesPerSecond() * shared.seconds())
        .isCloseTo(5000 - 3 * USERS, within(1e-6));
  }

  @Test
  void whatDoesNotIsEstimatedFromAFewStepsByTheirOperations() {
    TrainingSpeed prefix = bench(1e-9).training(config("prefix"));
    assertThat(prefix.batching()).isEqualTo("prefix");
    assertThat(prefix.wholeEpoch()).isFalse();
    assertThat(prefix.epoch().examples()).isEqualTo(5000 - 3 * USERS);
    assertThat(prefix.measured().examples()).isBetween(200L, 800L);
    Hm4srFlops epoch =
        Hm4srFlops.of(
            (Hm4sr.Config) config("prefix").model(),
            DataSpec.of(data.dataset(), data.features()),
            prefix.epoch());
    assertThat(prefix.secondsPerEpoch())
        .isCloseTo(prefix.seconds() * epoch.total() / prefix.flops().total(), within(1e-9));
  }

  @Test
  void ratesSayOnHowManyHistoriesTheyWereMeasured() {
    Bench bench = bench(1000);
    for (Rate rate : List.of(bench.evaluation(), bench.encoding(), bench.recommendation())) {
      assertThat(rate.measured()).as(rate.what()).isEqualTo(USERS);
      assertThat(rate.all()).isEqualTo(USERS);
      assertThat(rate.perSecond()).isCloseTo(USERS / rate.seconds(), within(1e-6));
    }
  }

  @Test
  void aRateIsWarmedUpAndMeasuredOnNoMoreThanFitsIntoTheTime() {
    List<Integer> asked = new ArrayList<>();
    Rate whole = Rate.measure("sleepless", 2000, 1e9, asked::add);
    assertThat(asked).containsExactly(512, 2000);
    assertThat(whole.measured()).isEqualTo(2000);
    asked.clear();
    Rate.measure("sleepless", 300, 0, asked::add);
    assertThat(asked).containsExactly(300, 1);
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
