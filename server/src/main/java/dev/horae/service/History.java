package dev.horae.service;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * The events of a history that a model knows, by its indices.
 *
 * @param items oldest first
 * @param times seconds since 1970-01-01 UTC
 * @param unknown ids that the model lacks, in the order of the history
 */
record History(int[] items, long[] times, List<String> unknown) {

  /**
   * @param ids the shop's, in any order; those of one time oldest first
   */
  static History of(List<String> ids, long[] times, LoadedModel model) {
    List<Integer> order =
        IntStream.range(0, ids.size())
            .boxed()
            .sorted(Comparator.comparingLong(e -> times[e])) // stable: ties keep their order
            .toList();
    List<String> unknown = new ArrayList<>();
    int[] items = new int[ids.size()];
    long[] known = new long[ids.size()];
    int size = 0;
    for (int e : order) {
      OptionalInt index = model.index(ids.get(e));
      if (index.isPresent()) {
        items[size] = index.getAsInt();
        known[size++] = times[e];
      } else {
        unknown.add(ids.get(e));
      }
    }
    return new History(Arrays.copyOf(items, size), Arrays.copyOf(known, size), unknown);
  }
}
