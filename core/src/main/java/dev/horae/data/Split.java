package dev.horae.data;

/** Leave-one-out (PROTOCOL): placeholder of the same contract until the prep branch is merged. */
public enum Split {
  VALID,
  TEST;

  /** {@return how many targets a history of {@code m} events has for training} */
  public static int trainTargets(int m) {
    return m >= 4 ? m - 3 : m >= 2 ? 1 : 0;
  }

  /** {@return the place of this part's target in a history of {@code m} events, or -1} */
  public int target(int m) {
    return this == TEST ? (m >= 3 ? m - 1 : -1) : (m >= 4 ? m - 2 : -1);
  }
}
