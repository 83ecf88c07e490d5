package dev.horae.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

class WorkersTest {

  @Test
  void everyPieceIsDoneOnceAndTheEndIsReported() {
    AtomicIntegerArray times = new AtomicIntegerArray(1001);
    AtomicInteger reported = new AtomicInteger();
    Progress progress =
        (what, done, total, detail) -> reported.accumulateAndGet((int) done, Math::max);
    Workers.each(1001, "count", progress, times::incrementAndGet);
    for (int i = 0; i < 1001; i++) {
      assertThat(times.get(i)).isEqualTo(1);
    }
    assertThat(reported.get()).isEqualTo(1001);
  }

  /** Otherwise the caller would close an encoder that another worker is still inside of. */
  @Test
  void aFailureIsThrownOnlyWhenNobodyWorksAnyMore() {
    AtomicInteger working = new AtomicInteger();
    CountDownLatch failed = new CountDownLatch(1);
    assertThatThrownBy(
            () ->
                Workers.each(
                    100_000,
                    "fail",
                    Progress.SILENT,
                    i -> {
                      if (i == 0) {
                        failed.countDown();
                        throw new IllegalStateException("piece 0");
                      }
                      working.incrementAndGet();
                      await(failed);
                      working.decrementAndGet();
                    }))
        .hasMessage("piece 0");
    assertThat(working.get()).isZero();
  }

  /** Where there are two workers, piece 0 waits until piece 1 has failed. */
  @Test
  void theFirstPieceThatFailsNamesTheFailure() {
    CountDownLatch failed = new CountDownLatch(1);
    assertThatThrownBy(
            () ->
                Workers.each(
                    2,
                    i -> {
                      if (i == 0 && Runtime.getRuntime().availableProcessors() > 1) {
                        await(failed);
                      }
                      failed.countDown();
                      throw new IllegalStateException("piece " + i);
                    }))
        .hasMessage("piece 0");
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
