package dev.horae.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60) // what breaks shows as a hang
class WorkersTest {

  @Test
  void everyPieceIsDoneOnceAndTheEndIsReported() {
    AtomicIntegerArray times = new AtomicIntegerArray(1001);
    List<Long> reported = Collections.synchronizedList(new ArrayList<>());
    Progress progress = (what, done, total, detail) -> reported.add(done);
    Workers.each(1001, "count", progress, times::incrementAndGet);
    for (int i = 0; i < 1001; i++) {
      assertThat(times.get(i)).isEqualTo(1);
    }
    assertThat(reported).isSorted().doesNotHaveDuplicates().endsWith(1001L);
  }

  @Test
  void anyKindOfFailureIsThrownAsItIs() {
    Error full = new OutOfMemoryError("Java heap space");
    assertThatThrownBy(
            () ->
                Workers.each(
                    3,
                    i -> {
                      throw full;
                    }))
        .isSameAs(full);
  }

  @Test
  void failuresOfLaterPiecesAreSuppressed() {
    CyclicBarrier both = new CyclicBarrier(2);
    assertThatThrownBy(
            () ->
                Workers.each(
                    2,
                    2,
                    i -> {
                      await(both);
                      throw new IllegalStateException("piece " + i);
                    }))
        .hasMessage("piece 0")
        .satisfies(
            e ->
                assertThat(e.getSuppressed())
                    .extracting(Throwable::getMessage)
                    .containsExactly("piece 1"));
  }

  @Test
  void anInterruptOfTheCallerEndsTheRowAndIsKept() {
    Thread caller = Thread.currentThread();
    AtomicInteger begun = new AtomicInteger();
    assertThatThrownBy(
            () ->
                Workers.each(
                    1,
                    10,
                    i -> {
                      begun.incrementAndGet();
                      caller.interrupt();
                      await(new CountDownLatch(1)); // until it is interrupted in turn
                    }))
        .hasMessage("interrupted");
    assertThat(Thread.interrupted()).isTrue();
    assertThat(begun.get()).isEqualTo(1);
  }

  @Test
  void noMoreWorkersThanAllowed() {
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    int inside =
        Workers.limited(
            1,
            () -> {
              Workers.each(100, i -> threads.add(Thread.currentThread()));
              return Workers.count();
            });
    assertThat(inside).isEqualTo(1);
    assertThat(threads).hasSize(1);
    assertThat(Workers.count()).isEqualTo(Runtime.getRuntime().availableProcessors());
  }

  @Test
  void whatIsDoneAheadThrowsWhatItHasThrown() {
    assertThat(Workers.ahead(() -> 7).get()).isEqualTo(7);
    DataException cause = new DataException("bad line");
    assertThatThrownBy(
            () ->
                Workers.ahead(
                        () -> {
                          throw cause;
                        })
                    .get())
        .isSameAs(cause);
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

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await();
    } catch (InterruptedException | BrokenBarrierException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
