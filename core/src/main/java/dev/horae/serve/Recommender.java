package dev.horae.serve;

import dev.horae.data.Catalogue;
import dev.horae.data.Histories;
import dev.horae.data.RowLayout;
import dev.horae.data.SequenceBatch;
import dev.horae.data.TopK;
import dev.horae.data.TrainingCounts;
import dev.horae.data.Windows;
import dev.horae.run.RunDirectory;
import dev.horae.run.TrainedRun;
import dev.horae.sequence.ItemVectors;
import dev.horae.sequence.SequenceModel;
import dev.horae.sequence.SequenceTensors;
import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;

/**
 * Next items for histories of the shop's own item ids, those of users never seen in training
 * included. Any number of threads may ask at once, and one may {@link #close} meanwhile.
 */
public final class Recommender implements AutoCloseable {

  private static final int BLOCK = 512; // histories scored at once
  private static final long MOST_SCORES = 16 << 20; // of a block: 64 MiB for each thread

  /**
   * @param item the shop's id
   * @param time seconds since 1970-01-01 UTC
   */
  public record Event(String item, long time) {}

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
   */
  public record Reason(Scored item, Map<String, Double> shares, List<Double> influence) {}

  /**
   * @param history the events that the model saw, oldest first; none where it was not asked
   * @param gates weights of the experts at the last event, per gate
   * @param reasons one per item that the model recommended, best first
   */
  public record Explanation(
      Answer answer, List<Event> history, Map<String, List<Double>> gates, List<Reason> reasons) {}

  private final ReadWriteLock lock = new ReentrantReadWriteLock(); // closing waits for answers
  private final boolean owned;
  private boolean closed;
  private final SequenceModel model;
  private final Catalogue catalogue;
  private final List<Scored> popular;
  private final double repeatShare;
  private final int length;
  private final int knownRows; // rows of the items that have events, N + 1; cold ones follow
  private final ItemVectors items;

  /**
   * Opens what {@code horae train} made; its data set is not needed.
   *
   * @param run the run directory
   * @throws CheckpointException when a file of it is missing or damaged
   */
  public static Recommender open(Path run) {
    return of(TrainedRun.open(RunDirectory.open(run)));
  }

  /** Recommends with a run's model, which goes when the recommender is closed. */
  public static Recommender of(TrainedRun run) {
    return new Recommender(
        run.modelOfAllItems(), run.allItems(), run.counts(), run.provenance().maxLength(), true);
  }

  /**
   * @param model built for {@code catalogue}; it is put into evaluation mode, and stays the
   *     caller's
   * @param counts of the training histories: what is recommended without a history
   * @param length most events that the model sees, L
   */
  public Recommender(SequenceModel model, Catalogue catalogue, TrainingCounts counts, int length) {
    this(model, catalogue, counts, length, false);
  }

  private Recommender(
      SequenceModel model, Catalogue catalogue, TrainingCounts counts, int length, boolean owned) {
    if (model.itemRows() != catalogue.size() + 1L) {
      throw new IllegalArgumentException(
          "the model was built for "
              + (model.itemRows() - 1)
              + " items and the catalogue has "
              + catalogue.size());
    }
    this.model = model;
    this.catalogue = catalogue;
    this.length = length;
    knownRows = counts.items().length;
    repeatShare = counts.repeatShare();
    this.owned = owned;
    popular =
        Arrays.stream(counts.mostFrequent())
            .mapToObj(item -> new Scored(catalogue.item(item).id(), counts.items()[item]))
            .toList();
    model.eval();
    try (Scope scope = Scope.inference()) {
      items = ItemVectors.of(scope.keep(model.items(knownRows).table()));
    }
  }

  /** Waits for answers that are being made; later questions are refused. */
  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        items.table().close();
        if (owned) {
          model.release();
        }
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

  /** {@return {@link TrainingCounts#repeatShare}} */
  public double repeatShare() {
    return repeatShare;
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
    int block = (int) Math.max(1, Math.min(BLOCK, MOST_SCORES / model.itemRows()));
    float[] row = new float[catalogue.size() + 1]; // scores of one history
    TopK choice = new TopK(Math.min(top, catalogue.size()));
    for (Windows.Plan plan :
        Windows.latest(known.histories(), length).inOrder(block, model.layout())) {
      try (Scope scope = Scope.inference()) {
        SequenceTensors in = SequenceTensors.of(plan.batch(), model.device());
        Tensor all = model.score(model.encode(in, items), items, knownRows);
        requireFinite(all.narrow(1, 1, catalogue.size()));
        FloatBuffer scores = Ops.view(all);
        for (long history : Ops.longs(in.histories())) {
          int h = (int) history - 1;
          scores.get(row);
          if (excludeSeen) {
            forbidSeen(row, h, known.histories());
          }
          answers.set(h, new Answer(best(row, choice), Source.MODEL, known.unknown().get(h)));
        }
      }
    }
    return answers;
  }

  /** NaN is never among the best, so that broken weights would look like items that are no good. */
  private static void requireFinite(Tensor scores) {
    if (!Double.isFinite(Ops.value(scores.sum())) // cheaper, and seldom wrong
        && Ops.value(scores.isfinite().all()) == 0) {
      throw new CheckpointException(
          "the model gives scores that are no numbers; its weights are damaged or its training"
              + " diverged: copy the run directory again, or train anew");
    }
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
    seen = seen.subList(Math.max(0, seen.size() - length), seen.size());
    if (answer.source() == Source.POPULAR) {
      return new Explanation(answer, List.of(), Map.of(), List.of());
    }
    List<List<Event>> variants = new ArrayList<>(); // the history, then with one event less each
    variants.add(seen);
    for (int i = 0; i < seen.size() && seen.size() > 1; i++) {
      List<Event> without = new ArrayList<>(seen);
      without.remove(i);
      variants.add(without);
    }
    try (Scope scope = Scope.inference()) {
      Histories histories = Known.of(variants, catalogue).histories();
      SequenceBatch batch =
          Windows.latest(histories, length).inOrder(variants.size(), RowLayout.FULL).get(0).batch();
      SequenceTensors in = SequenceTensors.of(batch, model.device());
      Tensor users = model.encode(in, items); // [variants, D], in the order of the variants
      Map<String, List<Double>> gates = new LinkedHashMap<>();
      model
          .gates(in, items)
          .forEach((name, weights) -> gates.put(name, doubles(weights.select(0, 0))));
      List<Reason> reasons = new ArrayList<>();
      for (Scored item : answer.items()) {
        Tensor vector = items.table().narrow(0, catalogue.index(item.item()).orElseThrow(), 1);
        reasons.add(
            new Reason(item, shares(users.narrow(0, 0, 1), vector), influence(users, vector)));
      }
      return new Explanation(answer, seen, gates, reasons);
    }
  }

  private Map<String, Double> shares(Tensor user, Tensor vector) {
    List<String> parts = model.parts();
    if (parts.size() == 1) {
      return Map.of(parts.get(0), Ops.value(model.score(user, vector)));
    }
    Tensor products = user.mul(vector).squeeze(0);
    long width = products.size(0) / parts.size();
    Map<String, Double> shares = new LinkedHashMap<>();
    for (int p = 0; p < parts.size(); p++) {
      shares.put(parts.get(p), Ops.value(products.narrow(0, p * width, width).sum()));
    }
    return shares;
  }

  private List<Double> influence(Tensor users, Tensor vector) {
    List<Double> scores = doubles(model.score(users, vector));
    if (scores.size() == 1) {
      return List.of(scores.get(0)); // a single event carries the whole score
    }
    return scores.subList(1, scores.size()).stream().map(s -> scores.get(0) - s).toList();
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

  private static List<Double> doubles(Tensor x) {
    List<Double> values = new ArrayList<>();
    for (float value : Ops.floats(x)) {
      values.add((double) value);
    }
    return values;
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
