package dev.horae.model;

import dev.horae.data.Catalogue;
import dev.horae.data.FeatureTable;
import dev.horae.data.Windows;
import dev.horae.model.HoraeFactor.Signal;
import dev.horae.nn.Losses;
import dev.horae.sequence.Scorer;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * What {@link Horae}'s factors are functions of: for a history and each {@link Signal} one value
 * per item, but for those of the day, which {@link HoraeTrend} has. Cosines and the scores of
 * networks are dense, popularity is the same for all histories, all others are sums of few rows.
 */
final class HoraeSignals implements AutoCloseable {

  private static final int BLOCK = 128; // histories whose cosines are taken at once
  private static final int DENSE = 8 << 20; // most values of one signal at once
  private static final int COMPONENTS = 128; // of a vector
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
  private final Map<String, Tensor> vectors = new LinkedHashMap<>(); // unit rows, [N + 1, F]
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
    hasWords = HoraeWords.any(items);
    words = new HoraeWords(items, trained);
    takenWithLike = HoraeRows.of(counts.inverseNorms, this::addTakenWithLike);
    for (FeatureTable table : vectors) {
      this.vectors.put(table.modality(), unitRows(table));
    }
    for (int t = 0; t < towers.size(); t++) {
      this.towers.put(NETWORKS[t], towers.get(t));
    }
  }

  private void addTakenWithLike(int item, HoraeRows.Sums sums) {
    words.neighbours.each(
        item,
        (like, share) -> counts.together.addTo(sums, like, share * counts.inverseNorms[like]));
  }

  /** Counts one more event; see {@link HoraeCounts#add}. */
  void add(int user, int item) {
    int[] changed = counts.add(user, item);
    takenWithLike.renew(words.neighboursOf(changed), this::addTakenWithLike);
  }

  /** {@return whether there is anything that it could be taken from} */
  boolean has(Signal signal) {
    return switch (signal) {
      case TEXT, TEXT_OF_LAST -> vectors.containsKey("text");
      case IMAGE, IMAGE_OF_LAST -> vectors.containsKey("image");
      case NETWORK, SECOND_NETWORK -> towers.containsKey(signal);
      case WORDS, TAKEN_WITH_LIKE -> hasWords;
      default -> true;
    };
  }

  /** {@return how many users there are} */
  int users() {
    return counts.users();
  }

  /** {@return how many different users took an item} */
  float popularity(int item) {
    return counts.popularity[item];
  }

  boolean isDense(Signal signal) {
    return switch (signal) {
      case TEXT, TEXT_OF_LAST, IMAGE, IMAGE_OF_LAST, NETWORK, SECOND_NETWORK -> true;
      default -> false;
    };
  }

  /**
   * {@return the vectors less their mean, their first principal components if they have more, of
   * length 1; rows of zeros stay} 128 components rank as well as 384 do, in a third of the time.
   */
  private static Tensor unitRows(FeatureTable table) {
    int width = table.width();
    float[] values = table.values();
    boolean[] filled = new boolean[table.rows()];
    double[] mean = new double[width];
    int measured = 0;
    for (int i = 0; i < table.rows(); i++) {
      filled[i] = any(values, i, width);
      if (filled[i] && i < table.measured()) {
        measured++;
        for (int k = 0; k < width; k++) {
          mean[k] += values[i * width + k];
        }
      }
    }
    for (int i = 0; i < table.rows(); i++) {
      for (int k = 0; k < width && filled[i]; k++) {
        values[i * width + k] -= (float) (mean[k] / measured);
      }
    }
    try (Scope scope = Scope.inference()) {
      Tensor unit = Losses.unit(Ops.float32(values, table.rows(), width));
      if (width > COMPONENTS) {
        Tensor known = unit.narrow(0, 0, table.measured());
        Tensor axes = torch.linalg_eigh(known.t().matmul(known)).get1(); // variances ascending
        unit = Losses.unit(unit.matmul(axes.narrow(1, width - COMPONENTS, COMPONENTS)));
      }
      return scope.keep(unit);
    }
  }

  private static boolean any(float[] values, int row, int width) {
    for (int k = row * width; k < (row + 1) * width; k++) {
      if (values[k] != 0) {
        return true;
      }
    }
    return false;
  }

  /** The dense signals of a block of histories, each worked out when it is asked for. */
  final class Block {
    private final double[] baskets;
    private final Map<Signal, Cosine> cosines;
    private final Map<Signal, Tensor> dense; // [histories, N + 1]
    private final Map<Signal, FloatBuffer> views = new EnumMap<>(Signal.class);

    private Block(Windows windows, int[] which) {
      baskets = Arrays.stream(which).mapToDouble(w -> basketOf(windows.times(w))).toArray();
      cosines = cosines(windows, which);
      dense = new EnumMap<>(Signal.class);
      towers.forEach((signal, tower) -> dense.put(signal, network(tower, windows, which)));
    }

    /** {@return see {@link Values#basket}, of each history} */
    double[] baskets() {
      return baskets;
    }

    /** {@return a signal, [histories, N + 1]} */
    Tensor of(Signal signal) {
      return dense.computeIfAbsent(
          signal,
          s -> {
            Cosine cosine = Objects.requireNonNull(cosines.get(s));
            return cosine.query().matmul(cosine.vectors().t());
          });
    }

    private FloatBuffer view(Signal signal) {
      return views.computeIfAbsent(signal, s -> Ops.view(of(s)));
    }

    /**
     * {@return the sum of signals, each times its weights [histories, 1]} Cosines with the same
     * vectors are summed before they are taken.
     */
    Tensor sum(Map<Signal, Tensor> weights) {
      Tensor sum = torch.zeros(baskets.length, rows);
      vectors.forEach(
          (modality, table) -> {
            Tensor query = torch.zeros(baskets.length, table.size(1));
            cosines.forEach(
                (signal, cosine) -> {
                  if (cosine.modality().equals(modality)) {
                    query.addcmul_(cosine.query(), weights.get(signal));
                  }
                });
            sum.addmm_(query, table.t());
          });
      towers.keySet().forEach(signal -> sum.addcmul_(of(signal), weights.get(signal)));
      return sum;
    }
  }

  /**
   * A signal that is a product of vectors.
   *
   * @param modality of both
   * @param query of each history, [histories, F]
   * @param vectors of items, [N + 1, F]
   */
  private record Cosine(String modality, Tensor query, Tensor vectors) {}

  /** The signals of one history, until the next is read. */
  final class Values {
    private final Block block;
    private final Map<Signal, HoraeRows.Sums> sums;
    private int place; // in the block
    private long day;
    private double basket;

    private Values(Block block, Map<Signal, HoraeRows.Sums> sums) {
      this.block = block;
      this.sums = sums;
    }

    /** {@return the value of an item} */
    float of(Signal signal, int item) {
      return isDense(signal) ? block.view(signal).get(place * rows + item) : sums(signal).of(item);
    }

    /** {@return the items that have one, of a signal that is not dense} */
    HoraeRows.Sums sums(Signal signal) {
      return sums.computeIfAbsent(signal, s -> new HoraeRows.Sums(rows));
    }

    /** Gives the items that have one, in no order. */
    void each(Signal signal, HoraeRows.Reader reader) {
      if (isDense(signal)) {
        FloatBuffer values = block.view(signal);
        for (int item = 1; item < rows; item++) {
          reader.read(item, values.get(place * rows + item));
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
      basket = block.baskets[place];
      sums.values().forEach(HoraeRows.Sums::clear);
      readTables(history);
      readTimes(history, when);
    }

    private void readTables(int[] history) {
      float[] shares = shares(history.length);
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

    private void readTimes(int[] history, long[] when) {
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
    /**
     * Looks at the signals of window {@code w}.
     *
     * @param place in its block
     */
    void read(int w, int place, Values signals);
  }

  /** Gives the signals of some windows, ascending, to {@code reader}. */
  void each(Windows windows, int[] which, Reader reader) {
    each(windows, which, block -> {}, reader);
  }

  /** As the other, each block before its windows. */
  void each(Windows windows, int[] which, Consumer<Block> blocks, Reader reader) {
    Map<Signal, HoraeRows.Sums> sums = new EnumMap<>(Signal.class);
    int size = Math.max(1, Math.min(BLOCK, DENSE / rows));
    for (int start = 0; start < which.length; start += size) {
      int[] some = Arrays.copyOfRange(which, start, Math.min(which.length, start + size));
      try (Scope scope = Scope.inference()) {
        Block block = new Block(windows, some);
        blocks.accept(block);
        Values signals = new Values(block, sums);
        for (int b = 0; b < some.length; b++) {
          signals.read(b, windows.items(some[b]), windows.times(some[b]));
          reader.read(some[b], b, signals);
        }
      }
    }
  }

  private Map<Signal, Cosine> cosines(Windows windows, int[] which) {
    Map<Signal, Cosine> found = new EnumMap<>(Signal.class);
    if (!vectors.isEmpty()) {
      float[] mixtures = new float[which.length * newest];
      long[] items = new long[mixtures.length]; // 0 is a row of zeros
      long[] last = new long[which.length];
      for (int b = 0; b < which.length; b++) {
        int[] history = windows.items(which[b]);
        float[] shares = shares(history.length);
        for (int k = 0; k < shares.length; k++) {
          mixtures[b * newest + k] = shares[k];
          items[b * newest + k] = history[history.length - 1 - k];
        }
        last[b] = history.length == 0 ? 0 : history[history.length - 1];
      }
      Tensor mixture = Ops.float32(mixtures, which.length, 1, newest);
      Tensor events = Ops.int64(items, items.length);
      Tensor newestEvents = Ops.int64(last, last.length);
      vectors.forEach(
          (modality, table) -> {
            Tensor ofEvents = table.index_select(0, events);
            Tensor mean =
                mixture.matmul(ofEvents.view(which.length, newest, table.size(1))).squeeze(1);
            Tensor ofLast = table.index_select(0, newestEvents);
            boolean text = modality.equals("text");
            found.put(text ? Signal.TEXT : Signal.IMAGE, new Cosine(modality, mean, table));
            found.put(
                text ? Signal.TEXT_OF_LAST : Signal.IMAGE_OF_LAST,
                new Cosine(modality, ofLast, table));
          });
    }
    return found;
  }

  /**
   * {@return what a tower scores, less the mean and divided by the standard deviation of the items
   * that have events, [windows, N + 1]} Cold items that it does not know get 0.
   */
  private Tensor network(Scorer tower, Windows windows, int[] which) {
    Tensor found = torch.zeros(which.length, rows);
    FloatBuffer memory = Ops.view(found);
    int known = tower.itemRows() - 1;
    Map<Integer, Integer> places = new HashMap<>();
    for (int b = 0; b < which.length; b++) {
      places.put(windows.history(which[b]), b);
    }
    tower.score(
        windows.newest(tower.maxLength()),
        which[0],
        which[which.length - 1] + 1,
        (history, scores) -> {
          Integer place = places.get(history);
          if (place != null) {
            tower.requireFinite(scores, () -> "history " + (history + 1), Integer::toString);
            memory.put(place * rows + 1, scores, 1, known);
          }
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
    vectors.values().forEach(Tensor::close);
    towers.values().forEach(Scorer::close);
  }
}
