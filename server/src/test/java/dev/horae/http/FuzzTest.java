package dev.horae.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.http.ServedShop.Reply;
import java.io.File;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Whatever is sent, the answer is no 5xx and as openapi.yaml says, and comes in time; memory and
 * open files do not grow. {@code -Dhorae.fuzz=1000000} sends more.
 */
class FuzzTest {

  private static final int REQUESTS = Integer.getInteger("horae.fuzz", 2000);
  private static final int LONGEST_MILLIS = 5000;
  private static final long MOST_GROWTH = 96 << 20; // bytes of heap

  /** They change nothing that later requests need, and end. */
  private static final Set<String> LEFT_OUT =
      Set.of("backUp", "streamEvents", "getMetrics", "getConsole", "getDescription");

  private static final List<String> VALUES =
      List.of(
          "i1",
          "box/13 ü",
          "u1",
          "run",
          "other",
          "home",
          "",
          " ",
          "0",
          "-1",
          "10",
          "500",
          "501",
          "99999999999999999999",
          "1e309",
          "NaN",
          "null",
          "true",
          "../../etc/passwd",
          "%00",
          "a\u0000b",
          "\ud800",
          "😀",
          "ü",
          "<script>alert(1)</script>",
          "'; drop table event; --",
          "${jndi:ldap://x}",
          "title,brand",
          ",",
          "7d",
          "0d",
          "2026-11-29T00:00:00Z",
          "1764417600",
          "1764417600000",
          "brand == \"Brand 1\"",
          "price <",
          "((((((((((",
          "title.matches('(a+)+$')",
          "[1,2,3].map(x, [1,2,3].map(y, x * y))",
          "brand == brand || ".repeat(200) + "true",
          "x".repeat(5000),
          "behaviour",
          "mixed",
          "read",
          "admin");

  private final SplittableRandom random = new SplittableRandom(17);
  private final List<String> bodies = bodies();
  private final List<OpenApi.Operation> operations =
      OpenApi.get().operations().stream().filter(one -> !LEFT_OUT.contains(one.id())).toList();

  @Test
  @Timeout(value = 1, unit = TimeUnit.DAYS)
  void nothingBreaksTheServer() {
    try (ServedShop shop = ServedShop.start()) {
      String boss = shop.newKey(null, "boss", "admin"); // so that no key that is made locks us out
      long used = 0;
      int open = 0;
      for (int i = 0; i < REQUESTS; i++) {
        if (i == REQUESTS / 2) {
          used = used();
          open = open();
        }
        ask(shop, boss);
      }
      assertThat(used() - used).isLessThan(MOST_GROWTH);
      assertThat(open()).isLessThan(open + 32);
      assertThat(shop.state().toFile().list()).hasSizeLessThan(8);
      Reply reply = shop.ask("GET", "/health/ready", null, request -> {});
      assertThat(reply.status()).isEqualTo(200);
    }
  }

  private static long used() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  private static int open() {
    String[] files = new File("/proc/self/fd").list();
    return files == null ? 0 : files.length;
  }

  private void ask(ServedShop shop, String key) {
    OpenApi.Operation operation = operations.get(random.nextInt(operations.size()));
    String path = path(operation);
    String body =
        operation.node().has("requestBody") ? body() : random.nextInt(20) == 0 ? body() : null;
    String type =
        random.nextInt(4) > 0
            ? "application/json"
            : List.of("application/x-ndjson", "text/plain", "x", "application/json;charset=latin1")
                .get(random.nextInt(4));
    long start = System.nanoTime();
    String match = random.nextInt(10) == 0 ? ascii(value()) : null;
    String id = random.nextInt(10) == 0 ? ascii(value()) : null;
    Consumer<HttpRequest.Builder> headers =
        request -> {
          request.setHeader("X-API-Key", key);
          if (body != null) {
            request.setHeader("Content-Type", type);
          }
          if (match != null) {
            request.setHeader("If-Match", match);
          }
          if (id != null) {
            request.setHeader("X-Request-Id", id);
          }
        };
    Reply reply = ask(shop, operation.method(), path, body, headers);
    String what = operation.method() + " " + path + " " + type + " " + body + ": " + reply.text();
    assertThat(reply.status()).as(what).isBetween(200, 499);
    assertThat((System.nanoTime() - start) / 1_000_000).as(what).isLessThan(LONGEST_MILLIS);
    if (reply.status() < 300) {
      Contract.hold(operation, path, reply);
    } else if (!path.startsWith("/v2")) {
      assertThat(reply.type()).as(what).isEqualTo(Problem.MEDIA_TYPE);
    }
  }

  /** A connection that the server closed after what it could not understand is opened anew. */
  private static Reply ask(
      ServedShop shop,
      String method,
      String path,
      String body,
      Consumer<HttpRequest.Builder> headers) {
    try {
      return shop.ask(method, path, body, headers);
    } catch (UncheckedIOException e) {
      return shop.ask(method, path, body, headers);
    }
  }

  private String path(OpenApi.Operation operation) {
    String path = operation.path();
    List<String> query = new ArrayList<>();
    for (JsonNode parameter : operation.parameters()) {
      String name = parameter.path("name").textValue();
      if (parameter.path("in").textValue().equals("path")) {
        String value = value();
        path = path.replace("{" + name + "}", value.isEmpty() ? "e" : encoded(value));
      } else if (parameter.path("in").textValue().equals("query") && random.nextInt(3) == 0) {
        query.add(name + "=" + encoded(value()));
      }
    }
    if (random.nextInt(20) == 0) {
      query.add(encoded(value()) + "=" + encoded(value()));
    }
    return query.isEmpty() ? path : path + "?" + String.join("&", query);
  }

  /**
   * Half a pair of surrogates cannot be sent, and NUL ends the connection; a question mark is sent.
   */
  private static String encoded(String value) {
    return ServedShop.encoded(value.replaceAll("[\ud800\u0000]", "?"));
  }

  private static String ascii(String value) {
    String plain = value.replaceAll("[^\\x21-\\x7e]", "").strip();
    return plain.isEmpty() ? "x" : plain.substring(0, Math.min(2000, plain.length()));
  }

  private String value() {
    return VALUES.get(random.nextInt(VALUES.size()));
  }

  private static List<String> bodies() {
    List<String> bodies = new ArrayList<>(List.of("{}", "[]", "", "null", "7", "\"x\"", "[[]]"));
    for (OpenApi.Operation operation : OpenApi.get().operations()) {
      for (JsonNode media : operation.node().path("requestBody").path("content")) {
        media.path("examples").forEach(example -> bodies.add(example.path("value").toString()));
        if (media.has("example")) {
          bodies.add(media.path("example").toString());
        }
      }
    }
    bodies.add("[".repeat(2000));
    bodies.add("{\"history\":[" + "\"i1\",".repeat(1100) + "\"i1\"]}");
    return bodies;
  }

  /** A body of the description, with a value exchanged, a piece cut out or a character changed. */
  private String body() {
    String body = bodies.get(random.nextInt(bodies.size()));
    for (int change = random.nextInt(3); change > 0 && !body.isEmpty(); change--) {
      int from = random.nextInt(body.length());
      int to = Math.min(body.length(), from + random.nextInt(12));
      body =
          switch (random.nextInt(4)) {
            case 0 -> body.substring(0, from) + body.substring(to);
            case 1 -> body.substring(0, from) + (char) random.nextInt(1, 256) + body.substring(to);
            case 2 -> body.replaceFirst("\"[A-Za-z0-9 ]*\"", quoted(value()));
            default -> body.replaceFirst(":[^,{}\\[\\]]*", ":" + quoted(value()));
          };
    }
    return new String(body.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }

  /** A text, or as it stands: a number, a literal, or nonsense. */
  private String quoted(String value) {
    String text = random.nextInt(3) == 0 ? value : JsonObject.MAPPER.valueToTree(value).toString();
    return Matcher.quoteReplacement(text);
  }
}
