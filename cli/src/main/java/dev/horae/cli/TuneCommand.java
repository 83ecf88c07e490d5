package dev.horae.cli;

import dev.horae.config.Names;
import dev.horae.data.Dataset;
import dev.horae.prep.PreparedDataset;
import dev.horae.report.Findings;
import dev.horae.report.FindingsFiles;
import dev.horae.run.RunConfig;
import dev.horae.shell.CommandText;
import dev.horae.shell.Console;
import dev.horae.shell.ExitCode;
import dev.horae.shell.Flags;
import dev.horae.shell.Stopping;
import dev.horae.tune.Space;
import dev.horae.tune.Tuning;
import dev.horae.tune.TuningFindings;
import dev.horae.tune.TuningPlan;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "tune",
    description = "Search the settings of a model that are best on validation.",
    sortOptions = false,
    synopsisHeading = "Usage: ",
    customSynopsis = {
      "horae tune --data DATASET --out DIR [--model NAME] [--space FILE|paper]",
      "                  [--trials N|grid] [--sensitivity] [--seeds N] [--workers N]",
      "                  [--quick] [--plan] [KEY=VALUE ...]"
    },
    footer = {
      "",
      "A space is YAML in the shape of a run.yaml, with lists or ranges for values:",
      "  model: {dropout: [0.2, 0.5]}",
      "  train: {learning_rate: {from: 1e-4, to: 1e-2, steps: 5, log: true}}",
      "",
      "Settings are trained for few epochs, the best third of them for three times as many, and so"
          + " on up to train.epochs; what is tried next learns from what was good. Only validation"
          + " targets are ranked. Each setting is a run directory, DIR/runs/DATASET/trial-N/seed-M,"
          + " trained by a process of its own. Stopped, all goes on when the same command is given"
          + " again; with a higher --trials it tries more. DIR/best.yaml has the best setting,"
          + " DIR/report.html (also findings.md, .json, and a CSV per table) the rest.",
      "",
      "Exit code 4 says that a run failed; its setting is left out.",
      "",
      "Examples:",
      "  horae tune --data toys --out tuning",
      "  horae tune --data toys --model sasrec --space mine.yaml --trials grid --out grid",
      "  horae tune --data toys --sensitivity --out curves"
    })
final class TuneCommand implements Callable<Integer> {

  private static final String PAPER = "paper";
  private static final String GRID = "grid";
  private static final int USUAL_TRIALS = 30;
  private static final int QUICK_TRIALS = 4;
  private static final int CURVE_SEEDS = 3;
  private static final int SHOWN = 10;

  @Spec CommandSpec spec;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DATASET",
      description = "A directory that 'horae prepare' made; features are those of 'horae encode'.")
  Path data;

  @Option(
      names = "--model",
      defaultValue = "hm4sr",
      paramLabel = "NAME",
      description = "Its preset, or else its defaults. Default: ${DEFAULT-VALUE}.")
  String model;

  @Option(
      names = "--space",
      defaultValue = PAPER,
      paramLabel = "FILE",
      description =
          "The values that are tried; paper: what the model's paper or official code says."
              + " Default: ${DEFAULT-VALUE}.")
  String space;

  @Option(
      names = "--trials",
      paramLabel = "N",
      description =
          "How many settings are tried, or grid: all combinations, each to its end. Default: 30; 4"
              + " with --quick.")
  String trials;

  @Option(
      names = "--sensitivity",
      description =
          "No search: each key through its values, the others as the model has them; curves with"
              + " their spread over seeds.")
  boolean sensitivity;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description =
          "How many runs each setting has, with the seed of the model's settings (2025 where a"
              + " preset has no other), the next one, and so on; their mean counts. Default: 1; 3"
              + " with --sensitivity, unless --quick.")
  Integer seeds;

  @Mixin RunsAtOnce atOnce;

  @Option(
      names = "--quick",
      description =
          "One seed, four settings and three epochs where nothing else is said: to see whether all"
              + " works, not for figures.")
  boolean quick;

  @Option(
      names = "--plan",
      description =
          "Train nothing: measure a few steps of the model's own settings, and say how long all"
              + " will take, and how much memory a run.")
  boolean planOnly;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Where runs and findings are written; a search that is there is continued.")
  Path out;

  @Parameters(
      paramLabel = "KEY=VALUE",
      description =
          "Settings of all trials over those of the preset, such as train.epochs=50; of a key of"
              + " the space, the value that is tried first.")
  List<String> overrides = List.of();

  @Override
  public Integer call() {
    String chosen = Choices.model(model, spec);
    List<String> settings = atOnce.share(Repeats.settings(quick, List.of(chosen), overrides));
    RunConfig base = TuningPlan.base(chosen, settings);
    Space searched = space.equals(PAPER) ? Space.ofPaper(base) : Space.read(spaceFile(), base);
    TuningPlan.Mode mode = mode();
    int count = mode == TuningPlan.Mode.SEARCH ? count() : 0;
    int runs = CompareCommand.positive(runs(), spec);
    Dataset dataset = PreparedDataset.open(data);
    return run(
        TuningPlan.of(dataset, chosen, searched, mode, count, runs, atOnce.count(), settings, out));
  }

  private int run(TuningPlan plan) {
    PrintWriter print = spec.commandLine().getOut();
    if (planOnly) {
      return CostEstimate.print(plan, print) ? 0 : ExitCode.FAILED;
    }
    Stopping.hint(Stopping.AGAIN);
    TuningFindings findings;
    try (Tuning tuning = Tuning.of(plan, Main.class, new CompareCommand.Watcher(print))) {
      announce(plan, print);
      findings = tuning.run();
    }
    Console.line("");
    Findings all = findings.findings(CommandText.of(spec));
    print.println();
    print.print(Printed.table(findings.leaderboard(), SHOWN));
    FindingsFiles.write(all, out).forEach(file -> print.println("wrote " + file));
    findings
        .best()
        .ifPresent(
            run -> {
              print.println("wrote " + out.resolve(Tuning.BEST));
              print.println();
              print.println("train the best setting, and rank the test targets, with");
              print.printf(
                  "  horae train --data %s --config %s --out %s%n",
                  quoted(data), quoted(out.resolve(Tuning.BEST)), quoted(out.resolve("best")));
              print.println("or go on with its run, to its end, with");
              print.println("  horae train --resume " + quoted(run));
            });
    print.flush();
    return findings.failures().isEmpty() ? 0 : ExitCode.FAILED;
  }

  /**
   * Says what there is to do and, where something is, what may go wrong.
   *
   * @return {@link TuningPlan#epochsLeft}
   */
  static long announce(TuningPlan plan, PrintWriter print) {
    print.println(plan.text());
    long left = plan.epochsLeft();
    if (left > 0) {
      plan.warnings().stream().map(Flags::in).forEach(print::println);
    }
    print.flush();
    return left;
  }

  private static String quoted(Path path) {
    return CommandText.quoted(path.toString());
  }

  private Path spaceFile() {
    Path file = Path.of(space);
    if (!Files.exists(file)) {
      throw new ParameterException(
          spec.commandLine(),
          "--space "
              + space
              + " is neither paper nor a file of values"
              + Names.didYouMean(space, List.of(PAPER)));
    }
    return file;
  }

  private TuningPlan.Mode mode() {
    if (sensitivity && trials != null) {
      throw new ParameterException(
          spec.commandLine(),
          "--sensitivity takes no --trials: it tries each value of the space once");
    }
    return sensitivity
        ? TuningPlan.Mode.SENSITIVITY
        : GRID.equals(trials) ? TuningPlan.Mode.GRID : TuningPlan.Mode.SEARCH;
  }

  private int count() {
    if (trials == null) {
      return quick ? QUICK_TRIALS : USUAL_TRIALS;
    }
    if (!trials.matches("[1-9][0-9]{0,5}")) {
      throw new ParameterException(
          spec.commandLine(), "--trials " + trials + " is neither a number nor grid; try 30");
    }
    return Integer.parseInt(trials);
  }

  private int runs() {
    return seeds != null ? seeds : sensitivity && !quick ? CURVE_SEEDS : 1;
  }
}
