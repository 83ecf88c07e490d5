package dev.horae.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.RawShop;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs that the documents show: they compile, run and recommend. */
class EmbeddingTest {

  private static final Path ROOT = Path.of("..");
  private static final Path EXAMPLE = ROOT.resolve("examples/embed");
  private static final Path SOURCE = EXAMPLE.resolve("src/main/java/shop/Embed.java");
  private static final String CLASS_PATH = System.getProperty("java.class.path");

  @TempDir Path folder;

  @Test
  void theExampleGoesFromTwoFilesToRecommendations() throws Exception {
    String classes = Files.createDirectory(folder.resolve("classes")).toString();
    String[] compile = {
      "-proc:none", "-Xlint:all,-path", "-cp", CLASS_PATH, "-d", classes, SOURCE.toString()
    };
    assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, compile)).isZero();
    RawShop.write(folder);
    File errors = folder.resolve("errors").toFile();
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-Xmx1g",
                "-cp",
                classes + File.pathSeparator + CLASS_PATH,
                "shop.Embed",
                folder.resolve("events.csv").toString(),
                folder.resolve("items.csv").toString(),
                folder.toString())
            .redirectError(errors)
            .start();
    List<String> lines =
        new String(process.getInputStream().readAllBytes(), UTF_8).lines().toList();
    assertThat(process.waitFor()).as(Files.readString(errors.toPath())).isZero();
    assertThat(lines)
        .hasSize(5)
        .allMatch(line -> line.matches("Scored\\[item=i\\d+, score=\\S+, cold=false]"))
        .noneMatch(line -> line.startsWith("Scored[item=i7,"));
  }

  @Test
  void theGuideShowsTheExample() throws IOException {
    String body = found("(?ms)main\\(String\\[] args\\) \\{\\n(.*?)^  }", SOURCE);
    assertThat(Files.readString(ROOT.resolve("docs/library.md")))
        .contains("```java\n" + body.replaceAll("(?m)^ {4}", "") + "```");
  }

  @Test
  void theReadmesLinesRunInJShell() throws Exception {
    List<String> lines =
        found("(?ms)^```java\\n(.*?)^```", ROOT.resolve("README.md"))
            .replace("runs/toys", TrainedShop.get().run().toString())
            .replace("B000IBPD76", "i3")
            .lines()
            .toList();
    assertThat(lines).hasSize(5);
    try (JShell shell = JShell.builder().executionEngine("local").build()) {
      shell.addToClasspath(CLASS_PATH);
      eval(shell, "import java.nio.file.*;"); // as the tool does
      eval(shell, "import java.util.*;");
      lines.subList(0, 3).forEach(line -> eval(shell, line));
      String items = lines.get(3).replace(".forEach(System.out::println)", ".size()");
      assertThat(eval(shell, items).value()).isEqualTo("5");
      eval(shell, lines.get(4));
    }
  }

  private static SnippetEvent eval(JShell shell, String line) {
    SnippetEvent event = shell.eval(line).get(0);
    assertThat(event.exception()).as(line).isNull();
    assertThat(event.status()).as(line).isEqualTo(Snippet.Status.VALID);
    return event;
  }

  @Test
  void versionsAreThoseOfTheBuild() throws IOException {
    Path pom = ROOT.resolve("pom.xml");
    String version = found("horae-parent</artifactId>\\s*<version>(.*?)</version>", pom);
    assertThat(Files.readString(EXAMPLE.resolve("pom.xml")))
        .contains("<artifactId>horae</artifactId>\n      <version>" + version + "</version>");
    assertThat(Files.readString(ROOT.resolve("docs/library.md")))
        .contains(
            "\"dev.horae:horae:" + version + "\"",
            ":pytorch:" + found("<pytorch.version>(.*?)<", pom) + ":",
            ":openblas:" + found("<openblas.version>(.*?)<", pom) + ":",
            ":javacpp:" + found("<javacpp.version>(.*?)<", pom) + ":");
  }

  /** A host has a logging of its own, and no need of a command line. */
  @Test
  void theLibraryBringsNoCommandLineAndNoLogging() throws IOException {
    assertThat(Files.readString(ROOT.resolve("core/pom.xml")))
        .contains("<artifactId>duckdb_jdbc</artifactId>")
        .doesNotContain("picocli", "slf4j", "logback", "log4j");
  }

  private static String found(String pattern, Path file) throws IOException {
    Matcher matcher = Pattern.compile(pattern).matcher(Files.readString(file));
    assertThat(matcher.find()).as(pattern).isTrue();
    return matcher.group(1);
  }
}
