package dev.horae.http;

import static io.javalin.http.HandlerType.DELETE;
import static io.javalin.http.HandlerType.GET;
import static io.javalin.http.HandlerType.POST;

import dev.horae.http.Keys.Role;
import dev.horae.service.LiveShop;
import dev.horae.store.Store;
import jakarta.servlet.ServletOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Events, and the users who made them. */
final class EventRoutes {

  private static final int MOST_LISTED = 500;
  private static final int SHOWN_OF_USER = 50;
  private static final long MOST_AHEAD = 86_400; // seconds; clocks and time zones differ

  /** Who may watch at once; each holds a thread beside those of requests. */
  static final int WATCHERS = 16;

  private final LiveShop shop;
  private final Api api;
  private final Semaphore watchers = new Semaphore(WATCHERS);

  EventRoutes(Api api) {
    this.api = api;
    shop = api.shop();
  }

  void add(Api.Router routes) {
    routes.add(POST, "/v1/events", Role.WRITE, this::addEvents);
    routes.add(GET, "/v1/events", Role.READ, this::events, "n", "before");
    routes.add(GET, "/v1/events/export", Role.ADMIN, this::exportAll);
    routes.add(GET, "/v1/events/stream", Role.READ, this::stream);
    routes.add(GET, "/v1/users", Role.READ, this::users, "prefix", "n");
    routes.add(GET, "/v1/users/{user}", Role.READ, this::user);
    routes.add(GET, "/v1/users/{user}/events", Role.READ, this::export);
    routes.add(DELETE, "/v1/users/{user}", Role.ADMIN, this::erase);
  }

  private Object addEvents(Request request) {
    Bulk<Store.Event> events =
        Bulk.read(
            request.bulk(),
            request.contentType(),
            EventRoutes::event,
            "eventId",
            "type",
            "user",
            "item",
            "time",
            "value",
            "recommendationId",
            "properties");
    Store.Added added =
        events.values().isEmpty() ? new Store.Added(0, List.of()) : shop.add(events.values());
    int duplicates = added.duplicates().size();
    api.metrics().events.labelValues("accepted").inc(added.accepted());
    api.metrics().events.labelValues("duplicate").inc(duplicates);
    api.metrics().events.labelValues("rejected").inc(events.rejected().size());
    request.note("accepted", added.accepted());
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("accepted", added.accepted());
    body.put("duplicates", duplicates);
    body.put("rejected", events.rejected());
    return body;
  }

  private static Store.Event event(JsonObject event) {
    String id = event.id("eventId");
    String type = event.text("type", 1, 32);
    if (type != null && !type.matches("[a-z0-9_-]{1,32}")) {
      throw Problem.invalid(
              event.place("type"),
              Checks.printable(type),
              "is no type of event",
              "use small letters, digits, - and _, such as view, click, cart or purchase")
          .exception();
    }
    Long time = event.time("time");
    if (time != null && time > Api.now() + MOST_AHEAD) {
      throw Problem.invalid(
              event.place("time"),
              Times.text(time),
              "is more than a day ahead, and would stay out of every history until then",
              "send when it happened, in UTC")
          .exception();
    }
    Map<String, @Nullable Object> properties = event.properties("properties", false);
    Map<String, Object> kept = new LinkedHashMap<>();
    if (properties != null) {
      properties.forEach((name, value) -> RecommendRoutes.put(kept, name, value));
    }
    return new Store.Event(
        id == null ? UUID.randomUUID().toString() : id,
        type == null ? "view" : type,
        event.requiredId("user"),
        event.requiredId("item"),
        time == null ? Api.now() : time,
        event.number("value"),
        event.text("recommendationId", 1, 64),
        kept);
  }

  private Object events(Request request) {
    Query query = request.query();
    int n = (int) query.integer("n", 1, MOST_LISTED, 50);
    Store.Page page = shop.events(query.integer("before", 1, Long.MAX_VALUE, Long.MAX_VALUE), n);
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("events", page.events().stream().map(EventRoutes::body).toList());
    Store.Stored last = page.last();
    if (page.isFull() && last != null) {
      body.put("next", last.sequence());
    }
    return body;
  }

  private static Map<String, Object> body(Store.Stored stored) {
    Store.Event event = stored.event();
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("sequence", stored.sequence());
    body.put("eventId", event.id());
    body.put("type", event.type());
    body.put("user", event.user());
    body.put("item", event.item());
    body.put("time", Times.text(event.time()));
    RecommendRoutes.put(body, "value", event.value());
    RecommendRoutes.put(body, "recommendationId", event.recommendation());
    if (!event.properties().isEmpty()) {
      body.put("properties", event.properties());
    }
    return body;
  }

  // ---- events as they come

  /** Reads from the store what its watcher has not yet got: a slow one misses nothing. */
  private @Nullable Object stream(Request request) {
    if (!watchers.tryAcquire()) {
      throw Problem.passing(
              Problem.Kind.OVERLOADED, WATCHERS + " others watch the events already", 30)
          .exception();
    }
    Semaphore news = new Semaphore(0);
    try (AutoCloseable watch = shop.watch(news::release)) {
      Store.Stored newest = shop.events(Long.MAX_VALUE, 1).last();
      long last = newest == null ? 0 : newest.sequence();
      var response = request.context().res();
      response.setContentType("text/event-stream");
      response.setCharacterEncoding("UTF-8");
      ServletOutputStream out = response.getOutputStream();
      write(out, ": watching\n\n");
      while (api.state().equals("ready")) {
        if (!news.tryAcquire(1, TimeUnit.SECONDS)) {
          write(out, ": nothing\n\n"); // finds out whether somebody is still there
        }
        news.drainPermits();
        last = shop.store().eachAfter(last, event -> write(out, message(event)));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) { // the watcher went away
      return null;
    } finally {
      watchers.release();
    }
    return null;
  }

  private static String message(Store.Stored event) {
    return "id: %s\nevent: event\ndata: %s\n\n"
        .formatted(event.sequence(), new String(Api.json(body(event)), StandardCharsets.UTF_8));
  }

  private static void write(ServletOutputStream out, String text) {
    try {
      out.write(text.getBytes(StandardCharsets.UTF_8));
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // ---- users

  private Object users(Request request) {
    Query query = request.query();
    String prefix = query.text("prefix", 0, Checks.LONGEST_ID);
    List<Map<String, Object>> users = new ArrayList<>();
    for (Store.UserSummary user :
        shop.users(prefix == null ? "" : prefix, (int) query.integer("n", 1, MOST_LISTED, 50))) {
      users.add(
          Map.of("user", user.user(), "events", user.events(), "last", Times.text(user.last())));
    }
    return Map.of("users", users);
  }

  private Object user(Request request) {
    String id = request.path("user");
    request.noteUser(id);
    Store.UserSummary user = shop.user(id).orElseThrow(() -> unknown(id));
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("user", id);
    body.put("events", user.events());
    body.put("first", Times.text(user.first()));
    body.put("last", Times.text(user.last()));
    List<Map<String, Object>> history = new ArrayList<>();
    for (Store.Past event : shop.history(id, SHOWN_OF_USER)) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("item", event.item());
      one.put("time", Times.text(event.time()));
      one.put("type", event.type());
      history.add(one);
    }
    body.put("history", history);
    return body;
  }

  private static ProblemException unknown(String user) {
    return new Problem(
            Problem.Kind.NOT_FOUND,
            "the user '" + user + "' has no events",
            "user",
            user,
            null,
            null,
            null,
            null)
        .exception();
  }

  private @Nullable Object export(Request request) {
    String id = request.path("user");
    request.noteUser(id);
    if (shop.user(id).isEmpty()) {
      throw unknown(id);
    }
    return lines(request, to -> shop.export(id, to));
  }

  /** What prepare reads for the next training: what was shown is no part of a history. */
  private @Nullable Object exportAll(Request request) {
    return lines(
        request,
        to ->
            shop.store()
                .eachAfter(
                    0,
                    stored -> {
                      if (!stored.event().type().equals(Store.IMPRESSION)) {
                        to.accept(stored);
                      }
                    }));
  }

  private static @Nullable Object lines(Request request, Consumer<Consumer<Store.Stored>> events) {
    var response = request.context().res();
    response.setContentType("application/x-ndjson");
    try {
      ServletOutputStream out = response.getOutputStream();
      events.accept(
          stored -> {
            try {
              out.write(Api.json(body(stored)));
              out.write('\n');
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
      out.flush();
    } catch (IOException | UncheckedIOException e) { // whoever asked went away
      return null;
    }
    return null;
  }

  private Object erase(Request request) {
    String id = request.path("user");
    request.noteUser(id);
    return Map.of("erased", shop.erase(id));
  }
}
