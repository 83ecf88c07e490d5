package dev.horae.cli;

import dev.horae.bench.SyntheticData;
import dev.horae.bench.SyntheticData.Shape;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PipedReader;
import java.io.PipedWriter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Uses the verbs once, on a few made-up events, so that the launcher can keep the classes that they
 * load in an archive of the JVM's: whoever starts one of them later need not read, check and link
 * these classes again. What it prints is of no interest; that it ends with 0 is. Beside that it
 * writes what {@code --help} prints, with and without styles, for which no JVM need start then.
 */
final class Rehearsal {

  private static final Shape SHAPE = new Shape("rehearsal", 60, 40, 480, Map.of());

  private static final int MOST_MINUTES = 3;

  private Rehearsal() {}

  /**
   * @param arguments an empty directory, where {@code help} and {@code help-styled} are then
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    endAfter(MOST_MINUTES);
    Path folder = Path.of(arguments[0]);
    Path events = folder.resolve("events.csv");
    Path items = folder.resolve("items.csv");
    SyntheticData.generate(SHAPE, 1).write(events, items);
    Path data = folder.resolve("data");
    Path run = folder.resolve("run");
    verb("--help");
    Files.writeString(folder.resolve("help"), Main.help(false));
    Files.writeString(folder.resolve("help-styled"), Main.help(true));
    verb("prepare", "--format", "csv", "--events", events, "--items", items, "--out", data);
    verb(
        "train",
        "--data",
        data,
        "--out",
        run,
        "model.type=horae",
        "model.tower=hm4sr",
        "model.second_tower=none",
        "train.epochs=1",
        "text=none");
    verb("recommend", run, "--history", "i1,i2", "--explain");
    verb("recommend", run, "--history", "i1,i2", "--json");
    serve(run, folder.resolve("state"));
    System.exit(0); // the server ends as on a signal
  }

  /** Nobody should wait for what only saves time. */
  private static void endAfter(int minutes) {
    Thread watch =
        new Thread(
            () -> {
              try {
                TimeUnit.MINUTES.sleep(minutes);
                Runtime.getRuntime().halt(1);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "watch");
    watch.setDaemon(true);
    watch.start();
  }

  private static void verb(Object... words) {
    StringWriter said = new StringWriter();
    PrintWriter print = new PrintWriter(said);
    if (Main.run(print, print, texts(words)) != 0) {
      System.err.println(Arrays.toString(words) + ": " + said);
      System.exit(1);
    }
  }

  private static String[] texts(Object... words) {
    return Arrays.stream(words).map(Object::toString).toArray(String[]::new);
  }

  private static void serve(Path run, Path state) throws IOException, InterruptedException {
    PipedWriter said = new PipedWriter();
    BufferedReader lines = new BufferedReader(new PipedReader(said));
    PrintWriter out = new PrintWriter(said);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    String[] words = texts("serve", run, "port=0", "metrics_port=0", "log=", "state=" + state);
    Thread server =
        new Thread(
            () -> {
              if (Main.run(out, err, words) != 0) {
                System.exit(1);
              }
            },
            "server");
    server.setDaemon(true);
    server.start();
    Matcher ready = Pattern.compile("ready after .*: (http://.*)/console/").matcher("");
    while (!ready.reset(lines.readLine()).matches()) {}
    ask(ready.group(1));
  }

  private static void ask(String server) throws IOException, InterruptedException {
    HttpClient client = HttpClient.newHttpClient();
    for (String path :
        new String[] {"/health/ready", "/console/", "/v1/popular", "/v1/items?q=1", "/v1/models"}) {
      HttpRequest get = HttpRequest.newBuilder(URI.create(server + path)).build();
      client.send(get, BodyHandlers.discarding());
    }
    Map<String, String> posts =
        Map.of(
            "/v1/recommend",
                "{\"history\": [\"i1\", \"i2\"], \"filter\": \"events > 0\", \"n\": 5}",
            "/v1/events", "[{\"user\": \"u\", \"item\": \"i1\", \"type\": \"view\"}]");
    for (Map.Entry<String, String> post : posts.entrySet()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(server + post.getKey()))
              .header("Content-Type", "application/json")
              .POST(BodyPublishers.ofString(post.getValue()))
              .build();
      client.send(request, BodyHandlers.discarding());
    }
  }
}
