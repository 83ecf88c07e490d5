package dev.horae.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.horae.config.ConfigReader;
import dev.horae.data.Catalogue;
import dev.horae.data.Dataset;
import dev.horae.data.Histories;
import dev.horae.data.Item;
import dev.horae.data.Manifest;
import dev.horae.data.Progress;
import dev.horae.data.Split;
import dev.horae.data.TrainingCounts;
import dev.horae.data.Windows;
import dev.horae.model.ItemTransitions;
import dev.horae.sequence.Scorer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every figure against a plain loop over the definition. */
class BeyondAccuracyTest {

  private static final int ITEMS = 60;
  private static final int USERS = 150;

  /**
   * @param repeats whether users come back to items, so that {@code recommend} shows these, too
   */
  @ParameterizedTest
  @CsvSource({"true, TEST", "false, TEST", "true, VALID", "false, VALID"})
  void isWhatItsDefinitionSays(boolean repeats, Split.Part part) {
    Dataset dataset = dataset(repeats);
    BeyondAccuracy.Lists lists = new BeyondAccuracy.Lists(dataset.split(), part, ITEMS);
    Map<Integer, float[]> scores = new TreeMap<>();
    Ranking ranking;
    Ranking alone;
    try (Scorer scorer =
        ConfigReader.read(null, List.of(), ItemTransitions.Config.class)
            .fit(dataset.split().training(), ITEMS)) {
      ranking = Ranking.of(scorer, dataset, part, Progress.SILENT, lists);
      alone = Ranking.of(scorer, dataset, part, Progress.SILENT);
      Windows windows = Windows.before(dataset.split(), part, scorer.maxLength());
      scorer.score(windows, 0, windows.count(), (user, row) -> scores.put(user, row.clone()));
    }
    assertThat(ranking.ranks()).isEqualTo(alone.ranks());
    assertThat(ranking.maskedRanks()).isEqualTo(alone.maskedRanks());
    assertThat(ranking.historyShare()).isEqualTo(alone.historyShare());
    BeyondAccuracy found = lists.measure(ranking);
    assertThat(found.historyLeftOut()).isEqualTo(!repeats);
    check(found, dataset, part, scores, !repeats);
    checkLengths(found.byLength(), dataset, part, ranking);
  }

  private static void check(
      BeyondAccuracy found,
      Dataset dataset,
      Split.Part part,
      Map<Integer, float[]> scores,
      boolean masked) {
    List<Integer> trained = Arrays.stream(dataset.split().training().items()).boxed().toList();
    int[] n = new int[ITEMS + 1];
    trained.forEach(item -> n[item]++);
    Set<Integer> tail = tail(n, trained.size());
    Set<Integer> any = new HashSet<>();
    List<Double> novelty = new ArrayList<>();
    List<Double> popularity = new ArrayList<>();
    List<Double> before = new ArrayList<>();
    List<Double> inTail = new ArrayList<>();
    List<Double> cold = new ArrayList<>();
    scores.forEach(
        (user, row) -> {
          Set<Integer> had = new HashSet<>();
          Histories all = dataset.histories();
          for (int e = all.starts()[user]; e < dataset.split().target(part, user); e++) {
            had.add(all.items()[e]);
          }
          List<Integer> shown =
              IntStream.rangeClosed(1, ITEMS)
                  .boxed()
                  .filter(item -> !masked || !had.contains(item))
                  .sorted((a, b) -> Float.compare(row[b], row[a])) // stable: the lower index first
                  .limit(10)
                  .toList();
          any.addAll(shown);
          novelty.add(
              mean(shown, i -> -Math.log(Math.max(1, n[i]) / (double) trained.size()))
                  / Math.log(2));
          popularity.add(mean(shown, i -> n[i]));
          before.add(mean(List.copyOf(had), i -> n[i]));
          inTail.add(mean(shown, i -> tail.contains(i) ? 1 : 0));
          cold.add(mean(shown, i -> n[i] == 0 ? 1 : 0));
        });
    assertThat(found.coverage()).isEqualTo(any.size() / (double) ITEMS).isLessThan(1);
    assertThat(found.novelty()).isCloseTo(mean(novelty), within(1e-9));
    assertThat(found.popularityLift())
        .isCloseTo(mean(popularity) / mean(before) - 1, within(1e-9))
        .isNotZero();
    assertThat(found.longTailShare()).isCloseTo(mean(inTail), within(1e-9)).isPositive();
    assertThat(found.coldShare()).isCloseTo(mean(cold), within(1e-9));
  }

  /** {@return what is left when the most frequent are taken away until 80 % of events are gone} */
  private static Set<Integer> tail(int[] n, int events) {
    Set<Integer> tail = new HashSet<>();
    IntStream.rangeClosed(1, ITEMS).forEach(tail::add);
    for (int gone = 0; gone < 0.8 * events; ) {
      int most = 0;
      for (int item : tail.stream().sorted().toList()) {
        most = most == 0 || n[item] > n[most] ? item : most;
      }
      tail.remove(most);
      gone += n[most];
    }
    return tail;
  }

  private static void checkLengths(
      List<BeyondAccuracy.Length> found, Dataset dataset, Split.Part part, Ranking ranking) {
    assertThat(found)
        .extracting(BeyondAccuracy.Length::events)
        .containsExactly("1–4", "5–9", "10–19", "20–49", "50+");
    assertThat(found.stream().mapToInt(BeyondAccuracy.Length::users).sum())
        .isEqualTo(ranking.users().length);
    int[] least = {1, 5, 10, 20, 50, Integer.MAX_VALUE};
    for (int g = 0; g < 5; g++) {
      List<Double> own = new ArrayList<>();
      List<Double> masked = new ArrayList<>();
      for (int i = 0; i < ranking.users().length; i++) {
        int user = ranking.users()[i];
        int before = dataset.split().target(part, user) - dataset.histories().starts()[user];
        if (before >= least[g] && before < least[g + 1]) {
          own.add(ndcg(ranking.ranks()[i]));
          masked.add(ndcg(ranking.maskedRanks()[i]));
        }
      }
      assertThat(found.get(g).users()).isEqualTo(own.size());
      assertThat(found.get(g).ndcg()).isCloseTo(mean(own), within(1e-9));
      assertThat(found.get(g).masked()).isCloseTo(mean(masked), within(1e-9));
    }
    assertThat(found.get(4).users()).isZero();
  }

  private static double ndcg(int rank) {
    return rank > 10 ? 0 : Math.log(2) / Math.log(rank + 1);
  }

  private static double mean(List<Integer> items, IntToDoubleFunction of) {
    return items.stream().mapToDouble(of::applyAsDouble).average().orElseThrow();
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(v -> v).average().orElse(0);
  }

  @Test
  void theMeanOfSeedsIsTheMeanOfEachFigure() {
    BeyondAccuracy one =
        new BeyondAccuracy(
            true, 0.5, 8, 1, 0.25, 0, List.of(new BeyondAccuracy.Length("1–4", 7, 0.5, 0.75)));
    BeyondAccuracy two =
        new BeyondAccuracy(
            true, 1, 10, 2, 0.75, 0.5, List.of(new BeyondAccuracy.Length("1–4", 7, 0.25, 0.25)));
    assertThat(BeyondAccuracy.mean(List.of(one, two)))
        .isEqualTo(
            new BeyondAccuracy(
                true,
                0.75,
                9,
                1.5,
                0.5,
                0.25,
                List.of(new BeyondAccuracy.Length("1–4", 7, 0.375, 0.5))));
  }

  /** Low numbers are popular; some items are only ever a target. */
  private static Dataset dataset(boolean repeats) {
    SplittableRandom random = new SplittableRandom(8);
    List<Integer> taken = new ArrayList<>();
    int[] starts = new int[USERS + 1];
    for (int u = 0; u < USERS; u++) {
      List<Integer> own = new ArrayList<>();
      int length = 3 + random.nextInt(u % 10 == 0 ? 25 : 9);
      while (own.size() < length) {
        int item = 1 + (int) ((ITEMS - 5) * Math.pow(random.nextDouble(), 2));
        if (repeats || !own.contains(item)) {
          own.add(item);
        }
      }
      if (u % 30 == 0) {
        own.set(length - 1, ITEMS - u / 30);
      }
      taken.addAll(own);
      starts[u + 1] = taken.size();
    }
    int[] items = taken.stream().mapToInt(item -> item).toArray();
    List<Item> catalogue =
        IntStream.rangeClosed(1, ITEMS)
            .mapToObj(item -> new Item("i" + item, "", "", List.of(), ""))
            .toList();
    Dataset dataset =
        new Dataset(
            Path.of("shop"),
            new Manifest(
                "shop", 1, 50, 1, 1, "kept", "file", null, true, Map.of(), Map.of(), "", Map.of()),
            new Catalogue(catalogue),
            IntStream.range(0, USERS).mapToObj(u -> "u" + u).toList(),
            new Histories(starts, items, new long[items.length]));
    assertThat(TrainingCounts.of(dataset.split(), ITEMS).seldomRepeats()).isEqualTo(!repeats);
    return dataset;
  }
}
