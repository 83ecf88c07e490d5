package dev.horae.cli;

import dev.horae.data.Progress;
import dev.horae.data.Workers;
import dev.horae.machine.Machine;
import dev.horae.run.Inputs;
import dev.horae.run.MemoryEstimate;
import dev.horae.run.RunConfig;
import dev.horae.run.RunDirectory;
import dev.horae.run.RunReport;
import dev.horae.run.TrainedRun;
import dev.horae.run.Training;
import dev.horae.shell.CommandText;
import dev.horae.shell.Console;
import dev.horae.shell.EpochLine;
import dev.horae.shell.Flags;
import dev.horae.shell.Stopping;
import dev.horae.shell.TrainingArguments;
import dev.horae.tensor.Group;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
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

  private static final String NO_RUN = "and nothing was trained";

  @Spec CommandSpec spec;

  @Mixin TrainingArguments arguments;

  @Mixin Nodes nodes;

  @Override
  public Integer call() {
    arguments.check();
    nodes.check();
    try (Group group = nodes.group()) {
      List<String> overrides = arguments.overrides();
      if (arguments.resume().isEmpty()) { // a run that goes on keeps its workers
        overrides = nodes.share(overrides);
      }
      return train(group, overrides, spec.commandLine().getOut());
    }
  }

  private int train(Group group, List<String> overrides, PrintWriter print) {
    Inputs inputs = arguments.inputs(overrides);
    if (nodes.first() && arguments.resume().isEmpty()) {
      RunDirectory.requireNew(
          arguments.run()); // before other nodes are started, or a model is made
    }
    if (nodes.startsOthers()) {
      List<String> verb = new ArrayList<>(List.of("train"));
      verb.addAll(arguments.words());
      verb.addAll(overrides);
      nodes.startOthers(verb);
    }
    RunDirectory run = new RunDirectory(arguments.run());
    boolean made = arguments.resume().isPresent();
    try {
      // Before there is a run directory, which a refusal would leave behind.
      Training training = training(inputs, group);
      arguments
          .from()
          .ifPresent(
              from ->
                  print.println(
                      "from "
                          + from
                          + ": "
                          + training.startFrom(TrainedRun.open(RunDirectory.open(from)))));
      training.agree(arguments.stopAfter());
      if (!made && nodes.first()) {
        RunDirectory.create(run.path(), inputs.config());
      }
      made = true;
      if (!nodes.first()) {
        trainAlong(run, inputs, training, print);
      } else if (arguments.stopAfter().isEmpty()) {
        train(run, inputs, training, nodes.again(), print);
      } else {
        trainUntil(run, inputs, training, print);
      }
      return 0;
    } catch (RuntimeException e) {
      throw nodes.explained(e, made ? "continue with: " + resume(run, nodes.again()) : NO_RUN);
    }
  }

  static Training training(Inputs inputs) {
    return training(inputs, Group.alone());
  }

  private static Training training(Inputs inputs, Group group) {
    return Training.of(inputs.config(), inputs.dataset(), inputs.features(), group);
  }

  /** Does this node's part; node 0 shows how far it is, and what comes out. */
  private void trainAlong(RunDirectory run, Inputs inputs, Training training, PrintWriter print) {
    announce(run, inputs, training, Stopping.PLAIN, print);
    if (arguments.stopAfter().isEmpty()) {
      training.run(run, Progress.SILENT);
    } else {
      training.runUntil(arguments.stopAfter().get(), run, Progress.SILENT, epoch -> {});
    }
    print.println("node " + nodes.node + " of " + nodes.nodes + " has done its part");
  }

  private void trainUntil(RunDirectory run, Inputs inputs, Training training, PrintWriter print) {
    announce(run, inputs, training, goOn(run, nodes.again()), print);
    boolean all =
        training.runUntil(
            arguments.stopAfter().orElseThrow(),
            run,
            Console.progress(),
            epoch -> Console.print(print, EpochLine.of(epoch)));
    Stopping.hint(Stopping.PLAIN);
    Console.print(
        print,
        "%s after %s of %s epochs; %s with: %s"
            .formatted(
                all ? "trained" : "stopped",
                run.epochs(),
                run.config().train().epochs(),
                all ? "rank the test targets" : "go on",
                resume(run, nodes.again())));
  }

  /** Trains and prints what came out. */
  static RunReport train(RunDirectory run, Inputs inputs, Training training, PrintWriter print) {
    return train(run, inputs, training, "", print);
  }

  private static RunReport train(
      RunDirectory run, Inputs inputs, Training training, String again, PrintWriter print) {
    announce(run, inputs, training, goOn(run, again), print);
    RunReport report =
        training.run(run, Console.progress(), epoch -> Console.print(print, EpochLine.of(epoch)));
    Stopping.hint(Stopping.PLAIN);
    training.nothingLeft().map(Flags::in).ifPresent(print::println);
    Console.print(print, Reports.training(report));
    print.println(Reports.metrics(report, inputs.config().model()));
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
    print.println("report: horae report " + CommandText.quoted(run.path().toString()) + "\n");
    print.println(
        Workers.limited(
            inputs.config().train().workers(),
            () -> Verdict.of(report, inputs.config(), inputs.dataset(), run.path())));
    print.flush();
    return report;
  }

  private static String goOn(RunDirectory run, String again) {
    return "stopped; continue with: " + resume(run, again);
  }

  private static String resume(RunDirectory run, String again) {
    return "horae train --resume " + CommandText.quoted(run.path().toString()) + again;
  }

  private static void announce(
      RunDirectory run, Inputs inputs, Training training, String hint, PrintWriter print) {
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
    inputs.warnings(run.epochs()).stream().map(Flags::in).forEach(print::println);
    run.otherWorkers(training.workers()).ifPresent(print::println);
    print.flush();
  }
}
