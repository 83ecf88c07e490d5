package dev.horae.features;

import dev.horae.data.Item;
import dev.horae.data.Workers;
import dev.horae.encoder.TextEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Encodes the items' texts; equal texts share a vector. */
final class TextEncoding {

  private TextEncoding() {}

  static Encoding.Part run(TableWriter table, TextEncoder encoder, List<String> fields) {
    String[] texts =
        table.items().stream().map(item -> TextTemplate.text(item, fields)).toArray(String[]::new);
    @Nullable String[] keys = new String[texts.length];
    String usual =
        Item.TEXT_FIELDS.containsAll(fields)
            ? " of less than " + TextTemplate.TOO_LONG + " characters"
            : "";
    for (int i = 0; i < texts.length; i++) {
      if (texts[i].isEmpty()) {
        table.problem(i, "empty text", "", "no " + String.join(" or ", fields) + usual);
      } else {
        keys[i] = VectorCache.key(encoder.id(), texts[i].getBytes(StandardCharsets.UTF_8));
      }
    }
    table.requireSome(keys);
    AtomicInteger cuts = new AtomicInteger();
    Workers.each(
        texts.length,
        "count tokens",
        table.progress(),
        i -> cuts.addAndGet(keys[i] != null && encoder.cuts(texts[i]) ? 1 : 0));
    try (VectorCache cache = table.cache(encoder.id(), encoder.width())) {
      int[] todo = todo(keys, cache);
      encoder.encode(
          Arrays.stream(todo).mapToObj(i -> texts[i]).toList(),
          table.progress(),
          (t, vector) -> cache.put(keys[todo[t]], vector));
      return table.store(
          new TableWriter.Kind(encoder.name(), encoder.width(), encoder.states()),
          new TableWriter.Work(todo.length, TableWriter.shared(keys), cuts.get()),
          keys,
          TableWriter.cached(keys, cache));
    }
  }

  /** {@return the first item (from 0) of each content that the cache lacks} */
  private static int[] todo(@Nullable String[] keys, VectorCache cache) {
    Map<String, Integer> first = new LinkedHashMap<>();
    for (int i = 0; i < keys.length; i++) {
      if (keys[i] != null && !cache.has(keys[i])) {
        first.putIfAbsent(keys[i], i);
      }
    }
    return first.values().stream().mapToInt(Integer::intValue).toArray();
  }
}
