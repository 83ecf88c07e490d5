package dev.horae.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class TablesTest {

  @Test
  void numbersStandRightAndWordsLeft() {
    assertThat(
            Tables.render(
                List.of("model", "ndcg@5", "users"),
                List.of(List.of("HM4SR", "0.12345", "1,500"), List.of("most popular", ".01", ""))))
        .isEqualTo(
            """
            model          ndcg@5  users
            ------------  -------  -----
            HM4SR         0.12345  1,500
            most popular      .01
            """);
  }

  @Test
  void whatIsBoldOrUnderlinedTakesNoMoreRoom() {
    assertThat(
            Tables.render(
                List.of("model", "ndcg"),
                List.of(
                    List.of("a", "\u001b[1m0.5\u001b[0m"), List.of("b", "\u001b[4m0.25\u001b[0m"))))
        .isEqualTo(
            """
            model  ndcg
            -----  ----
            a       \u001b[1m0.5\u001b[0m
            b      \u001b[4m0.25\u001b[0m
            """);
  }

  @Test
  void aDashIsNoWordAmongNumbers() {
    assertThat(
            Tables.render(
                List.of("model", "seconds", "p"),
                List.of(List.of("a", "–", "< 0.001"), List.of("b", "1.5", "0.042"))))
        .isEqualTo(
            """
            model  seconds        p
            -----  -------  -------
            a            –  < 0.001
            b          1.5    0.042
            """);
  }

  @Test
  void rowsMustFitTheHeader() {
    assertThatThrownBy(() -> Tables.render(List.of("a", "b"), List.of(List.of("1"))))
        .hasMessage("row [1] has 1 cells, the header 2");
  }
}
