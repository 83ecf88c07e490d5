package dev.horae.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the launcher refuses before it builds or runs anything, and what it says without Java. */
class LauncherTest {

  private static final Path LAUNCHER = Path.of("..", "horae");

  @TempDir Path directory;

  private static void refused(int code, String message, String variable, String value)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder("sh", LAUNCHER.toString(), "--version");
    builder.environment().put("HORAE_JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put(variable, value);
    Process process = builder.start();
    assertThat(new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8))
        .isEqualTo(message + "\n");
    assertThat(process.waitFor()).isEqualTo(code);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nonsense", "8x", "0g", "8", "8gg", "8 g", "-5g", "1.5g"})
  void aHeapThatIsNoSize(String heap) throws Exception {
    refused(
        2,
        "horae: HORAE_HEAP=" + heap + " is no size; write it like 8g or 512m",
        "HORAE_HEAP",
        heap);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1m", "63m", "9M"})
  void aHeapThatNothingFitsInto(String heap) throws Exception {
    refused(
        2, "horae: HORAE_HEAP=" + heap + " is too small; give at least 64m", "HORAE_HEAP", heap);
  }

  @Test
  void aJdkThatIsNotThere() throws Exception {
    refused(
        2,
        "horae: HORAE_JAVA_HOME="
            + directory
            + " is no JDK 17 or newer; correct it, or unset it to take any that is found",
        "HORAE_JAVA_HOME",
        directory.toString());
  }

  @Test
  void aCacheThatCannotBeWritten() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "mine");
    refused(
        1,
        "horae: no library can be unpacked in "
            + file
            + ": missing, full, read-only or mounted noexec.\n"
            + "Set HORAE_CACHE to a directory with 2 GiB free whose file system may run programs.",
        "HORAE_CACHE",
        file.toString());
    assertThat(file).hasContent("mine");
  }

  /**
   * A launcher beside no sources, so that it builds nothing, with the class path of this process.
   */
  private Path installed() throws IOException {
    Path built = Files.createDirectories(directory.resolve("target/launcher"));
    Files.copy(LAUNCHER, directory.resolve("horae"));
    Files.writeString(built.resolve("classpath"), System.getProperty("java.class.path") + "\n");
    Files.writeString(built.resolve("help"), Main.help(false));
    Files.writeString(built.resolve("help-styled"), Main.help(true));
    return built;
  }

  private String printed(String... arguments) throws IOException, InterruptedException {
    return printed(Map.of(), arguments);
  }

  private String printed(Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("sh", directory.resolve("horae").toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("HORAE_JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("HORAE_CACHE", directory.resolve("cache").toString());
    builder.environment().putAll(environment);
    Process process = builder.start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(printed).isZero();
    return printed;
  }

  @Test
  void helpThatIsKeptIsWhatJavaPrints() throws Exception {
    Path built = installed();
    String kept = printed("--help");
    assertThat(List.of(printed("-h"), printed())).containsOnly(kept);
    Files.delete(built.resolve("help")); // an installation whose rehearsal failed
    assertThat(printed("--help")).isEqualTo(kept);
    assertThat(printed()).isEqualTo(kept);
    Files.writeString(built.resolve("help"), "kept");
    assertThat(printed("--help")).isEqualTo("kept");
    assertThat(printed("config", "--help")).startsWith("Usage: horae config ");
  }

  /** A process of this number lives nowhere: it is beyond the largest that Linux gives. */
  @Test
  void foldersOfDeadProcessesGoAndThoseOfOtherMachinesStay() throws Exception {
    installed();
    printed("--help");
    Path folders = directory.resolve("cache/horae-tmp");
    String own;
    try (Stream<Path> all = Files.list(folders)) {
      own = all.map(f -> f.getFileName().toString()).filter(f -> f.contains("-")).findAny().get();
    }
    String host = own.substring(0, own.lastIndexOf('-'));
    Path dead = Files.createDirectories(folders.resolve(host + "-4194305"));
    Path other = Files.createDirectories(folders.resolve(host + "-2-4194305"));
    printed("--help");
    assertThat(dead).doesNotExist();
    assertThat(other).exists();
    assertThat(folders.resolve(own)).doesNotExist();
  }

  /** As a service of the system has none. */
  @Test
  void aHomeIsNotNeeded() throws Exception {
    installed();
    ProcessBuilder builder =
        new ProcessBuilder("sh", directory.resolve("horae").toString(), "--help");
    builder.environment().put("HORAE_JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("HORAE_CACHE", directory.resolve("cache").toString());
    builder.environment().remove("HOME");
    Process process = builder.redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(printed).isEqualTo(Main.help(false));
    assertThat(process.waitFor()).isZero();
  }

  /** The program here prints what it is called with. */
  @Test
  void aClusterThatNeedsADistributionOfSparkIsLeftToItsClient() throws Exception {
    Path jar = installed().toRealPath().resolve("spark-all.jar");
    Path client = Files.createDirectories(directory.resolve("spark/bin")).resolve("spark-submit");
    Files.writeString(client, "#!/bin/sh\necho \"$SPARK_SUBMIT_OPTS\"\nprintf '%s\\n' \"$@\"\n");
    assertThat(client.toFile().setExecutable(true)).isTrue();
    Path root = directory.toRealPath();
    assertThat(
            printed(
                Map.of(
                    "SPARK_HOME",
                    directory.resolve("spark").toString(),
                    "SPARK_SUBMIT_OPTS",
                    "-Da=b"),
                "spark",
                "count",
                "hdfs:///a data",
                "--master",
                "yarn"))
        .isEqualTo(
            """
            "-Dlog4j2.configurationFile=%s/spark/src/main/resources/dev/horae/spark/log4j2.properties" -Da=b
            --master
            yarn
            --class
            dev.horae.spark.SparkMain
            %s
            count
            hdfs:///a data
            --master
            yarn
            """
                .formatted(root, jar));
  }

  @Test
  void aTerminalThatShowsStylesGetsThem() {
    assertThat(Main.help(true)).contains("\u001b[1m").isNotEqualTo(Main.help(false));
    assertThat(Main.help(true).replaceAll("\u001b\\[[0-9;]*m", "")).isEqualTo(Main.help(false));
  }
}
