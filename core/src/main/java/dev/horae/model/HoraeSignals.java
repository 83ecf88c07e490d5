package dev.horae.model;

import dev.horae.data.Catalogue;
import dev.horae.data.FeatureTable;
import dev.horae.data.Windows;
import dev.horae.data.Workers;
import dev.horae.model.HoraeFactor.Signal;
import dev.horae.sequence.Scorer;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * What {@link Horae}'s factors are functions of: for a history and each {@link Signal} one value
 * per item, but for those of the day, which {@link HoraeTrend} has. Cosines and the scores of
 * networks are dense, popularity is the same for all histories, all others are sums of few rows.
 */
final class HoraeSignals implements AutoCloseable {

  private static final int BLOCK = 128; // histories that networks score at once
  private static final int DENSE = 8 << 20; // most values of one network at once
  private static final Signal[] COSINES_OF_USERS = {
    Signal.TOGETHER, Signal.TOGETHER_WITH_LAST, Signal.TAKEN_WITH_LIKE
  };
  private static final Signal[] NETWORKS = {Signal.NETWORK, Signal.SECOND_NETWORK};

  private final int newest;
  private final int rows; // N + 1
  private final int trained; // of N
  private final HoraeCounts counts;
  private final boolean hasWords;
  private final HoraeWords words;
  private final HoraeRows takenWithLike; // taken together with neighbours in words; see HoraeCounts
  private final HoraeRows.Sums counting; // of who adds events
  private final Map<String, HoraeVectors> vectors = new LinkedHashMap<>(); // by modality
  private final Map<Signal, Scorer> towers = new EnumMap<>(Signal.class);

  /**
   * @param newest events that are read of a history
   * @param items cold ones included, behind the others
   * @param trained how many have events
   * @param vectors tables of {@code items}
   * @param towers at most two; they score the same items, or all but the cold ones; closed with
   *     this
   */
  HoraeSignals(
      int newest,
      HoraeCounts counts,
      Catalogue items,
      int trained,
      Iterable<FeatureTable> vectors,
      List<Scorer> towers) {
    this.newest = newest;
    this.counts = counts;
    rows = items.size() + 1;
    this.trained = trained;
    Map<String, Supplier<HoraeVectors>> ahead = new LinkedHashMap<>(); // by modality
    for (FeatureTable table : vectors) {
      ahead.put(table.modality(), Workers.ahead(() -> HoraeVectors.of(table)));
    }
    hasWords = HoraeWords.any(items);
    words = new HoraeWords(items, trained);
    takenWithLike = HoraeRows.of(counts.inverseNorms, this::addTakenWithLike, counts);
    counting = new HoraeRows.Sums(rows);
    ahead.forEach((modality, made) -> this.vectors.put(modality, made.get()));
    for (int t = 0; t < towers.size(); t++) {
      this.towers.put(NETWORKS[t], towers.get(t));
    }
  }

  private void addTakenWithLike(int item, HoraeRows.Sums sums) {
    words.eachNeighbour(
        item,
        (like, share) -> counts.together.addTo(sums, like, share * counts.inverseNorms[like]));
  }

  /** Counts one more event; see {@link HoraeCounts#add}. */
  int[] add(int user, int item) {
    synchronized (counts) { // whose rows others make when they are asked for
      return counts.add(user, item);
    }
  }

  /**
   * Makes the rows anew that the events which were added have changed, but for those of items with
   * very many events, and of neighbours in words.
   */
  void renew() {
    synchronized (counts) {
      counts.renew(this::outdateThoseLike, counting);
    }
  }

  private void outdateThoseLike(int item) {
    for (int other : words.neighbourOf(item)) {
      takenWithLike.outdate(other);
    }
  }

  /** Makes one more row anew. {@return whether there was one} */
  boolean renewNext() {
    synchronized (counts) {
      if (counts.followers.renewNext(counting) >= 0) {
        return true;
      }
      int item = counts.together.renewNext(counting);
      if (item >= 0) {
        outdateThoseLike(item);
        return true;
      }
      return takenWithLike.renewNext(counting) >= 0;
    }
  }

  /** {@return whether there is anything that it could be taken from} */
  boolean has(Signal signal) {
    return switch (signal) {
      case TEXT, TEXT_OF_LAST, IMAGE, IMAGE_OF_LAST -> vectors(signal) != null;
      case NETWORK, SECOND_NETWORK -> towers.containsKey(signal);
      case WORDS, TAKEN_WITH_LIKE -> hasWords;
      default -> true;
    };
  }

  /** {@return the vectors that a cosine is taken of; null where it is none, or there are none} */
  @Nullable HoraeVectors vectors(Signal signal) {
    return switch (signal) {
      case TEXT, TEXT_OF_LAST -> vectors.get("text");
      case IMAGE, IMAGE_OF_LAST -> vectors.get("image");
      default -> null;
    };
  }

  /** {@return how many users there are} */
  int users() {
    return counts.users();
  }

  /** {@return how many users an item has, see {@link HoraeCounts#popularity}} */
  float popularity(int item) {
    return counts.popularity[item];
  }

  boolean isNetwork(Signal signal) {
    return towers.containsKey(signal);
  }

  /** {@return whether it has a value for nearly every item} */
  boolean isDense(Signal signal) {
    return isNetwork(signal) || vectors(signal) != null;
  }

  /**
   * The signals of one history, until the next is read: of one thread at a time, and kept for
   * further histories, as it has room for as many values as there are items, several times.
   */
  final class Values {
    private final Map<Signal, HoraeRows.Sums> sums = new EnumMap<>(Signal.class);
    private final Map<Signal, float[]> dense = new EnumMap<>(Signal.class);
    private final Set<Signal> known = EnumSet.noneOf(Signal.class); // of the dense ones
    private Map<Signal, FloatBuffer> networks = Map.of(); // of a block, [histories, N + 1]
    private int place; // in the block
    private int[] history = {};
    private float[] shares = {}; // of the newest events
    private long day;
    private double basket;

    /** {@return the value of an item} */
    float of(Signal signal, int item) {
      return isDense(signal) ? dense(signal)[item] : sums(signal).of(item);
    }

    /** {@return the items that have one, of a signal that is not dense} */
    HoraeRows.Sums sums(Signal signal) {
      return sums.computeIfAbsent(signal, s -> new HoraeRows.Sums(rows));
    }

    /** {@return the values of a dense signal, [N + 1]} */
    float[] dense(Signal signal) {
      float[] values = dense.computeIfAbsent(signal, s -> new float[rows]);
      if (known.add(signal)) {
        HoraeVectors table = vectors(signal);
        if (table != null) {
          table.multiply(new float[][] {query(signal)}, new float[][] {values});
        } else {
          Objects.requireNonNull(networks.get(signal)).get(place * rows, values);
        }
      }
      return values;
    }

    /** {@return which of its block's histories it is, from 0} */
    int place() {
      return place;
    }

    /** {@return the vector whose cosines with all items a signal is} */
    float[] query(Signal cosine) {
      float[] query = Objects.requireNonNull(vectors(cosine)).zeros();
      addTo(query, cosine, 1);
      return query;
    }

    /** Adds {@code times} the vector whose cosines with all items a signal is. */
    void addTo(float[] query, Signal cosine, float times) {
      HoraeVectors table = Objects.requireNonNull(vectors(cosine));
      boolean ofLast = cosine == Signal.TEXT_OF_LAST || cosine == Signal.IMAGE_OF_LAST;
      int events = ofLast ? Math.min(1, shares.length) : shares.length;
      for (int k = 0; k < events; k++) {
        table.add(query, history[history.length - 1 - k], ofLast ? times : times * shares[k]);
      }
    }

    /** Gives the items that have one, in no order. */
    void each(Signal signal, HoraeRows.Reader reader) {
      if (isDense(signal)) {
        float[] values = dense(signal);
        for (int item = 1; item < rows; item++) {
          reader.read(item, values[item]);
        }
      } else {
        sums(signal).each(reader);
      }
    }

    /** {@return the day of asking, that of the newest event} */
    long day() {
      return day;
    }

    /** {@return the log of how many events there were within a day of the newest} */
    double basket() {
      return basket;
    }

    /**
     * @param history items, oldest first
     * @param when times of these
     */
    private void read(int place, int[] history, long[] when) {
      this.place = place;
      readQueries(history, when);
      known.clear();
      sums.values().forEach(HoraeRows.Sums::clear);
      readTables();
      readTimes(when);
    }

    /** Reads what {@link #query} and {@link #basket} tell, and nothing else. */
    private void readQueries(int[] history, long[] when) {
      this.history = history;
      shares = shares(history.length);
      basket = basketOf(when);
    }

    private void readTables() {
      for (int k = 0; k < shares.length; k++) {
        int item = history[history.length - 1 - k];
        float cosineShare = shares[k] * counts.inverseNorms[item];
        counts.followers.addTo(sums(Signal.FOLLOWERS), item, shares[k]);
        counts.together.addTo(sums(Signal.TOGETHER), item, cosineShare);
        words.alike.addTo(sums(Signal.WORDS), item, shares[k]);
        takenWithLike.addTo(sums(Signal.TAKEN_WITH_LIKE), item, shares[k]);
        if (k == 0) {
          counts.together.addTo(sums(Signal.TOGETHER_WITH_LAST), item, counts.inverseNorms[item]);
        }
      }
      for (Signal cosine : COSINES_OF_USERS) {
        sums(cosine).multiply(counts.inverseNorms);
      }
    }

    private void readTimes(long[] when) {
      HoraeRows.Sums taken = sums(Signal.TAKEN);
      HoraeRows.Sums since = sums(Signal.SINCE_TAKEN);
      long now = when.length == 0 ? 0 : when[when.length - 1];
      day = HoraeTrend.day(now);
      for (int e = history.length - 1; e >= 0; e--) {
        sums(Signal.TAKEN_SHARE).add(history[e], 1f / history.length);
        if (taken.of(history[e]) == 0) {
          taken.add(history[e], 1);
          since.add(history[e], (float) Math.log1p((now - when[e]) / (double) HoraeTrend.DAY));
        }
      }
    }
  }

  /** {@return the log of how many of {@code times} are within a day of the last} */
  private static double basketOf(long[] times) {
    int first = times.length;
    while (first > 0 && times[times.length - 1] - times[first - 1] < HoraeTrend.DAY) {
      first--;
    }
    return Math.log(Math.max(1, times.length - first));
  }

  /** {@return 1/k for the k-th newest event, made to add up to 1} */
  private float[] shares(int length) {
    float[] shares = new float[Math.min(newest, length)];
    double total = 0;
    for (int k = 0; k < shares.length; k++) {
      total += 1.0 / (k + 1);
    }
    for (int k = 0; k < shares.length; k++) {
      shares[k] = (float) (1.0 / (k + 1) / total);
    }
    return shares;
  }

  interface Reader {
    /** Looks at the signals of window {@code w}. */
    void read(int w, Values signals);
  }

  /** What is done with the queries of each window of a block before its windows are read. */
  interface Ahead {
    /**
     * @param next reads the queries of the n-th window, n from 0
     */
    void of(int windows, IntConsumer next);
  }

  /** Gives the signals of some windows to {@code reader}, one after the other. */
  void each(Windows windows, int[] which, Values signals, Reader reader) {
    each(windows, which, signals, (count, next) -> {}, reader);
  }

  /**
   * As {@link #each(Windows, int[], Values, Reader)}, each block to {@code ahead} before its
   * windows.
   */
  void each(Windows windows, int[] which, Values signals, Ahead ahead, Reader reader) {
    int size = Math.max(1, Math.min(BLOCK, DENSE / rows));
    for (int start = 0; start < which.length; start += size) {
      int[] some = Arrays.copyOfRange(which, start, Math.min(which.length, start + size));
      Windows block = windows.some(some);
      try (Scope scope = Scope.inference()) {
        signals.networks = new EnumMap<>(Signal.class);
        towers.forEach(
            (signal, tower) -> signals.networks.put(signal, Ops.view(network(tower, block))));
        ahead.of(some.length, b -> signals.readQueries(block.items(b), block.times(b)));
        for (int b = 0; b < some.length; b++) {
          signals.read(b, block.items(b), block.times(b));
          reader.read(some[b], signals);
        }
      }
    }
  }

  /**
   * {@return what a tower scores, less the mean and divided by the standard deviation of the items
   * that have events, [windows, N + 1]} Cold items that it does not know get 0.
   */
  private Tensor network(Scorer tower, Windows windows) {
    Tensor found = torch.zeros(windows.count(), rows);
    FloatBuffer memory = Ops.view(found);
    int known = tower.itemRows() - 1;
    Map<Integer, Integer> places = new HashMap<>();
    for (int b = 0; b < windows.count(); b++) {
      places.put(windows.history(b), b);
    }
    tower.score(
        windows.newest(tower.maxLength()),
        0,
        windows.count(),
        (history, scores) -> {
          tower.requireFinite(scores, () -> "history " + (history + 1), Integer::toString);
          int place = Objects.requireNonNull(places.get(history));
          memory.put(place * rows + 1, scores, 1, known);
        });
    Tensor scores = found.narrow(1, 1, known);
    Tensor ofTrained = found.narrow(1, 1, trained); // cold ones move no score of the others
    scores.sub_(ofTrained.mean(new long[] {1}, true, new ScalarTypeOptional()));
    scores.div_(
        ofTrained
            .square()
            .mean(new long[] {1}, true, new ScalarTypeOptional())
            .sqrt()
            .clamp_min(new Scalar(1e-6)));
    return found;
  }

  @Override
  public void close() {
    towers.values().forEach(Scorer::close);
  }
}
