package dev.horae.http;

import static dev.horae.http.Contract.asked;
import static dev.horae.http.Contract.call;
import static dev.horae.http.Contract.callWith;
import static dev.horae.http.Contract.hold;
import static dev.horae.http.Contract.shop;
import static dev.horae.http.Contract.type;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.http.ServedShop.Reply;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * The server answers as openapi.yaml says: every request and every answer of every route is held
 * against it, and each has the other's routes.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class OpenApiTest extends ServerContract {

  private static final OpenApi API = OpenApi.get();

  @BeforeAll
  static void start() {
    Contract.shop = ServedShop.start();
  }

  @AfterAll
  static void stop() {
    Contract.shop.close();
  }

  @Test
  void recommendations() {
    JsonNode answer =
        call(
                200,
                "recommend",
                "/v1/recommend",
                """
                {"history": ["i1", {"item": "i2", "time": "2024-01-01T00:00:00Z"},
                 {"item": "nobody knows", "time": 1704067200.5}, {"item": "box/13 ü"}], "n": 5,
                 "fields": ["title", "brand", "categories"], "explain": true,
                 "time": "2026-11-29T18:00:00+01:00", "exclude": ["i3"], "excludeSeen": true,
                 "diversity": 0.2, "boost": "brand == 'Brand 1' ? 1.5 : 1.0"}\
                """)
            .json();
    assertThat(answer.path("source").textValue()).isEqualTo("model");
    assertThat(answer.path("items")).hasSize(5);
    assertThat(answer.path("unknown").path("items").toString()).isEqualTo("[\"nobody knows\"]");
    assertThat(answer.path("time").textValue()).isEqualTo("2026-11-29T17:00:00Z");
    assertThat(answer.path("items").get(0).path("explanation").path("shares")).isNotEmpty();
    call(200, "recommend", "/v1/recommend", "{}");
    call(200, "recommend", "/v1/recommend", "{\"user\": \"stranger\", \"candidates\": [\"i1\"]}");
    call(200, "recommendForUser", "/v1/recommend/u1?n=3&fields=title,brand&time=1704067200", null);
    call(
        200,
        "recommendForUser",
        "/v1/recommend/a%2Fb%20%C3%BC?filter=" + ServedShop.encoded("brand == \"Brand 2\""),
        null);
    call(
        200,
        "recommendBatch",
        "/v1/recommend/batch",
        """
        {"requests": [{"user": "u1", "n": 2}, {"history": ["i1"]},
         {"history": ["i1"], "filter": "brnad == \\"x\\""}, {"scenario": "none"}]}\
        """);
    call(
        200,
        "rank",
        "/v1/rank",
        "{\"history\": [\"i1\", \"i2\"], \"items\": [\"i3\", \"i4\", \"what\"], \"explain\":"
            + " true}");
    call(400, "recommend", "/v1/recommend", "{\"histroy\": []}");
    call(404, "recommend", "/v1/recommend", "{\"model\": \"none\"}");
    call(404, "recommend", "/v1/recommend", "{\"scenario\": \"none\"}");
    call(404, "recommendForUser", "/v1/recommend/u1?scenario=none", null);
    call(404, "rank", "/v1/rank", "{\"model\": \"none\", \"items\": [\"i1\"]}");
    call(422, "recommend", "/v1/recommend", "{\"filter\": \"brnad == \\\"x\\\"\"}");
    call(415, "recommend", "/v1/recommend", "{}", type("text/plain"));
    call(400, "recommendBatch", "/v1/recommend/batch", "{\"requests\": []}");
    call(400, "recommendForUser", "/v1/recommend/u1?n=0", null);
    call(400, "rank", "/v1/rank", "{}");
  }

  @Test
  void likeness() {
    for (String by : List.of("behaviour", "text", "image", "mixed")) {
      call(200, "similarItems", "/v1/items/i1/similar?n=3&by=" + by, null);
    }
    call(200, "similarItems", "/v1/items/" + ServedShop.encoded(ServedShop.ODD) + "/similar", null);
    call(200, "similar", "/v1/similar", "{\"items\": [\"i1\", \"i2\"], \"fields\": [\"title\"]}");
    call(200, "similar", "/v1/similar", "{\"text\": \"a red train\", \"by\": \"text\", \"n\": 3}");
    byte[] picture = shop.get("/v1/items/i1/image").response().body();
    String image = "{\"image\": \"" + Base64.getEncoder().encodeToString(picture) + "\"}";
    call(200, "similar", "/v1/similar", image);
    callWith(200, "putItemImage", "/v1/items/i1/image", picture, type("image/png"));
    call(204, "deleteItemImage", "/v1/items/i1/image", null);
    call(404, "deleteItemImage", "/v1/items/i1/image", null);
    callWith(404, "putItemImage", "/v1/items/none/image", picture, type("image/png"));
    callWith(415, "putItemImage", "/v1/items/i1/image", picture, type("text/html"));
    callWith(400, "putItemImage", "/v1/items/i1/image", new byte[1], type("image/png"));
    call(404, "similarItems", "/v1/items/none/similar", null);
    call(400, "similarItems", "/v1/items/i1/similar?by=smell", null);
    call(400, "similar", "/v1/similar", "{}");
    call(404, "similar", "/v1/similar", "{\"items\": [\"none\"]}");
    call(400, "similar", "/v1/similar", "{\"image\": \"aGVsbG8=\"}");
    call(400, "similar", "/v1/similar", "{\"image\": \"???\"}");
  }

  @Test
  void listsForEverybody() {
    call(200, "trending", "/v1/trending?window=7d&n=3&fields=title", null);
    call(200, "trending", "/v1/trending?window=31d", null);
    call(200, "popular", "/v1/popular?n=500", null);
    call(200, "latest", "/v1/latest?filter=" + ServedShop.encoded("\"Toys\" in categories"), null);
    call(400, "trending", "/v1/trending?window=week", null);
    call(400, "popular", "/v1/popular?m=3", null);
    call(422, "latest", "/v1/latest?filter=" + ServedShop.encoded("price <"), null);
    Reply without = call(200, "popular", "/v1/popular?fields=no-item-has-it", null);
    assertThat(without.json().path("items").get(0).has("fields")).isFalse();
  }

  @Test
  void eventsAndUsers() throws Exception {
    assertThat(
            call(
                    200,
                    "addEvents",
                    "/v1/events",
                    """
                    [{"eventId": "e1", "type": "purchase", "user": "ann", "item": "i1",
                      "time": 1704067200, "value": 9.5, "recommendationId": "r1",
                      "properties": {"price": 3, "tags": ["a"], "gift": true, "note": "x"}},
                     {"user": "ann", "item": "i2"}]\
                    """)
                .json()
                .toString())
        .isEqualTo("{\"accepted\":2,\"duplicates\":0,\"rejected\":[]}");
    Reply mixed =
        shop.ask(
            "POST",
            "/v1/events",
            "{\"eventId\":\"e1\",\"user\":\"ann\",\"item\":\"i1\"}\n{\"user\":\"ann\"}\nx\n",
            type("application/x-ndjson"));
    hold(API.operation("addEvents"), "/v1/events", mixed);
    assertThat(mixed.json().path("duplicates").intValue()).isEqualTo(1);
    assertThat(mixed.json().path("rejected")).hasSize(2);
    Reply alone = shop.post("/v1/events", "{\"user\": \"bob\", \"item\": \"i1\"}");
    hold(API.operation("addEvents"), "/v1/events", alone);
    call(400, "addEvents", "/v1/events", "[]");
    call(400, "addEvents", "/v1/events", "nonsense");
    call(415, "addEvents", "/v1/events", "[]", type("text/csv"));
    JsonNode page = call(200, "listEvents", "/v1/events?n=1", null).json();
    call(200, "listEvents", "/v1/events?n=500&before=" + page.path("next").longValue(), null);
    call(400, "listEvents", "/v1/events?before=x", null);
    call(200, "listUsers", "/v1/users?prefix=an&n=5", null);
    call(200, "getUser", "/v1/users/ann", null);
    call(404, "getUser", "/v1/users/nobody", null);
    Reply export = call(200, "exportUser", "/v1/users/ann/events", null);
    JsonNode schema = OpenApi.json("{\"$ref\": \"#/components/schemas/StoredEvent\"}");
    List<String> lines = export.text().lines().toList();
    assertThat(lines).hasSize(2);
    for (String line : lines) {
      assertThat(API.faults(schema, OpenApi.json(line))).isEmpty();
    }
    call(404, "exportUser", "/v1/users/nobody/events", null);
    call(200, "similarItems", "/v1/items/i1/similar?n=3", null);
    call(200, "similar", "/v1/similar", "{\"text\": \"a red boat\", \"n\": 3}");
    List<String> all = call(200, "exportEvents", "/v1/events/export", null).text().lines().toList();
    assertThat(all).containsAll(lines);
    assertThat(call(200, "eraseUser", "/v1/users/ann", null).json().path("erased").intValue())
        .isEqualTo(2);
    call(200, "eraseUser", "/v1/users/ann", null);
    call(404, "getUser", "/v1/users/ann", null);
  }

  @Test
  void eventsAsTheyCome() throws Exception {
    var client = HttpClient.newHttpClient();
    var response =
        client.send(
            HttpRequest.newBuilder(URI.create(shop.address() + "/v1/events/stream"))
                .timeout(Duration.ofSeconds(20))
                .build(),
            HttpResponse.BodyHandlers.ofInputStream());
    asked.add("streamEvents");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type").orElse(""))
        .startsWith("text/event-stream");
    try (var in =
        new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
      assertThat(in.readLine()).startsWith(":"); // it watches from here on
      shop.post("/v1/events", "{\"user\": \"streamer\", \"item\": \"i5\"}");
      List<String> message = message(in);
      while (!message.toString().contains("streamer")) {
        message = message(in);
      }
      assertThat(message).hasSize(3);
      JsonNode event = OpenApi.json(message.get(2).replaceFirst("^data: ", ""));
      JsonNode schema = OpenApi.json("{\"$ref\": \"#/components/schemas/StoredEvent\"}");
      assertThat(API.faults(schema, event)).isEmpty();
      assertThat(message.subList(0, 2))
          .containsExactly("id: " + event.get("sequence"), "event: event");
    }
  }

  /** Without it {@code DELETE ...?dryRun=true} would delete. */
  @Test
  void aParameterThatARouteDoesNotHaveIsRefusedBeforeAnythingIsDone() {
    shop.post("/v1/events", "{\"user\": \"kept\", \"item\": \"i5\"}");
    for (OpenApi.Operation operation : API.operations()) {
      if (operation.path().startsWith("/v1/")) {
        String path = operation.path().replaceAll("\\{user}", "kept").replaceAll("\\{.*?}", "x");
        Reply reply = shop.ask(operation.method(), path + "?dryRun=true", null, r -> {});
        assertThat(reply.status()).as(operation.method() + " " + path).isEqualTo(400);
        assertThat(reply.json().path("detail").asText())
            .contains("the parameter dryRun is not known");
      }
    }
    assertThat(shop.get("/v1/users/kept").status()).isEqualTo(200);
  }

  /** A burst that no buffer holds, and nobody reads it yet. */
  @Test
  void aSlowWatcherMissesNothing() throws Exception {
    try (ServedShop fresh = ServedShop.start();
        BufferedReader in = watch(fresh)) {
      assertThat(in.readLine()).startsWith(":");
      String event =
          "{\"user\": \"u\", \"item\": \"i1\", \"properties\": {\"a\": \"" + "x".repeat(500);
      fresh.send(
          "POST",
          "/v1/events",
          (event + "\"}}\n").repeat(9_000).getBytes(StandardCharsets.UTF_8),
          request -> request.setHeader("Content-Type", "application/x-ndjson"));
      long sequence = 0;
      for (int i = 0; i < 9_000; ) {
        List<String> message = message(in);
        if (!message.isEmpty() && message.get(0).startsWith("id: ")) {
          long next = Long.parseLong(message.get(0).substring(4));
          assertThat(next).isEqualTo(sequence == 0 ? next : sequence + 1);
          sequence = next;
          i++;
        }
      }
    }
  }

  @Test
  void whoWatchesTakesNoThreadFromOthers() throws Exception {
    List<BufferedReader> watchers = new ArrayList<>();
    try (ServedShop fresh = ServedShop.start("threads=8")) {
      for (int i = 0; i < 16; i++) {
        BufferedReader in = watch(fresh);
        watchers.add(in);
        assertThat(in.readLine()).startsWith(":");
      }
      assertThat(fresh.get("/health/live").status()).isEqualTo(200);
      Reply refused = fresh.get("/v1/events/stream");
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.json().path("detail").asText())
          .isEqualTo("16 others watch the events already");
    } finally {
      for (BufferedReader in : watchers) {
        in.close();
      }
    }
  }

  private static BufferedReader watch(ServedShop watched) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(watched.address() + "/v1/events/stream"))
            .timeout(Duration.ofSeconds(20))
            .build();
    var response =
        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofInputStream());
    return new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
  }

  /** {@return the lines of the next message of a stream} */
  private static List<String> message(BufferedReader in) throws IOException {
    List<String> lines = new ArrayList<>();
    for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
      lines.add(line);
    }
    return lines;
  }

  @Test
  void items() {
    Reply put =
        call(
            200,
            "putItem",
            "/v1/items/new%2F1",
            """
            {"title": "A green boat", "brand": "Brand 9", "categories": ["Toys", "boat"],
             "image": "https://example.org/a.png", "available": true, "hidden": false,
             "expiresAt": "2040-01-01T00:00:00Z",
             "properties": {"price": 12.5, "tags": ["wood"], "sale": false, "size": "L"}}\
            """,
            request -> request.setHeader("If-Match", "\"0\""));
    assertThat(put.json().path("item").textValue()).isEqualTo("new/1");
    assertThat(put.json().path("inModel").booleanValue()).isFalse();
    assertThat(put.header("ETag")).isEqualTo("\"" + put.json().path("version") + "\"");
    call(409, "putItem", "/v1/items/new%2F1", "{}", r -> r.setHeader("If-Match", "\"0\""));
    call(400, "putItem", "/v1/items/new%2F1", "{}", r -> r.setHeader("If-Match", "soon"));
    Reply patched =
        call(
            200,
            "patchItem",
            "/v1/items/new%2F1",
            "{\"hidden\": true, \"expiresAt\": null, \"properties\": {\"size\": null, \"x\": 1}}",
            request -> request.setHeader("If-Match", put.header("ETag")));
    assertThat(patched.json().has("expiresAt")).isFalse();
    assertThat(patched.json().path("properties").toString())
        .isEqualTo("{\"price\":12.5,\"tags\":[\"wood\"],\"sale\":false,\"x\":1.0}");
    assertThat(patched.json().path("title").textValue()).isEqualTo("A green boat");
    call(
        409,
        "patchItem",
        "/v1/items/new%2F1",
        "{\"hidden\": false}",
        request -> request.setHeader("If-Match", put.header("ETag")));
    call(404, "patchItem", "/v1/items/none", "{\"hidden\": false}");
    call(400, "patchItem", "/v1/items/i1", "{\"hiden\": false}");
    call(200, "getItem", "/v1/items/new%2F1", null);
    Reply odd = call(200, "getItem", "/v1/items/" + ServedShop.encoded(ServedShop.ODD), null);
    assertThat(odd.json().path("item").textValue()).isEqualTo(ServedShop.ODD);
    call(404, "getItem", "/v1/items/none", null);
    assertThat(
            call(
                    200,
                    "putItems",
                    "/v1/items",
                    "[{\"item\": \"b1\", \"title\": \"Bulk\"}, {\"item\": \"b2\"}]")
                .json()
                .path("accepted")
                .intValue())
        .isEqualTo(2);
    Reply lines =
        shop.ask(
            "POST",
            "/v1/items",
            "{\"item\":\"b3\"}\n{\"title\":\"none\"}\n",
            type("application/x-ndjson"));
    hold(API.operation("putItems"), "/v1/items", lines);
    assertThat(lines.json().path("rejected")).hasSize(1);
    call(400, "putItems", "/v1/items", "[");
    JsonNode page = call(200, "listItems", "/v1/items?n=2", null).json();
    call(
        200,
        "listItems",
        "/v1/items?n=500&after=" + ServedShop.encoded(page.path("next").textValue()),
        null);
    call(200, "listItems", "/v1/items?q=red%20train&filter=events%3E0.0", null);
    call(422, "listItems", "/v1/items?filter=evnts%3E0.0", null);
    call(400, "listItems", "/v1/items?n=501", null);
    call(200, "getItemImage", "/v1/items/i1/image", null);
    call(404, "getItemImage", "/v1/items/i7/image", null);
    call(404, "getItemImage", "/v1/items/none/image", null);
    call(409, "deleteItem", "/v1/items/new%2F1", null, r -> r.setHeader("If-Match", "\"1\""));
    call(400, "deleteItem", "/v1/items/new%2F1", null, r -> r.setHeader("If-Match", "soon"));
    String now = call(200, "getItem", "/v1/items/new%2F1", null).header("ETag");
    call(204, "deleteItem", "/v1/items/new%2F1", null, r -> r.setHeader("If-Match", now));
    call(404, "deleteItem", "/v1/items/new%2F1", null);
    call(409, "deleteItem", "/v1/items/i1", null);
  }

  @Test
  void columnsAndFilters() {
    JsonNode columns = call(200, "listColumns", "/v1/columns", null).json().path("columns");
    assertThat(columns.findValuesAsText("name")).contains("title", "brand", "categories");
    JsonNode valid =
        call(
                200,
                "validateFilter",
                "/v1/filters/validate",
                "{\"filter\": \"brand == \\\"Brand 1\\\"\", \"boost\": \"1.5\"}")
            .json();
    assertThat(valid.path("matching").intValue()).isEqualTo(16);
    call(200, "validateFilter", "/v1/filters/validate", "{}");
    JsonNode problem =
        call(422, "validateFilter", "/v1/filters/validate", "{\"filter\": \"brnad == 'x'\"}")
            .json();
    assertThat(problem.path("suggestion").textValue()).isEqualTo("brand");
    call(422, "validateFilter", "/v1/filters/validate", "{\"boost\": \"brand\"}");
    call(400, "validateFilter", "/v1/filters/validate", "{\"filter\": \"\"}");
  }

  @Test
  void scenariosAndExperiments() {
    String content =
        """
        {"n": 4, "filter": "\\"Toys\\" in categories", "boost": "1.0", "excludeSeen": true, "diversity": 0.1,
         "fallback": ["similar", "trending", "popular"], "model": "run", "experiment":
         {"salt": "s", "variants": [{"name": "a", "weight": 1}, {"name": "b", "weight": 2.5,
          "diversity": 0.5, "excludeSeen": false, "boost": "brand == 'Brand 1' ? 2.0 : 1.0"}]}}\
        """;
    Reply put = call(200, "putScenario", "/v1/scenarios/home", content);
    assertThat(put.header("ETag")).isNotEmpty();
    call(409, "putScenario", "/v1/scenarios/home", "{}", r -> r.setHeader("If-Match", "\"0\""));
    call(200, "getScenario", "/v1/scenarios/home", null);
    call(200, "listScenarios", "/v1/scenarios", null);
    JsonNode answer =
        call(200, "recommend", "/v1/recommend", "{\"scenario\": \"home\", \"user\": \"u1\"}")
            .json();
    assertThat(answer.path("scenario").textValue()).isEqualTo("home");
    assertThat(answer.path("variant").textValue()).isIn("a", "b");
    assertThat(answer.path("items")).hasSize(4);
    JsonNode assigned =
        call(200, "getAssignment", "/v1/experiments/home/assignment?user=u1", null).json();
    assertThat(assigned.path("variant")).isEqualTo(answer.path("variant"));
    call(200, "getExperiment", "/v1/experiments/home", null);
    call(422, "putScenario", "/v1/scenarios/bad", "{\"filter\": \"brnad == 'x'\"}");
    call(400, "putScenario", "/v1/scenarios/bad", "{\"fallback\": [\"magic\"]}");
    call(400, "putScenario", "/v1/scenarios/a%20b", "{}");
    call(404, "getScenario", "/v1/scenarios/none", null);
    call(404, "getExperiment", "/v1/experiments/none", null);
    call(404, "getAssignment", "/v1/experiments/none/assignment?user=u1", null);
    call(400, "getAssignment", "/v1/experiments/home/assignment", null);
    call(409, "deleteScenario", "/v1/scenarios/home", null, r -> r.setHeader("If-Match", "\"0\""));
    call(200, "getScenario", "/v1/scenarios/home", null);
    call(
        204,
        "deleteScenario",
        "/v1/scenarios/home",
        null,
        r -> r.setHeader("If-Match", put.header("ETag")));
    call(404, "deleteScenario", "/v1/scenarios/home", null);
  }

  /** Runs last, with the others. */
  @Test
  @Order(Integer.MAX_VALUE)
  void everyOperationIsAskedAndEveryRouteIsDescribed() {
    Set<String> described = new TreeSet<>();
    for (OpenApi.Operation operation : API.operations()) {
      assertThat(asked).contains(operation.id());
      if (!operation.id().equals("getMetrics")) {
        described.add(operation.toString());
      }
    }
    List<String> routes = new ArrayList<>(shop.server().routes());
    routes.removeAll(List.of("GET /", "GET /console/<file>"));
    assertThat(new TreeSet<>(routes)).isEqualTo(described);
  }
}
