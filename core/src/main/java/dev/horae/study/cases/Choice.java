package dev.horae.study.cases;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which models have the next item among their first few, and the users in whom they differ most.
 *
 * @param ranks of the next item, [model][user], 1 = best
 */
record Choice(int[][] ranks) {

  /** As many items as a model shows. */
  static final int TOP = 5;

  static final int NONE = -1;
  static final int SEVERAL = -2;
  static final int ALL = -3;

  int users() {
    return ranks[0].length;
  }

  /**
   * {@return the only model that has the next item among its first, or {@link #ALL}, {@link
   * #SEVERAL} but not all, or {@link #NONE}}
   */
  int winner(int user) {
    int[] models =
        IntStream.range(0, ranks.length).filter(model -> ranks[model][user] <= TOP).toArray();
    if (models.length == ranks.length) {
      return ALL;
    }
    return models.length == 0 ? NONE : models.length == 1 ? models[0] : SEVERAL;
  }

  /** {@return users whom only one model serves, those first whom the others serve worst} */
  List<Integer> wonBy(int model, int most) {
    return IntStream.range(0, users())
        .filter(user -> winner(user) == model)
        .boxed()
        .sorted(
            Comparator.<Integer>comparingInt(user -> -bestOfOthers(model, user))
                .thenComparingInt(user -> ranks[model][user])
                .thenComparingInt(user -> user))
        .limit(most)
        .toList();
  }

  private int bestOfOthers(int model, int user) {
    return IntStream.range(0, ranks.length)
        .filter(other -> other != model)
        .map(other -> ranks[other][user])
        .min()
        .orElseThrow();
  }
}
