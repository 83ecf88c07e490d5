package dev.horae.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the README tells people to type. */
class DocumentsTest {

  /** The root of the project: tests run in the module. */
  private static final Path README = Path.of("..", "README.md");

  private static final Pattern SHELL = Pattern.compile("(?ms)^```sh\\n(.*?)^```");

  /** Words of a command line; quotation marks hold blanks together. */
  private static final Pattern WORD = Pattern.compile("'([^']*)'|\"([^\"]*)\"|([^\\s'\"]+)");

  static List<String> commands() throws IOException {
    List<String> commands = new ArrayList<>();
    Matcher block = SHELL.matcher(Files.readString(README));
    while (block.find()) {
      block.group(1).replace("\\\n", " ").lines().map(String::strip).forEach(commands::add);
    }
    return commands;
  }

  static Stream<String> verbs() throws IOException {
    return commands().stream().filter(command -> command.startsWith("./horae "));
  }

  @ParameterizedTest
  @MethodSource("verbs")
  void everyCommandIsUnderstood(String command) {
    List<String> words = new ArrayList<>();
    Matcher word = WORD.matcher(command.replaceFirst("^./horae ", "").replaceFirst(" [>#|].*", ""));
    while (word.find()) {
      words.add(word.group().replaceAll("^['\"]|['\"]$", ""));
    }
    assertThat(Main.commandLine().parseArgs(words.toArray(String[]::new))).isNotNull();
  }

  @Test
  void theTwoSetUpCommandsAreThere() throws IOException {
    assertThat(commands()).contains("./horae demo", "mvn verify");
  }
}
