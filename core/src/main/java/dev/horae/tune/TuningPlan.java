package dev.horae.tune;

import dev.horae.config.ConfigException;
import dev.horae.data.Dataset;
import dev.horae.model.NetworkConfig;
import dev.horae.page.Numbers;
import dev.horae.run.Inputs;
import dev.horae.run.Presets;
import dev.horae.run.RunConfig;
import dev.horae.study.Plan;
import dev.horae.study.Run;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.Stream;

/**
 * What is searched.
 *
 * @param trials settings that a search tries; more than there are is all
 * @param seeds runs per setting, from the seed of the settings on
 * @param atOnce settings that are trained at the same time
 * @param settings {@code key=value}, over the model's preset, of all trials
 * @param out where everything is written
 */
public record TuningPlan(
    Dataset dataset,
    String model,
    Space space,
    Mode mode,
    int trials,
    int seeds,
    int atOnce,
    List<String> settings,
    Path out) {

  private static final int MOST_GRID_RUNS = 1000;

  /** What a search sets itself; its seeds begin with that of the settings. */
  private static final Set<String> DECIDED = Set.of("tie_seed", "model.type", "data");

  /** How the settings are chosen. */
  public enum Mode {
    /** By successive halving of what {@link Tpe} proposes. */
    SEARCH,
    /** All combinations, each trained to its end. */
    GRID,
    /** The model's own settings, and those that differ from them in one value, to their end. */
    SENSITIVITY
  }

  /**
   * {@return what is to be searched}
   *
   * @param seeds runs per setting; of a model that no seed changes there is one
   * @throws ConfigException when the grid is beyond what anybody can wait for
   */
  public static TuningPlan of(
      Dataset dataset,
      String model,
      Space space,
      Mode mode,
      int trials,
      int seeds,
      int atOnce,
      List<String> settings,
      Path out) {
    RunConfig base = base(model, settings);
    TuningPlan plan =
        new TuningPlan(
            dataset,
            model,
            mode == Mode.SENSITIVITY ? space.with(base) : space,
            mode,
            trials,
            base.model().seeded() ? seeds : 1,
            atOnce,
            settings,
            out);
    if (mode == Mode.GRID && space.size() > MOST_GRID_RUNS / plan.seeds()) {
      throw plan.tooLarge();
    }
    return plan;
  }

  private ConfigException tooLarge() {
    double runs = (double) space.size() * seeds;
    return new ConfigException(
        String.format(
            Locale.ROOT,
            "``trials`` grid: the space has %,d settings, that is %,.0f runs of up to %d epochs"
                + " (%,.0f days if an epoch took a second), and %,d runs are the most; say how"
                + " many are to be tried, such as 50, or give a smaller space",
            space.size(),
            runs,
            epochs(),
            runs * epochs() / 86_400,
            MOST_GRID_RUNS));
  }

  /**
   * {@return the settings that a search begins with}
   *
   * @param settings {@code key=value}, over the model's preset
   * @throws ConfigException when one of them is the search's to set
   */
  public static RunConfig base(String model, List<String> settings) {
    Plan.settingsByModel(List.of(model), settings, DECIDED);
    return Presets.of(model, settings);
  }

  /** {@return one line: what will be trained} */
  public String text() {
    long settings = settingsTried();
    String what =
        switch (mode) {
          case SEARCH -> "search";
          case GRID -> "grid";
          case SENSITIVITY -> "sensitivity";
        };
    String epochs =
        counted()
            ? ""
            : String.format(
                Locale.ROOT,
                ", %s epochs each, about %,d in all",
                rungs().size() == 1
                    ? "up to " + epochs()
                    : String.join(" / ", rungs().stream().map(rung -> "" + rung).toList()),
                epochsTrained());
    return "Tuning of %s on %s, %s: %s of %s (%s), %s per setting%s"
        .formatted(
            model,
            dataset.manifest().name(),
            what,
            Numbers.grouped(settings),
            Numbers.count(space.size(), "setting"),
            String.join(", ", space.axes().stream().map(Space.Axis::key).toList()),
            Numbers.count(seeds, "run"),
            epochs);
  }

  /**
   * {@return what is to be said before training, of the inputs of its settings ({@link
   * Inputs#warnings}) and of runs that go on ({@link Run#ownWorkers})}
   */
  public List<String> warnings() {
    return Stream.concat(
            Inputs.of(base(), dataset).warnings(0).stream(),
            new TrialRuns(this).begun().flatMap(run -> run.ownWorkers().stream()).distinct())
        .toList();
  }

  /** {@return the model's own settings} */
  public RunConfig base() {
    return Presets.of(model, settings);
  }

  /** {@return epochs of a training that is not stopped; 1 where nothing has epochs} */
  int epochs() {
    return counted() ? 1 : base().train().epochs();
  }

  /** {@return whether the model counts once, and has no epochs} */
  boolean counted() {
    return !(base().model() instanceof NetworkConfig);
  }

  /** {@return the epochs after which settings are compared, ascending} */
  List<Integer> rungs() {
    return mode == Mode.SEARCH ? Search.rungs(epochs()) : List.of(epochs());
  }

  /** {@return all settings of a point, without what its values leave unread} */
  List<String> settings(List<Integer> point) {
    return Plan.over(model, settings, space.settings(point));
  }

  /** {@return whether the model takes a point's values: each fits alone, together they may not} */
  private boolean allowed(List<Integer> point) {
    try {
      Presets.of(model, settings(point));
      return true;
    } catch (ConfigException e) {
      return false;
    }
  }

  /** {@return how many settings will be tried, at most} */
  long settingsTried() {
    return mode == Mode.SEARCH ? Math.min(trials, space.size()) : listed().size();
  }

  /** {@return how many epochs will be trained, about; runs, where nothing has epochs} */
  long epochsTrained() {
    return seeds * Search.epochs(rungs(), settingsTried());
  }

  /** {@return whether an earlier process began it} */
  public boolean begun() {
    return new TrialRuns(this).begun(1).isPresent();
  }

  /**
   * {@return how many epochs are still to be trained, about, where settings that are trained at the
   * same time count once; runs, where nothing has epochs} The search is gone through as far as it
   * is trained; settings that are not count as worse than all that are.
   */
  public long epochsLeft() {
    TrialRuns runs = new TrialRuns(this);
    List<Integer> rungs = rungs();
    AtomicLongArray missing = new AtomicLongArray(rungs.size()); // settings, by rung
    Search.Objective known =
        (trial, epochs) -> {
          if (runs.of(trial).stream().allMatch(run -> runs.ended(run, epochs))) {
            return Optional.of(runs.score(trial, epochs));
          }
          missing.incrementAndGet(trial.scores().size());
          return Optional.of(new Trial.Score(0, Double.NaN, seeds * epochs));
        };
    int most = Math.toIntExact(settingsTried());
    new Search(Sampler.keeping(runs::begun, sampler()), rungs, most, atOnce, known).run();
    long epochs = 0;
    for (int r = 0; r < rungs.size(); r++) {
      long rounds = (missing.get(r) + atOnce - 1) / atOnce;
      epochs += rounds * (rungs.get(r) - (r == 0 ? 0 : rungs.get(r - 1)));
    }
    return seeds * epochs;
  }

  Sampler sampler() {
    return mode == Mode.SEARCH
        ? new Tpe(space, base().seed(), space.pointOf(base()), this::allowed)
        : Sampler.of(listed());
  }

  /** {@return the points to be tried where no search chooses them} */
  private List<List<Integer>> listed() {
    List<List<Integer>> points =
        mode == Mode.GRID ? space.grid() : space.around(space.pointOf(base()).orElseThrow());
    return points.stream().filter(this::allowed).toList();
  }
}
