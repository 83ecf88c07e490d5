package dev.horae.model;

import dev.horae.data.Histories;
import dev.horae.data.TrainingCounts;
import java.util.Arrays;

/** How often each item occurs in training, and scores whose ties it breaks. */
final class Popularity {

  /** Training events of each item; [N + 1], 0 unused. */
  private final int[] counts;

  /** Items from the most to the least popular, lower index first when equal; [N]. */
  private final int[] order;

  /** Where each item stands in {@link #order}, 0 = most popular; [N + 1], 0 unused. */
  private final int[] place;

  /**
   * @param items N
   */
  Popularity(Histories training, int items) {
    counts = new int[items + 1];
    for (int item : training.items()) {
      counts[item]++;
    }
    order = new TrainingCounts(counts, 0, 0).mostFrequent();
    place = new int[items + 1];
    for (int i = 0; i < items; i++) {
      place[order[i]] = i;
    }
  }

  int count(int item) {
    return counts[item];
  }

  int items() {
    return order.length;
  }

  /**
   * Makes scores that put all items in one order: by evidence, then by popularity, then by index.
   * An item with evidence scores just that, or as few float steps less as make it differ from the
   * one above it. An item without scores minus its place by popularity, from 1.
   *
   * @param evidence [N + 1], 0 or more, 0 unused; equal means equal as float
   * @return [N + 1], column 0 minus infinity
   */
  float[] scores(double[] evidence) {
    float[] scores = new float[evidence.length];
    scores[0] = Float.NEGATIVE_INFINITY;
    long[] keys = new long[order.length]; // a better item has a larger key
    int found = 0;
    for (int i = 0; i < order.length; i++) {
      float own = (float) evidence[order[i]];
      if (own > 0) { // bits of positive floats are ordered as their values
        keys[found++] = (long) Float.floatToRawIntBits(own) << 32 | (order.length - 1 - i);
      } else {
        scores[order[i]] = -1f - i;
      }
    }
    Arrays.sort(keys, 0, found);
    float above = Float.POSITIVE_INFINITY;
    for (int i = found - 1; i >= 0; i--) {
      int item = order[order.length - 1 - (int) keys[i]];
      above = Math.min(Float.intBitsToFloat((int) (keys[i] >> 32)), Math.nextDown(above));
      scores[item] = above;
    }
    return scores;
  }
}
