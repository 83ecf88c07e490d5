package dev.horae.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ProblemTest {

  @Test
  void theBodyHasWhatThereIsInOrder() {
    Problem problem =
        new Problem(
            Problem.Kind.INVALID_FILTER,
            "no",
            "filter",
            "brnad == 1",
            "say brand",
            0,
            "brand",
            null);
    assertThat(problem.body().toString())
        .isEqualTo(
            "{type=/problems/invalid-filter, title=Invalid filter, status=422, detail=no,"
                + " field=filter, value=brnad == 1, repair=say brand, position=0,"
                + " suggestion=brand}");
    assertThat(Problem.of(Problem.Kind.NOT_FOUND, "there is none", null).body())
        .containsOnlyKeys("type", "title", "status", "detail");
  }

  @Test
  void theSlugsAreThoseOfTheContract() {
    assertThat(Arrays.stream(Problem.Kind.values()).map(kind -> kind.slug() + " " + kind.status()))
        .containsExactly(
            "invalid-request 400",
            "unauthorized 401",
            "forbidden 403",
            "not-found 404",
            "method-not-allowed 405",
            "conflict 409",
            "too-large 413",
            "unsupported-media-type 415",
            "invalid-filter 422",
            "too-many-requests 429",
            "internal 500",
            "not-ready 503",
            "overloaded 503",
            "storage-full 503");
  }

  @Test
  void aLongValueIsShortened() {
    Problem problem = Problem.invalid("q", "😀".repeat(150), "is long", "shorten it");
    assertThat(problem.value()).isEqualTo("😀".repeat(100) + "…");
    assertThat(problem.detail()).isEqualTo("q = " + "😀".repeat(100) + "… is long");
    assertThat(Problem.invalid("q", "a" + "😀".repeat(150), "", "").value())
        .isEqualTo("a" + "😀".repeat(99) + "…");
  }

  @Test
  void oneThatPassesSaysWhen() {
    Problem problem = Problem.passing(Problem.Kind.OVERLOADED, "too many wait", 1);
    assertThat(problem.repair()).isEqualTo("ask again after 1 second");
    assertThat(problem.retryAfter()).isEqualTo(1);
    assertThat(problem.body()).doesNotContainKey("retryAfter");
    assertThat(problem.exception()).hasMessage("too many wait").hasNoCause();
    assertThat(problem.exception().problem()).isEqualTo(problem);
    assertThat(problem.exception().getStackTrace()).isEmpty();
  }
}
