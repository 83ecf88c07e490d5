package dev.horae.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a failure would break shows as a hang, which the timeout ends. */
@Timeout(60)
class TeamTest {

  private static final int STAGES = 3;

  static Stream<Arguments> failures() {
    List<Supplier<Throwable>> causes =
        List.of(
            () -> new IllegalStateException("broken"),
            () -> new OutOfMemoryError("Java heap space"),
            () -> catchThrowable(() -> overflow(0)));
    return IntStream.rangeClosed(1, 3)
        .boxed()
        .flatMap(
            size ->
                IntStream.range(0, size)
                    .boxed()
                    .flatMap(
                        failing ->
                            IntStream.range(0, STAGES)
                                .boxed()
                                .flatMap(
                                    stage ->
                                        causes.stream()
                                            .map(
                                                cause ->
                                                    Arguments.of(
                                                        size, failing, stage, cause.get())))));
  }

  private static int overflow(int depth) {
    return depth < 0 ? depth : 1 + overflow(Math.abs(depth) + 1);
  }

  /** The others wait already, or come when it is over: both must leave. */
  @ParameterizedTest
  @MethodSource("failures")
  void theFirstFailureEndsTheTask(int size, int failing, int stage, Throwable cause) {
    Team team = new Team(size, "test");
    for (boolean late : new boolean[] {false, true}) {
      AtomicInteger past = new AtomicInteger();
      Throwable thrown =
          catchThrowable(
              () ->
                  team.run(
                      part -> {
                        for (int s = 0; s < STAGES; s++) {
                          if (s == stage && part == failing) {
                            throw sneaky(cause);
                          }
                          while (late && s == stage && !team.failed()) {
                            Thread.onSpinWait();
                          }
                          team.await();
                          past.accumulateAndGet(s + 1, Math::max);
                        }
                      }));
      assertThat(thrown).isSameAs(cause).hasNoSuppressedExceptions();
      assertThat(past.get()).isEqualTo(stage);
    }
    List<Integer> done = new ArrayList<>(); // and it can be used again
    team.run(
        part -> {
          team.await();
          synchronized (done) {
            done.add(part);
          }
        });
    assertThat(done).hasSize(size);
  }

  @Test
  void failuresThatFollowAreSuppressedByTheFirst() {
    Team team = new Team(3, "test");
    AtomicInteger begun = new AtomicInteger(); // a part that has not begun does not fail
    assertThatThrownBy(
            () ->
                team.run(
                    part -> {
                      begun.incrementAndGet();
                      while (begun.get() < 3 || part != 1 && !team.failed()) {
                        Thread.onSpinWait();
                      }
                      throw new IllegalStateException("part " + part);
                    }))
        .hasMessage("part 1")
        .satisfies(
            e ->
                assertThat(e.getSuppressed())
                    .extracting(Throwable::getMessage)
                    .containsExactlyInAnyOrder("part 0", "part 2"));
  }

  /** What one part has made is used by another until that one has ended too. */
  @Test
  void whatIsHeldIsClosedWhenNobodyWorksAnyMore() {
    Team team = new Team(2, "test");
    AtomicInteger begun = new AtomicInteger(); // a part that has not begun holds nothing
    AtomicInteger working = new AtomicInteger(2);
    List<Integer> workingAtClose = new ArrayList<>();
    Supplier<AutoCloseable> hold =
        () ->
            () -> {
              synchronized (workingAtClose) {
                workingAtClose.add(working.get());
              }
            };
    assertThatThrownBy(
            () ->
                team.run(
                    hold,
                    part -> {
                      begun.incrementAndGet();
                      while (begun.get() < 2) {
                        Thread.onSpinWait();
                      }
                      if (part == 0) {
                        working.decrementAndGet();
                        throw new IllegalStateException("part 0");
                      }
                      while (!team.failed()) {
                        Thread.onSpinWait();
                      }
                      working.decrementAndGet();
                    }))
        .hasMessage("part 0");
    assertThat(workingAtClose).containsExactly(0, 0);
  }

  @Test
  void aFailureToHoldOrToCloseIsOneToo() {
    Team team = new Team(2, "test");
    AtomicInteger held = new AtomicInteger();
    assertThatThrownBy(
            () ->
                team.run(
                    () -> {
                      if (held.getAndIncrement() == 0) {
                        throw new OutOfMemoryError("no scope");
                      }
                      return () -> {};
                    },
                    part -> team.await()))
        .isInstanceOf(OutOfMemoryError.class)
        .hasMessage("no scope");
    assertThatThrownBy(
            () ->
                team.run(
                    () ->
                        () -> {
                          throw new IllegalStateException("cannot close");
                        },
                    part -> team.await()))
        .hasMessage("cannot close");
  }

  /** A part that waits for something else is interrupted too, and the caller stays interrupted. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anInterruptOfTheCallerEndsTheTask(boolean elsewhere) {
    Team team = new Team(2, "test");
    Thread caller = Thread.currentThread();
    CountDownLatch never = new CountDownLatch(1);
    assertThatThrownBy(
            () ->
                team.run(
                    part -> {
                      if (part == 0) {
                        caller.interrupt();
                      } else if (elsewhere) {
                        await(never);
                      }
                      if (part == 1) {
                        team.await();
                      } else {
                        await(never);
                      }
                    }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("interrupted");
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void anInterruptOfAPartIsAFailure() {
    Team team = new Team(2, "test");
    AtomicReference<Thread> first = new AtomicReference<>();
    CountDownLatch known = new CountDownLatch(1);
    assertThatThrownBy(
            () ->
                team.run(
                    part -> {
                      if (part == 0) {
                        first.set(Thread.currentThread());
                        known.countDown();
                        team.await();
                      } else {
                        await(known);
                        first.get().interrupt();
                        while (!team.failed()) {
                          Thread.onSpinWait();
                        }
                      }
                    }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("interrupted");
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private static RuntimeException sneaky(Throwable cause) {
    if (cause instanceof Error error) {
      throw error;
    }
    return (RuntimeException) cause;
  }
}
