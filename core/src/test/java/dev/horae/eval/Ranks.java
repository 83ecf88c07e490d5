package dev.horae.eval;

/**
 * The rank of the item that came next, by the protocol's rule: items are ordered by score, highest
 * first, and equal scores by index, lowest first. Items of the history take part.
 */
public final class Ranks {

  private Ranks() {}

  /**
   * Looks at every score once and keeps nothing: the reference for faster ways.
   *
   * @param scores one per item index, [N + 1]; column 0, padding, is ignored; the others are finite
   * @param target the item that came next, 1..N
   * @return 1 = best, N = worst
   * @throws IllegalArgumentException for a target outside 1..N or a score that is not finite
   */
  public static int of(float[] scores, int target) {
    if (target < 1 || target >= scores.length) {
      throw new IllegalArgumentException(
          "target = " + target + " is not an item; items are 1.." + (scores.length - 1));
    }
    int rank = 1;
    for (int item = 1; item < scores.length; item++) {
      if (!Float.isFinite(scores[item])) {
        throw new IllegalArgumentException(
            "scores[" + item + "] = " + scores[item] + " is not finite; nothing can be ranked");
      }
      if (scores[item] > scores[target] || (item < target && scores[item] == scores[target])) {
        rank++;
      }
    }
    return rank;
  }
}
