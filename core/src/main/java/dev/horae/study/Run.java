package dev.horae.study;

import dev.horae.config.ConfigException;
import dev.horae.config.ConfigWriter;
import dev.horae.data.Dataset;
import dev.horae.data.WriterLock;
import dev.horae.run.Inputs;
import dev.horae.run.Presets;
import dev.horae.run.Provenance;
import dev.horae.run.RunConfig;
import dev.horae.run.RunDirectory;
import dev.horae.run.RunReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One model with one seed on one data set: how it is to be trained, and where.
 *
 * @param variant of the model; empty for the model itself
 * @param config settled: it names the data set and the tables of features
 * @param inputs what {@link Provenance#inputs} says of these
 * @param path the run directory, there or not
 */
public record Run(
    Optional<String> variant, RunConfig config, Map<String, String> inputs, Path path) {

  /**
   * {@return the run of a model on a data set}
   *
   * @param own settings of the model, over its preset
   * @param folder of the model, below that of the data set
   * @param out where all runs lie
   * @param hashes of tables of features, which are filled as they are needed
   */
  static Run of(
      Dataset dataset,
      String model,
      List<String> own,
      long seed,
      long tieSeed,
      String folder,
      Path out,
      Map<List<String>, Map<String, String>> hashes) {
    List<String> all = new ArrayList<>(own);
    all.add("seed=" + seed);
    all.add("tie_seed=" + tieSeed);
    RunConfig config = Inputs.settle(Presets.of(model, all), dataset);
    return new Run(
        Optional.empty(),
        config,
        hashes.computeIfAbsent(
            List.of(config.text(), config.image()),
            tables -> Provenance.inputs(dataset, Inputs.features(config, dataset))),
        path(dataset, seed, tieSeed, folder, out));
  }

  /** {@return where the run of a seed is, or is to be; the parameters are those of {@link #of}} */
  public static Path path(Dataset dataset, long seed, long tieSeed, String folder, Path out) {
    return out.resolve("runs")
        .resolve(dataset.manifest().name())
        .resolve(folder)
        .resolve("seed-" + seed + (tieSeed == 0 ? "" : "-ties-" + tieSeed));
  }

  /**
   * {@return as {@link #of}, one per seed, from that of the settings on; one where no seed changes
   * the model}
   */
  public static List<Run> bySeed(
      Dataset dataset,
      String model,
      List<String> own,
      int seeds,
      String folder,
      Path out,
      Map<List<String>, Map<String, String>> hashes) {
    RunConfig preset = Presets.of(model, own);
    List<Run> runs = new ArrayList<>();
    for (int i = 0; i < (preset.model().seeded() ? seeds : 1); i++) {
      runs.add(of(dataset, model, own, preset.seed() + i, 0, folder, out, hashes));
    }
    return runs;
  }

  Run named(String name) {
    return new Run(Optional.of(name), config, inputs, path);
  }

  /** {@return the name of its row: the variant's, or else the model's} */
  public String model() {
    return variant.orElse(config.model().name());
  }

  /** {@return such as {@code sasrec, seed 2025}} */
  public String label() {
    return model() + ", " + seeds();
  }

  /** {@return what tells it from the model's other runs} */
  String seeds() {
    return "seed " + config.seed() + (config.tieSeed() == 0 ? "" : ", ties " + config.tieSeed());
  }

  /** {@return the file beside the run directory that has what training printed} */
  Path log() {
    return path.resolveSibling(path.getFileName() + ".log");
  }

  /** {@return whether its result is there} */
  public boolean finished() {
    return directory().report().isPresent();
  }

  /** {@return whether training ever began, though perhaps no epoch was finished} */
  boolean trained() {
    return directory().has("provenance.json");
  }

  /** {@return whether there is anything that would be lost if the run began anew} */
  private boolean begun() {
    return finished() || directory().hasCheckpoint();
  }

  /**
   * Throws when the directory holds work of another configuration ({@link ConfigException}) or on
   * other data ({@link dev.horae.tensor.CheckpointException}).
   */
  public void requireSame() {
    if (!begun()) {
      return;
    }
    Map<String, String> asked = ConfigWriter.values(config);
    Map<String, String> made = ConfigWriter.values(directory().config());
    List<String> differences = new ArrayList<>();
    made.forEach(
        (key, value) -> {
          if (!Provenance.PLACE.contains(key) && !value.equals(asked.get(key))) {
            differences.add(key + " " + value + " and not " + asked.getOrDefault(key, "there"));
          }
        });
    if (!differences.isEmpty()) {
      throw new ConfigException(
          path
              + ": was made with "
              + String.join(", ", differences)
              + "; compare with the settings that it was made with, or choose another"
              + " ``out``");
    }
    Provenance.requireSame(directory(), inputs, Path.of(config.data()));
  }

  /**
   * {@return what is to be said before it goes on with other workers than it is asked for now: with
   * those that it began with, for its bits depend on their number; empty where there is nothing}
   */
  public Optional<String> ownWorkers() {
    if (finished() || !directory().hasCheckpoint()) {
      return Optional.empty();
    }
    int own = directory().config().train().workers();
    int asked = config.train().workers();
    return own == asked
        ? Optional.empty()
        : Optional.of(
            "a run that has begun goes on with its train.workers = %s, and not with %s, which would change its bits; to change it all the same: ``Training.resume(RUN, train.workers=%s)``"
                .formatted(own, asked, asked));
  }

  /** Makes the directory ready for {@code horae train --resume}; keeps what is worth keeping. */
  public void begin() {
    if (begun()) {
      return;
    }
    if (directory().has("run.yaml")) { // stopped before the end of its first epoch
      try (WriterLock lock = RunDirectory.lock(path)) {
        clear();
      }
    }
    RunDirectory.create(path, config);
  }

  /** Leaves the lock: two that remove and make it could both have it. */
  private void clear() {
    Path lock = path.resolve(WriterLock.NAME);
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) { // contents first
        if (!file.equals(path) && !file.equals(lock)) {
          Files.delete(file);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot clear " + path, e);
    }
  }

  /**
   * Reads what came of it.
   *
   * @param testUsers whom the ranks belong to
   */
  Result.Outcome outcome(List<String> testUsers) {
    RunReport report = report();
    RunDirectory.Ranks ranks = directory().readRanks("ranks-test.csv", testUsers);
    return new Result.Outcome(
        ranks.ranks(),
        ranks.maskedRanks(),
        RunReport.figure(report.diagnostics(), "history_share_of_top_10"),
        RunReport.figure(report.diagnostics(), "tied_targets"),
        new Result.Cost(
            report.parameters(),
            report.epochs(),
            RunReport.figure(report.throughput(), "seconds_per_epoch"),
            report.totalSeconds(),
            report.peakMemoryBytes()),
        Optional.empty());
  }

  /** {@return its result} Only when {@link #finished}. */
  public RunReport report() {
    return directory().report().orElseThrow();
  }

  public RunDirectory directory() {
    return new RunDirectory(path);
  }
}
