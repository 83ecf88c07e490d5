package dev.horae.cli;

import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** What was typed, so that it can be typed again. */
final class CommandText {

  private CommandText() {}

  /** {@return the whole command, its words as a shell reads them} */
  static String of(CommandSpec spec) {
    CommandLine line = spec.commandLine();
    while (line.getParent() != null) {
      line = line.getParent();
    }
    List<String> words = line.getParseResult().originalArgs();
    return words.stream().map(CommandText::quoted).collect(Collectors.joining(" ", "horae ", ""));
  }

  static String quoted(String word) {
    return word.matches("[\\w@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
