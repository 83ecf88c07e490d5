package dev.horae.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * An item that is hidden, not available, expired, excluded, filtered out or no candidate is in no
 * answer, whatever is asked while items change. {@code -Dhorae.requests=1000000} asks more.
 */
class NeverShownTest {

  private static final int REQUESTS = Integer.getInteger("horae.requests", 5000);
  private static final int AT_ONCE = 100;

  /** What the shop says of an item, as far as it decides. */
  private record Known(String brand, boolean shown, double price) {}

  /** A filter and what it says. */
  private record Filter(String expression, Predicate<Known> holds) {}

  private static final List<Filter> FILTERS =
      List.of(
          new Filter("brand == \"Brand 1\"", item -> item.brand().equals("Brand 1")),
          new Filter("brand != \"Brand 0\"", item -> !item.brand().equals("Brand 0")),
          new Filter("price <= 30.0", item -> item.price() <= 30),
          new Filter(
              "price > 20.0 && brand in [\"Brand 0\", \"Brand 2\"]",
              item -> item.price() > 20 && !item.brand().equals("Brand 1")),
          new Filter("!(price > 50.0)", item -> item.price() <= 50),
          new Filter("false", item -> false));

  private static ServedShop shop;
  private final SplittableRandom random = new SplittableRandom(5);
  private final Map<String, Known> items = new TreeMap<>();
  private final Set<String> everShown = new HashSet<>();

  @BeforeAll
  static void start() {
    shop = ServedShop.start();
    shop.shop().load("other", ServedShop.trained().other()).join();
  }

  @AfterAll
  static void stop() {
    shop.close();
  }

  @Test
  void whatMustNotBeShownIsNot() {
    for (int i = 0; i < ServedShop.ITEMS + 6; i++) { // the last ones are new
      change(i);
    }
    shop.ask(
        "PUT",
        "/v1/scenarios/s",
        "{\"filter\": \"price <= 30.0\", \"fallback\": [\"trending\", \"popular\"]}",
        request -> {});
    for (int user = 0; user < 5; user++) {
      for (int e = 0; e < 4; e++) {
        shop.post(
            "/v1/events",
            "{\"user\": \"n" + user + "\", \"item\": \"" + id(random.nextInt(40)) + "\"}");
      }
    }
    for (int asked = 0; asked < REQUESTS; ) {
      for (int c = 0; c < 3; c++) {
        change(random.nextInt(ServedShop.ITEMS + 6));
      }
      batch();
      asked += AT_ONCE + others();
    }
    assertThat(everShown.size()).isGreaterThan(ServedShop.ITEMS / 2); // something was shown
  }

  private static String id(int i) {
    return ServedShop.id(i);
  }

  /** Says something else of an item. */
  private void change(int i) {
    ObjectNode content = JsonObject.MAPPER.createObjectNode();
    String brand = "Brand " + random.nextInt(3);
    double price = random.nextInt(100);
    boolean hidden = random.nextInt(5) == 0;
    boolean available = random.nextInt(5) != 0;
    int expires = random.nextInt(4);
    content.put("brand", brand).put("hidden", hidden).put("available", available);
    content.put("title", "Item " + i);
    content.putObject("properties").put("price", price);
    if (expires < 2) {
      content.put("expiresAt", expires == 0 ? "2020-01-01T00:00:00Z" : "2100-01-01T00:00:00Z");
    }
    ServedShop.Reply reply =
        shop.ask("PUT", "/v1/items/" + ServedShop.encoded(id(i)), content.toString(), r -> {});
    assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    items.put(id(i), new Known(brand, !hidden && available && expires != 0, price));
  }

  private void batch() {
    ObjectNode body = JsonObject.MAPPER.createObjectNode();
    ArrayNode requests = body.putArray("requests");
    List<Predicate<String>> allowed = new ArrayList<>();
    for (int i = 0; i < AT_ONCE; i++) {
      ObjectNode request = requests.addObject();
      allowed.add(randomRequest(request));
    }
    JsonNode results = answer(shop.post("/v1/recommend/batch", body.toString())).path("results");
    for (int i = 0; i < AT_ONCE; i++) {
      check(results.get(i), allowed.get(i), requests.get(i).toString());
    }
  }

  /** {@return which items may be in the answer} */
  private Predicate<String> randomRequest(ObjectNode request) {
    Predicate<String> may = item -> true;
    if (random.nextInt(3) > 0) {
      ArrayNode history = request.putArray("history");
      Set<String> seen = new HashSet<>();
      for (int e = random.nextInt(8); e > 0; e--) {
        String item = random.nextInt(10) == 0 ? "nobody" : id(random.nextInt(ServedShop.ITEMS + 6));
        history.add(item);
        seen.add(item);
      }
      if (random.nextBoolean()) {
        request.put("excludeSeen", true);
        may = may.and(item -> !seen.contains(item));
      }
    } else if (random.nextBoolean()) {
      request.put("user", "n" + random.nextInt(7));
    }
    request.put("n", 1 + random.nextInt(60));
    if (random.nextInt(5) > 0) {
      request.put("model", "other"); // which is quicker
    }
    if (random.nextBoolean()) {
      Filter filter = FILTERS.get(random.nextInt(FILTERS.size()));
      request.put("filter", filter.expression());
      may = may.and(item -> filter.holds().test(items.get(item)));
    }
    if (random.nextInt(3) == 0) {
      Set<String> excluded = some();
      excluded.forEach(request.withArray("exclude")::add);
      may = may.and(item -> !excluded.contains(item));
    }
    if (random.nextInt(4) == 0) {
      Set<String> candidates = some();
      candidates.forEach(request.withArray("candidates")::add);
      may = may.and(candidates::contains);
    }
    if (random.nextInt(3) == 0) {
      request.put("diversity", random.nextInt(11) / 10.0);
    }
    if (random.nextInt(3) == 0) {
      request.put("boost", "brand == \"Brand 1\" ? 1000.0 : 0.001");
    }
    if (random.nextInt(4) == 0) {
      request.put("scenario", "s");
      may = may.and(item -> items.get(item).price() <= 30);
    }
    return may;
  }

  private Set<String> some() {
    Set<String> some = new HashSet<>();
    for (int i = 1 + random.nextInt(30); i > 0; i--) {
      some.add(id(random.nextInt(ServedShop.ITEMS + 6)));
    }
    return some;
  }

  /** {@return how many requests of the other routes were asked} */
  private int others() {
    Filter filter = FILTERS.get(random.nextInt(FILTERS.size()));
    String query = "?n=60&filter=" + ServedShop.encoded(filter.expression());
    Predicate<String> may = item -> filter.holds().test(items.get(item));
    List<String> paths = List.of("/v1/trending", "/v1/popular", "/v1/latest", "/v1/recommend/n1");
    for (String path : paths) {
      check(answer(shop.get(path + query)), may, path + query);
    }
    String similar = "/v1/items/i" + random.nextInt(12) + "/similar" + query;
    check(answer(shop.get(similar)), may, similar);
    Set<String> ranked = some();
    ObjectNode rank = JsonObject.MAPPER.createObjectNode();
    rank.putArray("history").add("i1").add("i2");
    ranked.forEach(rank.putArray("items")::add);
    check(answer(shop.post("/v1/rank", rank.toString())), ranked::contains, rank.toString());
    String infer =
        "{\"inputs\": [{\"name\": \"history\", \"shape\": [1, 1], \"datatype\": \"BYTES\","
            + " \"data\": [\"i"
            + random.nextInt(12)
            + "\"]}, {\"name\": \"n\", \"shape\": [1], \"datatype\": \"INT32\", \"data\": [40]}]}";
    for (JsonNode output : answer(shop.post("/v2/models/run/infer", infer)).path("outputs")) {
      if (output.path("name").textValue().equals("items")) {
        output.path("data").forEach(item -> check(item.textValue(), one -> true, infer));
      }
    }
    return paths.size() + 3;
  }

  private static JsonNode answer(ServedShop.Reply reply) {
    assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    return reply.json();
  }

  private void check(JsonNode answer, Predicate<String> allowed, String request) {
    assertThat(answer.has("items")).as("%s: %s", request, answer).isTrue();
    Set<String> once = new HashSet<>();
    for (JsonNode item : answer.path("items")) {
      String id = item.path("item").textValue();
      assertThat(once.add(id)).as("%s twice in %s", id, request).isTrue();
      check(id, allowed, request);
    }
  }

  private void check(String id, Predicate<String> allowed, String request) {
    if (id.isEmpty()) {
      return; // where the protocol has no further item
    }
    if (!items.get(id).shown() || !allowed.test(id)) {
      throw new AssertionError(
          id + " " + items.get(id) + " must not be in the answer to " + request);
    }
    everShown.add(id);
  }
}
