package dev.horae.data;

import java.util.Arrays;

/**
 * The k best of all scores offered: highest first, equal scores by index, lowest first. They may be
 * offered in any order. Keeps up to 2k candidates and sorts them when there are more, so that most
 * scores cost one comparison.
 */
public final class TopK {

  private final int k;
  private final long[] keys; // a better candidate has a larger key
  private int size;
  private float worst = Float.NEGATIVE_INFINITY; // of k candidates, once there are so many
  private long worstKey = key(0, Float.NEGATIVE_INFINITY);

  /**
   * @param k at least 1
   */
  public TopK(int k) {
    this.k = k;
    keys = new long[2 * k];
  }

  /** Takes part in the choice, unless the score is minus infinity or no number. */
  public void offer(int index, float score) {
    if (score >= worst) { // most are worse, and need no key
      long key = key(index, score);
      if (key > worstKey) {
        if (size == keys.length) {
          cut();
          if (key <= worstKey) {
            return;
          }
        }
        keys[size++] = key;
      }
    }
  }

  /** {@return the indices of the best, at most k} */
  public int[] indices() {
    cut();
    int[] indices = new int[size];
    Arrays.setAll(indices, i -> (int) ~keys[size - 1 - i]);
    return indices;
  }

  /** Forgets all that was offered. */
  public void clear() {
    size = 0;
    worst = Float.NEGATIVE_INFINITY;
    worstKey = key(0, worst);
  }

  private void cut() {
    Arrays.sort(keys, 0, size);
    if (size >= k) {
      System.arraycopy(keys, size - k, keys, 0, k);
      size = k;
      worstKey = keys[0];
      worst = score(worstKey);
    }
  }

  /** The score's bits in an order that integers have, then the index, turned round. */
  private static long key(int index, float score) {
    int bits = Float.floatToRawIntBits(score + 0.0f); // which makes -0 a 0
    return ((long) ordered(bits) << 32) | (~index & 0xFFFFFFFFL);
  }

  private static float score(long key) {
    return Float.intBitsToFloat(ordered((int) (key >> 32)));
  }

  private static int ordered(int bits) {
    return bits ^ (bits >> 31 & Integer.MAX_VALUE);
  }
}
