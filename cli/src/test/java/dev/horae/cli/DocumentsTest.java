package dev.horae.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.horae.run.RunDirectory;
import dev.horae.run.RunReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the README and the guide tell people to type, and where they point. */
class DocumentsTest {

  /** The root of the project: tests run in the module. */
  private static final Path ROOT = Path.of("..");

  private static final int WIDTH = 120;

  private static final Pattern SHELL = Pattern.compile("(?ms)^```sh\\n(.*?)^```");
  private static final Pattern CODE = Pattern.compile("(?ms)^```.*?^```");
  private static final Pattern INLINE = Pattern.compile("`(?:\\./)?horae\\s+([a-z-]+)[^`]*`");
  private static final Pattern LINK = Pattern.compile("\\]\\((?!https?:)([^)#\\s]+)[^)]*\\)");

  /** Words of a command line; quotation marks hold blanks together. */
  private static final Pattern WORD = Pattern.compile("'([^']*)'|\"([^\"]*)\"|([^\\s'\"]+)");

  static List<Path> documents() throws IOException {
    List<Path> documents = new ArrayList<>();
    for (Path folder : List.of(ROOT, ROOT.resolve("docs"))) {
      try (Stream<Path> files = Files.list(folder)) {
        files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(documents::add);
      }
    }
    return documents;
  }

  private static List<String> commands(Path document) {
    List<String> commands = new ArrayList<>();
    Matcher block = SHELL.matcher(text(document));
    while (block.find()) {
      block.group(1).replace("\\\n", " ").lines().map(String::strip).forEach(commands::add);
    }
    return commands;
  }

  static Stream<String> verbs() throws IOException {
    return documents().stream()
        .flatMap(document -> commands(document).stream())
        .filter(command -> command.startsWith("./horae "))
        .filter(command -> !command.startsWith("./horae spark ")) // its own module looks at those
        .distinct();
  }

  @ParameterizedTest
  @MethodSource("verbs")
  void everyCommandIsUnderstood(String command) {
    String[] words =
        WORD.matcher(command.replaceFirst("^./horae ", "").replaceFirst(" +[>#|].*", ""))
            .results()
            .map(MatchResult::group)
            .map(word -> word.replaceAll("^['\"]|['\"]$", ""))
            .toArray(String[]::new);
    assertThatCode(() -> Main.commandLine().parseArgs(words)).doesNotThrowAnyException();
  }

  /** A command within a sentence may be cut short, but what it begins with exists. */
  @ParameterizedTest
  @MethodSource("documents")
  void everyVerbInASentenceExists(Path document) {
    assertThat(INLINE.matcher(CODE.matcher(text(document)).replaceAll("")).results())
        .map(command -> command.group(1))
        .filteredOn(word -> !word.startsWith("-"))
        .isSubsetOf(Main.commandLine().getSubcommands().keySet());
  }

  @Test
  void theTwoSetUpCommandsAreThere() {
    assertThat(commands(ROOT.resolve("README.md"))).startsWith("./horae demo", "mvn verify");
  }

  @Test
  void theGuideNamesEveryPageAndEveryVerb() throws IOException {
    String guide = text(ROOT.resolve("docs/README.md"));
    assertThat(documents())
        .filteredOn(page -> page.getParent().endsWith("docs") && !page.endsWith("README.md"))
        .allSatisfy(page -> assertThat(guide).contains("](" + page.getFileName() + ")"));
    assertThat(Main.commandLine().getSubcommands().keySet())
        .filteredOn(verb -> !verb.equals("help") && !verb.equals("version"))
        .allSatisfy(verb -> assertThat(guide).contains("`" + verb + "`"));
  }

  @Test
  void theClassesOfTheArchitectureExist() {
    List<String> names =
        Pattern.compile("`([a-z]+\\.[A-Z]\\w+)`")
            .matcher(text(ROOT.resolve("docs/architecture.md")))
            .results()
            .map(match -> "dev.horae." + match.group(1))
            .distinct()
            .toList();
    assertThat(names)
        .hasSizeGreaterThan(20)
        .allSatisfy(type -> assertThatCode(() -> Class.forName(type)).doesNotThrowAnyException());
  }

  @ParameterizedTest
  @MethodSource("documents")
  void linksLeadSomewhere(Path document) {
    assertThat(LINK.matcher(text(document)).results().map(link -> link.group(1)))
        .allSatisfy(link -> assertThat(document.resolveSibling(link)).exists());
  }

  /**
   * Tables and code are as wide as they must be; {@code java .ci/Wrap.java FILE} wraps the rest.
   */
  @ParameterizedTest
  @MethodSource("documents")
  void linesAreNotTooWide(Path document) {
    assertThat(CODE.matcher(text(document)).replaceAll("").lines())
        .filteredOn(line -> !line.startsWith("|"))
        .allMatch(line -> line.codePointCount(0, line.length()) <= WIDTH);
  }

  /** Where there is a POSIX shell; the launcher needs one too. */
  @Test
  void thePageOfResultsIsMadeOfItsTables() throws IOException, InterruptedException {
    Process written =
        new ProcessBuilder("sh", ROOT.resolve("docs/results.sh").toString(), "write")
            .redirectErrorStream(true)
            .start();
    String page = new String(written.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(written.waitFor()).isZero();
    assertThat(page).isEqualTo(text(ROOT.resolve("docs/results.md")));
  }

  /** Of a search, and of those of its runs whose test targets are ranked. */
  @Test
  void whatASearchFoundIsCollected(@TempDir Path folder) throws IOException, InterruptedException {
    Path script = Files.copy(ROOT.resolve("docs/results.sh"), folder.resolve("results.sh"));
    Path tables = Files.createDirectory(folder.resolve("results"));
    Path run = folder.resolve("out/tune/runs/toys/trial-0009/seed-2025");
    Files.createDirectories(run);
    TrainedShop shop = TrainedShop.get();
    Files.copy(shop.run().resolve("metrics.json"), run.resolve("metrics.json"));
    Files.writeString(
        folder.resolve("out/tune/leaderboard.csv"),
        """
        rank,trial,valid ndcg@20,epochs,rung,model.interactive_experts,model.temporal_experts,model.tau,\
        model.lambda_idcl,model.lambda_pcl,model.beta
        1,9,0.077811,27,4,6.0,12.0,0.7,1.5,0.1,0.4
        2,1,0.07752,29,4,4.0,4.0,0.2,0.5,0.3,0.3
        3,11,0.074589,12,2,8.0,12.0,0.5,1.5,0.1,0.4
        """);
    Process process =
        new ProcessBuilder("sh", script.toString(), "collect", folder.resolve("out").toString())
            .inheritIO()
            .start();
    assertThat(process.waitFor()).isZero();
    RunReport report = RunDirectory.open(shop.run()).report().orElseThrow();
    String figures =
        String.format(
            Locale.ROOT,
            "%.4f,%.4f,%.4f,%.4f",
            report.test().get("ndcg@5"),
            report.test().get("ndcg@10"),
            report.maskedTest().get("ndcg@10"),
            report.diagnostics().get("history_share_of_top_10"));
    assertThat(Files.readAllLines(tables.resolve("tuned.csv")))
        .endsWith("6,12,0.7,1.5,0.1,0.4,0.0778,27," + figures, "4,4,0.2,0.5,0.3,0.3,0.0775,29,,,,")
        .hasSize(1 + 2);
    assertThat(folder.resolve("results.md"))
        .content()
        .contains(
            "\n| 6 | 12 | .7 | 1.5 | .1 | .4 | 0.0778 | " + figures.substring(0, 6) + " | ",
            "\n| 4 | 4 | .2 | .5 | .3 | .3 | 0.0775 | – | – | – | – | 29 |\n");
  }

  private static String text(Path document) {
    try {
      return Files.readString(document);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
