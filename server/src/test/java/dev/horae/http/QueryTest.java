package dev.horae.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class QueryTest {

  @Test
  void parametersAreRead() {
    Query query =
        new Query(
            Map.of(
                "n", List.of("7"),
                "time", List.of("0"),
                "fields", List.of("title,brand"),
                "user", List.of("u 1"),
                "scenario", List.of("home")),
            "n",
            "time",
            "fields",
            "user",
            "scenario",
            "before");
    assertThat(query.integer("n", 1, 500, 10)).isEqualTo(7);
    assertThat(query.integer("before", 1, 500, 10)).isEqualTo(10);
    assertThat(query.time("time")).isZero();
    assertThat(query.fields("fields")).containsExactly("title", "brand");
    assertThat(query.fields("before")).isEmpty();
    assertThat(query.id("user")).isEqualTo("u 1");
    assertThat(query.name("scenario")).isEqualTo("home");
    assertThat(query.text("before", 1, 5)).isNull();
  }

  @Test
  void unknownOnesAreRefused() {
    assertThatThrownBy(() -> new Query(Map.of("feilds", List.of("a")), "n", "fields"))
        .isInstanceOf(ProblemException.class)
        .hasMessage("the parameter feilds is not known (did you mean 'fields'?)");
  }

  @Test
  void oneThatIsThereTwiceIsRefused() {
    assertThatThrownBy(() -> new Query(Map.of("n", List.of("1", "2")), "n"))
        .hasMessage("n = 2 values is there more than once");
  }

  @Test
  void wrongValuesAreRefused() {
    assertThatThrownBy(() -> query("n", "1.0").integer("n", 1, 5, 1))
        .hasMessage("n = 1.0 is not a whole number from 1 to 5");
    assertThatThrownBy(() -> query("n", "6").integer("n", 1, 5, 1))
        .hasMessage("n = 6 is not a whole number from 1 to 5");
    assertThatThrownBy(() -> query("n", "9".repeat(50)).integer("n", 1, 5, 1))
        .hasMessage("n = " + "9".repeat(50) + " is not a whole number from 1 to 5");
    assertThatThrownBy(() -> query("fields", "a,,b").fields("fields"))
        .hasMessage("fields = \"\" is empty");
    assertThatThrownBy(() -> query("fields", "a,".repeat(50) + "a").fields("fields"))
        .hasMessageEndingWith(" names 51");
    assertThatThrownBy(() -> query("scenario", "a/b").name("scenario"))
        .hasMessage("scenario = a/b is not a name");
  }

  private static Query query(String name, String value) {
    return new Query(Map.of(name, List.of(value)), name);
  }
}
