package dev.horae.store;

import dev.horae.store.Store.Event;
import dev.horae.store.Store.Impression;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Prints how fast a store is: {@code StoreFigures ADDRESS [EVENTS]}. It fills an empty store with
 * as many events of 50,000 users, by default a million.
 */
final class StoreFigures {

  private static final int USERS = 50_000;
  private static final int ITEMS = 12_000;
  private static final int THREADS = 8;

  private StoreFigures() {}

  public static void main(String[] args) throws InterruptedException {
    int size = args.length > 1 ? Integer.parseInt(args[1]) : 1_000_000;
    boolean own = args[0].equals("postgresql"); // a server of our own, which forces to the disk
    System.setProperty("horae.postgres.fsync", "on");
    try (Store store = Store.open(own ? PostgresServer.address("figures") : args[0])) {
      Random random = new Random(1);
      if (store.eventCount() < size) {
        batches(store, random, size);
      }
      singles(store);
      history(store, random);
      impressions(store, random);
      long start = System.nanoTime();
      long[] count = new long[1];
      store.eachAfter(0, stored -> count[0]++);
      say("eachAfter over %,d events: %.2f s", count[0], seconds(start));
      start = System.nanoTime();
      store.eventCount();
      store.userCount();
      say("eventCount and userCount: %.2f ms", seconds(start) * 1e3);
      start = System.nanoTime();
      long erased = store.erase("user-77");
      say("erase of %d events: %.2f s", erased, seconds(start));
    }
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  private static void say(String form, Object... values) {
    System.out.println(String.format(Locale.ROOT, form, values));
  }

  private static Event event(Random random) {
    return new Event(
        new UUID(random.nextLong(), random.nextLong()).toString(),
        random.nextInt(10) == 0 ? "purchase" : "view",
        "user-" + random.nextInt(USERS),
        "item-" + random.nextInt(ITEMS),
        1_700_000_000L + random.nextInt(10_000_000),
        null,
        null,
        Map.of());
  }

  private static void batches(Store store, Random random, int size) {
    long start = System.nanoTime();
    for (int i = 0; i < size; i += 1_000) {
      List<Event> batch = new ArrayList<>();
      for (int j = 0; j < 1_000; j++) {
        batch.add(event(random));
      }
      store.add(batch);
    }
    say("batches of 1,000, up to %,d events: %,.0f events/s", size, size / seconds(start));
  }

  private static void singles(Store store) throws InterruptedException {
    AtomicLong added = new AtomicLong();
    long[][] nanos = new long[THREADS][];
    long start = System.nanoTime();
    Thread[] threads = new Thread[THREADS];
    for (int t = 0; t < THREADS; t++) {
      int number = t;
      threads[t] =
          new Thread(
              () -> {
                Random random = new Random();
                List<Long> times = new ArrayList<>();
                while (seconds(start) < 5) {
                  long from = System.nanoTime();
                  store.add(List.of(event(random)));
                  times.add(System.nanoTime() - from);
                  added.incrementAndGet();
                }
                nanos[number] = times.stream().mapToLong(x -> x).toArray();
              });
      threads[t].start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    long[] all = Arrays.stream(nanos).flatMapToLong(Arrays::stream).toArray();
    say("single events, %d threads: %,.0f/s; %s", THREADS, added.get() / seconds(start), of(all));
  }

  private static String of(long[] nanos) {
    Arrays.sort(nanos);
    return String.format(
        Locale.ROOT,
        "p50 %.3f ms, p99 %.3f ms, worst %.3f ms",
        nanos[nanos.length / 2] / 1e6,
        nanos[nanos.length * 99 / 100] / 1e6,
        nanos[nanos.length - 1] / 1e6);
  }

  private static void history(Store store, Random random) {
    long events = 0;
    long[] nanos = new long[20_000];
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long processor = 0;
    for (int round = 0; round < 2; round++) {
      events = 0;
      processor = threads.getCurrentThreadCpuTime();
      for (int i = 0; i < nanos.length; i++) {
        String user = "user-" + random.nextInt(USERS);
        long start = System.nanoTime();
        events += store.history(user, 50).size();
        nanos[i] = System.nanoTime() - start;
      }
    }
    processor = threads.getCurrentThreadCpuTime() - processor;
    say(
        "history of %.1f events on average: %s; %.3f ms of processor time",
        events / (double) nanos.length, of(nanos), processor / 1e6 / nanos.length);
  }

  private static void impressions(Store store, Random random) {
    int lists = 100_000;
    List<Event> clicks = new ArrayList<>();
    long start = System.nanoTime();
    for (int i = 0; i < lists; i += 1_000) {
      List<Impression> batch = new ArrayList<>();
      for (int j = 0; j < 1_000; j++) {
        List<String> items = new ArrayList<>();
        for (int k = 0; k < 20; k++) {
          items.add("item-" + random.nextInt(ITEMS));
        }
        String user = "user-" + random.nextInt(USERS);
        String id = new UUID(random.nextLong(), random.nextLong()).toString();
        batch.add(new Impression(id, "home", j % 2 == 0 ? "a" : "b", user, i, items));
        if (random.nextInt(20) == 0) {
          clicks.add(new Event("c" + id, "click", user, items.get(3), i, null, id, Map.of()));
        }
      }
      store.addImpressions(batch);
      if (i % 10_000 == 9_000) {
        store.add(clicks.subList(0, 1)); // waits for the impressions
      }
    }
    store.add(clicks);
    say("impressions of 20 items: %,.0f/s", lists / seconds(start));
    start = System.nanoTime();
    List<Store.VariantCounts> counts = store.counts("home", 0);
    say(
        "counts over %,d lists and %,d clicks: %.2f s %s",
        lists, clicks.size(), seconds(start), counts);
  }
}
