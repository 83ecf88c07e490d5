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
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.Explanation;
import dev.horae.sequence.Scorer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

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

  @Doc("counts, content, clocks and up to two networks in one log-linear product (ours)")
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
                  + " or preset; none leaves networks out, and takes half a minute on Amazon Toys")
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
    public Map<String, List<String>> parts() {
      Map<String, List<String>> parts = new LinkedHashMap<>();
      if (towers().size() > 1) {
        parts.put("second network", List.of("model.second_tower=none"));
      }
      if (!towers().isEmpty()) {
        parts.put("networks", List.of("model.tower=none"));
      }
      return parts;
    }

    @Override
    public Set<String> modalities() {
      return Set.of("text", "image");
    }

    @Override
    public boolean fitsValidation() {
      return true;
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

  private final int rows; // N + 1
  private final HoraeTrend trend;
  private final HoraeSignals signals;
  private final List<HoraeFactor> factors; // K
  private final RankingHead.Weights weights; // of the factors
  private final HoraeDays days;
  private final Queue<HoraeProduct> idle =
      new ConcurrentLinkedQueue<>(); // as many as asked at once
  private final Object adding = new Object(); // held by who adds events

  /**
   * One more event than training had.
   *
   * @param user as training numbered them; as many as there are for a new one
   * @param item index
   * @param time seconds since 1970-01-01 UTC, of the user's newest event
   */
  public record Event(int user, int item, long time) {}

  /** What was counted, before it has weights. */
  private static final class Counted {
    private final int rows; // N + 1
    private final HoraeTrend trend;
    private final HoraeSignals signals;
    private final List<HoraeFactor> factors;

    /**
     * @param training what the counts are of
     * @param items cold ones included, behind the others
     * @param trained how many have events
     * @param tables of vectors of {@code items}
     * @param towers score the same items, or all but the cold ones
     */
    private Counted(
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
    }
  }

  private Horae(Counted counted, RankingHead.Weights weights) {
    rows = counted.rows;
    trend = counted.trend;
    signals = counted.signals;
    factors = counted.factors;
    this.weights = weights;
    days = new HoraeDays(trend, factors, weights, rows);
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
    Counted counted = new Counted(config, split.training(), items, items.size(), tables, towers);
    List<RankingHead.Question> questions =
        new HoraeQuestions(counted.factors, counted.signals, counted.trend, counted.rows)
            .of(split, config.fittedUsers());
    return new Horae(counted, RankingHead.fit(questions, counted.factors.size()));
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
    Counted counted = new Counted(config, training, items, trained, tables, towers);
    return new Horae(
        counted,
        new RankingHead.Weights(
            of(counted.factors, "", weights), of(counted.factors, PER_BASKET, weights)));
  }

  private static double[] of(
      List<HoraeFactor> factors, String prefix, Map<String, Double> weights) {
    return factors.stream().mapToDouble(f -> weights.getOrDefault(prefix + f.key(), 0.0)).toArray();
  }

  /**
   * Counts more events, as if training had had them; the weights and the networks stay. Nobody who
   * asks meanwhile waits: a question sees some of what an event changes or all of it, and one that
   * is asked later sees all, but for what {@link #settle} makes anew.
   */
  public void add(List<Event> events) {
    synchronized (adding) {
      for (Event event : events) {
        int[] recounted = signals.add(event.user(), event.item());
        trend.add(event.item(), event.time());
        Arrays.stream(recounted).forEach(days::change);
      }
      signals.renew();
    }
  }

  /**
   * Makes anew what changes little with an event and costs much, namely the counts of neighbours in
   * words and those of items with more than a thousand events.
   *
   * @param nanos about how long it may take
   * @return whether nothing is left to do
   */
  public boolean settle(long nanos) {
    synchronized (adding) {
      long start = System.nanoTime();
      while (signals.renewNext()) {
        if (System.nanoTime() - start >= nanos) {
          return false;
        }
      }
      return true;
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
    score(windows, from, to, receiver, HoraeProduct::ahead, (product, history) -> product.scores());
  }

  @Override
  public void search(
      Windows windows, int from, int to, IntFunction<Search> searches, Receiver receiver) {
    score(
        windows,
        from,
        to,
        receiver,
        (product, count, next) -> product.ahead(0, next),
        (product, history) -> product.best(searches.apply(history)));
  }

  /** What a product does before it reads a block of histories. */
  private interface Ahead {
    void of(HoraeProduct product, int count, IntConsumer next);
  }

  /** What is asked of a product, once it has read a history. */
  private interface Scores {
    float[] of(HoraeProduct product, int history);
  }

  private void score(
      Windows windows, int from, int to, Receiver receiver, Ahead ahead, Scores scores) {
    HoraeProduct idled = idle.poll();
    HoraeProduct product =
        idled == null ? new HoraeProduct(factors, weights, signals, days, rows) : idled;
    signals.each(
        windows,
        IntStream.range(from, to).toArray(),
        product.values(),
        (count, next) -> ahead.of(product, count, next),
        (w, values) -> {
          int history = windows.history(w);
          receiver.accept(history, scores.of(product, history));
        });
    idle.add(product);
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
    signals.each(
        Windows.latest(history, maxLength()),
        new int[] {0},
        signals.new Values(),
        (w, values) -> {
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
