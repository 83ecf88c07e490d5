package dev.horae.http;

import static io.javalin.http.HandlerType.DELETE;
import static io.javalin.http.HandlerType.GET;
import static io.javalin.http.HandlerType.POST;

import dev.horae.http.Keys.Role;
import dev.horae.service.Scenarios;
import dev.horae.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The server itself: health, statistics, keys, its description. */
final class ServerRoutes {

  private final Api api;

  ServerRoutes(Api api) {
    this.api = api;
    api.metrics().gauge("horae_ready", "1 when requests are answered", () -> isReady() ? 1 : 0);
    api.metrics()
        .gauge(
            "horae_scoring_queue_depth",
            "Histories that wait to be scored",
            () -> api.shop().models().waiting());
    api.metrics()
        .gauge(
            "horae_index_recall",
            "Recall@20 of the active model's index; NaN where all items are scored",
            () -> api.shop().models().indexRecall());
    api.metrics()
        .gauge(
            "horae_store_events", "Events that are stored", () -> api.shop().store().eventCount());
    api.metrics()
        .gauge(
            "horae_heap_used_bytes",
            "Java heap that is used",
            () -> (double) Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
  }

  void add(Api.Router routes) {
    routes.add(GET, "/health/live", null, request -> Map.of("status", api.state()));
    routes.add(GET, "/health/ready", null, this::ready);
    routes.add(GET, "/health/startup", null, this::startup);
    routes.add(GET, "/openapi.yaml", null, this::description);
    routes.add(GET, "/v1/statistics", Role.READ, this::statistics);
    routes.add(POST, "/v1/backup", Role.ADMIN, this::backup);
    routes.add(GET, "/v1/me", Role.READ, this::me);
    routes.add(GET, "/v1/keys", Role.ADMIN, this::keys);
    routes.add(POST, "/v1/keys", Role.ADMIN, this::createKey);
    routes.add(DELETE, "/v1/keys/{key}", Role.ADMIN, this::deleteKey);
  }

  private boolean isReady() {
    return api.state().equals("ready");
  }

  private Object ready(Request request) {
    if (!isReady()) {
      request.context().status(503);
    }
    return Map.of("status", api.state());
  }

  private Object startup(Request request) {
    if (api.state().equals("starting")) {
      request.context().status(503);
    }
    return Map.of("status", api.state());
  }

  private @Nullable Object description(Request request) {
    try (InputStream file =
        Objects.requireNonNull(ServerRoutes.class.getResourceAsStream("openapi.yaml"))) {
      request.context().contentType("application/yaml").result(file.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return null;
  }

  private Object statistics(Request request) {
    long now = Api.now();
    double[] minute = api.statistics().lastMinute(now);
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("version", api.version());
    body.put("uptimeSeconds", Duration.between(api.started(), Instant.now()).toMillis() / 1e3);
    body.put("state", api.state());
    body.put("requestsPerSecond", minute[0]);
    body.put("p50Millis", minute[1]);
    body.put("p99Millis", minute[2]);
    body.put("sources", api.statistics().sources());
    body.put("items", api.shop().itemCount());
    body.put("users", api.shop().store().userCount());
    body.put("events", api.shop().store().eventCount());
    List<Map<String, Object>> series = new ArrayList<>();
    for (Statistics.Step step : api.statistics().series(now)) {
      Map<String, Object> point = new LinkedHashMap<>();
      point.put("time", Times.text(step.time().getEpochSecond()));
      point.put("requests", step.requests());
      point.put("p50Millis", step.p50Millis());
      point.put("p99Millis", step.p99Millis());
      point.put("fallbacks", step.fallbacks());
      point.put("errors", step.errors());
      series.add(point);
    }
    body.put("series", series);
    List<Map<String, Object>> scenarios = new ArrayList<>();
    Scenarios.Totals totals = api.shop().totals();
    for (Scenarios.Total total : totals.scenarios()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("name", total.name());
      one.put("impressions", total.impressions());
      one.put("clicks", total.clicks());
      one.put("rate", total.impressions() == 0 ? 0 : total.clicks() / (double) total.impressions());
      scenarios.add(one);
    }
    body.put("scenarios", scenarios);
    body.put("countedAt", Times.text(totals.time().getEpochSecond()));
    return body;
  }

  /** Copies the store to a file on the server, while others read and write. */
  private Object backup(Request request) {
    JsonObject body = request.body("path");
    String text = body.required("path", body.text("path", 1, 4096));
    Path path = ModelRoutes.path(text);
    if (Files.exists(path) || path.getParent() == null || !Files.isWritable(path.getParent())) {
      throw Problem.invalid(
              "path", text, "is there, or cannot be written", "name a new file on the server")
          .exception();
    }
    try {
      api.shop().store().backup(path);
    } catch (StoreException e) {
      if (e.reason() != StoreException.Reason.FAILED) {
        throw e;
      }
      throw Problem.of(
              Problem.Kind.CONFLICT, Objects.requireNonNullElse(e.getMessage(), "no backup"), null)
          .exception(); // PostgreSQL's is another tool
    }
    request.context().status(201);
    try {
      return Map.of("path", path.toString(), "bytes", Files.size(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Object me(Request request) {
    Keys.Key key = request.key();
    return Map.of("name", key.name(), "role", key.role().toString());
  }

  private Object keys(Request request) {
    List<Map<String, Object>> keys = new ArrayList<>();
    for (Keys.Key key : api.keys().all()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("name", key.name());
      one.put("role", key.role().toString());
      one.put("created", Times.text(key.created()));
      Long used = api.lastUsed(key.name());
      if (used != null) {
        one.put("lastUsed", Times.text(used));
      }
      keys.add(one);
    }
    return Map.of("keys", keys);
  }

  private Object createKey(Request request) {
    JsonObject body = request.body("name", "role");
    String name = body.required("name", body.name("name"));
    Role role = body.required("role", body.choice("role", Role.class));
    if (api.keys().isEmpty() && role != Role.ADMIN) {
      throw Problem.invalid(
              "role",
              role.toString(),
              "would lock everybody out: once there is a key, every request needs one",
              "make the first key an admin")
          .exception();
    }
    Keys.Created created = Keys.create(name, role, Api.now());
    if (api.shop().store().put(Api.KEY, name, created.key().json(), 0L).isEmpty()) {
      throw Problem.of(
              Problem.Kind.CONFLICT,
              "there is a key '" + name + "' already",
              "choose another name, or delete that one first")
          .exception();
    }
    api.followKeys();
    request.context().status(201);
    return Map.of("name", name, "role", role.toString(), "key", created.secret());
  }

  private @Nullable Object deleteKey(Request request) {
    String name = request.path("key");
    boolean was =
        api.shop()
            .store()
            .deleteIfLeft(
                Api.KEY,
                name,
                left -> {
                  if (Keys.of(left).all().stream().noneMatch(key -> key.role() == Role.ADMIN)) {
                    throw Problem.of(
                            Problem.Kind.CONFLICT,
                            "'" + name + "' is the last key of the role admin",
                            "make another one first")
                        .exception();
                  }
                });
    api.followKeys();
    if (!was) {
      throw Problem.of(Problem.Kind.NOT_FOUND, "there is no key '" + name + "'", null).exception();
    }
    request.context().status(204);
    return null;
  }
}
