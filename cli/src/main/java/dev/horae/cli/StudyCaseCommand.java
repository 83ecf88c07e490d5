package dev.horae.cli;

import dev.horae.report.Findings;
import dev.horae.report.FindingsFiles;
import dev.horae.shell.CommandText;
import dev.horae.shell.Console;
import dev.horae.study.cases.CaseStudy;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "case",
    description = "Show users whom one run serves well and another does not, and why.",
    sortOptions = false,
    synopsisHeading = "Usage: ",
    customSynopsis =
        "horae study case --run RUN --run RUN [--user ID ...] [--data DATASET] --out DIR",
    footer = {
      "",
      "Section 5.6 and Figure 6 of the HM4SR paper: history with pictures and dates, the first five"
          + " of each run, where the item that came next stands, what the views contribute and which"
          + " events mattered; and how often which run has the next item among its first five. Users"
          + " are found by the ranks of the test: for each run two whom it alone serves, those first"
          + " whom the others serve worst.",
      "",
      "Example:",
      "  horae study case --run runs/hm4sr --run runs/m3srec --out case"
    })
final class StudyCaseCommand implements Callable<Integer> {

  @Spec CommandSpec spec;

  @Option(
      names = "--run",
      required = true,
      paramLabel = "RUN",
      description = "A directory that 'horae train' made; at least two, of one data set.")
  List<Path> runs;

  @Option(
      names = "--user",
      paramLabel = "ID",
      description = "Show these users, and do not look for others.")
  List<String> users = List.of();

  @Option(
      names = "--data",
      paramLabel = "DATASET",
      description = "Where the data set lies now. Default: where the first run was trained on it.")
  Path data;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Where tables and figures are written.")
  Path out;

  @Override
  public Integer call() {
    Findings findings =
        CaseStudy.open(runs, data).findings(users, CommandText.of(spec), Console.progress());
    Console.finishLine();
    List<Path> files = FindingsFiles.write(findings, out);
    PrintWriter print = spec.commandLine().getOut();
    print.print(Printed.table(findings.tables().get(0)));
    print.println();
    files.forEach(file -> print.println("wrote " + file));
    print.flush();
    return 0;
  }
}
