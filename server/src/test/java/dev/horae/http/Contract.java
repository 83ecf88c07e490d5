package dev.horae.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.http.ServedShop.Reply;
import java.net.http.HttpRequest;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/** Asks a server and holds what was sent and what came back against openapi.yaml. */
final class Contract {

  private static final OpenApi API = OpenApi.get();

  /** The server that is asked. */
  static ServedShop shop;

  /** The operations that were asked. */
  static final Set<String> asked = new HashSet<>();

  private Contract() {}

  /** Asks, and holds request and answer against the description. */
  static Reply call(int status, String id, String path, String body) {
    return call(status, id, path, body, request -> {});
  }

  static Reply call(
      int status, String id, String path, String body, Consumer<HttpRequest.Builder> more) {
    OpenApi.Operation operation = API.operation(id);
    if (body != null && status < 400) {
      JsonNode schema =
          operation
              .node()
              .path("requestBody")
              .path("content")
              .path("application/json")
              .path("schema");
      assertThat(API.faults(schema, OpenApi.json(body))).as("request of %s", id).isEmpty();
    }
    Reply reply = shop.ask(operation.method(), path, body, more);
    assertThat(reply.status()).as("%s %s: %s", id, path, reply.text()).isEqualTo(status);
    hold(operation, path, reply);
    asked.add(id);
    return reply;
  }

  /** Sends what is not JSON. */
  static Reply callWith(
      int status, String id, String path, byte[] body, Consumer<HttpRequest.Builder> more) {
    OpenApi.Operation operation = API.operation(id);
    Reply reply = shop.send(operation.method(), path, body, more);
    assertThat(reply.status()).as("%s %s: %s", id, path, reply.text()).isEqualTo(status);
    hold(operation, path, reply);
    asked.add(id);
    return reply;
  }

  /** Fails where the answer is not as the operation says. */
  static void hold(OpenApi.Operation operation, String path, Reply reply) {
    String what = operation.method() + " " + path + " " + reply.status() + ": " + reply.text();
    JsonNode response = operation.response(reply.status());
    assertThat(response.isMissingNode()).as("undocumented: " + what).isFalse();
    assertThat(reply.header("X-Request-Id")).as(what).isNotEmpty();
    if (!response.has("content")) {
      assertThat(reply.text()).as(what).isEmpty();
      return;
    }
    String type =
        response.path("content").has("image/*") && reply.type().startsWith("image/")
            ? "image/*"
            : reply.type();
    assertThat(response.path("content").has(type)).as(type + " of " + what).isTrue();
    if (type.endsWith("json") && !type.equals("application/x-ndjson")) {
      JsonNode schema = response.path("content").path(type).path("schema");
      assertThat(API.faults(schema, reply.json())).as(what).isEmpty();
    }
  }

  static Consumer<HttpRequest.Builder> type(String type) {
    return request -> request.setHeader("Content-Type", type);
  }
}
