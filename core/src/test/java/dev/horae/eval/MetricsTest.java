package dev.horae.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * The numbers of the golden file come from RecBole 1.2.1's collector and evaluator, run on scores
 * of which column 0 was forbidden; its tie cases follow the protocol's rule.
 */
class MetricsTest {

  @Test
  void metricsOfScoresEqualThoseOfRecBole() throws IOException {
    int compared = 0;
    for (JsonNode fixture : golden().get("cases")) {
      int[] ranks = new int[fixture.get("targets").size()];
      for (int user = 0; user < ranks.length; user++) {
        ranks[user] =
            Ranks.of(
                floats(fixture.get("scores").get(user)), fixture.get("targets").get(user).asInt());
        assertThat(ranks[user]).isEqualTo(fixture.get("ranks").get(user).asInt());
      }
      Map<String, Double> means = Metrics.means(ranks);
      assertThat(fixture.get("metrics").size()).isEqualTo(means.size());
      for (Map.Entry<String, Double> mean : means.entrySet()) {
        double expected = fixture.get("metrics").get(mean.getKey()).asDouble();
        assertThat(mean.getValue()).as(mean.getKey()).isCloseTo(expected, within(1e-9));
        compared++;
      }
    }
    assertThat(compared).isEqualTo(4 * 20);
  }

  @Test
  void tiesGoToTheLowerIndexAndPaddingTakesNoPart() throws IOException {
    JsonNode cases = golden().get("tie_cases");
    assertThat(cases).hasSize(8);
    for (JsonNode tie : cases) {
      assertThat(Ranks.of(floats(tie.get("scores")), tie.get("target").asInt()))
          .as(tie.toString())
          .isEqualTo(tie.get("rank").asInt());
    }
  }

  @Test
  void workedExampleOfTheProtocol() {
    float[] scores = {9.0f, .3f, .8f, .8f, -1, .5f};
    assertThat(List.of(3, 2, 5, 4).stream().map(target -> Ranks.of(scores, target)))
        .containsExactly(2, 1, 3, 5);

    Map<String, Double> means = Metrics.means(new int[] {1, 4, 6, 11, 21, 60});
    double[][] table = { // NDCG, MRR, Hit
      {.23845, .20833, .33333}, {.29781, .23611, .50000},
      {.34430, .25126, .66667}, {.38168, .25920, .83333}
    };
    int[] cutoffs = {5, 10, 20, 50};
    for (int i = 0; i < cutoffs.length; i++) {
      assertThat(means.get("ndcg@" + cutoffs[i])).isCloseTo(table[i][0], within(5e-6));
      assertThat(means.get("mrr@" + cutoffs[i])).isCloseTo(table[i][1], within(5e-6));
      assertThat(means.get("hit@" + cutoffs[i])).isCloseTo(table[i][2], within(5e-6));
      assertThat(means.get("recall@" + cutoffs[i])).isEqualTo(means.get("hit@" + cutoffs[i]));
      assertThat(means.get("precision@" + cutoffs[i]))
          .isCloseTo(table[i][2] / cutoffs[i], within(5e-6));
    }
  }

  @Test
  void intervalsAreThoseOfTheBinomialForHits() {
    int[] ranks = new int[10_000];
    SplittableRandom random = new SplittableRandom(5);
    for (int user = 0; user < ranks.length; user++) {
      ranks[user] = random.nextInt(4) == 0 ? 3 : 1_000;
    }
    Metrics.Result hit =
        Metrics.withIntervals(ranks, 1).stream()
            .filter(result -> result.metric().equals("hit@5"))
            .findFirst()
            .orElseThrow();
    double deviation = Math.sqrt(hit.mean() * (1 - hit.mean()) / ranks.length);
    assertThat(hit.mean()).isEqualTo(Metrics.means(ranks).get("hit@5"));
    assertThat(hit.mean() - hit.low()).isCloseTo(1.96 * deviation, within(.2 * deviation));
    assertThat(hit.high() - hit.mean()).isCloseTo(1.96 * deviation, within(.2 * deviation));
  }

  @Test
  void theSameSeedGivesTheSameIntervals() {
    int[] ranks = {1, 2, 3, 70, 9, 12, 33};
    assertThat(Metrics.withIntervals(ranks, 7)).isEqualTo(Metrics.withIntervals(ranks, 7));
    assertThat(Metrics.withIntervals(ranks, 7)).isNotEqualTo(Metrics.withIntervals(ranks, 8));
    assertThat(Metrics.withIntervals(ranks, 7).stream().map(Metrics.Result::metric))
        .containsExactlyElementsOf(Metrics.NAMES);
  }

  @Test
  void gainsAreWhatTheMeanIsMadeOf() {
    int[] ranks = {1, 3, 10, 11, 999};
    assertThat(Metrics.gains("ndcg@10", ranks))
        .containsExactly(new double[] {1, 0.5, Math.log(2) / Math.log(11), 0, 0}, within(1e-12));
    assertThat(Metrics.gains("hit@50", ranks)).containsExactly(1, 1, 1, 1, 0);
    double[] gains = Metrics.gains("ndcg@10", ranks);
    assertThat(Arrays.stream(gains).average().orElseThrow())
        .isEqualTo(Metrics.means(ranks).get("ndcg@10"), within(1e-12));
  }

  @Test
  void theIntervalOfGainsIsThatOfTheirRanks() {
    int[] ranks = new SplittableRandom(2).ints(400, 1, 30).toArray();
    Metrics.Result ofRanks = Metrics.withIntervals(ranks, 7).get(1);
    Metrics.Result ofGains = Metrics.interval("ndcg@10", Metrics.gains("ndcg@10", ranks), 7);
    assertThat(ofRanks.metric()).isEqualTo("ndcg@10");
    assertThat(ofGains.mean()).isEqualTo(ofRanks.mean(), within(1e-12));
    assertThat(ofGains.low()).isEqualTo(ofRanks.low(), within(1e-12)); // the same draws
    assertThat(ofGains.high()).isEqualTo(ofRanks.high(), within(1e-12));
  }

  @Test
  void whatCannotBeRankedIsNamed() {
    assertThatThrownBy(() -> Ranks.of(new float[] {0, 1, Float.NaN}, 1))
        .hasMessage("scores[2] = NaN is not finite; nothing can be ranked");
    assertThatThrownBy(() -> Ranks.of(new float[] {0, Float.NEGATIVE_INFINITY, 2}, 1))
        .hasMessage("scores[1] = -Infinity is not finite; nothing can be ranked");
    assertThat(Ranks.of(new float[] {Float.NaN, 1, 2}, 1)).isEqualTo(2);
    assertThatThrownBy(() -> Ranks.of(new float[] {0, 1, 2}, 0))
        .hasMessage("target = 0 is not an item; items are 1..2");
    assertThatThrownBy(() -> Metrics.means(new int[] {1, 0}))
        .hasMessage("ranks[1] = 0 is not a rank; the best is 1");
    assertThatThrownBy(() -> Metrics.means(new int[0]))
        .hasMessage("no ranks: there is no user to average over");
  }

  private static float[] floats(JsonNode array) {
    float[] values = new float[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).floatValue();
    }
    return values;
  }

  private static JsonNode golden() throws IOException {
    try (InputStream file = MetricsTest.class.getResourceAsStream("/golden/metrics.json")) {
      return new ObjectMapper().readTree(file);
    }
  }

  @Test
  void anUnknownMetricIsNamedWithThoseThatThereAre() {
    assertThatThrownBy(() -> Metrics.gains("ndcg@7", new int[] {1}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "there is no metric 'ndcg@7'; use one of ndcg@5, ndcg@10, ndcg@20, ndcg@50, mrr@5,"
                + " mrr@10, mrr@20, mrr@50, hit@5, hit@10, hit@20, hit@50, recall@5, recall@10,"
                + " recall@20, recall@50, precision@5, precision@10, precision@20, precision@50");
  }
}
