package dev.horae.service;

import dev.horae.store.Store;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Deletes lists that were shown long ago, at once and every hour, beside the requests. */
final class Housekeeping implements AutoCloseable {

  /** Of one transaction, so that no event waits long for its turn. */
  private static final int ROWS = 500;

  private static final long DAY = 86_400;

  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "deleting old lists");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * @param days how long a list is kept, at least one
   */
  Housekeeping(Store store, int days) {
    ScheduledFuture<?> unused =
        timer.scheduleWithFixedDelay(
            () -> {
              try {
                deleteBefore(store, Instant.now().getEpochSecond() - days * DAY);
              } catch (RuntimeException | Error e) {
                // The store is busy, full or away: the next hour tries again, and requests say it.
              }
            },
            0,
            1,
            TimeUnit.HOURS);
  }

  /**
   * Deletes all older lists.
   *
   * @param time seconds since 1970-01-01 UTC
   */
  static void deleteBefore(Store store, long time) {
    while (store.forgetImpressions(time, ROWS) == ROWS && !Thread.interrupted()) {}
  }

  @Override
  public void close() {
    timer.shutdownNow();
    try {
      timer.awaitTermination(1, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
