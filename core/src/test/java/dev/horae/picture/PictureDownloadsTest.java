package dev.horae.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.horae.data.DataException;
import dev.horae.data.Item;
import dev.horae.data.Progress;
import dev.horae.data.WriterLock;
import dev.horae.encoder.TextOptions;
import dev.horae.features.Catalogues;
import dev.horae.features.Encoding;
import dev.horae.web.PrivateAddresses;
import java.awt.Color;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a server of this machine that fails in every way that shops' servers do. */
class PictureDownloadsTest {

  @TempDir Path directory;

  private final Map<String, AtomicInteger> asked = new ConcurrentHashMap<>();
  private final AtomicInteger atOnce = new AtomicInteger();
  private final AtomicInteger mostAtOnce = new AtomicInteger();
  private final CountDownLatch end = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer server;
  private Path folder;
  private byte[] picture;

  @BeforeEach
  void serve() throws IOException {
    folder = directory.resolve("pictures");
    picture = Drawn.file(Drawn.bands(40, Color.RED, Color.BLUE, 3, true), "png");
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    end.countDown();
    server.stop(0);
    threads.shutdown();
  }

  private String url(String path) {
    return "http://localhost:" + server.getAddress().getPort() + "/" + path;
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath().substring(1);
    int times = asked.computeIfAbsent(path, p -> new AtomicInteger()).incrementAndGet();
    mostAtOnce.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
    assertThat(exchange.getRequestHeaders().getFirst("User-Agent")).startsWith("horae");
    try {
      switch (path.replaceFirst("\\d+$", "")) {
        case "good" -> send(exchange, 200, picture);
        case "flaky" -> send(exchange, times == 1 ? 500 : 200, picture);
        case "busy" -> {
          exchange.getResponseHeaders().set("Retry-After", "0");
          send(exchange, times == 1 ? 429 : 200, picture);
        }
        case "later" -> {
          exchange.getResponseHeaders().set("Retry-After", "3600");
          send(exchange, 503, new byte[1]);
        }
        case "down" -> send(exchange, 500, new byte[1]);
        case "page" ->
            send(exchange, 200, "<html>sign in</html>".getBytes(StandardCharsets.US_ASCII));
        case "moved" -> redirect(exchange, "good");
        case "loop" -> redirect(exchange, "loop");
        case "cut" -> {
          exchange.sendResponseHeaders(200, picture.length);
          exchange.getResponseBody().write(picture, 0, times < 3 ? 20 : picture.length);
          exchange.getResponseBody().flush();
          exchange.close();
        }
        case "large" -> {
          byte[] large = new byte[200_000];
          System.arraycopy(picture, 0, large, 0, 8);
          exchange.sendResponseHeaders(200, 0); // chunked: its size is not announced
          exchange.getResponseBody().write(large);
          exchange.close();
        }
        case "drip" -> {
          exchange.sendResponseHeaders(200, picture.length);
          for (byte one : picture) {
            exchange.getResponseBody().write(one);
            exchange.getResponseBody().flush();
            if (end.await(100, TimeUnit.MILLISECONDS)) {
              break;
            }
          }
          exchange.close();
        }
        case "inside" -> {
          int port = server.getAddress().getPort();
          exchange.getResponseHeaders().set("Location", "http://127.0.0.2:" + port + "/good");
          send(exchange, 302, new byte[1]);
        }
        case "slow" -> {
          exchange.sendResponseHeaders(200, picture.length);
          exchange.getResponseBody().write(picture, 0, 20);
          exchange.getResponseBody().flush();
          end.await();
          exchange.close();
        }
        default -> send(exchange, 404, new byte[1]);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      atOnce.decrementAndGet();
    }
  }

  private void redirect(HttpExchange exchange, String to) throws IOException {
    exchange.getResponseHeaders().set("Location", "/" + to);
    send(exchange, 302, new byte[1]);
  }

  private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private PictureDownloads.Report run(List<List<String>> items) {
    return run(items, address -> false);
  }

  private PictureDownloads.Report run(List<List<String>> items, Predicate<InetAddress> refused) {
    return run(items, Duration.ofSeconds(1), Duration.ofSeconds(60), refused);
  }

  private PictureDownloads.Report run(
      List<List<String>> items, Duration timeout, Duration within, Predicate<InetAddress> refused) {
    PictureDownloads.Patience patience =
        new PictureDownloads.Patience(timeout, within, Duration.ofMillis(1));
    return new PictureDownloads(folder, patience, 100_000, refused).run(items, Progress.SILENT);
  }

  private String reason(String path) {
    return PictureDownloads.reasons(folder).get(url(path));
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "{}", "{\"url\": \"http://a/b.jpg\"}", "{\"reason\": \"x\"}"})
  void aLineThatNamesNoFailureIsPassedOver(String line) throws IOException {
    String whole = "{\"url\": \"http://a/c.jpg\", \"reason\": \"gone\", \"permanent\": true}";
    Files.writeString(directory.resolve("failures.jsonl"), line + "\n" + whole + "\n");
    assertThat(PictureDownloads.reasons(directory)).isEqualTo(Map.of("http://a/c.jpg", "gone"));
  }

  @Test
  void passingTroublesPass() throws IOException, UnreadablePictureException {
    Files.createDirectories(folder);
    Files.write(folder.resolve("local.jpg"), picture);
    PictureDownloads.Report report =
        run(
            List.of(
                List.of(url("good")),
                List.of(url("flaky")),
                List.of(url("busy")),
                List.of(url("moved")),
                List.of(url("cut")),
                List.of(url("good")),
                List.of("local.jpg", url("good"))));
    assertThat(report)
        .isEqualTo(new PictureDownloads.Report(5, 2, 0, folder.resolve("failures.jsonl")));
    for (String path : List.of("good", "flaky", "busy", "moved", "cut")) {
      assertThat(Pictures.read(folder, url(path))).isEqualTo(picture);
    }
    assertThat(PictureDownloads.reasons(folder)).isEmpty();
  }

  @Test
  void lastingTroublesHaveReasonsAndAreNotAskedAgain() throws IOException {
    List<List<String>> items =
        Stream.of("gone", "page", "loop", "large", "later", "down")
            .map(path -> List.of(url(path)))
            .toList();
    PictureDownloads.Report report = run(items);
    assertThat(report.failed()).isEqualTo(6);
    assertThat(reason("gone")).isEqualTo("the server answers 404");
    assertThat(reason("page")).isEqualTo("is a web page, not a picture");
    assertThat(reason("loop")).isEqualTo("redirects more than 5 times");
    assertThat(reason("large")).isEqualTo("has more than 100000 bytes");
    assertThat(reason("later")).isEqualTo("the server answers 503");
    assertThat(reason("down")).isEqualTo("the server answers 500");
    assertThat(asked.get("gone")).hasValue(1);
    assertThat(asked.get("later")).hasValue(1);
    assertThat(asked.get("down")).hasValue(3);

    // A killed run may leave half a line.
    Files.writeString(
        folder.resolve("failures.jsonl"), "{\"url\": \"htt", StandardOpenOption.APPEND);
    asked.clear();
    assertThat(run(items).failed()).isEqualTo(6);
    assertThat(asked).containsOnlyKeys("later", "down");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("failures.jsonl", "fetch.lock");
    }
  }

  @Test
  void aServerThatFallsSilentIsAskedThreeTimesAndAgainInTheNextRun() {
    for (int run = 1; run <= 2; run++) {
      assertThat(
              run(
                      List.of(List.of(url("slow"))),
                      Duration.ofMillis(250),
                      Duration.ofSeconds(60),
                      address -> false)
                  .failed())
          .isEqualTo(1);
      assertThat(reason("slow")).isEqualTo("no more bytes for 250 ms");
      assertThat(asked.get("slow")).hasValue(3 * run);
    }
  }

  /** It sends a byte ten times a second, so that no wait is ever long. */
  @Test
  void aServerThatDripsHoldsNobody() {
    List<List<String>> items = new ArrayList<>(List.of(List.of(url("drip"))));
    for (int i = 0; i < 20; i++) {
      items.add(List.of(url("good" + i)));
    }
    assertThat(run(items, Duration.ofSeconds(60), Duration.ofSeconds(4), address -> false))
        .isEqualTo(new PictureDownloads.Report(20, 0, 1, folder.resolve("failures.jsonl")));
    assertThat(reason("drip")).isEqualTo("is not here after 4000 ms");
    assertThat(asked.get("drip")).hasValue(1);
  }

  @Test
  void privateAddressesAreAskedOnlyWhenTheyMay() {
    String port = ":" + server.getAddress().getPort() + "/good";
    List<List<String>> items =
        Stream.of("localhost", "127.0.0.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0")
            .map(host -> List.of("http://" + host + port))
            .toList();
    assertThat(run(items, PrivateAddresses::holds).failed()).isEqualTo(6);
    assertThat(asked).isEmpty();
    assertThat(reason("good"))
        .isEqualTo(
            "localhost is 127.0.0.1, an address of this machine or of a private network,"
                + " which is not asked");
    // Not for ever: the next run may allow it.
    assertThat(run(List.of(List.of(url("good")))).fetched()).isEqualTo(1);
  }

  @Test
  void aRedirectDoesNotLeadInside() {
    Predicate<InetAddress> second = address -> address.getHostAddress().equals("127.0.0.2");
    assertThat(run(List.of(List.of(url("inside"))), second).failed()).isEqualTo(1);
    assertThat(reason("inside"))
        .isEqualTo(
            "127.0.0.2 is 127.0.0.2, an address of this machine or of a private network,"
                + " which is not asked");
    assertThat(asked).containsOnlyKeys("inside");
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, true",
    "127.255.0.9, true",
    "10.1.2.3, true",
    "172.16.0.1, true",
    "172.32.0.1, false",
    "192.168.3.4, true",
    "169.254.169.254, true",
    "100.64.0.1, true",
    "100.127.255.255, true",
    "100.128.0.0, false",
    "0.0.0.0, true",
    "0.1.2.3, true",
    "224.0.0.1, true",
    "239.1.1.1, true",
    "255.255.255.255, true",
    "240.0.0.1, true",
    "198.18.0.1, true",
    "198.20.0.1, false",
    "192.0.0.8, true",
    "8.8.8.8, false",
    "93.184.216.34, false",
    "::1, true",
    "::, true",
    "fe80::1, true",
    "fc00::1, true",
    "fdff::1, true",
    "fec0::1, true",
    "ff02::1, true",
    "::ffff:10.0.0.1, true",
    "::10.0.0.1, true",
    "::ffff:8.8.8.8, false",
    "64:ff9b::a00:1, true",
    "64:ff9b::808:808, false",
    "64:ff9b:1::1, true",
    "2002:7f00:1::, true",
    "2002:808:808::, false",
    "2001:0:1::1, true",
    "2606:4700::1, false",
    "2001:4860::8, false"
  })
  void whatIsPrivateIsKnown(String address, boolean isPrivate) throws IOException {
    assertThat(PrivateAddresses.holds(InetAddress.getByName(address))).isEqualTo(isPrivate);
  }

  @Test
  void anItemHasTheFirstPictureThatCanBeHad() {
    run(List.of(List.of(url("gone"), url("good"), url("good2"))));
    assertThat(asked).containsOnlyKeys("gone", "good");
    assertThat(Pictures.fetched(folder, url("good"))).exists();
    asked.clear();
    assertThat(run(List.of(List.of(url("gone"), url("good")))).present()).isEqualTo(1);
    assertThat(asked).isEmpty();
  }

  /** A name that is no file is no picture. */
  @Test
  void anAddressBehindAMissingFileIsFetched() throws IOException {
    assertThat(run(List.of(List.of("front.png", "a\0b", url("good")))))
        .isEqualTo(new PictureDownloads.Report(1, 0, 0, folder.resolve("failures.jsonl")));
    Files.createDirectories(folder.resolve("b"));
    Files.write(folder.resolve("b/front.png"), picture);
    asked.clear();
    assertThat(run(List.of(List.of("a/b/front.png", url("good2")))).present()).isEqualTo(1);
    assertThat(asked).isEmpty();
  }

  @Test
  void aHostIsNotOverrunAndLeftAloneWhenItKeepsFailing() {
    List<List<String>> items = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      items.add(List.of(url("good" + i)));
    }
    run(items);
    assertThat(mostAtOnce.get()).isBetween(1, 4);

    items.clear();
    for (int i = 0; i < 40; i++) {
      items.add(List.of(url("down" + i)));
    }
    assertThat(run(items).failed()).isEqualTo(40);
    assertThat(reason("down39")).isEqualTo("its host failed 10 times in a row");
    assertThat(asked.keySet().stream().filter(path -> path.startsWith("down")).count())
        .isBetween(10L, 13L);
  }

  @Test
  void addressesThatAreNoneHaveReasons() {
    assertThat(run(List.of(List.of("http://a b/|"), List.of("https://"))).failed()).isEqualTo(2);
    assertThat(PictureDownloads.reasons(folder))
        .containsOnlyKeys("http://a b/|", "https://")
        .containsEntry("http://a b/|", "is not an address: illegal character in path")
        .containsEntry("https://", "is not an address: expected authority");
  }

  @Test
  void twoRunsDoNotShareAFolder() {
    Path file = folder.resolve("fetch.lock");
    try (WriterLock lock = WriterLock.of(folder, file, "wait")) {
      assertThatThrownBy(() -> run(List.of(List.of(url("good")))))
          .isInstanceOf(DataException.class)
          .hasMessage(folder + ": this process writes there already; wait for its end, or stop it");
    }
  }

  /** From the catalogue to the table: broken pictures go over to the next, failures to a report. */
  @Test
  void fetchedPicturesAreEncoded() throws IOException {
    Files.createDirectories(folder);
    Files.write(folder.resolve("blue.png"), Drawn.file(Drawn.plain(30, 30, Color.BLUE), "png"));
    Files.writeString(folder.resolve("broken.jpg"), "no picture");
    List<Item> items =
        List.of(
            new Item("a", "", "", List.of(), List.of(url("gone"), url("good"))),
            new Item("b", "", "", List.of(), List.of(url("page"))),
            new Item("c", "", "", List.of(), List.of("broken.jpg", "blue.png")));
    var shop = Catalogues.dataset(directory, "11", folder.toString(), items);
    PictureDownloads.Report report =
        PictureDownloads.fetch(shop, Optional.empty(), true, Progress.SILENT);
    assertThat(report.fetched() + " " + report.present() + " " + report.failed())
        .isEqualTo("1 0 1");
    Encoding.Part part =
        Encoding.run(
                shop,
                new Encoding.Options(
                    "none",
                    "descriptor",
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    TextOptions.DEFAULT,
                    false,
                    false),
                Progress.SILENT)
            .get(0);
    assertThat(part.vectors()).isEqualTo(2);
    assertThat(Files.readString(part.problemsFile()))
        .isEqualTo(
            """
            item,kind,content,reason
            "b",missing picture,"%s","could not be fetched: is a web page, not a picture"
            """
                .formatted(url("page")));

    assertThatThrownBy(
            () ->
                PictureDownloads.fetch(
                    Catalogues.dataset(directory, "11", "", items),
                    Optional.empty(),
                    false,
                    Progress.SILENT))
        .isInstanceOf(DataException.class)
        .hasMessage(
            directory + ": has no picture folder to fetch into; name one with ``images`` DIR");
  }
}
