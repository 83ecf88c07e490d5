package dev.horae.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/** One worker per core on a row of independent pieces of work. */
public final class Workers {

  /** Units between two words of progress. */
  private static final int BEAT = 16;

  /** The first piece, in the order of the row, that failed. */
  private record Failure(int piece, RuntimeException cause) {
    static Failure first(Failure a, Failure b) {
      return a == null || b.piece < a.piece ? b : a;
    }
  }

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
    AtomicInteger done = new AtomicInteger();
    long started = System.nanoTime();
    each(
        sizes.length,
        i -> {
          work.accept(i);
          int finished = done.addAndGet(sizes[i]);
          if (finished / BEAT > (finished - sizes[i]) / BEAT || finished == total) {
            double rate = finished / ((System.nanoTime() - started) / 1e9);
            synchronized (progress) {
              progress.at(what, finished, total, String.format(Locale.ROOT, "%.0f/s", rate));
            }
          }
        });
  }

  /**
   * Does {@code work} for 0..n-1, begun in this order. When a piece fails, no further one is begun,
   * those under way end, and the exception of the first piece that failed is thrown: the same one
   * whatever the number of workers.
   */
  public static void each(int n, IntConsumer work) {
    AtomicInteger next = new AtomicInteger();
    AtomicReference<Failure> failure = new AtomicReference<>();
    Runnable worker =
        () -> {
          int i = -1;
          try {
            for (i = next.getAndIncrement(); i < n; i = next.getAndIncrement()) {
              work.accept(i);
            }
          } catch (RuntimeException e) {
            failure.accumulateAndGet(new Failure(i, e), Failure::first);
          } finally {
            next.set(n); // after a failure; otherwise it is there already
          }
        };
    int cores = Math.max(1, Math.min(n, Runtime.getRuntime().availableProcessors()));
    ExecutorService pool = Executors.newFixedThreadPool(cores);
    List<Future<?>> workers = new ArrayList<>();
    for (int i = 0; i < cores; i++) {
      workers.add(pool.submit(worker));
    }
    pool.shutdown();
    try {
      // All of them, also after a failure: what a worker still uses may be closed when this
      // returns.
      while (!pool.awaitTermination(1, TimeUnit.HOURS)) {}
      for (Future<?> future : workers) {
        future.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("a worker failed", e.getCause());
    } catch (InterruptedException e) {
      next.set(n);
      awaitUninterruptibly(pool);
      Thread.currentThread().interrupt();
      throw new IllegalStateException("the workers were interrupted", e);
    }
    if (failure.get() != null) {
      throw failure.get().cause();
    }
  }

  private static void awaitUninterruptibly(ExecutorService pool) {
    while (!pool.isTerminated()) {
      LockSupport.parkNanos(1_000_000); // a worker ends within one piece of work
    }
  }
}
