package dev.horae.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.RawShop;
import dev.horae.config.ConfigReader;
import dev.horae.data.AtomicFiles;
import dev.horae.data.Dataset;
import dev.horae.data.Progress;
import dev.horae.features.Encoding;
import dev.horae.prep.Format;
import dev.horae.prep.Preparation;
import dev.horae.prep.PrepareOptions.Duplicates;
import dev.horae.prep.PrepareOptions.Protocol;
import dev.horae.run.Training;
import dev.horae.service.Indexing;
import dev.horae.service.Limits;
import dev.horae.service.LiveShop;
import dev.horae.store.Store;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/**
 * A shop of 60 users and 48 items that is prepared, encoded and trained once for all tests, and
 * served by a server of the test's own, on a free port, with an empty store.
 */
final class ServedShop implements AutoCloseable {

  static final int ITEMS = RawShop.ITEMS;

  /** An item whose id must be encoded in a path. */
  static final String ODD = "box/13 ü";

  private static Trained trained;

  private final HttpServer server;
  private final LiveShop shop;
  private final Path state;
  private final Queue<String> log;
  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

  /**
   * @param run a network
   * @param other a model that only counts, to be loaded beside it
   */
  record Trained(Path folder, Dataset dataset, Path run, Path other) {}

  /** An answer: its body as JSON where it is. */
  record Reply(int status, HttpResponse<byte[]> response) {

    String type() {
      return response.headers().firstValue("Content-Type").orElse("").replaceFirst(";.*", "");
    }

    String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }

    String text() {
      return new String(response.body(), StandardCharsets.UTF_8);
    }

    JsonNode json() {
      return OpenApi.json(text());
    }
  }

  private final boolean keepsState;

  private ServedShop(
      HttpServer server, LiveShop shop, Path state, boolean keepsState, Queue<String> log) {
    this.keepsState = keepsState;
    this.log = log;
    this.server = server;
    this.shop = shop;
    this.state = state;
  }

  /** Starts a server with the defaults, but for its ports and its state. */
  static ServedShop start() {
    return start("most_bytes=1048576");
  }

  /** Starts a server whose model is active. */
  static ServedShop start(String... settings) {
    return start(temporary("horae-state"), false, settings);
  }

  /** As {@link #start(String...)}, with a state that stays. */
  static ServedShop start(Path state, String... settings) {
    return start(state, true, settings);
  }

  private static ServedShop start(Path state, boolean keepsState, String... settings) {
    Trained all = trained();
    ServeConfig config = config(settings);
    String sqlite = "sqlite:" + state.resolve("horae.db");
    Store store = Store.open(config.database().isEmpty() ? sqlite : config.database());
    LiveShop shop =
        new LiveShop(
            store,
            1,
            config.queue(),
            new Limits(config.history(), 50, config.timeoutMillis()),
            new Indexing(config.indexAbove(), state.resolve("indexes")));
    shop.show(all.dataset());
    Queue<String> log = new ConcurrentLinkedQueue<>();
    HttpServer server = HttpServer.start(config, shop, "test", line -> keep(log, line));
    shop.load("run", all.run()).join();
    shop.models().activate("run");
    return new ServedShop(server, shop, state, keepsState, log);
  }

  private static void keep(Queue<String> log, String line) {
    log.add(line);
    if (log.size() > 1000) {
      log.poll();
    }
  }

  private static ServeConfig config(String... settings) {
    List<String> all = new ArrayList<>(List.of("port=0", "metrics_port=0"));
    all.addAll(List.of(settings));
    return ConfigReader.read(null, all, ServeConfig.class);
  }

  static synchronized Trained trained() {
    if (trained == null) {
      try {
        trained = train();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return trained;
  }

  private static Trained train() throws IOException {
    Path folder = temporary("horae-served");
    RawShop.write(folder.resolve("shop"), ServedShop::id);
    Dataset dataset =
        Preparation.of(Format.CSV, folder.resolve("shop/events.csv"))
            .items(folder.resolve("shop/items.csv"))
            .images(folder.resolve("shop/images"))
            .protocol(new Protocol(5, 1, Duplicates.REMOVE, 50, 0.05))
            .into(folder.resolve("data"));
    Encoding.run(dataset, Encoding.Options.of("minilm", "descriptor"), Progress.SILENT);
    Path run = folder.resolve("run");
    Training.run(
        dataset,
        "hm4sr",
        run,
        "model.hidden_size=16",
        "model.inner_size=32",
        "train.epochs=2",
        "train.batch_size=64");
    Path other = folder.resolve("other");
    Training.run(dataset, "vmis-knn", other);
    return new Trained(folder, dataset, run, other);
  }

  /** {@return an item's id} */
  static String id(int i) {
    return i == 13 ? ODD : "i" + i;
  }

  // ---- asking

  int port() {
    return server.port();
  }

  HttpServer server() {
    return server;
  }

  LiveShop shop() {
    return shop;
  }

  /** {@return the lines of the log so far, one per request} */
  Queue<String> log() {
    return log;
  }

  Path state() {
    return state;
  }

  String address() {
    return "http://127.0.0.1:" + server.port();
  }

  /** {@return a part of a path} */
  static String encoded(String part) {
    return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
  }

  Reply get(String path) {
    return ask("GET", path, null, request -> {});
  }

  Reply post(String path, String json) {
    return ask("POST", path, json, request -> {});
  }

  /** Sends JSON, or nothing where it is null. */
  Reply ask(String method, String path, String json, Consumer<HttpRequest.Builder> more) {
    return json == null
        ? send(method, path, new byte[0], more)
        : send(
            method,
            path,
            json.getBytes(StandardCharsets.UTF_8),
            request -> more.accept(request.setHeader("Content-Type", "application/json")));
  }

  /** Sends bytes; of no type, unless {@code more} sets one. */
  Reply send(String method, String path, byte[] body, Consumer<HttpRequest.Builder> more) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(address() + path))
            .timeout(Duration.ofSeconds(20))
            .method(
                method,
                body.length == 0
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(body));
    more.accept(request);
    return send(request.build());
  }

  /** {@return what Prometheus reads} */
  String metrics() {
    URI metrics = URI.create("http://127.0.0.1:" + server.metricsPort() + "/metrics");
    return send(HttpRequest.newBuilder(metrics).build()).text();
  }

  /**
   * {@return the secret of a new key}
   *
   * @param admin the secret to ask with; null where there is no key yet
   */
  String newKey(String admin, String name, String role) {
    Reply reply =
        ask(
            "POST",
            "/v1/keys",
            "{\"name\": \"" + name + "\", \"role\": \"" + role + "\"}",
            admin == null ? request -> {} : request -> request.setHeader("X-API-Key", admin));
    if (reply.status() != 201) {
      throw new IllegalStateException(reply.text());
    }
    return reply.json().path("key").textValue();
  }

  Reply send(HttpRequest request) {
    try {
      HttpResponse<byte[]> response = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
      return new Reply(response.statusCode(), response);
    } catch (IOException e) {
      throw new UncheckedIOException(request + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  // ---- folders

  static Path temporary(String name) {
    try {
      Path folder = Files.createTempDirectory(name);
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path folder) {
    try {
      AtomicFiles.deleteTree(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    server.close();
    if (!keepsState) {
      delete(state);
    }
  }
}
