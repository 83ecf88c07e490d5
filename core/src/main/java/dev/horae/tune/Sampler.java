package dev.horae.tune;

import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;

/** Says which point of a {@link Space} is tried next. */
interface Sampler {

  /**
   * {@return a point that was not tried; empty when there is none}
   *
   * @param trials all so far, which decide it alone
   */
  Optional<List<Integer>> next(List<Trial> trials);

  /**
   * {@return a sampler for a search that goes on} What is tried next depends on what is known by
   * then, which is something else where the search went on with more workers, or a trial failed
   * that does not fail again.
   *
   * @param begun the point of the trial of a number, where that was begun before
   */
  static Sampler keeping(IntFunction<Optional<List<Integer>>> begun, Sampler sampler) {
    return trials -> begun.apply(trials.size() + 1).or(() -> sampler.next(trials));
  }

  /** {@return the points of a list, one after the other} */
  static Sampler of(List<List<Integer>> points) {
    return trials ->
        trials.size() < points.size() ? Optional.of(points.get(trials.size())) : Optional.empty();
  }
}
