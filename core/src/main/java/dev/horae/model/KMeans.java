package dev.horae.model;

import static dev.horae.tensor.Ops.int64;
import static dev.horae.tensor.Ops.scale;
import static dev.horae.tensor.Ops.sumOver;

import dev.horae.data.Workers;
import dev.horae.tensor.Scope;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Lloyd's k-means on all cores: every point to its nearest centroid, every centroid to the mean of
 * its points, again and again. A centroid without points stays where it is.
 */
public final class KMeans {

  private static final long BLOCK = 1 << 21; // distances that a worker holds, 8 MB
  private static final long LEAST_ROWS = 64; // below, the products run far from peak

  /**
   * @param centroids float [K, D]
   * @param labels int64 [P], each point's cluster from 0, as of these centroids
   */
  public record Clusters(Tensor centroids, Tensor labels) {}

  private KMeans() {}

  /**
   * Inside a scope without gradients.
   *
   * @param points float [P, D]
   * @param starts which points are the first centroids, length K
   */
  static Clusters lloyd(Tensor points, long[] starts, int iterations) {
    Tensor places = int64(starts, starts.length).to(points.device(), ScalarType.Long);
    Tensor centroids = points.index_select(0, places);
    Tensor labels = nearest(points, centroids);
    for (int i = 0; i < iterations; i++) {
      centroids = means(points, labels, centroids);
      labels = nearest(points, centroids);
    }
    return new Clusters(centroids, labels);
  }

  /** {@return {@code count} different numbers below {@code size}, any of them as likely} */
  static long[] choose(int count, int size, SplittableRandom random) {
    long[] all = new long[size];
    for (int i = 0; i < size; i++) {
      all[i] = i;
    }
    long[] chosen = new long[count];
    for (int i = 0; i < count; i++) {
      int j = i + random.nextInt(size - i);
      chosen[i] = all[j];
      all[j] = all[i];
    }
    return chosen;
  }

  /**
   * {@return the nearest centroid of each point, from 0, int64 [P]} Inside a scope without
   * gradients.
   */
  // |x - c|² = |x|² - 2 (x c - |c|² / 2), and |x|² is the same for all c.
  static Tensor nearest(Tensor points, Tensor centroids) {
    Tensor halves = scale(sumOver(centroids.square(), 1), 0.5); // [K]
    Tensor columns = centroids.t();
    long p = points.size(0);
    Tensor labels = torch.empty_like(points.select(1, 0)).to(ScalarType.Long);
    long rows = Math.max(LEAST_ROWS, BLOCK / centroids.size(0));
    Workers.each(
        Math.toIntExact((p + rows - 1) / rows),
        i -> {
          try (Scope scope = Scope.inference()) {
            torch.set_num_threads(1);
            long from = i * rows;
            long count = Math.min(rows, p - from);
            Tensor block = points.narrow(0, from, count);
            Tensor distances = torch.addmm(halves, block, columns, new Scalar(1), new Scalar(-1));
            labels.narrow(0, from, count).copy_(distances.argmin(new LongOptional(1), false));
          }
        });
    return labels;
  }

  private static Tensor means(Tensor points, Tensor labels, Tensor centroids) {
    Tensor counts = torch.zeros_like(centroids.select(1, 0)); // [K]
    counts.index_add_(0, labels, torch.ones_like(points.select(1, 0)));
    Tensor sums = torch.zeros_like(centroids).index_add_(0, labels, points);
    Tensor means = sums.div(counts.clamp_min(new Scalar(1)).unsqueeze(1));
    return torch.where(counts.gt(new Scalar(0)).unsqueeze(1), means, centroids);
  }
}
