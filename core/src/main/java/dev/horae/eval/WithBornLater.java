package dev.horae.eval;

import dev.horae.data.Dataset;
import dev.horae.data.Progress;
import dev.horae.data.Split;
import dev.horae.sequence.Scorer;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Test figures of a split by time when targets that are items born later count, too: a model that
 * scores content may find them, and for others they are misses.
 *
 * @param targets how many there are
 * @param test means over all test targets, by the names of {@link Metrics#NAMES}
 * @param maskedTest likewise, without the items of the history
 */
public record WithBornLater(int targets, Map<String, Double> test, Map<String, Double> maskedTest) {

  /**
   * Ranks what {@code test} lacks.
   *
   * @param test of {@link Split.Part#TEST}
   * @return empty where the split is not by time
   */
  public static Optional<WithBornLater> of(
      Scorer scorer, Dataset dataset, Ranking test, Progress progress) {
    if (!dataset.split().isByTime()) {
      return Optional.empty();
    }
    Ranking later = Ranking.of(scorer, dataset, Split.Part.TEST_BORN_LATER, progress);
    return Optional.of(
        new WithBornLater(
            later.users().length,
            Metrics.means(both(test.ranks(), later.ranks())),
            Metrics.means(both(test.maskedRanks(), later.maskedRanks()))));
  }

  private static int[] both(int[] some, int[] others) {
    return IntStream.concat(IntStream.of(some), IntStream.of(others)).toArray();
  }
}
