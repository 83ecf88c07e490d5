package dev.horae.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
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

  private static String text(Path document) {
    try {
      return Files.readString(document);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
