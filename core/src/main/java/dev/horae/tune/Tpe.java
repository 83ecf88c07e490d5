package dev.horae.tune;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * The tree-structured Parzen estimator (Bergstra et al., "Algorithms for Hyper-Parameter
 * Optimization", NIPS 2011) over the points of a {@link Space}: the trials of a rung are split into
 * the good and the others, the density of each is estimated, and of some points that the density of
 * the good draws, the one where it is highest against that of the others is tried. As in BOHB
 * (Falkner et al., ICML 2018) the rung is the highest that has trials enough, the densities are of
 * all keys together, and a share of the points is drawn at random, so that no part of the space is
 * given up.
 *
 * <p>A density is the mean of one kernel per trial and one that is equal everywhere. A kernel is
 * the product over axes of probabilities of values: of numbers they fall with the distance in the
 * list as a normal density does, of others all but the trial's are alike.
 */
final class Tpe implements Sampler {

  private static final double GOOD = 0.25; // of the trials
  private static final double RANDOM = 0.2; // of the points
  private static final int CANDIDATES = 64;
  private static final double WIDTH = 0.3; // of a kernel, of the whole axis, of one trial
  private static final double OTHERS = 0.3; // probability of all other values that are no numbers
  private static final int ATTEMPTS = 1000; // to draw a point that is allowed and new

  private final Space space;
  private final long seed;
  private final Optional<List<Integer>> first;
  private final Predicate<List<Integer>> allowed;

  /**
   * @param seed of all draws
   * @param first what is tried first, such as the model's own settings
   * @param allowed which points may be tried
   */
  Tpe(Space space, long seed, Optional<List<Integer>> first, Predicate<List<Integer>> allowed) {
    this.space = space;
    this.seed = seed;
    this.first = first.filter(allowed);
    this.allowed = allowed;
  }

  @Override
  public Optional<List<Integer>> next(List<Trial> trials) {
    if (trials.isEmpty() && first.isPresent()) {
      return first;
    }
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < trials.size(); i++) {
      random = random.split(); // one generator per trial, whatever the others took from theirs
    }
    Set<List<Integer>> tried = new HashSet<>();
    trials.forEach(trial -> tried.add(trial.point()));
    Predicate<List<Integer>> open = point -> !tried.contains(point) && allowed.test(point);
    List<Trial> known = known(trials);
    Optional<List<Integer>> modelled =
        known.isEmpty() || random.nextDouble() < RANDOM
            ? Optional.empty()
            : promising(known, random, open);
    return modelled.isPresent() ? modelled : any(random, open);
  }

  /** {@return the trials of the highest rung with enough of them, best first; none: too early} */
  private List<Trial> known(List<Trial> trials) {
    int enough = 2 + space.axes().size();
    for (int rung = mostScores(trials) - 1; rung >= 0; rung--) {
      int at = rung;
      List<Trial> there = trials.stream().filter(trial -> trial.at(at)).toList();
      if (there.size() >= enough) {
        return there.stream()
            .sorted(Comparator.comparingDouble((Trial trial) -> trial.value(at)).reversed())
            .toList();
      }
    }
    return List.of();
  }

  private static int mostScores(List<Trial> trials) {
    return trials.stream().mapToInt(trial -> trial.scores().size()).max().orElse(0);
  }

  private Optional<List<Integer>> promising(
      List<Trial> known, SplittableRandom random, Predicate<List<Integer>> open) {
    int good = Math.max(2, (int) Math.round(GOOD * known.size()));
    Density of = new Density(known.subList(0, good));
    Density against = new Density(known.subList(good, known.size()));
    return IntStream.range(0, CANDIDATES)
        .mapToObj(i -> of.draw(random))
        .distinct()
        .filter(open)
        .max(Comparator.comparingDouble(point -> of.at(point) / against.at(point)));
  }

  private Optional<List<Integer>> any(SplittableRandom random, Predicate<List<Integer>> open) {
    for (int i = 0; i < ATTEMPTS; i++) {
      List<Integer> point = space.draw(random);
      if (open.test(point)) {
        return Optional.of(point);
      }
    }
    return space.size() > ATTEMPTS
        ? Optional.empty()
        : space.grid().stream().filter(open).findFirst(); // hardly any is left
  }

  /** See {@link Tpe}. */
  private final class Density {

    private final List<List<Integer>> centres;
    private final double[][][] kernels; // by axis, centre and value

    Density(List<Trial> trials) {
      centres = trials.stream().map(Trial::point).toList();
      double width = WIDTH * Math.pow(trials.size(), -1.0 / (4 + space.axes().size())); // Scott
      kernels = new double[space.axes().size()][][];
      for (int a = 0; a < kernels.length; a++) {
        Space.Axis axis = space.axes().get(a);
        int values = axis.values().size();
        kernels[a] = new double[values][];
        for (int centre = 0; centre < values; centre++) {
          kernels[a][centre] =
              axis.numeric() ? normal(centre, values, width) : categorical(centre, values);
        }
      }
    }

    private static double[] normal(int centre, int values, double width) {
      double[] kernel = new double[values];
      for (int v = 0; v < values; v++) {
        double distance = (v - centre) / Math.max(1e-9, width * (values - 1));
        kernel[v] = Math.exp(-0.5 * distance * distance);
      }
      return normalised(kernel);
    }

    private static double[] categorical(int centre, int values) {
      double[] kernel = new double[values];
      for (int v = 0; v < values; v++) {
        kernel[v] = v == centre ? 1 - OTHERS : OTHERS / Math.max(1, values - 1);
      }
      return normalised(kernel);
    }

    private static double[] normalised(double[] kernel) {
      double sum = 0;
      for (double weight : kernel) {
        sum += weight;
      }
      for (int v = 0; v < kernel.length; v++) {
        kernel[v] /= sum;
      }
      return kernel;
    }

    double at(List<Integer> point) {
      double everywhere = 1;
      for (Space.Axis axis : space.axes()) {
        everywhere /= axis.values().size();
      }
      double sum = everywhere;
      for (List<Integer> centre : centres) {
        double kernel = 1;
        for (int a = 0; a < kernels.length; a++) {
          kernel *= kernels[a][centre.get(a)][point.get(a)];
        }
        sum += kernel;
      }
      return sum / (centres.size() + 1);
    }

    List<Integer> draw(SplittableRandom random) {
      int which = random.nextInt(centres.size() + 1);
      if (which == centres.size()) {
        return space.draw(random);
      }
      List<Integer> point = new ArrayList<>();
      for (int a = 0; a < kernels.length; a++) {
        point.add(draw(kernels[a][centres.get(which).get(a)], random.nextDouble()));
      }
      return List.copyOf(point);
    }

    private static int draw(double[] probabilities, double at) {
      int value = 0;
      while (value < probabilities.length - 1 && at >= probabilities[value]) {
        at -= probabilities[value];
        value++;
      }
      return value;
    }
  }
}
