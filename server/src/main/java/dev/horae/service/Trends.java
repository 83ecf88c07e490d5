package dev.horae.service;

import dev.horae.store.Store;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How often each item was taken, by day, as far as the events of the store tell: what is trending.
 * Impressions do not count.
 */
final class Trends {

  /** The longest window, in days. */
  static final int DAYS = 31;

  private static final long DAY = 86_400;
  private static final long FRESH = 1_000_000_000; // nanoseconds that an order is kept

  /**
   * An item and its events in the window.
   *
   * @param item the shop's id
   */
  record Count(String item, long events) {}

  /** As many days as may count, and tomorrow, where an event may be dated: clocks differ. */
  private static final int KEPT = DAYS + 1;

  /** Takes as much memory as there are days with events: ids that no catalogue has come too. */
  private static final class Taken {
    private long[] days = new long[1];
    private int[] counts = new int[1];
    private int size;
    private long newest = Long.MIN_VALUE;
    private long all;

    void add(long day) {
      all++;
      if (day > newest) {
        newest = day;
        dropOld();
      } else if (day <= newest - KEPT) {
        return;
      }
      int place = 0;
      while (place < size && days[place] != day) {
        place++;
      }
      if (place == days.length) {
        days = Arrays.copyOf(days, 2 * size);
        counts = Arrays.copyOf(counts, 2 * size);
      }
      if (place == size) {
        days[place] = day;
        counts[place] = 0;
        size++;
      }
      counts[place]++;
    }

    private void dropOld() {
      int kept = 0;
      for (int place = 0; place < size; place++) {
        if (days[place] > newest - KEPT) {
          days[kept] = days[place];
          counts[kept++] = counts[place];
        }
      }
      size = kept;
    }

    /** {@return the events after a day, up to another} */
    long count(long after, long upTo) {
      long sum = 0;
      for (int place = 0; place < size; place++) {
        sum += days[place] > after && days[place] <= upTo ? counts[place] : 0;
      }
      return sum;
    }
  }

  private record Order(long made, long today, List<Count> counts) {}

  private final Map<String, Taken> items = new HashMap<>(); // guarded by this
  private long all; // guarded by this
  private final Map<Integer, Order> orders = new HashMap<>(); // by window; guarded by this

  /** Counts an event. */
  synchronized void add(Store.Event event) {
    if (event.type().equals(Store.IMPRESSION)) {
      return;
    }
    items.computeIfAbsent(event.item(), id -> new Taken()).add(Math.floorDiv(event.time(), DAY));
    all++;
  }

  /** {@return all events} */
  synchronized long events() {
    return all;
  }

  /** {@return all events of an item} */
  synchronized long events(String item) {
    Taken taken = items.get(item);
    return taken == null ? 0 : taken.all;
  }

  /**
   * {@return items that were taken on the days of a window, the most frequent first, equal ones by
   * id; up to a second old}
   *
   * @param now seconds since 1970-01-01 UTC
   * @param days today included
   */
  synchronized List<Count> trending(long now, int days) {
    long today = Math.floorDiv(now, DAY);
    Order order = orders.get(days);
    if (order == null || order.today() != today || System.nanoTime() - order.made() > FRESH) {
      order = new Order(System.nanoTime(), today, count(today, days));
      orders.put(days, order);
    }
    return order.counts();
  }

  private List<Count> count(long today, int days) {
    List<Count> counts = new ArrayList<>();
    items.forEach(
        (item, taken) -> {
          long sum = taken.count(today - days, today);
          if (sum > 0) {
            counts.add(new Count(item, sum));
          }
        });
    counts.sort(Comparator.comparingLong((Count c) -> -c.events()).thenComparing(Count::item));
    return List.copyOf(counts);
  }
}
