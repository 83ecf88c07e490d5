package dev.horae.tune;

import dev.horae.data.Shuffle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * How much of the differences between settings each key explains: functional analysis of variance
 * of a forest (Hutter, Hoos, Leyton-Brown, "An Efficient Approach for Assessing Hyperparameter
 * Importance", ICML 2014). Regression trees are grown on bootstrap samples of the trials. A tree is
 * constant on boxes of the space, so the mean over all points is exact, and so is the mean over all
 * points with one value of a key; the variance of the latter over the values, as a share of the
 * variance over all points, is what the key alone explains.
 *
 * @param shares by axis, mean over trees, in [0, 1]; what is left to 1 is keys acting together
 * @param marginals expected value by axis and value, over all values of the other keys
 * @param explained share of the variance of trials that trees which have not seen them explain, R²
 *     out of bag; about 0 or less: the forest has learnt nothing, and the shares say nothing
 */
record Importance(List<Double> shares, List<List<Double>> marginals, double explained) {

  private static final int TREES = 200;
  private static final int LEAST_IN_LEAF = 2;
  private static final double KEYS = 2.0 / 3; // that a split chooses from

  Importance {
    shares = List.copyOf(shares);
    marginals = List.copyOf(marginals);
  }

  /** {@return how many trials can tell anything} */
  static int least(Space space) {
    return Math.max(10, 3 * space.axes().size());
  }

  /**
   * @param points of the space
   * @param values one per point
   */
  static Importance of(Space space, List<List<Integer>> points, double[] values, long seed) {
    int[] sizes = space.axes().stream().mapToInt(axis -> axis.values().size()).toArray();
    int[][] xs =
        points.stream()
            .map(point -> point.stream().mapToInt(i -> i).toArray())
            .toArray(int[][]::new);
    double[] shares = new double[sizes.length];
    double[][] marginals = new double[sizes.length][];
    for (int a = 0; a < sizes.length; a++) {
      marginals[a] = new double[sizes[a]];
    }
    double[] unseen = new double[values.length]; // predictions of trees that have not seen it
    int[] trees = new int[values.length];
    SplittableRandom random = new SplittableRandom(seed);
    for (int t = 0; t < TREES; t++) {
      int[] sample = random.ints(values.length, 0, values.length).toArray();
      List<Leaf> leaves = new Forester(xs, values, random.split()).grow(sample, sizes);
      add(leaves, sizes, shares, marginals);
      boolean[] seen = new boolean[values.length];
      Arrays.stream(sample).forEach(i -> seen[i] = true);
      for (int i = 0; i < values.length; i++) {
        if (!seen[i]) {
          unseen[i] += predict(leaves, xs[i]);
          trees[i]++;
        }
      }
    }
    return new Importance(
        Arrays.stream(shares).map(share -> share / TREES).boxed().toList(),
        Arrays.stream(marginals)
            .map(axis -> Arrays.stream(axis).map(value -> value / TREES).boxed().toList())
            .toList(),
        explained(values, unseen, trees));
  }

  /**
   * A box on which a tree is constant.
   *
   * @param from by axis, the first value
   * @param to behind the last
   */
  private record Leaf(int[] from, int[] to, double value) {

    /** {@return its share of the values of an axis} */
    double share(int axis, int[] sizes) {
      return (double) (to[axis] - from[axis]) / sizes[axis];
    }

    boolean has(int axis, int value) {
      return from[axis] <= value && value < to[axis];
    }
  }

  private static void add(List<Leaf> leaves, int[] sizes, double[] shares, double[][] marginals) {
    double mean = 0;
    double squares = 0;
    double[][] own = new double[sizes.length][];
    for (int a = 0; a < sizes.length; a++) {
      own[a] = new double[sizes[a]];
    }
    for (Leaf leaf : leaves) {
      double volume = 1;
      for (int a = 0; a < sizes.length; a++) {
        volume *= leaf.share(a, sizes);
      }
      mean += volume * leaf.value();
      squares += volume * leaf.value() * leaf.value();
      for (int a = 0; a < sizes.length; a++) {
        double ofOthers = volume / leaf.share(a, sizes);
        for (int v = leaf.from()[a]; v < leaf.to()[a]; v++) {
          own[a][v] += ofOthers * leaf.value();
        }
      }
    }
    double variance = squares - mean * mean;
    for (int a = 0; a < sizes.length; a++) {
      double ofKey = 0;
      for (int v = 0; v < sizes[a]; v++) {
        marginals[a][v] += own[a][v];
        ofKey += (own[a][v] - mean) * (own[a][v] - mean) / sizes[a];
      }
      shares[a] += variance > 1e-12 * squares ? ofKey / variance : 0; // all alike: none explains
    }
  }

  private static double predict(List<Leaf> leaves, int[] x) {
    return leaves.stream()
        .filter(leaf -> IntStream.range(0, x.length).allMatch(a -> leaf.has(a, x[a])))
        .findFirst()
        .orElseThrow()
        .value();
  }

  private static double explained(double[] values, double[] unseen, int[] trees) {
    double mean = Arrays.stream(values).average().orElse(0);
    double errors = 0;
    double squares = 0;
    for (int i = 0; i < values.length; i++) {
      if (trees[i] > 0) {
        double error = values[i] - unseen[i] / trees[i];
        errors += error * error;
        squares += (values[i] - mean) * (values[i] - mean);
      }
    }
    return squares == 0 ? 0 : 1 - errors / squares;
  }

  /** Grows one tree. */
  private static final class Forester {

    private final int[][] xs;
    private final double[] ys;
    private final SplittableRandom random;
    private final List<Leaf> leaves = new ArrayList<>();

    Forester(int[][] xs, double[] ys, SplittableRandom random) {
      this.xs = xs;
      this.ys = ys;
      this.random = random;
    }

    List<Leaf> grow(int[] sample, int[] sizes) {
      split(sample, new int[sizes.length], sizes);
      return leaves;
    }

    /** Where the sum of squared errors falls most; a leaf where it falls nowhere. */
    private void split(int[] sample, int[] from, int[] to) {
      int bestAxis = -1;
      int bestCut = 0;
      double best = 1e-15 + score(sample);
      for (int axis : axes(from.length)) {
        for (int cut = from[axis] + 1; cut < to[axis]; cut++) {
          int[] below = part(sample, axis, cut, true);
          int[] above = part(sample, axis, cut, false);
          if (Math.min(below.length, above.length) >= LEAST_IN_LEAF) {
            double score = score(below) + score(above);
            if (score > best) {
              best = score;
              bestAxis = axis;
              bestCut = cut;
            }
          }
        }
      }
      if (bestAxis < 0) {
        leaves.add(
            new Leaf(from, to, Arrays.stream(sample).mapToDouble(i -> ys[i]).average().orElse(0)));
        return;
      }
      int[] middle = to.clone();
      middle[bestAxis] = bestCut;
      split(part(sample, bestAxis, bestCut, true), from, middle);
      middle = from.clone();
      middle[bestAxis] = bestCut;
      split(part(sample, bestAxis, bestCut, false), middle, to);
    }

    /** {@return some axes, in any order} */
    private int[] axes(int count) {
      int[] all = Shuffle.of(IntStream.range(0, count).toArray(), random);
      return Arrays.copyOf(all, (int) Math.ceil(KEYS * count));
    }

    private int[] part(int[] sample, int axis, int cut, boolean below) {
      return Arrays.stream(sample).filter(i -> xs[i][axis] < cut == below).toArray();
    }

    /** {@return the higher, the lower the sum of squared errors} */
    private double score(int[] sample) {
      double sum = Arrays.stream(sample).mapToDouble(i -> ys[i]).sum();
      return sum * sum / sample.length;
    }
  }
}
