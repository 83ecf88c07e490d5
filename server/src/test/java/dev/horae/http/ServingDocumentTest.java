package dev.horae.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.data.Dataset;
import dev.horae.prep.Format;
import dev.horae.prep.Preparation;
import dev.horae.prep.PrepareOptions.Duplicates;
import dev.horae.prep.PrepareOptions.Protocol;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docs/serving.md tells people to type works, with a real curl against a real server. */
class ServingDocumentTest {

  private static final Path DOCUMENT = Path.of("../docs/serving.md");
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```sh\\n(.*?)^```");
  private static final Pattern METRIC = Pattern.compile("`(horae_[a-z_]+)");

  /** A curl that says nothing of its progress and fails where the server refuses. */
  private static final String CURL =
      "curl() { command curl -sS --fail-with-body -m 20 \"$@\" && echo; }\nset -e -o pipefail\n";

  private static ServedShop shop;
  private static String key;

  @TempDir Path folder;

  @BeforeAll
  static void start() {
    shop = ServedShop.start();
    key = shop.newKey(null, "boss", "admin");
  }

  @AfterAll
  static void stop() {
    shop.close();
  }

  private static String document() throws IOException {
    return Files.readString(DOCUMENT);
  }

  private static List<String> blocks() throws IOException {
    return BLOCK.matcher(document()).results().map(block -> block.group(1)).toList();
  }

  @Test
  void everyExampleWorks() throws Exception {
    Path tuesday = ServedShop.trained().folder().resolve("tuesday"); // a model has its name
    Files.createSymbolicLink(tuesday, ServedShop.trained().other());
    List<String> examples =
        blocks().stream()
            .filter(block -> block.contains("curl "))
            .map(block -> block.replace("/srv/horae/runs/tuesday", tuesday.toString()))
            .map(block -> block.replace("/srv/horae", folder.toString()))
            .map(block -> block.replace("> events", "> " + folder + "/events"))
            .toList();
    assertThat(examples).hasSizeGreaterThan(10);
    for (String example : examples) {
      Result result = shell(CURL + here(example));
      if (example.startsWith("# 422\n")) {
        assertThat(result.code()).as(example + result.out()).isEqualTo(22);
        assertThat(result.out()).contains("\"status\":422", "\"suggestion\":\"brand\"");
      } else {
        assertThat(result.code()).as(example + result.out()).isZero();
      }
    }
  }

  private static String here(String example) {
    return example
        .replace("localhost:8080", "127.0.0.1:" + shop.port())
        .replace("localhost:9464", "127.0.0.1:" + shop.server().metricsPort());
  }

  @Test
  void theEventsOfTheStoreAreWhatPrepareReads() throws Exception {
    List<String> events = new ArrayList<>();
    for (int u = 0; u < 5; u++) {
      for (int e = 0; e < 6; e++) {
        events.add(
            "{\"user\": \"u,%s\", \"item\": \"i%s\", \"time\": %s}"
                .formatted(u, (u + e) % 7, 1_704_067_200 + 86_400 * e));
      }
    }
    events.add("{\"user\": \"u,0\", \"item\": \"i40\", \"type\": \"impression\"}");
    try (ServedShop fresh = ServedShop.start()) {
      fresh.post("/v1/events", events.toString());
      Path file = folder.resolve("events.jsonl");
      Files.writeString(file, fresh.get("/v1/events/export").text());
      Dataset prepared =
          Preparation.of(Format.JSONL, file)
              .protocol(new Protocol(5, 1, Duplicates.REMOVE, 50, 0.05))
              .into(folder.resolve("data"));
      assertThat(prepared.users()).containsExactlyInAnyOrder("u,0", "u,1", "u,2", "u,3", "u,4");
      assertThat(prepared.histories().events()).isEqualTo(30);
      assertThat(prepared.histories().times()[0]).isEqualTo(1_704_067_200);
    }
  }

  @Test
  void theMetricsAreThoseThatAreNamed() throws Exception {
    String metrics;
    try (ServedShop limited = ServedShop.start("rate_per_second=2")) {
      limited.post("/v1/events", "{\"user\": \"u1\", \"item\": \"i1\"}");
      for (int i = 0; i < 5; i++) {
        limited.get("/v1/popular"); // so that lists and refusals are counted
      }
      metrics =
          shell("curl -sS http://127.0.0.1:" + limited.server().metricsPort() + "/metrics").out();
    }
    List<String> there =
        Pattern.compile("(?m)^# TYPE (\\S+)")
            .matcher(metrics)
            .results()
            .map(type -> type.group(1))
            .toList();
    List<String> named =
        METRIC.matcher(document()).results().map(metric -> metric.group(1)).distinct().toList();
    assertThat(named).containsExactlyInAnyOrderElementsOf(there);
  }

  @Test
  void everyKindOfProblemIsExplained() throws Exception {
    String text = document();
    for (Problem.Kind kind : Problem.Kind.values()) {
      if (kind != Problem.Kind.INTERNAL) {
        assertThat(text).contains("`" + kind.slug() + "`").contains("" + kind.status());
      }
    }
  }

  private record Result(int code, String out) {}

  private Result shell(String script) throws Exception {
    ProcessBuilder builder = new ProcessBuilder("bash", "-c", script).directory(folder.toFile());
    builder.environment().put("KEY", key);
    builder.redirectErrorStream(true);
    Process process = builder.start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Result(process.exitValue(), out);
  }
}
