package dev.horae.serve;

import dev.horae.data.Catalogue;
import dev.horae.data.DataException;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.TopK;
import dev.horae.data.TrainingCounts;
import dev.horae.data.Windows;
import dev.horae.run.RunDirectory;
import dev.horae.run.TrainedRun;
import dev.horae.sequence.NetworkScorer;
import dev.horae.sequence.Scorer;
import dev.horae.tensor.CheckpointException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Next items for histories of the shop's own item ids, those of users never seen in training
 * included. Any number of threads may ask at once, and one may {@link #close} meanwhile.
 */
public final class Recommender implements AutoCloseable {

  private static final int BLOCK = 512; // histories scored at once
  private static final int MOST_AT_ONCE = 256; // histories that one worker is asked for
  private static final int MOST_ITEMS = 100_000; // in their answers
  private static final long MOST_SCORES = 16 << 20; // of a block: 64 MiB for each thread

  /**
   * @param item the shop's id
   * @param time seconds since 1970-01-01 UTC
   */
  public record Event(String item, long time) {
    public Event(String item, Instant time) {
      this(item, time.getEpochSecond());
    }
  }

  /**
   * @param score comparable within one answer only; the number of training events where the source
   *     is {@link Source#POPULAR}
   * @param cold whether the item has no events, and so was scored by its content alone
   */
  public record Scored(String item, double score, boolean cold) {
    /** An item that has events. */
    public Scored(String item, double score) {
      this(item, score, false);
    }
  }

  /** Who chose the items of an answer. */
  public enum Source {
    /** The model, by the history. */
    MODEL,
    /** Nobody: the history has no known item, and these are the most frequent in training. */
    POPULAR
  }

  /**
   * @param items best first
   * @param unknown items of the history that the catalogue lacks; they were skipped
   */
  public record Answer(List<Scored> items, Source source, List<String> unknown) {}

  /**
   * Why an item stands where it stands.
   *
   * @param shares what each view contributes; they add up to the score
   * @param influence per event of the history that the model saw, oldest first: how much the score
   *     falls when the event is taken away; negative where it rises
   * @param because the chief reason in words, such as {@code often taken after #3}, event 3 of the
   *     history that the model saw, the oldest being 1; empty for a model that has none
   */
  public record Reason(
      Scored item, Map<String, Double> shares, List<Double> influence, String because) {}

  /**
   * @param history the events that the model saw, oldest first; none where it was not asked
   * @param gates weights of the experts at the last event, per gate
   * @param reasons one per item that the model recommended, best first
   */
  public record Explanation(
      Answer answer, List<Event> history, Map<String, List<Double>> gates, List<Reason> reasons) {}

  private final ReadWriteLock lock = new ReentrantReadWriteLock(); // closing waits for answers
  private boolean closed;
  private final Scorer scorer;
  private final Catalogue catalogue;
  private final List<Scored> popular;
  private final boolean seldomRepeats;
  private final int knownRows; // rows of the items that have events, N + 1; cold ones follow

  /**
   * Opens what {@code horae train} made; its data set is not needed.
   *
   * @param run the run directory
   * @throws CheckpointException when a file of it is missing or damaged
   */
  public static Recommender open(Path run) {
    return of(TrainedRun.open(RunDirectory.open(run)));
  }

  /** Recommends with a run's model. */
  public static Recommender of(TrainedRun run) {
    return new Recommender(run.scorerOfAllItems(), run.allItems(), run.counts());
  }

  /**
   * @param scorer of the items of {@code catalogue}; it is closed when the recommender is
   * @param counts of the training histories: what is recommended without a history
   */
  public Recommender(Scorer scorer, Catalogue catalogue, TrainingCounts counts) {
    if (scorer.itemRows() != catalogue.size() + 1) {
      throw new IllegalArgumentException(
          "the model was built for "
              + (scorer.itemRows() - 1)
              + " items and the catalogue has "
              + catalogue.size());
    }
    this.scorer = scorer;
    this.catalogue = catalogue;
    knownRows = counts.items().length;
    seldomRepeats = counts.seldomRepeats();
    popular =
        Arrays.stream(counts.mostFrequent())
            .mapToObj(item -> new Scored(catalogue.item(item).id(), counts.items()[item]))
            .toList();
  }

  /** Waits for answers that are being made; later questions are refused. */
  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        scorer.close();
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  private <T> T whileOpen(Supplier<T> answer) {
    lock.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException("the recommender is closed");
      }
      return answer.get();
    } finally {
      lock.readLock().unlock();
    }
  }

  /** {@return what can be recommended} */
  public Catalogue catalogue() {
    return catalogue;
  }

  /** {@return {@link TrainingCounts#seldomRepeats}} */
  public boolean seldomRepeats() {
    return seldomRepeats;
  }

  /**
   * {@return how many histories a worker that has many is to ask for at once} Who asks for the same
   * histories in the same pieces gets the same bits.
   *
   * @param top how many items per answer
   */
  public int atOnce(int top) {
    int items = Math.max(1, Math.min(top, catalogue.size()));
    return Math.max(1, Math.min(MOST_AT_ONCE, MOST_ITEMS / items));
  }

  /**
   * {@return the answer to one history} Seen items are left out where {@link
   * TrainingCounts#seldomRepeats}.
   */
  public Answer recommend(List<Event> history, int top) {
    return recommend(List.of(history), top, seldomRepeats).get(0);
  }

  /**
   * @param histories events in any order, those of one time oldest first; a history without a known
   *     item gets what is popular
   * @param top how many items per answer, from 1; fewer when there are no more
   * @param excludeSeen whether items of the history are left out
   */
  public List<Answer> recommend(List<List<Event>> histories, int top, boolean excludeSeen) {
    if (top < 1) {
      throw new IllegalArgumentException("top = " + top + " is not positive");
    }
    return whileOpen(() -> answers(histories, top, excludeSeen));
  }

  private List<Answer> answers(List<List<Event>> histories, int top, boolean excludeSeen) {
    Known known = Known.of(histories, catalogue);
    List<Answer> answers = new ArrayList<>();
    List<Scored> mostPopular = popular.subList(0, Math.min(top, popular.size()));
    known.unknown().forEach(items -> answers.add(new Answer(mostPopular, Source.POPULAR, items)));
    int block = (int) Math.max(1, Math.min(BLOCK, MOST_SCORES / scorer.itemRows()));
    TopK choice = new TopK(Math.min(top, catalogue.size()));
    Windows windows = Windows.latest(known.histories(), scorer.maxLength());
    for (int from = 0; from < windows.count(); from += block) {
      scorer.score(
          windows,
          from,
          Math.min(windows.count(), from + block),
          (h, scores) -> {
            scorer.requireFinite(
                scores, () -> "history " + (h + 1), item -> catalogue.item(item).id());
            if (excludeSeen) {
              forbidSeen(scores, h, known.histories());
            }
            answers.set(h, new Answer(best(scores, choice), Source.MODEL, known.unknown().get(h)));
          });
    }
    return answers;
  }

  /**
   * {@return the vectors by which the model scores its catalogue, a row per item, row 0 of padding}
   *
   * @throws DataException when its score is no product of a user's and an item's vector
   */
  public FeatureTable itemVectors() {
    return whileOpen(() -> network().itemVectors());
  }

  /**
   * {@return the vector of each history, null where it has no known item; its product with an
   * item's vector is the item's score}
   *
   * @throws DataException as {@link #itemVectors}
   */
  public List<float @Nullable []> userVectors(List<List<Event>> histories) {
    return whileOpen(() -> vectors(histories));
  }

  private List<float @Nullable []> vectors(List<List<Event>> histories) {
    NetworkScorer network = network();
    List<float @Nullable []> vectors = new ArrayList<>(Collections.nCopies(histories.size(), null));
    Windows windows =
        Windows.latest(Known.of(histories, catalogue).histories(), scorer.maxLength());
    for (int from = 0; from < windows.count(); from += BLOCK) {
      network.users(windows, from, Math.min(windows.count(), from + BLOCK), vectors::set);
    }
    return vectors;
  }

  private NetworkScorer network() {
    if (scorer instanceof NetworkScorer network && network.scoresByProduct()) {
      return network;
    }
    throw new DataException(
        "the score of "
            + scorer.name()
            + " is no product of two vectors, so there are none to export; take a model whose is,"
            + " such as sasrec or hm4sr");
  }

  /** Recommends for one history and says why; costs one more pass per event of the history. */
  public Explanation explain(List<Event> history, int top, boolean excludeSeen) {
    return whileOpen(() -> explanation(history, top, excludeSeen));
  }

  private Explanation explanation(List<Event> history, int top, boolean excludeSeen) {
    Answer answer = recommend(List.of(history), top, excludeSeen).get(0);
    List<Event> seen =
        history.stream()
            .filter(e -> catalogue.index(e.item()).isPresent())
            .sorted(Comparator.comparingLong(Event::time))
            .toList();
    if (answer.source() == Source.POPULAR) {
      return new Explanation(answer, List.of(), Map.of(), List.of());
    }
    seen = seen.subList(Math.max(0, seen.size() - scorer.maxLength()), seen.size());
    int[] items =
        answer.items().stream()
            .mapToInt(item -> catalogue.index(item.item()).orElseThrow())
            .toArray();
    var why = scorer.explain(Known.of(List.of(seen), catalogue).histories(), items);
    List<Reason> reasons = new ArrayList<>();
    for (int i = 0; i < items.length; i++) {
      var reason = why.reasons().get(i);
      reasons.add(
          new Reason(answer.items().get(i), reason.shares(), reason.influence(), reason.because()));
    }
    return new Explanation(answer, seen, why.gates(), reasons);
  }

  private static void forbidSeen(float[] scores, int h, Histories histories) {
    for (int e = histories.starts()[h]; e < histories.starts()[h + 1]; e++) {
      scores[histories.items()[e]] = Float.NEGATIVE_INFINITY;
    }
  }

  private List<Scored> best(float[] scores, TopK best) {
    best.clear();
    for (int item = 1; item < scores.length; item++) {
      best.offer(item, scores[item]);
    }
    return Arrays.stream(best.indices())
        .mapToObj(item -> new Scored(catalogue.item(item).id(), scores[item], item >= knownRows))
        .toList();
  }

  /** The known events of some histories under the catalogue's index, oldest first. */
  private record Known(Histories histories, List<List<String>> unknown) {

    static Known of(List<List<Event>> histories, Catalogue catalogue) {
      int[] starts = new int[histories.size() + 1];
      List<Event> kept = new ArrayList<>();
      List<List<String>> unknown = new ArrayList<>();
      for (int h = 0; h < histories.size(); h++) {
        List<String> skipped = new ArrayList<>();
        List<Event> ordered = new ArrayList<>();
        for (Event event : histories.get(h)) {
          if (catalogue.index(event.item()).isPresent()) {
            ordered.add(event);
          } else {
            skipped.add(event.item());
          }
        }
        ordered.sort(Comparator.comparingLong(Event::time)); // stable: ties keep their order
        kept.addAll(ordered);
        unknown.add(skipped);
        starts[h + 1] = kept.size();
      }
      int[] items = kept.stream().mapToInt(e -> catalogue.index(e.item()).orElseThrow()).toArray();
      long[] times = kept.stream().mapToLong(Event::time).toArray();
      return new Known(new Histories(starts, items, times), unknown);
    }
  }
}
