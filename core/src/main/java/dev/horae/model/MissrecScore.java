package dev.horae.model;

import static dev.horae.tensor.Ops.scale;

import dev.horae.nn.BlockedSoftmax;
import dev.horae.tensor.Ops;
import dev.horae.tensor.Scope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * How MISSRec scores an item with text and picture: (s_id + 2 s_mm) / 3, where s_mm averages the
 * products with text and picture, weighted anew for every pair by softmax(phi (s_text, s_image)).
 *
 * <p>It is no product of two vectors, so the training loop's softmax cannot take it. Of two, a
 * softmax is a sigmoid of the difference: s_mm = s_image + w d with d = s_text - s_image and w =
 * sigmoid(phi d). So where there are many users, two products make a score: with id + 2 image and
 * with text - image, which are made once.
 *
 * <p>Shapes: M users, K items, D width.
 */
final class MissrecScore {

  private static final long BLOCK = 1 << 21; // values in a block of scores, 8 MB
  private static final long LEAST_ROWS = 32; // below, the products run far from peak
  private static final int BLOCKS = 5; // two products, and what is made of them

  private MissrecScore() {}

  /**
   * @param users float [M, D], unit rows
   * @param items float [K, 3 D]: unit rows of id, text and image side by side
   * @param phi float []
   * @return float [M, K]
   */
  static Tensor of(Tensor users, Tensor items, Tensor phi) {
    Tensor image = users.matmul(part(items, 2).t());
    Tensor difference = users.matmul(part(items, 1).t()).sub(image);
    Tensor mixed = image.add(difference.mul(phi).sigmoid().mul(difference));
    return scale(users.matmul(part(items, 0).t()).add(scale(mixed, 2)), 1.0 / 3);
  }

  /** {@return of the rows of {@code items} the part of id (0), text (1) or image (2), [K, D]} */
  private static Tensor part(Tensor items, int p) {
    long d = items.size(1) / 3;
    return items.narrow(1, p * d, d);
  }

  /**
   * Softmax cross-entropy over all items, block by block of users: no [M, K] is ever whole. The
   * gradients of the products and of phi are written by hand; autograd gets them through a sum that
   * has them.
   *
   * @param targets int64 [M], rows of {@code items}
   * @param temperature what scores are divided by
   * @return the sum over users, float []
   */
  static Tensor crossEntropy(
      Tensor users, Tensor items, Tensor phi, Tensor targets, double temperature) {
    Tensor[] parts = items.split(items.size(1) / 3, 1).get(); // id, text, image
    double factor = 1 / (3 * temperature); // of s_id in the logits
    Tensor common = scale(parts[0].add(parts[2], new Scalar(2)), factor);
    Tensor differences = parts[1].sub(parts[2]);
    Sums sums =
        new Sums(users.detach(), common.detach(), differences.detach(), Ops.value(phi), 2 * factor);
    long m = users.size(0);
    long rows = Math.max(LEAST_ROWS, BLOCK / items.size(0));
    for (long from = 0; from < m; from += rows) {
      try (Scope scope = Scope.inference()) { // else all blocks would stay until the step ends
        sums.add(from, Math.min(rows, m - from), targets);
      }
    }
    Tensor linear =
        users
            .flatten()
            .dot(sums.ofUsers.flatten())
            .add(common.flatten().dot(sums.ofCommon.flatten()))
            .add(differences.flatten().dot(sums.ofDifferences.flatten()))
            .add(scale(phi, sums.ofPhi));
    return linear.sub(linear.detach()).add(new Scalar(sums.value));
  }

  /** {@return how many values {@link #crossEntropy} holds at a time, the gradients aside} */
  static long values(long items) {
    return BLOCKS * Math.max(LEAST_ROWS * items, BLOCK);
  }

  /** The value and the gradients so far. */
  private static final class Sums {
    private final Tensor users; // [M, D]
    private final Tensor common; // [K, D]
    private final Tensor differences; // [K, D]
    private final double phi;
    private final double factor; // of w d in the logits
    private final Tensor ofUsers; // [M, D]
    private final Tensor ofCommon; // [K, D]
    private final Tensor ofDifferences; // [K, D]
    private double ofPhi;
    private double value;

    Sums(Tensor users, Tensor common, Tensor differences, double phi, double factor) {
      this.users = users;
      this.common = common;
      this.differences = differences;
      this.phi = phi;
      this.factor = factor;
      ofUsers = torch.empty_like(users);
      ofCommon = torch.zeros_like(common);
      ofDifferences = torch.zeros_like(differences);
    }

    void add(long from, long count, Tensor allTargets) {
      Tensor q = users.narrow(0, from, count);
      Tensor targets = allTargets.narrow(0, from, count).unsqueeze(1);
      Tensor logits = Ops.product(q, common); // all below: [count, K]
      Tensor d = Ops.product(q, differences);
      Tensor w = scale(d, phi).sigmoid_();
      logits.addcmul_(w, d, new Scalar(factor));

      value += BlockedSoftmax.crossEntropy(logits, targets);
      Tensor g = logits; // becomes the gradient of the logits
      BlockedSoftmax.subtractTargets(g, targets);
      // d (w d) / dd = w + phi d w (1 - w), and d (w d) / dphi = d² w (1 - w)
      Tensor slope = torch.sigmoid_backward(d, w);
      Tensor ofD = w.add_(slope, new Scalar(phi)).mul_(g);
      ofPhi += factor * Ops.value(slope.mul_(g).flatten().dot(d.flatten()));

      ofUsers
          .narrow(0, from, count)
          .copy_(Ops.product(g, common.t()))
          .add_(Ops.product(ofD, differences.t()), new Scalar(factor));
      ofCommon.addmm_(g.t(), q);
      ofDifferences.addmm_(ofD.t(), q, new Scalar(1), new Scalar(factor));
    }
  }
}
