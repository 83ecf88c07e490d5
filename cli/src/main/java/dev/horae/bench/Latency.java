package dev.horae.bench;

import java.util.Arrays;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * How long one who asks alone waits for an answer.
 *
 * @param requests how many were timed, one after the other
 * @param p50 milliseconds within which half of them were answered
 * @param p99 milliseconds within which 99 of 100 were answered
 */
public record Latency(int requests, double p50, double p99) {

  private static final double WARM_UP = 0.25; // of the time
  private static final int MOST = 10_000; // requests

  /**
   * Times single requests until the time is spent, after a warm-up.
   *
   * @param request answered for the given random numbers
   * @param atMost seconds, about
   */
  static Latency measure(double atMost, RandomGenerator random, Consumer<RandomGenerator> request) {
    long start = System.nanoTime();
    do {
      request.accept(random);
    } while (System.nanoTime() - start < WARM_UP * atMost * 1e9);
    double[] milliseconds = new double[MOST];
    int count = 0;
    while (count < MOST && (count == 0 || System.nanoTime() - start < atMost * 1e9)) {
      long from = System.nanoTime();
      request.accept(random);
      milliseconds[count++] = (System.nanoTime() - from) / 1e6;
    }
    return of(Arrays.copyOf(milliseconds, count));
  }

  /** By nearest rank: the least that is no less than so many of them. */
  static Latency of(double[] milliseconds) {
    double[] sorted = milliseconds.clone();
    Arrays.sort(sorted);
    return new Latency(sorted.length, percentile(sorted, 50), percentile(sorted, 99));
  }

  private static double percentile(double[] sorted, int percent) {
    return sorted[(sorted.length * percent + 99) / 100 - 1];
  }
}
