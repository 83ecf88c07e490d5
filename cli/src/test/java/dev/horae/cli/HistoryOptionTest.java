package dev.horae.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.serve.Recommender.Event;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

class HistoryOptionTest {

  private static final long NOW = 1_704_067_200; // 2024-01-01
  private static final long DAY = 86_400;

  private final HistoryOption option =
      new HistoryOption(
          new ItemIds(
              HistoryParserTest.catalogue(
                  "a", "b", "a,b", "i@shop", "i", "x@2023-12-31", "x", "7")),
          NOW,
          new CommandLine(new Main()));

  private List<Event> events(String... options) {
    return option.parse(List.of(options)).events();
  }

  @Test
  void idsWithAndWithoutTimes() {
    assertThat(events("a@2023-12-31, b ,7.0,")).containsExactly(at("a", 1), at("b", 0), at("7", 0));
    assertThat(events("a@2023-12-31 00:00:00 UTC")).containsExactly(at("a", 1));
    assertThat(events("a@NaN,b@")).containsExactly(at("a", 0), at("b", 0));
    assertThat(events("", " , ")).isEmpty();
  }

  @Test
  void whatIsAnIdAsAWholeIsOne() {
    assertThat(events("i@2023-12-31,i@shop")).containsExactly(at("i", 1), at("i@shop", 0));
    assertThat(events("i@shop@2023-12-31")).containsExactly(at("i@shop", 1));
    assertThat(events("x@2023-12-31")).containsExactly(at("x@2023-12-31", 0));
  }

  @Test
  void anIdWithCommasStandsAlone() {
    assertThat(events("a,b")).containsExactly(at("a,b", 0));
    assertThat(events("a,b@2023-12-31", "b,a"))
        .containsExactly(at("a,b", 1), at("b", 0), at("a", 0));
  }

  @Test
  void unknownIdsEndBeforeTheTime() {
    assertThat(events("j@shop@2023-12-31,@2023-12-31,k@l,a@@"))
        .containsExactly(at("j@shop", 1), at("@2023-12-31", 0), at("k@l", 0), at("a@@", 0));
  }

  @Test
  void aKnownItemWithABrokenTimeIsNamed() {
    assertThatThrownBy(() -> events("b,a@then"))
        .isInstanceOf(ParameterException.class)
        .hasMessage(
            "--history: 'then' in 'a@then' is not a time; write epoch seconds or 2014-07-23");
  }

  private static Event at(String item, int daysAgo) {
    return new Event(item, NOW - daysAgo * DAY);
  }
}
