package dev.horae.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.prep.PreparedDataset;
import dev.horae.run.RunDirectory;
import dev.horae.run.Training;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
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

  private static final int FILES = 2; // of events: both executors read some

  // Tasks of stages, so many that some are not yet begun when the first has ended.
  private static final int SHUFFLED = 7;
  private static final int SCORED = 60;

  private static final String SMALL_JVM = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1";

  private static final Pattern MASTER = Pattern.compile("Starting Spark master at (spark://\\S+)");

  /** Of the class path, what Spark itself does not have; our modules also from a reactor. */
  private static final Pattern OURS =
      Pattern.compile(
          ".*/horae(-[a-z]+)?-[0-9][^/]*[.]jar"
              + "|.*/(horae|bytedeco|duckdb|langchain4j|onnxruntime|djl|jna|twelvemonkeys|webp-imageio"
              + "|kotlin|snakeyaml|jmustache|picocli|hadoop-client-minicluster|junit[^/]*|assertj|archunit|opentest4j|surefire)/.*");

  private static final Path TEST_CLASSES = Path.of("target/test-classes").toAbsolutePath();

  private static final Path LOG =
      Path.of("target/classes/dev/horae/spark/log4j2.properties").toAbsolutePath();

  private static final List<Process> PROCESSES = new ArrayList<>();

  /** Of the cluster, which the tests share. */
  @TempDir static Path shared;

  private static Path home;
  private static String master;

  @TempDir Path folder;

  @BeforeAll
  static void startCluster() throws IOException {
    home = sparkHome();
    master = master();
    for (String name : List.of("first", "second")) {
      String words = "--host localhost --cores 1 --memory 512m --webui-port 0 --work-dir ";
      List<String> all = new ArrayList<>(List.of((words + shared.resolve(name)).split(" ")));
      all.add(master);
      start(Worker.class, shared.resolve(name + ".log"), all.toArray(String[]::new));
    }
  }

  @AfterAll
  static void stopCluster() {
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

  /** A process of Spark's, which works in the folder of its log; a master's is to be read. */
  private static Process start(Class<?> main, Path log, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(System.getProperty("spark.jvm").split(" ")));
    command.add("-Xmx640m");
    command.addAll(List.of(SMALL_JVM.split(" ")));
    String more = "";
    if (main == SparkSubmit.class) {
      more = ":" + TEST_CLASSES; // with KillExecutors
      command.add("-Dlog4j2.configurationFile=" + LOG); // as the launcher
    }
    command.addAll(List.of("-cp", home.resolve("jars") + "/*" + more, main.getName()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(log.getParent().toFile());
    builder.environment().put("SPARK_HOME", home.toString());
    builder.environment().put("SPARK_SCALA_VERSION", "2.13"); // as a distribution's scripts do
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    builder.redirectErrorStream(true);
    if (main != Master.class) {
      builder.redirectOutput(log.toFile());
    }
    Process process = builder.start();
    PROCESSES.add(process);
    return process;
  }

  private static String master() throws IOException {
    Process process =
        start(
            Master.class,
            shared.resolve("master.log"),
            "--host localhost --port 0 --webui-port 0".split(" "));
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
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

  /**
   * Starts a driver.
   *
   * @param main its class
   * @param options of the executors' Java
   */
  private Process driver(
      Class<?> main, String options, List<String> settings, List<String> arguments)
      throws IOException {
    List<String> words = new ArrayList<>();
    words.addAll(List.of("--master=" + master, "--class=" + main.getName()));
    words.addAll(List.of("--conf=spark.executor.memory=512m", "--conf=spark.executor.cores=1"));
    words.add("--conf=spark.executor.extraJavaOptions=" + options + " " + SMALL_JVM);
    words.addAll(settings);
    words.add(System.getProperty("spark.jar"));
    words.addAll(arguments);
    return start(SparkSubmit.class, folder.resolve("driver.log"), words.toArray(String[]::new));
  }

  /** {@return what a driver has printed when it has ended} */
  private String end(Process driver, int code) throws Exception {
    assertThat(driver.waitFor(3, TimeUnit.MINUTES)).isTrue();
    String said = Files.readString(folder.resolve("driver.log"));
    assertThat(driver.exitValue()).as(said).isEqualTo(code);
    return said;
  }

  @Test
  void aTrainingWhoseExecutorIsKilledGoesOnToTheBitsOfOneProcess() throws Exception {
    TrainedShop shop = TrainedShop.get();
    Path run = folder.resolve("run");
    String mark = "-Dhorae.report=" + run;
    List<String> verb = new ArrayList<>(List.of("train", "--nodes=2", "--out=" + run));
    verb.addAll(List.of("--data=" + shop.data().directory(), "model.type=sasrec"));
    verb.addAll(List.of("model.hidden_size=16", "model.inner_size=32"));
    verb.addAll(List.of("train.epochs=100000", "train.patience=100000"));
    Process driver = driver(SparkMain.class, mark, List.of(), verb);
    Path log = folder.resolve("driver.log");
    while (!Files.readString(log).startsWith("epoch 1 of 100000: valid ndcg@20 ")
        && !driver.waitFor(50, TimeUnit.MILLISECONDS)) {
      // it looks again
    }
    assertThat(KillExecutors.kill(run, "0")).isTrue();
    assertThat(end(driver, 1))
        .containsPattern("\nnode [01]: (lost its executor: |node [01] lost node [01])")
        .endsWith(
            "\nall nodes have stopped; go on with: horae spark train --resume %s --nodes 2\n"
                .formatted(run));

    String epochs = "train.epochs=" + (RunDirectory.open(run).epochs() + 1);
    List<String> again = List.of("train", "--nodes=2", "--resume=" + run, epochs);
    end(driver(SparkMain.class, mark, List.of(), again), 0);
    Path same = folder.resolve("same");
    Training.run(
        shop.data(),
        "sasrec",
        same,
        "model.hidden_size=16",
        "model.inner_size=32",
        "train.patience=100000",
        "train.workers=2",
        epochs);
    assertThat(TrainCommandTest.weights(run)).isEqualTo(TrainCommandTest.weights(same));
  }

  /** {@return the arguments of several verbs as {@link SeveralVerbs} takes them} */
  private static List<String> several(List<List<String>> verbs) {
    List<String> words = new ArrayList<>();
    for (List<String> verb : verbs) {
      words.addAll(verb);
      words.add(".");
    }
    return words;
  }

  /** {@return files that together have the shop's events, in their order} */
  private List<String> events(TrainedShop shop) throws IOException {
    List<String> lines = Files.readAllLines(shop.folder().resolve("shop/events.csv"));
    int rows = lines.size() - 1;
    List<String> files = new ArrayList<>();
    for (int i = 0; i < FILES; i++) {
      List<String> part = new ArrayList<>(lines.subList(0, 1));
      part.addAll(lines.subList(1 + i * rows / FILES, 1 + (i + 1) * rows / FILES));
      files.add(Files.write(folder.resolve("events-" + i + ".csv"), part).toString());
    }
    return files;
  }

  /** A shop's way from raw files to answers, on which each verb loses an executor. */
  @Test
  void executorsThatAreKilledInTheMiddleLoseNothing() throws Exception {
    TrainedShop shop = TrainedShop.get();
    Path data = folder.resolve("data");
    Path answers = folder.resolve("answers");
    Path raw = shop.folder().resolve("shop");
    List<String> prepare = new ArrayList<>(List.of("prepare", "--format=csv", "--out=" + data));
    prepare.addAll(
        List.of("--items=" + raw.resolve("items.csv"), "--images=" + raw.resolve("images")));
    prepare.addAll(List.of("--min-user-events=5", "--min-item-events=1", "--max-rejects=0.05"));
    prepare.add("--conf=spark.sql.shuffle.partitions=" + SHUFFLED);
    prepare.add("--events");
    prepare.addAll(events(shop));
    List<String> score =
        List.of(
            "batch-score",
            shop.run().toString(),
            "--data=" + data,
            "--output=" + answers,
            "--partitions=" + SCORED);
    Path report = folder.resolve("report");
    List<Integer> stages = List.of(SHUFFLED, SCORED);
    List<String> settings =
        List.of(
            "--conf=spark.extraListeners=" + KillExecutors.class.getName(),
            "--conf=spark.horae.report=" + report,
            "--conf=spark.horae.tasks=" + SHUFFLED + "," + SCORED);
    String mark = "-Dhorae.report=" + report;
    List<String> verbs = several(List.of(prepare, score));
    String said = end(driver(SeveralVerbs.class, mark, settings, verbs), 0);

    List<String> notes = Files.readAllLines(report);
    List<String> killed = notes.stream().filter(note -> note.startsWith("killed ")).toList();
    assertThat(killed).as(said).hasSize(stages.size());
    for (int i = 0; i < killed.size(); i++) {
      assertThat(killed.get(i)).endsWith(" in " + stages.get(i) + " tasks");
      assertThat(notes).contains("removed " + killed.get(i).split(" ")[1]);
    }
    assertThat(PreparedDataset.open(data).manifest().hashes())
        .isEqualTo(shop.data().manifest().hashes());
    Path undisturbed = folder.resolve("undisturbed");
    Verb.done(
        "batch-score", shop.run(), "--data", data, "--output", undisturbed, "--master=local[2]");
    assertThat(read(answers)).hasSize(60).isEqualTo(read(undisturbed));
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left.filter(path -> path.getFileName().toString().startsWith("."))).isEmpty();
    }
  }
}
