package dev.horae.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.http.ServedShop.Reply;
import dev.horae.run.Training;
import dev.horae.store.PostgresServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Two servers behind one PostgreSQL database, each with its own models: what one is told of the
 * other knows, at once or soon, as docs/serving.md says.
 */
class SeveralServersTest {

  private static ServedShop one;
  private static ServedShop two;

  @BeforeAll
  static void startBothAtOnceOnAnEmptyDatabase() {
    CompletableFuture<ServedShop> other = inAThread(() -> start("several"));
    one = start("several");
    two = other.join();
  }

  @AfterAll
  static void stop() {
    if (one != null) {
      one.close();
      two.close();
    }
  }

  private static ServedShop start(String schema) {
    return ServedShop.start("database=" + PostgresServer.address(schema));
  }

  private static <T> CompletableFuture<T> inAThread(Supplier<T> work) {
    return CompletableFuture.supplyAsync(work, task -> new Thread(task).start());
  }

  /** Asks until it holds; a minute is a failure. */
  private static void until(String what, BooleanSupplier holds) {
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    while (!holds.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(end);
    }
  }

  private static List<String> items(Reply reply) {
    assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    List<String> items = new ArrayList<>();
    reply.json().get("items").forEach(item -> items.add(item.get("item").asText()));
    return items;
  }

  private static Reply put(ServedShop shop, String path, String json) {
    return shop.ask("PUT", path, json, request -> {});
  }

  private static Reply delete(ServedShop shop, String path) {
    return shop.ask("DELETE", path, null, request -> {});
  }

  private static Reply recommend(ServedShop shop, String json) {
    return shop.post("/v1/recommend", json);
  }

  @Test
  void anEventCountsInTheNextRequestOfEachServerAndOnce() {
    String event = "{\"eventId\": \"e1\", \"user\": \"anna\", \"item\": \"i3\"}";
    assertThat(one.post("/v1/events", event).json().get("accepted").asInt()).isEqualTo(1);
    assertThat(two.post("/v1/events", event).json().get("duplicates").asInt()).isEqualTo(1);
    JsonNode answer = two.get("/v1/recommend/anna?n=3").json();
    assertThat(answer.get("source").asText()).isEqualTo("model");
    assertThat(answer.get("items"))
        .isEqualTo(one.get("/v1/recommend/anna?n=3").json().get("items"));
    until("counted", () -> items(two.get("/v1/trending")).contains("i3"));

    assertThat(delete(two, "/v1/users/anna").json().get("erased").asInt()).isEqualTo(1);
    assertThat(one.get("/v1/users/anna").status()).isEqualTo(404);
    assertThat(one.get("/v1/recommend/anna").json().get("reason").asText())
        .isEqualTo("the user 'anna' has no events");
  }

  @Test
  void anItemIsKnownToEachServer() {
    assertThat(put(one, "/v1/items/boat", "{\"title\": \"A boat\"}").status()).isEqualTo(200);
    assertThat(two.get("/v1/items/boat").json().get("title").asText()).isEqualTo("A boat");
    until(
        "encoded by both",
        () ->
            one.get("/v1/items/boat").json().get("encoded").asBoolean()
                && two.get("/v1/items/boat").json().get("encoded").asBoolean());
    String asked = "{\"history\": [\"i1\"], \"candidates\": [\"boat\", \"i2\"]}";
    assertThat(items(recommend(two, asked))).contains("boat");

    two.ask("PATCH", "/v1/items/boat", "{\"hidden\": true}", request -> {});
    assertThat(items(recommend(two, asked))).containsExactly("i2");
    until("hidden", () -> items(recommend(one, asked)).equals(List.of("i2")));

    delete(one, "/v1/items/boat");
    until("deleted", () -> two.get("/v1/items/boat").status() == 404);
    assertThat(items(recommend(two, "{\"history\": [\"i1\"], \"n\": 500}"))).doesNotContain("boat");
  }

  @Test
  void aChangeStandsOnWhatTheOtherServerWroteLast() throws Exception {
    byte[] picture;
    try (var files = Files.list(ServedShop.trained().folder().resolve("shop/images"))) {
      picture = Files.readAllBytes(files.findFirst().orElseThrow());
    }
    put(one, "/v1/items/kite", "{\"title\": \"A kite\", \"properties\": {\"price\": 5}}");
    for (int round = 0; round < 5; round++) { // in less time than a server takes to look
      Reply sent =
          two.send(
              "PUT",
              "/v1/items/kite/image",
              picture,
              request -> request.setHeader("Content-Type", "image/png"));
      assertThat(sent.status()).as(sent.text()).isEqualTo(200);
      String title = "Kite " + round;
      JsonNode again = put(one, "/v1/items/kite", "{\"title\": \"" + title + "\"}").json();
      assertThat(again.get("image").asText()).isEqualTo(sent.json().get("image").asText());
      one.post("/v1/items", "[{\"item\": \"kite\", \"title\": \"Kites\"}]");
      JsonNode patched =
          two.ask("PATCH", "/v1/items/kite", "{\"brand\": \"B\"}", request -> {}).json();
      assertThat(patched.get("title").asText()).isEqualTo("Kites");
      assertThat(patched.get("image").asText()).isEqualTo(sent.json().get("image").asText());
      assertThat(delete(one, "/v1/items/kite/image").status()).isEqualTo(204);
      JsonNode without = put(two, "/v1/items/kite", "{\"title\": \"Kite\"}").json();
      assertThat(without.get("image").asText()).isEmpty();
    }
    long version = two.get("/v1/items/kite").json().get("version").asLong();
    Reply quicker =
        one.ask(
            "PUT",
            "/v1/items/kite",
            "{}",
            request -> request.setHeader("If-Match", "\"" + version + "\""));
    assertThat(quicker.status()).as(quicker.text()).isEqualTo(200);
    Reply late =
        two.ask(
            "PUT",
            "/v1/items/kite",
            "{}",
            request -> request.setHeader("If-Match", "\"" + version + "\""));
    assertThat(late.status()).isEqualTo(409);
    delete(one, "/v1/items/kite");
  }

  @Test
  void anExperimentIsTheSameOnEachServerAndCountedTogether() {
    put(
        one,
        "/v1/scenarios/home",
        "{\"experiment\": {\"variants\": [{\"name\": \"a\", \"weight\": 1},"
            + " {\"name\": \"b\", \"weight\": 1}]}}");
    until("known", () -> two.get("/v1/scenarios/home").status() == 200);
    for (int u = 0; u < 50; u++) {
      String asked = "/v1/experiments/home/assignment?user=u" + u;
      assertThat(one.get(asked).json()).isEqualTo(two.get(asked).json());
    }
    String question = "{\"scenario\": \"home\", \"user\": \"u1\", \"history\": [\"i1\"]}";
    JsonNode shown = recommend(one, question).json();
    recommend(two, question);
    two.post(
        "/v1/events",
        "{\"type\": \"click\", \"user\": \"u1\", \"item\": \"%s\", \"recommendationId\": \"%s\"}"
            .formatted(shown.at("/items/0/item").asText(), shown.get("recommendationId").asText()));
    for (ServedShop shop : List.of(one, two)) {
      until(
          "counted",
          () -> {
            long lists = 0;
            long clicks = 0;
            for (JsonNode variant : shop.get("/v1/experiments/home").json().get("variants")) {
              lists += variant.get("impressions").asLong();
              clicks += variant.get("clicks").asLong();
            }
            return lists == 2 && clicks == 1;
          });
    }
    delete(two, "/v1/scenarios/home");
    until("deleted", () -> one.get("/v1/scenarios/home").status() == 404);
  }

  @Test
  void aKeyOpensAndClosesEachServer() {
    try (ServedShop here = start("several_keys");
        ServedShop there = start("several_keys")) {
      String admin = here.newKey(null, "admin", "admin");
      until("locked", () -> there.get("/v1/popular").status() == 401);
      String reader = here.newKey(admin, "reader", "read");
      until("let in", () -> status(there, reader) == 200);
      String second = there.newKey(admin, "second", "admin");
      there.ask("DELETE", "/v1/keys/reader", null, r -> r.setHeader("X-API-Key", admin));
      assertThat(status(there, reader)).isEqualTo(401);
      until("refused", () -> status(here, reader) == 401);

      // Somebody deletes them from the database.
      here.shop().store().delete(Api.KEY, "admin", null);
      here.shop().store().delete(Api.KEY, "second", null);
      there.ask("PUT", "/v1/scenarios/x", "{}", r -> r.setHeader("X-API-Key", second));
      until("seen", () -> here.shop().scenarios().size() == 1);
      assertThat(here.get("/v1/popular").status()).isEqualTo(401);
      assertThat(there.get("/v1/popular").status()).isEqualTo(401);
    }
  }

  private static int status(ServedShop shop, String key) {
    return shop.ask("GET", "/v1/popular", null, r -> r.setHeader("X-API-Key", key)).status();
  }

  @Test
  void whoWasErasedThroughOneServerIsForgottenByTheModelsOfTheOther() {
    Path run = ServedShop.trained().folder().resolve("counting of two");
    Training.run(ServedShop.trained().dataset(), "horae", run, "model.tower=none");
    for (ServedShop shop : List.of(one, two)) {
      shop.shop().load("counting", run).join();
    }
    double before = score(two);
    long now = Instant.now().getEpochSecond();
    takes("i2", now - 1000);
    for (int u = 0; u < 20; u++) {
      delete(one, "/v1/users/w" + u);
    }
    // A server looks at what was erased before it looks at documents: the second time, surely.
    for (String name : List.of("erased", "surely")) {
      put(one, "/v1/scenarios/" + name, "{}");
      until(name, () -> two.get("/v1/scenarios/" + name).status() == 200);
    }
    takes("i40", now - 500); // after i2, had they not been erased
    until("the same", () -> score(two) == score(one));
    assertThat(score(two)).isLessThan(before + 1);

    takes("i2", now - 400);
    takes("i40", now - 300);
    until("the same", () -> score(two) == score(one));
    assertThat(score(two)).isGreaterThan(before + 1);
    for (ServedShop shop : List.of(one, two)) {
      shop.shop().models().delete("counting");
    }
  }

  /** Twenty users take an item, which the models of both servers have counted afterwards. */
  private static void takes(String item, long time) {
    List<String> events = new ArrayList<>();
    for (int u = 0; u < 20; u++) {
      events.add("{\"user\": \"w" + u + "\", \"item\": \"" + item + "\", \"time\": " + time + "}");
    }
    add(item, events);
    // Models count what was read together: when a later event is read, they have.
    add("i9", List.of("{\"user\": \"somebody\", \"item\": \"i9\"}"));
  }

  private static void add(String item, List<String> events) {
    List<Long> before = List.of(counted(one, item), counted(two, item));
    one.post("/v1/events", events.toString());
    until("counted", () -> counted(one, item) == before.get(0) + events.size());
    until("counted", () -> counted(two, item) == before.get(1) + events.size());
  }

  private static long counted(ServedShop shop, String item) {
    return shop.get("/v1/items/" + item).json().get("events").asLong();
  }

  private static double score(ServedShop shop) {
    JsonNode answer =
        recommend(
                shop, "{\"model\": \"counting\", \"history\": [\"i2\"], \"candidates\": [\"i40\"]}")
            .json();
    return answer.at("/items/0/score").asDouble();
  }

  @Test
  void aServerThatCannotWriteAnswersAllTheSame() throws SQLException {
    try (Connection hanging = PostgresServer.locked(PostgresServer.address("several"));
        Statement statement = hanging.createStatement()) {
      CompletableFuture<Reply> writing =
          inAThread(() -> put(one, "/v1/items/slow", "{\"title\": \"Slow\"}"));
      until("waits for the lock", () -> waiting(statement));
      assertThat(items(recommend(one, "{\"history\": [\"i1\"], \"fields\": [\"title\"]}")))
          .hasSize(10);
      assertThat(writing).isNotDone();
      hanging.rollback();
      assertThat(writing.join().status()).isEqualTo(200);
      delete(one, "/v1/items/slow");
    }
  }

  private static boolean waiting(Statement statement) {
    try (ResultSet row =
        statement.executeQuery(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")) {
      row.next();
      return row.getLong(1) > 0;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aServerThatStopsLeavesTheOtherAlone() {
    ServedShop third = start("several");
    third.post("/v1/events", "{\"user\": \"zoe\", \"item\": \"i5\"}");
    third.close();
    assertThat(two.get("/health/ready").status()).isEqualTo(200);
    assertThat(two.post("/v1/events", "{\"user\": \"zoe\", \"item\": \"i6\"}").status())
        .isEqualTo(200);
    assertThat(two.get("/v1/users/zoe").json().get("events").asInt()).isEqualTo(2);
  }
}
