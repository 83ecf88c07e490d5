package dev.horae.cli;

import dev.horae.shell.ExitCode;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Stands in the list of verbs; the launcher runs the module {@code spark} in its place. */
@Command(
    name = "spark",
    description = "Prepare, encode, train, count and recommend on Apache Spark.",
    sortOptions = false)
final class SparkCommand implements Callable<Integer> {

  @Spec CommandSpec spec;

  @Parameters(arity = "0..*", paramLabel = "VERB", hidden = true)
  List<String> words;

  @Override
  public Integer call() {
    spec.commandLine()
        .getErr()
        .println("Spark is not on the class path; use the launcher: ./horae spark --help");
    return ExitCode.USAGE;
  }
}
