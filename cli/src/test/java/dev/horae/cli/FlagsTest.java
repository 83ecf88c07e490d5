package dev.horae.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.shell.Flags;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** The library speaks of its own settings, the command line of flags. */
class FlagsTest {

  private static final Path LIBRARY = sources();

  /** Has no message, but arguments of a child. */
  private static final String EXCEPTION = "Child.java";

  private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\\n]|\\\\.)*)\"");
  private static final Pattern FLAG_OR_VERB =
      Pattern.compile("(^|[^-\\w])--[a-z]|'horae |\\bhorae [a-z]+ |\\./horae|command line");
  private static final Pattern NAMED = Pattern.compile("``[A-Za-z][A-Za-z0-9.]*``");

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '"',
      value = {
        "raise ``memory`` or free space ~ raise --memory or free space",
        "lower ``minUserEvents`` ~ lower --min-user-events",
        "``headers`` names 3 columns ~ --header names 3 columns",
        "``bfloat16`` is for ``text`` hf:NAME ~ --bf16 is for --text hf:NAME",
        "no column user, only `user`, `out` ~ no column user, only `user`, `out`",
        "as those of ``Presets.of(hm4sr)``, or ~ as those of 'horae config hm4sr', or",
        "a directory that ``Training.run`` made ~ a directory that 'horae train --out' made",
        "all layers with ``Encoding.Options.states`` ~ all layers with 'horae encode --states'",
        "``Encoding.run`` made without ``states`` ~ 'horae encode' made without --states",
        "run ``Encoding.run(a b)`` again ~ run horae encode 'a b' again",
        "``settings``: ``config`` x ~ command line: --config x",
        "``settings``: seed = x ~ command line: seed = x",
        "settings: is no run ~ settings: is no run",
        "on with ``Training.resume(a (b)/c)`` ~ on with horae train --resume 'a (b)/c'",
        "on: ``Training.resume(a, b, train.epochs=4)`` ~ on: horae train --resume 'a, b'"
            + " train.epochs=4",
        "on: ``Training.resume($a\\b, train.epochs=4)`` ~ on: horae train --resume '$a\\b'"
            + " train.epochs=4",
        "``Training.resume(a)``, or ``out`` ~ horae train --resume a, or --out",
        "with ``Encoding.text(a/b, minilm)`` ~ with 'horae encode a/b --text minilm'",
        "``PreparationBuilder.textColumns`` keeps ~ 'horae prepare --text-columns' keeps"
      })
  void translates(String library, String commandLine) {
    assertThat(Flags.in(library)).isEqualTo(commandLine);
  }

  @Test
  void theLibraryNamesNoFlagAndNoVerb() throws IOException {
    List<String> found = new ArrayList<>();
    for (Path file : files()) {
      if (!file.endsWith(EXCEPTION)) {
        literals(file).stream()
            .filter(text -> FLAG_OR_VERB.matcher(text).find())
            .forEach(text -> found.add(file.getFileName() + ": " + text));
      }
    }
    assertThat(found).isEmpty();
  }

  @Test
  void everySettingThatTheLibraryNamesHasAFlag() throws IOException {
    Set<String> known = flagsAndVerbs();
    int names = 0;
    for (Path file : files()) {
      for (String text : literals(file)) {
        Matcher name = NAMED.matcher(text.replace("``settings``", "the command line"));
        while (name.find()) {
          names++;
          String said = Flags.in(name.group());
          assertThat(known)
              .as(file.getFileName() + ": " + text)
              .contains(said.replaceAll(".* |'", ""));
        }
      }
    }
    assertThat(names).isGreaterThan(30);
  }

  private static Set<String> flagsAndVerbs() {
    Set<String> known = new HashSet<>();
    for (Map.Entry<String, CommandLine> verb : Main.commandLine().getSubcommands().entrySet()) {
      known.add(verb.getKey());
      known.addAll(verb.getValue().getCommandSpec().optionsMap().keySet());
      for (CommandLine part : verb.getValue().getSubcommands().values()) {
        known.addAll(part.getCommandSpec().optionsMap().keySet());
      }
    }
    return known;
  }

  private static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(LIBRARY)) {
      return files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
    }
  }

  private static List<String> literals(Path file) throws IOException {
    List<String> literals = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      if (!line.strip().startsWith("*") && !line.strip().startsWith("//")) {
        LITERAL.matcher(line).results().forEach(literal -> literals.add(literal.group(1)));
      }
    }
    return literals;
  }

  private static Path sources() {
    return Path.of("..", "core", "src", "main", "java");
  }
}
