package dev.horae.model;

import static dev.horae.config.InvalidValue.unless;

import dev.horae.config.Default;
import dev.horae.config.Doc;
import dev.horae.config.Names;
import dev.horae.data.Catalogue;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.Split;
import dev.horae.data.Windows;
import dev.horae.model.HoraeFactor.Group;
import dev.horae.model.HoraeFactor.Signal;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.Explanation;
import dev.horae.sequence.Scorer;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Horae's own model: a log-linear product of counts, content and clocks. An item scores the
 * weighted sum of {@link HoraeFactor}s, each the logarithm of something that is counted or
 * compared: how often it followed the newest items of the history, how often the same users took
 * it, how much its words, its text's vector and its picture's are like theirs, how popular it is,
 * how popular it was lately, whether the user had it before, and what networks score. Each of these
 * speaks alone where the others are silent, and in a product each can forbid: that is what a sum
 * cannot. A weight is a line in the log of the basket, the events within a day of the newest.
 *
 * <p>Counts come from the training events, the weights from the validation targets, which no count
 * has seen; see {@link RankingHead}. Of time it reads when the newest event happened, and nothing
 * that happened later, but for counts without a time, which read all training events, as every
 * vector of an item does. docs/own-model.md has what each factor is worth.
 */
public final class Horae implements Scorer {

  /** Which training events tell how popular an item is at a time. */
  public enum Trend {
    CAUSAL,
    TWO_SIDED
  }

  @Doc("counts, content, clocks and a network in one log-linear product (ours)")
  public record Config(
      @Default("10") @Doc("newest events of a history that are read; the newest counts most")
          int newest,
      @Default("8000") @Doc("most validation users that weights are fitted on") int fittedUsers,
      @Default("causal")
          @Doc("two-sided: an event after the time of asking counts as one before it; not servable")
          Trend trend,
      @Default("hm4sr")
          @Doc(
              "network that is trained with train.* and whose scores are one more factor: a model"
                  + " or preset; none leaves networks out, and takes seconds")
          String tower,
      @Default("unisrec")
          @Doc(
              "a second one beside it; left out where it is none, or what it reads of texts and"
                  + " pictures is not there")
          String secondTower)
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
      return !towers().isEmpty();
    }

    @Override
    public String name(DataSpec dataSpec) {
      return trend == Trend.TWO_SIDED ? name() + "-two-sided" : name();
    }

    @Override
    public Optional<String> readsBeyondThePast() {
      return trend == Trend.TWO_SIDED
          ? Optional.of("in its trend what others took after the time of asking")
          : Optional.empty();
    }

    /** {@return the networks that are trained as well, if what they read is there} */
    public List<String> towers() {
      if (tower.equals("none")) {
        return List.of();
      }
      return secondTower.equals("none") ? List.of(tower) : List.of(tower, secondTower);
    }
  }

  private static final String PER_BASKET = "per basket ";
  private static final int TRENDS = 256 << 20; // bytes that are kept, newly asked days first

  private final int rows; // N + 1
  private final HoraeTrend trend;
  private final HoraeSignals signals;
  private final List<HoraeFactor> factors; // K
  private final int[] ofTheDay; // places of those that depend on nothing but the day
  private RankingHead.Weights weights; // of the factors; all 0 until they are fitted
  private final Map<Long, float[][]> trends = trends(); // by day; guarded by itself
  private final ReadWriteLock changing = new ReentrantReadWriteLock();

  /**
   * @param training what the counts are of
   * @param items cold ones included, behind the others
   * @param trained how many have events
   * @param tables of vectors of {@code items}
   * @param towers score the same items, or all but the cold ones
   */
  private Horae(
      Config config,
      Histories training,
      Catalogue items,
      int trained,
      List<FeatureTable> tables,
      List<Scorer> towers) {
    rows = items.size() + 1;
    HoraeCounts counts = new HoraeCounts(training, items.size());
    trend = new HoraeTrend(training, counts, config.trend() == Trend.TWO_SIDED);
    signals = new HoraeSignals(config.newest(), counts, items, trained, tables, towers);
    factors = HoraeFactor.ALL.stream().filter(f -> signals.has(f.signal())).toList();
    ofTheDay =
        IntStream.range(0, factors.size()).filter(k -> factors.get(k).isOfTheDay()).toArray();
    weights = new RankingHead.Weights(new double[factors.size()], new double[factors.size()]);
  }

  /**
   * Counts the training events and fits the weights to the validation targets.
   *
   * @param split of the whole data set; test targets are not read
   * @param tables of vectors of {@code items}
   * @param towers networks that were trained on the same data, the model's to close
   */
  public static Horae fit(
      Config config, Split split, Catalogue items, List<FeatureTable> tables, List<Scorer> towers) {
    Horae model = new Horae(config, split.training(), items, items.size(), tables, towers);
    List<RankingHead.Question> questions =
        new HoraeQuestions(model.factors, model.signals, model.trend, model.rows)
            .of(split, config.fittedUsers());
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
      List<Scorer> towers,
      Map<String, Double> weights) {
    Horae model = new Horae(config, training, items, trained, tables, towers);
    model.weights =
        new RankingHead.Weights(
            model.factors.stream().mapToDouble(f -> weights.getOrDefault(f.key(), 0.0)).toArray(),
            model.factors.stream()
                .mapToDouble(f -> weights.getOrDefault(PER_BASKET + f.key(), 0.0))
                .toArray());
    return model;
  }

  /**
   * Counts one more event, as if training had had it; the weights and the networks stay. Waits
   * until questions that are being answered are, and holds up later ones.
   *
   * @param user as training numbered them; as many as there are for a new one
   * @param item index
   * @param time seconds since 1970-01-01 UTC, of the user's newest event
   */
  public void add(int user, int item, long time) {
    changing.writeLock().lock();
    try {
      signals.add(user, item);
      trend.add(item, time);
      synchronized (trends) {
        trends.forEach((day, sums) -> trend(trend.new Day(day), item, sums));
      }
    } finally {
      changing.writeLock().unlock();
    }
  }

  /** {@return how many users its counts are of, those added included} */
  public int users() {
    return signals.users();
  }

  /** {@return whether a weight may be called so} */
  public static boolean isWeight(String name) {
    String factor = name.startsWith(PER_BASKET) ? name.substring(PER_BASKET.length()) : name;
    return HoraeFactor.ALL.stream().anyMatch(f -> f.key().equals(factor));
  }

  /** {@return how many towers a model has, from the names of its weights} */
  public static int towers(Set<String> weights) {
    return (int)
        HoraeFactor.ALL.stream()
            .filter(f -> f.group() == Group.NETWORK && weights.contains(f.key()))
            .count();
  }

  /**
   * {@return the weight of every factor by its name, and what is added to it per log of the basket:
   * how many events there were within a day of the newest}
   */
  public Map<String, Double> weights() {
    Map<String, Double> byName = new LinkedHashMap<>();
    for (int k = 0; k < factors.size(); k++) {
      byName.put(factors.get(k).key(), weights.plain()[k]);
      byName.put(PER_BASKET + factors.get(k).key(), weights.slopes()[k]);
    }
    return byName;
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
    changing.readLock().lock();
    try (Scope scope = Scope.inference()) {
      Product product = new Product();
      signals.each(
          windows,
          IntStream.range(from, to).toArray(),
          product::begin,
          (w, place, values) -> receiver.accept(windows.history(w), product.of(place, values)));
    } finally {
      changing.readLock().unlock();
    }
  }

  /** Weighted sums of all factors, those of a block's dense signals all at once. */
  private final class Product {
    private final int[] dense =
        IntStream.range(0, factors.size()).filter(k -> isDense(factors.get(k))).toArray();
    private final int[] sparse =
        IntStream.range(0, factors.size()).filter(k -> isSparse(factors.get(k))).toArray();
    private final Tensor logarithms = torch.empty(sparse.length * (long) rows);
    private final FloatBuffer memory = Ops.view(logarithms);
    private final float[] scores = new float[rows];
    private FloatBuffer ofDense = FloatBuffer.allocate(0); // [histories, N + 1]

    private boolean isDense(HoraeFactor factor) {
      return signals.isDense(factor.signal());
    }

    private boolean isSparse(HoraeFactor factor) {
      return !factor.isOfTheDay() && !isDense(factor);
    }

    /** Looks at the dense signals of a block. */
    void begin(HoraeSignals.Block block) {
      Map<Signal, Tensor> weightsOf = new EnumMap<>(Signal.class);
      for (int k : dense) {
        if (!factors.get(k).isLogarithm()) {
          weightsOf.put(factors.get(k).signal(), column(k, block.baskets()));
        }
      }
      Tensor sum = block.sum(weightsOf);
      for (int k : dense) {
        HoraeFactor factor = factors.get(k);
        if (factor.isLogarithm()) {
          Tensor perEpsilon = block.of(factor.signal()).mul(new Scalar(1 / factor.epsilon()));
          sum.addcmul_(perEpsilon.clamp_min_(new Scalar(0)).log1p_(), column(k, block.baskets()));
        }
      }
      ofDense = Ops.view(sum);
    }

    /** {@return the weights of a factor where the baskets are these, [histories, 1]} */
    private Tensor column(int k, double[] baskets) {
      float[] column = new float[baskets.length];
      for (int b = 0; b < column.length; b++) {
        column[b] = (float) weights.of(k, baskets[b]);
      }
      return Ops.float32(column, column.length, 1);
    }

    /** {@return the scores of one history of the block, [N + 1]; overwritten by the next} */
    float[] of(int place, HoraeSignals.Values values) {
      ofDense.get(place * rows, scores);
      float[][] ofTheDay = trend(values.day());
      float basket = (float) values.basket();
      for (int item = 1; item < rows; item++) {
        scores[item] += ofTheDay[0][item] + basket * ofTheDay[1][item];
      }
      addSparse(values);
      scores[0] = Float.NEGATIVE_INFINITY;
      return scores;
    }

    /** In libtorch all at once, since a logarithm per item and factor is most of the work. */
    private void addSparse(HoraeSignals.Values values) {
      int size = 0;
      for (int k : sparse) {
        HoraeFactor factor = factors.get(k);
        if (factor.isLogarithm()) {
          HoraeRows.Sums sums = values.sums(factor.signal());
          float perEpsilon = (float) (1 / factor.epsilon());
          for (int n = 0; n < sums.count(); n++) {
            memory.put(size++, sums.of(sums.item(n)) * perEpsilon);
          }
        }
      }
      logarithms.narrow(0, 0, size).log1p_();
      int next = 0;
      for (int k : sparse) {
        HoraeFactor factor = factors.get(k);
        HoraeRows.Sums sums = values.sums(factor.signal());
        float weight = (float) weights.of(k, values.basket());
        for (int n = 0; n < sums.count(); n++) {
          int item = sums.item(n);
          scores[item] += weight * (factor.isLogarithm() ? memory.get(next++) : sums.of(item));
        }
      }
    }
  }

  /**
   * {@return the sum of the factors that depend on nothing but the day, and what is added per log
   * of the basket, [2][N + 1]}
   */
  private float[][] trend(long day) {
    synchronized (trends) {
      float[][] known = trends.get(day);
      if (known != null) {
        return known;
      }
    }
    HoraeTrend.Day then = trend.new Day(day);
    float[][] sums = new float[2][rows];
    for (int item = 1; item < rows; item++) {
      trend(then, item, sums);
    }
    synchronized (trends) {
      trends.put(day, sums);
    }
    return sums;
  }

  private void trend(HoraeTrend.Day day, int item, float[][] sums) {
    HoraeTrend.State state = day.of(item);
    double plain = 0;
    double perBasket = 0;
    for (int k : ofTheDay) {
      float value = state.of(factors.get(k).signal());
      plain += weights.plain()[k] * value;
      perBasket += weights.slopes()[k] * value;
    }
    sums[0][item] = (float) plain;
    sums[1][item] = (float) perBasket;
  }

  private Map<Long, float[][]> trends() {
    return new LinkedHashMap<>(16, 0.75f, true) {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<Long, float[][]> eldest) {
        return size() > Math.max(2, TRENDS / (8L * rows));
      }
    };
  }

  /**
   * Shares are exact: they add up to the score. The chief reason is the group that says more for
   * the item than for all items on average, by the widest margin.
   */
  @Override
  public Explanation explain(Histories history, int[] items) {
    changing.readLock().lock();
    try {
      return explained(history, items);
    } finally {
      changing.readLock().unlock();
    }
  }

  private Explanation explained(Histories history, int[] items) {
    double[] whole = new double[items.length];
    List<Map<Group, Double>> shares = new ArrayList<>();
    Map<Group, Double> averages = new EnumMap<>(Group.class);
    signals.each(
        Windows.latest(history, maxLength()),
        new int[] {0},
        (w, place, values) -> {
          HoraeTrend.State[] states = new HoraeTrend.State[rows];
          Arrays.setAll(states, trend.new Day(values.day())::of);
          for (int item : items) {
            shares.add(shares(values.basket(), f -> f.of(values, states[item], item)));
          }
          averages.putAll(shares(values.basket(), f -> mean(f, states, values)));
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
  private Map<Group, Double> shares(double basket, ToDoubleFunction<HoraeFactor> values) {
    Map<Group, Double> shares = new EnumMap<>(Group.class);
    for (int k = 0; k < factors.size(); k++) {
      double share = weights.of(k, basket) * values.applyAsDouble(factors.get(k));
      shares.merge(factors.get(k).group(), share, Double::sum);
    }
    return shares;
  }

  /** {@return the mean of a factor over all items} */
  private double mean(HoraeFactor factor, HoraeTrend.State[] states, HoraeSignals.Values signals) {
    return IntStream.range(1, rows)
        .mapToDouble(item -> factor.of(signals, states[item], item))
        .average()
        .orElse(0);
  }

  private List<List<Double>> influence(Histories history, int[] items, double[] whole) {
    Histories variants = history.leaveOneOut();
    double[][] scores = new double[items.length][variants.users()];
    score(
        Windows.latest(variants, maxLength()),
        0,
        variants.users(),
        (v, all) -> {
          for (int i = 0; i < items.length; i++) {
            scores[i][v] = v == 0 ? whole[i] : all[items[i]];
          }
        });
    return Arrays.stream(scores).map(of -> Explanation.influence(history, of)).toList();
  }

  @Override
  public void close() {
    signals.close();
  }
}
