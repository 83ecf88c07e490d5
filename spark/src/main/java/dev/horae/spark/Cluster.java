package dev.horae.spark;

import static java.util.stream.Collectors.joining;

import dev.horae.config.ConfigException;
import dev.horae.shell.CommandText;
import dev.horae.shell.Console;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Option;

/** The options that say where a verb runs, and the session there. */
final class Cluster {

  /** The jar that executors need, set by the launcher; {@code spark-submit} brings its own. */
  private static final String JAR = "horae.spark.jar";

  /**
   * Of an executor's process: libtorch is fastest with one thread per call, and glibc is not to
   * give back what the next batch asks for again; see the launcher.
   */
  private static final Map<String, String> ENVIRONMENT =
      Map.of(
          "OMP_NUM_THREADS", "1",
          "OMP_WAIT_POLICY", "passive",
          "MALLOC_ARENA_MAX", "2",
          "MALLOC_TRIM_THRESHOLD_", "1073741824");

  private static final String PLUGINS = "spark.plugins";

  private static final String TASK_CORES = "spark.task.cpus";

  private static final String NATIVES =
      "-Dorg.bytedeco.javacpp.nopointergc=true -Dorg.bytedeco.javacpp.maxphysicalbytes=0"
          + " -Dfile.encoding=UTF-8";

  /** Hadoop 3.4, which Spark 4.1 brings, calls what newer ones refuse (Subject.getSubject). */
  private static final int NEWEST_JAVA = 22;

  @Option(
      names = "--master",
      paramLabel = "URL",
      description =
          "Where to run: local[N] (N threads of this process), local[*] (all cores),"
              + " spark://HOST:PORT, yarn or k8s://URL. Default: what spark-submit says.")
  String master;

  @Option(
      names = "--conf",
      paramLabel = "KEY=VALUE",
      description = "A setting of Spark's, such as spark.executor.memory=8g. May be repeated.")
  Map<String, String> settings = new TreeMap<>();

  /**
   * Starts Spark, or takes what runs in this process. Only to be called when all arguments have
   * been checked: on a cluster this takes up to a minute.
   *
   * @param job its name, as Spark's pages show it
   */
  SparkSession session(String job) {
    return SparkSession.builder().config(configuration(job)).getOrCreate();
  }

  /** Refuses what can never work, without a session. */
  void check() {
    requireJava(Runtime.version().feature());
    SparkConf known = new SparkConf();
    if (master == null && !known.contains("spark.master")) {
      throw new ConfigException("--master is missing: say where to run, such as --master local[2]");
    }
    if (master != null
        && !master.matches(
            "local(\\[(\\*|[1-9][0-9]*)\\])?|(spark|k8s)://.+|yarn|local-cluster.*")) {
      throw new ConfigException(
          "--master "
              + master
              + " is none of local[N], local[*], spark://HOST:PORT, yarn and k8s://URL");
    }
    Shuffles.check(
        settings.getOrDefault(Shuffles.PARTITIONS, known.get(Shuffles.PARTITIONS, null)));
  }

  static void requireJava(int version) {
    if (version > NEWEST_JAVA) {
      throw new ConfigException(
          "Java "
              + version
              + ": Spark 4.1 runs on Java 17 to "
              + NEWEST_JAVA
              + "; set HORAE_JAVA_HOME to such a JDK, as only this verb needs it");
    }
  }

  /** {@return how many cores a task has} */
  int taskCores() {
    String cores = settings.getOrDefault(TASK_CORES, new SparkConf().get(TASK_CORES, "1")).strip();
    if (!cores.matches("[1-9][0-9]{0,4}")) {
      throw new ConfigException(
          TASK_CORES + " = " + cores + " is no number of cores; 1 is Spark's own");
    }
    return Integer.parseInt(cores);
  }

  /** {@return the options as they were given, each behind a blank, for a command to type} */
  String words() {
    List<String> words = new ArrayList<>();
    if (master != null) {
      words.addAll(List.of("--master", master));
    }
    settings.forEach((key, value) -> words.addAll(List.of("--conf", key + "=" + value)));
    return words.stream().map(word -> " " + CommandText.quoted(word)).collect(joining());
  }

  /** What the user sets stands before what we set. */
  private SparkConf configuration(String job) {
    SparkConf conf = new SparkConf().setAppName("horae " + job);
    if (master != null) {
      conf.setMaster(master);
    }
    settings.forEach(conf::set);
    if (conf.get("spark.master").startsWith("local")) {
      conf.setIfMissing("spark.ui.enabled", "false");
      conf.setIfMissing("spark.driver.host", "localhost");
      conf.setIfMissing("spark.driver.bindAddress", "127.0.0.1");
    }
    if (System.getProperty(JAR) != null && !conf.get("spark.master").startsWith("local")) {
      conf.setIfMissing("spark.jars", System.getProperty(JAR));
    }
    conf.setIfMissing("spark.ui.showConsoleProgress", Boolean.toString(Console.columns() > 0));
    conf.setIfMissing("spark.sql.session.timeZone", "UTC");
    String plugins = conf.get(PLUGINS, "");
    conf.set(PLUGINS, (plugins.isEmpty() ? "" : plugins + ",") + DriverLines.class.getName());
    conf.setIfMissing(
        "spark.driver.maxResultSize", "0"); // of encode, which writes them as they come
    conf.setIfMissing("spark.sql.parquet.compression.codec", "zstd");
    ENVIRONMENT.forEach((name, value) -> conf.setIfMissing("spark.executorEnv." + name, value));
    conf.set(
        "spark.executor.extraJavaOptions",
        (NATIVES + " " + conf.get("spark.executor.extraJavaOptions", "")).strip());
    return conf;
  }
}
