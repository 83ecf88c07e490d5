package dev.horae.study.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ChoiceTest {

  /** Of two models; users 0 to 6. */
  private static final Choice TWO =
      new Choice(new int[][] {{1, 5, 6, 2, 3, 900, 2}, {9, 5, 70, 800, 800, 1, 800}});

  @Test
  void aModelWinsAUserAlone() {
    assertThat(List.of(TWO.winner(0), TWO.winner(5))).containsExactly(0, 1);
    assertThat(TWO.winner(1)).isEqualTo(Choice.ALL);
    assertThat(TWO.winner(2)).isEqualTo(Choice.NONE);
  }

  @Test
  void usersWhomTheOtherServesWorstComeFirst() {
    assertThat(TWO.wonBy(0, 9))
        .as("then the better rank, then the order")
        .containsExactly(3, 6, 4, 0);
    assertThat(TWO.wonBy(0, 2)).containsExactly(3, 6);
    assertThat(TWO.wonBy(1, 2)).containsExactly(5);
  }

  @Test
  void ofThreeModelsTheBetterOfTheOthersCounts() {
    Choice three = new Choice(new int[][] {{1, 1, 1}, {7, 50, 2}, {900, 60, 30}});
    assertThat(three.wonBy(0, 9)).containsExactly(1, 0);
    assertThat(three.winner(2)).isEqualTo(Choice.SEVERAL);
  }
}
