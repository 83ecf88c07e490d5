package dev.horae.store;

import dev.horae.store.Store.Event;
import dev.horae.store.Store.Impression;
import dev.horae.store.StoreException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Fills a small disk, makes room, and goes on: {@code FullDisk FOLDER}. Prints "full" and "well"; a
 * failed check is a stack trace.
 */
final class FullDisk {

  private static final int MOST = 100_000;

  private FullDisk() {}

  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]);
    Path ballast = Files.write(folder.resolve("ballast"), new byte[1 << 20]);
    String address = "sqlite:" + folder.resolve("horae.db");
    Set<String> acknowledged = new HashSet<>();
    try (Store store = Store.open(address)) {
      StoreException full = fill(store, acknowledged);
      check(full.reason() == Reason.FULL, full);
      System.out.println(full.getMessage());
      store.addImpressions(List.of(new Impression("r", "home", "a", "u", 1, List.of("i"))));
      check(there(store).equals(acknowledged), full);
      check(store.history("u", 1).size() == 1, full);
      try {
        store.putAll("item", Map.of("a", "x".repeat(1 << 20), "b", "{}"), null);
        throw new IllegalStateException("there was room");
      } catch (StoreException e) {
        check(e.reason() == Reason.FULL, e);
      }
      check(store.documents("item").isEmpty() && store.documentsVersion() == 0, full);

      Files.delete(ballast);
      store.add(List.of(event("after", 100)));
      acknowledged.add("after");
      check(store.counts("home", 0).size() == 1, full);
      check(there(store).equals(acknowledged), full);
    }
    try (Store store = Store.open(address)) {
      check(there(store).equals(acknowledged), new IllegalStateException("opened again"));
      check(store.eventCount() == acknowledged.size(), new IllegalStateException("count"));
    }
    System.out.println("well");
  }

  private static StoreException fill(Store store, Set<String> acknowledged) {
    for (int i = 0; i < MOST; i++) {
      try {
        store.add(List.of(event("a" + i, 900), event("b" + i, 900)));
      } catch (StoreException e) {
        return e;
      }
      acknowledged.add("a" + i);
      acknowledged.add("b" + i);
    }
    throw new IllegalStateException("the disk is not small");
  }

  private static Event event(String id, int length) {
    Map<String, Object> properties = Map.of("text", "x".repeat(length));
    return new Event(id, "view", "u", "i", 1, null, null, properties);
  }

  private static Set<String> there(Store store) {
    Set<String> ids = new HashSet<>();
    store.eachAfter(0, stored -> ids.add(stored.event().id()));
    return ids;
  }

  private static void check(boolean holds, RuntimeException otherwise) {
    if (!holds) {
      throw new IllegalStateException(otherwise);
    }
  }
}
