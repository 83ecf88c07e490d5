package dev.horae.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RateLimitTest {

  private static final long SECOND = 1_000_000_000L;

  private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - SECOND); // it may overflow

  @Test
  void aBurstMayPassAndThenTheRate() {
    RateLimit limit = new RateLimit(2, 3, 10, clock::get);
    for (int i = 0; i < 3; i++) {
      assertThat(limit.take("a")).isZero();
    }
    assertThat(limit.take("a")).isEqualTo(1);
    assertThat(limit.take("b")).isZero();
    clock.addAndGet(SECOND / 2);
    assertThat(limit.take("a")).isZero();
    assertThat(limit.take("a")).isEqualTo(1);
    clock.addAndGet(1000 * SECOND); // tokens gather up to the burst
    for (int i = 0; i < 3; i++) {
      assertThat(limit.take("a")).isZero();
    }
    assertThat(limit.take("a")).isEqualTo(1);
  }

  @Test
  void theWaitIsLongEnoughAndNotLonger() {
    RateLimit limit = new RateLimit(0.1, 1, 10, clock::get);
    limit.check("a");
    assertThatThrownBy(() -> limit.check("a"))
        .isInstanceOfSatisfying(
            ProblemException.class,
            e -> {
              assertThat(e.problem().kind()).isEqualTo(Problem.Kind.TOO_MANY_REQUESTS);
              assertThat(e.problem().retryAfter()).isEqualTo(10);
              assertThat(e.problem().detail()).isEqualTo("more than 0.1 requests a second");
              assertThat(e.problem().repair()).isEqualTo("ask again after 10 seconds");
            });
    clock.addAndGet(9 * SECOND);
    assertThat(limit.take("a")).isEqualTo(1);
    clock.addAndGet(SECOND + 1000);
    assertThat(limit.take("a")).isZero();
  }

  @Test
  void bucketsAreBoundedAndTheOneUsedLeastLatelyGoes() {
    RateLimit limit = new RateLimit(0.001, 1, 2, clock::get);
    assertThat(limit.take("a")).isZero();
    assertThat(limit.take("b")).isZero();
    assertThat(limit.take("a")).isPositive(); // so b is the eldest
    assertThat(limit.take("c")).isZero();
    assertThat(limit.take("a")).isPositive();
    assertThat(limit.take("b")).isZero();
  }
}
