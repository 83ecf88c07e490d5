package dev.horae.model;

import static dev.horae.config.InvalidValue.unless;

import dev.horae.config.Default;
import dev.horae.config.Doc;
import dev.horae.config.Names;
import dev.horae.data.Catalogue;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.Split;
import dev.horae.data.TopK;
import dev.horae.data.Windows;
import dev.horae.data.Workers;
import dev.horae.sequence.Explanation;
import dev.horae.sequence.Scorer;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Horae's own model: a log-linear product of counts, content and clocks. An item scores the
 * weighted sum of {@link Factor}s, each the logarithm of something that is counted or compared: how
 * often it followed the newest items of the history, how often the same users took it, how much its
 * words, its text's vector and its picture's are like theirs, how popular it is, how popular it was
 * lately, and whether the user had it before. Each of these speaks alone where the others are
 * silent, and in a product each can forbid: that is what a sum cannot.
 *
 * <p>Counts come from the training events, the weights (about twenty) from the validation targets,
 * which no count has seen; see {@link RankingHead}. Of time it reads when the newest event
 * happened, and nothing that happened later, but for counts without a time, which read all training
 * events, as every vector of an item does. docs/own-model.md has what each factor is worth.
 */
public final class Horae implements Scorer {

  @Doc("counts, content and clocks in one log-linear product, weights fitted on validation (ours)")
  public record Config(
      @Default("10") @Doc("newest events of a history that are read; the newest counts most")
          int newest,
      @Default("8000") @Doc("most validation users that weights are fitted on") int fittedUsers,
      @Default("none")
          @Doc("network whose scores are one more factor: a model or preset, such as hm4sr-paper")
          String tower)
      implements ModelConfig {

    public Config {
      unless(newest > 0, "newest", newest, "is not positive", "try 10");
      unless(fittedUsers > 0, "fitted_users", fittedUsers, "is not positive", "try 8000");
    }

    @Override
    public Set<String> modalities() {
      return Set.of("text", "image");
    }

    @Override
    public boolean seeded() {
      return hasTower();
    }

    /** {@return whether a network is trained as well} */
    public boolean hasTower() {
      return !tower.equals("none");
    }
  }

  /**
   * What a factor is a function of, one value per item for a history: means over its newest events,
   * the k-th newest weighing 1/k, or the newest event alone.
   */
  private enum Signal {
    FOLLOWERS,
    TOGETHER,
    TOGETHER_WITH_LAST,
    LIKE_FOLLOWERS, // neighbours in words of the followers
    TAKEN_WITH_LIKE, // taken together with neighbours in words
    WORDS,
    TEXT,
    TEXT_OF_LAST,
    IMAGE,
    IMAGE_OF_LAST,
    POPULARITY,
    LATELY,
    LONGER,
    AGE,
    UNBORN,
    TAKEN,
    SINCE_TAKEN,
    NETWORK; // scores of the tower, in standard deviations

    /** {@return whether it depends on nothing but the day} */
    boolean tellsTime() {
      return this == LATELY || this == LONGER || this == AGE || this == UNBORN;
    }
  }

  /** Under what explanations add factors up, and how they say that it is the chief reason. */
  private enum Group {
    AFTER("taken after", "often taken after", true),
    TOGETHER("taken together", "taken by users of", true),
    WORDS("words", "words like", true),
    TEXT("text", "text like", true),
    IMAGE("image", "picture like", true),
    POPULARITY("popularity", "popular", false),
    TREND("trend", "popular lately", false),
    REPEAT("repeat", "taken before", false),
    NETWORK("network", "the network", false);

    private final String title;
    private final String reason;
    private final boolean ofAnEvent;

    Group(String title, String reason, boolean ofAnEvent) {
      this.title = title;
      this.reason = reason;
      this.ofAnEvent = ofAnEvent;
    }

    /** {@return the reason, with the number of the event that the score would fall most without} */
    String inWords(List<Double> influence) {
      int most = 0;
      for (int e = 1; e < influence.size(); e++) {
        most = influence.get(e) > influence.get(most) ? e : most;
      }
      return ofAnEvent && !influence.isEmpty() ? reason + " #" + (most + 1) : reason;
    }
  }

  /**
   * One factor of the product.
   *
   * @param epsilon the factor is log(1 + signal / epsilon), which is 0 without evidence; 0 stands
   *     for the signal itself
   */
  private record Factor(Group group, Signal signal, double epsilon) {

    static final List<Factor> ALL =
        List.of(
            new Factor(Group.AFTER, Signal.FOLLOWERS, 1e-4),
            new Factor(Group.AFTER, Signal.LIKE_FOLLOWERS, 1e-4),
            new Factor(Group.TOGETHER, Signal.TOGETHER, 1e-3),
            new Factor(Group.TOGETHER, Signal.TOGETHER_WITH_LAST, 1e-3),
            new Factor(Group.TOGETHER, Signal.TAKEN_WITH_LIKE, 1e-3),
            new Factor(Group.WORDS, Signal.WORDS, 1e-2),
            new Factor(Group.WORDS, Signal.WORDS, 0),
            new Factor(Group.TEXT, Signal.TEXT, 1e-2),
            new Factor(Group.TEXT, Signal.TEXT, 0),
            new Factor(Group.TEXT, Signal.TEXT_OF_LAST, 0),
            new Factor(Group.IMAGE, Signal.IMAGE, 0),
            new Factor(Group.IMAGE, Signal.IMAGE_OF_LAST, 0),
            new Factor(Group.POPULARITY, Signal.POPULARITY, 0),
            new Factor(Group.TREND, Signal.LATELY, 0),
            new Factor(Group.TREND, Signal.LONGER, 0),
            new Factor(Group.TREND, Signal.AGE, 0),
            new Factor(Group.TREND, Signal.UNBORN, 0),
            new Factor(Group.REPEAT, Signal.TAKEN, 0),
            new Factor(Group.REPEAT, Signal.SINCE_TAKEN, 0),
            new Factor(Group.NETWORK, Signal.NETWORK, 0));

    /** {@return the name under which its weight is kept} */
    String key() {
      return (epsilon == 0 ? "" : "log ") + signal.name().toLowerCase(Locale.ROOT);
    }

    double of(double signal) {
      return epsilon == 0 ? signal : signal > 0 ? Logarithm.of(1 + signal / epsilon) : 0;
    }
  }

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

  private static final int BLOCK = 128; // histories whose cosines are taken at once
  private static final int TRENDS = 128 << 20; // bytes that are kept, newly asked days first
  private static final int CANDIDATES = 120; // the best by each signal, for fitting
  private static final int DRAWN = 100; // candidates that stand for all others
  private static final Signal[] SEARCHED = {
    Signal.FOLLOWERS,
    Signal.TOGETHER,
    Signal.LIKE_FOLLOWERS,
    Signal.TAKEN_WITH_LIKE,
    Signal.WORDS,
    Signal.TEXT,
    Signal.IMAGE,
    Signal.POPULARITY
  };

  private final Config config;
  private final int rows; // N + 1
  private final HoraeCounts counts;
  private final @Nullable Content content; // null where no item has words
  private final Map<String, Tensor> vectors = new LinkedHashMap<>(); // unit rows, [N + 1, F]
  private final Optional<Scorer> tower;
  private final float[] logPopularity;
  private final List<Factor> factors;
  private double[] weights; // of the factors; all 0 until they are fitted
  private final Map<Long, float[]> trends = trends(); // by day; guarded by itself

  /**
   * @param training what the counts are of
   * @param items cold ones included, behind the others
   * @param trained how many have events
   * @param tables of vectors of {@code items}
   * @param tower scores the same items, or all but the cold ones
   */
  private Horae(
      Config config,
      Histories training,
      Catalogue items,
      int trained,
      List<FeatureTable> tables,
      Optional<Scorer> tower) {
    this.config = config;
    this.tower = tower;
    rows = items.size() + 1;
    counts = new HoraeCounts(training, items.size());
    content = HoraeWords.any(items) ? Content.of(new HoraeWords(items, trained), counts) : null;
    for (FeatureTable table : tables) {
      vectors.put(table.modality(), unitRows(table));
    }
    logPopularity = new float[rows];
    for (int item = 1; item < rows; item++) {
      logPopularity[item] = (float) Math.log1p(counts.popularity[item]);
    }
    factors = Factor.ALL.stream().filter(this::known).toList();
    weights = new double[factors.size()];
  }

  private boolean known(Factor factor) {
    return switch (factor.signal()) {
      case TEXT, TEXT_OF_LAST -> vectors.containsKey("text");
      case IMAGE, IMAGE_OF_LAST -> vectors.containsKey("image");
      case NETWORK -> tower.isPresent();
      case WORDS, LIKE_FOLLOWERS, TAKEN_WITH_LIKE -> content != null;
      default -> true;
    };
  }

  /**
   * Counts the training events and fits the weights to the validation targets.
   *
   * @param split of the whole data set; test targets are not read
   * @param tables of vectors of {@code items}
   * @param tower a network that was trained on the same data, the model's to close
   */
  public static Horae fit(
      Config config,
      Split split,
      Catalogue items,
      List<FeatureTable> tables,
      Optional<Scorer> tower) {
    Horae model = new Horae(config, split.training(), items, items.size(), tables, tower);
    List<RankingHead.Question> questions = model.questions(split);
    model.weights = RankingHead.fit(questions, model.factors.size());
    return model;
  }

  /**
   * Opens a model that was fitted.
   *
   * @param items cold ones included, behind the {@code trained} others
   * @param weights as {@link #weights} gave them; a factor without one counts nothing
   */
  public static Horae of(
      Config config,
      Histories training,
      Catalogue items,
      int trained,
      List<FeatureTable> tables,
      Optional<Scorer> tower,
      Map<String, Double> weights) {
    Horae model = new Horae(config, training, items, trained, tables, tower);
    model.weights =
        model.factors.stream().mapToDouble(f -> weights.getOrDefault(f.key(), 0.0)).toArray();
    return model;
  }

  /** {@return the weight of every factor by its name} */
  public Map<String, Double> weights() {
    Map<String, Double> byName = new LinkedHashMap<>();
    for (int k = 0; k < weights.length; k++) {
      byName.put(factors.get(k).key(), weights[k]);
    }
    return byName;
  }

  /** {@return the vectors less their mean, of length 1; rows of zeros stay} */
  private static Tensor unitRows(FeatureTable table) {
    int width = table.width();
    float[] values = table.values();
    double[] mean = new double[width];
    int filled = 0;
    for (int i = 0; i < table.rows(); i++) {
      boolean any = any(values, i, width);
      if (any && i < table.measured()) {
        filled++;
        for (int k = 0; k < width; k++) {
          mean[k] += values[i * width + k];
        }
      }
    }
    for (int i = 0; i < table.rows(); i++) {
      if (any(values, i, width)) {
        double squares = 0;
        for (int k = 0; k < width; k++) {
          values[i * width + k] -= (float) (mean[k] / filled);
          squares += values[i * width + k] * values[i * width + k];
        }
        for (int k = 0; k < width; k++) {
          values[i * width + k] /= (float) Math.sqrt(Math.max(1e-12, squares));
        }
      }
    }
    try (Scope scope = Scope.inference()) {
      return scope.keep(Ops.float32(values, table.rows(), width));
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
  private final class Signals {
    private final Map<Signal, float[]> values = new EnumMap<>(Signal.class);
    private long now; // the time of the newest event
    private HoraeCounts.@Nullable Clock clock; // of then; null until it is asked

    Signals() {
      values.put(Signal.POPULARITY, logPopularity);
    }

    float[] of(Signal signal) {
      if (signal.tellsTime() && clock == null) {
        clock = counts.clock(now);
        values.put(Signal.LATELY, clock.lately());
        values.put(Signal.LONGER, clock.longer());
        values.put(Signal.AGE, clock.age());
        values.put(Signal.UNBORN, clock.unborn());
      }
      return values.computeIfAbsent(signal, s -> new float[rows]);
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
    void read(int[] history, long[] when) {
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
      now = when.length == 0 ? 0 : when[when.length - 1];
      clock = null;
      for (int e = 0; e < history.length; e++) {
        taken[history[e]] = 1;
        since[history[e]] = (float) Math.log1p((now - when[e]) / 86_400.0);
      }
    }
  }

  /** {@return 1/k for the k-th newest event, made to add up to 1} */
  private float[] shares(int length) {
    float[] shares = new float[Math.min(config.newest(), length)];
    double total = 0;
    for (int k = 0; k < shares.length; k++) {
      total += 1.0 / (k + 1);
    }
    for (int k = 0; k < shares.length; k++) {
      shares[k] = (float) (1.0 / (k + 1) / total);
    }
    return shares;
  }

  private interface Reader {
    /** Looks at the signals of window {@code w}. */
    void read(int w, int[] history, Signals signals);
  }

  /** Gives the signals of some windows to {@code reader}. */
  private void each(Windows windows, int[] which, Reader reader) {
    Signals signals = new Signals();
    for (int start = 0; start < which.length; start += BLOCK) {
      int[] block = Arrays.copyOfRange(which, start, Math.min(which.length, start + BLOCK));
      try (Scope scope = Scope.inference()) {
        Map<Signal, FloatBuffer> cosines = cosines(windows, block);
        float[][] network = network(windows, block);
        for (int b = 0; b < block.length; b++) {
          int[] history = windows.items(block[b]);
          signals.read(history, windows.times(block[b]));
          for (Map.Entry<Signal, FloatBuffer> entry : cosines.entrySet()) {
            entry.getValue().get(b * rows, signals.cleared(entry.getKey()));
          }
          if (tower.isPresent()) {
            signals.values.put(Signal.NETWORK, network[b]);
          }
          reader.read(block[b], history, signals);
        }
      }
    }
  }

  /**
   * {@return what the tower scores, less its mean and divided by its standard deviation,
   * [windows][N + 1]} Cold items that it does not know get 0.
   */
  private float[][] network(Windows windows, int[] which) {
    float[][] found = new float[which.length][];
    if (tower.isPresent() && which.length > 0) {
      Map<Integer, Integer> places = new HashMap<>();
      for (int b = 0; b < which.length; b++) {
        places.put(windows.history(which[b]), b);
      }
      Scorer scorer = tower.get();
      scorer.score(
          windows.newest(scorer.maxLength()),
          which[0],
          which[which.length - 1] + 1,
          (history, scores) -> {
            if (places.containsKey(history)) {
              scorer.requireFinite(scores, () -> "history " + (history + 1), Integer::toString);
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

  /** {@return the cosines of vectors, row-major [windows, N + 1]} */
  private Map<Signal, FloatBuffer> cosines(Windows windows, int[] which) {
    Map<Signal, FloatBuffer> found = new EnumMap<>(Signal.class);
    if (!vectors.isEmpty()) {
      float[] mixtures = new float[which.length * config.newest()];
      long[] items = new long[mixtures.length]; // 0 is a row of zeros
      long[] last = new long[which.length];
      for (int b = 0; b < which.length; b++) {
        int[] history = windows.items(which[b]);
        float[] shares = shares(history.length);
        for (int k = 0; k < shares.length; k++) {
          mixtures[b * config.newest() + k] = shares[k];
          items[b * config.newest() + k] = history[history.length - 1 - k];
        }
        last[b] = history.length == 0 ? 0 : history[history.length - 1];
      }
      Tensor mixture = Ops.float32(mixtures, which.length, 1, config.newest());
      Tensor events = Ops.int64(items, items.length);
      Tensor newest = Ops.int64(last, last.length);
      vectors.forEach(
          (modality, table) -> {
            Tensor mean =
                mixture
                    .matmul(
                        table
                            .index_select(0, events)
                            .view(which.length, config.newest(), table.size(1)))
                    .squeeze(1);
            boolean text = modality.equals("text");
            found.put(text ? Signal.TEXT : Signal.IMAGE, Ops.view(mean.matmul(table.t())));
            found.put(
                text ? Signal.TEXT_OF_LAST : Signal.IMAGE_OF_LAST,
                Ops.view(table.index_select(0, newest).matmul(table.t())));
          });
    }
    return found;
  }

  @Override
  public String name() {
    return Names.choice(getClass());
  }

  @Override
  public int itemRows() {
    return rows;
  }

  @Override
  public int maxLength() {
    return Histories.MOST_EVENTS; // whether an item was taken before, however long ago
  }

  @Override
  public void score(Windows windows, int from, int to, Receiver receiver) {
    float[] scores = new float[rows];
    each(
        windows,
        IntStream.range(from, to).toArray(),
        (w, history, signals) -> {
          System.arraycopy(trend(signals), 0, scores, 0, rows);
          for (int k = 0; k < weights.length; k++) {
            if (!factors.get(k).signal().tellsTime()) {
              addTo(scores, factors.get(k), weights[k], signals);
            }
          }
          scores[0] = Float.NEGATIVE_INFINITY;
          receiver.accept(windows.history(w), scores);
        });
  }

  /** {@return the sum of the factors that depend on nothing but the day, [N + 1]} */
  private float[] trend(Signals signals) {
    long day = HoraeCounts.day(signals.now);
    synchronized (trends) {
      float[] known = trends.get(day);
      if (known != null) {
        return known;
      }
    }
    float[] trend = new float[rows];
    for (int k = 0; k < weights.length; k++) {
      if (factors.get(k).signal().tellsTime()) {
        addTo(trend, factors.get(k), weights[k], signals);
      }
    }
    synchronized (trends) {
      trends.put(day, trend);
    }
    return trend;
  }

  private Map<Long, float[]> trends() {
    return new LinkedHashMap<>(16, 0.75f, true) {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<Long, float[]> eldest) {
        return size() > Math.max(2, TRENDS / (4L * rows));
      }
    };
  }

  private static void addTo(float[] scores, Factor factor, double weight, Signals signals) {
    float[] signal = signals.of(factor.signal());
    if (factor.epsilon() == 0) {
      float times = (float) weight;
      for (int item = 1; item < scores.length; item++) {
        scores[item] += times * signal[item];
      }
    } else {
      for (int item = 1; item < scores.length; item++) {
        if (signal[item] > 0) {
          scores[item] += (float) (weight * factor.of(signal[item]));
        }
      }
    }
  }

  /** What validation asks: each target among the best by every signal, and a sample of the rest. */
  private List<RankingHead.Question> questions(Split split) {
    Windows windows = Windows.before(split, Split.Part.VALID, maxLength());
    int asked = Math.min(config.fittedUsers(), windows.count());
    // Taken evenly, so that neither the first users of the log nor the last decide.
    int[] which =
        IntStream.range(0, asked).map(n -> (int) ((long) n * windows.count() / asked)).toArray();
    RankingHead.Question[] questions = new RankingHead.Question[windows.count()];
    Workers.each(
        (asked + BLOCK - 1) / BLOCK,
        block ->
            each(
                windows,
                Arrays.copyOfRange(which, block * BLOCK, Math.min(asked, (block + 1) * BLOCK)),
                (w, history, signals) -> {
                  int target = split.histories().items()[split.validTarget(windows.user(w))];
                  questions[w] = question(w, history, target, signals);
                }));
    return Arrays.stream(questions).filter(question -> question != null).toList();
  }

  private RankingHead.Question question(int w, int[] history, int target, Signals signals) {
    BitSet chosen = new BitSet(rows);
    TopK best = new TopK(CANDIDATES);
    for (Signal signal : SEARCHED) {
      float[] values = signals.of(signal);
      if (values != null) {
        best.clear();
        for (int item = 1; item < rows; item++) {
          if (values[item] > 0) {
            best.offer(item, values[item]);
          }
        }
        for (int item : best.indices()) {
          chosen.set(item);
        }
      }
    }
    for (int item : history) {
      chosen.set(item);
    }
    chosen.set(target);
    int sure = chosen.cardinality();
    int others = rows - 1 - sure;
    int drawn = Math.min(DRAWN, others);
    int[] items = Arrays.copyOf(chosen.stream().toArray(), sure + drawn);
    SplittableRandom random = new SplittableRandom(w);
    for (int n = sure; n < items.length; ) {
      int item = 1 + random.nextInt(rows - 1);
      if (!chosen.get(item)) {
        chosen.set(item);
        items[n++] = item;
      }
    }
    float[] values = new float[items.length * factors.size()];
    int at = 0;
    int place = 0;
    for (int n = 0; n < items.length; n++) {
      place = items[n] == target ? n : place;
      for (Factor factor : factors) {
        values[at++] = (float) factor.of(signals.of(factor.signal())[items[n]]);
      }
    }
    return new RankingHead.Question(values, place, sure, drawn == 0 ? 1 : others / (double) drawn);
  }

  /**
   * Shares are exact: they add up to the score. The chief reason is the group that says more for
   * the item than for all items on average, by the widest margin.
   */
  @Override
  public Explanation explain(Histories history, int[] items) {
    double[] whole = new double[items.length];
    List<Map<Group, Double>> shares = new ArrayList<>();
    Map<Group, Double> averages = new EnumMap<>(Group.class);
    each(
        Windows.latest(history, maxLength()),
        new int[] {0},
        (w, events, signals) -> {
          for (int item : items) {
            shares.add(shares(factor -> factor.of(signals.of(factor.signal())[item])));
          }
          averages.putAll(shares(factor -> mean(factor, signals.of(factor.signal()))));
        });
    for (int i = 0; i < items.length; i++) {
      whole[i] = shares.get(i).values().stream().mapToDouble(share -> share).sum();
    }
    List<List<Double>> influence = influence(history, items, whole);
    List<Explanation.Reason> reasons = new ArrayList<>();
    for (int i = 0; i < items.length; i++) {
      Map<String, Double> byTitle = new LinkedHashMap<>();
      shares.get(i).forEach((group, share) -> byTitle.put(group.title, share));
      Group chief =
          shares.get(i).keySet().stream()
              .max(Comparator.comparingDouble(margin(shares.get(i), averages)))
              .orElseThrow();
      reasons.add(
          new Explanation.Reason(byTitle, influence.get(i), chief.inWords(influence.get(i))));
    }
    return new Explanation(Map.of(), reasons);
  }

  private static ToDoubleFunction<Group> margin(
      Map<Group, Double> shares, Map<Group, Double> averages) {
    return group -> shares.getOrDefault(group, 0.0) - averages.getOrDefault(group, 0.0);
  }

  /** {@return what each group adds to a score where the factors are {@code values}} */
  private Map<Group, Double> shares(ToDoubleFunction<Factor> values) {
    Map<Group, Double> shares = new EnumMap<>(Group.class);
    for (int k = 0; k < weights.length; k++) {
      double share = weights[k] * values.applyAsDouble(factors.get(k));
      shares.merge(factors.get(k).group(), share, Double::sum);
    }
    return shares;
  }

  /** {@return the mean of a factor over all items} */
  private static double mean(Factor factor, float[] signal) {
    double sum = 0;
    for (int item = 1; item < signal.length; item++) {
      sum += factor.of(signal[item]);
    }
    return sum / (signal.length - 1);
  }

  private List<List<Double>> influence(Histories history, int[] items, double[] whole) {
    List<List<Double>> influence = new ArrayList<>();
    for (double score : whole) { // a single event carries the whole score
      influence.add(new ArrayList<>(history.events() == 1 ? List.of(score) : List.of()));
    }
    if (history.events() > 1) {
      Histories variants = history.leaveOneOut();
      score(
          Windows.latest(variants, maxLength()),
          0,
          variants.users(),
          (v, scores) -> {
            for (int i = 0; i < items.length && v > 0; i++) {
              influence.get(i).add(whole[i] - scores[items[i]]);
            }
          });
    }
    return influence;
  }

  @Override
  public void close() {
    vectors.values().forEach(Tensor::close);
    tower.ifPresent(Scorer::close);
  }
}
