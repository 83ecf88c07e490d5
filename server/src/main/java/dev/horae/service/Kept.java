package dev.horae.service;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What takes long to compute, kept for twenty times as long as that took: however large it gets, it
 * costs a twentieth of a processor at most. One thread computes at a time; others get what was
 * before, and wait only where there is nothing yet.
 */
final class Kept<T> {

  private static final int TIMES = 20;

  /**
   * @param until when it is computed again, in nanoseconds of the clock
   */
  private record Value<T>(T value, long until) {}

  private final Supplier<T> computation;
  private final LongSupplier clock;
  private final ReentrantLock computing = new ReentrantLock();
  private volatile @Nullable Value<T> kept; // null before the first

  /**
   * @param clock nanoseconds, as {@link System#nanoTime} has them
   */
  Kept(Supplier<T> computation, LongSupplier clock) {
    this.computation = computation;
    this.clock = clock;
  }

  T get() {
    Value<T> before = kept;
    if (before != null && (before.until() - clock.getAsLong() > 0 || !computing.tryLock())) {
      return before.value();
    }
    if (before == null) {
      computing.lock();
    }
    try {
      Value<T> meanwhile = kept;
      if (meanwhile != null && meanwhile.until() - clock.getAsLong() > 0) {
        return meanwhile.value();
      }
      long start = clock.getAsLong();
      T value = computation.get();
      long end = clock.getAsLong();
      kept = new Value<>(value, end + TIMES * (end - start));
      return value;
    } finally {
      computing.unlock();
    }
  }
}
