package dev.horae.service;

import dev.horae.data.Histories;
import dev.horae.data.Windows;
import dev.horae.sequence.NetworkScorer;
import dev.horae.sequence.Scorer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Histories that wait to be scored, and the workers that take as many as wait, so that under load
 * one native call serves several requests; nobody waits for a batch to fill. The queue is bounded:
 * what does not fit is refused at once.
 *
 * <p>A history that is scored alone has the bits that {@link dev.horae.serve.Recommender} gives it;
 * in a batch a score may differ in its last digits, as matrix products of another size add in
 * another order.
 */
final class ScoringQueue implements AutoCloseable {

  private static final int MOST_AT_ONCE = 32;
  private static final long MOST_SCORES = 16 << 20; // of a batch: 64 MiB for each worker

  /**
   * A history, oldest event first, what is looked for, and what to do with the scores, or with the
   * history's vector.
   *
   * @param search null: the chooser wants the vector
   * @param taken when a worker took it, as {@link System#nanoTime} has it; 0: not yet
   */
  private record Task(
      int[] items,
      long[] times,
      Scorer.@Nullable Search search,
      Consumer<float[]> chooser,
      CompletableFuture<Void> done,
      AtomicLong taken) {
    Task(int[] items, long[] times, Scorer.@Nullable Search search, Consumer<float[]> chooser) {
      this(items, times, search, chooser, new CompletableFuture<>(), new AtomicLong());
    }
  }

  /** Makes something of some tasks' windows at once. */
  private interface Pass {
    void run(Windows windows, List<Task> tasks, Scorer.Receiver receiver);
  }

  private final Scorer scorer;
  private final int atOnce;
  private final BlockingQueue<Task> waiting;
  private final List<Thread> workers = new ArrayList<>();
  private volatile boolean closed;

  /**
   * @param scorer its owner closes it, after this
   * @param depth how many histories may wait
   */
  ScoringQueue(String name, Scorer scorer, int workers, int depth) {
    this.scorer = scorer;
    atOnce = (int) Math.max(1, Math.min(MOST_AT_ONCE, MOST_SCORES / scorer.itemRows()));
    waiting = new ArrayBlockingQueue<>(depth);
    for (int w = 0; w < workers; w++) {
      Thread worker = new Thread(this::work, "scoring " + name + " " + w);
      worker.setDaemon(true);
      worker.start();
      this.workers.add(worker);
    }
  }

  /** {@return how many histories wait} */
  int depth() {
    return waiting.size();
  }

  /**
   * Waits until the history is scored and {@code chooser} has seen the scores, in a worker's
   * thread; [N + 1], as {@link Scorer#search} has them, column 0 minus infinity, the chooser's to
   * write in until it returns.
   *
   * @param items indices, oldest first, at least one
   * @param times seconds since 1970-01-01 UTC
   * @throws Refusal when too many wait, or it takes longer than {@code millis}
   */
  void search(
      int[] items, long[] times, Scorer.Search search, long millis, Consumer<float[]> chooser) {
    await(new Task(items, times, search, chooser), millis);
  }

  /**
   * As {@link #search}, of a network's scorer: the chooser gets the history's user vector, [D].
   *
   * @throws Refusal likewise
   */
  void encode(int[] items, long[] times, long millis, Consumer<float[]> chooser) {
    await(new Task(items, times, null, chooser), millis);
  }

  private void await(Task task, long millis) {
    long start = System.nanoTime();
    if (closed || !waiting.offer(task)) {
      throw Refusal.overloaded("as many requests are waiting to be scored as may");
    }
    try {
      task.done().get(millis, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      task.done().cancel(false); // a worker passes it over
      throw Refusal.overloaded("scoring was not done within " + millis + " ms");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Refusal.overloaded("the server is stopping");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } finally {
      long end = System.nanoTime();
      long taken = task.taken().get();
      Phases.took("wait", start, taken == 0 ? end : taken);
      if (taken != 0) {
        Phases.took("score", taken, end);
      }
    }
  }

  private void work() {
    List<Task> taken = new ArrayList<>();
    while (true) {
      try {
        taken.add(waiting.take());
      } catch (InterruptedException e) { // closed
        return;
      }
      try {
        waiting.drainTo(taken, atOnce - 1);
        taken.removeIf(task -> task.done().isDone());
        long now = System.nanoTime();
        taken.forEach(task -> task.taken().set(now));
        run(taken.stream().filter(task -> task.search() == null).toList(), this::encode);
        run(taken.stream().filter(task -> task.search() != null).toList(), this::search);
      } catch (RuntimeException | Error e) { // of these alone: others are to be scored
        taken.forEach(task -> fail(task, e));
      }
      taken.clear();
    }
  }

  private void encode(Windows windows, List<Task> tasks, Scorer.Receiver receiver) {
    ((NetworkScorer) scorer).users(windows, 0, tasks.size(), receiver);
  }

  private void search(Windows windows, List<Task> tasks, Scorer.Receiver receiver) {
    scorer.search(
        windows,
        0,
        tasks.size(),
        history -> Objects.requireNonNull(tasks.get(history).search()),
        receiver);
  }

  private void run(List<Task> tasks, Pass pass) {
    if (tasks.isEmpty()) {
      return;
    }
    try {
      Histories histories = histories(tasks);
      pass.run(
          Windows.latest(histories, scorer.maxLength()),
          tasks,
          (h, scores) -> choose(tasks.get(h), scores));
      // What a scorer passed over would wait for ever.
      tasks.forEach(task -> fail(task, new IllegalStateException("was not scored")));
    } catch (RuntimeException | Error e) {
      tasks.forEach(task -> fail(task, e));
    }
  }

  private static void fail(Task task, Throwable why) {
    task.done().completeExceptionally(why); // nothing, where it is done
  }

  private static void choose(Task task, float[] scores) {
    try {
      task.chooser().accept(scores);
      task.done().complete(null);
    } catch (RuntimeException e) { // of this request alone
      fail(task, e);
    }
  }

  private static Histories histories(List<Task> tasks) {
    int[] starts = new int[tasks.size() + 1];
    for (int t = 0; t < tasks.size(); t++) {
      starts[t + 1] = starts[t] + tasks.get(t).items().length;
    }
    int[] items = new int[starts[tasks.size()]];
    long[] times = new long[items.length];
    for (int t = 0; t < tasks.size(); t++) {
      Task task = tasks.get(t);
      System.arraycopy(task.items(), 0, items, starts[t], task.items().length);
      System.arraycopy(task.times(), 0, times, starts[t], task.times().length);
    }
    return new Histories(starts, items, times);
  }

  /** Ends the workers once they have scored what they hold; what waits is refused. */
  @Override
  public void close() {
    closed = true;
    workers.forEach(Thread::interrupt);
    for (Thread worker : workers) {
      boolean interrupted = false;
      while (worker.isAlive()) {
        try {
          worker.join();
        } catch (InterruptedException e) {
          interrupted = true; // natives may be freed only when nobody uses them
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    List<Task> left = new ArrayList<>();
    waiting.drainTo(left);
    left.forEach(task -> fail(task, Refusal.overloaded("the model is being replaced")));
  }
}
