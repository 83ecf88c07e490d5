package dev.horae.service;

import dev.horae.data.Catalogue;
import dev.horae.features.ContentEncoder;
import dev.horae.index.VectorTable;
import dev.horae.model.Horae;
import dev.horae.run.RunDirectory;
import dev.horae.run.TrainedRun;
import dev.horae.sequence.NetworkScorer;
import dev.horae.sequence.Scorer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A run that is open and scores. Whoever uses it holds a {@link Lease}; it is closed when it was
 * let go of and the last lease has ended, so that a swap breaks no answer.
 */
final class LoadedModel {

  /** Uses the model until it is closed. */
  interface Lease extends AutoCloseable {
    LoadedModel model();

    @Override
    void close();
  }

  /**
   * What is counted of an event: thousands are counted together, and their properties may be large.
   *
   * @param time seconds since 1970-01-01 UTC
   */
  record Event(String user, String item, long time) {}

  private final String name;
  private final TrainedRun run;
  private final Scorer scorer;
  private final int ownItems;
  private final SharedEncoder encoder;
  private final ScoringQueue queue;
  private final @Nullable VectorTable table; // null where all items are always scored
  private final BestItems best;
  private final Shelf shelf;
  private final Catalogue catalogue;
  private final int[] popular; // item indices, the most frequent first
  private final Map<String, Integer> userNumbers = new HashMap<>(); // of users with counted events
  private int nextUser; // guarded by userNumbers
  private int leases = 1; // one of its owner
  private final Object content = new Object(); // guards what only some requests need
  private @Nullable SimilarItems similar;

  /**
   * @param run what was opened, with what the shop told of since
   * @param ownItems how many of its items the run has on the disk
   * @param encoder of the run; released with the model
   * @param workers how many score at once
   * @param depth how many histories may wait
   * @param indexAbove a model of more items may have an index; 0: none has
   */
  LoadedModel(
      String name,
      TrainedRun run,
      int ownItems,
      SharedEncoder encoder,
      Items items,
      int workers,
      int depth,
      int indexAbove) {
    this.name = name;
    this.ownItems = ownItems;
    this.run = run;
    this.encoder = encoder;
    catalogue = run.allItems();
    popular = run.counts().mostFrequent();
    scorer = run.scorerOfAllItems();
    nextUser = scorer instanceof Horae horae ? horae.users() : 0;
    ScoringQueue opened = null;
    try {
      table = table(scorer, indexAbove);
      opened = new ScoringQueue(name, scorer, workers, depth);
      queue = opened;
      best = new BestItems(scorer, queue, table);
      shelf = items.shelf(this);
    } catch (RuntimeException | Error e) {
      if (opened != null) {
        opened.close();
      }
      scorer.close();
      throw e;
    }
    encoder.hold();
  }

  private static @Nullable VectorTable table(Scorer scorer, int indexAbove) {
    if (indexAbove == 0
        || scorer.itemRows() - 1 <= indexAbove
        || !(scorer instanceof NetworkScorer network)
        || !network.scoresByProduct()) {
      return null;
    }
    List<FloatBuffer> blocks = network.itemBlocks(VectorTable.blockRows(network.width()));
    return blocks.isEmpty() ? null : new VectorTable(blocks, scorer.itemRows(), network.width());
  }

  static TrainedRun open(Path directory) {
    return TrainedRun.open(RunDirectory.open(directory));
  }

  String name() {
    return name;
  }

  /** {@return what tells this model from the same name's other ones: the run's id, shortened} */
  String version() {
    String id = run.provenance().id();
    return id.substring(0, Math.min(12, id.length()));
  }

  TrainedRun run() {
    return run;
  }

  Scorer scorer() {
    return scorer;
  }

  ScoringQueue queue() {
    return queue;
  }

  /** {@return what finds the best items} */
  BestItems best() {
    return best;
  }

  /** {@return the vectors of all items, until it is closed; null where all are always scored} */
  @Nullable VectorTable table() {
    return table;
  }

  /** {@return what may be recommended with it} */
  Shelf shelf() {
    return shelf;
  }

  /** {@return what it scores: those without events included, behind the others} */
  Catalogue catalogue() {
    return catalogue;
  }

  /** {@return what finds similar items; made when it is first asked for} */
  SimilarItems similar() {
    synchronized (content) {
      SimilarItems there = similar;
      if (there == null) {
        there = SimilarItems.of(run, scorer);
        similar = there;
      }
      return there;
    }
  }

  /** {@return what encodes texts and pictures as the run's were} */
  ContentEncoder encoder() {
    return encoder.get();
  }

  /** {@return how many of these the run had when it was trained} */
  int ownItems() {
    return ownItems;
  }

  OptionalInt index(String item) {
    return catalogue.index(item);
  }

  /** {@return the items by their training events, the most frequent first} */
  int[] popular() {
    return popular;
  }

  /** {@return events of an item in training; 0 for one that had none} */
  int trainingEvents(int item) {
    int[] counts = run.counts().items();
    return item < counts.length ? counts[item] : 0;
  }

  /** {@return whether it counts events that came after those of its training} */
  boolean counts() {
    return scorer instanceof Horae;
  }

  /** Counts events that came after the training events, where the model counts. */
  void count(List<Event> events) {
    if (scorer instanceof Horae horae) {
      List<Horae.Event> counted = new ArrayList<>();
      for (Event event : events) {
        OptionalInt index = index(event.item());
        if (index.isPresent() && event.time() > run.provenance().time().last()) {
          counted.add(new Horae.Event(number(event.user()), index.getAsInt(), event.time()));
        }
      }
      horae.add(counted);
    }
  }

  private int number(String user) {
    synchronized (userNumbers) {
      return userNumbers.computeIfAbsent(user, u -> nextUser++);
    }
  }

  /** Counts what is left to count, see {@link Horae#settle}. {@return whether nothing is} */
  boolean settle(long nanos) {
    return !(scorer instanceof Horae horae) || horae.settle(nanos);
  }

  /** {@return the users whose events were counted} */
  Set<String> users() {
    synchronized (userNumbers) {
      return Set.copyOf(userNumbers.keySet());
    }
  }

  /** Takes users' names away; a later event of theirs is that of a new user. */
  void forget(Set<String> users) {
    synchronized (userNumbers) {
      userNumbers.keySet().removeAll(users);
    }
  }

  /** {@return a hold on it, to be ended} */
  synchronized Lease lease() {
    if (leases == 0) {
      throw new IllegalStateException(name + " is closed");
    }
    leases++;
    return new Lease() {
      private boolean ended;

      @Override
      public LoadedModel model() {
        return LoadedModel.this;
      }

      @Override
      public void close() {
        if (!ended) {
          ended = true;
          release();
        }
      }
    };
  }

  /** Ends a lease, or, once, the owner's hold. */
  void release() {
    synchronized (this) {
      leases--;
      if (leases > 0) {
        return;
      }
    }
    shelf.close();
    queue.close();
    scorer.close();
    encoder.release();
  }
}
