package dev.horae.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class KeptTest {

  private final AtomicLong now = new AtomicLong();
  private final AtomicInteger computed = new AtomicInteger();

  /** A computation of three ticks of the clock. */
  private int compute() {
    now.addAndGet(3);
    return computed.incrementAndGet();
  }

  @Test
  void itIsComputedATwentiethOfTheTime() {
    Kept<Integer> kept = new Kept<>(this::compute, now::get);
    assertThat(kept.get()).isEqualTo(1);
    now.addAndGet(59);
    assertThat(kept.get()).isEqualTo(1);
    now.addAndGet(1);
    assertThat(kept.get()).isEqualTo(2);
  }

  @Test
  void whoAsksMeanwhileGetsWhatWasBeforeAndAFailureIsTriedAgain() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch may = new CountDownLatch(1);
    Kept<Integer> kept =
        new Kept<>(
            () -> {
              int turn = compute();
              if (turn == 2) {
                begun.countDown();
                await(may);
              } else if (turn == 3) {
                throw new IllegalStateException("busy");
              }
              return turn;
            },
            now::get);
    assertThat(kept.get()).isEqualTo(1);
    now.addAndGet(60);
    CompletableFuture<Integer> second = CompletableFuture.supplyAsync(kept::get);
    begun.await();
    assertThat(kept.get()).isEqualTo(1);
    may.countDown();
    assertThat(second.get()).isEqualTo(2);
    now.addAndGet(60);
    assertThat(CompletableFuture.supplyAsync(kept::get).handle((got, e) -> e != null).get())
        .isTrue();
    assertThat(kept.get()).isEqualTo(4);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
