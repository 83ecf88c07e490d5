package dev.horae.study;

import dev.horae.config.ConfigException;
import dev.horae.config.ConfigWriter;
import dev.horae.config.Names;
import dev.horae.data.Dataset;
import dev.horae.model.HeuristicConfig;
import dev.horae.model.ModelConfig;
import dev.horae.model.NetworkConfig;
import dev.horae.prep.PreparedDataset;
import dev.horae.run.Presets;
import dev.horae.run.RunConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What is to be compared, before anything is trained. A model takes the preset of its name, or else
 * its defaults.
 *
 * @param data prepared data sets, of different names
 * @param models names, of heuristic baselines too
 * @param seeds how many runs each model has, from the seed of its settings on; one that no seed
 *     changes has one
 * @param shuffledTies whether each model is also trained on five further orders of equal times
 * @param beyondAccuracy whether {@link dev.horae.eval.BeyondAccuracy} is measured
 * @param settings {@code key=value} for all models, or {@code model.key=value} for one
 * @param out where the runs lie, as {@code runs/DATASET/MODEL/seed-N}
 */
public record Plan(
    List<Path> data,
    List<String> models,
    int seeds,
    boolean shuffledTies,
    boolean beyondAccuracy,
    List<String> settings,
    Path out) {

  /** What the plan itself decides, and an ablation too. */
  static final Set<String> DECIDED = Set.of("seed", "tie_seed", "model.type", "data");

  private static final List<Long> TIE_SEEDS = List.of(1L, 2L, 3L, 4L, 5L);

  private static final Set<String> MODELS = Names.choices(ModelConfig.class).keySet();

  /** A setting that names a table of features. */
  private static final Pattern TABLE =
      Pattern.compile("(text|image)\\s*=\\s*(?!(none|auto)\\s*$).*");

  /** {@return what is compared on each data set} */
  public List<Comparison.Subject> subjects() {
    Map<String, List<String>> settings = settingsByModel(models, this.settings, DECIDED);
    List<HeuristicConfig> heuristics =
        HeuristicConfig.defaults().stream()
            .map(HeuristicConfig::name)
            .filter(models::contains)
            .map(
                name ->
                    (HeuristicConfig)
                        Presets.of(name, settings.getOrDefault(name, List.of())).model())
            .toList();
    Set<String> counted = Names.choices(HeuristicConfig.class).keySet();
    Map<String, Path> names = new HashMap<>();
    List<Comparison.Subject> subjects = new ArrayList<>();
    for (Dataset dataset : PreparedDataset.openAll(data)) {
      Path path = dataset.directory();
      String name = dataset.manifest().name();
      Path other = names.putIfAbsent(name, path);
      if (other != null) {
        throw new ConfigException(sameName(other, path, name, "compare them apart"));
      }
      Map<List<String>, Map<String, String>> inputs = new HashMap<>(); // hashing takes a while
      boolean timed = dataset.manifest().timed();
      List<Long> tieSeeds =
          shuffledTies && timed && dataset.histories().tied() > 0 ? TIE_SEEDS : List.of();
      List<Comparison.Model> runs = new ArrayList<>();
      settings.forEach(
          (model, own) -> {
            if (!counted.contains(model)) {
              runs.add(runs(dataset, model, own, tieSeeds, inputs));
            }
          });
      String remark =
          !shuffledTies || !tieSeeds.isEmpty()
              ? ""
              : timed
                  ? "No user has two events of equal time, so there is no other order of ties."
                  : "The events carry no time, so their order is the file's and none is drawn.";
      subjects.add(
          new Comparison.Subject(
              "Comparison",
              "",
              dataset,
              heuristics,
              runs,
              tieSeeds,
              remark,
              beyondAccuracy,
              workers(runs)));
    }
    return subjects;
  }

  /**
   * {@return why two data sets that are both named so cannot be put beside each other}
   *
   * @param repair what can be done where both are wanted and none is prepared anew
   */
  public static String sameName(Path one, Path other, String name, String repair) {
    return one.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize())
        ? other + " is given twice; give it once"
        : "%s and %s are both named %s; prepare one under another name, or %s"
            .formatted(one, other, name, repair);
  }

  /** {@return the most that a run may use; where nothing is trained, what the settings say} */
  private int workers(List<Comparison.Model> models) {
    return models.stream()
        .flatMap(Comparison.Model::all)
        .mapToInt(run -> run.config().train().workers())
        .max()
        .orElseGet(() -> Presets.read(null, shared(settings)).train().workers());
  }

  /** {@return the settings that are not those of one model} */
  private static List<String> shared(List<String> settings) {
    return settings.stream().filter(setting -> !MODELS.contains(first(setting))).toList();
  }

  private static String first(String setting) {
    return setting.replaceFirst("[.=].*", "");
  }

  private Comparison.Model runs(
      Dataset dataset,
      String model,
      List<String> own,
      List<Long> tieSeeds,
      Map<List<String>, Map<String, String>> hashes) {
    List<Run> runs = Run.bySeed(dataset, model, own, seeds, model, out, hashes);
    long first = runs.get(0).config().seed();
    List<Run> shuffled =
        tieSeeds.stream()
            .map(ties -> Run.of(dataset, model, own, first, ties, model, out, hashes))
            .toList();
    return new Comparison.Model(runs, shuffled);
  }

  /**
   * {@return the settings of each model} What holds for all models goes to those that read it, see
   * {@link #over}.
   *
   * @param settings {@code key=value} for all models, or {@code model.key=value} for one
   * @param decided keys that are not to be set
   */
  public static Map<String, List<String>> settingsByModel(
      List<String> models, List<String> settings, Set<String> decided) {
    List<String> problems = new ArrayList<>();
    Map<String, List<String>> own = new TreeMap<>(); // stronger than what holds for all
    models.forEach(model -> own.put(model, new ArrayList<>()));
    for (String setting : settings) {
      String first = first(setting);
      boolean single = MODELS.contains(first);
      String plain = single ? setting.replaceFirst("^[^.=]*[.=]?", "") : setting;
      List<String> ofOne = own.get(first);
      if (decided.contains(key(plain))) {
        problems.add(
            "``settings``: '%s' is set by the comparison, from its seeds, models and data sets"
                .formatted(setting));
      } else if (ofOne != null) {
        ofOne.add(plain);
      } else if (single) {
        problems.add(
            "``settings``: '%s' is for a model that is not compared; add it to the models"
                .formatted(setting));
      }
    }
    ConfigException.throwIfAny(problems);
    Set<String> unread = new LinkedHashSet<>(shared(settings));
    Map<String, List<String>> byModel = new TreeMap<>();
    own.forEach(
        (model, list) -> {
          List<String> all = over(model, shared(settings), list);
          unread.removeAll(all);
          byModel.put(model, all);
        });
    unread.forEach(
        setting ->
            problems.add(
                "``settings``: '%s' is read by none of the models that are compared; leave it out"
                    .formatted(setting)));
    ConfigException.throwIfAny(problems);
    return byModel;
  }

  /** {@return whether any of the models has epochs, or only counts} */
  public static boolean trainsAny(List<String> models, List<String> settings) {
    return settingsByModel(models, settings, DECIDED).entrySet().stream()
        .anyMatch(model -> Presets.of(model.getKey(), model.getValue()).model().seeded());
  }

  private static String key(String setting) {
    return setting.replaceFirst("=.*", "").strip();
  }

  /**
   * {@return all settings of a model, or of one row of a table} Of what is shared those that it
   * reads: what counts has keys of its own, and without a network no training.
   *
   * @param own stronger than what is shared
   */
  public static List<String> over(String model, List<String> shared, List<String> own) {
    RunConfig plain = Presets.of(model, List.of());
    List<String> all = new ArrayList<>(shared);
    all.removeIf(setting -> isOfModel(setting) && !isKnown(setting, plain));
    RunConfig config =
        Presets.of(
            model, Stream.concat(all.stream().filter(Plan::isOfModel), own.stream()).toList());
    all.removeIf(setting -> config.whyUnread(key(setting)).isPresent());
    all.removeIf(setting -> TABLE.matcher(setting).matches() && !config.reads(key(setting)));
    all.addAll(own);
    return all;
  }

  private static boolean isOfModel(String setting) {
    return first(setting).equals("model");
  }

  /** Networks say themselves what they do not know. */
  private static boolean isKnown(String setting, RunConfig config) {
    return config.model() instanceof NetworkConfig
        || ConfigWriter.values(config).containsKey(key(setting));
  }
}
