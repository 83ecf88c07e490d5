package dev.horae.run;

import dev.horae.config.ConfigException;
import dev.horae.config.ConfigReader;
import dev.horae.config.ConfigWriter;
import dev.horae.data.Catalogue;
import dev.horae.data.Dataset;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.Split;
import dev.horae.data.Workers;
import dev.horae.eval.Ranking;
import dev.horae.eval.WithBornLater;
import dev.horae.model.HeuristicConfig;
import dev.horae.model.Horae;
import dev.horae.model.ModelConfig;
import dev.horae.model.NetworkConfig;
import dev.horae.sequence.DataSpec;
import dev.horae.sequence.Scorer;
import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.Group;
import dev.horae.tensor.Safetensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The run of a model that counts once, a heuristic baseline or {@link Horae}: there is neither
 * epoch nor checkpoint.
 */
final class CountingTraining extends Training {

  private static final String WEIGHT = "weight ";

  /** Directories of a run that have the runs of its networks. */
  static final List<String> TOWERS = List.of("tower", "second_tower");

  private static final List<String> SHARED =
      List.of("seed", "tie_seed", "device", "precision", "train.workers");

  private final List<Training> towers;

  /** The settings of a tower, and the tables that it reads. */
  record Tower(RunConfig config, List<FeatureTable> features) {}

  CountingTraining(RunConfig config, Dataset dataset, List<FeatureTable> features) {
    super(config, dataset, features, Group.alone());
    features.forEach(DataSpec::requireOneVector); // before networks are trained that read none
    towers =
        towers(config, features).stream()
            .map(tower -> Training.of(tower.config(), dataset, tower.features()))
            .toList();
  }

  /** {@return the networks of a run; none of them is built} */
  static List<Tower> towers(RunConfig config, List<FeatureTable> features) {
    List<String> names = config.model() instanceof Horae.Config horae ? horae.towers() : List.of();
    List<Tower> found = new ArrayList<>();
    for (int t = 0; t < names.size(); t++) {
      RunConfig own = settings(config, TOWERS.get(t), names.get(t));
      Set<String> modalities = own.model().modalities();
      List<FeatureTable> read =
          features.stream().filter(table -> modalities.contains(table.modality())).toList();
      if (t == 0 || modalities.isEmpty() || !read.isEmpty()) {
        String text = TrainedRun.name("text", read);
        String image = TrainedRun.name("image", read);
        found.add(new Tower(own.settled(config.data(), text, image), read));
      }
    }
    return found;
  }

  /** What was set of the run's training is the tower's; where nothing was, its preset's stands. */
  private static RunConfig settings(RunConfig config, String key, String name) {
    RunConfig own = Presets.of(name, settingsOf(config));
    if (!(own.model() instanceof NetworkConfig)) {
      throw new ConfigException(
          "model."
              + key
              + " = "
              + name
              + " is no network; name one of those that learn, such as hm4sr-paper or sasrec");
    }
    return own;
  }

  private static List<String> settingsOf(RunConfig config) {
    Map<String, String> settings =
        ConfigWriter.changed(config, ConfigReader.read(null, List.of(), RunConfig.class));
    settings.keySet().removeIf(key -> !key.startsWith("train."));
    Map<String, String> all = ConfigWriter.values(config);
    SHARED.forEach(key -> settings.put(key, all.get(key)));
    return ConfigWriter.settings(settings);
  }

  @Override
  public WarmStart.Summary startFrom(TrainedRun earlier) {
    throw new ConfigException(
        "model.type = "
            + name()
            + " has no weights that could start from those of "
            + earlier.directory().path()
            + "; fit it anew, without an earlier run");
  }

  @Override
  public Optional<MemoryEstimate> memory() {
    return Optional.empty(); // what counts and fitting take is not planned
  }

  @Override
  public int workers() {
    return towers.stream().mapToInt(Training::workers).findFirst().orElse(1);
  }

  @Override
  String device() {
    return "cpu";
  }

  @Override
  String whyNothingIsLeft() {
    return name() + " is fitted";
  }

  @Override
  void requireAsMany(RunDirectory run) {
    for (int t = 0; t < towers.size(); t++) {
      towers.get(t).requireAsMany(new RunDirectory(run.file(TOWERS.get(t))));
    }
  }

  @Override
  RunReport fit() {
    boolean ended = directory().report().isPresent();
    if (!hasNetworks()) {
      directory().deleteResult(); // with it the run would pass for finished
    }
    RunReport report = Workers.limited(config.train().workers(), this::fitAndRank);
    nothingLeft = ended && towers.stream().allMatch(tower -> tower.nothingLeft);
    return report;
  }

  /** {@return whether all networks of the run are there and trained with its settings} */
  private boolean hasNetworks() {
    return IntStream.range(0, towers.size())
        .allMatch(
            t -> {
              RunDirectory tower = new RunDirectory(directory().file(TOWERS.get(t)));
              return tower.report().isPresent() && tower.hasSettings(towers.get(t).config);
            });
  }

  @Override
  boolean fitUntil(int epochs) {
    throw new IllegalStateException("agree() refuses it");
  }

  private RunReport fitAndRank() {
    List<RunReport> networks = trainTowers();
    long start = System.nanoTime();
    Histories training = dataset.split().training();
    try (Scorer scorer = fit(training, openTowers())) {
      Map<String, Double> weights = scorer instanceof Horae horae ? horae.weights() : Map.of();
      Map<String, String> metadata = new TreeMap<>();
      weights.forEach((factor, w) -> metadata.put(WEIGHT + factor, Double.toString(w)));
      metadata.put(RunDirectory.ID, started().id());
      directory().writeWeights(TrainedRun.MODEL, TrainingHistories.save(training, metadata));
      double ofNetworks = networks.stream().mapToDouble(RunReport::totalSeconds).sum();
      double secondsTraining = ofNetworks + seconds(start);
      start = System.nanoTime();
      Ranking valid = rank(scorer, Split.Part.VALID, started().progress());
      Ranking test = rank(scorer, Split.Part.TEST, started().progress());
      Optional<WithBornLater> withBornLater = withBornLater(scorer, test);
      ServingCheck.write(directory(), scorer, dataset);
      RunReport report =
          RunReport.of(
              name(),
              config,
              0,
              0,
              valid,
              test,
              Map.of("training", secondsTraining, "evaluating", seconds(start)),
              Map.of("examples_per_second", 0.0, "slots_per_second", 0.0, "seconds_per_epoch", 0.0),
              weights.size() + networks.stream().mapToLong(RunReport::parameters).sum(),
              networks.stream()
                  .mapToLong(RunReport::peakMemoryBytes)
                  .reduce(peakMemoryBytes(), Math::max),
              withBornLater);
      directory().writeResult(report, dataset.users(), valid, test);
      return report;
    }
  }

  @Override
  public Scorer untrained() {
    return Workers.limited(
        config.train().workers(),
        () -> fit(dataset.split().training(), towers.stream().map(Training::untrained).toList()));
  }

  private Scorer fit(Histories training, List<Scorer> networks) {
    return config.model() instanceof Horae.Config horae
        ? Horae.fit(horae, dataset.split(), dataset.catalogue(), features, networks)
        : ((HeuristicConfig) config.model()).fit(training, dataset.catalogue().size());
  }

  /** Trains the towers, or goes on with them, in directories of this run. */
  private List<RunReport> trainTowers() {
    List<RunReport> reports = new ArrayList<>();
    for (int t = 0; t < towers.size(); t++) {
      Path path = directory().file(TOWERS.get(t));
      RunDirectory directory = new RunDirectory(path);
      if (!directory.has("run.yaml")) { // or it is as it was killed while it was made
        RunDirectory.create(path, towers.get(t).config);
      }
      reports.add(towers.get(t).run(directory, started().progress(), started().ended()));
    }
    return reports;
  }

  private List<Scorer> openTowers() {
    return TOWERS.subList(0, towers.size()).stream()
        .map(name -> TrainedRun.open(new RunDirectory(directory().file(name))).scorer())
        .toList();
  }

  /**
   * {@return what was fitted, as the run keeps it}
   *
   * @param items cold ones included, behind the {@code trained} others
   * @param tables of these items
   * @param kept in the file {@code model.safetensors} of {@code run}
   */
  static Scorer open(
      RunDirectory run,
      ModelConfig config,
      Safetensors kept,
      Catalogue items,
      int trained,
      List<FeatureTable> tables) {
    Path source = run.file(TrainedRun.MODEL);
    Histories training = TrainingHistories.load(kept, trained, source);
    if (config instanceof Horae.Config horae) {
      Map<String, Double> weights = weights(kept, source);
      List<Scorer> towers =
          TOWERS.subList(0, Horae.towers(weights.keySet())).stream()
              .map(name -> tower(run.file(name), items, trained, tables))
              .toList();
      return Horae.of(horae, training, items, trained, tables, towers, weights);
    }
    return ((HeuristicConfig) config).fit(training, trained);
  }

  /** The run's own items, not the tower's: what has nothing that the tower reads is not there. */
  private static Scorer tower(Path path, Catalogue items, int trained, List<FeatureTable> tables) {
    TrainedRun tower = TrainedRun.open(RunDirectory.open(path));
    if (items.size() == trained || tower.features().isEmpty()) {
      return tower.scorer();
    }
    Set<String> read =
        tower.features().stream().map(FeatureTable::modality).collect(Collectors.toSet());
    return tower
        .of(items, tables.stream().filter(table -> read.contains(table.modality())).toList())
        .scorerOfAllItems();
  }

  private static Map<String, Double> weights(Safetensors kept, Path source) {
    Map<String, Double> weights = new TreeMap<>();
    kept.metadata()
        .forEach(
            (key, value) -> {
              if (key.startsWith(WEIGHT)) {
                weights.put(key.substring(WEIGHT.length()), Double.valueOf(value));
              }
            });
    if (weights.isEmpty()) {
      throw new CheckpointException(
          source + ": has no weights of factors; copy the run directory again, or train anew");
    }
    for (String name : weights.keySet()) {
      if (!Horae.isWeight(name)) {
        throw new CheckpointException(
            source
                + ": another version of Horae fitted this, which has a factor \""
                + name
                + "\"; use that version, or train anew");
      }
    }
    return weights;
  }
}
