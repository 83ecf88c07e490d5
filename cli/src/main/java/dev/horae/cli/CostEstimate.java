package dev.horae.cli;

import dev.horae.bench.ModelSpeed;
import dev.horae.bench.TrainingSpeed;
import dev.horae.config.ConfigWriter;
import dev.horae.data.Dataset;
import dev.horae.page.Numbers;
import dev.horae.page.Tables;
import dev.horae.run.Inputs;
import dev.horae.run.MemoryEstimate;
import dev.horae.run.Presets;
import dev.horae.run.RunConfig;
import dev.horae.run.Training;
import dev.horae.shell.Console;
import dev.horae.study.Comparison;
import dev.horae.study.Forecast;
import dev.horae.study.Run;
import dev.horae.train.LoopConfig;
import dev.horae.tune.Tuning;
import dev.horae.tune.TuningPlan;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What runs will cost at most: a few steps of training and a part of an evaluation are measured, on
 * the CPU. Early stopping makes it less.
 */
final class CostEstimate {

  private static final double SECONDS = 1; // for each part that is measured
  private static final String NONE = "–";
  private static final String ALL = "All of it";

  /** Settings that neither time nor memory depends on, and those that bench is told otherwise. */
  private static final Set<String> LEFT_OUT =
      Set.of("seed", "tie_seed", "data", "device", "model.type");

  private final Dataset dataset;
  private final BenchProcess process;
  private final Map<List<String>, ModelSpeed> measured = new HashMap<>();
  private final List<String> refusals = new ArrayList<>();

  private CostEstimate(Dataset dataset) {
    this.dataset = dataset;
    process = new BenchProcess(List.of("--data", dataset.directory().toString()), SECONDS);
  }

  /**
   * Of a run, the networks that are trained within it included.
   *
   * @param epoch seconds with its validation; 0 where the model has no epochs
   * @param run seconds of all epochs, with the test
   * @param bytes of memory; 0 where they are not known
   */
  private record Cost(double epoch, double run, long bytes) {}

  /**
   * Measures the runs of a comparison that are missing, and prints a table for each data set.
   *
   * @param atOnce how many runs are trained at the same time
   * @return whether all rows could be measured
   */
  static boolean print(List<Comparison.Subject> subjects, int atOnce, PrintWriter print) {
    subjects.forEach(Comparison.Subject::requireSame); // only then is what is there done
    boolean complete = true;
    List<Double> seconds = new ArrayList<>(); // of each run, as they begin
    for (Comparison.Subject subject : subjects) {
      CompareCommand.announce(subject, atOnce, print);
      CostEstimate estimate = new CostEstimate(subject.dataset());
      List<List<String>> rows = new ArrayList<>();
      for (Comparison.Model model : subject.models()) {
        List<Run> missing = model.all().filter(run -> !run.finished()).toList();
        Optional<Cost> cost = missing.stream().findFirst().flatMap(estimate::of);
        if (cost.isPresent()) {
          rows.add(row(missing, cost.get()));
          seconds.addAll(Collections.nCopies(missing.size(), cost.get().run()));
        }
      }
      Console.line("");
      if (!rows.isEmpty()) {
        print.println();
        print.println(
            Tables.render(
                List.of("row", "runs", "epochs", "s per epoch", "at most", "memory"), rows));
      }
      complete &= estimate.toldRefusals(print);
    }
    if (!seconds.isEmpty()) {
      end(ALL, "at most", Forecast.together(seconds, atOnce), atOnce, print);
    }
    print.flush();
    return complete;
  }

  /**
   * Measures the model's own settings, around which a search looks, and prints how long what is
   * left of it takes where all its settings take as long.
   *
   * @return whether they could be measured
   */
  static boolean print(TuningPlan plan, PrintWriter print) {
    Tuning.requireSame(plan);
    long epochs = TuneCommand.announce(plan, print);
    if (epochs == 0) {
      print.println(ALL + " is done.");
      print.flush();
      return true;
    }
    CostEstimate estimate = new CostEstimate(plan.dataset());
    Optional<Cost> cost = estimate.of(plan.model(), Inputs.settle(plan.base(), plan.dataset()));
    Console.line("");
    if (cost.isPresent()) {
      boolean learns = cost.get().epoch() > 0;
      double one = learns ? cost.get().epoch() : cost.get().run();
      print.printf(
          "With the model's own settings %s takes %s s, and %s of memory.%n",
          learns ? "an epoch" : "a run", Numbers.fixed(one, 1), memory(cost.get()));
      String bound = plan.mode() == TuningPlan.Mode.SEARCH ? "about" : "at most";
      String what = plan.begun() ? "What is left of it" : ALL;
      end(what, bound, one * epochs, plan.atOnce(), print);
    }
    boolean complete = estimate.toldRefusals(print);
    print.flush();
    return complete;
  }

  private static void end(
      String what, String bound, double seconds, int atOnce, PrintWriter print) {
    print.printf(
        "%s, %s: %s %s on the CPU; early stopping ends most runs sooner.%n",
        what,
        atOnce == 1 ? "one run after another" : atOnce + " runs at a time",
        bound,
        Numbers.duration(seconds));
    print.println("Nothing was trained; the same command without --plan begins.");
  }

  /** {@return whether there were none} */
  private boolean toldRefusals(PrintWriter print) {
    refusals.forEach(print::println);
    return refusals.isEmpty();
  }

  private static List<String> row(List<Run> missing, Cost cost) {
    Run run = missing.get(0);
    boolean learns = cost.epoch() > 0;
    return List.of(
        run.model(),
        "" + missing.size(),
        learns ? "" + run.config().train().epochs() : NONE,
        learns ? Numbers.fixed(cost.epoch(), 1) : NONE,
        Numbers.duration(missing.size() * cost.run()),
        memory(cost));
  }

  private static String memory(Cost cost) {
    return cost.bytes() == 0 ? NONE : MemoryEstimate.readable(cost.bytes());
  }

  private Optional<Cost> of(Run run) {
    return of(run.model(), run.config());
  }

  /** {@return what it costs; empty, and a refusal more, where it cannot be trained} */
  private Optional<Cost> of(String name, RunConfig config) {
    List<RunConfig> parts = new ArrayList<>(List.of(config));
    ModelSpeed own = measure(config);
    if (own.unmeasured() == null) {
      parts.addAll(Training.networks(config, Inputs.features(config, dataset)));
    }
    double seconds = 0;
    long bytes = 0;
    for (RunConfig part : parts) {
      ModelSpeed speed = measure(part);
      if (speed.unmeasured() != null) {
        refusals.add(name + " cannot be trained: " + speed.unmeasured());
        return Optional.empty();
      }
      seconds += seconds(speed, part.train());
      bytes = Math.max(bytes, Objects.requireNonNullElse(speed.peakResidentBytes(), 0L));
    }
    TrainingSpeed training = own.training();
    return Optional.of(
        new Cost(
            training == null
                ? 0
                : training.secondsPerEpoch() + ranking(own, config.train().validationUsers()),
            seconds,
            bytes));
  }

  private ModelSpeed measure(RunConfig config) {
    String name = config.model().name();
    Map<String, String> changed = ConfigWriter.changed(config, Presets.of(name, List.of()));
    changed.keySet().removeAll(LEFT_OUT);
    List<String> settings = ConfigWriter.settings(changed);
    List<String> question = Stream.concat(Stream.of(name), settings.stream()).toList();
    return measured.computeIfAbsent(question, asked -> process.measure(name, settings).model());
  }

  /** Of a run, with the validation of each epoch and the test. */
  static double seconds(ModelSpeed speed, LoopConfig loop) {
    TrainingSpeed training = speed.training();
    return training == null
        ? Objects.requireNonNull(speed.secondsToFit()) + 2 * ranking(speed, 0)
        : loop.epochs() * (training.secondsPerEpoch() + ranking(speed, loop.validationUsers()))
            + ranking(speed, 0);
  }

  /**
   * {@return seconds}
   *
   * @param users that are ranked; 0 is all
   */
  private static double ranking(ModelSpeed speed, int users) {
    return speed.rates().stream()
        .filter(rate -> rate.what().equals("evaluation"))
        .mapToDouble(
            rate -> (users == 0 ? rate.all() : Math.min(users, rate.all())) / rate.perSecond())
        .sum();
  }
}
