package dev.horae.spark;

import dev.horae.data.Manifest;
import dev.horae.prep.DatasetReport;
import dev.horae.prep.PrepareOptions;
import dev.horae.shell.Flags;
import dev.horae.shell.Plain;
import dev.horae.shell.PreparationArguments;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code horae spark prepare}. */
@Command(
    name = "prepare",
    description = {
      "Turn raw events and a catalogue into a prepared data set, the same as 'horae prepare' makes"
          + " of the same files.",
      "Events, items and the data set may be on any file system of Hadoop's, such as"
          + " hdfs://host/shop; events also in folders or patterns."
    },
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  horae spark prepare --master 'local[2]' --format csv --events events/ --out shop",
      "  horae spark prepare --master yarn --format parquet --events hdfs://lake/events \\",
      "      --from 2024-01-01 --stage hdfs://lake/horae-stage --out hdfs://lake/shop"
    })
final class PrepareCommand implements Callable<Integer> {

  @Spec CommandSpec spec;

  @Mixin PreparationArguments arguments;

  @Option(
      names = "--from",
      paramLabel = "DATE",
      description = "Read only files below folders date=YYYY-MM-DD of this day and later ones.")
  @Nullable LocalDate from;

  @Option(
      names = "--to",
      paramLabel = "DATE",
      description = "Read only files below folders date=YYYY-MM-DD of this day and earlier ones.")
  @Nullable LocalDate to;

  @Option(
      names = "--stage",
      paramLabel = "DIR",
      description =
          "Keep here what was read of each file of events, so that a later prepare reads only files"
              + " that are new or changed. Driver and executors must share it. Default: a folder"
              + " beside --out, which is removed at the end.")
  @Nullable String stage;

  @Mixin Cluster cluster;

  @Override
  public Integer call() {
    cluster.check();
    if (from != null && to != null && from.isAfter(to)) {
      throw new ParameterException(
          spec.commandLine(), "--from " + from + " lies after --to " + to + "; exchange them");
    }
    PrepareOptions options =
        arguments.options(
            List.of(Path.of("events")),
            arguments.items().isEmpty() ? List.of() : List.of(Path.of("items")),
            Path.of("out"));
    SparkPreparation.Places places =
        new SparkPreparation.Places(
            arguments.events(),
            arguments.items(),
            new InputFile.Dates(Optional.ofNullable(from), Optional.ofNullable(to)),
            arguments.out(),
            Optional.ofNullable(stage));
    Manifest manifest =
        new SparkPreparation(
                cluster.session("prepare"), places, spec.commandLine().getErr()::println)
            .run(options);
    PrintWriter printer = spec.commandLine().getOut();
    printer.print(Plain.lines(Flags.in(DatasetReport.of(manifest, arguments.out()))));
    printer.flush();
    return 0;
  }
}
