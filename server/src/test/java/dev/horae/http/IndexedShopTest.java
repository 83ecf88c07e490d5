package dev.horae.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server whose model is large enough for an index. */
class IndexedShopTest {

  private static final String INDEXED = "index_above=10";
  private static final String[] HISTORIES = {
    "[\"i1\"]", "[\"i2\", \"i3\"]", "[\"i7\", \"i1\", \"i12\"]", "[\"i20\", \"i21\"]"
  };

  @TempDir Path state;

  /** {@return what the model says of its index, once it is there} */
  private static JsonNode index(ServedShop shop) {
    long end = System.nanoTime() + Duration.ofMinutes(1).toNanos();
    while (System.nanoTime() < end) {
      JsonNode index = model(shop).path("index");
      if (index.path("state").asText().equals("ready")) {
        return index;
      }
      assertThat(index.path("state").asText()).as("%s", log(shop)).isEqualTo("building");
      Thread.onSpinWait();
    }
    throw new AssertionError("no index: " + model(shop));
  }

  private static JsonNode model(ServedShop shop) {
    return shop.get("/v1/models").json().path("models").path(0);
  }

  private static List<String> log(ServedShop shop) {
    List<String> lines = new ArrayList<>();
    model(shop).path("log").forEach(line -> lines.add(line.asText()));
    return lines;
  }

  private static List<List<String>> lists(ServedShop shop, String more) {
    List<List<String>> lists = new ArrayList<>();
    for (String history : HISTORIES) {
      List<String> items = new ArrayList<>();
      shop.post(
              "/v1/recommend",
              "{\"history\": " + history + ", \"time\": 1717200000, \"n\": 8" + more + "}")
          .json()
          .path("items")
          .forEach(item -> items.add(item.path("item").asText()));
      lists.add(items);
    }
    return lists;
  }

  @Test
  void answersAsAServerThatScoresAll() {
    try (ServedShop exact = ServedShop.start();
        ServedShop indexed = ServedShop.start(state, INDEXED)) {
      JsonNode index = index(indexed);
      assertThat(index.path("recall").asDouble()).isGreaterThanOrEqualTo(.99);
      assertThat(index.path("questions").asInt()).isEqualTo(200);
      assertThat(log(indexed)).anyMatch(line -> line.matches("index of \\d+ items built in .*"));
      assertThat(indexed.metrics())
          .contains("horae_index_recall " + index.path("recall").asDouble());
      assertThat(model(exact).has("index")).isFalse();
      assertThat(exact.metrics()).contains("horae_index_recall NaN");
      for (String more :
          List.of(
              "",
              ", \"diversity\": 0.5",
              ", \"boost\": \"events > 5 ? 3.0 : 1.0\"",
              ", \"candidates\": [\"i4\", \"i5\", \"i6\"]",
              ", \"filter\": \"events > 3\"",
              ", \"exclude\": [\"i1\", \"i2\", \"i3\", \"i4\"], \"explain\": true")) {
        assertThat(lists(indexed, more)).as(more).isEqualTo(lists(exact, more));
      }
    }
  }

  @Test
  void whatIsHiddenIsNotFound() {
    try (ServedShop shop = ServedShop.start(state, INDEXED)) {
      index(shop);
      String best = lists(shop, "").get(0).get(0);
      shop.ask("PATCH", "/v1/items/" + ServedShop.encoded(best), "{\"hidden\": true}", r -> {});
      assertThat(lists(shop, "")).noneMatch(list -> list.contains(best));
    }
  }

  @Test
  void theNextStartReadsTheFileUnlessItIsDamaged() throws IOException {
    try (ServedShop shop = ServedShop.start(state, INDEXED)) {
      index(shop);
    }
    Path file;
    try (Stream<Path> files = Files.list(state.resolve("indexes"))) {
      file = files.toList().get(0);
    }
    try (ServedShop shop = ServedShop.start(state, INDEXED)) {
      index(shop);
      assertThat(log(shop)).anyMatch(line -> line.startsWith("index read from " + file + ": "));
    }
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 1;
    Files.write(file, bytes);
    try (ServedShop shop = ServedShop.start(state, INDEXED)) {
      index(shop);
      assertThat(log(shop)).anyMatch(line -> line.startsWith("index built anew: " + file));
      assertThat(log(shop)).anyMatch(line -> line.matches("index of \\d+ items built in .*"));
    }
  }

  /** Those that the shop tells of later are no part of the graph. */
  @Test
  void newItemsAreFoundBesideTheIndex() {
    try (ServedShop shop = ServedShop.start(state, INDEXED)) {
      index(shop);
      int before = model(shop).path("items").asInt();
      shop.ask("PUT", "/v1/items/new-1", "{\"title\": \"A green boat\"}", r -> {});
      long end = System.nanoTime() + Duration.ofMinutes(1).toNanos();
      while (model(shop).path("items").asInt() == before && System.nanoTime() < end) {
        Thread.onSpinWait();
      }
      assertThat(model(shop).path("items").asInt()).isEqualTo(before + 1);
      List<String> all = new ArrayList<>();
      shop.post("/v1/recommend", "{\"history\": [\"i1\"], \"n\": 100, \"excludeSeen\": false}")
          .json()
          .path("items")
          .forEach(item -> all.add(item.path("item").asText()));
      assertThat(all).hasSize(before + 1).contains("new-1");
    }
  }
}
