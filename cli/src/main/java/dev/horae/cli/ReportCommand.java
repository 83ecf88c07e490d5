package dev.horae.cli;

import dev.horae.data.AtomicFiles;
import dev.horae.data.DataException;
import dev.horae.report.Findings;
import dev.horae.report.FindingsFiles;
import dev.horae.report.FindingsPage;
import dev.horae.run.RunDirectory;
import dev.horae.shell.CommandText;
import dev.horae.study.RunFindings;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "report",
    description = "Show what runs and experiments found, as one web page.",
    sortOptions = false,
    synopsisHeading = "Usage: ",
    customSynopsis = "horae report DIR ... [--data DATASET] [--out FILE]",
    footer = {
      "",
      "Of a run: test figures, learning curves, whom it serves, settings, cost, and some users with"
          + " what they are shown. Of experiments: their tables and charts, each with its figures as"
          + " CSV and its drawing as SVG and PNG. The page is one file that loads nothing.",
      "",
      "Examples:",
      "  horae report runs/toys",
      "  horae report data-study runs/toys --out toys.html"
    })
final class ReportCommand implements Callable<Integer> {

  @Spec CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "DIR",
      description = "Run directories, and what experiments such as study data were given as --out.")
  List<Path> folders;

  @Option(
      names = "--data",
      paramLabel = "DATASET",
      description = "Where the data set of a run lies, when it was moved since training.")
  Path data;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "The page. Default: report.html, in DIR where there is one DIR.")
  Path out;

  @Override
  public Integer call() {
    if (data != null && folders.stream().noneMatch(ReportCommand::isRun)) {
      throw new ParameterException(
          spec.commandLine(),
          "--data " + data + ": none of the directories is a run; leave it out");
    }
    List<Findings> all = new ArrayList<>();
    folders.forEach(folder -> all.addAll(findings(folder)));
    Path own = Path.of(FindingsFiles.PAGE);
    Path file = out != null ? out : folders.size() == 1 ? folders.get(0).resolve(own) : own;
    AtomicFiles.writeText(file, FindingsPage.html(all));
    PrintWriter print = spec.commandLine().getOut();
    all.forEach(findings -> print.println(findings.title()));
    print.println("wrote " + file);
    print.flush();
    return 0;
  }

  private List<Findings> findings(Path folder) {
    if (isRun(folder)) {
      RunDirectory run = RunDirectory.open(folder);
      return List.of(RunFindings.of(run, data, command(run)));
    }
    List<Findings> all = Files.isDirectory(folder) ? FindingsFiles.readAll(folder) : List.of();
    if (all.isEmpty()) {
      throw new DataException(
          folder
              + (Files.exists(folder) ? ": holds neither a run nor findings" : ": is not there")
              + "; give a directory that 'horae train' made, or the --out of an experiment. Where"
              + " an experiment wrote no findings yet, start it again: what is trained stays");
    }
    return all;
  }

  /** {@return what trains the run again} */
  static String command(RunDirectory run) {
    List<String> words = new ArrayList<>(List.of("train", "--data", run.config().data()));
    words.addAll(List.of("--out", run.path().toString()));
    words.addAll(RunFindings.settings(run.config()));
    return words.stream().map(CommandText::quoted).collect(Collectors.joining(" ", "horae ", ""));
  }

  private static boolean isRun(Path folder) {
    return Files.exists(folder.resolve("run.yaml"));
  }
}
