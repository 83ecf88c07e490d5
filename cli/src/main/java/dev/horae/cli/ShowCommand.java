package dev.horae.cli;

import dev.horae.config.ConfigWriter;
import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import dev.horae.features.FeatureStore;
import dev.horae.model.NetworkConfig;
import dev.horae.prep.DatasetReport;
import dev.horae.prep.PreparedDataset;
import dev.horae.run.Presets;
import dev.horae.run.RunConfig;
import dev.horae.run.RunDirectory;
import dev.horae.run.RunReport;
import dev.horae.shell.CommandText;
import dev.horae.shell.Flags;
import dev.horae.shell.Plain;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "show",
    description = "Tell what a run directory or a prepared data set holds.",
    footer = {"", "Examples:", "  horae show runs/toys", "  horae show toys"})
final class ShowCommand implements Callable<Integer> {

  @Spec CommandSpec spec;

  @Parameters(
      paramLabel = "PATH",
      description = "A directory of 'horae train' or of 'horae prepare'.")
  Path path;

  @Override
  public Integer call() {
    StringWriter whole = new StringWriter(); // nothing of a directory that is damaged
    PrintWriter print = new PrintWriter(whole);
    if (Files.exists(path.resolve("run.yaml"))) {
      run(RunDirectory.open(path), print);
    } else if (Files.exists(path.resolve("dataset.json"))) {
      dataset(PreparedDataset.open(path), print);
    } else {
      throw new DataException(
          path
              + ": has neither a run.yaml nor a dataset.json; give a directory that 'horae train'"
              + " or 'horae prepare' made");
    }
    PrintWriter out = spec.commandLine().getOut();
    out.print(whole);
    out.flush();
    return 0;
  }

  private static void run(RunDirectory run, PrintWriter print) {
    RunConfig config = run.config();
    Optional<RunReport> report = run.report();
    print.printf(
        Locale.ROOT,
        "Run %s: %s, seed %d, on %s, text %s, image %s%n",
        run.path(),
        report.map(RunReport::model).orElse(config.model().name()),
        config.seed(),
        config.data(),
        config.text(),
        config.image());
    RunConfig defaults = Presets.read(null, List.of("model.type=" + config.model().name()));
    List<String> changed =
        ConfigWriter.changed(config, defaults).entrySet().stream()
            .filter(e -> !List.of("data", "text", "image", "seed").contains(e.getKey()))
            .map(e -> e.getKey() + "=" + e.getValue())
            .toList();
    print.println(
        changed.isEmpty()
            ? "settings: the defaults"
            : "settings other than the defaults: " + String.join(" ", changed));
    if (report.isEmpty()) {
      print.printf(
          Locale.ROOT,
          "stopped %s; continue with: horae train --resume %s%n",
          config.model() instanceof NetworkConfig
              ? "after " + run.epochs() + " of at most " + config.train().epochs() + " epochs"
              : "before its end",
          CommandText.quoted(run.path().toString()));
      return;
    }
    print.println(Reports.training(report.get()));
    print.print(Reports.metrics(report.get(), config.model()));
  }

  private static void dataset(Dataset dataset, PrintWriter print) {
    print.print(Plain.lines(Flags.in(DatasetReport.of(dataset))));
    for (String modality : List.of("text", "image")) {
      List<String> names = FeatureStore.names(dataset, modality);
      print.println(
          names.isEmpty()
              ? "no %1$s table; 'horae encode %2$s --%1$s NAME' makes one"
                  .formatted(modality, CommandText.quoted(dataset.directory().toString()))
              : modality + " tables: " + String.join(", ", names));
    }
  }
}
