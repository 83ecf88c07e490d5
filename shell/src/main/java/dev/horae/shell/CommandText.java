package dev.horae.shell;

import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** What was typed, so that it can be typed again. */
public final class CommandText {

  private CommandText() {}

  /** {@return the whole command, its words as a shell reads them} */
  public static String of(CommandSpec spec) {
    CommandLine line = spec.commandLine();
    while (line.getParent() != null) {
      line = line.getParent();
    }
    List<String> words = line.getParseResult().originalArgs();
    return words.stream().map(CommandText::quoted).collect(Collectors.joining(" ", "horae ", ""));
  }

  /** {@return a word as a shell reads it} */
  public static String quoted(String word) {
    return word.matches("[\\w@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
