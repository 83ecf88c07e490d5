package dev.horae.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.run.Training;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.deploy.SparkSubmit;
import org.apache.spark.deploy.master.Master;
import org.apache.spark.deploy.worker.Worker;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A cluster of processes: a master, two workers with one executor each, and {@code spark-submit}
 * with our jar. Of our libraries these processes have that jar alone.
 */
class StandaloneIT {

  /** So many tasks that most are not yet begun when the first has ended. */
  private static final int TASKS = 60;

  private static final Pattern MASTER = Pattern.compile("Starting Spark master at (spark://\\S+)");

  /** Of the class path, what Spark itself does not have; our modules also from a reactor. */
  private static final Pattern OURS =
      Pattern.compile(
          ".*/horae(-[a-z]+)?-[0-9][^/]*[.]jar"
              + "|.*/(horae|bytedeco|duckdb|langchain4j|onnxruntime|djl|jna|twelvemonkeys|webp-imageio"
              + "|kotlin|snakeyaml|jmustache|picocli|junit[^/]*|assertj|opentest4j|surefire)/.*");

  private static final Path TEST_CLASSES = Path.of("target/test-classes").toAbsolutePath();

  @TempDir static Path clusterFolder;

  private static final List<Process> PROCESSES = new ArrayList<>();
  private static Path home;
  private static String master;

  @TempDir Path folder;

  @BeforeAll
  static void startCluster() throws IOException {
    home = sparkHome();
    master = startMaster();
    for (String name : List.of("first", "second")) {
      start(
          clusterFolder,
          Worker.class,
          name,
          "--host",
          "localhost",
          "--cores",
          "1",
          "--memory",
          "512m",
          "--webui-port",
          "0",
          "--work-dir",
          clusterFolder.resolve(name).toString(),
          master);
    }
  }

  @AfterAll
  static void stop() {
    for (Process process : PROCESSES) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().onExit().join();
    }
  }

  /** {@return a directory as {@code SPARK_HOME} is, of the artefacts of the class path} */
  private static Path sparkHome() throws IOException {
    Path jars = Files.createDirectories(Path.of("target/spark-home/jars").toAbsolutePath());
    try (Stream<Path> old = Files.list(jars)) {
      for (Path link : old.toList()) {
        Files.delete(link);
      }
    }
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path jar = Path.of(entry);
      if (entry.endsWith(".jar") && !OURS.matcher(entry).matches()) {
        Files.createSymbolicLink(jars.resolve(jar.getFileName()), jar);
      }
    }
    return jars.getParent();
  }

  /** A process of Spark's, whose standard error goes to a file of the name, or is to be read. */
  private static Process start(Path folder, Class<?> main, String name, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(System.getProperty("spark.jvm").split(" ")));
    command.addAll(List.of("-Xmx640m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    String more = main == SparkSubmit.class ? ":" + TEST_CLASSES : ""; // with KillFirstExecutor
    command.addAll(List.of("-cp", home.resolve("jars") + "/*" + more, main.getName()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().put("SPARK_HOME", home.toString());
    builder.environment().put("SPARK_SCALA_VERSION", "2.13"); // as a distribution's scripts do
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    builder.redirectOutput(folder.resolve(name + ".out").toFile());
    if (main != Master.class) {
      builder.redirectError(folder.resolve(name + ".err").toFile());
    }
    Process process = builder.start();
    PROCESSES.add(process);
    return process;
  }

  /** {@return its address} */
  private static String startMaster() throws IOException {
    Process process =
        start(
            clusterFolder,
            Master.class,
            "master",
            "--host",
            "localhost",
            "--port",
            "0",
            "--webui-port",
            "0");
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8));
    Matcher found = MASTER.matcher("");
    StringBuilder read = new StringBuilder();
    while (!found.find()) {
      String line = lines.readLine();
      assertThat(line).as("a line with its address after %s", read).isNotNull();
      read.append(line).append('\n');
      found.reset(line);
    }
    Thread rest = new Thread(() -> lines.lines().forEach(line -> {}), "output of the master");
    rest.setDaemon(true);
    rest.start();
    return found.group(1);
  }

  private static Map<String, List<String>> read(Path answers) {
    SparkSession spark = ClusterTest.local().session("test");
    Map<String, List<String>> read = new TreeMap<>();
    for (Row row : spark.read().parquet(answers.toString()).collectAsList()) {
      read.put(row.getString(0), row.getList(1));
    }
    return read;
  }

  /** Runs a verb to its end; {@return what it said on standard error} */
  private String submit(List<String> settings, List<String> verb) throws Exception {
    List<String> words = new ArrayList<>();
    words.addAll(List.of("--master=" + master, "--class=" + SparkMain.class.getName()));
    words.addAll(List.of("--conf=spark.executor.memory=512m", "--conf=spark.executor.cores=1"));
    words.addAll(settings);
    words.add(System.getProperty("spark.jar"));
    words.addAll(verb);
    Process driver = start(folder, SparkSubmit.class, "driver", words.toArray(String[]::new));
    assertThat(driver.waitFor(3, TimeUnit.MINUTES)).isTrue();
    String said = Files.readString(folder.resolve("driver.err"));
    assertThat(driver.exitValue()).as(said).isZero();
    return said;
  }

  @Test
  void nodesOnTwoExecutorsGiveTheBitsOfOneProcess() throws Exception {
    TrainedShop shop = TrainedShop.get();
    Path run = folder.resolve("run");
    List<String> settings =
        List.of("model.hidden_size=16", "model.inner_size=32", "train.epochs=1");
    List<String> verb = new ArrayList<>(List.of("train", "--nodes=2", "--out=" + run));
    verb.addAll(List.of("--data=" + shop.data().directory(), "model.type=sasrec"));
    verb.addAll(settings);
    String options =
        "--conf=spark.executor.extraJavaOptions=-XX:+UseSerialGC -XX:TieredStopAtLevel=1";
    submit(List.of(options), verb);

    Path same = folder.resolve("same");
    List<String> alone = new ArrayList<>(settings);
    alone.add("train.workers=2");
    Training.run(shop.data(), "sasrec", same, alone.toArray(String[]::new));
    assertThat(TrainCommandTest.weights(run)).isEqualTo(TrainCommandTest.weights(same));
  }

  @Test
  void anExecutorThatIsKilledInTheMiddleLosesNothing() throws Exception {
    TrainedShop shop = TrainedShop.get();
    Path report = folder.resolve("report");
    Path answers = folder.resolve("answers");
    List<String> settings =
        List.of(
            "--conf=spark.extraListeners=" + KillFirstExecutor.class.getName(),
            "--conf=spark.horae.report=" + report,
            "--conf=spark.horae.tasks=" + TASKS,
            "--conf=spark.executor.extraJavaOptions=-Dhorae.report="
                + report
                + " -XX:+UseSerialGC -XX:TieredStopAtLevel=1");
    List<String> verb =
        List.of(
            "batch-score",
            shop.run().toString(),
            "--data",
            shop.data().directory().toString(),
            "--output",
            answers.toString(),
            "--partitions=" + TASKS);
    String said = submit(settings, verb);
    List<String> notes = Files.readAllLines(report);
    assertThat(notes).as(said).hasSizeGreaterThan(1).first().asString().startsWith("killed ");
    assertThat(notes.get(1)).isEqualTo(notes.get(0).replace("killed", "removed"));

    Path same = folder.resolve("same");
    List<String> local = new ArrayList<>(verb);
    local.set(5, same.toString());
    local.add("--master=local[2]");
    assertThat(
            SparkMain.run(
                new PrintWriter(new StringWriter()),
                new PrintWriter(new StringWriter()),
                local.toArray(String[]::new)))
        .isZero();
    assertThat(read(answers)).hasSize(60).isEqualTo(read(same));
  }
}
