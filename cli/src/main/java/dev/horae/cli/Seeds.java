package dev.horae.cli;

import dev.horae.study.Ablation;
import dev.horae.study.Comparison;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** How often each row of a table is trained. */
final class Seeds {

  private static final int USUAL = 3;
  private static final int QUICK_EPOCHS = 3;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description =
          "How many runs each row has, with the seeds 2025, 2026 and so on. Default: 3; 1 with"
              + " --quick.")
  Integer seeds;

  @Option(
      names = "--quick",
      description = "One seed and at most three epochs: to see whether all works, not for figures.")
  boolean quick;

  /** Trains an ablation's runs, after saying what they are; {@return the exit code} */
  int run(Ablation ablation, Path data, List<String> settings, Path out, CommandSpec spec) {
    List<String> all = new ArrayList<>();
    if (quick) {
      all.add("train.epochs=" + QUICK_EPOCHS); // what was asked for is stronger
    }
    all.addAll(settings);
    Comparison.Subject subject = ablation.subject(data, count(spec), all, out);
    PrintWriter print = spec.commandLine().getOut();
    print.println(subject.plan());
    print.flush();
    return CompareCommand.run(List.of(subject), out, print);
  }

  private int count(CommandSpec spec) {
    if (seeds != null && seeds < 1) {
      throw new ParameterException(
          spec.commandLine(), "--seeds " + seeds + " is not positive; 3 shows how runs differ");
    }
    return seeds != null ? seeds : quick ? 1 : USUAL;
  }
}
