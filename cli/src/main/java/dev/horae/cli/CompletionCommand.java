package dev.horae.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "completion",
    description = "Print a script that completes verbs and options in bash and zsh.",
    footer = {
      "",
      "Example, for this shell and for those to come:",
      "  source <(horae completion)",
      "  horae completion > ~/.local/share/bash-completion/completions/horae"
    })
final class CompletionCommand implements Callable<Integer> {

  @Spec CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter print = spec.commandLine().getOut();
    print.print(AutoComplete.bash("horae", spec.root().commandLine()));
    print.flush();
    return 0;
  }
}
