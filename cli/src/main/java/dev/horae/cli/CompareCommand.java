package dev.horae.cli;

import dev.horae.shell.CommandText;
import dev.horae.shell.Console;
import dev.horae.shell.ExitCode;
import dev.horae.shell.Flags;
import dev.horae.shell.Stopping;
import dev.horae.study.Comparison;
import dev.horae.study.Plan;
import dev.horae.study.Standings;
import dev.horae.study.TableFiles;
import dev.horae.study.TerminalText;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "compare",
    description = "Train models on data sets, several seeds each, and put them into one table.",
    sortOptions = false,
    synopsisHeading = "Usage: ",
    customSynopsis = {
      "horae compare --data DATASET ... --out DIR [--models all|NAME,...] [--seeds N]",
      "                     [--ties file,random] [--workers N] [--beyond-accuracy]",
      "                     [--quick] [--plan] [KEY=VALUE ...]"
    },
    footer = {
      "",
      "Each run is a run directory, DIR/runs/DATASET/MODEL/seed-N (or seed-N-ties-M), trained by a"
          + " process of its own; what it prints is in seed-N.log beside it. Stopped, it goes on"
          + " where it was when the same command is given again; what is done is never repeated."
          + " The tables are DIR/DATASET.md, .csv, .tex and .html; 'horae report DIR' collects them.",
      "",
      "A model takes the preset of its name, or else its defaults. A setting holds for all models;"
          + " with a model's name before it, as in hm4sr.train.epochs=20, for that one.",
      "",
      "Exit code 4 says that a run failed; its row, and the table, are there all the same.",
      "",
      "Examples:",
      "  horae compare --data toys --quick --out trial",
      "  horae compare --data toys --out comparison --plan",
      "  horae compare --data toys --out comparison",
      "  horae compare --data toys films --models hm4sr,vmis-knn --seeds 2 --out first \\",
      "    train.epochs=20 hm4sr.model.beta=0.2"
    })
final class CompareCommand implements Callable<Integer> {

  private static final String FILE = "file";
  private static final String RANDOM = "random";

  @Spec CommandSpec spec;

  @Option(
      names = "--data",
      required = true,
      arity = "1..*",
      paramLabel = "DATASET",
      description = "Directories that 'horae prepare' made; features are those of 'horae encode'.")
  List<Path> data;

  @Option(
      names = "--models",
      split = ",",
      defaultValue = Choices.ALL,
      paramLabel = "NAME",
      description = "all, or some of ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.",
      completionCandidates = Choices.ModelNames.class)
  List<String> models;

  @Mixin Repeats repeats;

  @Option(
      names = "--ties",
      split = ",",
      defaultValue = FILE,
      paramLabel = "ORDER",
      description =
          "file, or file,random: train each model also on five orders of the events of one user"
              + " that have equal times, with its first seed, and show both. Default:"
              + " ${DEFAULT-VALUE}.")
  List<String> ties;

  @Mixin RunsAtOnce atOnce;

  @Option(names = "--beyond-accuracy", description = Reports.BEYOND_ACCURACY)
  boolean beyondAccuracy;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Where runs and tables are written; one that is there is continued.")
  Path out;

  @Parameters(
      paramLabel = "KEY=VALUE",
      description = "Settings over those of the presets, such as train.epochs=20.")
  List<String> overrides = List.of();

  @Override
  public Integer call() {
    List<String> chosen = Choices.models(models, "--models", spec);
    return run(
        new Plan(
                data,
                chosen,
                repeats.count(),
                shuffledTies(),
                beyondAccuracy,
                atOnce.share(repeats.settings(chosen, overrides)),
                out)
            .subjects(),
        repeats.planOnly,
        atOnce.count(),
        out,
        spec);
  }

  /**
   * Says what there is to do, trains what is missing, writes the tables and shows them; {@return
   * the exit code}
   *
   * @param planOnly whether only to say what it will cost
   */
  static int run(
      List<Comparison.Subject> subjects, boolean planOnly, int atOnce, Path out, CommandSpec spec) {
    PrintWriter print = spec.commandLine().getOut();
    if (planOnly) {
      return CostEstimate.print(subjects, atOnce, print) ? 0 : ExitCode.FAILED;
    }
    Stopping.hint(Stopping.AGAIN);
    List<Standings> all;
    try (Comparison comparison =
        Comparison.of(subjects, atOnce, out, Main.class, new Watcher(print))) {
      subjects.forEach(subject -> announce(subject, atOnce, print));
      all = comparison.run();
    }
    Console.line("");
    for (int i = 0; i < all.size(); i++) {
      Standings standings = all.get(i);
      List<Path> files =
          TableFiles.write(standings, out, subjects.get(i).origin(CommandText.of(spec)));
      print.println(TerminalText.of(standings, Console.styles()));
      files.forEach(file -> print.println("wrote " + file));
    }
    print.flush();
    return all.stream().allMatch(Standings::complete) ? 0 : ExitCode.FAILED;
  }

  /** Says what there is to do on a data set, and what may go wrong. */
  static void announce(Comparison.Subject subject, int atOnce, PrintWriter print) {
    print.println(subject.plan(atOnce));
    subject.warnings().stream().map(Flags::in).forEach(print::println);
    print.flush();
  }

  /** {@return the number of seeds that was asked for} */
  static int positive(int seeds, CommandSpec spec) {
    if (seeds < 1) {
      throw new ParameterException(
          spec.commandLine(), "--seeds " + seeds + " is not positive; 3 shows how runs differ");
    }
    return seeds;
  }

  private boolean shuffledTies() {
    if (!ties.contains(FILE) || !Set.of(FILE, RANDOM).containsAll(ties)) {
      throw new ParameterException(
          spec.commandLine(),
          "--ties "
              + String.join(",", ties)
              + " is neither file nor file,random; 'prepare --ties random' makes a data set that"
              + " has no other order");
    }
    return ties.contains(RANDOM);
  }

  /** A line in place on a terminal, and one that stays per run. */
  record Watcher(PrintWriter print) implements Comparison.Listener {
    @Override
    public int columns() {
      return Console.columns();
    }

    @Override
    public synchronized void progress(String line) {
      Console.line(line);
    }

    @Override
    public synchronized void done(String line) {
      Console.line("");
      print.println(line);
      print.flush();
    }
  }
}
