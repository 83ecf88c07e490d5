package dev.horae.tune;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.horae.config.ConfigException;
import dev.horae.config.ConfigWriter;
import dev.horae.data.AtomicFiles;
import dev.horae.data.Json;
import dev.horae.data.WriterLock;
import dev.horae.page.Numbers;
import dev.horae.run.Inputs;
import dev.horae.run.Provenance;
import dev.horae.run.RunDirectory;
import dev.horae.study.Child;
import dev.horae.study.Comparison;
import dev.horae.study.Run;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Trains one model with many settings, each for as long as it is promising, and selects by
 * validation. The test targets are neither ranked nor read: runs are stopped before they would rank
 * them; of what only counts, and ranks both at once, the validation figure alone is read. Whatever
 * ends a search, the next one goes on from there.
 */
public final class Tuning implements AutoCloseable {

  /** What decides which setting is better: validation, un-masked. */
  public static final String METRIC = "ndcg@20";

  /** The best setting, as a configuration. */
  public static final String BEST = "best.yaml";

  private static final String FILE = "tuning.json";

  private final TuningPlan plan;
  private final Child child;
  private final Comparison.Listener listener;
  private final WriterLock lock;
  private final long most; // settings
  private final long epochsPlanned; // about, of all runs
  private final TrialRuns runs;
  private final Map<Integer, String> failures = new TreeMap<>(); // by trial
  private long epochsSpent; // of all runs
  private double seconds; // that these took
  private double best = Double.NEGATIVE_INFINITY;

  private Tuning(TuningPlan plan, Class<?> main, WriterLock lock, Comparison.Listener listener) {
    this.plan = plan;
    this.lock = lock;
    most = plan.settingsTried();
    epochsPlanned = plan.epochsTrained();
    this.listener = listener;
    runs = new TrialRuns(plan);
    child = new Child(main);
  }

  /**
   * Begins a search, or goes on with the one in the folder.
   *
   * @param main has the verbs of {@code horae}, for the children
   * @throws ConfigException when the folder has another search than this one, or the data set lacks
   *     what the model reads
   */
  public static Tuning of(TuningPlan plan, Class<?> main, Comparison.Listener listener) {
    Inputs.settle(plan.base(), plan.dataset()); // throws before anything is written
    WriterLock lock =
        WriterLock.of(
            plan.out(),
            plan.out().resolve("runs/lock"),
            "wait for its end, or choose another ``out``");
    try {
      requireSame(plan);
      Json.write(plan.out().resolve(FILE), identity(plan));
      return new Tuning(plan, main, lock, listener);
    } catch (RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  /**
   * Throws {@link ConfigException} when the folder has another search than this one: its trials are
   * numbered.
   */
  public static void requireSame(TuningPlan plan) {
    Path file = plan.out().resolve(FILE);
    if (!Files.exists(file)) {
      return;
    }
    Map<String, String> asked = identity(plan);
    List<String> differences = new ArrayList<>();
    Map<String, String> made = new LinkedHashMap<>();
    Json.read(file, ObjectNode.class)
        .properties()
        .forEach(entry -> made.put(entry.getKey(), entry.getValue().asText()));
    Set<String> keys = new LinkedHashSet<>(made.keySet());
    keys.addAll(asked.keySet());
    for (String key : keys) {
      String then = made.getOrDefault(key, "nothing");
      String now = asked.getOrDefault(key, "nothing");
      if (!then.equals(now)) {
        differences.add(key + " " + then + " and not " + now);
      }
    }
    if (!differences.isEmpty()) {
      throw new ConfigException(
          file
              + ": the search there has "
              + String.join(", ", differences)
              + "; ask for the same (only ``trials`` may grow), or choose another ``out``");
    }
  }

  private static Map<String, String> identity(TuningPlan plan) {
    Map<String, String> identity = new LinkedHashMap<>();
    identity.put("data", plan.dataset().manifest().name());
    identity.put("mode", plan.mode().name().toLowerCase(Locale.ROOT));
    identity.put("seeds", "" + plan.seeds());
    plan.space()
        .axes()
        .forEach(axis -> identity.put("values of " + axis.key(), "" + axis.values()));
    ConfigWriter.values(plan.base())
        .forEach(
            (key, value) -> {
              if (!Provenance.PLACE.contains(key)) {
                identity.put(key, value);
              }
            });
    return identity;
  }

  /** Trains what is to be trained. */
  public TuningFindings run() {
    Search search =
        new Search(
            Sampler.keeping(runs::begun, plan.sampler()),
            plan.rungs(),
            Math.toIntExact(most),
            plan.atOnce(),
            this::train);
    List<Trial> ranked = TuningFindings.ranked(search.run());
    Optional<Run> best = ranked.stream().findFirst().map(trial -> runs.of(trial).get(0));
    best.ifPresent(
        run -> AtomicFiles.writeText(plan.out().resolve(BEST), ConfigWriter.yaml(run.config())));
    return new TuningFindings(plan, ranked, best.map(Run::path), search.steps(), failures.values());
  }

  private Optional<Trial.Score> train(Trial trial, int epochs) {
    boolean anew = false;
    for (Run run : runs.of(trial)) {
      if (!runs.ended(run, epochs)) {
        anew = true;
        Optional<Child.Failure> failure = train(trial, run, epochs);
        if (failure.isPresent()) {
          failed(trial, epochs, failure.get().reason());
          return Optional.empty();
        }
      }
    }
    Trial.Score score = runs.score(trial, epochs);
    reached(trial, epochs, score, anew);
    return Optional.of(score);
  }

  private synchronized void failed(Trial trial, int epochs, String reason) {
    failures.put(trial.number(), "trial " + trial.number() + ": " + reason);
    listener.done(name(trial, epochs) + ": failed: " + reason);
  }

  /**
   * @param anew whether this process trained any of it
   */
  private synchronized void reached(Trial trial, int epochs, Trial.Score score, boolean anew) {
    int before = trial.scores().isEmpty() ? 0 : plan.rungs().get(trial.scores().size() - 1);
    epochsSpent += score.epochs() - (trial.scores().isEmpty() ? 0 : trial.last().epochs());
    runs.of(trial).forEach(run -> seconds += seconds(run, before, epochs));
    best = Math.max(best, score.value());
    if (anew) {
      listener.done(
          String.format(
              Locale.ROOT,
              "%s: valid %s %.4f, best %.4f%s",
              name(trial, epochs),
              METRIC,
              score.value(),
              best,
              left()));
    }
  }

  private Optional<Child.Failure> train(Trial trial, Run run, int epochs) {
    run.begin();
    String name = name(trial, epochs) + left();
    listener.progress(name);
    int columns = Math.max(0, listener.columns() - name.length() - 2);
    return plan.counted()
        ? child.train(run, columns, line -> listener.progress(name + "  " + line))
        : child.trainUntil(epochs, run, columns, line -> listener.progress(name + "  " + line));
  }

  /** {@return such as {@code [12/30] to epoch 34: model.dropout=0.2}} */
  private String name(Trial trial, int epochs) {
    return "[%s/%s] %s%s"
        .formatted(
            trial.number(),
            most,
            plan.counted() ? "" : "to epoch " + epochs + ": ",
            String.join(" ", plan.space().settings(trial.point())));
  }

  /** {@return how long all that is left will take, once that can be told; or nothing} */
  private synchronized String left() {
    double perEpoch = seconds / epochsSpent;
    long epochs = epochsPlanned - epochsSpent;
    return epochsSpent > 0 && epochs > 0
        ? ", about " + Numbers.duration(epochs * perEpoch / plan.atOnce()) + " left in all"
        : "";
  }

  /** {@return how long the epochs behind {@code from} took} */
  private static double seconds(Run run, int from, int to) {
    return List.of("seconds_training", "seconds_evaluating").stream()
        .flatMap(name -> run.directory().figures(name).stream())
        .filter(figure -> figure.epoch() > from && figure.epoch() <= to)
        .mapToDouble(RunDirectory.Figure::value)
        .sum();
  }

  @Override
  public void close() {
    lock.close();
  }
}
