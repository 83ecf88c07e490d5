package dev.horae.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How many runs are trained at the same time. */
final class RunsAtOnce {

  @Spec(Spec.Target.MIXEE)
  CommandSpec spec;

  @Option(
      names = "--workers",
      defaultValue = "1",
      paramLabel = "N",
      description =
          "How many runs are trained at the same time, each with its share of the cores. With as"
              + " many as cores all end soonest, and need the most memory. Default:"
              + " ${DEFAULT-VALUE}.")
  int workers;

  /** {@return the number that was asked for} */
  int count() {
    if (workers < 1) {
      throw new ParameterException(
          spec.commandLine(),
          "--workers " + workers + " is not positive; 1 trains one after another");
    }
    return workers;
  }

  /** {@return the settings, with each run's share of the cores where they do not say it} */
  List<String> share(List<String> settings) {
    return share(count(), settings);
  }

  /** {@return the settings, with one of so many shares of the cores where they do not say it} */
  static List<String> share(int processes, List<String> settings) {
    boolean said = settings.stream().anyMatch(s -> s.strip().startsWith("train.workers="));
    List<String> all = new ArrayList<>(settings);
    if (processes > 1 && !said) {
      all.add(
          "train.workers=" + Math.max(1, Runtime.getRuntime().availableProcessors() / processes));
    }
    return all;
  }
}
