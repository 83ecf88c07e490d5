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

  /** Scores without any evidence; [N + 1]. */
  private final float[] bare;

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
    bare = new float[items + 1];
    bare[0] = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < items; i++) {
      place[order[i]] = i;
      bare[order[i]] = -1f - i;
    }
  }

  int count(int item) {
    return counts[item];
  }

  /**
   * Makes scores that put all items in one order: by evidence, then by popularity, then by index.
   * An item with evidence scores just that, or as few float steps less as make it differ from the
   * one above it. An item without scores minus its place by popularity, from 1.
   *
   * @param evidence equal means equal as float; is empty afterwards
   * @param scores get one per item index, [N + 1], column 0 minus infinity
   */
  void scores(Evidence evidence, float[] scores) {
    System.arraycopy(bare, 0, scores, 0, bare.length);
    int[] items = evidence.items();
    long[] keys = new long[items.length]; // a better item has a larger key
    int found = 0;
    for (int item : items) {
      float own = (float) evidence.value(item);
      if (own > 0) { // bits of positive floats are ordered as their values
        keys[found++] =
            (long) Float.floatToRawIntBits(own) << 32 | (order.length - 1 - place[item]);
      }
    }
    evidence.clear();
    Arrays.sort(keys, 0, found);
    float above = Float.POSITIVE_INFINITY;
    for (int i = found - 1; i >= 0; i--) {
      int item = order[order.length - 1 - (int) keys[i]];
      above = Math.min(Float.intBitsToFloat((int) (keys[i] >> 32)), Math.nextDown(above));
      scores[item] = above;
    }
  }
}
