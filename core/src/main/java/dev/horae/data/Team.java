package dev.horae.data;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Threads that work on one task, each on its part, and wait for one another between its stages.
 *
 * <p>The first failure of any kind ends the task: whoever waits for the others, or comes to wait
 * later, leaves. It is thrown as it is, those that follow from it are suppressed by it.
 */
public final class Team {

  /** Somebody else failed; what is thrown here only brings a part to its end. */
  private static final class Abandoned extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Abandoned() {
      super("another part of the task failed", null, false, false);
    }
  }

  private final int size;
  private final ThreadPoolExecutor threads;

  // Of the task under way, all guarded by this.
  private @Nullable Thread[] working = {}; // by part; null when it has not begun or has let go
  private int waiting; // for the others, at the end of a stage
  private int stage;
  private int unfinished; // parts
  private int holding; // parts that have not let go of what they hold
  private @Nullable Throwable failure; // the first

  /**
   * @param size how many parts there are
   * @param name of the threads
   */
  public Team(int size, String name) {
    this.size = size;
    threads =
        new ThreadPoolExecutor(
            size,
            size,
            1,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            work -> {
              Thread thread = new Thread(work, name);
              thread.setDaemon(true);
              return thread;
            });
    threads.allowCoreThreadTimeOut(true); // nobody has to close it
  }

  /** {@link #run(Supplier, IntConsumer)} for parts that hold nothing. */
  public void run(IntConsumer part) {
    run(() -> () -> {}, part);
  }

  /**
   * Does the parts 0 to size - 1 at the same time; returns when all have ended. An interrupt of the
   * caller ends the parts, by an interrupt of theirs, and the caller stays interrupted.
   *
   * @param hold makes what a part holds; closed by the part's thread when no part works any more,
   *     because others may use what one has made
   */
  public synchronized void run(Supplier<? extends AutoCloseable> hold, IntConsumer part) {
    working = new Thread[size];
    waiting = 0;
    unfinished = size;
    holding = size;
    failure = null;
    int begun = 0;
    try {
      for (; begun < size; begun++) {
        int number = begun;
        threads.execute(() -> work(number, hold, part));
      }
    } catch (Throwable e) { // no thread to be had
      fail(e);
      unfinished -= size - begun;
      holding -= size - begun;
      notifyAll();
    }
    boolean interrupted = false;
    while (holding > 0) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
        fail(new IllegalStateException("interrupted", e));
        for (Thread thread : working) {
          if (thread != null) {
            thread.interrupt();
          }
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (failure != null) {
      throw unchecked(failure);
    }
  }

  /** Waits until every part has come to the end of the stage. For the parts. */
  public synchronized void await() {
    int mine = stage;
    if (failure == null && ++waiting == size) {
      waiting = 0;
      stage++;
      notifyAll();
    }
    while (stage == mine && failure == null) {
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted", e);
      }
    }
    if (stage == mine) {
      throw new Abandoned();
    }
  }

  /** {@return whether a part has failed, so that no other needs to go on} */
  public synchronized boolean failed() {
    return failure != null;
  }

  private void work(int number, Supplier<? extends AutoCloseable> hold, IntConsumer part) {
    AutoCloseable held = () -> {};
    try {
      begin(number);
      held = hold.get();
      part.accept(number);
    } catch (Throwable e) {
      fail(e);
    }
    finish();
    try {
      held.close();
    } catch (Throwable e) {
      fail(e);
    }
    letGo(number);
  }

  private synchronized void begin(int number) {
    working[number] = Thread.currentThread();
    if (failure != null) {
      throw new Abandoned();
    }
  }

  private synchronized void fail(Throwable e) {
    if (failure == null) {
      failure = e;
      notifyAll();
    } else if (failure != e && !(e instanceof Abandoned)) {
      try {
        failure.addSuppressed(e);
      } catch (OutOfMemoryError full) {
        return; // the first failure is what matters
      }
    }
  }

  /** Waits until no part works any more, whatever happens. */
  private synchronized void finish() {
    unfinished--;
    notifyAll();
    while (unfinished > 0) {
      try {
        wait();
      } catch (InterruptedException e) {
        fail(new IllegalStateException("interrupted", e));
      }
    }
  }

  private synchronized void letGo(int number) {
    working[number] = null;
    holding--;
    notifyAll();
  }

  /** {@return {@code failure} to be thrown, wrapped only when the compiler would not have it} */
  static RuntimeException unchecked(Throwable failure) {
    if (failure instanceof Error error) {
      throw error;
    }
    return failure instanceof RuntimeException e ? e : new IllegalStateException(failure);
  }
}
