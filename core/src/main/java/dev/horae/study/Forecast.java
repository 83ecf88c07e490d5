package dev.horae.study;

import dev.horae.page.Numbers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.PriorityQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * How long the runs that are missing will take: as long as those of their model that are done, or
 * else as those of any model. Nothing is known before one is done.
 */
public final class Forecast {

  private final List<Run> runs;
  private final int atOnce;
  private final long missing;
  private final Map<Path, Double> took = new ConcurrentHashMap<>(); // seconds
  private final Map<Path, Long> begun = new ConcurrentHashMap<>(); // nanoseconds

  /**
   * @param atOnce how many are trained at the same time
   */
  Forecast(List<Run> runs, int atOnce) {
    this.runs = runs;
    this.atOnce = atOnce;
    runs.stream().filter(Run::finished).forEach(this::done);
    missing = runs.size() - took.size();
  }

  private void done(Run run) {
    took.put(run.path(), run.report().totalSeconds());
  }

  /** {@return how many runs were not done at the start} */
  long missing() {
    return missing;
  }

  void begin(Run run) {
    begun.put(run.path(), System.nanoTime());
  }

  /** Of a run that ended, well or not. */
  void end(Run run) {
    if (run.finished()) {
      done(run);
    } else {
      took.put(run.path(), 0.0); // it is not tried again, and tells nothing
    }
  }

  /** {@return such as {@code , all in 1:02:05}; empty where it is not known} */
  String left() {
    OptionalDouble left = secondsLeft();
    return left.isPresent() ? ", all in " + Numbers.duration(left.getAsDouble()) : "";
  }

  /** {@return such as {@code 21 runs, 3 of them done, the others in about 1:02:05}} */
  String plan() {
    String count = Numbers.count(runs.size(), "run") + ", ";
    if (runs.isEmpty()) {
      return "nothing to train";
    }
    if (missing == 0) {
      return count + "all done";
    }
    OptionalDouble left = secondsLeft();
    return count
        + took.size()
        + " of them done, the others in "
        + (left.isPresent()
            ? "about " + Numbers.duration(left.getAsDouble())
            : "a time that the first will tell");
  }

  private OptionalDouble secondsLeft() {
    Map<String, Double> means =
        runs.stream()
            .filter(run -> took.getOrDefault(run.path(), 0.0) > 0)
            .collect(
                Collectors.groupingBy(
                    Run::model, Collectors.averagingDouble(run -> took.get(run.path()))));
    OptionalDouble any = means.values().stream().mapToDouble(s -> s).average();
    if (any.isEmpty()) {
      return any;
    }
    List<Double> left = new ArrayList<>();
    for (Run run : runs) {
      if (!took.containsKey(run.path())) {
        double whole = means.getOrDefault(run.model(), any.getAsDouble());
        Long start = begun.get(run.path());
        if (start == null) {
          left.add(whole);
        } else { // it has its worker, before those that wait for one
          left.add(0, Math.max(0, whole - (System.nanoTime() - start) / 1e9));
        }
      }
    }
    return OptionalDouble.of(together(left, atOnce));
  }

  /**
   * {@return how long runs take that begin in their order, each as soon as one of those before it
   * ends} Not less where any of them takes longer than it does: an upper bound stays one.
   *
   * @param seconds that each takes
   * @param atOnce how many are trained at the same time
   */
  public static double together(List<Double> seconds, int atOnce) {
    PriorityQueue<Double> ends = new PriorityQueue<>(Collections.nCopies(atOnce, 0.0));
    double last = 0;
    for (double run : seconds) {
      double end = ends.remove() + run;
      ends.add(end);
      last = Math.max(last, end);
    }
    return last;
  }
}
