package dev.horae.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.horae.data.Json;
import dev.horae.filter.FilterException;
import dev.horae.http.Keys.Role;
import dev.horae.service.Answer;
import dev.horae.service.LiveShop;
import dev.horae.service.Refusal;
import dev.horae.store.StoreException;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpResponseException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.jspecify.annotations.Nullable;

/**
 * What holds for every route: who may ask, how often, what is said when it fails, and what is
 * counted and logged.
 */
final class Api {

  /** Answers a request. */
  interface Handler {
    /**
     * @return what is sent as JSON; null where the handler has sent something itself
     */
    @Nullable Object answer(Request request);
  }

  static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(
                  JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
          .build();

  static final String KEY = "key"; // documents
  private static final String NO_ROUTE = "unknown";
  private static final String ANYBODY = "nobody"; // where there are no keys
  private static final int MOST_BUCKETS = 10_000;
  private static final long WRITERS_WAIT_MILLIS = 250;

  private final ServeConfig config;
  private final LiveShop shop;
  private final Metrics metrics;
  private final Statistics statistics = new Statistics();
  private final RequestLog log;
  private final @Nullable Tracing tracing; // null: nobody wants traces
  private final String version;
  private final Instant started = Instant.now();
  private final RateLimit rates;
  private final Semaphore writers; // half of the threads: the store may be slow
  private final Map<String, Long> lastUsed = new ConcurrentHashMap<>(); // of keys, epoch seconds
  private final List<String> paths = new ArrayList<>();
  private volatile Keys keys;
  private volatile boolean stopping;

  Api(ServeConfig config, LiveShop shop, String version, RequestLog log) {
    this.config = config;
    this.shop = shop;
    this.version = version;
    this.log = log;
    tracing = Tracing.start(config.otlpEndpoint(), System.getenv(), version).orElse(null);
    metrics = new Metrics(version);
    writers = new Semaphore(config.threads() / 2);
    int rate = Math.max(1, config.ratePerSecond());
    rates = new RateLimit(rate, rate, MOST_BUCKETS, System::nanoTime);
    keys = Keys.of(shop.store().documents(KEY));
    shop.whenChanged(this::followKeys);
    followKeys(); // what was changed meanwhile
  }

  /** Takes over keys that were made or deleted. Where there was one, nobody gets in without. */
  synchronized void followKeys() {
    Keys now = Keys.of(shop.store().documents(KEY));
    if (!now.isEmpty() || keys.isEmpty()) {
      keys = now;
    }
    lastUsed.keySet().retainAll(now.all().stream().map(Keys.Key::name).toList());
  }

  // ---- what the groups of routes need

  ServeConfig config() {
    return config;
  }

  LiveShop shop() {
    return shop;
  }

  Metrics metrics() {
    return metrics;
  }

  /**
   * Counts a list that was made.
   *
   * @param fallback whether the model should have made it, and could not
   */
  void countList(Answer answer, boolean fallback) {
    String source = Checks.word(answer.source());
    metrics.lists.labelValues(source).inc();
    statistics.list(now(), source, fallback);
  }

  Statistics statistics() {
    return statistics;
  }

  String version() {
    return version;
  }

  Instant started() {
    return started;
  }

  Keys keys() {
    return keys;
  }

  /** {@return when a key was last used since the server started, epoch seconds; null: not yet} */
  @Nullable Long lastUsed(String key) {
    return lastUsed.get(key);
  }

  List<String> paths() {
    return List.copyOf(paths);
  }

  /** Ends what runs beside the requests, once they have ended. */
  void close() {
    if (tracing != null) {
      tracing.close();
    }
  }

  /** Says from now on that the server is not ready. */
  void stopping() {
    stopping = true;
  }

  /** {@return starting, ready, stopping} */
  String state() {
    return stopping ? "stopping" : shop.models().isReady() ? "ready" : "starting";
  }

  static long now() {
    return Instant.now().getEpochSecond();
  }

  // ---- routes

  void routes(RoutesConfig routes) {
    Router router = new Router(routes);
    new RecommendRoutes(this).add(router);
    new EventRoutes(this).add(router);
    new ItemRoutes(this).add(router);
    new ScenarioRoutes(this).add(router);
    new ModelRoutes(this).add(router);
    new ServerRoutes(this).add(router);
    new InferenceRoutes(this).add(router);
    new ConsoleRoutes().add(router);
    if (!config.corsOrigin().isEmpty()) {
      routes.options("/v1/*", this::preflight);
    }
    routes.exception(
        HttpResponseException.class,
        (e, context) -> handle(context, NO_ROUTE, null, request -> unanswered(e)));
    routes.exception(Exception.class, (e, context) -> send(context, problem(e)));
  }

  private static @Nullable Object unanswered(HttpResponseException e) {
    throw e;
  }

  /** A browser asks before it sends a key to another origin. */
  private void preflight(Context context) {
    headers(context);
    context.header("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE");
    context.header(
        "Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match, X-API-Key");
    context.header("Access-Control-Max-Age", "600");
    context.status(204);
  }

  /** Adds routes; every one of them goes through {@link #handle}. */
  final class Router {
    private final RoutesConfig routes;

    private Router(RoutesConfig routes) {
      this.routes = routes;
    }

    /**
     * @param role the least that may ask; null: anybody
     * @param path as openapi.yaml writes it
     * @param parameters of the query; others are refused below /v1: they may have been meant to
     *     change what is done
     */
    void add(
        HandlerType method,
        String path,
        @Nullable Role role,
        Handler handler,
        String... parameters) {
      boolean writes = role != null && role != Role.READ && !method.equals(HandlerType.GET);
      Handler strict =
          request -> {
            if (path.startsWith("/v1/")) {
              request.readQuery(parameters);
            }
            return writes ? writing(handler, request) : handler.answer(request);
          };
      paths.add(method.name() + " " + path);
      routes.addHttpHandler(method, path, context -> handle(context, path, role, strict));
      if (method.equals(HandlerType.GET)
          && !path.endsWith("/stream")) { // Javalin's own says 200 to all
        routes.addHttpHandler(
            HandlerType.HEAD, path, context -> handle(context, path, role, strict));
      }
    }
  }

  /** Waits no longer than it takes to write what others sent: a thread that waits is one less. */
  private @Nullable Object writing(Handler handler, Request request) {
    boolean mayWrite = false;
    try {
      mayWrite = writers.tryAcquire(WRITERS_WAIT_MILLIS, TimeUnit.MILLISECONDS);
      if (mayWrite) {
        return handler.answer(request);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      if (mayWrite) {
        writers.release();
      }
    }
    throw Problem.passing(
            Problem.Kind.OVERLOADED,
            config.threads() / 2 + " requests that write wait for the store already",
            1)
        .exception();
  }

  private void handle(Context context, String route, @Nullable Role role, Handler handler) {
    long start = System.nanoTime();
    Request request = new Request(context, this);
    if (tracing == null || !route.startsWith("/v")) { // health and the console are no traffic
      answer(context, request, route, role, handler, start);
      return;
    }
    Tracing.Traced traced = tracing.begin(context, route, start);
    request.note("traceId", traced.traceId());
    traced.during(() -> answer(context, request, route, role, handler, start));
    traced.end(request.status(), request.noted());
  }

  private void answer(
      Context context,
      Request request,
      String route,
      @Nullable Role role,
      Handler handler,
      long start) {
    Keys.Key key = null;
    headers(context);
    try {
      if (role != null) {
        key = authorized(context, role);
      }
      Object answer = handler.answer(request);
      if (answer != null) {
        context.contentType("application/json").result(json(answer));
      }
      request.ended(context.statusCode());
    } catch (Throwable e) { // Javalin throws checked ones unsaid, and errors end an answer as well
      Problem problem = failed(request, e);
      request.ended(problem.kind().status());
      if (context.res().isCommitted()) {
        abort(context, e);
      } else {
        send(context, problem);
      }
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    count(route, seconds, request);
    if (log.isOn()) {
      log(context, route, seconds, key, request);
    }
  }

  /**
   * Has a failure of a request, or of a part of it, counted and logged.
   *
   * @return what is said of it
   */
  Problem failed(Request request, Throwable e) {
    Problem problem =
        e instanceof HttpResponseException response
            ? unrouted(response, request.context())
            : problem(e);
    request.failed(problem);
    switch (problem.kind()) {
      case INTERNAL -> request.note("exception", trace(e));
      case OVERLOADED, TOO_MANY_REQUESTS ->
          metrics.refused.labelValues(problem.kind().slug()).inc();
      default -> {} // the answer has all that there is to say
    }
    return problem;
  }

  /** Breaks the connection, so that nobody takes the part of an answer that was sent for all. */
  private static void abort(Context context, Throwable e) {
    ServletContextRequest.getServletContextRequest(context.req()).getServletChannel().abort(e);
  }

  private static String trace(Throwable e) {
    StringWriter text = new StringWriter();
    e.printStackTrace(new PrintWriter(text));
    return text.toString();
  }

  static byte[] json(Object value) {
    try {
      return MAPPER.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The id comes back, so that a request can be found in the log; browsers get no freedom. */
  private void headers(Context context) {
    String id = context.header("X-Request-Id");
    String kept =
        id != null && id.matches("[A-Za-z0-9._-]{1,128}") ? id : UUID.randomUUID().toString();
    context.attribute("id", kept);
    context.header("X-Request-Id", kept);
    context.header("X-Content-Type-Options", "nosniff");
    context.header("Cache-Control", "no-store");
    context.header("Referrer-Policy", "no-referrer");
    context.header("X-Frame-Options", "DENY");
    if (!config.corsOrigin().isEmpty()) {
      context.header("Access-Control-Allow-Origin", config.corsOrigin());
      context.header("Vary", "Origin");
    }
  }

  private Keys.Key authorized(Context context, Role role) {
    Keys now = keys;
    Keys.Key key = now.isEmpty() ? new Keys.Key(ANYBODY, Role.ADMIN, "0".repeat(64), 0) : null;
    if (key != null) {
      Loopback.check(
          context.header("Host"),
          context.header("Origin"),
          config.corsOrigin(),
          context.header("Sec-Fetch-Site"));
    } else {
      String secret = Keys.secret(context.header("Authorization"), context.header("X-API-Key"));
      key = now.authorize(secret, role);
      lastUsed.put(key.name(), now());
    }
    if (config.ratePerSecond() > 0) {
      rates.check(now.isEmpty() ? context.ip() : "key " + key.name());
    }
    context.attribute("key", key);
    return key;
  }

  // ---- problems

  private static Problem problem(Throwable e) {
    if (e instanceof ProblemException problem) {
      return problem.problem();
    }
    if (e instanceof Refusal refusal) {
      return problem(refusal);
    }
    if (e instanceof FilterException filter) {
      return new Problem(
          Problem.Kind.INVALID_FILTER,
          Objects.requireNonNullElse(filter.getMessage(), ""),
          null,
          null,
          null,
          filter.position(),
          filter.suggestion(),
          null);
    }
    if (e instanceof StoreException store) {
      return problem(store);
    }
    if (e instanceof IllegalArgumentException) { // a text or value that the store cannot hold
      return Problem.of(
          Problem.Kind.INVALID_REQUEST,
          Objects.requireNonNullElse(e.getMessage(), "invalid"),
          null);
    }
    return Problem.of(
        Problem.Kind.INTERNAL,
        "something went wrong in the server: " + e.getClass().getSimpleName(),
        "look for the request's id in the server's log");
  }

  private static Problem problem(StoreException store) {
    String message = Objects.requireNonNullElse(store.getMessage(), "the store failed");
    return switch (store.reason()) {
      case FULL -> Problem.passing(Problem.Kind.STORAGE_FULL, message, 30);
      case BUSY -> Problem.passing(Problem.Kind.OVERLOADED, message, 1);
      case CLOSED -> Problem.passing(Problem.Kind.NOT_READY, message, 1);
      case FAILED -> Problem.of(Problem.Kind.INTERNAL, message, null);
    };
  }

  private static Problem problem(Refusal refusal) {
    String message = Objects.requireNonNullElse(refusal.getMessage(), "");
    return switch (refusal.kind()) {
      case OVERLOADED -> Problem.passing(Problem.Kind.OVERLOADED, message, 1);
      case NOT_READY -> Problem.passing(Problem.Kind.NOT_READY, message, 1);
      default ->
          new Problem(
              switch (refusal.kind()) {
                case NOT_FOUND -> Problem.Kind.NOT_FOUND;
                case CONFLICT -> Problem.Kind.CONFLICT;
                default -> Problem.Kind.INVALID_REQUEST;
              },
              message,
              refusal.field(),
              refusal.value(),
              refusal.repair(),
              null,
              null,
              null);
    };
  }

  /** What Javalin says where no route was found, or the body was too large. */
  private static Problem unrouted(HttpResponseException e, Context context) {
    String asked = context.method().name() + " " + context.path();
    return switch (e.getStatus()) {
      case 404 ->
          Problem.of(
              Problem.Kind.NOT_FOUND,
              "there is no " + asked,
              "see /openapi.yaml for what there is");
      case 405 ->
          Problem.of(
              Problem.Kind.METHOD_NOT_ALLOWED,
              "there is no " + asked,
              "see /openapi.yaml for the methods of this path");
      default ->
          Problem.of(
              Problem.Kind.INVALID_REQUEST, Objects.requireNonNullElse(e.getMessage(), ""), null);
    };
  }

  Problem tooLarge(long most) {
    return Problem.of(
        Problem.Kind.TOO_LARGE,
        "the body has more than " + most + " bytes",
        "send less at once, or raise most_bytes");
  }

  private void send(Context context, Problem problem) {
    context.status(problem.kind().status());
    if (problem.retryAfter() != null) {
      context.header("Retry-After", String.valueOf(problem.retryAfter()));
    }
    if (problem.kind() == Problem.Kind.UNAUTHORIZED) {
      context.header("WWW-Authenticate", "Bearer");
    }
    boolean inference = context.path().startsWith("/v2"); // a protocol of its own
    context
        .contentType(inference ? "application/json" : Problem.MEDIA_TYPE)
        .result(json(inference ? Map.of("error", problem.detail()) : problem.body()));
  }

  // ---- counting and logging

  private void count(String route, double seconds, Request request) {
    metrics.requests.labelValues(route, String.valueOf(request.status())).inc();
    if (route.endsWith("/stream") && request.status() == 200) {
      return; // it took as long as somebody watched
    }
    metrics.seconds.labelValues(route).observe(seconds);
    if (route.startsWith("/v1/")) {
      Problem problem = request.problem();
      statistics.request(
          now(), seconds * 1e3, problem == null ? request.status() : problem.kind().status());
    }
  }

  private void log(
      Context context, String route, double seconds, Keys.@Nullable Key key, Request request) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("time", Instant.now().toString());
    line.put("requestId", Objects.requireNonNull(context.attribute("id")));
    line.put("method", context.method().name());
    line.put("route", route);
    line.put("status", request.status());
    line.put("millis", Math.round(seconds * 1e5) / 1e2);
    if (key != null) {
      line.put("key", key.name());
    }
    line.putAll(request.noted());
    Problem problem = request.problem();
    if (problem != null) {
      line.put("problem", problem.kind().slug());
      RecommendRoutes.put(line, "field", problem.field());
      if (problem.kind().status() >= 500) { // what others say of may name a user
        line.put("detail", problem.detail());
      }
    }
    log.write(Json.line(line));
  }
}
