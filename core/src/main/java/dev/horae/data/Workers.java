package dev.horae.data;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/**
 * Workers on a row of independent pieces of work: one per core, or as many as {@link #limited}
 * allows.
 */
public final class Workers {

  /** Units between two words of progress. */
  private static final int BEAT = 16;

  private static final ThreadLocal<Integer> LIMIT =
      ThreadLocal.withInitial(() -> Integer.MAX_VALUE);

  private Workers() {}

  /** {@link #each(int, IntConsumer)} that says how many pieces are done. */
  public static void each(int n, String what, Progress progress, IntConsumer work) {
    int[] ones = new int[n];
    Arrays.fill(ones, 1);
    each(ones, what, progress, work);
  }

  /**
   * As {@link #each(int, String, Progress, IntConsumer)}, with pieces of different sizes.
   *
   * @param sizes how many units of progress each piece is
   */
  public static void each(int[] sizes, String what, Progress progress, IntConsumer work) {
    int total = Arrays.stream(sizes).sum();
    int[] done = {0};
    long started = System.nanoTime();
    each(
        sizes.length,
        i -> {
          work.accept(i);
          synchronized (done) { // also while it is told, so that it never goes back
            done[0] += sizes[i];
            if (done[0] / BEAT > (done[0] - sizes[i]) / BEAT || done[0] == total) {
              double rate = done[0] / ((System.nanoTime() - started) / 1e9);
              progress.at(what, done[0], total, String.format(Locale.ROOT, "%.0f/s", rate));
            }
          }
        });
  }

  /**
   * Does {@code work} for 0..n-1, begun in this order. When a piece fails, no further one is begun,
   * those under way end, and what the first piece that failed has thrown is thrown, the others
   * suppressed: the same one whatever the number of workers.
   */
  public static void each(int n, IntConsumer work) {
    each(count(), n, work);
  }

  /** As {@link #each(int, IntConsumer)}, with so many workers. */
  public static void each(int workers, int n, IntConsumer work) {
    if (n == 0) {
      return;
    }
    AtomicInteger next = new AtomicInteger();
    Map<Integer, Throwable> failures = new TreeMap<>(); // by piece
    Team team = new Team(Math.min(workers, n), "horae-worker");
    team.run(
        worker -> {
          for (int i = next.getAndIncrement();
              i < n && !team.failed();
              i = next.getAndIncrement()) {
            try {
              work.accept(i);
            } catch (Throwable e) {
              next.set(n);
              synchronized (failures) {
                failures.put(i, e);
              }
            }
          }
        });
    Throwable first = null;
    for (Throwable failure : failures.values()) {
      if (first == null) {
        first = failure;
      } else if (first != failure) {
        first.addSuppressed(failure);
      }
    }
    if (first != null) {
      throw Team.unchecked(first);
    }
  }

  /**
   * Begins {@code work} on another thread.
   *
   * @return waits for what comes of it, or throws what it has thrown
   */
  public static <T> Supplier<T> ahead(Supplier<T> work) {
    CompletableFuture<T> future = CompletableFuture.supplyAsync(work);
    return () -> {
      try {
        return future.join();
      } catch (CompletionException e) {
        Throwable cause = e.getCause();
        throw Team.unchecked(cause == null ? e : cause);
      }
    };
  }

  /** {@return how many workers {@link #each(int, IntConsumer)} takes} */
  public static int count() {
    return Math.min(LIMIT.get(), Runtime.getRuntime().availableProcessors());
  }

  /** Does {@code work} with at most {@code most} workers wherever it calls for some. */
  public static <T> T limited(int most, Supplier<T> work) {
    int before = LIMIT.get();
    LIMIT.set(most);
    try {
      return work.get();
    } finally {
      LIMIT.set(before);
    }
  }
}
