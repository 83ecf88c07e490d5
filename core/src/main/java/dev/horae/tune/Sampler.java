package dev.horae.tune;

import java.util.List;
import java.util.Optional;

/** Says which point of a {@link Space} is tried next. */
interface Sampler {

  /**
   * {@return a point that was not tried; empty when there is none}
   *
   * @param trials all so far, which decide it alone
   */
  Optional<List<Integer>> next(List<Trial> trials);

  /** {@return the points of a list, one after the other} */
  static Sampler of(List<List<Integer>> points) {
    return trials ->
        trials.size() < points.size() ? Optional.of(points.get(trials.size())) : Optional.empty();
  }
}
