package dev.horae.model;

import java.util.Arrays;

/**
 * What speaks for the items of one history, few of N as a rule: a hash table of items with linear
 * probing. {@link Popularity#scores} empties it for the next history.
 */
final class Evidence {

  private static final int SPREAD = 0x9E3779B9; // 2^32 divided by the golden ratio

  private int[] items = new int[256]; // a power of two of places, 0 = free
  private double[] values = new double[items.length];
  private int count;

  /**
   * Adds to what there is for an item.
   *
   * @param item from 1
   * @param value 0 or more
   */
  void add(int item, double value) {
    if (value == 0) {
      return;
    }
    int place = place(item);
    if (items[place] == 0) {
      if (2 * (count + 1) > items.length) {
        grow();
        place = place(item);
      }
      items[place] = item;
      count++;
    }
    values[place] += value;
  }

  /** {@return where an item is, or would be} */
  private int place(int item) {
    int place = (item * SPREAD) >>> Integer.numberOfLeadingZeros(items.length - 1);
    while (items[place] != item && items[place] != 0) {
      place = (place + 1) & (items.length - 1);
    }
    return place;
  }

  private void grow() {
    int[] oldItems = items;
    double[] oldValues = values;
    items = new int[2 * oldItems.length];
    values = new double[items.length];
    for (int i = 0; i < oldItems.length; i++) {
      if (oldItems[i] != 0) {
        int place = place(oldItems[i]);
        items[place] = oldItems[i];
        values[place] = oldValues[i];
      }
    }
  }

  /** {@return the items that there is evidence for, in any order} */
  int[] items() {
    return Arrays.stream(items).filter(item -> item != 0).toArray();
  }

  double value(int item) {
    return values[place(item)];
  }

  void clear() {
    Arrays.fill(items, 0);
    Arrays.fill(values, 0);
    count = 0;
  }
}
