package dev.horae.cli;

import dev.horae.data.Dataset;
import dev.horae.prep.PreparedDataset;
import dev.horae.report.Findings;
import dev.horae.report.FindingsFiles;
import dev.horae.report.Origin;
import dev.horae.report.Table;
import dev.horae.shell.CommandText;
import dev.horae.shell.Console;
import dev.horae.study.Origins;
import dev.horae.study.profile.Profiles;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "data",
    description = "Count what data sets are like, side by side, before anything is trained.",
    sortOptions = false,
    synopsisHeading = "Usage: ",
    customSynopsis = "horae study data --data DATASET ... --out DIR",
    footer = {
      "",
      "Sizes (Table 2 of the HM4SR paper), content of the catalogue, targets of the split, lengths"
          + " of histories, popularity of items, repeats, events over time in 30 parts (Figure 7),"
          + " intervals and equal times, seasons. DIR gets findings.json, findings.md and a CSV file"
          + " per table.",
      "",
      "Example:",
      "  horae study data --data toys yelp --out data-study"
    })
final class StudyDataCommand implements Callable<Integer> {

  @Spec CommandSpec spec;

  @Option(
      names = "--data",
      required = true,
      arity = "1..*",
      paramLabel = "DATASET",
      description = "Directories that 'horae prepare' made.")
  List<Path> data;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Where tables and figures are written.")
  Path out;

  @Override
  public Integer call() {
    List<Dataset> datasets = PreparedDataset.openAll(data);
    Origin origin =
        Origins.now(
            CommandText.of(spec),
            datasets.stream().map(dataset -> dataset.manifest().name()).toList(),
            "",
            List.of());
    Findings findings = Profiles.of(datasets, origin);
    List<Path> files = FindingsFiles.write(findings, out);
    PrintWriter print = spec.commandLine().getOut();
    print.print(transposed(findings.tables().get(0)));
    print.println();
    files.forEach(file -> print.println("wrote " + file));
    print.flush();
    return 0;
  }

  /** {@return the table with a line per column: few data sets have many sizes} */
  private static String transposed(Table table) {
    List<List<String>> rows = new ArrayList<>();
    for (int c = 0; c < table.columns().size(); c++) {
      List<String> row = new ArrayList<>(List.of(table.columns().get(c).name()));
      for (List<@Nullable Object> cells : table.rows()) {
        row.add(FindingsFiles.text(cells.get(c), table.columns().get(c)));
      }
      rows.add(row);
    }
    return Printed.table(rows.get(0), rows.subList(1, rows.size()), Console.columns());
  }
}
