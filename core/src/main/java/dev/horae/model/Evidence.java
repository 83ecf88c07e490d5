package dev.horae.model;

import java.util.Arrays;

/**
 * What speaks for the items of one history, few of N as a rule; {@link Popularity#scores} empties
 * it for the next one.
 */
final class Evidence {

  private final double[] values; // [N + 1], 0 unused
  private int[] items = new int[64]; // with a value, in the order in which they came
  private int count;

  /**
   * @param items N
   */
  Evidence(int items) {
    values = new double[items + 1];
  }

  /**
   * @param value 0 or more
   */
  void add(int item, double value) {
    if (value == 0) {
      return;
    }
    if (values[item] == 0) {
      if (count == items.length) {
        items = Arrays.copyOf(items, 2 * count);
      }
      items[count++] = item;
    }
    values[item] += value;
  }

  /** {@return how many items there is evidence for} */
  int count() {
    return count;
  }

  /** {@return the item that came as number {@code i}, from 0} */
  int item(int i) {
    return items[i];
  }

  double value(int item) {
    return values[item];
  }

  void clear() {
    for (int i = 0; i < count; i++) {
      values[items[i]] = 0;
    }
    count = 0;
  }
}
