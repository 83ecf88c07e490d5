package dev.horae.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class StatisticsTest {

  private static final long NOW = 1_800_000_000L;

  @Test
  void stepsHoldWhatHappenedInThem() {
    Statistics statistics = new Statistics();
    for (int i = 0; i < 99; i++) {
      statistics.request(NOW, 2, 200);
    }
    statistics.request(NOW, 500, 503);
    statistics.list(NOW, "model", false);
    statistics.list(NOW, "popular", true);
    statistics.list(NOW, "latest", false);
    List<Statistics.Step> series = statistics.series(NOW + 10);
    assertThat(series).hasSize(359);
    Statistics.Step step = series.get(358);
    assertThat(step.requests()).isEqualTo(100);
    assertThat(step.errors()).isEqualTo(1);
    assertThat(step.fallbacks()).isEqualTo(1);
    assertThat(step.p50Millis()).isBetween(2.0, 2.2);
    assertThat(step.p99Millis()).isBetween(2.0, 2.2);
    assertThat(series.get(357).requests()).isZero();
    assertThat(statistics.sources().toString()).isEqualTo("{latest=1, model=1, popular=1}");
    assertThat(statistics.series(NOW + 4000).stream().mapToLong(Statistics.Step::requests).sum())
        .isZero();
  }

  @Test
  void theSlowestIsFoundAtThe99thPercentile() {
    Statistics statistics = new Statistics();
    for (int i = 0; i < 98; i++) {
      statistics.request(NOW, 1, 200);
    }
    statistics.request(NOW, 300, 200);
    statistics.request(NOW, 300, 200);
    double[] minute = statistics.lastMinute(NOW);
    assertThat(minute[1]).isBetween(1.0, 1.1);
    assertThat(minute[2]).isBetween(300.0, 330.0);
  }
}
