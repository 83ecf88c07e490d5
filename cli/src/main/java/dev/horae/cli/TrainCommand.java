package dev.horae.cli;

import dev.horae.data.Progress;
import dev.horae.data.Workers;
import dev.horae.machine.Machine;
import dev.horae.run.Inputs;
import dev.horae.run.MemoryEstimate;
import dev.horae.run.Presets;
import dev.horae.run.RunConfig;
import dev.horae.run.RunDirectory;
import dev.horae.run.RunReport;
import dev.horae.run.TrainedRun;
import dev.horae.run.Training;
import dev.horae.run.WarmStart;
import dev.horae.shell.Flags;
import dev.horae.tensor.Group;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "train",
    description = "Train a model and write a run directory.",
    sortOptions = false,
    synopsisHeading = "Usage: ",
    customSynopsis = {
      "horae train --data DATASET --out RUN [--config FILE] [KEY=VALUE ...]",
      "       horae train --data DATASET --out RUN --from OLD_RUN [KEY=VALUE ...]",
      "       horae train --resume RUN [--data DATASET] [KEY=VALUE ...]",
      "       horae train ... --nodes N [--node I --rendezvous HOST:PORT]"
    },
    footer = {
      "",
      "'horae config hm4sr' lists every key. A run that was stopped, even by kill -9, continues"
          + " with --resume and ends with the same bits. With --resume, train.epochs,"
          + " train.patience, train.workers, train.tensorboard and device may be changed: a finished"
          + " run goes on to more epochs.",
      "",
      "Examples:",
      "  horae train --data toys --out runs/toys",
      "  horae train --data toys --out runs/official --config hm4sr-official train.epochs=40",
      "  horae train --data toys --out runs/monday --from runs/sunday",
      "  horae train --resume runs/toys",
      "  horae train --data toys --out runs/toys --nodes 2 --node 1 --rendezvous 10.0.0.1:29500",
      "  horae train --resume runs/toys train.epochs=200"
    })
final class TrainCommand implements Callable<Integer> {

  @Spec CommandSpec spec;

  @Option(
      names = "--data",
      paramLabel = "DATASET",
      description =
          "A directory that 'horae prepare' made; features are those of 'horae encode'. With"
              + " --resume: where it lies, when it was moved.")
  Path data;

  @Option(names = "--out", paramLabel = "RUN", description = "The run directory to make.")
  Path out;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "A YAML file, or the name of a preset: ${COMPLETION-CANDIDATES}.",
      completionCandidates = Choices.PresetNames.class)
  String config;

  @Option(
      names = "--from",
      paramLabel = "OLD_RUN",
      description =
          "Start from the weights and settings of an earlier run: items are carried over by id, new"
              + " ones start from those with similar texts or pictures.")
  Path from;

  @Option(names = "--resume", paramLabel = "RUN", description = "Continue a run that was stopped.")
  Path resume;

  @Option(
      names = "--stop-after",
      paramLabel = "EPOCHS",
      description =
          "Stop once so many epochs are trained in all, without ranking the test targets; --resume"
              + " goes on.")
  Integer stopAfter;

  @Mixin Nodes nodes;

  @Parameters(
      paramLabel = "KEY=VALUE",
      description = "Settings over those of the file, such as seed=3 or train.epochs=40.")
  List<String> overrides = List.of();

  @Override
  public Integer call() {
    if (stopAfter != null && stopAfter < 1) {
      throw new ParameterException(
          spec.commandLine(), "--stop-after " + stopAfter + " is not positive; 1 is one epoch");
    }
    nodes.check();
    try (Group group = nodes.group()) {
      return train(group, nodes.share(overrides), spec.commandLine().getOut());
    }
  }

  private int train(Group group, List<String> overrides, PrintWriter print) {
    RunDirectory run;
    Inputs inputs;
    Training training;
    if (resume != null) {
      if (out != null || config != null || from != null) {
        throw new ParameterException(
            spec.commandLine(),
            "--resume takes no other option but --data: the run knows its settings");
      }
      run = RunDirectory.open(resume);
      inputs = Inputs.of(run, data, overrides);
      startOthers(overrides);
      training = training(inputs, group);
    } else {
      if (data == null || out == null) {
        throw new ParameterException(spec.commandLine(), "give --data and --out, or --resume");
      }
      if (from != null && config != null) {
        throw new ParameterException(
            spec.commandLine(),
            "--from takes no --config: the settings are those of the earlier run and KEY=VALUE");
      }
      inputs = Inputs.open(settings(overrides), data);
      startOthers(overrides);
      // Before there is a run directory, which a refusal would leave behind.
      training = training(inputs, group);
      if (from != null) {
        WarmStart.Summary start = training.startFrom(TrainedRun.open(RunDirectory.open(from)));
        print.println("from " + from + ": " + start);
      }
      run = nodes.first() ? RunDirectory.create(out, inputs.config()) : new RunDirectory(out);
    }
    try {
      if (!nodes.first()) {
        trainAlong(run, inputs, training, print);
      } else if (stopAfter == null) {
        train(run, inputs, training, nodes.again(), print);
      } else {
        trainUntil(run, inputs, training, print);
      }
      return 0;
    } catch (RuntimeException e) {
      throw nodes.explained(e, run.path());
    }
  }

  /** Starts the other nodes, if this process is to, with what decides their training. */
  private void startOthers(List<String> overrides) {
    if (nodes.startsOthers()) {
      List<String> verb = new ArrayList<>(List.of("train"));
      Map<String, Object> options = new LinkedHashMap<>();
      options.put("--data", data);
      options.put("--out", out);
      options.put("--config", config);
      options.put("--from", from);
      options.put("--resume", resume);
      options.put("--stop-after", stopAfter);
      options.forEach(
          (name, value) -> {
            if (value != null) {
              verb.addAll(List.of(name, value.toString()));
            }
          });
      verb.addAll(overrides);
      nodes.startOthers(verb);
    }
  }

  private RunConfig settings(List<String> overrides) {
    return from == null
        ? Presets.read(config, overrides)
        : RunDirectory.open(from).config(overrides);
  }

  static Training training(Inputs inputs) {
    return training(inputs, Group.alone());
  }

  private static Training training(Inputs inputs, Group group) {
    return Training.of(inputs.config(), inputs.dataset(), inputs.features(), group);
  }

  /** Does this node's part; node 0 shows how far it is, and what comes out. */
  private void trainAlong(RunDirectory run, Inputs inputs, Training training, PrintWriter print) {
    announce(inputs, training, Stopping.PLAIN, print);
    if (stopAfter == null) {
      training.run(run, Progress.SILENT);
    } else {
      training.runUntil(stopAfter, run, Progress.SILENT, epoch -> {});
    }
    print.println("node " + nodes.node + " of " + nodes.nodes + " has done its part");
  }

  private void trainUntil(RunDirectory run, Inputs inputs, Training training, PrintWriter print) {
    announce(inputs, training, goOn(run, nodes.again()), print);
    boolean all =
        training.runUntil(
            stopAfter,
            run,
            Console.progress(),
            epoch -> Console.print(print, Reports.epoch(epoch)));
    Stopping.hint(Stopping.PLAIN);
    Console.print(
        print,
        "%s after %s of %s epochs; %s with: horae train --resume %s%s"
            .formatted(
                all ? "trained" : "stopped",
                run.epochs(),
                inputs.config().train().epochs(),
                all ? "rank the test targets" : "go on",
                run.path(),
                nodes.again()));
  }

  /** Trains and prints what came out. */
  static RunReport train(RunDirectory run, Inputs inputs, Training training, PrintWriter print) {
    return train(run, inputs, training, "", print);
  }

  private static RunReport train(
      RunDirectory run, Inputs inputs, Training training, String again, PrintWriter print) {
    announce(inputs, training, goOn(run, again), print);
    RunReport report =
        training.run(run, Console.progress(), epoch -> Console.print(print, Reports.epoch(epoch)));
    Stopping.hint(Stopping.PLAIN);
    training.nothingLeft().map(Flags::in).ifPresent(print::println);
    Console.print(print, Reports.training(report));
    print.println(Reports.metrics(report));
    Machine.peakResident()
        .ifPresent(
            most ->
                print.println(
                    "memory used at most: "
                        + MemoryEstimate.readable(most)
                        + training
                            .memory()
                            .map(plan -> ", planned: " + MemoryEstimate.readable(plan.total()))
                            .orElse("")));
    print.println("run directory: " + run.path());
    print.println("report: horae report " + run.path() + "\n");
    print.println(
        Workers.limited(
            inputs.config().train().workers(),
            () -> Verdict.of(report, inputs.dataset(), run.path())));
    print.flush();
    return report;
  }

  private static String goOn(RunDirectory run, String again) {
    return "stopped; continue with: horae train --resume " + run.path() + again;
  }

  private static void announce(Inputs inputs, Training training, String hint, PrintWriter print) {
    Stopping.hint(hint);
    RunConfig config = inputs.config();
    print.printf(
        Locale.ROOT,
        "%s on %s, text %s, image %s%n",
        training.name(),
        config.data(),
        config.text(),
        config.image());
    training.memory().ifPresent(print::println);
    inputs.warnings().stream().map(Flags::in).forEach(print::println);
    print.flush();
  }
}
