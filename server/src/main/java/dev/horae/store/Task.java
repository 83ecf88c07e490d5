package dev.horae.store;

import dev.horae.store.Store.Added;
import dev.horae.store.Store.Event;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Something that waits to be written; its thread waits for {@link #done}. */
abstract class Task<T> {

  /** Work in a transaction. */
  @FunctionalInterface
  interface Work<T> {
    T on(Session session) throws SQLException;
  }

  final int rows;
  final CompletableFuture<T> done = new CompletableFuture<>();
  private @Nullable T result;

  private Task(int rows) {
    this.rows = rows;
  }

  /** Lets its thread go on, when the transaction is durable. */
  void succeed() {
    done.complete(result);
  }

  void fail(Throwable why) {
    done.completeExceptionally(why);
  }

  /** Any work. */
  static final class Writing<T> extends Task<T> {

    private final Work<T> work;

    Writing(int rows, Work<T> work) {
      super(rows);
      this.work = work;
    }

    void run(Session session) throws SQLException {
      super.result = work.on(session);
    }
  }

  /** Events, which go to the database together with those of other tasks. */
  static final class Adding extends Task<Added> {

    private final List<Event> events;
    private final List<@Nullable String> properties;

    /**
     * @throws IllegalArgumentException if properties are something that cannot be stored
     */
    Adding(List<Event> events) {
      super(events.size());
      this.events = events;
      properties = Events.properties(events);
    }

    static void run(Session session, List<Adding> tasks) throws SQLException {
      List<Event> events = new ArrayList<>();
      List<@Nullable String> properties = new ArrayList<>();
      for (Adding task : tasks) {
        events.addAll(task.events);
        properties.addAll(task.properties);
      }
      boolean[] fresh = Events.add(session, events, properties);
      int first = 0;
      for (Adding task : tasks) {
        List<Integer> duplicates = new ArrayList<>();
        for (int i = 0; i < task.events.size(); i++) {
          if (!fresh[first + i]) {
            duplicates.add(i);
          }
        }
        first += task.events.size();
        task.setResult(new Added(task.events.size() - duplicates.size(), List.copyOf(duplicates)));
      }
    }

    private void setResult(Added added) {
      super.result = added;
    }
  }

  /** Something between transactions; nothing at all wakes the writer up. */
  static final class Between extends Task<Void> {

    private final Runnable action;

    Between(Runnable action) {
      super(0);
      this.action = action;
    }

    void run() {
      action.run();
    }
  }
}
