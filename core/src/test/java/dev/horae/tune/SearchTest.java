package dev.horae.tune;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SearchTest {

  /** Four keys of six values: 1,296 settings, and the best is in none of the corners. */
  static final Space SPACE =
      new Space(
          List.of("a", "b", "c", "d").stream()
              .map(
                  key ->
                      new Space.Axis(
                          key, IntStream.range(0, 6).mapToObj(Integer::toString).toList()))
              .toList());

  private static final List<Integer> BEST = List.of(2, 4, 1, 3);

  /** Falls from 1 with the distance from the best; the first key matters most. */
  static double value(List<Integer> point) {
    double value = 1;
    for (int a = 0; a < point.size(); a++) {
      double distance = point.get(a) - BEST.get(a);
      value -= 0.02 / (1 + a) * distance * distance;
    }
    return value;
  }

  /** Learns in the course of the epochs, with a little noise that is the setting's own. */
  private static Optional<Trial.Score> learn(Trial trial, int epochs) {
    double noise = 0.004 * new SplittableRandom(trial.point().hashCode()).nextGaussian();
    double value = (value(trial.point()) + noise) * (1 - Math.exp(-epochs / 12.0));
    return Optional.of(new Trial.Score(value, Double.NaN, epochs));
  }

  private static Tpe tpe(long seed) {
    return new Tpe(SPACE, seed, Optional.empty(), point -> true);
  }

  private static List<List<Integer>> points(List<Trial> trials) {
    return trials.stream().map(Trial::point).toList();
  }

  /** Otherwise it would propose other settings for trials that are trained already. */
  @Test
  void aSearchThatGoesOnWithMoreWorkersKeepsItsTrials() {
    List<List<Integer>> before =
        points(new Search(tpe(7), Search.rungs(27), 12, 1, SearchTest::learn).run());
    Sampler sampler =
        Sampler.keeping(
            trial -> trial <= 12 ? Optional.of(before.get(trial - 1)) : Optional.empty(), tpe(7));
    List<List<Integer>> after =
        points(new Search(sampler, Search.rungs(27), 30, 2, SearchTest::learn).run());
    assertThat(after).hasSize(30);
    assertThat(after.subList(0, 12)).isEqualTo(before);
    assertThat(points(new Search(tpe(7), Search.rungs(27), 12, 2, SearchTest::learn).run()))
        .isNotEqualTo(before);
  }

  private static Trial best(List<Trial> trials) {
    return TuningFindings.ranked(trials).get(0);
  }

  private static long epochs(List<Trial> trials) {
    return trials.stream().mapToLong(trial -> trial.last().epochs()).sum();
  }

  @Test
  void rungsAreThirds() {
    assertThat(Search.rungs(100)).containsExactly(4, 12, 34, 100);
    assertThat(Search.rungs(27)).containsExactly(3, 9, 27);
    assertThat(Search.rungs(9)).containsExactly(1, 3, 9);
    assertThat(Search.rungs(3)).containsExactly(1, 3);
    assertThat(Search.rungs(1)).containsExactly(1);
    assertThat(Search.epochs(List.of(3, 9, 27), 9)).isEqualTo(9 * 3 + 3 * 6 + 3 * 18);
  }

  @Test
  void findsWhatTheGridFindsInAHundredthOfTheEpochs() {
    double highest = value(BEST);
    for (long seed = 1; seed <= 5; seed++) {
      List<Trial> trials = new Search(tpe(seed), Search.rungs(100), 60, 1, SearchTest::learn).run();
      assertThat(trials).hasSize(60);
      assertThat(points(trials)).doesNotHaveDuplicates();
      assertThat(highest - value(best(trials).point())).as("seed " + seed).isLessThan(0.03);
      assertThat(epochs(trials)).isLessThan(SPACE.size() * 100 / 100);
      assertThat(best(trials).scores()).hasSize(4);
    }
  }

  @Test
  void learnsFromTheTrials() {
    double modelled = 0;
    double random = 0;
    for (long seed = 1; seed <= 10; seed++) {
      modelled += last(tpe(seed));
      SplittableRandom draws = new SplittableRandom(seed);
      random += last(trials -> Optional.of(SPACE.draw(draws)));
    }
    assertThat(modelled / 10).isGreaterThan(random / 10 + 0.1);
  }

  /** {@return what the later half of forty settings are worth} */
  private static double last(Sampler sampler) {
    List<Trial> trials = new Search(sampler, List.of(9), 40, 1, SearchTest::learn).run();
    return trials.subList(20, 40).stream().mapToDouble(t -> value(t.point())).average().orElse(0);
  }

  @Test
  void anotherRunTakesTheSameWayAndALongerOneBeginsWithIt() {
    List<String> way = new ArrayList<>();
    List<String> again = new ArrayList<>();
    List<String> longer = new ArrayList<>();
    search(12, way);
    search(12, again);
    search(40, longer);
    assertThat(again).isEqualTo(way);
    long begun = way.stream().filter(step -> step.endsWith(" to 3")).count();
    assertThat(begun).isEqualTo(12);
    int last = // what follows it ends the search, or goes on with what it decided
        IntStream.range(0, way.size())
            .filter(i -> way.get(i).endsWith(" to 3"))
            .max()
            .orElseThrow();
    assertThat(longer.subList(0, last + 1)).isEqualTo(way.subList(0, last + 1));
    List<String> another = new ArrayList<>();
    new Search(tpe(8), Search.rungs(27), 12, 1, recording(another)).run();
    assertThat(another).isNotEqualTo(way);
  }

  @Test
  void severalAtOnceTakeTheSameWayAndFindAsMuch() {
    for (int atOnce : List.of(2, 3, 5)) {
      List<Trial> trials =
          new Search(tpe(3), Search.rungs(100), 60, atOnce, SearchTest::learn).run();
      Search again = new Search(tpe(3), Search.rungs(100), 60, atOnce, SearchTest::learn);
      assertThat(points(again.run())).isEqualTo(points(trials)).doesNotHaveDuplicates();
      assertThat(value(BEST) - value(best(trials).point())).as("" + atOnce).isLessThan(0.03);
      assertThat(epochs(trials)).isLessThan(SPACE.size() * 100 / 100);
      assertThat(again.steps().get(again.steps().size() - 1).epochs()).isEqualTo(epochs(trials));
    }
  }

  /** Settings that are trained at the same time are waited for, so they take as long. */
  @Test
  void aRoundIsOfOneRungAndTheLastOfItMayEndFirst() {
    List<String> asked = Collections.synchronizedList(new ArrayList<>());
    List<Trial> alone = new Search(tpe(3), List.of(1, 3), 18, 1, SearchTest::learn).run();
    CyclicBarrier both = new CyclicBarrier(2);
    Search.Objective together =
        (trial, epochs) -> {
          meet(both);
          asked.add(trial.number() + " to " + epochs);
          return learn(trial, epochs);
        };
    Search search = new Search(tpe(3), List.of(1, 3), 18, 2, together);
    assertThat(search.run()).hasSameSizeAs(alone);
    for (int i = 0; i < asked.size(); i += 2) {
      assertThat(asked.get(i).split(" to ")[1]).isEqualTo(asked.get(i + 1).split(" to ")[1]);
    }
    List<Integer> begun = search.steps().subList(0, 6).stream().map(Search.Step::trial).toList();
    assertThat(begun).containsExactly(1, 2, 3, 4, 5, 6); // in their order, whoever ended first
  }

  /** Fails rather than waits when there is no other. */
  private static void meet(CyclicBarrier barrier) {
    try {
      barrier.await(20, TimeUnit.SECONDS);
    } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void search(int settings, List<String> way) {
    new Search(tpe(7), Search.rungs(27), settings, 1, recording(way)).run();
  }

  private static Search.Objective recording(List<String> way) {
    return (trial, epochs) -> {
      way.add(trial.point() + " to " + epochs);
      return learn(trial, epochs);
    };
  }

  @Test
  void theBestThreeGoToTheEndHoweverFewSettingsThereAre() {
    for (int settings = 1; settings <= 10; settings++) {
      List<Trial> trials =
          new Search(tpe(3), Search.rungs(100), settings, 1, SearchTest::learn).run();
      assertThat(trials).hasSize(settings);
      assertThat(trials.stream().filter(trial -> trial.at(3)).count())
          .isGreaterThanOrEqualTo(Math.min(3, settings));
    }
  }

  @Test
  void aThirdIsKeptAtLeast() {
    List<Trial> trials = new Search(tpe(5), Search.rungs(100), 27, 1, SearchTest::learn).run();
    assertThat(trials.stream().filter(trial -> trial.at(1)).count()).isBetween(9L, 16L);
    assertThat(trials.stream().filter(trial -> trial.at(2)).count()).isBetween(3L, 8L);
    Trial best = trials.stream().max(Comparator.comparingDouble(t -> t.value(0))).orElseThrow();
    assertThat(best.at(1)).isTrue();
  }

  @Test
  void whatFailsIsLeftOutAndAllFailuresEndIt() {
    List<Trial> some =
        new Search(
                tpe(5),
                List.of(1, 3),
                12,
                1,
                (trial, epochs) ->
                    trial.number() % 2 == 0 ? Optional.empty() : learn(trial, epochs))
            .run();
    assertThat(some).hasSize(12);
    assertThat(TuningFindings.ranked(some)).hasSize(6).allMatch(trial -> trial.number() % 2 == 1);
    List<Trial> none =
        new Search(tpe(5), List.of(1, 3), 12, 1, (trial, epochs) -> Optional.empty()).run();
    assertThat(none).hasSize(3);
    assertThat(TuningFindings.ranked(none)).isEmpty();
  }

  @Test
  void takesOnlyWhatIsAllowedAndEndsWhenNothingIsLeft() {
    Space small =
        new Space(
            List.of(
                new Space.Axis("a", List.of("x", "y", "z")),
                new Space.Axis("b", List.of("1", "2"))));
    List<Trial> trials =
        new Search(
                new Tpe(
                    small, 1, Optional.of(List.of(1, 1)), point -> !point.equals(List.of(0, 0))),
                List.of(1),
                50,
                1,
                (trial, epochs) -> Optional.of(new Trial.Score(trial.point().get(0), 0, epochs)))
            .run();
    assertThat(points(trials))
        .hasSize(5)
        .startsWith(List.of(1, 1))
        .doesNotHaveDuplicates()
        .doesNotContain(List.of(0, 0));
  }
}
