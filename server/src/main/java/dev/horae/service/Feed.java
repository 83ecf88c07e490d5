package dev.horae.service;

import dev.horae.store.Store;
import dev.horae.store.StoreException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Reads the store's events in their order, those of other servers included, and tells whoever
 * counts or shows them. An event that was just added is told at once; others within a second.
 */
final class Feed implements AutoCloseable {

  private static final long OTHERS_MILLIS = 1000;
  private static final int AT_ONCE = 10_000; // events that are counted together
  private static final long SETTLE_MILLIS = 5; // at a time, for what may be counted later
  private static final long REST_MILLIS = 45; // between, so that it takes a tenth of a core

  private final Store store;
  private final Trends trends;
  private final Runnable changed;
  private final List<LoadedModel> models = new ArrayList<>(); // guarded by this
  private final List<Runnable> watchers = new CopyOnWriteArrayList<>();
  private final Semaphore added = new Semaphore(0);
  private final Thread reader = new Thread(this::run, "reading events");
  private long last; // sequence; guarded by this
  private long documents = -1; // version; only the reader's; -1: not yet asked
  private long erasures; // that the models know of; guarded by this
  private long settled = System.nanoTime(); // when it last was; only the reader's
  private boolean isSettled = true; // only the reader's
  private volatile boolean closed;

  /**
   * Counts what is there.
   *
   * @param changed is called when documents have changed, here or by another server, and once at
   *     the start; again where it fails
   */
  Feed(Store store, Trends trends, Runnable changed) {
    this.store = store;
    this.trends = trends;
    this.changed = changed;
    erasures = store.erasures();
    last = store.eachAfter(0, stored -> trends.add(stored.event()));
    reader.setDaemon(true);
  }

  /** Starts to follow. */
  void start() {
    reader.start();
  }

  /** Says that there is something to read. */
  void wake() {
    added.release();
  }

  /** Counts all events into a model that counts, and those to come. */
  void join(LoadedModel model) {
    if (!model.counts()) {
      return;
    }
    long told;
    long erasuresBefore;
    synchronized (this) {
      told = last;
      erasuresBefore = erasures;
    }
    count(model, 0, told); // the long part, while others are told of what comes
    synchronized (this) {
      count(model, told, last);
      models.add(model);
      erasures = erasuresBefore; // its users may have been erased meanwhile
    }
  }

  private void count(LoadedModel model, long after, long upTo) {
    Batch batch = new Batch(List.of(model));
    store.eachAfter(
        after,
        stored -> {
          if (stored.sequence() <= upTo) { // the others will be told
            batch.add(stored.event());
          }
        });
    batch.count();
  }

  synchronized void leave(LoadedModel model) {
    models.remove(model);
  }

  /** Calls in the reader's thread when events have come, which the store has. */
  AutoCloseable watch(Runnable watcher) {
    watchers.add(watcher);
    return () -> watchers.remove(watcher);
  }

  /** Events that models count together, which is less work than one by one. */
  private static final class Batch {
    private final List<LoadedModel> models;
    private final List<LoadedModel.Event> events = new ArrayList<>();

    private Batch(List<LoadedModel> models) {
      this.models = models;
    }

    void add(Store.Event event) {
      if (!event.type().equals(Store.IMPRESSION)) {
        events.add(new LoadedModel.Event(event.user(), event.item(), event.time()));
        if (events.size() == AT_ONCE) {
          count();
        }
      }
    }

    void count() {
      if (!events.isEmpty()) {
        models.forEach(model -> model.count(events));
        events.clear();
      }
    }
  }

  private void run() {
    boolean said = false;
    while (!closed) {
      try {
        added.tryAcquire(isSettled ? OTHERS_MILLIS : REST_MILLIS, TimeUnit.MILLISECONDS);
        added.drainPermits();
        forgetErased();
        follow();
        settle();
        long version = store.documentsVersion();
        if (version != documents) {
          changed.run();
          documents = version;
        }
        said = false;
      } catch (InterruptedException e) { // closed
        return;
      } catch (StoreException e) {
        // It cannot be read now: the next round tries again, and requests say it.
      } catch (RuntimeException | Error e) { // without this thread the server would stand still
        if (!said) {
          said = true;
          say(e);
        }
      }
    }
  }

  /** As of a thread that ends. */
  private void say(Throwable failure) {
    try {
      reader.getUncaughtExceptionHandler().uncaughtException(reader, failure);
    } catch (RuntimeException | Error e) {
      // There may be no memory left to say it with.
    }
  }

  /** Takes the names of users who were erased, here or by another server, out of the models. */
  private synchronized void forgetErased() {
    long now = store.erasures();
    if (now != erasures) {
      Set<String> gone = new HashSet<>();
      models.forEach(model -> gone.addAll(model.users()));
      if (!gone.isEmpty()) {
        store.eachUser(gone::remove);
        models.forEach(model -> model.forget(gone));
      }
      erasures = now;
    }
  }

  private synchronized void follow() {
    Batch batch = new Batch(models);
    long before = last;
    try {
      last =
          store.eachAfter(
              last,
              stored -> {
                last = stored.sequence(); // told once, also where somebody fails
                trends.add(stored.event());
                batch.add(stored.event());
              });
    } finally {
      batch.count(); // what was read, when the rest cannot be
    }
    if (last > before) {
      watchers.forEach(Runnable::run);
    }
  }

  private synchronized void settle() {
    boolean rested = System.nanoTime() - settled >= TimeUnit.MILLISECONDS.toNanos(REST_MILLIS);
    isSettled = rested;
    if (rested) {
      for (LoadedModel model : models) {
        isSettled &= model.settle(TimeUnit.MILLISECONDS.toNanos(SETTLE_MILLIS) / models.size());
      }
      settled = System.nanoTime();
    }
  }

  @Override
  public void close() {
    closed = true;
    reader.interrupt();
    try {
      reader.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
