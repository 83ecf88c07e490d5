package dev.horae.store;

import dev.horae.store.Store.Impression;
import dev.horae.store.StoreException.Reason;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Impressions that are to be written, a bounded number. They stay until they are. */
final class ImpressionQueue {

  /** Impressions that may wait, some 50 MB. */
  static final int MOST = 50_000;

  private final Deque<Impression> waiting = new ArrayDeque<>();
  private @Nullable Throwable failure;

  /** {@return whether there were none before} */
  synchronized boolean add(List<Impression> more) {
    if (waiting.size() + more.size() > MOST) {
      throw refusal();
    }
    boolean first = waiting.isEmpty() && !more.isEmpty();
    waiting.addAll(more);
    return first;
  }

  private StoreException refusal() {
    String problem = "more than " + MOST + " impressions wait to be written";
    return failure == null
        ? new StoreException(Reason.BUSY, problem + "; send them later")
        : new StoreException(
            failure instanceof StoreException e ? e.reason() : Reason.FAILED,
            problem + ", for the last time they could not be: " + failure.getMessage(),
            failure);
  }

  synchronized boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** {@return whether the last try to write them failed} */
  synchronized boolean failed() {
    return failure != null;
  }

  synchronized List<Impression> all() {
    return List.copyOf(waiting);
  }

  /** Takes the first ones away, which are written. */
  synchronized void written(int count) {
    for (int i = 0; i < count; i++) {
      waiting.removeFirst();
    }
    if (count > 0) {
      failure = null;
    }
  }

  synchronized void failed(Throwable why) {
    failure = why;
  }
}
