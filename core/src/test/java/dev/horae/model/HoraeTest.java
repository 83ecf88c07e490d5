package dev.horae.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.horae.config.ConfigException;
import dev.horae.config.ConfigReader;
import dev.horae.data.Catalogue;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.Item;
import dev.horae.data.Progress;
import dev.horae.data.Split;
import dev.horae.data.TopK;
import dev.horae.data.Windows;
import dev.horae.data.Workers;
import dev.horae.eval.Metrics;
import dev.horae.eval.Ranking;
import dev.horae.model.HoraeFactor.Group;
import dev.horae.sequence.Explanation;
import dev.horae.sequence.Scorer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HoraeTest {

  private static final int ITEMS = 60;
  private static final long DAY = 86_400;
  private static final long START = 1_400_000_000L;
  private static final Horae.Config CONFIG = ConfigReader.read(null, List.of(), Horae.Config.class);

  private static final Histories HISTORIES = histories(300, 3);
  private static final Split SPLIT = Split.leaveOneOut(HISTORIES);
  private static final Catalogue CATALOGUE = catalogue(ITEMS);
  private static final List<FeatureTable> TABLES = List.of(table(ITEMS), pictures(ITEMS));

  /** Users walk along a ring of items, now and then to one of the same brand. */
  private static Histories histories(int users, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<int[]> all = new ArrayList<>();
    int[] starts = new int[users + 1];
    for (int u = 0; u < users; u++) {
      int length = 3 + random.nextInt(8);
      starts[u + 1] = starts[u] + length;
      int item = 1 + random.nextInt(ITEMS);
      long now = START + random.nextInt(1000) * DAY;
      for (int e = 0; e < length; e++) {
        all.add(new int[] {item, (int) ((now - START) / DAY)});
        int draw = random.nextInt(10);
        item =
            draw < 6
                ? 1 + item % ITEMS
                : draw < 9 ? 1 + (item + 6) % ITEMS : 1 + random.nextInt(ITEMS);
        now += random.nextInt(3) * (20 * DAY);
      }
    }
    return new Histories(
        starts,
        all.stream().mapToInt(event -> event[0]).toArray(),
        all.stream().mapToLong(event -> START + event[1] * DAY).toArray());
  }

  private static Catalogue catalogue(int items) {
    return new Catalogue(
        IntStream.rangeClosed(1, items)
            .mapToObj(
                i ->
                    new Item(
                        "i" + i,
                        "Thing number " + i + (i % 2 == 0 ? " even" : " odd"),
                        "brand" + i % 7,
                        List.of("all", "kind" + i % 3),
                        ""))
            .toList());
  }

  private static FeatureTable table(int items) {
    float[] values = new float[(items + 1) * 7];
    for (int i = 1; i <= items; i++) {
      values[i * 7 + i % 7] = 1 + i * 0.01f;
    }
    return new FeatureTable("text", "drawn", 7, values);
  }

  private static FeatureTable pictures(int items) {
    float[] values = new float[(items + 1) * 3];
    for (int i = 1; i <= items; i++) {
      if (i % 5 != 0) { // some have none
        values[i * 3 + i % 3] = 2;
      }
    }
    return new FeatureTable("image", "drawn", 3, values);
  }

  private static double ndcg(Scorer scorer, Split split) {
    return Metrics.means(Ranking.of(scorer, split, Split.Part.TEST, Progress.SILENT).ranks())
        .get("ndcg@10");
  }

  @Test
  void ranksBetterThanEachOfItsPartsAlone() {
    Split split = Split.leaveOneOut(histories(150, 5)); // so few that content has a say
    Histories training = split.training();
    try (Horae horae = Horae.fit(CONFIG, split, CATALOGUE, TABLES, List.of());
        Scorer transitions =
            ConfigReader.read(null, List.of(), ItemTransitions.Config.class).fit(training, ITEMS);
        Scorer knn =
            ConfigReader.read(null, List.of(), VmisKnn.Config.class).fit(training, ITEMS)) {
      double own = ndcg(horae, split);
      assertThat(own).isGreaterThan(ndcg(transitions, split));
      assertThat(own).isGreaterThan(ndcg(knn, split));
    }
  }

  @Test
  void doesNotReadTestTargets() {
    int[] items = HISTORIES.items().clone();
    for (int u = 0; u < HISTORIES.users(); u++) {
      int last = HISTORIES.starts()[u + 1] - 1;
      items[last] = HISTORIES.length(u) >= 4 ? 1 + items[last] % ITEMS : items[last];
    }
    Histories changed = new Histories(HISTORIES.starts(), items, HISTORIES.times());
    try (Horae before = Horae.fit(CONFIG, SPLIT, CATALOGUE, TABLES, List.of());
        Horae after = Horae.fit(CONFIG, Split.leaveOneOut(changed), CATALOGUE, TABLES, List.of())) {
      assertThat(after.weights()).isEqualTo(before.weights());
    }
  }

  @Test
  void worksWithWhateverIsThere() {
    Catalogue bare =
        new Catalogue(
            IntStream.rangeClosed(1, ITEMS)
                .mapToObj(i -> new Item("i" + i, "", "", List.of(), ""))
                .toList());
    Histories timeless =
        new Histories(HISTORIES.starts(), HISTORIES.items(), new long[HISTORIES.events()]);
    try (Horae all = Horae.fit(CONFIG, SPLIT, CATALOGUE, TABLES, List.of());
        Horae ids = Horae.fit(CONFIG, SPLIT, bare, List.of(), List.of());
        Horae nothing =
            Horae.fit(CONFIG, Split.leaveOneOut(timeless), bare, List.of(), List.of())) {
      assertThat(all.weights()).hasSize(38).containsKeys("log text", "image", "words");
      assertThat(ids.weights()).hasSize(22).containsKeys("log followers", "since_taken");
      for (Horae horae : List.of(all, ids, nothing)) {
        assertThat(horae.weights().values()).allMatch(Double::isFinite);
        assertThat(ndcg(horae, SPLIT)).isGreaterThan(0.2);
      }
    }
  }

  @Test
  void theNumberOfWorkersChangesNoBit() {
    Map<String, Double> one =
        Workers.limited(1, () -> closed(Horae.fit(CONFIG, SPLIT, CATALOGUE, TABLES, List.of())));
    Map<String, Double> two =
        Workers.limited(2, () -> closed(Horae.fit(CONFIG, SPLIT, CATALOGUE, TABLES, List.of())));
    assertThat(one).isEqualTo(two);
  }

  private static Map<String, Double> closed(Horae horae) {
    horae.close();
    return horae.weights();
  }

  @Test
  void openedItScoresTheSameAndColdItemsByTheirContent() {
    int cold = ITEMS + 7; // of the brand and kind of those like it
    Histories training = SPLIT.training();
    try (Horae fitted = Horae.fit(CONFIG, SPLIT, CATALOGUE, TABLES, List.of());
        Horae opened =
            Horae.of(CONFIG, training, CATALOGUE, ITEMS, TABLES, List.of(), fitted.weights());
        Horae larger =
            Horae.of(
                CONFIG,
                training,
                catalogue(cold),
                ITEMS,
                List.of(table(cold).measuredOn(ITEMS + 1), pictures(cold).measuredOn(ITEMS + 1)),
                List.of(),
                fitted.weights())) {
      float[] before = scores(fitted, new int[] {4, 5, 12}, START + 900 * DAY);
      assertThat(scores(opened, new int[] {4, 5, 12}, START + 900 * DAY)).isEqualTo(before);
      float[] after = scores(larger, new int[] {4, 5, 12}, START + 900 * DAY);
      assertThat(Arrays.copyOf(after, ITEMS + 1)).containsExactly(before, within(1e-4f));
    }
    try (Horae texts =
        Horae.of(
            CONFIG,
            training,
            catalogue(cold),
            ITEMS,
            List.of(table(cold).measuredOn(ITEMS + 1)),
            List.of(),
            Map.of("text", 1.0))) {
      float[] likeTwo = scores(texts, new int[] {2, 9, 23}, START + 900 * DAY);
      assertThat(likeTwo[65]).isGreaterThan(0.9f).isGreaterThan(likeTwo[66]); // 65 = 2 + 9 * 7
    }
  }

  private static float[] scores(Scorer scorer, int[] items, long now) {
    long[] times = new long[items.length];
    Arrays.setAll(times, e -> now - (items.length - 1 - e) * DAY);
    Histories one = new Histories(new int[] {0, items.length}, items, times);
    List<float[]> found = new ArrayList<>();
    scorer.score(
        Windows.latest(one, scorer.maxLength()), 0, 1, (h, scores) -> found.add(scores.clone()));
    return found.get(0);
  }

  /** In a catalogue that is large beside what is looked for, or nothing would be left undone. */
  @Test
  void theBestAreThoseOfAllScoresToTheBit() {
    int many = 3000;
    SplittableRandom random = new SplittableRandom(11);
    float[] vectors = new float[(many + 1) * 7];
    for (int i = 7; i < vectors.length; i++) {
      vectors[i] = (float) random.nextDouble(-1, 1);
    }
    Map<String, Double> weights = new HashMap<>();
    HoraeFactor.ALL.forEach(f -> weights.put(f.key(), f.group() == Group.TREND ? -0.2 : 0.4));
    weights.put("per basket text", 0.3);
    try (Horae horae =
        Horae.of(
            CONFIG,
            SPLIT.training(),
            catalogue(many),
            ITEMS,
            List.of(new FeatureTable("text", "drawn", 7, vectors), pictures(many)),
            List.of(),
            weights)) {
      Histories asked = histories(40, 4);
      Windows windows = Windows.latest(asked, horae.maxLength());
      List<float[]> all = new ArrayList<>();
      for (int w = 0; w < asked.users(); w++) { // alone: in a block of many they lose last digits
        horae.score(windows, w, w + 1, (h, scores) -> all.add(scores.clone()));
      }
      horae.score(
          windows,
          0,
          asked.users(),
          (h, scores) -> assertThat(scores).containsExactly(all.get(h), within(1e-4f)));
      float[] boosts = new float[many + 1];
      for (int i = 1; i <= many; i++) {
        boosts[i] = random.nextInt(3) * 0.5f;
      }
      for (int most : new int[] {1, 10, 700}) {
        BitSet leftOut = new BitSet();
        leftOut.set(0);
        random.ints(most * 2L, 1, ITEMS + 1).forEach(leftOut::set);
        for (float[] added : Arrays.asList(null, boosts)) {
          Scorer.Search search = new Scorer.Search(most, leftOut, added);
          AtomicInteger exact = new AtomicInteger();
          horae.search(
              windows,
              0,
              asked.users(),
              h -> search,
              (h, scores) -> {
                int[] best = best(scores, search);
                assertThat(best).isEqualTo(best(all.get(h), search));
                for (int item : best) {
                  assertThat(scores[item]).isEqualTo(all.get(h)[item]);
                }
                for (int item = 1; item <= many; item++) {
                  exact.addAndGet(scores[item] == all.get(h)[item] ? 1 : 0);
                }
              });
          if (most == 10) { // else it would be no quicker
            assertThat(exact.get()).isLessThan(asked.users() * many / 2);
          }
        }
      }
    }
  }

  private static int[] best(float[] scores, Scorer.Search search) {
    TopK best = new TopK(search.most());
    for (int item = 1; item < scores.length; item++) {
      if (!search.leftOut().get(item)) {
        best.offer(item, scores[item] + (search.boosts() == null ? 0 : search.boosts()[item]));
      }
    }
    return best.indices();
  }

  @Test
  void whoAsksWhileEventsAreAddedGetsNumbersAndThenWhatTheyChanged() throws Exception {
    Map<String, Double> weights = new HashMap<>();
    HoraeFactor.ALL.forEach(f -> weights.put(f.key(), 0.4));
    Histories more = histories(200, 21);
    try (Horae horae =
            Horae.of(CONFIG, SPLIT.training(), CATALOGUE, ITEMS, TABLES, List.of(), weights);
        Horae alone =
            Horae.of(CONFIG, SPLIT.training(), CATALOGUE, ITEMS, TABLES, List.of(), weights)) {
      List<Horae.Event> events = new ArrayList<>();
      for (int u = 0; u < more.users(); u++) {
        for (int e = more.starts()[u]; e < more.starts()[u + 1]; e++) {
          events.add(new Horae.Event(horae.users() + u, more.items()[e], more.times()[e]));
        }
      }
      Thread adding =
          new Thread(() -> events.forEach(event -> horae.add(List.of(event))), "adding events");
      adding.start();
      do {
        for (float score : scores(horae, new int[] {4, 5, 12}, START + 900 * DAY)) {
          assertThat(score).isNotNaN();
        }
      } while (adding.isAlive());
      adding.join();
      alone.add(events);
      assertThat(horae.settle(Long.MAX_VALUE) && alone.settle(Long.MAX_VALUE)).isTrue();
      float[] expected = scores(alone, new int[] {4, 5, 12}, START + 900 * DAY);
      float[] found = scores(horae, new int[] {4, 5, 12}, START + 900 * DAY);
      assertThat(found).containsExactly(expected, within(1e-4f));
    }
  }

  @Test
  void whoReadsWhileAUserTakesTheSameAgainSeesNobodyLeave() throws Exception {
    int[] items = IntStream.rangeClosed(1, ITEMS).toArray();
    HoraeCounts counts =
        new HoraeCounts(new Histories(new int[] {0, ITEMS}, items, new long[ITEMS]), ITEMS);
    Thread adding =
        new Thread(
            () -> IntStream.range(0, 5_000).forEach(e -> counts.add(0, 1 + e % ITEMS)),
            "adding events");
    adding.start();
    int missing = 0;
    do {
      for (int item : items) {
        missing += counts.popularity[item] == 1 ? 0 : 1;
      }
    } while (adding.isAlive());
    adding.join();
    assertThat(missing).isZero();
  }

  @Test
  void whatHappensLaterDoesNotChangeTheTrendUnlessItIsTwoSided() {
    Histories training = SPLIT.training();
    HoraeCounts counts = new HoraeCounts(training, ITEMS);
    HoraeTrend causal = new HoraeTrend(training, counts, false);
    HoraeTrend twoSided = new HoraeTrend(training, counts, true);
    for (long now : new long[] {START - DAY, START + 300 * DAY, START + 5_000 * DAY}) {
      for (int item = 1; item <= ITEMS; item++) {
        double before = 0;
        double all = 0;
        long first = Long.MAX_VALUE;
        for (int e = 0; e < training.events(); e++) {
          if (training.items()[e] == item) {
            long apart = now(now) - training.times()[e];
            all += Math.exp(-Math.abs(apart) / (26 * 7.0 * DAY));
            if (apart >= 0) {
              before += Math.exp(-apart / (26 * 7.0 * DAY));
              first = Math.min(first, training.times()[e]);
            }
          }
        }
        long day = HoraeTrend.day(now + 3_600);
        HoraeTrend.State state = causal.new Day(day).of(item);
        float users = counts.popularity[item];
        assertThat(state.lately())
            .isCloseTo((float) Math.log(before / (users + 1) + 0.02), within(1e-4f));
        assertThat(twoSided.new Day(day).of(item).lately())
            .isCloseTo((float) Math.log(all / (users + 1) + 0.02), within(1e-4f));
        assertThat(state.unborn()).isEqualTo(first == Long.MAX_VALUE ? 1 : 0);
        assertThat(state.age())
            .isCloseTo(
                first == Long.MAX_VALUE ? 0 : (float) Math.log1p((now(now) - first) / (double) DAY),
                within(1e-4f));
      }
    }
  }

  /** {@return the beginning of the day} */
  private static long now(long time) {
    return Math.floorDiv(time + 3_600, DAY) * DAY;
  }

  @Test
  void countsAreThoseOfAPlainLoop() {
    Histories training = Split.leaveOneOut(histories(40, 5)).training();
    HoraeCounts counts = new HoraeCounts(training, ITEMS);
    double[][] followers = new double[ITEMS + 1][ITEMS + 1];
    double[][] shared = new double[ITEMS + 1][ITEMS + 1];
    for (int u = 0; u < training.users(); u++) {
      int[] items =
          Arrays.copyOfRange(training.items(), training.starts()[u], training.starts()[u + 1]);
      for (int a = 0; a < items.length; a++) {
        for (int b = a + 1; b < items.length && b - a <= 10; b++) {
          followers[items[a]][items[b]] += 1.0 / (b - a);
        }
      }
      Set<Integer> set = new HashSet<>();
      Arrays.stream(items).forEach(set::add);
      for (int a : set) {
        for (int b : set) {
          shared[a][b] += 1 / Math.sqrt(set.size() + 1);
        }
      }
    }
    for (int a = 1; a <= ITEMS; a++) {
      HoraeRows.Sums row = new HoraeRows.Sums(ITEMS + 1);
      counts.followers.addTo(row, a, 1);
      HoraeRows.Sums cosines = new HoraeRows.Sums(ITEMS + 1);
      counts.together.addTo(cosines, a, counts.inverseNorms[a]);
      cosines.multiply(counts.inverseNorms);
      double total = Math.max(1e-9, Arrays.stream(followers[a]).sum());
      for (int b = 1; b <= ITEMS; b++) {
        assertThat(row.of(b)).isCloseTo((float) (followers[a][b] / total), within(1e-5f));
        double norm = Math.sqrt(Math.max(1e-9, shared[a][a] * shared[b][b]));
        assertThat(cosines.of(b))
            .isCloseTo(a == b ? 0 : (float) (shared[a][b] / norm), within(1e-5f));
      }
    }
  }

  /** Every third user is new, others go on; item {@code ITEMS} is unknown until its event comes. */
  @ParameterizedTest
  @EnumSource(Horae.Trend.class)
  void countingEventByEventIsCountingAllAtOnce(Horae.Trend trend) {
    Horae.Config config =
        ConfigReader.read(
            null,
            List.of(
                "tower=none", "trend=" + (trend == Horae.Trend.CAUSAL ? "causal" : "two-sided")),
            Horae.Config.class);
    Histories all = histories(60, 9);
    int[] starts = new int[41]; // the first 40 users lack their last two events, others are new
    for (int u = 0; u < 40; u++) {
      starts[u + 1] = starts[u] + all.length(u) - 2;
    }
    int[] items = new int[starts[40]];
    long[] times = new long[starts[40]];
    for (int u = 0; u < 40; u++) {
      int length = all.length(u) - 2;
      System.arraycopy(all.items(), all.starts()[u], items, starts[u], length);
      System.arraycopy(all.times(), all.starts()[u], times, starts[u], length);
    }
    Map<String, Double> weights = new HashMap<>();
    for (HoraeFactor factor : HoraeFactor.ALL) {
      weights.put(factor.key(), 0.3 + weights.size() * 0.1);
      weights.put("per basket " + factor.key(), 0.4 - weights.size() * 0.1);
    }
    Histories first = new Histories(starts, items, times);
    try (Horae counted = Horae.of(config, first, CATALOGUE, ITEMS, TABLES, List.of(), weights);
        Horae atOnce = Horae.of(config, all, CATALOGUE, ITEMS, TABLES, List.of(), weights)) {
      scores(counted, new int[] {4, 5, 12}, START + 900 * DAY); // so that its trend is kept
      for (int u = 0; u < all.users(); u++) {
        int known = u < 40 ? all.length(u) - 2 : 0;
        for (int e = all.starts()[u] + known; e < all.starts()[u + 1]; e++) {
          counted.add(List.of(new Horae.Event(u, all.items()[e], all.times()[e])));
        }
      }
      assertThat(counted.settle(Long.MAX_VALUE)).isTrue();
      for (int[] history : new int[][] {{4, 5, 12}, {1}, {30, 30, 2, 7, 9, 11}}) {
        for (long day : new long[] {0, 500, 900, 2000}) {
          float[] found = scores(counted, history, START + day * DAY);
          float[] expected = scores(atOnce, history, START + day * DAY);
          for (int i = 1; i <= ITEMS; i++) {
            assertThat(found[i]).isCloseTo(expected[i], within(1e-4f));
          }
        }
      }
    }
  }

  @Test
  void wordsAreThoseOfAPlainLoop() {
    Catalogue items = catalogue(20);
    HoraeWords words = new HoraeWords(items, 20);
    Map<String, Integer> having = new HashMap<>();
    List<Map<String, Double>> bags = new ArrayList<>();
    for (Item item : items.items()) {
      Map<String, Double> bag = new HashMap<>();
      for (String word : item.title().toLowerCase(Locale.ROOT).split(" ")) {
        bag.merge(word, 1.0, Double::sum);
      }
      bag.put("b:" + item.brand(), 1.0);
      item.categories().forEach(category -> bag.put("c:" + category, 1.0));
      bag.keySet().forEach(term -> having.merge(term, 1, Integer::sum));
      bags.add(bag);
    }
    for (Map<String, Double> bag : bags) {
      bag.replaceAll((term, n) -> (1 + Math.log(n)) * Math.log(20.0 / having.get(term)));
      double length = Math.sqrt(bag.values().stream().mapToDouble(w -> w * w).sum());
      bag.replaceAll((term, weight) -> weight / length);
    }
    for (int a = 1; a <= 20; a++) {
      HoraeRows.Sums cosines = new HoraeRows.Sums(21);
      words.alike.addTo(cosines, a, 1);
      for (int b = 1; b <= 20; b++) {
        double expected = 0;
        for (Map.Entry<String, Double> entry : bags.get(a - 1).entrySet()) {
          expected += entry.getValue() * bags.get(b - 1).getOrDefault(entry.getKey(), 0.0);
        }
        assertThat(cosines.of(b)).isCloseTo((float) expected, within(1e-5f));
      }
    }
  }

  @Test
  void theChiefReasonIsInWords() {
    try (Horae horae = Horae.fit(CONFIG, SPLIT, CATALOGUE, TABLES, List.of())) {
      Histories one = // 4 and 5 lead to 6; 40 has the text of 5
          new Histories(
              new int[] {0, 3}, new int[] {40, 4, 5}, new long[] {START, START + DAY, START + DAY});
      List<Explanation.Reason> reasons = horae.explain(one, new int[] {6, 40}).reasons();
      assertThat(reasons.get(0).because()).isEqualTo("often taken after #3");
      assertThat(reasons.get(1).because()).isEqualTo("text like #3");
    }
  }

  @Test
  void sharesAreThoseOfTheFactorsAndAnEventIsWorthWhatIsLostWithoutIt() {
    try (Horae horae = Horae.fit(CONFIG, SPLIT, CATALOGUE, TABLES, List.of())) {
      int[] items = {4, 5, 12};
      long[] times = {START, START + DAY, START + 2 * DAY};
      Histories one = new Histories(new int[] {0, 3}, items, times);
      Explanation.Reason reason = horae.explain(one, new int[] {13}).reasons().get(0);
      assertThat(reason.shares().keySet())
          .containsExactly(
              "taken after",
              "taken together",
              "words",
              "text",
              "image",
              "popularity",
              "trend",
              "repeat");
      float whole = scores(horae, items, START + 2 * DAY)[13];
      assertThat(reason.shares().values().stream().mapToDouble(s -> s).sum())
          .isCloseTo(whole, within(1e-4));
      Histories without =
          new Histories(new int[] {0, 2}, new int[] {4, 12}, new long[] {times[0], times[2]});
      List<float[]> rest = new ArrayList<>();
      horae.score(Windows.latest(without, horae.maxLength()), 0, 1, (h, s) -> rest.add(s.clone()));
      assertThat(reason.influence().get(1)).isCloseTo(whole - rest.get(0)[13], within(1e-4));
    }
  }

  /** Rows of vectors that have only items without events: there is no mean to take off. */
  @Test
  void vectorsOfColdItemsAloneAreNumbers() {
    for (int width : new int[] {7, 140}) { // and more than there are components
      float[] values = new float[(ITEMS + 4) * width];
      for (int i = (ITEMS + 1) * width; i < values.length; i++) {
        values[i] = i % 5;
      }
      HoraeVectors vectors =
          HoraeVectors.of(new FeatureTable("text", "drawn", width, values).measuredOn(ITEMS + 1));
      float[] query = vectors.zeros();
      vectors.add(query, ITEMS + 2, 1);
      assertThat(vectors.product(query, ITEMS + 2)).isCloseTo(1, within(1e-5f));
      assertThat(vectors.product(query, 3)).isZero();
    }
  }

  @Test
  void theStatesOfAllLayersAreNoVector() {
    FeatureTable states =
        new FeatureTable("image", "vit-states", ITEMS + 1, 3, 3, pictures(ITEMS).vectors());
    assertThatThrownBy(() -> HoraeVectors.of(states))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("image = vit-states holds 3 states per item");
  }

  /** A network that says of which windows it was asked. */
  private record Asked(Scorer network, List<Integer> histories, AtomicInteger most)
      implements Scorer {

    @Override
    public String name() {
      return network.name();
    }

    @Override
    public int itemRows() {
      return network.itemRows();
    }

    @Override
    public int maxLength() {
      return 3;
    }

    @Override
    public void score(Windows windows, int from, int to, Receiver receiver) {
      synchronized (histories) {
        IntStream.range(from, to).mapToObj(windows::history).forEach(histories::add);
        most.set(Math.max(most.get(), windows.count()));
      }
      network.score(windows, from, to, receiver);
    }

    @Override
    public Explanation explain(Histories history, int[] items) {
      return network.explain(history, items);
    }

    @Override
    public void close() {
      network.close();
    }
  }

  @Test
  void networksAreAskedAboutTheDrawnUsersAlone() {
    Split many = Split.leaveOneOut(histories(700, 3));
    Scorer knn =
        ConfigReader.read(null, List.of(), VmisKnn.Config.class).fit(many.training(), ITEMS);
    Asked asked = new Asked(knn, new ArrayList<>(), new AtomicInteger());
    Horae.Config few = ConfigReader.read(null, List.of("fitted_users=150"), Horae.Config.class);
    Horae.fit(few, many, CATALOGUE, List.of(), List.of(asked)).close();
    assertThat(asked.histories()).hasSize(150).doesNotHaveDuplicates();
    assertThat(asked.most()).hasValueLessThanOrEqualTo(128);
  }

  @Test
  void aTowerIsOneMoreFactor() {
    Histories training = SPLIT.training();
    Catalogue bare =
        new Catalogue(
            IntStream.rangeClosed(1, ITEMS)
                .mapToObj(i -> new Item("i" + i, "", "", List.of(), ""))
                .toList());
    Scorer knn = ConfigReader.read(null, List.of(), VmisKnn.Config.class).fit(training, ITEMS);
    try (Horae horae = Horae.fit(CONFIG, SPLIT, bare, List.of(), List.of(knn));
        Horae alone =
            Horae.of(
                CONFIG,
                training,
                catalogue(ITEMS + 1),
                ITEMS,
                List.of(),
                List.of(knn),
                Map.of("network", 2.0))) {
      assertThat(horae.weights()).hasSize(24).containsKey("network");
      float[] own = scores(knn, new int[] {4, 5, 12}, START);
      float[] standard = scores(alone, new int[] {4, 5, 12}, START);
      double mean =
          IntStream.rangeClosed(1, ITEMS).mapToDouble(i -> own[i]).average().orElseThrow();
      double deviation =
          Math.sqrt(
              IntStream.rangeClosed(1, ITEMS)
                  .mapToDouble(i -> (own[i] - mean) * (own[i] - mean))
                  .average()
                  .orElseThrow());
      for (int i = 1; i <= ITEMS; i++) {
        assertThat(standard[i]).isCloseTo((float) (2 * (own[i] - mean) / deviation), within(1e-3f));
      }
      assertThat(standard[ITEMS + 1]).isZero(); // a cold item that the tower does not know
    }
  }
}
