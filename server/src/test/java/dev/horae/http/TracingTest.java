package dev.horae.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import com.sun.net.httpserver.HttpServer;
import dev.horae.http.ServedShop.Reply;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a collector of OpenTelemetry is told, by one that listens. */
class TracingTest {

  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String PARENT = "00f067aa0ba902b7";

  private HttpServer collector;
  private final List<byte[]> bodies = new CopyOnWriteArrayList<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();

  /** A span as it came; times in nanoseconds since 1970. */
  private record Span(
      String service,
      String trace,
      String id,
      String parent,
      String name,
      long start,
      long end,
      Map<String, String> attributes) {}

  @BeforeEach
  void listen() throws IOException {
    collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    collector.createContext(
        "/",
        exchange -> {
          asked.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
          bodies.add(exchange.getRequestBody().readAllBytes());
          exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    collector.start();
  }

  @AfterEach
  void stop() {
    collector.stop(0);
  }

  private String address() {
    return "http://127.0.0.1:" + collector.getAddress().getPort();
  }

  @Test
  void aRequestIsASpanOfItsCallersTraceWithItsPartsBelow() throws IOException {
    String log;
    try (ServedShop shop = ServedShop.start("otlp_endpoint=" + address())) {
      shop.post("/v1/events", "{\"user\": \"ann-secret\", \"item\": \"i2\"}");
      shop.ask("PUT", "/v1/scenarios/home", "{\"n\": 3}", request -> {});
      Reply answer =
          shop.ask(
              "POST",
              "/v1/recommend",
              "{\"user\": \"ann-secret\", \"history\": [\"i1\"], \"scenario\": \"home\"}",
              request -> request.setHeader("traceparent", "00-" + TRACE + "-" + PARENT + "-01"));
      assertThat(answer.status()).isEqualTo(200);
      assertThat(shop.get("/v1/users/ann-secret").status()).isEqualTo(200);
      assertThat(shop.get("/v1/nothing").status()).isEqualTo(404);
      shop.get("/health/ready");
      log = String.join("\n", shop.log());
    } // and sends what is left
    List<Span> spans = spans();

    Span request = named(spans, "POST /v1/recommend");
    assertThat(request.service()).isEqualTo("horae");
    assertThat(request.trace()).isEqualTo(TRACE);
    assertThat(request.parent()).isEqualTo(PARENT);
    assertThat(request.attributes())
        .containsEntry("http.request.method", "POST")
        .containsEntry("http.route", "/v1/recommend")
        .containsEntry("http.response.status_code", "200")
        .containsEntry("horae.model", "run")
        .containsEntry("horae.scenario", "home")
        .containsEntry("horae.source", "model");
    for (String part : List.of("wait", "score", "store history")) {
      Span child = child(spans, request, part);
      assertThat(child.trace()).isEqualTo(TRACE);
      assertThat(child.start()).isBetween(request.start(), child.end());
      assertThat(child.end()).isLessThanOrEqualTo(request.end());
    }
    assertThat(child(spans, request, "wait").end())
        .isEqualTo(child(spans, request, "score").start());
    assertThat(log).contains("\"traceId\":\"" + TRACE + "\"");

    child(spans, named(spans, "POST /v1/events"), "store add");
    assertThat(named(spans, "GET /v1/users/{user}").parent()).isEmpty();
    assertThat(spans).noneMatch(span -> span.name().contains("health"));
    assertThat(spans.toString()).doesNotContain("ann-secret", "i2");
    assertThat(asked).containsOnly("POST /v1/traces");
  }

  @Test
  void whatTheCallerDoesNotSampleIsNotSent() throws IOException {
    try (ServedShop shop = ServedShop.start("otlp_endpoint=" + address())) {
      shop.ask(
          "GET",
          "/v1/popular",
          null,
          request -> request.setHeader("traceparent", "00-" + TRACE + "-" + PARENT + "-00"));
      shop.get("/v1/latest");
    }
    assertThat(spans()).extracting(Span::name).contains("GET /v1/latest");
    assertThat(spans()).extracting(Span::trace).doesNotContain(TRACE);
  }

  @Test
  void itIsOffUnlessSomebodySaysWhereACollectorIs() {
    assertThat(Tracing.start("", Map.of("OTEL_SERVICE_NAME", "shop"), "1")).isEmpty();
    Optional<Tracing> on =
        Tracing.start("", Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"), "1");
    assertThat(on).isPresent();
    on.get().close();
  }

  private static Span named(List<Span> spans, String name) {
    return spans.stream().filter(span -> span.name().equals(name)).findFirst().orElseThrow();
  }

  private static Span child(List<Span> spans, Span parent, String name) {
    return spans.stream()
        .filter(span -> span.name().equals(name) && span.parent().equals(parent.id()))
        .findFirst()
        .orElseThrow(() -> new AssertionError(name + " of " + parent + " in " + spans));
  }

  // ---- opentelemetry/proto/trace/v1/trace.proto, by its numbers

  private List<Span> spans() throws IOException {
    List<Span> spans = new ArrayList<>();
    for (byte[] body : bodies) {
      for (UnknownFieldSet resource : messages(UnknownFieldSet.parseFrom(body), 1)) {
        String service = attributes(messages(resource, 1).get(0), 1).get("service.name");
        for (UnknownFieldSet scope : messages(resource, 2)) {
          for (UnknownFieldSet span : messages(scope, 2)) {
            spans.add(span(service, span));
          }
        }
      }
    }
    return spans;
  }

  private static Span span(String service, UnknownFieldSet span) throws IOException {
    return new Span(
        service,
        hex(span, 1),
        hex(span, 2),
        hex(span, 4),
        span.getField(5).getLengthDelimitedList().get(0).toStringUtf8(),
        span.getField(7).getFixed64List().get(0),
        span.getField(8).getFixed64List().get(0),
        attributes(span, 9));
  }

  private static List<UnknownFieldSet> messages(UnknownFieldSet of, int number) throws IOException {
    List<UnknownFieldSet> messages = new ArrayList<>();
    for (ByteString bytes : of.getField(number).getLengthDelimitedList()) {
      messages.add(UnknownFieldSet.parseFrom(bytes));
    }
    return messages;
  }

  private static String hex(UnknownFieldSet of, int number) {
    List<ByteString> bytes = of.getField(number).getLengthDelimitedList();
    return bytes.isEmpty() ? "" : HexFormat.of().formatHex(bytes.get(0).toByteArray());
  }

  private static Map<String, String> attributes(UnknownFieldSet of, int number) throws IOException {
    Map<String, String> attributes = new HashMap<>();
    for (UnknownFieldSet pair : messages(of, number)) {
      UnknownFieldSet value = messages(pair, 2).get(0);
      List<ByteString> text = value.getField(1).getLengthDelimitedList();
      attributes.put(
          pair.getField(1).getLengthDelimitedList().get(0).toStringUtf8(),
          text.isEmpty()
              ? value.getField(3).getVarintList().toString().replaceAll("[\\[\\]]", "")
              : text.get(0).toStringUtf8());
    }
    return attributes;
  }
}
