package dev.horae.study;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ForecastTest {

  @Test
  void runsThatAreTrainedAtTheSameTimeTakeAsLongAsTheLastOfThem() {
    assertThat(Forecast.together(List.of(), 2)).isZero();
    assertThat(Forecast.together(List.of(5.0, 2.0), 1)).isEqualTo(7);
    assertThat(Forecast.together(List.of(5.0), 4)).isEqualTo(5);
    assertThat(Forecast.together(List.of(1.0, 1.0, 1.0), 2)).isEqualTo(2);
    assertThat(Forecast.together(List.of(1.0, 1.0, 5.0), 2)).isEqualTo(6); // the longest is last
    assertThat(Forecast.together(List.of(5.0, 1.0, 1.0, 1.0), 2)).isEqualTo(5);
  }
}
