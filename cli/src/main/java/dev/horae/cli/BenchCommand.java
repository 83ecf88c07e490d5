package dev.horae.cli;

import dev.horae.bench.Bench;
import dev.horae.bench.MatrixPeak;
import dev.horae.bench.Rate;
import dev.horae.bench.Report;
import dev.horae.bench.TrainingSpeed;
import dev.horae.config.ConfigWriter;
import dev.horae.config.Version;
import dev.horae.data.Dataset;
import dev.horae.data.FeatureTable;
import dev.horae.data.Json;
import dev.horae.demo.SyntheticData;
import dev.horae.demo.SyntheticDirectory;
import dev.horae.machine.Machine;
import dev.horae.prep.DatasetReport;
import dev.horae.run.Inputs;
import dev.horae.run.Presets;
import dev.horae.run.RunConfig;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "bench",
    description =
        "Measure how fast this machine trains, evaluates, encodes and recommends, and how fast it"
            + " could.",
    sortOptions = false,
    synopsisHeading = "Usage: ",
    customSynopsis = {
      "horae bench --data DATASET|--synthetic SHAPE [--json FILE] [--seconds S]",
      "                   [KEY=VALUE ...]",
      "       horae bench --synthetic SHAPE --out DATASET"
    },
    footer = {
      "",
      "Trains an untrained HM4SR on the CPU with both batchings, whole epochs where they fit into"
          + " the time, else epochs over a sample of the users. The share of the peak is what the"
          + " matrix products of the model's equations need, without padding, of what the machine"
          + " can multiply in that time. Nothing is kept but the report.",
      "",
      "Examples:",
      "  horae bench --synthetic games --json bench.json",
      "  horae bench --data toys --seconds 60 train.window_stride=10",
      "  horae bench --synthetic games --out games"
    })
final class BenchCommand implements Callable<Integer> {

  private static final long DATA_SEED = 2025;

  @Spec CommandSpec spec;

  @ArgGroup(multiplicity = "1")
  Source source;

  /** What to measure on. */
  static final class Source {
    @Option(
        names = "--data",
        paramLabel = "DATASET",
        description =
            "A directory that 'horae prepare' made; features are those of 'horae encode'.")
    Path data;

    @Option(
        names = "--synthetic",
        paramLabel = "SHAPE",
        completionCandidates = Shapes.class,
        description =
            "Made-up data of the size of a known set, the same on every machine:"
                + " ${COMPLETION-CANDIDATES}.")
    String synthetic;
  }

  /** For picocli's help. */
  static final class Shapes extends ArrayList<String> {
    private static final long serialVersionUID = 1L;

    Shapes() {
      super(SyntheticData.Shape.names());
    }
  }

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description =
          "Also write everything that was measured to this file; - is standard output, instead of"
              + " the table.")
  Path json;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "30",
      description =
          "About how long to measure each part; at least two steps of training are measured."
              + " Default: ${DEFAULT-VALUE}.")
  double seconds;

  @Option(
      names = "--out",
      paramLabel = "DATASET",
      description =
          "Measure nothing: write the made-up data as a prepared data set with features, for"
              + " 'horae train'.")
  Path out;

  @Parameters(
      paramLabel = "KEY=VALUE",
      description = "Settings of model and training, as of 'horae train'.")
  List<String> overrides = List.of();

  @Override
  public Integer call() {
    if (!(seconds > 0)) {
      throw new ParameterException(
          spec.commandLine(), "--seconds " + seconds + " is not above 0; give 10 or more");
    }
    OutputFile file = json == null ? null : OutputFile.of("--json", json, spec);
    PrintWriter print = spec.commandLine().getOut();
    RunConfig shared = settings("shared");
    if (!shared.device().equals("cpu")) {
      throw new ParameterException(
          spec.commandLine(), "device=" + shared.device() + ": bench measures the CPU only");
    }
    if (out != null) {
      return write(print);
    }
    Report report;
    if (source.synthetic == null) {
      Inputs inputs = Inputs.open(shared, source.data);
      report = measure(inputs.dataset(), inputs.features(), shared);
    } else {
      SyntheticData made = SyntheticData.generate(shape(), DATA_SEED);
      report = measure(made.dataset(), made.features(), shared);
    }
    if (file == null || !file.isStandardOutput()) {
      print.print(BenchTables.text(report));
    }
    if (file != null) {
      file.writeText(Json.text(report) + "\n");
    }
    print.flush();
    return 0;
  }

  private int write(PrintWriter print) {
    if (source.synthetic == null || json != null) {
      throw new ParameterException(
          spec.commandLine(), "--out goes with --synthetic alone: it writes data, not a report");
    }
    Dataset written =
        SyntheticDirectory.write(
            SyntheticData.generate(shape(), DATA_SEED), out, Console.progress());
    print.print(Flags.in(DatasetReport.of(written)));
    print.flush();
    return 0;
  }

  private RunConfig settings(String batching) {
    List<String> all = new ArrayList<>(List.of("device=cpu"));
    all.addAll(overrides);
    all.add("train.batching=" + batching);
    return Presets.read(null, all);
  }

  private SyntheticData.Shape shape() {
    return SyntheticData.Shape.named(source.synthetic)
        .orElseThrow(
            () ->
                new ParameterException(
                    spec.commandLine(),
                    "--synthetic "
                        + source.synthetic
                        + " is no known shape; use one of "
                        + SyntheticData.Shape.names()));
  }

  private Report measure(Dataset dataset, List<FeatureTable> features, RunConfig shared) {
    Console.progress().at("matrix products", 0, 0, "");
    MatrixPeak peak = MatrixPeak.measure(Runtime.getRuntime().availableProcessors(), seconds);
    Bench bench = new Bench(shared, dataset, features, peak, seconds, Console.progress());
    // What takes the most memory comes last: the process's peak only rises.
    TrainingSpeed first = bench.training(shared);
    List<Rate> rates = List.of(bench.evaluation(), bench.encoding(), bench.recommendation());
    TrainingSpeed second = bench.training(settings("prefix"));
    return new Report(
        Version.text(),
        dataset.manifest().name() + (source.synthetic == null ? "" : " (synthetic)"),
        counts(dataset, features),
        machine(),
        ConfigWriter.yaml(shared),
        seconds,
        peak,
        List.of(first, second),
        rates);
  }

  private static Map<String, Long> counts(Dataset dataset, List<FeatureTable> features) {
    Map<String, Long> counts = new LinkedHashMap<>();
    counts.put("users", (long) dataset.histories().users());
    counts.put("items", (long) dataset.catalogue().size());
    counts.put("events", (long) dataset.histories().events());
    features.forEach(table -> counts.put(table.modality() + "_width", (long) table.width()));
    return counts;
  }

  private static Map<String, String> machine() {
    Map<String, String> machine = new LinkedHashMap<>();
    for (Machine.Finding finding : Machine.inspect()) {
      if (!finding.part().startsWith("disk") && !finding.part().equals("temporary")) {
        machine.put(finding.part(), finding.state());
      }
    }
    return machine;
  }
}
