package dev.horae.cli;

import dev.horae.data.Resources;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "glossary",
    description = "Explain the terms that tables and messages use.",
    footer = {"", "Examples:", "  horae glossary", "  horae glossary masked"})
final class GlossaryCommand implements Callable<Integer> {

  @Spec CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "WORD",
      description = "Only the terms whose explanation has this word.")
  String word = "";

  @Override
  public Integer call() {
    List<String> found = entries().stream().filter(entry -> has(entry, word)).toList();
    if (found.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "no entry has '" + word + "'; 'horae glossary' prints all");
    }
    PrintWriter print = spec.commandLine().getOut();
    print.println(String.join("\n\n", found));
    print.flush();
    return 0;
  }

  private static boolean has(String entry, String word) {
    return entry.toLowerCase(Locale.ROOT).contains(word.toLowerCase(Locale.ROOT));
  }

  /** {@return a paragraph per term} */
  static List<String> entries() {
    String text = Resources.text(GlossaryCommand.class, "glossary.txt");
    return List.of(text.strip().split("\n\n"));
  }
}
