package dev.horae.run;

import dev.horae.config.ConfigException;
import dev.horae.config.ConfigWriter;
import dev.horae.config.Version;
import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import dev.horae.data.FeatureTable;
import dev.horae.data.Json;
import dev.horae.data.Progress;
import dev.horae.data.Split;
import dev.horae.data.Windows;
import dev.horae.data.WriterLock;
import dev.horae.eval.Ranking;
import dev.horae.eval.WithBornLater;
import dev.horae.machine.Machine;
import dev.horae.model.NetworkConfig;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.Scorer;
import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.Group;
import dev.horae.train.EpochReport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A whole run, of a network, a heuristic baseline or our own model: the model is fitted to the
 * training events, kept in the run directory, and ranks the validation and test targets.
 */
public abstract sealed class Training permits NetworkTraining, CountingTraining {

  final RunConfig config;
  final Dataset dataset;
  final List<FeatureTable> features;
  final DataSpec dataSpec;
  final Group group;
  boolean nothingLeft;
  private @Nullable Started started; // null until it runs

  /**
   * What a training is given when it runs; see {@link #run(RunDirectory, Progress, Consumer)}.
   *
   * @param id {@link Provenance#id} of the run; empty where another node keeps it
   */
  record Started(
      RunDirectory directory, String id, Progress progress, Consumer<EpochReport> ended) {}

  Training(RunConfig config, Dataset dataset, List<FeatureTable> features, Group group) {
    this.config = config;
    this.dataset = dataset;
    this.features = features;
    this.group = group;
    dataSpec = DataSpec.of(dataset, features);
  }

  /**
   * Builds the model, and throws what a run refuses to start with: ask before a run directory is
   * made.
   *
   * @param features the tables that the configuration names
   */
  public static Training of(RunConfig config, Dataset dataset, List<FeatureTable> features) {
    return of(config, dataset, features, Group.alone());
  }

  /**
   * As {@link #of(RunConfig, Dataset, List)}, for a training that the nodes of a group share: each
   * makes one with the same settings, data and Horae, and runs it. Node 0 alone reads and writes
   * the run directory.
   *
   * @param group need not be connected yet
   */
  public static Training of(
      RunConfig config, Dataset dataset, List<FeatureTable> features, Group group) {
    requireTargets(dataset);
    if (config.model() instanceof NetworkConfig) {
      return new NetworkTraining(config, dataset, features, group);
    }
    if (group.hasOthers()) {
      throw new ConfigException(
          "model.type = "
              + config.model().name()
              + " is not trained on several nodes; train it on one");
    }
    return new CountingTraining(config, dataset, features);
  }

  /**
   * {@return the settings of the networks that are trained within a run, as runs of their own} None
   * of them is built.
   *
   * @param features the tables that the configuration names
   */
  public static List<RunConfig> networks(RunConfig config, List<FeatureTable> features) {
    return CountingTraining.towers(config, features).stream()
        .map(CountingTraining.Tower::config)
        .toList();
  }

  /**
   * Trains a model from scratch and ranks the test targets.
   *
   * @param name a model, such as {@code sasrec}, or a preset, such as {@code hm4sr-official}
   * @param out the run directory to make
   * @param overrides settings over those of the preset, {@code key=value}
   */
  public static RunReport run(Dataset dataset, String name, Path out, String... overrides) {
    Inputs inputs = Inputs.of(Presets.of(name, List.of(overrides)), dataset);
    Training training = of(inputs.config(), dataset, inputs.features());
    return training.run(RunDirectory.create(out, inputs.config()), Progress.SILENT);
  }

  /**
   * Goes on with a run that was stopped, and ends with the same bits as one that was not.
   *
   * @param overrides what a run that goes on may change, such as {@code train.epochs=40}
   */
  public static RunReport resume(Path out, String... overrides) {
    RunDirectory run = RunDirectory.open(out);
    Inputs inputs = Inputs.of(run, null, List.of(overrides));
    return of(inputs.config(), inputs.dataset(), inputs.features()).run(run, Progress.SILENT);
  }

  private static void requireTargets(Dataset dataset) {
    if (Windows.before(dataset.split(), Split.Part.VALID, 1).examples() == 0) {
      throw new DataException(
          dataset.directory()
              + ": no user has the "
              + (dataset.split().isByTime() ? "three events before the cut" : "four events")
              + " that a validation target needs; prepare it from longer histories");
    }
  }

  /**
   * Starts from the weights of an earlier run instead of from scratch: items are carried over by
   * id, categories by name, other parameters where their shape is the same; a new item starts from
   * the items with the most similar content. To be called before {@link #run}.
   *
   * @throws CheckpointException when nothing can be carried over
   * @throws ConfigException when the model has no weights
   */
  public abstract WarmStart.Summary startFrom(TrainedRun run);

  /** {@return the model's name in reports} */
  public final String name() {
    return config.model().name(dataSpec);
  }

  /** {@return what the run will need; empty where that is next to nothing} */
  public abstract Optional<MemoryEstimate> memory();

  /** As {@link #run(RunDirectory, Progress, Consumer)}, for those who need not hear of epochs. */
  public final RunReport run(RunDirectory directory, Progress progress) {
    return run(directory, progress, epoch -> {});
  }

  /**
   * {@return among how many workers a batch is shared, those of all nodes; 1 where nothing learns}
   */
  public abstract int workers();

  /**
   * Trains from scratch, or from the last checkpoint when the run has one. Once.
   *
   * @param directory a run of this configuration; nodes other than node 0 leave it alone
   * @param progress is told the examples of the whole run
   * @param ended is told of every epoch
   */
  public final RunReport run(
      RunDirectory directory, Progress progress, Consumer<EpochReport> ended) {
    return run(directory, progress, ended, Optional.empty(), this::fit);
  }

  private <T> T run(
      RunDirectory directory,
      Progress progress,
      Consumer<EpochReport> ended,
      Optional<Integer> stopAfter,
      Supplier<T> fit) {
    agree(stopAfter);
    if (group.rank() > 0) {
      started = new Started(directory, "", progress, ended);
      return fit.get();
    }
    try (WriterLock lock = RunDirectory.lock(directory.path())) {
      started = new Started(directory, begin(directory, stopAfter).id(), progress, ended);
      return fit.get();
    }
  }

  /**
   * Waits for the other nodes, and throws what {@link #of} could not refuse yet: ask before a run
   * directory is made. {@link #run} and {@link #runUntil} ask too.
   *
   * @param stopAfter the epochs of {@link #runUntil}; empty for {@link #run}
   * @throws ConfigException when the model has no epochs to stop after, the nodes would not train
   *     the same, or those on one machine do not fit into its memory together
   * @throws dev.horae.tensor.GroupException when not all nodes come
   */
  public final void agree(Optional<Integer> stopAfter) {
    if (stopAfter.isPresent() && !(config.model() instanceof NetworkConfig)) {
      throw new ConfigException(
          "``stopAfter`` " + stopAfter.get() + ": " + name() + " has no epochs; leave it out");
    }
    if (group.hasOthers()) {
      group.connect();
      requireSame(stopAfter);
      memory().ifPresent(memory -> memory.requireFitsTogether(group));
    }
  }

  /** Throws when the nodes would not train the same. */
  private void requireSame(Optional<Integer> stopAfter) {
    Map<String, String> mine = new TreeMap<>(ConfigWriter.values(config));
    mine.keySet().removeIf(key -> Provenance.PLACE.contains(key) && !key.equals("train.workers"));
    mine.putAll(Provenance.inputs(dataset, features));
    mine.put("Horae", Version.text());
    mine.put("epochs to train now", stopAfter.map(epochs -> "up to " + epochs).orElse("all"));
    List<Map<String, String>> all =
        group.gather(Json.text(mine)).stream().map(Json::strings).toList();
    Set<String> names = new TreeSet<>();
    all.forEach(node -> names.addAll(node.keySet()));
    List<String> problems = new ArrayList<>();
    for (int node = 1; node < all.size(); node++) {
      for (String name : names) {
        String first = all.get(0).getOrDefault(name, "not there");
        String other = all.get(node).getOrDefault(name, "not there");
        if (!other.equals(first)) {
          problems.add(
              "node %s: %s is %s, and %s on node 0; give all nodes the same settings, data and Horae"
                  .formatted(node, name, other, first));
        }
      }
    }
    ConfigException.throwIfAny(problems);
  }

  /**
   * As {@link #run(RunDirectory, Progress, Consumer)}, but ends once so many epochs are trained in
   * all. The run is then as one that was stopped, which {@link #run} ends with the same bits; the
   * test targets are not ranked.
   *
   * @param epochs at least 1; a run that has ended with as many, or that validation has stopped, is
   *     left as it is, with its settings
   * @return whether all epochs that the run will have are trained
   * @throws ConfigException when the model has no epochs
   */
  public final boolean runUntil(
      int epochs, RunDirectory directory, Progress progress, Consumer<EpochReport> ended) {
    return run(directory, progress, ended, Optional.of(epochs), () -> fitUntil(epochs));
  }

  final Started started() {
    if (started == null) {
      throw new IllegalStateException("a training has no directory before it runs");
    }
    return started;
  }

  final RunDirectory directory() {
    return started().directory();
  }

  /**
   * {@return a model that takes as long to score as one that has run, and whose networks have
   * learnt nothing} What counts is fitted. To be closed by whoever asked; instead of {@link #run}.
   */
  public abstract Scorer untrained();

  /** Does what is left of the run, whose directory stands alone by now. */
  abstract RunReport fit();

  /** As {@link #fit}, without an end; {@return whether all epochs of the run are trained} */
  abstract boolean fitUntil(int epochs);

  /** {@return what to say when {@link #run} found a finished run; empty when it trained} */
  public final Optional<String> nothingLeft() {
    return nothingLeft
        ? Optional.of("nothing was left to do: " + whyNothingIsLeft())
        : Optional.empty();
  }

  abstract String whyNothingIsLeft();

  /** {@return what decides the model, by name, see {@link Provenance#inputs}} */
  Map<String, String> inputs() {
    return Provenance.inputs(dataset, features);
  }

  /** {@return where the model lies} */
  abstract String device();

  /**
   * Holds a run that has begun to what it began with; makes a new one stand alone. A result says
   * what came of the settings in the directory: these stay where it does.
   */
  private Provenance begin(RunDirectory run, Optional<Integer> stopAfter) {
    if (run.has(Provenance.FILE)) {
      Provenance.requireSame(run, Provenance.inputs(dataset, features), dataset.directory());
      requireAsMany(run);
    }
    if (run.standsAlone()) {
      boolean left =
          stopAfter.isPresent()
              && run.report().filter(ended -> ended.epochs() >= stopAfter.get()).isPresent();
      if (!left && !run.hasSettings(config)) {
        run.writeConfig(config); // more epochs, another device, or the data set lies elsewhere
      }
      return Provenance.read(run);
    }
    return TrainedRun.write(run, config, dataset, features, inputs(), dataSpec, device());
  }

  /** Settings of fewer epochs than are trained would not be those that made the model. */
  void requireAsMany(RunDirectory run) {
    if (config.train().epochs() < run.epochs()) {
      throw new ConfigException(
          "train.epochs = %s is less than the %s epochs that %s has trained; give at least as many, or leave it out"
              .formatted(config.train().epochs(), run.epochs(), run.path()));
    }
  }

  final Ranking rank(Scorer scorer, Split.Part part, Progress shown) {
    int mostUsers = part == Split.Part.VALID ? config.train().validationUsers() : 0;
    return Ranking.of(scorer, dataset, part, shown, group, mostUsers);
  }

  /** {@return the test figures with items born later; empty where the split is not by time} */
  final Optional<WithBornLater> withBornLater(Scorer scorer, Ranking test) {
    return WithBornLater.of(scorer, dataset, test, Progress.SILENT);
  }

  static long peakMemoryBytes() {
    return Machine.peakResident().orElse(0L);
  }

  static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }
}
