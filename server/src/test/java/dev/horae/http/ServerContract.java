package dev.horae.http;

import static dev.horae.http.Contract.asked;
import static dev.horae.http.Contract.call;
import static dev.horae.http.Contract.shop;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.http.ServedShop.Reply;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** The part of {@link OpenApiTest} about the server itself: models, keys, health, inference. */
abstract class ServerContract {

  @Test
  void models() throws Exception {
    Reply loading =
        call(
            202,
            "loadModel",
            "/v1/models",
            JsonObject.MAPPER
                .createObjectNode()
                .put("path", ServedShop.trained().other().toString())
                .toString());
    assertThat(loading.json().path("name").textValue()).isEqualTo("other");
    call(409, "rollbackModel", "/v1/models/rollback", null);
    call(400, "loadModel", "/v1/models", "{\"path\": \"/nowhere\"}");
    for (String state = ""; !state.equals("ready"); ) {
      for (JsonNode model : call(200, "listModels", "/v1/models", null).json().path("models")) {
        state =
            model.path("name").textValue().equals("other")
                ? model.path("state").textValue()
                : state;
      }
      assertThat(state).isIn("loading", "ready");
      Thread.onSpinWait();
    }
    call(404, "shadowModel", "/v1/models/none/shadow", "{\"share\": 0.5}");
    call(400, "shadowModel", "/v1/models/other/shadow", "{\"share\": 0}");
    call(409, "shadowModel", "/v1/models/run/shadow", "{\"share\": 0.5}");
    call(200, "shadowModel", "/v1/models/other/shadow", "{\"share\": 0.5}");
    call(204, "endShadow", "/v1/models/other/shadow", null);
    call(404, "endShadow", "/v1/models/other/shadow", null);
    call(200, "activateModel", "/v1/models/other/activate", null);
    assertThat(
            call(200, "recommend", "/v1/recommend", "{\"history\": [\"i1\"]}")
                .json()
                .path("model")
                .path("name")
                .textValue())
        .isEqualTo("other");
    call(409, "unloadModel", "/v1/models/other", null);
    Reply back = call(200, "rollbackModel", "/v1/models/rollback", null);
    assertThat(back.json().path("name").textValue()).isEqualTo("run");
    call(204, "unloadModel", "/v1/models/other", null);
    call(404, "unloadModel", "/v1/models/other", null);
    call(404, "activateModel", "/v1/models/other/activate", null);
  }

  @Test
  void aModelThatWasNotLoaded() throws Exception {
    Path broken = Files.createDirectory(ServedShop.temporary("horae-broken").resolve("broken"));
    Files.writeString(broken.resolve("run.yaml"), "nonsense");
    shop.shop().load("broken", broken).join();
    assertThat(call(409, "activateModel", "/v1/models/broken/activate", null).text())
        .contains("the model 'broken' was not loaded: ");
    call(404, "recommend", "/v1/recommend", "{\"model\": \"broken\"}");
    call(204, "unloadModel", "/v1/models/broken", null);
  }

  @Test
  void theServerItself() {
    call(200, "getStatistics", "/v1/statistics", null);
    String copy = "{\"path\": \"" + shop.state().resolve("copy.db") + "\"}";
    assertThat(call(201, "backUp", "/v1/backup", copy).json().path("bytes").longValue())
        .isPositive();
    call(400, "backUp", "/v1/backup", copy);
    JsonNode me = call(200, "getMe", "/v1/me", null).json();
    assertThat(me.path("role").textValue()).isEqualTo("admin");
    call(200, "listKeys", "/v1/keys", null);
    call(400, "createKey", "/v1/keys", "{\"name\": \"reader\", \"role\": \"boss\"}");
    call(404, "deleteKey", "/v1/keys/none", null);
    call(200, "getLive", "/health/live", null);
    call(200, "getReady", "/health/ready", null);
    call(200, "getStartup", "/health/startup", null);
    Reply description = call(200, "getDescription", "/openapi.yaml", null);
    assertThat(description.text()).startsWith("openapi: 3.1.0\n");
    call(200, "getConsole", "/console/", null);
    Reply metrics =
        shop.send(
            HttpRequest.newBuilder(
                    URI.create("http://127.0.0.1:" + shop.server().metricsPort() + "/metrics"))
                .build());
    asked.add("getMetrics");
    assertThat(metrics.status()).isEqualTo(200);
    assertThat(metrics.type()).isEqualTo("text/plain");
    assertThat(metrics.text()).contains("# TYPE horae_");
  }

  @Test
  void keys() {
    try (ServedShop other = ServedShop.start()) {
      ServedShop before = shop;
      Contract.shop = other;
      try {
        Reply created =
            call(201, "createKey", "/v1/keys", "{\"name\": \"boss\", \"role\": \"admin\"}");
        String secret = created.json().path("key").textValue();
        Consumer<HttpRequest.Builder> boss = r -> r.setHeader("X-API-Key", secret);
        call(401, "listKeys", "/v1/keys", null);
        call(200, "listKeys", "/v1/keys", null, boss);
        call(409, "createKey", "/v1/keys", "{\"name\": \"boss\", \"role\": \"read\"}", boss);
        call(201, "createKey", "/v1/keys", "{\"name\": \"r\", \"role\": \"read\"}", boss);
        call(409, "deleteKey", "/v1/keys/boss", null, boss);
        call(204, "deleteKey", "/v1/keys/r", null, boss);
      } finally {
        Contract.shop = before;
      }
    }
  }

  @Test
  void openInferenceProtocol() {
    call(200, "getServer", "/v2", null);
    call(200, "getInferenceLive", "/v2/health/live", null);
    call(200, "getInferenceReady", "/v2/health/ready", null);
    call(200, "getInferenceModel", "/v2/models/run", null);
    call(200, "getInferenceModelReady", "/v2/models/run/ready", null);
    JsonNode answer =
        call(
                200,
                "infer",
                "/v2/models/run/infer",
                """
                {"id": "7", "inputs": [
                 {"name": "history", "shape": [2, 2], "datatype": "BYTES",
                  "data": ["i1", "i2", "i3", ""]},
                 {"name": "times", "shape": [2, 2], "datatype": "INT64", "data": [1, 2, 3, 0]},
                 {"name": "n", "shape": [1], "datatype": "INT32", "data": [3]}],
                 "outputs": [{"name": "items"}, {"name": "scores"}]}\
                """)
            .json();
    assertThat(answer.path("outputs").get(0).path("shape").toString()).isEqualTo("[2,3]");
    call(
        200,
        "infer",
        "/v2/models/run/infer",
        "{\"inputs\": [{\"name\": \"history\", \"shape\": [1, 2], \"datatype\": \"BYTES\","
            + " \"data\": [[\"i1\", \"i2\"]]}]}");
    String asked =
        "{\"inputs\": [{\"name\": \"history\", \"shape\": [1, 1], \"datatype\": \"BYTES\","
            + " \"data\": [\"i1\"]}%s], \"outputs\": %s}";
    for (List<String> names : List.of(List.of("scores"), List.of("scores", "items"))) {
      String outputs = names.toString().replaceAll("(\\w+)", "{\"name\": \"$1\"}");
      assertThat(
              call(200, "infer", "/v2/models/run/infer", asked.formatted("", outputs))
                  .json()
                  .path("outputs")
                  .findValuesAsText("name"))
          .isEqualTo(names);
    }
    call(200, "infer", "/v2/models/run/infer", asked.formatted("", "[]"));
    for (String outputs :
        List.of("\"x\"", "[{\"name\": \"x\"}]", "[{\"name\": \"items\"}, {\"name\": \"items\"}]")) {
      call(400, "infer", "/v2/models/run/infer", asked.formatted("", outputs));
    }
    String again =
        ", {\"name\": \"history\", \"shape\": [1], \"datatype\": \"BYTES\", \"data\": [\"i2\"]}";
    assertThat(call(400, "infer", "/v2/models/run/infer", asked.formatted(again, "[]")).text())
        .contains("inputs[1].name = history is there twice");
    call(404, "getInferenceModel", "/v2/models/none", null);
    call(404, "getInferenceModelReady", "/v2/models/none/ready", null);
    call(404, "infer", "/v2/models/none/infer", "{\"inputs\": []}");
    call(400, "infer", "/v2/models/run/infer", "{\"inputs\": []}");
    call(400, "infer", "/v2/models/run/infer", "{\"inputs\": {}}");
  }
}
