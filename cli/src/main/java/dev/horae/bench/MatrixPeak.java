package dev.horae.bench;

import dev.horae.data.Team;
import dev.horae.tensor.Scope;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The fastest products of two square matrices that libtorch does on this processor, in GFLOP/s (2
 * n³ operations each, billions a second): no training step is faster than that.
 *
 * @param size n
 * @param workers how many threads multiply at once, each its own matrices, in the figures below
 *     that say all
 * @param float32 of one thread
 * @param bfloat16 of one thread
 * @param float32All of all workers together
 * @param bfloat16All of all workers together
 */
public record MatrixPeak(
    int size, int workers, double float32, double bfloat16, double float32All, double bfloat16All) {

  private static final int[] SIZES = {2048, 1024, 512};
  private static final int REPEATS = 5;
  private static final double LONGEST = 0.5; // seconds a product may take

  /**
   * Takes some seconds.
   *
   * @param atMost seconds for the products of a kind; if the smallest are too slow, they take
   *     longer
   */
  public static MatrixPeak measure(int workers, double atMost) {
    int size = largest(Math.min(LONGEST, atMost / (1 + REPEATS)));
    return new MatrixPeak(
        size,
        workers,
        best(ScalarType.Float, size, 1, REPEATS),
        best(ScalarType.BFloat16, size, 1, REPEATS),
        best(ScalarType.Float, size, workers, REPEATS),
        best(ScalarType.BFloat16, size, workers, REPEATS));
  }

  /** The largest that is quick in both types: without bfloat16 units that type is emulated. */
  private static int largest(double longest) {
    int smallest = SIZES[SIZES.length - 1];
    double slowest =
        Math.min(
            best(ScalarType.Float, smallest, 1, REPEATS),
            best(ScalarType.BFloat16, smallest, 1, REPEATS));
    return IntStream.of(SIZES)
        .filter(n -> operations(n) / 1e9 / slowest < longest)
        .findFirst()
        .orElse(smallest);
  }

  private static double operations(int n) {
    return 2.0 * n * n * n;
  }

  /** {@return GFLOP/s of the best of some rounds in which every worker does one product} */
  private static double best(ScalarType type, int n, int workers, int rounds) {
    double[][] seconds = new double[workers][rounds];
    Team team = new Team(workers, "horae-bench");
    team.run(w -> rounds(type, n, team, seconds[w]));
    double best = Double.MAX_VALUE;
    for (int round = 0; round < rounds; round++) {
      double slowest = 0;
      for (double[] worker : seconds) {
        slowest = Math.max(slowest, worker[round]);
      }
      best = Math.min(best, slowest);
    }
    return workers * operations(n) / best / 1e9;
  }

  private static void rounds(ScalarType type, int n, Team team, double[] seconds) {
    torch.set_num_threads(1);
    try (Scope scope = Scope.inference()) {
      Tensor a = torch.rand(n, n).to(type);
      Tensor b = torch.rand(n, n).to(type);
      Tensor warmUp = a.matmul(b);
      for (int round = 0; round < seconds.length; round++) {
        team.await();
        long from = System.nanoTime();
        torch.mm_out(warmUp, a, b); // into memory that is there already
        seconds[round] = (System.nanoTime() - from) / 1e9;
      }
    }
  }
}
