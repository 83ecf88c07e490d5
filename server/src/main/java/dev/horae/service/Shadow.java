package dev.horae.service;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Has a share of the lists that models gave made once more by another one, in the background and
 * shown to nobody, and counts on how many items both agree. It never delays a request: what does
 * not fit into its queue is left out.
 */
final class Shadow implements AutoCloseable {

  private static final int MOST_WAITING = 64;

  /**
   * What was compared so far.
   *
   * @param share of the lists, above 0 to 1
   * @param lists that were compared
   * @param items of the lists that were shown
   * @param shared those of them that the other list has too
   */
  private record State(String model, double share, long lists, long items, long shared) {}

  /** Makes a list that is noted nowhere. */
  interface Recommending {
    Answer of(Question question, long now);
  }

  private final Recommending recommending;
  private final ThreadPoolExecutor comparing =
      new ThreadPoolExecutor(
          1,
          1,
          0,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(MOST_WAITING),
          task -> {
            Thread thread = new Thread(task, "comparing models");
            thread.setDaemon(true);
            return thread;
          },
          new ThreadPoolExecutor.DiscardPolicy());
  private volatile @Nullable State state; // null: no model is one; written under the lock of this

  Shadow(Recommending recommending) {
    this.recommending = recommending;
  }

  /** Begins to compare with a model, anew. */
  synchronized void begin(String model, double share) {
    state = new State(model, share, 0, 0, 0);
  }

  /** Ends it. {@return whether the model was one} */
  synchronized boolean end(String model) {
    boolean was = of(model) != null;
    if (was) {
      state = null;
    }
    return was;
  }

  /** {@return what was compared with a model; null when it is no shadow} */
  Models.@Nullable Compared of(String model) {
    State now = state;
    return now == null || !now.model().equals(model) ? null : compared(now);
  }

  /** {@return what was compared with whichever model; null when none is a shadow} */
  Models.@Nullable Compared compared() {
    State now = state;
    return now == null ? null : compared(now);
  }

  private static Models.Compared compared(State state) {
    return new Models.Compared(
        state.share(),
        state.lists(),
        state.items() == 0 ? 0 : state.shared() / (double) state.items());
  }

  /** Compares a list, or does not. */
  void compare(Question question, Answer answer, long now) {
    State asked = state;
    if (asked == null
        || question.model() != null // whoever names a model wants that one
        || answer.source() != Source.MODEL
        || answer.items().isEmpty()
        || answer.model() == null
        || answer.model().name().equals(asked.model())
        || answer.variant() != null && question.user() == null // another draw of the experiment
        || ThreadLocalRandom.current().nextDouble() >= asked.share()) {
      return;
    }
    comparing.execute(() -> count(question, answer, asked.model(), now));
  }

  private void count(Question question, Answer shown, String model, long time) {
    Answer other;
    try {
      other = recommending.of(question.asOf(model, shown.time()), time);
    } catch (RuntimeException e) { // the model is gone, or has too much to do
      return;
    }
    Set<String> items = new HashSet<>();
    other.items().forEach(chosen -> items.add(chosen.item()));
    long shared = shown.items().stream().filter(chosen -> items.contains(chosen.item())).count();
    synchronized (this) {
      State now = state;
      if (now != null && now.model().equals(model)) {
        state =
            new State(
                model,
                now.share(),
                now.lists() + 1,
                now.items() + shown.items().size(),
                now.shared() + shared);
      }
    }
  }

  @Override
  public void close() {
    comparing.shutdownNow();
    try {
      comparing.awaitTermination(1, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
