package dev.horae.service;

import dev.horae.store.Store;
import java.util.ArrayList;
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

  /** With tomorrow, where some clocks are already, which must not push out the oldest day. */
  private static final int PLACES = DAYS + 1;

  private static final class Taken {
    private final long[] days = new long[PLACES]; // which day a place counts
    private final int[] counts = new int[PLACES];
    private long all;
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
    Taken taken = items.computeIfAbsent(event.item(), id -> new Taken());
    taken.all++;
    all++;
    long day = Math.floorDiv(event.time(), DAY);
    int place = (int) Math.floorMod(day, (long) PLACES);
    if (taken.days[place] < day || taken.counts[place] == 0) {
      taken.days[place] = day;
      taken.counts[place] = 0;
    }
    if (taken.days[place] == day) { // older than the window
      taken.counts[place]++;
    }
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
          long sum = 0;
          for (int place = 0; place < PLACES; place++) {
            if (taken.days[place] <= today && taken.days[place] > today - days) {
              sum += taken.counts[place];
            }
          }
          if (sum > 0) {
            counts.add(new Count(item, sum));
          }
        });
    counts.sort(Comparator.comparingLong((Count c) -> -c.events()).thenComparing(Count::item));
    return List.copyOf(counts);
  }
}
