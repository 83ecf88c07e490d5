package dev.horae.cli;

import dev.horae.config.ConfigException;
import dev.horae.config.Names;
import dev.horae.data.Dataset;
import dev.horae.eval.CountingMethod;
import dev.horae.prep.PreparedDataset;
import dev.horae.run.Inputs;
import dev.horae.run.Presets;
import dev.horae.run.Provenance;
import dev.horae.run.RunConfig;
import dev.horae.study.Comparison;
import dev.horae.study.Run;
import dev.horae.study.Standings;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "compare",
    description = "Train models on data sets, several seeds each, and put them into one table.",
    sortOptions = false,
    synopsisHeading = "Usage: ",
    customSynopsis = {
      "horae compare --data DATASET ... --out DIR [--models all|NAME,...] [--seeds N]",
      "                     [KEY=VALUE ...]"
    },
    footer = {
      "",
      "Each run is a run directory, DIR/runs/DATASET/MODEL/seed-N, trained by a process of its own;"
          + " what it prints is in seed-N.log beside it. Stopped, it goes on where it was when the"
          + " same command is given again; what is done is never repeated. The tables are"
          + " DIR/DATASET.md, .csv, .tex and .html.",
      "",
      "A model takes the preset of its name, or else its defaults. A setting holds for all models;"
          + " with a model's name before it, as in hm4sr.train.epochs=20, for that one.",
      "",
      "Exit code 4 says that a run failed; its row, and the table, are there all the same.",
      "",
      "Examples:",
      "  horae compare --data toys --out comparison",
      "  horae compare --data toys films --models hm4sr,vmis-knn --seeds 2 --out first \\",
      "    train.epochs=20 hm4sr.model.beta=0.2"
    })
final class CompareCommand implements Callable<Integer> {

  private static final int FAILED = 4;
  private static final String ALL = "all";

  @Spec CommandSpec spec;

  @Option(
      names = "--data",
      required = true,
      arity = "1..*",
      paramLabel = "DATASET",
      description = "Directories that 'horae prepare' made; features are those of 'horae encode'.")
  List<Path> data;

  @Option(
      names = "--models",
      split = ",",
      defaultValue = ALL,
      paramLabel = "NAME",
      description = "all, or some of ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.",
      completionCandidates = Choices.ModelNames.class)
  List<String> models;

  @Option(
      names = "--seeds",
      defaultValue = "3",
      paramLabel = "N",
      description =
          "How many runs per model, with the seeds 2025, 2026 and so on. Default:"
              + " ${DEFAULT-VALUE}.")
  int seeds;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Where runs and tables are written; one that is there is continued.")
  Path out;

  @Parameters(
      paramLabel = "KEY=VALUE",
      description = "Settings over those of the presets, such as train.epochs=20.")
  List<String> overrides = List.of();

  @Override
  public Integer call() {
    List<String> chosen = chosen();
    List<Comparison.Subject> subjects = subjects(chosen);
    PrintWriter print = spec.commandLine().getOut();
    Stopping.hint(Stopping.AGAIN);
    List<Standings> all;
    try (Comparison comparison = Comparison.of(subjects, out, Main.class, new Watcher(print))) {
      all = comparison.run();
    }
    Console.line("");
    for (Standings standings : all) {
      List<Path> files = standings.write(out);
      print.println(standings.text(Console.styles()));
      files.forEach(file -> print.println("wrote " + file));
    }
    print.flush();
    return all.stream().allMatch(Standings::complete) ? 0 : FAILED;
  }

  private List<String> chosen() {
    if (seeds < 1) {
      throw new ParameterException(
          spec.commandLine(), "--seeds " + seeds + " is not positive; 3 shows how runs differ");
    }
    if (models.equals(List.of(ALL))) {
      return Choices.models();
    }
    for (String model : models) {
      if (!Choices.models().contains(model)) {
        throw new ParameterException(
            spec.commandLine(),
            "--models: there is no model '"
                + model
                + "'; use all, or some of "
                + String.join(", ", Choices.models())
                + Names.didYouMean(model, Choices.models()));
      }
    }
    return List.copyOf(new LinkedHashSet<>(models));
  }

  private List<Comparison.Subject> subjects(List<String> chosen) {
    Map<String, List<String>> settings = settings(chosen);
    Map<String, Path> names = new HashMap<>();
    List<Comparison.Subject> subjects = new ArrayList<>();
    for (Path path : data) {
      Dataset dataset = PreparedDataset.open(path);
      Path other = names.putIfAbsent(dataset.manifest().name(), path);
      if (other != null) {
        throw new ParameterException(
            spec.commandLine(),
            "--data %s and %s are both named %s; prepare one under another name, or compare them apart"
                .formatted(other, path, dataset.manifest().name()));
      }
      Map<List<String>, Map<String, String>> inputs = new HashMap<>(); // hashing takes a while
      List<List<Run>> runs = new ArrayList<>();
      for (Map.Entry<String, List<String>> model : settings.entrySet()) {
        runs.add(runs(dataset, model.getKey(), model.getValue(), inputs));
      }
      List<CountingMethod> counting =
          Arrays.stream(CountingMethod.values())
              .filter(method -> chosen.contains(method.id()))
              .toList();
      subjects.add(new Comparison.Subject(dataset, counting, runs, workers(runs)));
    }
    return subjects;
  }

  /** {@return the most that a run may use; where nothing is trained, what the settings say} */
  private int workers(List<List<Run>> runs) {
    return runs.stream()
        .flatMap(List::stream)
        .mapToInt(run -> run.config().train().workers())
        .max()
        .orElseGet(() -> Presets.read(null, overrides).train().workers());
  }

  private List<Run> runs(
      Dataset dataset,
      String model,
      List<String> settings,
      Map<List<String>, Map<String, String>> hashes) {
    List<Run> runs = new ArrayList<>();
    String preset = Presets.ALL.contains(model) ? model : null;
    long first = Presets.read(preset, settings).seed();
    for (long seed : IntStream.range(0, seeds).mapToLong(i -> first + i).toArray()) {
      List<String> all = new ArrayList<>(settings);
      all.add("seed=" + seed);
      RunConfig config = Inputs.settle(Presets.read(preset, all), dataset);
      runs.add(
          new Run(
              config,
              hashes.computeIfAbsent(
                  List.of(config.text(), config.image()),
                  tables -> Provenance.inputs(dataset, Inputs.features(config, dataset))),
              out.resolve("runs")
                  .resolve(dataset.manifest().name())
                  .resolve(model)
                  .resolve("seed-" + seed)));
    }
    return runs;
  }

  /** {@return the settings of each chosen model that is trained} */
  private Map<String, List<String>> settings(List<String> chosen) {
    Map<String, List<String>> settings = new TreeMap<>();
    Choices.neural().stream()
        .filter(chosen::contains)
        .forEach(model -> settings.put(model, new ArrayList<>(List.of("model.type=" + model))));
    List<String> problems = new ArrayList<>();
    Map<String, List<String>> own = new HashMap<>(); // stronger than what holds for all
    for (String override : overrides) {
      String first = override.replaceFirst("[.=].*", "");
      boolean single = Choices.neural().contains(first);
      String plain = single ? override.replaceFirst("^[^.=]*[.=]?", "") : override;
      String key = plain.replaceFirst("=.*", "").strip();
      if (Set.of("seed", "model.type", "data").contains(key)) {
        problems.add(
            "command line: '%s' is set by compare; use --seeds, --models and --data"
                .formatted(override));
      } else if (single && !settings.containsKey(first)) {
        problems.add(
            "command line: '%s' is for a model that is not compared; add it to --models"
                .formatted(override));
      } else if (single) {
        own.computeIfAbsent(first, model -> new ArrayList<>()).add(plain);
      } else {
        settings.values().forEach(list -> list.add(plain));
      }
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    own.forEach((model, list) -> settings.get(model).addAll(list));
    return settings;
  }

  /** A line in place on a terminal, and one that stays per run. */
  private record Watcher(PrintWriter print) implements Comparison.Listener {
    @Override
    public int columns() {
      return Console.columns();
    }

    @Override
    public void progress(String line) {
      Console.line(line);
    }

    @Override
    public void done(String line) {
      Console.line("");
      print.println(line);
      print.flush();
    }
  }
}
