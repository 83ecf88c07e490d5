package dev.horae.store;

import dev.horae.store.Store.Added;
import dev.horae.store.Store.Event;
import dev.horae.store.Store.Impression;
import dev.horae.store.StoreException.Reason;
import dev.horae.store.Task.Adding;
import dev.horae.store.Task.Between;
import dev.horae.store.Task.Work;
import dev.horae.store.Task.Writing;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One thread writes: it takes what waits, makes it one transaction, and then lets all go on whose
 * work was in it, so that many share one {@code fsync}. Where the transaction fails, each work is
 * tried again alone, and only that fails which cannot be done.
 */
final class GroupCommit implements AutoCloseable {

  /** Rows of a transaction from which on it takes no more work in. */
  private static final int MOST_ROWS = 10_000;

  /** Rows that may wait. */
  static final int MOST_WAITING = 50_000;

  /** How long a work waits to be begun: the disk may be slow, or the file be written anew. */
  private static final long PATIENCE_MILLIS = 10_000;

  /** How long impressions wait for others to share a transaction with. */
  private static final long IMPRESSIONS_WAIT_MILLIS = 100;

  /** How long impressions that could not be written wait for the next try. */
  private static final long RETRY_MILLIS = 1_000;

  private final Database database;
  private final long patienceMillis;
  private final BlockingQueue<Task<?>> queue = new LinkedBlockingQueue<>();
  private final Semaphore room = new Semaphore(MOST_WAITING);
  private final ImpressionQueue impressions = new ImpressionQueue();
  private final Task<Void> wake = new Between(() -> {});
  private final Task<Void> stop = new Between(() -> {});
  private final Thread thread;
  private boolean closed;
  private long erasures = -1; // when no list was waiting; -1: not yet asked; only the writer's

  GroupCommit(Database database) {
    this(database, PATIENCE_MILLIS);
  }

  GroupCommit(Database database, long patienceMillis) {
    this.database = database;
    this.patienceMillis = patienceMillis;
    thread = new Thread(this::loop, "horae-store-writer");
    thread.setDaemon(true);
    thread.start();
  }

  /** Adds events, and returns when they are durable. */
  Added add(List<Event> events) {
    return await(new Adding(events));
  }

  /**
   * Does work in a transaction, and returns when it is durable.
   *
   * @param rows about how many it writes
   */
  <T> T write(int rows, Work<T> work) {
    return await(new Writing<>(rows, work));
  }

  /** Does something between transactions. */
  void between(Runnable action) {
    await(new Between(action));
  }

  /** Has impressions written soon. */
  void addImpressions(List<Impression> more) {
    synchronized (this) {
      if (closed) {
        throw SqlStore.closed();
      }
      if (impressions.add(more)) {
        queue.add(wake);
      }
    }
  }

  private <T> T await(Task<T> task) {
    int rows = Math.max(1, Math.min(task.rows, MOST_WAITING));
    if (!room.tryAcquire(rows)) {
      throw new StoreException(
          Reason.BUSY, "more than " + MOST_WAITING + " rows wait to be written; send them later");
    }
    try {
      submit(task);
      if (!endsInTime(task) && queue.remove(task)) { // no longer where it was begun
        throw new StoreException(
            Reason.BUSY, "nothing was written for " + patienceMillis + " ms; send it later");
      }
      return task.done.join();
    } catch (CompletionException e) {
      throw thrown(e);
    } finally {
      room.release(rows);
    }
  }

  private boolean endsInTime(Task<?> task) {
    CompletableFuture<Boolean> ended = task.done.handle((result, failure) -> true);
    return ended.completeOnTimeout(false, patienceMillis, TimeUnit.MILLISECONDS).join();
  }

  /** {@return what the work threw; a failure with the trace of the call that failed} */
  private static RuntimeException thrown(CompletionException e) {
    if (e.getCause() instanceof StoreException failure) {
      return new StoreException(failure.reason(), String.valueOf(failure.getMessage()), failure);
    }
    return e.getCause() instanceof RuntimeException cause ? cause : e;
  }

  private synchronized void submit(Task<?> task) {
    if (closed) {
      throw SqlStore.closed();
    }
    queue.add(task);
  }

  private void loop() {
    boolean running = true;
    List<Task<?>> group = new ArrayList<>();
    while (running) {
      try {
        gather(group);
        running = !group.remove(stop);
        group.removeIf(task -> task == wake);
        writeGroup(group);
      } catch (InterruptedException e) {
        // Nobody interrupts this thread: close() stops it.
      } catch (RuntimeException | Error e) { // who waits must not wait for ever
        running &= !group.contains(stop);
        group.forEach(task -> task.fail(e)); // nothing, where it is done
      }
      group.clear();
    }
  }

  /** Adds what waits, at least one task, or what was woken up for. */
  private void gather(List<Task<?>> group) throws InterruptedException {
    Task<?> next =
        impressions.isEmpty() ? queue.take() : queue.poll(untilNextTry(), TimeUnit.MILLISECONDS);
    if (next == wake) { // others may come to share the transaction
      next = queue.poll(IMPRESSIONS_WAIT_MILLIS, TimeUnit.MILLISECONDS);
    }
    int rows = 0;
    while (next != null) {
      group.add(next);
      rows += next.rows;
      next = next == stop || rows >= MOST_ROWS ? null : queue.poll();
    }
  }

  private long untilNextTry() {
    return impressions.failed() ? RETRY_MILLIS : 0;
  }

  /** Transactions, and between them what is to be done between. */
  private void writeGroup(List<Task<?>> group) {
    List<Task<?>> together = new ArrayList<>();
    for (Task<?> task : group) {
      if (task instanceof Between between) {
        commit(together);
        together.clear();
        try {
          between.run();
          task.succeed();
        } catch (RuntimeException | Error e) {
          task.fail(e);
        }
      } else {
        together.add(task);
      }
    }
    commit(together);
    database.idle();
  }

  private void commit(List<Task<?>> group) {
    List<Impression> shown = impressions.all();
    if (group.isEmpty() && shown.isEmpty()) {
      return;
    }
    @Nullable Throwable failure = transaction(shown, group);
    if (failure == null) {
      impressions.written(shown.size());
      group.forEach(Task::succeed);
    } else if (group.isEmpty()) {
      impressions.failed(failure);
    } else if (busy(failure) || group.size() == 1 && shown.isEmpty()) {
      // Alone, each would wait as long for the same.
      group.forEach(task -> task.fail(failure));
    } else {
      commitAlone(shown, group);
    }
  }

  private static boolean busy(Throwable failure) {
    return failure instanceof StoreException e && e.reason() == Reason.BUSY;
  }

  private void commitAlone(List<Impression> shown, List<Task<?>> group) {
    if (!shown.isEmpty()) {
      @Nullable Throwable failure = transaction(shown, List.of());
      if (failure == null) {
        impressions.written(shown.size());
      } else {
        impressions.failed(failure);
      }
    }
    for (Task<?> task : group) {
      @Nullable Throwable failure = transaction(List.of(), List.of(task));
      if (failure == null) {
        task.succeed();
      } else {
        task.fail(failure);
      }
    }
  }

  /** {@return why nothing of it is written; null: all is durable} */
  private @Nullable Throwable transaction(List<Impression> shown, List<Task<?>> group) {
    try (Session session = database.writer()) {
      try {
        database.begin(session);
        long now = State.get(session, SqlStore.ERASURES);
        erasures = erasures < 0 ? now : erasures;
        if (!shown.isEmpty()) {
          Impressions.add(session, shown, now == erasures);
        }
        run(session, group);
        long erased = State.get(session, SqlStore.ERASURES);
        database.commit(session);
        if (!shown.isEmpty() || !impressions.failed()) {
          erasures = erased; // of lists that still wait, somebody may just have been erased
        }
        return null;
      } catch (SQLException | RuntimeException | Error e) {
        rollback(session, e);
        throw e;
      }
    } catch (SQLException e) {
      return database.failure("write", e);
    } catch (RuntimeException | Error e) {
      return e;
    }
  }

  private static void run(Session session, List<Task<?>> group) throws SQLException {
    List<Adding> adding = new ArrayList<>();
    for (Task<?> task : group) {
      if (task instanceof Adding events) {
        adding.add(events);
      } else if (task instanceof Writing<?> writing) {
        writing.run(session);
      }
    }
    if (!adding.isEmpty()) {
      Adding.run(session, adding);
    }
  }

  private void rollback(Session session, Throwable why) {
    try {
      session.forget();
      database.rollback(session);
    } catch (SQLException e) {
      why.addSuppressed(e);
    }
  }

  /** Writes what waits, and ends the thread. */
  @Override
  public void close() {
    synchronized (this) {
      if (!closed) {
        closed = true;
        queue.add(stop);
      }
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true; // what waits is written all the same
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
