package dev.horae.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.horae.data.DataException;
import dev.horae.data.Json;
import dev.horae.data.Progress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a server of this machine that speaks the hub's layout, and a second one for weights. */
class HubTest {

  @TempDir Path cache;

  private final Map<String, byte[]> files = new TreeMap<>();
  private final Map<String, Map<String, Object>> listed = new HashMap<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private HttpServer hub;
  private HttpServer store;
  private int cutAfter = Integer.MAX_VALUE; // bytes of weights per answer
  private int busy; // answers of 503 before the first good one

  @BeforeEach
  void serve() throws IOException {
    hub = start(this::hub);
    store = start(this::store);
    put("config.json", "{\"model_type\": \"bert\"}");
    put("vocab.txt", "[PAD]\n[UNK]\n");
    put("1_Pooling/config.json", "{}");
    put("README.md", "not needed");
    put("onnx/model.onnx", "not needed");
    byte[] weights = new byte[200_000];
    new Random(1).nextBytes(weights);
    put("model.safetensors", weights);
  }

  @AfterEach
  void stop() {
    hub.stop(0);
    store.stop(0);
  }

  private static HttpServer start(com.sun.net.httpserver.HttpHandler handler) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", handler);
    server.start();
    return server;
  }

  private static String address(HttpServer server) {
    return "http://localhost:" + server.getAddress().getPort();
  }

  private Hub hubAt(String endpoint) {
    return new Hub(
        URI.create(endpoint),
        cache,
        Optional.of("secret"),
        Duration.ofSeconds(20),
        Duration.ofMillis(1));
  }

  private Path fetch(String name) {
    return hubAt(address(hub)).directory(name, Progress.SILENT);
  }

  private void put(String path, String text) {
    put(path, text.getBytes(StandardCharsets.UTF_8));
  }

  private void put(String path, byte[] content) {
    files.put(path, content);
    boolean large = path.endsWith(".safetensors");
    String git = "blob " + content.length + "\0";
    Map<String, Object> entry = new HashMap<>();
    entry.put("type", "file");
    entry.put("path", path);
    entry.put("size", content.length);
    entry.put("oid", large ? "00" : hash("SHA-1", git, content));
    if (large) {
      entry.put("lfs", Map.of("oid", hash("SHA-256", "", content), "size", content.length));
    }
    listed.put(path, entry);
  }

  private static String hash(String algorithm, String header, byte[] content) {
    try {
      MessageDigest digest = MessageDigest.getInstance(algorithm);
      digest.update(header.getBytes(StandardCharsets.US_ASCII));
      return HexFormat.of().formatHex(digest.digest(content));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private void hub(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().toString();
    record("hub", exchange);
    if (busy > 0 && path.contains("/resolve/")) {
      busy--;
      answer(exchange, 503, new byte[0]);
    } else if (path.startsWith("/api/models/acme/tiny/tree/main?recursive=true")) {
      // Two pages, as for a model of many files.
      boolean first = !path.contains("cursor");
      List<Object> entries = new ArrayList<>(List.of(Map.of("type", "directory", "path", "x")));
      listed.values().stream()
          .filter(e -> first == e.get("path").equals("config.json"))
          .forEach(entries::add);
      if (first) {
        String next = address(hub) + path + "&cursor=2";
        exchange.getResponseHeaders().set("Link", "<" + next + ">; rel=\"next\"");
      }
      answer(exchange, 200, Json.line(entries).getBytes(StandardCharsets.UTF_8));
    } else if (path.startsWith("/acme/tiny/resolve/main/")) {
      String file = path.substring("/acme/tiny/resolve/main/".length());
      if (file.endsWith(".safetensors")) {
        exchange.getResponseHeaders().set("Location", address(store) + "/" + file);
        answer(exchange, 302, new byte[0]);
      } else {
        answer(exchange, 200, files.get(file));
      }
    } else {
      answer(exchange, 404, new byte[0]);
    }
  }

  /** Serves ranges, and breaks off after {@code cutAfter} bytes. */
  private void store(HttpExchange exchange) throws IOException {
    record("store", exchange);
    byte[] content = files.get(exchange.getRequestURI().getPath().substring(1));
    String range = exchange.getRequestHeaders().getFirst("Range");
    int from = range == null ? 0 : Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
    if (range != null) {
      String span = "bytes " + from + "-" + (content.length - 1) + "/" + content.length;
      exchange.getResponseHeaders().set("Content-Range", span);
    }
    exchange.sendResponseHeaders(range == null ? 200 : 206, content.length - from);
    int to = (int) Math.min(content.length, (long) from + cutAfter);
    exchange.getResponseBody().write(content, from, to - from);
    exchange.getResponseBody().flush();
    exchange.close();
  }

  private void record(String server, HttpExchange exchange) {
    String token = exchange.getRequestHeaders().getFirst("Authorization");
    requests.add(
        server
            + " "
            + exchange.getRequestURI().getPath()
            + " "
            + token
            + " "
            + exchange.getRequestHeaders().getFirst("Range"));
  }

  private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private static List<String> tree(Path directory) throws IOException {
    try (Stream<Path> paths = Files.walk(directory)) {
      return paths
          .filter(Files::isRegularFile)
          .map(path -> directory.relativize(path).toString())
          .sorted()
          .toList();
    }
  }

  @Test
  void aModelIsDownloadedOnceAndTheTokenStaysAtHome() throws IOException {
    Path model = fetch("acme/tiny");

    assertThat(model).isEqualTo(cache.resolve("acme--tiny@main"));
    assertThat(tree(model))
        .containsExactly("1_Pooling/config.json", "config.json", "model.safetensors", "vocab.txt");
    assertThat(Files.readAllBytes(model.resolve("model.safetensors")))
        .isEqualTo(files.get("model.safetensors"));
    assertThat(requests)
        .contains(
            "hub /acme/tiny/resolve/main/model.safetensors Bearer secret null",
            "store /model.safetensors null null")
        .noneMatch(request -> request.startsWith("store") && request.contains("secret"));

    hub.stop(0);
    requests.clear();
    assertThat(fetch("acme/tiny")).isEqualTo(model);
    assertThat(requests).isEmpty();
  }

  @Test
  void shardsAreThoseOfTheIndex() throws IOException {
    byte[] weights = files.remove("model.safetensors");
    listed.remove("model.safetensors");
    put("model-1-of-2.safetensors", weights);
    put("model-2-of-2.safetensors", Arrays.copyOf(weights, 1000));
    put("other.safetensors", "not needed");
    put(
        "model.safetensors.index.json",
        "{\"weight_map\": {\"a\": \"model-1-of-2.safetensors\", \"b\":"
            + " \"model-2-of-2.safetensors\", \"c\": \"model-1-of-2.safetensors\"}}");
    assertThat(tree(fetch("acme/tiny")))
        .contains(
            "model-1-of-2.safetensors", "model-2-of-2.safetensors", "model.safetensors.index.json")
        .doesNotContain("other.safetensors");
    assertThat(cache.resolve("acme--tiny@main.part")).doesNotExist();

    put("model.safetensors.index.json", "{\"weight_map\": {\"a\": \"../../x.safetensors\"}}");
    Files.move(cache.resolve("acme--tiny@main"), cache.resolve("moved"));
    assertThatThrownBy(() -> fetch("acme/tiny"))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "model 'acme/tiny' of "
                + address(hub)
                + ": names the shard '../../x.safetensors', which is no plain file name");
  }

  @Test
  void aBrokenTransferGoesOnWhereItWas() throws IOException {
    cutAfter = 60_000;
    busy = 2;
    Path model = fetch("acme/tiny");
    assertThat(Files.readAllBytes(model.resolve("model.safetensors")))
        .isEqualTo(files.get("model.safetensors"));
    assertThat(requests).filteredOn(request -> request.startsWith("store")).hasSize(4);
    assertThat(requests).contains("store /model.safetensors null bytes=60000-");
  }

  @Test
  void aLaterProcessGoesOnWhereAKilledOneWas() throws IOException {
    Path part = Files.createDirectories(cache.resolve("acme--tiny@main.part"));
    byte[] weights = files.get("model.safetensors");
    Files.write(part.resolve("model.safetensors.begun"), Arrays.copyOf(weights, 150_000));
    Files.writeString(part.resolve("config.json"), "of an older revision");
    Path model = fetch("acme/tiny");
    assertThat(requests).contains("store /model.safetensors null bytes=150000-");
    assertThat(Files.readAllBytes(model.resolve("model.safetensors"))).isEqualTo(weights);
    assertThat(Files.readString(model.resolve("config.json")))
        .isEqualTo("{\"model_type\": \"bert\"}");
  }

  @Test
  void whatIsNotAsDescribedIsNotKept() throws IOException {
    listed.get("model.safetensors").put("size", 100_000);
    String weights = address(hub) + "/acme/tiny/resolve/main/model.safetensors";
    assertRefused(
        "acme/tiny",
        weights
            + ": is longer than the 100000 bytes that the hub says; it was deleted, so try again");

    listed.get("model.safetensors").put("size", 200_000);
    files.get("model.safetensors")[7]++;
    String found = hash("SHA-256", "", files.get("model.safetensors"));
    files.get("model.safetensors")[7]--;
    String expected = hash("SHA-256", "", files.get("model.safetensors"));
    files.get("model.safetensors")[7]++;
    assertRefused(
        "acme/tiny",
        weights
            + ": its checksum is "
            + found
            + ", but the hub says "
            + expected
            + "; it was deleted, so try again");
    assertThat(cache.resolve("acme--tiny@main")).doesNotExist();
    assertThat(cache.resolve("acme--tiny@main.part/model.safetensors.begun")).doesNotExist();

    files.get("model.safetensors")[7]--;
    assertThat(tree(fetch("acme/tiny"))).contains("model.safetensors");
  }

  @Test
  void aFileShorterThanDescribedIsAnError() {
    listed.get("vocab.txt").put("size", 500);
    assertRefused(
        "acme/tiny",
        "model 'acme/tiny': is not in "
            + cache
            + " and cannot be downloaded from "
            + address(hub)
            + ": it ended after 12 of 500 bytes; connect and try again (what was downloaded is"
            + " kept), or give a directory instead of a name");
  }

  @Test
  void whatTheHubDoesNotHaveIsSaid() {
    assertRefused(
        "acme/other@v2",
        address(hub)
            + "/api/models/acme/other/tree/v2?recursive=true: the hub answers 404; check the name"
            + " 'acme/other' and the revision 'v2', and set HF_TOKEN if the model is not public");
    assertRefused(
        "acme/../x",
        "'acme/../x': is not a model's name; give owner/model or owner/model@revision");
    listed.remove("model.safetensors");
    assertRefused(
        "acme/tiny",
        "model 'acme/tiny' of "
            + address(hub)
            + ": has no model.safetensors; choose a model or a revision that has");
  }

  @Test
  void withoutANetworkTheRepairIsNamed() {
    String gone = address(hub);
    hub.stop(0);
    assertThatThrownBy(() -> hubAt(gone).directory("acme/tiny", Progress.SILENT))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "model 'acme/tiny': is not in "
                + cache
                + " and cannot be downloaded from "
                + gone
                + ": no connection; connect and try again (what was downloaded is kept), or give a"
                + " directory instead of a name");
  }

  private void assertRefused(String name, String message) {
    assertThatThrownBy(() -> fetch(name)).isInstanceOf(DataException.class).hasMessage(message);
  }

  @Test
  void twoAtOnceDownloadOnce() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(2);
    List<Future<Path>> both = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      both.add(pool.submit(() -> fetch("acme/tiny")));
    }
    for (Future<Path> one : both) {
      assertThat(one.get()).isEqualTo(cache.resolve("acme--tiny@main"));
    }
    pool.shutdown();
    assertThat(requests).filteredOn(request -> request.startsWith("store")).hasSize(1);
  }

  @Test
  void theLockIsThatOfTheOperatingSystem() throws IOException {
    fetch("acme/tiny");
    try (FileChannel channel =
        FileChannel.open(cache.resolve("acme--tiny@main.lock"), StandardOpenOption.WRITE)) {
      assertThat(channel.tryLock()).isNotNull(); // and it was given back
    }
  }

  @Test
  void theEnvironmentSaysWhere() {
    assertThatThrownBy(() -> Hub.of(Map.of("HF_ENDPOINT", "nowhere")))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "HF_ENDPOINT = nowhere: is not an address; give one such as https://huggingface.co");
    Hub here =
        Hub.of(Map.of("HF_ENDPOINT", address(hub) + "/", "XDG_CACHE_HOME", cache.toString()));
    assertThat(here.directory("acme/tiny", Progress.SILENT))
        .isEqualTo(cache.resolve("horae/hub/acme--tiny@main"));
    assertThat(requests).noneMatch(request -> request.contains("Bearer"));
  }
}
