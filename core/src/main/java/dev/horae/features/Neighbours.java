package dev.horae.features;

import dev.horae.data.Catalogue;
import dev.horae.data.FeatureTable;
import dev.horae.data.Progress;
import dev.horae.data.Workers;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * What lies near what in a feature table, by the cosine of vectors. Items are 1..N. The whole table
 * is read into memory once.
 */
final class Neighbours {

  /** Neighbours per item in {@link #lift}. */
  static final int NEAREST = 10;

  /** Items whose neighbours {@link #lift} looks at, at most, evenly spread over the catalogue. */
  private static final int MOST_QUERIES = 1000;

  private final int width;
  private final float[] values; // [N + 1, F]
  private final double[] norms; // [N + 1], 0 where there is no vector

  Neighbours(FeatureTable table) {
    width = table.width();
    values = table.values();
    norms = new double[table.rows()];
    for (int item = 1; item < norms.length; item++) {
      norms[item] = Math.sqrt(dot(item, item));
    }
  }

  private double dot(int a, int b) {
    double sum = 0;
    for (int i = a * width, j = b * width; i < (a + 1) * width; i++, j++) {
      sum += values[i] * values[j];
    }
    return sum;
  }

  boolean has(int item) {
    return norms[item] > 0;
  }

  /** {@return the lengths of the vectors that are there, ascending} */
  double[] norms() {
    return IntStream.range(1, norms.length)
        .filter(this::has)
        .mapToDouble(i -> norms[i])
        .sorted()
        .toArray();
  }

  double cosine(int a, int b) {
    return dot(a, b) / (norms[a] * norms[b]);
  }

  /** {@return the nearest items that have a vector and are allowed, nearest first; at most k} */
  int[] nearest(int item, int k, IntPredicate allowed) {
    int[] best = new int[k];
    double[] cosines = new double[k];
    int found = 0;
    for (int other = 1; other < norms.length; other++) {
      if (other == item || !has(other) || !allowed.test(other)) {
        continue;
      }
      double cosine = cosine(item, other);
      int place = found;
      while (place > 0 && cosines[place - 1] < cosine) {
        place--;
      }
      if (place < k) {
        int moved = Math.min(found, k - 1) - place;
        System.arraycopy(best, place, best, place + 1, moved);
        System.arraycopy(cosines, place, cosines, place + 1, moved);
        best[place] = other;
        cosines[place] = cosine;
        found = Math.min(k, found + 1);
      }
    }
    return Arrays.copyOf(best, found);
  }

  /** {@return groups of items whose vectors are equal to the bit, largest first} */
  List<List<Integer>> identical() {
    Map<FloatBuffer, List<Integer>> groups = new LinkedHashMap<>();
    for (int item = 1; item < norms.length; item++) {
      if (has(item)) {
        FloatBuffer vector = FloatBuffer.wrap(values, item * width, width).slice();
        groups.computeIfAbsent(vector, v -> new ArrayList<>()).add(item);
      }
    }
    return groups.values().stream()
        .filter(group -> group.size() > 1)
        .sorted((a, b) -> b.size() - a.size())
        .toList();
  }

  /**
   * Whether vectors know something of categories.
   *
   * @param shared which part of the nearest neighbours shares a category with the item
   * @param chance which part of all other items does
   * @param queries items that were looked at
   */
  record Lift(double shared, double chance, int queries) {
    double ratio() {
      return shared / chance;
    }
  }

  /**
   * Looks at the {@value #NEAREST} nearest neighbours. Categories that more than half of the items
   * have tell nothing apart and do not count.
   *
   * @return no queries where chance is 0, 1 or unknown
   */
  Lift lift(Catalogue catalogue, Progress progress) {
    int[][] categories = categories(catalogue);
    int[] known =
        IntStream.range(1, norms.length).filter(i -> has(i) && categories[i].length > 0).toArray();
    int queries = Math.min(known.length, MOST_QUERIES);
    LongAdder near = new LongAdder();
    LongAdder nearShared = new LongAdder();
    LongAdder all = new LongAdder();
    LongAdder allShared = new LongAdder();
    Workers.each(
        queries,
        "find neighbours",
        progress,
        q -> {
          int item = known[(int) (q * (long) known.length / queries)];
          for (int other : nearest(item, NEAREST, i -> categories[i].length > 0)) {
            near.increment();
            nearShared.add(meet(categories[item], categories[other]) ? 1 : 0);
          }
          for (int other : known) {
            if (other != item) {
              all.increment();
              allShared.add(meet(categories[item], categories[other]) ? 1 : 0);
            }
          }
        });
    boolean telling = allShared.sum() > 0 && allShared.sum() < all.sum();
    return telling
        ? new Lift(
            nearShared.doubleValue() / near.sum(), allShared.doubleValue() / all.sum(), queries)
        : new Lift(0, 0, 0);
  }

  /** {@return per item 0..N the numbers of the categories that count} */
  private static int[][] categories(Catalogue catalogue) {
    Map<String, Integer> index = catalogue.categoryIndex();
    Map<String, Integer> holders = new HashMap<>();
    catalogue
        .items()
        .forEach(
            item ->
                item.categories().stream()
                    .distinct()
                    .forEach(name -> holders.merge(name, 1, Integer::sum)));
    int[][] categories = new int[catalogue.size() + 1][0];
    for (int item = 1; item <= catalogue.size(); item++) {
      categories[item] =
          catalogue.item(item).categories().stream()
              .filter(name -> 2 * holders.getOrDefault(name, 0) <= catalogue.size())
              .mapToInt(index::get)
              .toArray();
    }
    return categories;
  }

  private static boolean meet(int[] some, int[] others) {
    for (int a : some) {
      for (int b : others) {
        if (a == b) {
          return true;
        }
      }
    }
    return false;
  }
}
