package dev.horae.store;

import dev.horae.store.Store.Event;
import java.util.Map;
import java.util.stream.IntStream;

/** Fills a store with some 15 MB and erases a user: {@code Erasing ADDRESS}. Prints "erased 1". */
final class Erasing {

  private Erasing() {}

  public static void main(String[] args) {
    Map<String, Object> properties = Map.of("text", "x".repeat(100_000));
    try (Store store = Store.open(args[0])) {
      store.add(
          IntStream.range(0, 150)
              .mapToObj(i -> new Event("e" + i, "view", "u" + i, "i", i, null, null, properties))
              .toList());
      System.out.println("erased " + store.erase("u5"));
    }
  }
}
