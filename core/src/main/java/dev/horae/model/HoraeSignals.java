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
import java.util.Map;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * What {@link Horae}'s factors are functions of: for a history and each {@link Signal} one value
 * per item, [N + 1], but for those of the day, which {@link HoraeTrend} has.
 */
final class HoraeSignals implements AutoCloseable {

  private static final int BLOCK = 128; // histories whose cosines are taken at once
  private static final int COMPONENTS = 128; // of a vector
  private static final Signal[] NETWORKS = {Signal.NETWORK, Signal.SECOND_NETWORK};
  private static final int COSINES = 8 << 20; // most values of one signal at once

  /**
   * What words say.
   *
   * @param likeFollowers of each item the neighbours in words of its followers
   * @param takenWithLike of each item what is taken together with its neighbours in words
   */
  private record Content(
      HoraeWords words, HoraeCounts.Rows likeFollowers, HoraeCounts.Rows takenWithLike) {

    static Content of(HoraeWords words, HoraeCounts counts) {
      HoraeCounts.Rows near = words.neighbours();
      return new Content(words, counts.followers.times(near), near.times(counts.together));
    }
  }

  private final int newest;
  private final int rows; // N + 1
  private final HoraeCounts counts;
  private final @Nullable Content content; // null where no item has words
  private final Map<String, Tensor> vectors = new LinkedHashMap<>(); // unit rows, [N + 1, F]
  private final Map<Signal, Scorer> towers = new EnumMap<>(Signal.class);
  private final float[] logPopularity;

  /**
   * @param newest events that are read of a history
   * @param items cold ones included, behind the others
   * @param trained how many have events
   * @param vectors tables of {@code items}
   * @param towers at most two; they score the same items, or all but the cold ones; closed with this
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
    for (int t = 0; t < towers.size(); t++) {
      this.towers.put(NETWORKS[t], towers.get(t));
    }
    rows = items.size() + 1;
    content = HoraeWords.any(items) ? Content.of(new HoraeWords(items, trained), counts) : null;
    for (FeatureTable table : vectors) {
      this.vectors.put(table.modality(), unitRows(table));
    }
    logPopularity = new float[rows];
    for (int item = 1; item < rows; item++) {
      logPopularity[item] = (float) Math.log1p(counts.popularity[item]);
    }
  }

  /** {@return whether there is anything that it could be taken from} */
  boolean has(Signal signal) {
    return switch (signal) {
      case TEXT, TEXT_OF_LAST -> vectors.containsKey("text");
      case IMAGE, IMAGE_OF_LAST -> vectors.containsKey("image");
      case NETWORK, SECOND_NETWORK -> towers.containsKey(signal);
      case WORDS, LIKE_FOLLOWERS, TAKEN_WITH_LIKE -> content != null;
      default -> true;
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

  /** The signals of one history, in arrays of [N + 1] that the next history overwrites. */
  final class Values {
    private final Map<Signal, float[]> values = new EnumMap<>(Signal.class);
    private long day; // of the newest event

    private Values() {
      values.put(Signal.POPULARITY, logPopularity);
    }

    float[] of(Signal signal) {
      return values.computeIfAbsent(signal, s -> new float[rows]);
    }

    /** {@return the day of asking, that of the newest event} */
    long day() {
      return day;
    }

    private float[] cleared(Signal signal) {
      float[] array = of(signal);
      Arrays.fill(array, 0);
      return array;
    }

    /**
     * @param history items, oldest first
     * @param when times of these
     */
    private void read(int[] history, long[] when) {
      float[] shares = shares(history.length);
      float[] followers = cleared(Signal.FOLLOWERS);
      float[] together = cleared(Signal.TOGETHER);
      for (int k = 0; k < shares.length; k++) {
        int item = history[history.length - 1 - k];
        counts.followers.add(item, shares[k], followers);
        counts.together.add(item, shares[k], together);
      }
      float[] togetherWithLast = cleared(Signal.TOGETHER_WITH_LAST);
      if (history.length > 0) {
        counts.together.add(history[history.length - 1], 1, togetherWithLast);
      }
      if (content != null) {
        readWords(content, history, shares);
      }
      readTimes(history, when);
    }

    private void readWords(Content content, int[] history, float[] shares) {
      float[] alike = cleared(Signal.WORDS);
      float[] likeFollowers = cleared(Signal.LIKE_FOLLOWERS);
      float[] takenWithLike = cleared(Signal.TAKEN_WITH_LIKE);
      for (int k = 0; k < shares.length; k++) {
        int item = history[history.length - 1 - k];
        content.words().add(item, shares[k], alike);
        content.likeFollowers().add(item, shares[k], likeFollowers);
        content.takenWithLike().add(item, shares[k], takenWithLike);
      }
    }

    private void readTimes(int[] history, long[] when) {
      float[] taken = cleared(Signal.TAKEN);
      float[] since = cleared(Signal.SINCE_TAKEN);
      long now = when.length == 0 ? 0 : when[when.length - 1];
      day = HoraeTrend.day(now);
      for (int e = 0; e < history.length; e++) {
        taken[history[e]] = 1;
        since[history[e]] = (float) Math.log1p((now - when[e]) / (double) HoraeTrend.DAY);
      }
    }
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
    void read(int w, int[] history, Values signals);
  }

  /** Gives the signals of some windows, ascending, to {@code reader}. */
  void each(Windows windows, int[] which, Reader reader) {
    Values signals = new Values();
    int size = Math.max(1, Math.min(BLOCK, COSINES / rows));
    for (int start = 0; start < which.length; start += size) {
      int[] block = Arrays.copyOfRange(which, start, Math.min(which.length, start + size));
      try (Scope scope = Scope.inference()) {
        Map<Signal, FloatBuffer> cosines = cosines(windows, block);
        Map<Signal, float[][]> networks = new EnumMap<>(Signal.class);
        towers.forEach((signal, tower) -> networks.put(signal, network(tower, windows, block)));
        for (int b = 0; b < block.length; b++) {
          int[] history = windows.items(block[b]);
          signals.read(history, windows.times(block[b]));
          for (Map.Entry<Signal, FloatBuffer> entry : cosines.entrySet()) {
            entry.getValue().get(b * rows, signals.of(entry.getKey()));
          }
          for (Map.Entry<Signal, float[][]> entry : networks.entrySet()) {
            signals.values.put(entry.getKey(), entry.getValue()[b]);
          }
          reader.read(block[b], history, signals);
        }
      }
    }
  }

  /** {@return the cosines of vectors, row-major [windows, N + 1]} */
  private Map<Signal, FloatBuffer> cosines(Windows windows, int[] which) {
    Map<Signal, FloatBuffer> found = new EnumMap<>(Signal.class);
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
            Tensor mean =
                mixture
                    .matmul(table.index_select(0, events).view(which.length, newest, table.size(1)))
                    .squeeze(1);
            boolean text = modality.equals("text");
            found.put(text ? Signal.TEXT : Signal.IMAGE, Ops.view(mean.matmul(table.t())));
            found.put(
                text ? Signal.TEXT_OF_LAST : Signal.IMAGE_OF_LAST,
                Ops.view(table.index_select(0, newestEvents).matmul(table.t())));
          });
    }
    return found;
  }

  /**
   * {@return what a tower scores, less its mean and divided by its standard deviation,
   * [windows][N + 1]} Cold items that it does not know get 0.
   */
  private float[][] network(Scorer tower, Windows windows, int[] which) {
    float[][] found = new float[which.length][];
    if (which.length > 0) {
      Map<Integer, Integer> places = new HashMap<>();
      for (int b = 0; b < which.length; b++) {
        places.put(windows.history(which[b]), b);
      }
      tower.score(
          windows.newest(tower.maxLength()),
          which[0],
          which[which.length - 1] + 1,
          (history, scores) -> {
            if (places.containsKey(history)) {
              tower.requireFinite(scores, () -> "history " + (history + 1), Integer::toString);
              found[places.get(history)] = standardised(scores);
            }
          });
    }
    return found;
  }

  private float[] standardised(float[] scores) {
    double sum = 0;
    double squares = 0;
    for (int item = 1; item < scores.length; item++) {
      sum += scores[item];
      squares += (double) scores[item] * scores[item];
    }
    int items = scores.length - 1;
    double mean = sum / items;
    double deviation = Math.sqrt(Math.max(1e-12, squares / items - mean * mean));
    float[] standard = new float[rows];
    for (int item = 1; item < scores.length; item++) {
      standard[item] = (float) ((scores[item] - mean) / deviation);
    }
    return standard;
  }

  @Override
  public void close() {
    vectors.values().forEach(Tensor::close);
    towers.values().forEach(Scorer::close);
  }
}
