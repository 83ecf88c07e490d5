package dev.horae.data;

import java.util.SplittableRandom;

/** The random order of Fisher and Yates, in which each order is as likely as any other. */
public final class Shuffle {

  private Shuffle() {}

  /** Brings the values into random order. {@return the same array} */
  public static int[] of(int[] values, SplittableRandom random) {
    for (int i = values.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int kept = values[i];
      values[i] = values[j];
      values[j] = kept;
    }
    return values;
  }
}
