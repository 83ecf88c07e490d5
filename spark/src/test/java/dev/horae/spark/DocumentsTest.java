package dev.horae.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the guide tells people to type after {@code ./horae spark}, or after our main class. */
class DocumentsTest {

  private static final Pattern SHELL = Pattern.compile("(?ms)^```sh\\n(.*?)^```");
  private static final Pattern OURS =
      Pattern.compile("(?:\\./horae spark|horae-spark\\S*\\.jar) +(.*)");

  private static List<String> commands() throws IOException {
    List<String> commands = new ArrayList<>();
    try (Stream<Path> files = Files.list(Path.of("..", "docs"))) {
      for (Path page : files.filter(file -> file.toString().endsWith(".md")).sorted().toList()) {
        Matcher block = SHELL.matcher(Files.readString(page));
        while (block.find()) {
          OURS.matcher(block.group(1).replace("\\\n", " "))
              .results()
              .map(found -> found.group(1).strip())
              .forEach(commands::add);
        }
      }
    }
    return commands;
  }

  @Test
  void everyCommandIsUnderstood() throws IOException {
    assertThat(commands())
        .hasSizeGreaterThan(1)
        .allSatisfy(
            command ->
                assertThatCode(() -> SparkMain.commandLine().parseArgs(command.split(" +")))
                    .doesNotThrowAnyException());
  }

  @Test
  void everyVerbHasItsPart() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "spark.md"));
    assertThat(SparkMain.commandLine().getSubcommands().keySet())
        .isNotEmpty()
        .allSatisfy(verb -> assertThat(page).contains("## `" + verb + "`"));
  }
}
