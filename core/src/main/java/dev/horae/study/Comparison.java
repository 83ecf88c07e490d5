package dev.horae.study;

import dev.horae.data.Dataset;
import dev.horae.data.Histories;
import dev.horae.data.Manifest;
import dev.horae.data.Progress;
import dev.horae.data.Split;
import dev.horae.data.Workers;
import dev.horae.data.WriterLock;
import dev.horae.eval.BeyondAccuracy;
import dev.horae.eval.Ranking;
import dev.horae.model.HeuristicConfig;
import dev.horae.page.Numbers;
import dev.horae.report.Origin;
import dev.horae.run.Inputs;
import dev.horae.run.RunReport;
import dev.horae.run.TrainedRun;
import dev.horae.sequence.Scorer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Brings models to one table: trains the runs that are missing, resumes those that were stopped,
 * and leaves alone those that are done. Whatever ends it, the next one goes on from there.
 */
public final class Comparison implements AutoCloseable {

  /**
   * What is compared on one data set.
   *
   * @param what the heading begins with
   * @param reference the row that all others are tested against; empty for the best
   * @param heuristics baselines, which are fitted at once
   * @param tieSeeds of further orders of equal times; empty for none
   * @param remark why there are none, where they were asked for; otherwise empty
   * @param beyondAccuracy whether {@link BeyondAccuracy} is measured, in the file's order of ties
   * @param workers how many the baselines and ranking may use
   */
  public record Subject(
      String what,
      String reference,
      Dataset dataset,
      List<HeuristicConfig> heuristics,
      List<Model> models,
      List<Long> tieSeeds,
      String remark,
      boolean beyondAccuracy,
      int workers) {
    /** {@return one line: how many runs, how many are done, and how long the others will take} */
    public String plan(int atOnce) {
      return "%s on %s: %s, %s"
          .formatted(
              what,
              dataset.manifest().name(),
              Numbers.count(models.size() + heuristics.size(), "row"),
              new Forecast(runs(), atOnce).plan());
    }

    /**
     * {@return what is to be said before training, of inputs ({@link Inputs#warnings}) and of runs
     * that go on ({@link Run#ownWorkers}), with the rows that it is said of} Rows whose runs are
     * done are left out.
     */
    public List<String> warnings() {
      Map<String, Set<String>> rows = new LinkedHashMap<>(); // by warning
      for (Model model : models) {
        List<Run> missing = model.all().filter(run -> !run.finished()).toList();
        Stream.concat(
                missing.stream()
                    .limit(1)
                    .flatMap(
                        run ->
                            Inputs.of(run.config(), dataset)
                                .warnings(run.directory().epochs())
                                .stream()),
                missing.stream().flatMap(run -> run.ownWorkers().stream()))
            .forEach(
                said ->
                    rows.computeIfAbsent(said, first -> new LinkedHashSet<>())
                        .add(missing.get(0).model()));
      }
      return rows.entrySet().stream()
          .map(said -> String.join(", ", said.getValue()) + ": " + said.getKey())
          .toList();
    }

    /** {@return where its findings come from: this program, and the seeds of all runs} */
    public Origin origin(String command) {
      Manifest manifest = dataset.manifest();
      String order =
          "random".equals(manifest.ties()) ? "one random order" : "the order of the file";
      String ties = tieSeeds.isEmpty() ? order : order + " and " + tieSeeds.size() + " random ones";
      return Origins.now(
          command,
          List.of(manifest.name()),
          manifest.splitName() + (manifest.timed() ? ", equal times in " + ties : ""),
          runs().stream().map(run -> run.config().seed()).distinct().toList());
    }

    List<Run> runs() {
      return models.stream().flatMap(Model::all).toList();
    }

    /** Throws when a run directory holds something else than what is asked for. */
    public void requireSame() {
      runs().forEach(Run::requireSame);
    }
  }

  /**
   * The runs of one model.
   *
   * @param runs one per seed, on the data set as it is
   * @param shuffled one per order of equal times, of the first seed
   */
  public record Model(List<Run> runs, List<Run> shuffled) {
    /** {@return those of both} */
    public Stream<Run> all() {
      return Stream.concat(runs.stream(), shuffled.stream());
    }
  }

  /** Hears how it goes. */
  public interface Listener {

    /** {@return how wide a line of progress may be; 0 when nobody watches} */
    int columns();

    /** The line of progress, whenever it changes. */
    void progress(String line);

    /** A run ended. */
    void done(String line);
  }

  private static final int FORECAST_COLUMNS = ", all in 10:00:00  ".length();

  private final Child child;
  private final Listener listener;
  private final List<Subject> subjects;
  private final WriterLock lock;
  private final IdentityHashMap<Dataset, Map<Long, List<String>>> testUsers =
      new IdentityHashMap<>();
  private final Forecast forecast;
  private final int atOnce;
  private final AtomicInteger begun = new AtomicInteger();

  private Comparison(
      List<Subject> subjects, int atOnce, Class<?> main, WriterLock lock, Listener listener) {
    this.subjects = subjects;
    this.listener = listener;
    this.lock = lock;
    child = new Child(main);
    this.atOnce = atOnce;
    forecast = new Forecast(runs(subjects), atOnce);
  }

  /**
   * Throws, before anything is trained, when a run directory holds something else than what is
   * asked for, or when another comparison is at work there.
   *
   * @param atOnce how many runs are trained at the same time
   * @param out where all runs lie
   * @param main has the verbs of {@code horae}, for the children
   */
  public static Comparison of(
      List<Subject> subjects, int atOnce, Path out, Class<?> main, Listener listener) {
    subjects.forEach(Subject::requireSame);
    WriterLock lock =
        WriterLock.of(out, out.resolve("runs/lock"), "wait for its end, or choose another ``out``");
    return new Comparison(subjects, atOnce, main, lock, listener);
  }

  private static List<Run> runs(List<Subject> subjects) {
    return subjects.stream().flatMap(subject -> subject.runs().stream()).toList();
  }

  /** {@return one result per model, after training what is missing, for each data set} */
  public List<Standings> run() {
    Map<Run, String> failures = trainMissing();
    List<Standings> all = new ArrayList<>();
    for (Subject subject : subjects) {
      List<Result> results = new ArrayList<>();
      for (HeuristicConfig heuristic : subject.heuristics()) {
        listener.progress(subject.dataset().manifest().name() + ": " + heuristic.name());
        results.add(Workers.limited(subject.workers(), () -> fit(heuristic, subject)));
      }
      for (Model model : subject.models()) {
        results.add(result(subject, model, failures));
      }
      all.add(Standings.of(subject, results, Audit.of(subject)));
    }
    return all;
  }

  private static Result fit(HeuristicConfig heuristic, Subject subject) {
    Dataset dataset = subject.dataset();
    Result.Outcome outcome = fit(heuristic, dataset, subject.beyondAccuracy());
    return new Result(
        heuristic.name(),
        true,
        1,
        List.of(outcome),
        subject.tieSeeds().size(),
        subject.tieSeeds().stream()
            .map(seed -> fit(heuristic, dataset.withTiesShuffled(seed), false))
            .toList(),
        Optional.of(outcome),
        List.of(),
        "none",
        "none");
  }

  private static Result.Outcome fit(HeuristicConfig heuristic, Dataset dataset, boolean beyond) {
    long start = System.nanoTime();
    Histories training = dataset.split().training();
    try (Scorer scorer = heuristic.fit(training, dataset.catalogue().size())) {
      Optional<BeyondAccuracy.Lists> lists =
          beyond ? Optional.of(lists(dataset)) : Optional.empty();
      Ranking test =
          Ranking.of(
              scorer,
              dataset,
              Split.Part.TEST,
              Progress.SILENT,
              lists.isPresent() ? lists.get() : (user, scores) -> {});
      return new Result.Outcome(
          test.ranks(),
          test.maskedRanks(),
          test.historyShare(),
          test.tied(),
          new Result.Cost(0, 0, 0, (System.nanoTime() - start) / 1e9, 0),
          lists.map(shown -> shown.measure(test)));
    }
  }

  private static BeyondAccuracy.Lists lists(Dataset dataset) {
    return new BeyondAccuracy.Lists(dataset.split(), Split.Part.TEST, dataset.catalogue().size());
  }

  /**
   * Trains the runs in their order, some at the same time. After one that never began, none of the
   * same model is begun: it would be so with every seed.
   *
   * @return why runs did not end well
   */
  private Map<Run, String> trainMissing() {
    Map<Run, String> failures = new ConcurrentHashMap<>();
    List<Runnable> all = new ArrayList<>();
    for (Subject subject : subjects) {
      String dataset = subject.dataset().manifest().name();
      for (Model model : subject.models()) {
        for (List<Run> runs : List.of(model.runs(), model.shuffled())) {
          AtomicBoolean refused = new AtomicBoolean();
          runs.forEach(run -> all.add(() -> train(dataset, run, refused, failures)));
        }
      }
    }
    Workers.each(atOnce, all.size(), i -> all.get(i).run());
    return failures;
  }

  private void train(String dataset, Run run, AtomicBoolean refused, Map<Run, String> failures) {
    if (refused.get()) {
      forecast.end(run);
    } else if (!run.finished()) {
      train(dataset, run)
          .ifPresent(
              failure -> {
                failures.put(run, failure.reason());
                refused.compareAndSet(false, failure.refused());
              });
    }
  }

  private Result result(Subject subject, Model model, Map<Run, String> failures) {
    List<Result.Outcome> outcomes = outcomes(subject, model.runs(), subject.beyondAccuracy());
    List<Result.Outcome> shuffled = outcomes(subject, model.shuffled(), false);
    Run any = model.runs().get(0);
    Optional<Result.Outcome> unshuffled =
        any.finished() ? Optional.of(outcomes.get(0)) : Optional.empty();
    String name = // a run may have been of another than it was asked for, such as iisan-last
        any.variant()
            .or(
                () ->
                    model.all().filter(Run::finished).map(run -> run.report().model()).findFirst())
            .orElse(any.model());
    return new Result(
        name,
        false,
        model.runs().size(),
        outcomes,
        model.shuffled().size(),
        shuffled,
        unshuffled,
        model
            .all()
            .filter(failures::containsKey)
            .map(run -> run.seeds() + ": " + failures.get(run))
            .toList(),
        any.config().text(),
        any.config().image());
  }

  private List<Result.Outcome> outcomes(Subject subject, List<Run> runs, boolean beyond) {
    Dataset dataset = subject.dataset();
    List<Result.Outcome> outcomes = new ArrayList<>();
    for (Run run : runs) {
      if (run.finished()) {
        Result.Outcome outcome =
            run.outcome(
                testUsers
                    .computeIfAbsent(dataset, some -> new HashMap<>())
                    .computeIfAbsent(
                        run.config().tieSeed(), tieSeed -> testUsers(dataset, tieSeed)));
        outcomes.add(beyond ? outcome.with(measure(run, subject)) : outcome);
      }
    }
    return outcomes;
  }

  private Optional<Child.Failure> train(String dataset, Run run) {
    String name =
        "[%s/%s] %s: %s"
            .formatted(begun.incrementAndGet(), forecast.missing(), dataset, run.label());
    run.begin();
    forecast.begin(run);
    listener.progress(name + forecast.left());
    Optional<Child.Failure> failure =
        child.train(
            run,
            Math.max(0, listener.columns() - name.length() - FORECAST_COLUMNS),
            line -> listener.progress(name + forecast.left() + "  " + line));
    forecast.end(run);
    listener.done(
        failure
            .map(f -> name + ": failed: " + f.reason())
            .orElseGet(() -> name + ": " + summary(run.report())));
    return failure;
  }

  private static String summary(RunReport report) {
    return String.format(
        Locale.ROOT,
        "NDCG@10 %.4f, %s%.0f s",
        report.test().get("ndcg@10"),
        report.epochs() == 0 // it only counts
            ? ""
            : "best epoch " + report.bestEpoch() + " of " + report.epochs() + ", ",
        report.totalSeconds());
  }

  /** Asks the trained model again: nothing is kept of what it showed. */
  private BeyondAccuracy measure(Run run, Subject subject) {
    listener.progress(
        subject.dataset().manifest().name() + ": " + run.label() + ", beyond accuracy");
    Dataset dataset = subject.dataset();
    BeyondAccuracy.Lists lists = lists(dataset);
    try (Scorer scorer = TrainedRun.open(run.directory()).scorer()) {
      return lists.measure(
          Workers.limited(
              subject.workers(),
              () -> Ranking.of(scorer, dataset, Split.Part.TEST, Progress.SILENT, lists)));
    }
  }

  /** By time, whether a target is an item born later may depend on the order of equal times. */
  static List<String> testUsers(Dataset dataset, long tieSeed) {
    Split split = (tieSeed == 0 ? dataset : dataset.withTiesShuffled(tieSeed)).split();
    return Arrays.stream(split.testUsers()).mapToObj(dataset.users()::get).toList();
  }

  @Override
  public void close() {
    lock.close();
  }
}
