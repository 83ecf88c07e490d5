package dev.horae.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.http.Keys.Role;
import dev.horae.http.ServedShop.Reply;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may do what, and what strangers may send. */
class SecurityTest {

  private static ServedShop shop;
  private static final Map<Role, String> keys = new EnumMap<>(Role.class);

  @BeforeAll
  static void start() {
    shop = ServedShop.start();
    keys.put(Role.ADMIN, shop.newKey(null, "boss", "admin"));
    keys.put(Role.READ, shop.newKey(keys.get(Role.ADMIN), "reader", "read"));
    keys.put(Role.WRITE, shop.newKey(keys.get(Role.ADMIN), "writer", "write"));
  }

  @AfterAll
  static void stop() {
    shop.close();
  }

  private static Consumer<HttpRequest.Builder> key(Role role) {
    return request -> request.setHeader("Authorization", "Bearer " + keys.get(role));
  }

  /** Templates are filled with what is not there, and no body is sent: nothing is changed. */
  private static String path(OpenApi.Operation operation) {
    return operation.path().replaceAll("\\{[a-z]+}", "not-there");
  }

  @Test
  void everyRouteNeedsTheRoleThatItIsDescribedWith() {
    for (OpenApi.Operation operation : OpenApi.get().operations()) {
      if (operation.id().equals("getMetrics")) {
        continue; // has a port of its own
      }
      String path = path(operation);
      boolean open = !operation.node().has("x-role");
      Reply without = shop.ask(operation.method(), path, null, request -> {});
      Reply wrong =
          shop.ask(
              operation.method(),
              path,
              null,
              request -> request.setHeader("X-API-Key", "hk_" + "A".repeat(43)));
      if (open) {
        assertThat(without.status()).as(operation.toString()).isEqualTo(200);
        continue;
      }
      for (Reply refused : List.of(without, wrong)) {
        assertThat(refused.status()).as(operation.toString()).isEqualTo(401);
        assertThat(refused.header("WWW-Authenticate")).isEqualTo("Bearer");
        Contract.hold(operation, path, refused);
      }
      if (!operation.id().equals("streamEvents")) { // which would not end
        roles(operation, path);
      }
    }
  }

  private static void roles(OpenApi.Operation operation, String path) {
    Role needed =
        Role.valueOf(operation.node().path("x-role").textValue().toUpperCase(Locale.ROOT));
    for (Role role : Role.values()) {
      Reply reply = shop.ask(operation.method(), path, null, key(role));
      String what = role + " at " + operation + ": " + reply.text();
      if (role.allows(needed)) {
        assertThat(reply.status()).as(what).isNotIn(401, 403).isLessThan(500);
      } else {
        assertThat(reply.status()).as(what).isEqualTo(403);
        Contract.hold(operation, path, reply);
      }
    }
  }

  @Test
  void headIsAnsweredAsGetIs() {
    for (String path : List.of("/v1/popular", "/v1/users/none", "/v1/items/i1", "/v2")) {
      assertThat(shop.ask("HEAD", path, null, request -> {}).status()).as(path).isEqualTo(401);
      Reply head = shop.ask("HEAD", path, null, key(Role.READ));
      assertThat(head.status()).isEqualTo(shop.ask("GET", path, null, key(Role.READ)).status());
      assertThat(head.response().body()).isEmpty();
    }
    assertThat(shop.ask("HEAD", "/health/ready", null, request -> {}).status()).isEqualTo(200);
  }

  @Test
  void aKeyIsSentInAHeaderAndNowhereElse() {
    String admin = keys.get(Role.ADMIN);
    assertThat(shop.get("/v1/me?key=" + admin).status()).isEqualTo(401);
    assertThat(shop.get("/v1/me?api_key=" + admin).status()).isEqualTo(401);
    assertThat(shop.ask("GET", "/v1/me", null, r -> r.setHeader("Cookie", "key=" + admin)).status())
        .isEqualTo(401);
    assertThat(shop.ask("GET", "/v1/me", null, r -> r.setHeader("X-API-Key", admin)).status())
        .isEqualTo(200);
  }

  @Test
  void aKeyThatWasDeletedIsRefusedAtOnce() {
    String secret = shop.newKey(keys.get(Role.ADMIN), "guest", "read");
    Consumer<HttpRequest.Builder> guest = request -> request.setHeader("X-API-Key", secret);
    assertThat(shop.ask("GET", "/v1/me", null, guest).status()).isEqualTo(200);
    assertThat(shop.ask("DELETE", "/v1/keys/guest", null, key(Role.ADMIN)).status()).isEqualTo(204);
    assertThat(shop.ask("GET", "/v1/me", null, guest).status()).isEqualTo(401);
  }

  /** Each of two would find the other's key there, were they not deleted one after the other. */
  @Test
  void manyDeletionsAtOnceLeaveOneAdmin() {
    try (ServedShop other = ServedShop.start()) {
      List<String> secrets = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        String admin = i == 0 ? null : secrets.get(0);
        secrets.add(other.newKey(admin, "admin-" + i, "admin"));
      }
      List<CompletableFuture<Integer>> deletions = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        String path = "/v1/keys/admin-" + (i + 1) % 6;
        String secret = secrets.get(i);
        deletions.add(
            CompletableFuture.supplyAsync(
                () ->
                    other.ask("DELETE", path, null, r -> r.setHeader("X-API-Key", secret)).status(),
                task -> new Thread(task).start()));
      }
      List<Integer> statuses = deletions.stream().map(CompletableFuture::join).toList();
      assertThat(statuses).contains(204).isSubsetOf(204, 401, 409);
      assertThat(other.shop().store().documents(Api.KEY)).isNotEmpty();
    }
  }

  @Test
  void secretsAndUsersAreNotInTheLog() {
    shop.ask("GET", "/v1/recommend/secret-user", null, key(Role.READ));
    shop.ask("GET", "/v1/users/secret-user", null, key(Role.READ));
    shop.ask("POST", "/v1/recommend", "{\"user\": \"secret-user\", \"n\": 0}", key(Role.READ));
    assertThat(shop.log())
        .isNotEmpty()
        .noneMatch(line -> line.contains("secret-user"))
        .noneMatch(line -> keys.values().stream().anyMatch(line::contains));
    assertThat(shop.log()).anyMatch(line -> line.contains("\"key\":\"reader\""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/v1/popular", "/v1/none", "/v1/users/none", "/health/live", "/console/", "/v2"})
  void everyAnswerHasTheHeadersOfSafety(String path) {
    Reply reply = shop.ask("GET", path, null, key(Role.READ));
    assertThat(reply.header("X-Content-Type-Options")).isEqualTo("nosniff");
    assertThat(reply.header("X-Frame-Options")).isEqualTo("DENY");
    assertThat(reply.header("Referrer-Policy")).isEqualTo("no-referrer");
    assertThat(reply.header("Cache-Control")).startsWith("no-");
    assertThat(reply.header("Server")).isEmpty();
    assertThat(reply.response().headers().map().keySet())
        .noneMatch(name -> name.toLowerCase(Locale.ROOT).startsWith("access-control-"));
  }

  @Test
  void theConsoleMayLoadNothingFromElsewhere() {
    String policy = shop.get("/console/").header("Content-Security-Policy");
    assertThat(policy)
        .contains("default-src 'self'", "object-src 'none'", "base-uri 'none'")
        .contains("frame-ancestors 'none'", "form-action 'self'")
        .doesNotContain("unsafe-inline", "unsafe-eval");
  }

  @Test
  void otherSitesMayNotAsk() {
    Reply reply =
        shop.ask(
            "OPTIONS",
            "/v1/recommend",
            null,
            request ->
                request
                    .setHeader("Origin", "https://evil.example")
                    .setHeader("Access-Control-Request-Method", "POST"));
    assertThat(reply.status()).isGreaterThanOrEqualTo(400);
    assertThat(reply.response().headers().map().keySet())
        .noneMatch(name -> name.toLowerCase(Locale.ROOT).startsWith("access-control-"));
  }

  @Test
  void withoutKeysPagesOfOtherSitesMayNotAsk() throws IOException {
    try (ServedShop open = ServedShop.start()) {
      String here = "127.0.0.1:" + open.port();
      for (String allowed :
          List.of(
              "Host: " + here,
              "Host: localhost:" + open.port() + "\r\nOrigin: http://localhost:" + open.port(),
              "Host: " + here + "\r\nOrigin: http://" + here + "\r\nSec-Fetch-Site: same-origin",
              "Host: [::1]:80\r\nSec-Fetch-Site: none")) {
        assertThat(raw(open, post(allowed))).as(allowed).startsWith("HTTP/1.1 200");
      }
      for (String refused :
          List.of(
              "Host: evil.example",
              "Host: 127.0.0.1.evil.example",
              "Host: " + here + "\r\nOrigin: https://evil.example",
              "Host: " + here + "\r\nOrigin: null",
              "Host: " + here + "\r\nOrigin: http://127.0.0.1:1",
              "Host: " + here + "\r\nSec-Fetch-Site: cross-site")) {
        assertThat(raw(open, post(refused)))
            .as(refused)
            .startsWith("HTTP/1.1 403")
            .contains("there are no keys");
      }
    }
  }

  private static String post(String headers) {
    return "POST /v1/recommend HTTP/1.1\r\n"
        + headers
        + "\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/console/../../etc/passwd",
        "/console/%2e%2e/%2e%2e/etc/passwd",
        "/console/..%2f..%2fetc%2fpasswd",
        "/console/..%5c..%5cetc%5cpasswd",
        "/console//etc/passwd",
        "/console/%00",
        "/console/lib/../../openapi.yaml",
        "/console/openapi.yaml",
        "/console/ConsoleResources.class",
        "/v1/items/..%2F..%2F..%2Fetc%2Fpasswd/image",
        "/v1/items/%2Fetc%2Fpasswd/image",
        "/images/../../../etc/passwd",
        "/META-INF/MANIFEST.MF",
        "/WEB-INF/web.xml",
      })
  void noPathLeadsToOtherFiles(String path) throws IOException {
    String answer =
        raw(
            "GET "
                + path
                + " HTTP/1.1\r\nHost: x\r\nX-API-Key: "
                + keys.get(Role.READ)
                + "\r\nConnection: close\r\n\r\n");
    assertThat(answer).startsWith("HTTP/1.1 4").doesNotContain("root:", "openapi: 3");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a b", "<script>", "a\tb", "é", "x%0d%0aX-Evil: 1"})
  void anOddRequestIdIsNotEchoed(String id) throws IOException {
    String answer =
        raw(
            "GET /health/live HTTP/1.1\r\nHost: x\r\nX-Request-Id: "
                + id
                + "\r\nConnection: close\r\n\r\n");
    assertThat(answer).startsWith("HTTP/1.1 200").doesNotContain(id);
    assertThat(answer).containsPattern("X-Request-Id: [0-9a-f-]{36}\r\n");
  }

  @Test
  void noHeaderCanBeSmuggledIn() throws IOException {
    for (String path : List.of("/console%0d%0aX-Evil:1", "/v1/me%0d%0aX-Evil:1", "/%0aX-Evil:1")) {
      String answer = raw("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      assertThat(answer).startsWith("HTTP/1.1 4").doesNotContain("\nX-Evil");
    }
    String two =
        raw(
            "POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
                + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\nGET /v1/me");
    assertThat(two).startsWith("HTTP/1.1 400");
  }

  @Test
  void whatIsNotHttpIsRefusedWithoutAWordAboutUs() throws IOException {
    String answer = raw("\u0016\u0003\u0001 nonsense\r\n\r\n");
    assertThat(answer.toLowerCase(Locale.ROOT)).doesNotContain("jetty", "exception", "\tat ");
    for (String wrong :
        List.of(
            "GET /v1/me HTTP/9.9\r\n\r\n",
            "GET /v1/users/a%00b HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /v1/users/%zz HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /v1/me HTTP/1.1\r\nHost: x\r\nX: " + "y".repeat(20_000) + "\r\n\r\n",
            "GET /" + "y".repeat(20_000) + " HTTP/1.1\r\nHost: x\r\n\r\n")) {
      String refused = raw(wrong);
      assertThat(refused)
          .containsPattern("^HTTP/1.1 (4..|505) ")
          .contains("Content-Type: application/problem+json");
      assertThat(refused.toLowerCase(Locale.ROOT)).doesNotContain("jetty", "exception", "\tat ");
    }
  }

  @Test
  void hugeBodiesAreRefused() throws IOException {
    Reply large =
        shop.ask(
            "POST", "/v1/recommend", "{\"user\": \"" + "x".repeat(2 << 20) + "\"}", key(Role.READ));
    assertThat(large.status()).isEqualTo(413);
    assertThat(large.json().path("type").textValue()).isEqualTo("/problems/too-large");
    String answer =
        raw(
            "POST /v1/recommend HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                + "X-API-Key: "
                + keys.get(Role.READ)
                + "\r\nContent-Length: 100000000000\r\nConnection: close\r\n\r\n{");
    assertThat(answer).startsWith("HTTP/1.1 413");
  }

  @Test
  void aSlowBodyHoldsNobodyUp() throws IOException {
    try (Socket slow = new Socket(InetAddress.getLoopbackAddress(), shop.port())) {
      slow.getOutputStream()
          .write(
              ("POST /v1/recommend HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                      + "X-API-Key: "
                      + keys.get(Role.READ)
                      + "\r\nContent-Length: 100\r\n\r\n{")
                  .getBytes(StandardCharsets.ISO_8859_1));
      for (int i = 0; i < 20; i++) {
        assertThat(shop.ask("GET", "/v1/popular", null, key(Role.READ)).status()).isEqualTo(200);
      }
    }
  }

  @Test
  void moreRequestsThanTheRateAreToldWhenToComeBack() {
    try (ServedShop limited = ServedShop.start("rate_per_second=3")) {
      Reply last = null;
      for (int i = 0; i < 10; i++) {
        last = limited.get("/v1/popular");
      }
      assertThat(last.status()).isEqualTo(429);
      assertThat(last.header("Retry-After")).isEqualTo("1");
      Contract.hold(OpenApi.get().operation("popular"), "/v1/popular", last);
      assertThat(limited.get("/health/live").status()).isEqualTo(200);
    }
  }

  /** Sends bytes as they stand, and reads until the server closes the connection. */
  private static String raw(String request) throws IOException {
    return raw(shop, request);
  }

  private static String raw(ServedShop asked, String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), asked.port())) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      InputStream in = socket.getInputStream();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
