package dev.horae.cli;

import dev.horae.data.Dataset;
import dev.horae.data.Moment;
import dev.horae.features.StoredTables;
import dev.horae.prep.DatasetReport;
import dev.horae.prep.Preparation;
import dev.horae.prep.PrepareOptions;
import dev.horae.shell.Console;
import dev.horae.shell.Flags;
import dev.horae.shell.Plain;
import dev.horae.shell.PreparationArguments;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "prepare",
    description = "Turn raw events and a catalogue into a prepared data set.",
    sortOptions = false,
    synopsisHeading = "Usage: ",
    customSynopsis =
        "horae prepare --format FORMAT --events FILE ... [--items FILE ...] [OPTIONS] --out DIR",
    footer = {
      "",
      "Times may be "
          + Moment.FORMS
          + "; each is recognised by itself, and reported. One"
          + " without an offset is UTC.",
      "",
      "Examples:",
      "  horae prepare --format recbole --events toys.inter --items toys.item \\",
      "      --out toys",
      "  horae prepare --format amazon --events Toys.jsonl.gz --items meta_Toys.jsonl.gz \\",
      "      --text-columns description,features --out toys",
      "  horae prepare --format csv --events sales.csv --split time --cut 2014-01-01 --out shop"
    })
final class PrepareCommand implements Callable<Integer> {

  @Spec CommandSpec spec;

  @Mixin PreparationArguments arguments;

  @Override
  public Integer call() {
    Dataset dataset = Preparation.run(options(), Console.progress());
    PrintWriter printer = spec.commandLine().getOut();
    printer.print(Plain.lines(Flags.in(DatasetReport.of(dataset))));
    print(StoredTables.of(dataset), printer);
    printer.flush();
    return 0;
  }

  private static void print(List<StoredTables.Stored> tables, PrintWriter printer) {
    if (tables.isEmpty()) {
      return;
    }
    printer.println();
    printer.println("Feature tables");
    for (StoredTables.Stored table : tables) {
      printer.printf(
          Locale.ROOT, "  %-34s %s%n", table.modality() + " " + table.encoder(), table.state());
    }
  }

  private PrepareOptions options() {
    return arguments.options(
        arguments.events().stream().map(Path::of).toList(),
        arguments.items().stream().map(Path::of).toList(),
        Path.of(arguments.out()));
  }
}
