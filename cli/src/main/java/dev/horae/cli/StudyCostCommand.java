package dev.horae.cli;

import dev.horae.bench.TrainingCost;
import dev.horae.data.Dataset;
import dev.horae.features.FeatureStore;
import dev.horae.page.Numbers;
import dev.horae.prep.PreparedDataset;
import dev.horae.report.Findings;
import dev.horae.report.FindingsFiles;
import dev.horae.report.Table;
import dev.horae.shell.CommandText;
import dev.horae.shell.Console;
import dev.horae.shell.ExitCode;
import dev.horae.shell.Plain;
import dev.horae.shell.Stopping;
import dev.horae.study.Child;
import dev.horae.study.Origins;
import dev.horae.study.cost.CostFindings;
import dev.horae.study.cost.CostFindings.Measured;
import dev.horae.study.cost.CostPlan;
import dev.horae.study.cost.CostPlan.Point;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "cost",
    description = "Measure how time and memory of training grow with each size.",
    sortOptions = false,
    synopsisHeading = "Usage: ",
    customSynopsis = "horae study cost --data DATASET --out DIR [--models NAME,...] [--quick]",
    footer = {
      "",
      "Items, length of histories, width, experts and batch are varied one at a time, from a quarter"
          + " to four times of what the data set and the model's preset have, on made-up data of"
          + " these sizes, each in a process of its own; power laws are fitted and stand beside the"
          + " complexity of the HM4SR paper (appendix A.2 and A.3). What was measured is kept in"
          + " DIR/points: stopped, the same command goes on where it was. Times mean something on a"
          + " machine that does nothing else.",
      "",
      "Exit code 4 says that a size could not be measured.",
      "",
      "Example:",
      "  horae study cost --data toys --out cost"
    })
final class StudyCostCommand implements Callable<Integer> {

  private static final int USUAL_WIDTH = 384; // of text vectors, where the data set has no table
  private static final int OVERHEAD_SECONDS = 4; // of a process, and steps to warm up

  @Spec CommandSpec spec;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DATASET",
      description = "A directory that 'horae prepare' made, whose sizes are the middle ones.")
  Path data;

  @Option(
      names = "--models",
      split = ",",
      defaultValue = "hm4sr,m3srec",
      paramLabel = "NAME",
      description = "Networks. Default: ${DEFAULT-VALUE}, which the paper analyses.")
  List<String> models;

  @Option(
      names = "--quick",
      description = "Small sizes, three of each: to see whether all works, not for figures.")
  boolean quick;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Where measurements, tables and figures are written; those there are kept.")
  Path out;

  /** How a process is told to measure one point and nothing else: file of the request. */
  @Option(names = "--child", hidden = true)
  Path child;

  @Parameters(hidden = true)
  List<String> settings = List.of();

  @Override
  public Integer call() {
    PrintWriter print = spec.commandLine().getOut();
    if (child != null) {
      print.println(CostPoints.measure(child, settings));
      print.flush();
      return 0;
    }
    if (!settings.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          "'%s': study cost varies the presets of models and takes no settings; leave it out"
              .formatted(settings.get(0)));
    }
    List<String> chosen = Choices.models(models, "--models", spec);
    Dataset dataset = PreparedDataset.open(data);
    CostPlan plan =
        CostPlan.of(
            chosen,
            dataset.catalogue().size(),
            dataset.manifest().maxLength(),
            widths(dataset),
            quick);
    List<Measured> measured = new ArrayList<>();
    List<String> failures = new ArrayList<>();
    measure(plan, print, measured, failures);
    Findings findings =
        CostFindings.of(
            plan,
            measured,
            failures,
            Origins.now(CommandText.of(spec), List.of(dataset.manifest().name()), "", List.of()));
    List<Path> files = FindingsFiles.write(findings, out);
    Table exponents = findings.tables().get(0);
    print.println();
    print.print(Printed.table(exponents));
    print.println();
    files.forEach(file -> print.println("wrote " + file));
    print.flush();
    return failures.isEmpty() ? 0 : ExitCode.FAILED;
  }

  private static Map<String, Integer> widths(Dataset dataset) {
    Map<String, Integer> widths = new TreeMap<>();
    for (String modality : List.of("text", "image")) {
      FeatureStore.names(dataset, modality).stream()
          .findFirst()
          .ifPresent(
              name -> widths.put(modality, FeatureStore.read(dataset, modality, name).width()));
    }
    if (widths.isEmpty()) {
      widths.put("text", USUAL_WIDTH);
    }
    return widths;
  }

  private void measure(
      CostPlan plan, PrintWriter print, List<Measured> measured, List<String> failures) {
    CostPoints points = new CostPoints(plan, data, out);
    Map<Point, TrainingCost> known = new LinkedHashMap<>();
    plan.points().forEach(p -> points.stored(p).ifPresent(cost -> known.put(p, cost)));
    int missing = plan.points().size() - known.size();
    double expected = plan.seconds() + OVERHEAD_SECONDS;
    print.printf(
        Locale.ROOT,
        "Cost of training: %s to measure, %s of them done, about %s to go%n",
        Numbers.count(plan.points().size(), "point"),
        known.size(),
        Numbers.duration(missing * expected));
    plan.bases().forEach((model, base) -> print.println("  " + model + ": " + base));
    print.flush();
    if (missing > 0) {
      Stopping.hint(Stopping.AGAIN);
    }
    int begun = 0;
    long start = System.nanoTime();
    for (Point point : plan.points()) {
      TrainingCost cost = known.get(point);
      if (cost == null) {
        String name = "[%s/%s] %s: %s".formatted(++begun, missing, point.model(), point.sizes());
        Child.Ended ended = points.measure(point, name);
        Console.line("");
        if (ended.code() != 0) {
          failures.add(
              "%s could not be measured at %s: %s"
                  .formatted(point.model(), point.sizes(), ended.reason()));
          print.println(name + ": failed: " + Plain.line(ended.reason()));
          continue;
        }
        cost = points.stored(point).orElseThrow();
        double spent = (System.nanoTime() - start) / 1e9;
        print.println(
            "%s: %s s a step%s; %s left"
                .formatted(
                    name,
                    Numbers.fixed(cost.secondsPerExample() * point.sizes().batch(), 3),
                    cost.memoryBytes() == null
                        ? ""
                        : ", " + Numbers.grouped(cost.memoryBytes() >> 20) + " MiB",
                    Numbers.duration(spent / begun * (missing - begun))));
        print.flush();
      }
      measured.add(
          new Measured(point, cost.secondsPerExample(), cost.parameters(), cost.memoryBytes()));
    }
  }
}
