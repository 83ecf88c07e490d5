package dev.horae.data;

/**
 * Leave-one-out, as RecBole does it: of a user's {@code m} events the last is the test target, the
 * second last the validation target, and every earlier one but the first a training target. Short
 * users: three events give train and test, two give train only, one gives nothing.
 *
 * <p>Nothing is copied: targets are positions in {@link Histories#items()}. The input of a target
 * is what lies before it, so the validation target is part of the test input.
 */
public record Split(Histories histories) {

  /** The two parts that are evaluated. */
  public enum Part {
    VALID,
    TEST
  }

  /** What {@link #validTarget} and {@link #testTarget} return for a user who has none. */
  public static final int NONE = -1;

  /** {@return the position of user {@code u}'s first training target} */
  public int trainFrom(int u) {
    return Math.min(histories.starts()[u] + 1, histories.starts()[u + 1]);
  }

  /** {@return the position after user {@code u}'s last training target} */
  public int trainTo(int u) {
    int targets = histories.length(u) - 1;
    int held = Math.min(2, Math.max(0, targets - 1)); // training is served first, then test
    return histories.starts()[u + 1] - held;
  }

  /** {@return the position of user {@code u}'s validation target, or {@link #NONE}} */
  public int validTarget(int u) {
    return histories.length(u) >= 4 ? histories.starts()[u + 1] - 2 : NONE;
  }

  /** {@return the position of user {@code u}'s test target, or {@link #NONE}} */
  public int testTarget(int u) {
    return histories.length(u) >= 3 ? histories.starts()[u + 1] - 1 : NONE;
  }

  /** {@return the position of user {@code u}'s target in {@code part}, or {@link #NONE}} */
  public int target(Part part, int u) {
    return part == Part.VALID ? validTarget(u) : testTarget(u);
  }

  /**
   * {@return what may be learnt from: every user's events before the validation target, or before
   * the test target of a user who has no other}
   */
  public Histories training() {
    int[] starts = new int[histories.users() + 1];
    for (int u = 0; u < histories.users(); u++) {
      starts[u + 1] = starts[u] + trainTo(u) - histories.starts()[u];
    }
    int[] items = new int[starts[histories.users()]];
    long[] times = new long[items.length];
    for (int u = 0; u < histories.users(); u++) {
      int count = starts[u + 1] - starts[u];
      System.arraycopy(histories.items(), histories.starts()[u], items, starts[u], count);
      System.arraycopy(histories.times(), histories.starts()[u], times, starts[u], count);
    }
    return new Histories(starts, items, times);
  }

  /**
   * {@return the position of the oldest event that a model sees before user {@code u}'s {@code
   * target}; the input is {@code [inputFrom, target)}}
   *
   * @param maxLength most events of an input, L
   */
  public int inputFrom(int u, int target, int maxLength) {
    return Math.max(histories.starts()[u], target - maxLength);
  }
}
