package dev.horae.http;

import dev.horae.config.ConfigException;
import dev.horae.data.DataException;
import dev.horae.service.LiveShop;
import dev.horae.store.Store;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.util.JavalinBindException;
import java.time.Duration;
import java.util.List;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/** The server: the API and the console on one port, metrics on another. */
public final class HttpServer implements AutoCloseable {

  private static final int JETTY_THREADS = 8; // at most, that accept and select

  private final ServeConfig config;
  private final LiveShop shop;
  private final Api api;
  private final Javalin web;
  private final @Nullable Javalin metrics;

  private HttpServer(ServeConfig config, LiveShop shop, String version, RequestLog log) {
    this.config = config;
    this.shop = shop;
    api = new Api(config, shop, version, log);
    web = Javalin.create(this::configure);
    metrics = config.metricsPort() < 0 ? null : Javalin.create(this::configureMetrics);
  }

  /**
   * Starts to listen. The shop may still be loading its model: requests get 503 until it is there.
   *
   * @param shop is closed with the server
   * @param version of Horae, for answers that name it
   * @param log gets a line per request
   */
  public static HttpServer start(
      ServeConfig config, LiveShop shop, String version, RequestLog log) {
    HttpServer server = new HttpServer(config, shop, version, log);
    try {
      listen(server.web, config.host(), "port", config.port());
      if (server.metrics != null) {
        listen(server.metrics, config.host(), "metrics_port", config.metricsPort());
      }
      if (config.impressionDays() > 0) {
        shop.keepLists(config.impressionDays());
      }
      return server;
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
  }

  private static void listen(Javalin web, String host, String key, int port) {
    try {
      web.start(host, port);
    } catch (JavalinBindException e) {
      throw new ConfigException(
          key
              + " = "
              + port
              + " cannot be listened on at "
              + host
              + ", as when another program does; choose another port, 0 takes a free one");
    }
  }

  /** {@return whether a store has any key} */
  public static boolean hasKeys(Store store) {
    return !store.documents(Api.KEY).isEmpty();
  }

  /**
   * Makes a key of the role admin.
   *
   * @param now seconds since 1970-01-01 UTC
   * @return its secret, which is kept nowhere
   * @throws DataException when there is one of that name
   * @throws ConfigException when it is no name
   */
  public static String newKey(Store store, String name, long now) {
    String checked;
    try {
      checked = Checks.name("name", name);
    } catch (ProblemException e) {
      throw new ConfigException(e.problem().detail() + "; " + e.problem().repair());
    }
    Keys.Created created = Keys.create(checked, Keys.Role.ADMIN, now);
    if (store.put(Api.KEY, name, created.key().json(), 0L).isEmpty()) {
      throw new DataException("there is a key '" + name + "' already; choose another name");
    }
    return created.secret();
  }

  private void configure(JavalinConfig javalin) {
    int most = config.threads() + EventRoutes.WATCHERS + JETTY_THREADS;
    QueuedThreadPool threads = new QueuedThreadPool(most, 8, 60_000);
    threads.setName("http");
    javalin.jetty.threadPool = threads;
    plain(javalin);
    api.routes(javalin.routes);
  }

  private void configureMetrics(JavalinConfig javalin) {
    javalin.jetty.threadPool = new QueuedThreadPool(8, 2, 60_000);
    plain(javalin);
    javalin.routes.get(
        "/metrics",
        context ->
            context
                .contentType("text/plain; version=0.0.4; charset=utf-8")
                .result(api.metrics().text()));
  }

  private void plain(JavalinConfig javalin) {
    javalin.startup.showJavalinBanner = false;
    javalin.startup.showOldJavalinVersionWarning = false;
    javalin.startup.startupWatcherEnabled = false;
    javalin.http.prefer405over404 = true;
    javalin.jetty.modifyHttpConfiguration(HttpServer::quiet);
    javalin.jetty.modifyServer(this::graceful);
  }

  private static void quiet(HttpConfiguration http) {
    http.setSendServerVersion(false);
    http.setSendDateHeader(false);
    http.setIdleTimeout(30_000);
  }

  private void graceful(Server server) {
    server.insertHandler(new GracefulHandler());
    server.setErrorHandler(new PlainErrors());
    server.setStopTimeout(Duration.ofSeconds(config.drainSeconds()).toMillis());
    server.setStopAtShutdown(false);
  }

  /** {@return the port of the API} */
  public int port() {
    return web.port();
  }

  /** {@return the port of the metrics; -1 when there is none} */
  public int metricsPort() {
    return metrics == null ? -1 : metrics.port();
  }

  /**
   * Stops without breaking an answer: says that it is not ready, waits for load balancers to see
   * it, accepts nothing more, ends what is running, and closes the shop, whose events are durable.
   */
  public void drain() {
    api.stopping();
    try {
      Thread.sleep(Duration.ofSeconds(config.stopDelaySeconds()).toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    close();
  }

  @Override
  public void close() {
    api.stopping();
    web.stop();
    if (metrics != null) {
      metrics.stop();
    }
    api.close();
    shop.close();
  }

  /** {@return the paths of all routes, with their methods, as openapi.yaml writes them} */
  List<String> routes() {
    return api.paths();
  }
}
