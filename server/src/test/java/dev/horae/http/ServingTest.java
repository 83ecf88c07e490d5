package dev.horae.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.http.ServedShop.Reply;
import dev.horae.run.Training;
import dev.horae.serve.Recommender;
import dev.horae.service.Indexing;
import dev.horae.service.Limits;
import dev.horae.service.LiveShop;
import dev.horae.service.Models;
import dev.horae.store.Store;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a shop relies on: equal scores, swaps and stops that nobody notices, events that count. */
class ServingTest {

  private static ServedShop shop;

  @BeforeAll
  static void start() {
    shop = ServedShop.start();
  }

  @AfterAll
  static void stop() {
    shop.close();
  }

  private static List<String> items(JsonNode answer) {
    List<String> items = new ArrayList<>();
    answer.get("items").forEach(item -> items.add(item.get("item").asText()));
    return items;
  }

  private static Reply recommend(String body) {
    Reply reply = shop.post("/v1/recommend", body);
    assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    return reply;
  }

  @Test
  void theScoresAreThoseOfTheLibraryToTheBit() {
    try (Recommender library = Recommender.open(ServedShop.trained().run())) {
      for (int h = 0; h < 20; h++) {
        List<Recommender.Event> history = new ArrayList<>();
        List<String> json = new ArrayList<>();
        for (int e = 0; e <= h % 6; e++) {
          String item = ServedShop.id((h * 5 + e * 3) % ServedShop.ITEMS);
          long time = 1_710_000_000L + 90_000L * e;
          history.add(new Recommender.Event(item, time));
          json.add("{\"item\": \"%s\", \"time\": %s}".formatted(item, time));
        }
        JsonNode answer =
            recommend("{\"history\": [" + String.join(", ", json) + "], \"n\": 12}").json();
        List<Recommender.Scored> expected = library.recommend(history, 12).items();
        assertThat(items(answer)).isEqualTo(expected.stream().map(s -> s.item()).toList());
        for (int i = 0; i < expected.size(); i++) {
          assertThat((float) answer.at("/items/" + i + "/score").asDouble())
              .isEqualTo((float) expected.get(i).score());
        }
      }
    }
  }

  /** Asks without pause until it is told to end, and keeps every answer that was not 200. */
  private static final class Crowd {
    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicInteger answers = new AtomicInteger();
    private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
    private final List<Thread> threads = new ArrayList<>();

    Crowd(int size, Function<Integer, Reply> ask) {
      for (int t = 0; t < size; t++) {
        int number = t;
        Thread thread =
            new Thread(
                () -> {
                  for (int i = 0; !ended.get(); i++) {
                    Reply reply = ask.apply(number + 31 * i);
                    answers.incrementAndGet();
                    if (reply.status() != 200) {
                      failures.add(reply.status() + " " + reply.text());
                    }
                  }
                });
        threads.add(thread);
        thread.start();
      }
    }

    void end() throws InterruptedException {
      ended.set(true);
      for (Thread thread : threads) {
        thread.join();
      }
    }
  }

  @Test
  void modelsAreSwappedUnderLoadAndNoRequestFails() throws InterruptedException {
    try (ServedShop busy = ServedShop.start()) {
      Path other = ServedShop.trained().other();
      Crowd crowd =
          new Crowd(
              4,
              i ->
                  busy.post(
                      "/v1/recommend",
                      "{\"history\": [\"" + ServedShop.id(i % ServedShop.ITEMS) + "\"]}"));
      int swaps = Integer.getInteger("horae.test.swaps", 10);
      Set<String> loaded = new HashSet<>();
      for (int swap = 0; swap < swaps; swap++) {
        busy.shop().load("other", other).join();
        busy.shop().models().activate("other");
        loaded.add(busy.shop().models().active());
        busy.shop().models().rollback();
        busy.shop().models().delete("other");
      }
      crowd.end();
      assertThat(crowd.failures).isEmpty();
      assertThat(crowd.answers.get()).isPositive();
      assertThat(loaded).containsExactly("other");
      assertThat(busy.shop().models().statuses())
          .extracting(Models.Status::name, Models.Status::state)
          .containsExactly(tuple("run", Models.State.ACTIVE));
    }
  }

  @Test
  void whatIsRunningWhenTheServerStopsIsAnswered() throws InterruptedException {
    ServedShop stopping = ServedShop.start();
    HttpRequest question =
        HttpRequest.newBuilder(URI.create(stopping.address() + "/v1/recommend/nobody")).build();
    ConcurrentLinkedQueue<String> broken = new ConcurrentLinkedQueue<>();
    AtomicInteger answered = new AtomicInteger();
    CountDownLatch warm = new CountDownLatch(40);
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      Thread thread =
          new Thread(
              () -> {
                while (true) {
                  try {
                    Reply reply = stopping.send(question);
                    if (reply.status() != 200 && reply.status() != 503) {
                      broken.add(reply.status() + " " + reply.text());
                    }
                    if (reply.status() == 503) {
                      return;
                    }
                    answered.incrementAndGet();
                    warm.countDown();
                  } catch (UncheckedIOException e) {
                    if (!isRefused(e)) { // accepted, and then not answered
                      broken.add(String.valueOf(e.getMessage()));
                    }
                    return;
                  }
                }
              });
      threads.add(thread);
      thread.start();
    }
    warm.await();
    stopping.server().drain();
    for (Thread thread : threads) {
      thread.join();
    }
    stopping.close();
    assertThat(broken).isEmpty();
    assertThat(answered.get()).isGreaterThanOrEqualTo(40);
  }

  private static boolean isRefused(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof ConnectException) {
        return true;
      }
    }
    return String.valueOf(e.getMessage()).contains("GOAWAY")
        || String.valueOf(e.getMessage()).contains("header parser received no bytes"); // idle
  }

  @Test
  void anExportThatBreaksOffIsNotTakenForAWholeOne() throws SQLException {
    try (ServedShop fresh = ServedShop.start()) {
      String events =
          IntStream.range(0, 3000)
              .mapToObj("{\"eventId\": \"e%s\", \"user\": \"anna\", \"item\": \"i1\"}"::formatted)
              .collect(Collectors.joining(",", "[", "]"));
      fresh.post("/v1/events", events);
      spoil(fresh, "e2500");
      for (String path : List.of("/v1/events/export", "/v1/users/anna/events")) {
        assertThatThrownBy(() -> fresh.get(path)).as(path).isInstanceOf(UncheckedIOException.class);
      }
      while (count(fresh, "\"status\":500") < 2) { // a line is written after the answer
        Thread.onSpinWait();
      }
      assertThat(fresh.log())
          .filteredOn(line -> line.contains("\"status\":500"))
          .allMatch(line -> line.contains("properties of an event are no JSON"));

      spoil(fresh, "e500"); // before anything is sent
      Reply refused = fresh.get("/v1/events/export");
      assertThat(refused.status()).isEqualTo(500);
      assertThat(refused.json().get("type").asText()).isEqualTo("/problems/internal");
    }
  }

  @Test
  void whatFailsInsideABatchIsInTheLog() throws SQLException {
    try (ServedShop fresh = ServedShop.start()) {
      fresh.post("/v1/events", "{\"user\": \"anna\", \"item\": \"i3\"}");
      sql(fresh, "ALTER TABLE events RENAME COLUMN item_id TO another");
      JsonNode results =
          fresh
              .post(
                  "/v1/recommend/batch",
                  "{\"requests\": [{\"user\": \"anna\"}, {\"history\": [\"i1\"]}]}")
              .json()
              .get("results");
      assertThat(results.at("/0/problem/type").asText()).isEqualTo("/problems/internal");
      assertThat(items(results.get(1))).hasSize(10);
      while (count(fresh, "/v1/recommend/batch") == 0) { // a line is written after the answer
        Thread.onSpinWait();
      }
      assertThat(fresh.log())
          .filteredOn(line -> line.contains("/v1/recommend/batch"))
          .singleElement(InstanceOfAssertFactories.STRING)
          .contains("\"status\":200", "\"problem\":\"internal\"", "StoreException", "at dev.horae");
    }
  }

  @Test
  void aMetricThatCannotBeReadHidesNoOther() {
    try (ServedShop fresh = ServedShop.start()) {
      assertThat(fresh.metrics()).contains("horae_store_events 0.0\n");
      fresh.shop().store().close();
      assertThat(fresh.metrics()).contains("horae_store_events NaN\n", "horae_ready 1.0\n");
    }
  }

  @Test
  void theServiceLivesWhileWhatIsToBeWrittenWaits() throws SQLException {
    ExecutorService clients = Executors.newCachedThreadPool();
    try (ServedShop fresh = ServedShop.start("threads=8")) {
      List<CompletableFuture<Reply>> all;
      String file = "jdbc:sqlite:" + fresh.state().resolve("horae.db");
      try (Connection other = DriverManager.getConnection(file);
          Statement statement = other.createStatement()) {
        statement.execute("BEGIN IMMEDIATE"); // another program has it: nobody can write
        all =
            IntStream.range(0, 12)
                .mapToObj(i -> "{\"user\": \"u\", \"item\": \"i" + i + "\"}")
                .map(
                    event ->
                        CompletableFuture.supplyAsync(
                            () -> fresh.post("/v1/events", event), clients))
                .toList();
        Reply refused =
            (Reply) CompletableFuture.anyOf(all.toArray(CompletableFuture[]::new)).join();
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.json().get("detail").asText())
            .isEqualTo("4 requests that write wait for the store already");
        assertThat(fresh.get("/health/live").status()).isEqualTo(200);
        assertThat(items(fresh.post("/v1/recommend", "{\"history\": [\"i1\"]}").json()))
            .hasSize(10);
      }
      all.forEach(CompletableFuture::join);
    } finally {
      clients.shutdown();
    }
  }

  private static long count(ServedShop shop, String text) {
    return shop.log().stream().filter(line -> line.contains(text)).count();
  }

  /** Breaks an event as a bad disk could. */
  private static void spoil(ServedShop shop, String event) throws SQLException {
    sql(shop, "UPDATE events SET properties = '{' WHERE id = '" + event + "'");
  }

  private static void sql(ServedShop shop, String sql) throws SQLException {
    String file = "jdbc:sqlite:" + shop.state().resolve("horae.db");
    try (Connection connection = DriverManager.getConnection(file);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Test
  void eventsCountAtOnceAndOnlyOnce() {
    try (ServedShop fresh = ServedShop.start()) {
      assertThat(fresh.get("/v1/recommend/anna").json().get("reason").asText())
          .isEqualTo("the user 'anna' has no events");
      String event = "{\"eventId\": \"e1\", \"user\": \"anna\", \"item\": \"i3\"}";
      assertThat(fresh.post("/v1/events", event).json().toString())
          .isEqualTo("{\"accepted\":1,\"duplicates\":0,\"rejected\":[]}");
      assertThat(fresh.post("/v1/events", event).json().toString())
          .isEqualTo("{\"accepted\":0,\"duplicates\":1,\"rejected\":[]}");
      JsonNode answer = fresh.get("/v1/recommend/anna?n=3").json();
      assertThat(answer.get("source").asText()).isEqualTo("model");
      assertThat(items(answer)).hasSize(3).doesNotContain("i3");
      assertThat(fresh.get("/v1/users/anna").json().get("events").asInt()).isEqualTo(1);
      assertThat(fresh.ask("DELETE", "/v1/users/anna", null, r -> {}).json().toString())
          .isEqualTo("{\"erased\":1}");
      assertThat(fresh.get("/v1/users/anna").status()).isEqualTo(404);
    }
  }

  @Test
  void ourModelCountsEventsAsTheyCome() throws InterruptedException {
    Path run = ServedShop.trained().folder().resolve("counting");
    if (!Files.exists(run)) {
      Training.run(ServedShop.trained().dataset(), "horae", run, "model.tower=none");
    }
    try (ServedShop fresh = ServedShop.start()) {
      fresh.shop().load("counting", run).join();
      fresh.shop().models().activate("counting");
      assertThat(fresh.shop().models().statuses().get(1).log().get(1))
          .startsWith("50 scores equal those of its training");
      double before = score(fresh, "i40");
      long now = Instant.now().getEpochSecond();
      for (int u = 0; u < 20; u++) { // many took i40 after i2, which nobody had in training
        fresh.post(
            "/v1/events",
            "[{\"user\": \"w%s\", \"item\": \"i2\", \"time\": %s}, {\"user\": \"w%s\", \"item\": \"i40\", \"time\": %s}]"
                .formatted(u, now - 1000, u, now - 500));
      }
      while (score(fresh, "i40") <= before + 1) {
        Thread.onSpinWait();
      }
      assertThat(items(fresh.get("/v1/trending?n=2").json())).containsExactly("i2", "i40");
    }
  }

  @Test
  void anItemThatIsToldOfIsFoundAtOnceAndRecommendedByItsContent() throws InterruptedException {
    try (ServedShop fresh = ServedShop.start()) {
      String item =
          "{\"title\": \"Red train, no. 99\", \"brand\": \"Brand 0\", \"categories\": [\"Toys\","
              + " \"train\"], \"properties\": {\"price\": 9.5}}";
      assertThat(fresh.ask("PUT", "/v1/items/new", item, r -> {}).status()).isEqualTo(200);
      assertThat(items(fresh.get("/v1/latest").json())).containsExactly("new");
      String question = "{\"history\": [\"i0\"], \"filter\": \"price < 10\"}";
      while (items(fresh.post("/v1/recommend", question).json()).isEmpty()) {
        Thread.onSpinWait();
      }
      JsonNode known = fresh.get("/v1/items/new").json();
      assertThat(known.get("encoded").asBoolean()).isTrue();
      assertThat(known.get("inModel").asBoolean()).isFalse();
      assertThat(fresh.get("/v1/models").json().at("/models/0/log").toString())
          .contains("1 new items are scored by their content");
      assertThat(items(fresh.post("/v1/recommend", "{\"history\": [\"new\"], \"n\": 1}").json()))
          .hasSize(1);
      fresh.ask("DELETE", "/v1/items/new", null, r -> {});
      assertThat(items(fresh.post("/v1/recommend", question.replace("price < 10", "true")).json()))
          .doesNotContain("new")
          .hasSize(10);
      assertThat(fresh.get("/v1/items/new").status()).isEqualTo(404);
    }
  }

  /** What has expired by the moment that somebody asks about is still there for all others. */
  @Test
  void aQuestionAboutALaterTimeHidesNothingFromOthers() {
    try (ServedShop fresh = ServedShop.start()) {
      fresh.post("/v1/events", "{\"user\": \"u\", \"item\": \"i7\"}");
      fresh.ask("PATCH", "/v1/items/i7", "{\"expiresAt\": \"2090-01-01T00:00:00Z\"}", r -> {});
      String now = "{\"history\": [\"i10\"], \"candidates\": [\"i7\"]}";
      String later = now.replace("}", ", \"time\": \"2091-01-01T00:00:00Z\"}");
      String before = now.replace("}", ", \"time\": \"2089-12-31T00:00:00Z\"}");
      assertThat(items(fresh.post("/v1/recommend", later).json())).isEmpty();
      assertThat(items(fresh.post("/v1/recommend", before).json())).containsExactly("i7");
      assertThat(items(fresh.post("/v1/recommend", now).json())).containsExactly("i7");
      assertThat(items(fresh.get("/v1/popular?n=48").json())).contains("i7");

      fresh.ask("PATCH", "/v1/items/i7", "{\"expiresAt\": null}", r -> {});
      assertThat(items(fresh.post("/v1/recommend", later).json())).containsExactly("i7");
      fresh.ask("PATCH", "/v1/items/i7", "{\"expiresAt\": \"2020-01-01T00:00:00Z\"}", r -> {});
      assertThat(items(fresh.post("/v1/recommend", now).json())).isEmpty();
      fresh.ask("PATCH", "/v1/items/i7", "{\"expiresAt\": \"2090-01-01T00:00:00Z\"}", r -> {});
      assertThat(items(fresh.post("/v1/recommend", now).json())).containsExactly("i7");
    }
  }

  @Test
  void aPastTimeIsAnsweredByTheNewestEventsBeforeIt() {
    try (ServedShop fresh = ServedShop.start("history=2")) {
      for (int i = 1; i <= 4; i++) {
        fresh.post(
            "/v1/events", "{\"user\": \"heavy\", \"item\": \"i%s\", \"time\": %s}".formatted(i, i));
      }
      String question = "{\"user\": \"heavy\", \"excludeSeen\": true, \"n\": 48, \"time\": 2}";
      JsonNode answer = fresh.post("/v1/recommend", question).json();
      assertThat(answer.get("source").asText()).isEqualTo("model");
      assertThat(items(answer)).hasSize(46).contains("i3", "i4").doesNotContain("i1", "i2");
    }
  }

  @Test
  void filtersCountTheEventsOfAMinuteAgo() {
    try (ServedShop fresh = ServedShop.start()) {
      long before = fresh.get("/v1/items/i5").json().get("events").asLong();
      long now = Instant.now().getEpochSecond();
      String filter = "id == \"i5\" && events > " + before;
      assertThat(fresh.shop().validate(filter, null, now).matching()).isZero();
      fresh.post("/v1/events", "{\"user\": \"u\", \"item\": \"i5\"}");
      while (fresh.get("/v1/items/i5").json().get("events").asLong() == before) {
        Thread.onSpinWait();
      }
      assertThat(fresh.shop().validate(filter, null, now + 60).matching()).isEqualTo(1);
    }
  }

  /** The store fails as it does while a database restarts, and a model is to count its events. */
  @Test
  void newItemsAreTakenInOnceTheStoreAnswersAgain() throws SQLException {
    Path run = ServedShop.trained().folder().resolve("counting-contents");
    Training.run(ServedShop.trained().dataset(), "horae", run, "train.epochs=1");
    try (ServedShop fresh = ServedShop.start()) {
      fresh.shop().load("again", run).join();
      sql(fresh, "ALTER TABLE events RENAME TO away");
      fresh.ask("PUT", "/v1/items/new", "{\"title\": \"Red train, no. 99\"}", r -> {});
      while (!fresh
          .shop()
          .models()
          .statuses()
          .get(1)
          .log()
          .toString()
          .contains("new items were not taken in")) {
        Thread.onSpinWait();
      }
      sql(fresh, "ALTER TABLE away RENAME TO events");
      String question = "{\"history\": [\"i1\"], \"candidates\": [\"new\"], \"model\": \"again\"}";
      while (items(fresh.post("/v1/recommend", question).json()).isEmpty()) {
        Thread.onSpinWait();
      }
      while (scoring("again") != 1) { // what failed, and what was before, is let go of
        Thread.onSpinWait();
      }
    }
  }

  /** {@return how many threads score for models of a name} */
  private static long scoring(String model) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("scoring " + model + " "))
        .count();
  }

  /** An array of as many places as may wait is more than a heap can have. */
  @Test
  void aModelForWhichThereIsNoMemoryFailsAndCanBeDeletedAndLoadedAnew() {
    Path state = ServedShop.temporary("horae-memory");
    try (LiveShop small =
        new LiveShop(
            Store.open("sqlite:" + state.resolve("horae.db")),
            1,
            Integer.MAX_VALUE,
            new Limits(10, 10, 1000),
            new Indexing(0, state))) {
      for (int turn = 0; turn < 2; turn++) {
        small.load("big", ServedShop.trained().run()).join();
        Models.Status status = small.models().statuses().get(0);
        assertThat(status.state()).isEqualTo(Models.State.FAILED);
        assertThat(status.problem()).isEqualTo("Requested array size exceeds VM limit");
      }
      small.models().delete("big");
      assertThat(small.models().statuses()).isEmpty();
    }
  }

  @Test
  void whatReadsEventsGoesOnAfterAnError() throws Exception {
    try (ServedShop fresh = ServedShop.start()) {
      CountDownLatch broken = new CountDownLatch(1);
      AutoCloseable failing =
          fresh
              .shop()
              .watch(
                  () -> {
                    broken.countDown();
                    throw new StackOverflowError("of a test");
                  });
      fresh.post("/v1/events", "{\"user\": \"u\", \"item\": \"i5\"}");
      broken.await();
      failing.close();
      CountDownLatch told = new CountDownLatch(1);
      try (AutoCloseable watch = fresh.shop().watch(told::countDown)) {
        fresh.post("/v1/events", "{\"user\": \"u\", \"item\": \"i6\"}");
        told.await();
      }
    }
  }

  @Test
  void aModelThatCountsNothingReadsNoEvents() throws SQLException {
    try (ServedShop fresh = ServedShop.start()) {
      sql(fresh, "ALTER TABLE events RENAME TO lost");
      fresh.shop().load("other", ServedShop.trained().other()).join();
      assertThat(fresh.shop().models().statuses().get(1).state()).isEqualTo(Models.State.READY);
    }
  }

  @Test
  void aScenarioWhoseModelIsGoneIsAnsweredByTheActiveOne() {
    shop.ask("PUT", "/v1/scenarios/old", "{\"model\": \"yesterday\"}", request -> {});
    JsonNode answer = recommend("{\"history\": [\"i1\"], \"scenario\": \"old\"}").json();
    assertThat(answer.at("/model/name").asText()).isEqualTo("run");
    assertThat(answer.get("reason").asText())
        .isEqualTo("the scenario's model 'yesterday' is not loaded");
    assertThat(items(answer)).hasSize(10);
  }

  @Test
  void everyListAndEveryRequestIsCountedAsWhatItWas() {
    try (ServedShop fresh = ServedShop.start()) {
      fresh.get("/v1/popular");
      fresh.post(
          "/v2/models/run/infer",
          "{\"inputs\": [{\"name\": \"history\", \"shape\": [2, 1], \"datatype\": \"BYTES\","
              + " \"data\": [\"i1\", \"\"]}]}");
      fresh.get("/v1/none/such");
      JsonNode statistics = fresh.get("/v1/statistics").json();
      assertThat(statistics.at("/sources/model").asInt()).isEqualTo(1);
      assertThat(statistics.at("/sources/popular").asInt()).isEqualTo(2);
      assertThat(fresh.metrics())
          .contains("horae_http_requests_total{route=\"unknown\",status=\"404\"} 1");
      while (count(fresh, "\"route\":\"unknown\",\"status\":404") == 0) {
        Thread.onSpinWait(); // a line is written after the answer
      }
      assertThat(fresh.log()).noneMatch(line -> line.contains("such"));
    }
  }

  @Test
  void aShadowEndsWithItsModel() {
    try (ServedShop fresh = ServedShop.start()) {
      fresh.shop().load("twin", ServedShop.trained().run()).join();
      fresh.ask("PUT", "/v1/models/twin/shadow", "{\"share\": 1}", r -> {});
      assertThat(fresh.ask("DELETE", "/v1/models/twin", null, r -> {}).status()).isEqualTo(204);
      fresh.shop().load("twin", ServedShop.trained().run()).join();
      assertThat(fresh.shop().compared("twin")).isNull();
    }
  }

  @Test
  void anEventOfTomorrowIsRejected() {
    long later = Instant.now().getEpochSecond() + 200_000;
    JsonNode rejected =
        shop.post("/v1/events", "{\"user\": \"u\", \"item\": \"i1\", \"time\": " + later + "}")
            .json()
            .at("/rejected/0");
    assertThat(rejected.get("field").asText()).isEqualTo("time");
    assertThat(rejected.get("problem").asText())
        .contains("is more than a day ahead, and would stay out of every history until then");
  }

  @Test
  void aShadowIsAskedInTheBackgroundAndSaysHowMuchItAgrees() {
    try (ServedShop fresh = ServedShop.start()) {
      fresh.shop().load("twin", ServedShop.trained().run()).join();
      assertThat(
              fresh
                  .ask("PUT", "/v1/models/twin/shadow", "{\"share\": 1}", request -> {})
                  .json()
                  .at("/shadow")
                  .toString())
          .isEqualTo("{\"share\":1.0,\"lists\":0,\"agreement\":0.0}");
      fresh.post("/v1/recommend", "{\"history\": [\"i2\"], \"model\": \"run\"}"); // by name
      fresh.post("/v1/recommend", "{}"); // not by a model
      assertThat(shadow(fresh).path("lists").intValue()).isZero();
      for (int i = 0; i < 5; i++) {
        fresh.post("/v1/recommend", "{\"history\": [\"i" + i + "\"], \"n\": 7}");
      }
      while (shadow(fresh).path("lists").intValue() < 5) {
        Thread.onSpinWait();
      }
      assertThat(shadow(fresh).path("agreement").doubleValue()).isEqualTo(1); // the same run

      fresh.shop().load("other", ServedShop.trained().other()).join();
      fresh.ask("PUT", "/v1/models/other/shadow", "{\"share\": 1}", request -> {});
      fresh.post("/v1/recommend", "{\"history\": [\"i2\", \"i9\"], \"n\": 10}");
      while (shadow(fresh).path("lists").intValue() < 1) {
        Thread.onSpinWait();
      }
      assertThat(shadow(fresh).path("agreement").doubleValue()).isLessThan(1);
    }
  }

  @Test
  void aScenarioIsAnsweredWhileTheStoreCannotNoteIt() throws SQLException {
    try (ServedShop fresh = ServedShop.start()) {
      fresh.ask("PUT", "/v1/scenarios/home", "{}", request -> {});
      String file = "jdbc:sqlite:" + fresh.state().resolve("horae.db");
      try (Connection other = DriverManager.getConnection(file);
          Statement statement = other.createStatement()) {
        statement.execute("BEGIN IMMEDIATE"); // another program has it: nobody can write
        fresh
            .shop()
            .store()
            .addImpressions(
                IntStream.range(0, 50_000)
                    .mapToObj(i -> new Store.Impression("r" + i, "home", "", null, 1, List.of()))
                    .toList());
        String question = "{\"history\": [\"i1\"], \"scenario\": \"home\"}";
        Reply reply = fresh.post("/v1/recommend", question);
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        assertThat(items(reply.json())).hasSize(10);
        assertThat(fresh.metrics()).contains("horae_scenario_lists_not_noted 1.0\n");
      }
    }
  }

  @Test
  void howLongSomebodyWatchesIsNoTimeToAnswer() throws Exception {
    try (ServedShop fresh = ServedShop.start()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(fresh.address() + "/v1/events/stream")).build();
      HttpClient.newHttpClient()
          .send(request, HttpResponse.BodyHandlers.ofInputStream())
          .body()
          .close();
      while (count(fresh, "/v1/events/stream") == 0) { // the server has found out
        fresh.post("/v1/events", "{\"user\": \"u\", \"item\": \"i5\"}");
      }
      assertThat(fresh.metrics())
          .contains("horae_http_requests_total{route=\"/v1/events/stream\",status=\"200\"} 1.0\n")
          .doesNotContain("duration_seconds_count{route=\"/v1/events/stream\"}");
    }
  }

  private static JsonNode shadow(ServedShop shop) {
    for (JsonNode model : shop.get("/v1/models").json().get("models")) {
      if (model.has("shadow")) {
        return model.get("shadow");
      }
    }
    throw new AssertionError("no model is a shadow");
  }

  @Test
  void similarItemsAreFoundByItemsAndByText() {
    JsonNode one = shop.get("/v1/items/i4/similar?by=text&n=3&fields=title").json();
    assertThat(one.get("source").asText()).isEqualTo("similar");
    for (JsonNode item : one.get("items")) { // boats, as the item itself
      assertThat(item.at("/fields/title").asText()).contains("boat");
    }
    JsonNode words = shop.post("/v1/similar", "{\"text\": \"a puzzle\", \"n\": 4}").json();
    for (JsonNode item : words.get("items")) {
      assertThat(ServedShop.id(16) + " i17 i18 i19 i40 i41 i42 i43")
          .contains(item.get("item").asText());
    }
    JsonNode mixed = shop.post("/v1/similar", "{\"items\": [\"i4\", \"gone\"], \"n\": 2}").json();
    assertThat(items(mixed)).hasSize(2).doesNotContain("i4");
    assertThat(mixed.at("/unknown/items").toString()).isEqualTo("[\"gone\"]");
    assertThat(shop.get("/v1/items/gone/similar").status()).isEqualTo(404);
  }

  private static double score(ServedShop shop, String item) {
    JsonNode answer = shop.post("/v1/recommend", "{\"history\": [\"i2\"], \"n\": 48}").json();
    for (JsonNode one : answer.get("items")) {
      if (one.get("item").asText().equals(item)) {
        return one.get("score").asDouble();
      }
    }
    throw new AssertionError(item);
  }

  @Test
  void whatTheModelCannotIsFilledAndSaidWhy() {
    JsonNode nobody;
    try (ServedShop fresh = ServedShop.start()) { // without events
      nobody = fresh.post("/v1/recommend", "{\"history\": []}").json();
    }
    assertThat(nobody.get("reason").asText()).isEqualTo("the history is empty");
    assertThat(nobody.get("source").asText()).isEqualTo("popular");
    assertThat(items(nobody)).hasSize(10);
    JsonNode unknown = recommend("{\"history\": [\"nothing\", \"nothing\"], \"n\": 2}").json();
    assertThat(unknown.get("reason").asText()).isEqualTo("the model knows no item of the history");
    assertThat(unknown.at("/unknown/items").toString()).isEqualTo("[\"nothing\"]");
    JsonNode few =
        recommend("{\"history\": [\"i1\"], \"candidates\": [\"i2\", \"i5\", \"gone\"], \"n\": 5}")
            .json();
    assertThat(few.get("reason").asText())
        .isEqualTo("2 of 5: filters and exclusions leave no other item");
    assertThat(items(few)).containsExactlyInAnyOrder("i2", "i5");
    assertThat(few.at("/unknown/items").toString()).isEqualTo("[\"gone\"]");
  }

  /** A boost of e^s adds s to the score: that is what multiplying the odds means. */
  @Test
  void boostsMultiplyTheOdds() {
    JsonNode plain = recommend("{\"history\": [\"i1\"], \"n\": 47}").json();
    JsonNode boosted =
        recommend(
                "{\"history\": [\"i1\"], \"n\": 47, \"boost\": \"brand == \\\"Brand 1\\\" ?"
                    + " 7.38905609893065 : 1.0\"}")
            .json();
    Map<String, Double> before = new HashMap<>();
    plain.get("items").forEach(i -> before.put(i.get("item").asText(), i.get("score").asDouble()));
    int changed = 0;
    for (JsonNode item : boosted.get("items")) {
      double added = item.get("score").asDouble() - before.get(item.get("item").asText());
      assertThat(added)
          .satisfiesAnyOf(
              a -> assertThat(a).isZero(), a -> assertThat(a).isBetween(1.9999, 2.0001));
      changed += added > 1 ? 1 : 0;
    }
    assertThat(changed).isEqualTo(15); // 16 items of this brand, but for i1
  }

  @Test
  void usersStayWithTheirVariantAndResultsAreCounted() {
    Reply put =
        shop.ask(
            "PUT",
            "/v1/scenarios/home",
            """
            {"n": 4, "experiment": {"salt": "s1", "variants": [
              {"name": "control", "weight": 1}, {"name": "diverse", "weight": 3, "diversity": 0.5}]}}
            """,
            request -> {});
    assertThat(put.status()).as(put.text()).isEqualTo(200);
    Map<String, Integer> users = new HashMap<>();
    for (int u = 0; u < 40; u++) {
      String user = "x" + u;
      JsonNode answer =
          recommend(
                  "{\"user\": \"%s\", \"history\": [\"i1\"], \"scenario\": \"home\"}"
                      .formatted(user))
              .json();
      String variant = answer.get("variant").asText();
      assertThat(items(answer)).hasSize(4);
      assertThat(
              shop.get("/v1/experiments/home/assignment?user=" + user)
                  .json()
                  .get("variant")
                  .asText())
          .isEqualTo(variant);
      users.merge(variant, 1, Integer::sum);
      if (u % 4 == 0) {
        shop.post(
            "/v1/events",
            "{\"type\": \"click\", \"user\": \"%s\", \"item\": \"%s\", \"recommendationId\": \"%s\"}"
                .formatted(user, items(answer).get(0), answer.get("recommendationId").asText()));
      }
    }
    assertThat(users.get("diverse")).isBetween(24, 36); // of 40, three in four
    shop.post("/v1/events", "{\"user\": \"y\", \"item\": \"i1\"}"); // lists are noted before it
    JsonNode results = shop.get("/v1/experiments/home").json();
    int clicks = 0;
    for (JsonNode variant : results.get("variants")) {
      assertThat(variant.get("impressions").asInt())
          .isEqualTo(users.get(variant.get("name").asText()));
      assertThat(variant.get("rate").asDouble())
          .isBetween(variant.get("low").asDouble(), variant.get("high").asDouble());
      clicks += variant.get("clicks").asInt();
    }
    assertThat(clicks).isEqualTo(10);
  }

  @Test
  void whatCannotWaitIsRefusedAtOnce() throws InterruptedException {
    try (ServedShop small = ServedShop.start("queue=1")) {
      Set<Integer> statuses = new HashSet<>();
      Set<String> retry = new HashSet<>();
      Crowd crowd =
          new Crowd(
              12,
              i -> {
                Reply reply =
                    small.post("/v1/recommend", "{\"history\": [\"i1\", \"i2\"], \"n\": 5}");
                synchronized (statuses) {
                  statuses.add(reply.status());
                  if (reply.status() == 503) {
                    retry.add(reply.header("Retry-After") + " " + reply.json().get("type"));
                  }
                }
                return reply;
              });
      while (true) {
        synchronized (statuses) {
          if (statuses.containsAll(Set.of(200, 503)) || statuses.contains(500)) {
            break;
          }
        }
        Thread.onSpinWait();
      }
      crowd.end();
      assertThat(statuses).containsExactlyInAnyOrder(200, 503);
      assertThat(retry).containsExactly("1 \"/problems/overloaded\"");
    }
  }
}
