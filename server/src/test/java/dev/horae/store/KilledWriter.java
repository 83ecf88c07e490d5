package dev.horae.store;

import dev.horae.store.Store.Event;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Writes to a store from several threads until it is killed, and prints what is acknowledged, a
 * line each: {@code event ID}, all those of a list after it was added, and {@code document NAME
 * VERSION}. {@code KilledWriter ADDRESS ROUND}.
 */
final class KilledWriter {

  private static final int THREADS = 6;

  private KilledWriter() {}

  public static void main(String[] args) {
    Store store = Store.open(args[0]);
    OutputStream out = new FileOutputStream(FileDescriptor.out);
    for (int t = 0; t < THREADS; t++) {
      String name = args[1] + "-" + t;
      new Thread(() -> write(store, out, name)).start();
    }
  }

  private static void write(Store store, OutputStream out, String thread) {
    for (int i = 0; ; i++) {
      List<Event> events = new ArrayList<>();
      StringBuilder lines = new StringBuilder();
      for (int j = 0; j <= i % 5; j++) {
        String id = thread + "-" + i + "-" + j;
        events.add(new Event(id, "view", "user-" + i % 97, "item", i, null, null, Map.of()));
        lines.append("event ").append(id).append('\n');
      }
      store.add(events);
      if (i % 7 == 0) {
        long version = store.put("item", thread, "{\"i\":" + i + "}", null).orElseThrow();
        lines.append("document ").append(thread).append(' ').append(version).append('\n');
      }
      print(out, lines.toString());
    }
  }

  private static void print(OutputStream out, String lines) {
    synchronized (out) {
      try {
        out.write(lines.getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
