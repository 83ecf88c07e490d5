package dev.horae.cli;

import dev.horae.bench.DataBench;
import dev.horae.bench.MatrixPeak;
import dev.horae.bench.ModelBench;
import dev.horae.bench.ModelSpeed;
import dev.horae.bench.Rate;
import dev.horae.bench.Ratios;
import dev.horae.bench.Report;
import dev.horae.bench.SyntheticData;
import dev.horae.bench.SyntheticDirectory;
import dev.horae.cli.BenchProcess.Measured;
import dev.horae.config.Version;
import dev.horae.data.Dataset;
import dev.horae.data.FeatureTable;
import dev.horae.data.Json;
import dev.horae.data.Progress;
import dev.horae.machine.Machine;
import dev.horae.prep.DatasetReport;
import dev.horae.prep.PreparedDataset;
import dev.horae.run.Inputs;
import dev.horae.run.Presets;
import dev.horae.run.RunConfig;
import dev.horae.shell.Console;
import dev.horae.shell.ExitCode;
import dev.horae.shell.Flags;
import dev.horae.study.Plan;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
        "Measure how fast this machine prepares, encodes, trains, evaluates and recommends, and how"
            + " fast it could.",
    sortOptions = false,
    synopsisHeading = "Usage: ",
    customSynopsis = {
      "horae bench --data DATASET|--synthetic SHAPE [--models all|NAME,...]",
      "                   [--seconds S] [--json FILE] [--compare OLD] [KEY=VALUE ...]",
      "       horae bench --synthetic SHAPE --out DATASET"
    },
    footer = {
      "",
      "Measures HM4SR, or the model of model.type=NAME, or those of --models, each in a process of"
          + " its own, untrained and on the CPU: an epoch, or the fit of a model that has none;"
          + " ranking, and recommending for many histories and for one. A model takes the preset of"
          + " its name, or else its defaults. What takes longer than the time is measured on a part"
          + " of the users, and the table says so. HM4SR's share of the peak is what the matrix"
          + " products of its equations need, without padding, of what the machine can multiply in"
          + " that time. Nothing is kept but the report.",
      "",
      "With --models, a setting holds for all of them; with a model's name before it, as in"
          + " hm4sr.train.batching=prefix, for that one. A model that cannot be measured on the"
          + " data is named with the reason. Exit code 4 says that one failed otherwise.",
      "",
      "Examples:",
      "  horae bench --synthetic games --json bench.json",
      "  horae bench --synthetic games --compare bench.json",
      "  horae bench --data toys --models all --seconds 10",
      "  horae bench --data toys --seconds 60 model.type=sasrec train.window_stride=1",
      "  horae bench --synthetic games --out games"
    })
final class BenchCommand implements Callable<Integer> {

  private static final long DATA_SEED = 2025;
  private static final String TYPE = "model.type=";
  private static final String USUAL = "hm4sr";

  /** Exit codes of a model that does not go with its settings or with the data. */
  private static final Set<Integer> REFUSED = Set.of(ExitCode.USAGE, ExitCode.DATA);

  /** In this process's machine, and of no interest to speed. */
  private static final Set<String> PLACES = Set.of("cache", "temporary", "disk here");

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
      names = "--models",
      split = ",",
      paramLabel = "NAME",
      description = "all, or some of ${COMPLETION-CANDIDATES}.",
      completionCandidates = Choices.ModelNames.class)
  List<String> models;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "30",
      description =
          "About how long to measure each part; at least three steps of training are measured."
              + " Default: ${DEFAULT-VALUE}.")
  double seconds;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description =
          "Also write everything that was measured to this file; - is standard output, instead of"
              + " the tables.")
  Path json;

  @Option(
      names = "--compare",
      paramLabel = "OLD",
      description =
          "Also print every figure beside that of an earlier --json FILE of the same data, and"
              + " their ratio.")
  Path compare;

  @Option(
      names = "--out",
      paramLabel = "DATASET",
      description =
          "Measure nothing: write the made-up data as a prepared data set with features, for"
              + " 'horae train'.")
  Path out;

  /** How a process is told to measure one model and nothing else. */
  @Option(names = "--child", hidden = true)
  String child;

  @Parameters(
      paramLabel = "KEY=VALUE",
      description = "Settings of model and training, as of 'horae train'.")
  List<String> overrides = List.of();

  @Override
  public Integer call() {
    PrintWriter print = spec.commandLine().getOut();
    if (child != null) {
      print.println(Json.text(measure(child)));
      print.flush();
      return 0;
    }
    if (!(seconds > 0)) {
      throw new ParameterException(
          spec.commandLine(), "--seconds " + seconds + " is not above 0; give 10 or more");
    }
    OutputFile file = json == null ? null : OutputFile.of("--json", json, spec);
    boolean tables = file == null || !file.isStandardOutput();
    if (!tables && compare != null) {
      throw new ParameterException(
          spec.commandLine(), "--compare prints a table, so --json needs a file; name one");
    }
    Map<String, List<String>> settings = settings();
    settings.forEach((name, own) -> requireCpu(Presets.of(name, own)));
    if (out != null) {
      return write(print);
    }
    Optional<Report> old = Optional.ofNullable(compare).map(Report::read);
    Dataset dataset =
        source.synthetic == null ? PreparedDataset.open(source.data) : made().dataset();
    Report.Data data = Report.Data.of(dataset, source.synthetic != null);
    old.ifPresent(then -> then.requireSameData(compare, data));
    List<Measured> measured = measure(settings);
    if (measured.stream().allMatch(one -> one.code() != 0)) {
      spec.commandLine().getErr().print(measured.get(0).said());
      return measured.get(0).code();
    }
    Report report = report(dataset, data, measured);
    if (tables) {
      print.print(BenchTables.text(report));
      old.ifPresent(
          then -> print.print("\n" + BenchTables.text(compare, then, Ratios.of(then, report))));
    }
    if (file != null) {
      file.writeText(Json.text(report) + "\n");
    }
    print.flush();
    return measured.stream().allMatch(one -> one.code() == 0 || REFUSED.contains(one.code()))
        ? 0
        : ExitCode.FAILED;
  }

  private Report report(Dataset dataset, Report.Data data, List<Measured> models) {
    Progress progress = Console.progress();
    List<Rate> rates = DataBench.measure(dataset, seconds, progress);
    progress.at("matrix products", 0, 0, "");
    return new Report(
        Version.text(),
        data,
        machine(),
        seconds,
        MatrixPeak.measure(Runtime.getRuntime().availableProcessors(), seconds),
        rates,
        models.stream().map(Measured::model).toList());
  }

  private int write(PrintWriter print) {
    boolean measures =
        json != null
            || compare != null
            || models != null
            || !overrides.isEmpty()
            || spec.commandLine().getParseResult().hasMatchedOption("--seconds");
    if (source.synthetic == null || measures) {
      throw new ParameterException(
          spec.commandLine(), "--out goes with --synthetic alone: it writes data, not a report");
    }
    Dataset written = SyntheticDirectory.write(made(), out, Console.progress());
    print.print(Flags.in(DatasetReport.of(written)));
    print.flush();
    return 0;
  }

  private SyntheticData made() {
    return SyntheticData.generate(
        SyntheticData.Shape.named(source.synthetic)
            .orElseThrow(
                () ->
                    new ParameterException(
                        spec.commandLine(),
                        "--synthetic "
                            + source.synthetic
                            + " is no known shape; use one of "
                            + SyntheticData.Shape.names())),
        DATA_SEED);
  }

  /** {@return the settings of each model that is to be measured} */
  private Map<String, List<String>> settings() {
    List<String> plain = new ArrayList<>(overrides);
    plain.removeIf(setting -> setting.startsWith(TYPE));
    Map<String, List<String>> settings = new LinkedHashMap<>();
    if (models == null) {
      String name =
          overrides.stream()
              .filter(setting -> setting.startsWith(TYPE))
              .reduce(TYPE + USUAL, (first, last) -> last)
              .substring(TYPE.length());
      settings.put(Presets.read(null, List.of(TYPE + name)).model().name(), plain); // or says no
      return settings;
    }
    if (plain.size() < overrides.size()) {
      throw new ParameterException(
          spec.commandLine(), "--models names the models; leave " + TYPE + "... out");
    }
    List<String> chosen = Choices.models(models, "--models", spec);
    Map<String, List<String>> own = Plan.settingsByModel(chosen, plain, Set.of());
    chosen.forEach(name -> settings.put(name, own.getOrDefault(name, List.of())));
    return settings;
  }

  private void requireCpu(RunConfig config) {
    if (!Set.of("auto", "cpu").contains(config.device())) {
      throw new ParameterException(
          spec.commandLine(), "device=" + config.device() + ": bench measures the CPU only");
    }
  }

  /** Measures one model, in this process. */
  private ModelSpeed measure(String model) {
    RunConfig config = Presets.of(model, overrides);
    if (source.synthetic == null) {
      Inputs inputs = Inputs.open(config, source.data);
      return ModelBench.measure(
          inputs.config(), inputs.dataset(), inputs.features(), seconds, Console.progress());
    }
    SyntheticData made = made();
    List<FeatureTable> features =
        made.features().stream()
            .filter(table -> config.model().modalities().contains(table.modality()))
            .filter(table -> config.tables().containsKey(table.modality()))
            .toList();
    return ModelBench.measure(config, made.dataset(), features, seconds, Console.progress());
  }

  /** Measures every model, each in a process of its own. */
  private List<Measured> measure(Map<String, List<String>> settings) {
    BenchProcess process =
        new BenchProcess(
            source.synthetic == null
                ? List.of("--data", source.data.toString())
                : List.of("--synthetic", source.synthetic),
            seconds);
    List<Measured> all = new ArrayList<>();
    settings.forEach((name, own) -> all.add(process.measure(name, own)));
    Console.line("");
    return all;
  }

  private static Map<String, String> machine() {
    Map<String, String> machine = new LinkedHashMap<>();
    for (Machine.Finding finding : Machine.inspect()) {
      if (!PLACES.contains(finding.part())) {
        machine.put(finding.part(), finding.state());
      }
    }
    return machine;
  }
}
