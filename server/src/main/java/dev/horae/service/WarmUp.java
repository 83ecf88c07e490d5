package dev.horae.service;

import dev.horae.sequence.Scorer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** The first answers of a process are slow ones: a model gives them to requests of before. */
final class WarmUp {

  private static final int RECORDED = 200;
  private static final int AT_ONCE = 16;
  private static final long MILLIS = 60_000; // for one
  private static final long NANOS = 1_000_000_000; // for all
  private static final Scorer.Search SEARCH =
      new Scorer.Search(Recommendations.DEFAULT_N, new BitSet(), null);

  /**
   * A history that was asked for, by the shop's ids, so that any model can be warmed up with it.
   */
  private record Asked(List<String> items, long[] times) {}

  private final Deque<Asked> recorded = new ArrayDeque<>(); // newest requests; guarded by itself

  /** Keeps a history. */
  void record(List<String> items, long[] times) {
    synchronized (recorded) {
      if (recorded.size() == RECORDED) {
        recorded.removeFirst();
      }
      recorded.addLast(new Asked(items, times));
    }
  }

  /** {@return the histories that were kept, as far as a model knows their items} */
  List<History> known(LoadedModel model) {
    List<Asked> histories;
    synchronized (recorded) {
      histories = new ArrayList<>(recorded);
    }
    return histories.stream()
        .map(history -> History.of(history.items(), history.times(), model))
        .filter(history -> history.items().length > 0)
        .toList();
  }

  /**
   * {@return how many histories a model was asked for}
   *
   * @param depth how many may wait to be scored
   */
  int run(LoadedModel model, int depth) {
    List<History> histories = new ArrayList<>(known(model));
    int[] popular = model.popular();
    long time = model.run().provenance().time().last();
    for (int h = histories.size(); h < RECORDED; h++) { // a fresh server recorded none
      int item = popular[h % Math.min(popular.length, 1000)];
      histories.add(new History(new int[] {item}, new long[] {time}, List.of()));
    }
    int atOnce = Math.min(AT_ONCE, depth);
    AtomicInteger next = new AtomicInteger();
    AtomicInteger asked = new AtomicInteger();
    long end = System.nanoTime() + NANOS;
    CompletableFuture.allOf(
            Stream.generate(
                    () -> CompletableFuture.runAsync(() -> ask(model, histories, next, asked, end)))
                .limit(atOnce)
                .toArray(CompletableFuture<?>[]::new))
        .join();
    return asked.get();
  }

  private static void ask(
      LoadedModel model,
      List<History> histories,
      AtomicInteger next,
      AtomicInteger asked,
      long end) {
    for (int h = next.getAndIncrement();
        h < histories.size() && System.nanoTime() < end;
        h = next.getAndIncrement()) {
      History history = histories.get(h);
      model.best().of(history.items(), history.times(), SEARCH, MILLIS, String::valueOf);
      asked.incrementAndGet();
    }
  }
}
