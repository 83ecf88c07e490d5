package dev.horae.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/** The verb serve as a shell has it; what the server answers is tested where it is. */
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
class ServeCommandTest {

  private static TrainedShop shop;

  @TempDir Path folder;
  private Process process;

  @BeforeAll
  static void train() throws Exception {
    shop = TrainedShop.get();
  }

  @AfterEach
  void endWhatGoesOn() {
    if (process != null) {
      process.destroyForcibly();
    }
  }

  private String state() {
    return "state=" + folder.resolve("state");
  }

  private BufferedReader serve(String... settings) throws Exception {
    Object[] all = new Object[settings.length + 4];
    all[0] = "serve";
    all[1] = shop.run();
    all[2] = state();
    all[3] = "metrics_port=0";
    System.arraycopy(settings, 0, all, 4, settings.length);
    process = Program.of(folder, List.of(), all).redirectOutput(Redirect.PIPE).start();
    return new BufferedReader(
        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  private static HttpResponse<String> get(String address, String... headers) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address));
    for (int h = 0; h < headers.length; h += 2) {
      request.header(headers[h], headers[h + 1]);
    }
    return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void servesUntilItIsStopped() throws Exception {
    BufferedReader out = serve("port=0");
    String ready = out.readLine();
    assertThat(ready).matches("ready after \\d+\\.\\d s: http://127\\.0\\.0\\.1:\\d+/console/");
    String address = ready.replaceFirst(".*: (http.*)/console/", "$1");
    assertThat(out.readLine()).isEqualTo("try: curl " + address + "/v1/popular");
    String metrics = out.readLine().replace("metrics: ", "");
    assertThat(get(address + "/v1/recommend/u0?n=3").statusCode()).isEqualTo(200);
    assertThat(get(metrics).body())
        .contains("horae_http_requests_total{route=\"/v1/recommend/{user}\",status=\"200\"} 1.0");
    String line = out.readLine();
    assertThat(line)
        .contains("\"route\":\"/v1/recommend/{user}\"", "\"status\":200", "\"source\":\"popular\"")
        .doesNotContain("u0");
    Program.signal(process, "TERM");
    assertThat(process.waitFor()).isEqualTo(143);
    assertThat(Program.err(folder))
        .isEqualTo("stopped; the same command starts it again, with all events\n");
  }

  @Test
  void withoutAKeyOnlyThisMachineIsServedAndWithOneItIsNeeded() throws Exception {
    BufferedReader open = serve("port=0", "host=0.0.0.0", "log=");
    assertThat(open.readLine())
        .isEqualTo(
            "no key yet: listening on 127.0.0.1 alone, not on 0.0.0.0; make one with 'horae serve"
                + " RUN --new-key operator'");
    open.readLine();
    Program.signal(process, "TERM");
    process.waitFor();

    TrainedShop.Result made = TrainedShop.horae("serve", shop.run(), state(), "--new-key", "admin");
    assertThat(made.out()).matches("hk_[A-Za-z0-9_-]{43}\n");
    BufferedReader out = serve("port=0", "host=0.0.0.0", "log=");
    String address = out.readLine().replaceFirst(".*: (http.*)/console/", "$1");
    assertThat(get(address + "/v1/popular").statusCode()).isEqualTo(401);
    assertThat(
            get(address + "/v1/popular", "Authorization", "Bearer " + made.out().strip())
                .statusCode())
        .isEqualTo(200);
    TrainedShop.Result again =
        TrainedShop.horae(
            "serve", shop.run(), "state=" + folder.resolve("other"), "--new-key", "not a name");
    assertThat(again.code()).isEqualTo(2);
  }

  @Test
  void aTakenPortIsNamed() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      TrainedShop.Result result =
          TrainedShop.horae(
              "serve", shop.run(), state(), "port=" + taken.getLocalPort(), "metrics_port=-1");
      assertThat(result.err())
          .isEqualTo(
              "port = "
                  + taken.getLocalPort()
                  + " cannot be listened on at 127.0.0.1, as when another program does; choose"
                  + " another port, 0 takes a free one\n1 problem; nothing was run\n");
      assertThat(result.code()).isEqualTo(2);
    }
  }

  @Test
  void allSettingsArePrinted() throws Exception {
    TrainedShop.Result result = TrainedShop.horae("serve", shop.run(), "port=81", "--print-config");
    assertThat(result.out()).contains("port: 81", "# port of the API and the console");
    TrainedShop.Result wrong = TrainedShop.horae("serve", shop.run(), "port=99999");
    assertThat(wrong.code()).isEqualTo(2);
    assertThat(wrong.err()).contains("port = 99999 is no port; try 8080");
  }
}
