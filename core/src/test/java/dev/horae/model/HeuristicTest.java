package dev.horae.model;

import static dev.horae.data.Windows.NOBODY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.horae.config.ConfigReader;
import dev.horae.config.Names;
import dev.horae.data.Histories;
import dev.horae.data.Progress;
import dev.horae.data.Split;
import dev.horae.data.TopK;
import dev.horae.eval.Ranking;
import dev.horae.sequence.Explanation;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every heuristic baseline on numbers worked out by hand, and all of them against plain rules. */
class HeuristicTest {

  private record Chosen(HeuristicConfig model) {}

  private static final int ITEMS = 6;

  /**
   * Training events are 1 2 3 | 1 2 | 3 1 | 5 5 | 5, and end at the times 103, 202, 302, 402, 501:
   * the last histories are too short for a target.
   */
  private static final Histories SHOP =
      histories(new int[][] {{1, 2, 3, 4, 5}, {1, 2, 2, 3}, {3, 1, 2}, {5, 5}, {5}});

  @Test
  void popularityCountsTrainingEventsOnly() {
    Heuristic popular = fit("most-popular", SHOP, ITEMS);
    // 1 and 5: three times; 2 and 3: twice; 4 and 6: never
    float[] scores = popular.scores(NOBODY, new int[] {4});
    assertThat(scores)
        .containsExactly(
            Float.NEGATIVE_INFINITY, 3, 2, Math.nextDown(2f), -5, Math.nextDown(3f), -6);
    assertThat(top(popular.scores(NOBODY, new int[] {4}), 4)).containsExactly(1, 5, 2, 3);
    assertThat(top(popular.scores(NOBODY, new int[] {}), 99)).containsExactly(1, 5, 2, 3, 4, 6);
    assertThat(ranks(popular, Split.Part.TEST)).containsExactly(2, 4, 3);
    assertThat(ranks(popular, Split.Part.VALID)).containsExactly(5, 3);
  }

  @Test
  void transitionsCountStepsByTheirLength() {
    Heuristic transitions = fit("item-transitions", SHOP, ITEMS);
    // 1 → 2 twice, and 1 → 3 once, two steps on
    assertThat(transitions.scores(NOBODY, new int[] {5, 1}))
        .containsExactly(Float.NEGATIVE_INFINITY, -1, 2, 0.5f, -5, -2, -6);
    assertThat(top(transitions.scores(NOBODY, new int[] {5, 1}), 9))
        .containsExactly(2, 3, 1, 5, 4, 6);
    assertThat(top(transitions.scores(NOBODY, new int[] {2}), 9)).containsExactly(3, 1, 5, 2, 4, 6);
    // nothing follows 6, and nothing is asked: popularity
    assertThat(top(transitions.scores(NOBODY, new int[] {6}), 2)).containsExactly(1, 5);
    assertThat(top(transitions.scores(NOBODY, new int[] {}), 2)).containsExactly(1, 5);
    // after 4 comes nothing: 5 is second; after 2 comes 3; after 1 comes 2
    assertThat(ranks(transitions, Split.Part.TEST)).containsExactly(2, 1, 1);
  }

  @Test
  void transitionsReachTenSteps() {
    int[] user = IntStream.rangeClosed(1, 14).toArray();
    Heuristic transitions = fit("item-transitions", histories(new int[][] {user}), 14);
    float[] scores = transitions.scores(NOBODY, new int[] {1}); // 13 and 14 are held back
    for (int item = 2; item <= 11; item++) {
      assertThat(scores[item]).isEqualTo(1f / (item - 1));
    }
    assertThat(scores[12]).isNegative();
  }

  @Test
  void neighboursGiveWhatTheyDoNotShare() {
    Heuristic knn = fit("vmis-knn", SHOP, ITEMS);
    float[] scores = knn.scores(NOBODY, new int[] {3, 2});
    // 2 weighs 1 and 3 weighs 1/2. Histories: 1 2 3 shares both, 1.5, newest match 2, so · 0.9;
    // 1 2 shares 2, 1 · 0.9; 3 1 shares 3, 0.5 · 0.8. Item 1 is one step from the match in each,
    // and three of five histories have it
    double one = (1.5 * 0.9 + 1 * 0.9 + 0.5 * 0.8) * Math.exp(-1 / 5.0) * Math.log(5 / 3.0);
    assertThat(scores[1]).isCloseTo((float) one, within(1e-6f));
    // what is shared is not given back; 4 and 6 are in no training history, 5 in no neighbour
    assertThat(Arrays.copyOfRange(scores, 2, 7)).containsExactly(-3, -4, -5, -2, -6);
  }

  @Test
  void anItemThatANeighbourTookAgainIsGivenBack() {
    float[] scores = fit("vmis-knn", SHOP, ITEMS).scores(NOBODY, new int[] {5});
    // of 5 5 the last is the match and was taken again; the user of 5 alone gives nothing
    assertThat(scores[5]).isCloseTo((float) (0.9 * Math.log(5 / 2.0)), within(1e-6f));
    assertThat(scores[1]).isNegative();
  }

  @Test
  void onesOwnHistoryIsNoNeighbour() {
    Heuristic knn = fit("vmis-knn", SHOP, ITEMS);
    float[] own = knn.scores(0, new int[] {3, 2});
    double one = (1 * 0.9 + 0.5 * 0.8) * Math.exp(-1 / 5.0) * Math.log(5 / 3.0);
    assertThat(own[1]).isCloseTo((float) one, within(1e-6f));
  }

  /** Training events are 1 2 3 | 1 2 | 3 1 | 5 5 | 5 at 101 102 103 | 201 202 | 301 302 | … */
  @Test
  void whoAsksIsKnownByTheirEvents() {
    Heuristic knn = fit("vmis-knn", SHOP, ITEMS);
    assertThat(knn.userOf(new int[] {1, 2, 3, 4}, new long[] {101, 102, 103, 104})).isZero();
    assertThat(knn.userOf(new int[] {1}, new long[] {101})).isZero(); // it ends earlier
    assertThat(knn.userOf(new int[] {2, 3, 6}, new long[] {102, 103, 109})).isZero(); // the newest
    assertThat(knn.userOf(new int[] {1, 2}, new long[] {201, 202})).isOne();
    for (long[] others : new long[][] {{101, 109, 103}, {100, 101, 102}, {102, 103, 104}}) {
      assertThat(knn.userOf(new int[] {1, 2, 3}, others)).isEqualTo(NOBODY);
    }
    assertThat(knn.userOf(new int[] {1, 3}, new long[] {101, 103})).isEqualTo(NOBODY);
    assertThat(knn.userOf(new int[] {}, new long[] {})).isEqualTo(NOBODY);
    assertThat(knn.userOf(new int[] {6}, new long[] {101})).isEqualTo(NOBODY);
    for (String other : List.of("most-popular", "item-transitions")) {
      assertThat(fit(other, SHOP, ITEMS).userOf(new int[] {1}, new long[] {101})).isEqualTo(NOBODY);
    }
  }

  @Test
  void ofTwinsNoneIsKnownAndOfOthersTheOneWhoAgreesLonger() {
    Histories twins =
        new Histories(
            new int[] {0, 2, 4, 7},
            new int[] {1, 2, 1, 2, 1, 2, 3},
            new long[] {1, 2, 1, 2, 1, 2, 3});
    Heuristic knn = new VmisKnn.Config(9, 9, 9, 5).fit(twins, ITEMS);
    assertThat(knn.userOf(new int[] {1, 2}, new long[] {1, 2})).isEqualTo(NOBODY);
    assertThat(knn.userOf(new int[] {1, 2, 3}, new long[] {1, 2, 3})).isEqualTo(2);
  }

  @Test
  void candidatesAreTheNewestAndNeighboursTheMostSimilar() {
    // 3 1 ends last of the three; 1 2 3 first, but is the most similar
    float third = knn(1, 9, 9).scores(NOBODY, new int[] {3, 2})[1];
    float first = knn(9, 1, 9).scores(NOBODY, new int[] {3, 2})[1];
    double each = Math.exp(-1 / 5.0) * Math.log(5 / 3.0);
    assertThat(third).isCloseTo((float) (0.5 * 0.8 * each), within(1e-6f));
    assertThat(first).isCloseTo((float) (1.5 * 0.9 * each), within(1e-6f));
    // with the newest item alone, 3 1 is not asked, and 3 is not shared
    float[] newest = knn(9, 9, 1).scores(NOBODY, new int[] {3, 2});
    assertThat(newest[1]).isCloseTo((float) (2 * 0.9 * each), within(1e-6f));
  }

  /** After 3 came 1; nothing came before 4, whose score is but a place. */
  @Test
  void influenceIsEvidence() {
    Heuristic transitions = fit("item-transitions", SHOP, ITEMS);
    Explanation.Reason one = reason(transitions, 1, 3); // 3 1
    assertThat(one.shares()).containsOnly(Map.entry("score", 1.0));
    assertThat(one.influence()).containsExactly(1.0);
    Explanation.Reason four = reason(transitions, 4, 3);
    assertThat(four.shares()).containsOnly(Map.entry("score", -5.0));
    assertThat(four.influence()).containsExactly(0.0);

    Heuristic knn = fit("vmis-knn", SHOP, ITEMS);
    double whole = knn.scores(NOBODY, new int[] {3, 2})[1];
    Explanation.Reason both = reason(knn, 1, 3, 2);
    assertThat(both.influence())
        .containsExactly(
            whole - knn.scores(NOBODY, new int[] {2})[1],
            whole - knn.scores(NOBODY, new int[] {3})[1]);
    assertThat(reason(fit("most-popular", SHOP, ITEMS), 5).influence()).isEmpty();
  }

  private static Explanation.Reason reason(Heuristic heuristic, int item, int... history) {
    Histories one = new Histories(new int[] {0, history.length}, history, new long[history.length]);
    return heuristic.explain(one, new int[] {item}).reasons().get(0);
  }

  @ParameterizedTest
  @MethodSource("names")
  void noTargetChangesAScore(String name) {
    Histories before = random();
    int[] items = before.items().clone();
    long[] times = before.times().clone();
    Split split = Split.leaveOneOut(before);
    for (int u = 0; u < before.users(); u++) {
      for (int e = split.trainTo(u); e < before.starts()[u + 1]; e++) {
        items[e] = 1 + items[e] % 40;
        times[e] += 1_000_000;
      }
    }
    Heuristic one = fit(name, before, 40);
    Heuristic other = fit(name, new Histories(before.starts(), items, times), 40);
    for (int u = 0; u < before.users(); u++) {
      if (split.testTarget(u) != Split.NONE) {
        int[] history = before(before, Split.Part.TEST, u);
        assertThat(one.scores(u, history)).isEqualTo(other.scores(u, history));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void ranksAreThoseOfAPlainSort(String name) {
    Histories histories = random();
    Heuristic model = fit(name, histories, 40);
    for (Split.Part part : List.of(Split.Part.VALID, Split.Part.TEST)) {
      Ranking ranking = Ranking.of(model, Split.leaveOneOut(histories), part, Progress.SILENT);
      assertThat(ranking.tied()).isZero();
      assertThat(ranking.users()).hasSizeGreaterThan(200);
      for (int i = 0; i < ranking.users().length; i++) {
        int u = ranking.users()[i];
        int target = histories.items()[Split.leaveOneOut(histories).target(part, u)];
        int[] history = before(histories, part, u);
        int[] order = top(model.scores(u, history), 40);
        assertThat(order).hasSize(40).doesNotHaveDuplicates();
        assertThat(order[ranking.ranks()[i] - 1]).isEqualTo(target);
        int[] unseen =
            Arrays.stream(order)
                .filter(x -> x == target || Arrays.stream(history).noneMatch(y -> y == x))
                .toArray();
        assertThat(unseen[ranking.maskedRanks()[i] - 1]).isEqualTo(target);
      }
    }
  }

  @Test
  void transitionsAgreeWithAPlainMatrix() {
    Histories histories = random();
    double[][] following = new double[41][41];
    double[] popularity = new double[41];
    Split split = Split.leaveOneOut(histories);
    for (int u = 0; u < histories.users(); u++) {
      for (int e = histories.starts()[u]; e < split.trainTo(u); e++) {
        popularity[histories.items()[e]]++;
        for (int f = e + 1; f < split.trainTo(u) && f <= e + 10; f++) {
          following[histories.items()[e]][histories.items()[f]] += 1.0 / (f - e);
        }
      }
    }
    Heuristic model = fit("item-transitions", histories, 40);
    Ranking ranking = Ranking.of(model, split, Split.Part.TEST, Progress.SILENT);
    for (int i = 0; i < ranking.users().length; i++) {
      int target = split.testTarget(ranking.users()[i]);
      double[] scores = following[histories.items()[target - 1]].clone();
      Arrays.setAll(scores, x -> Math.rint(2520 * scores[x]) * 1e6 + popularity[x]); // lcm of 1..10
      int next = histories.items()[target];
      long better =
          IntStream.rangeClosed(1, 40)
              .filter(x -> scores[x] > scores[next] || (scores[x] == scores[next] && x < next))
              .count();
      assertThat(ranking.ranks()[i]).isEqualTo(1 + (int) better);
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void theSameCountsGiveTheSameRanks(String name) {
    Histories histories = random();
    Split split = Split.leaveOneOut(histories);
    Ranking one = Ranking.of(fit(name, histories, 40), split, Split.Part.TEST, Progress.SILENT);
    Ranking two = Ranking.of(fit(name, histories, 40), split, Split.Part.TEST, Progress.SILENT);
    assertThat(one.ranks()).isEqualTo(two.ranks());
    assertThat(one.maskedRanks()).isEqualTo(two.maskedRanks());
    assertThat(one.historyShare()).isEqualTo(two.historyShare());
  }

  @Test
  void equalEvidenceIsOrderedByPopularityThenIndex() {
    Popularity popularity = new Popularity(training(SHOP), ITEMS); // 1 5 2 3 4 6
    Evidence evidence = new Evidence();
    double[] of = {0, 0, 7, 7, 3, 1e-30, 0};
    for (int item : new int[] {5, 3, 4, 2, 1, 6}) {
      evidence.add(item, of[item]);
    }
    evidence.add(4, 4);
    float[] scores = new float[ITEMS + 1];
    popularity.scores(evidence, scores);
    float second = Math.nextDown(7f);
    assertThat(scores)
        .containsExactly(Float.NEGATIVE_INFINITY, -1, 7, second, Math.nextDown(second), 1e-30f, -6);
    popularity.scores(evidence, scores); // which is empty now
    assertThat(scores).containsExactly(Float.NEGATIVE_INFINITY, -1, -3, -4, -5, -2, -6);
  }

  @Test
  void evidenceOfManyItemsAddsUpAndIsGoneWhenCleared() {
    Evidence evidence = new Evidence();
    double[] plain = new double[100_000];
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < 20_000; i++) {
      int item = 1 + random.nextInt(random.nextBoolean() ? 500 : 99_999);
      double value = random.nextInt(3);
      plain[item] += value;
      evidence.add(item, value);
    }
    int[] items = IntStream.range(0, plain.length).filter(item -> plain[item] > 0).toArray();
    assertThat(evidence.items()).containsExactlyInAnyOrder(items);
    assertThat(Arrays.stream(items).mapToDouble(evidence::value))
        .containsExactly(Arrays.stream(items).mapToObj(item -> plain[item]).toArray(Double[]::new));
    evidence.clear();
    assertThat(evidence.items()).isEmpty();
    assertThat(evidence.value(items[0])).isZero();
  }

  static Set<String> names() {
    return Names.choices(HeuristicConfig.class).keySet();
  }

  /** Of all events, those that training may see are counted. */
  private static Heuristic fit(String name, Histories histories, int items) {
    return ConfigReader.read(null, List.of("model.type=" + name), Chosen.class)
        .model()
        .fit(training(histories), items);
  }

  private static Heuristic knn(int candidates, int neighbours, int newest) {
    return new VmisKnn.Config(candidates, neighbours, newest, 5).fit(training(SHOP), ITEMS);
  }

  private static Histories training(Histories histories) {
    return Split.leaveOneOut(histories).training();
  }

  /** {@return all that user {@code u} did before the target of {@code part}} */
  private static int[] before(Histories histories, Split.Part part, int u) {
    int target = Split.leaveOneOut(histories).target(part, u);
    return Arrays.copyOfRange(histories.items(), histories.starts()[u], target);
  }

  private static int[] top(float[] scores, int k) {
    TopK best = new TopK(k);
    for (int item = 1; item < scores.length; item++) {
      best.offer(item, scores[item]);
    }
    return best.indices();
  }

  private static int[] ranks(Heuristic model, Split.Part part) {
    return Ranking.of(model, Split.leaveOneOut(SHOP), part, Progress.SILENT).ranks();
  }

  /** Users of all lengths from 0, some items far more popular than others, many repeats. */
  private static Histories random() {
    SplittableRandom random = new SplittableRandom(11);
    int[][] users = new int[400][];
    for (int u = 0; u < users.length; u++) {
      users[u] =
          IntStream.range(0, random.nextInt(12))
              .map(e -> 1 + random.nextInt(1 + random.nextInt(40)))
              .toArray();
    }
    return histories(users);
  }

  private static Histories histories(int[][] users) {
    int[] starts = new int[users.length + 1];
    for (int u = 0; u < users.length; u++) {
      starts[u + 1] = starts[u] + users[u].length;
    }
    int[] items = Arrays.stream(users).flatMapToInt(Arrays::stream).toArray();
    long[] times = new long[items.length];
    for (int u = 0; u < users.length; u++) {
      for (int e = starts[u]; e < starts[u + 1]; e++) {
        times[e] = 100L * (u + 1) + e - starts[u] + 1;
      }
    }
    return new Histories(starts, items, times);
  }
}
