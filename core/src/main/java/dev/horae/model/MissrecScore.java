package dev.horae.model;

import static dev.horae.tensor.Ops.scale;

import dev.horae.nn.BlockedSoftmax;
import dev.horae.tensor.Ops;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * How MISSRec scores an item with text and picture: (s_id + 2 s_mm) / 3, where s_mm averages the
 * products with text and picture, weighted anew for every pair by softmax(phi (s_text, s_image)).
 *
 * <p>It is no product of two vectors, so the training loop's softmax cannot take it. Of two, a
 * softmax is a sigmoid of the difference: s_mm = s_image + w (s_text - s_image).
 *
 * <p>Shapes: M users, K items, D width.
 */
final class MissrecScore {

  private static final long BLOCK = 1 << 21; // values in a block of scores, 8 MB
  private static final long LEAST_ROWS = 32; // below, the products run far from peak
  private static final int BLOCKS = 7; // three products, and what is made of them

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
   * gradients are written by hand; autograd gets them through a sum that has them.
   *
   * @param targets int64 [M], rows of {@code items}
   * @param temperature what scores are divided by
   * @return the sum over users, float []
   */
  static Tensor crossEntropy(
      Tensor users, Tensor items, Tensor phi, Tensor targets, double temperature) {
    Sums sums = new Sums(users.detach(), items.detach(), Ops.value(phi), 1 / (3 * temperature));
    long m = users.size(0);
    long rows = Math.max(LEAST_ROWS, BLOCK / items.size(0));
    for (long from = 0; from < m; from += rows) {
      sums.add(from, Math.min(rows, m - from), targets);
    }
    Tensor linear =
        users
            .flatten()
            .dot(sums.ofUsers.flatten())
            .add(items.flatten().dot(sums.ofItems.flatten()))
            .add(scale(phi, sums.ofPhi));
    return linear.sub(linear.detach()).add(new Scalar(sums.value));
  }

  /** {@return how many values {@link #crossEntropy} holds at a time, the gradients aside} */
  static long values(long items) {
    return BLOCKS * Math.max(LEAST_ROWS * items, BLOCK);
  }

  /** The value and the gradients so far. */
  private static final class Sums {
    private final Tensor users;
    private final Tensor items;
    private final double phi;
    private final double factor; // of s_id in the logits
    private final Tensor ofUsers; // [M, D]
    private final Tensor ofItems; // [K, 3 D]
    private double ofPhi;
    private double value;

    Sums(Tensor users, Tensor items, double phi, double factor) {
      this.users = users;
      this.items = items;
      this.phi = phi;
      this.factor = factor;
      ofUsers = torch.zeros_like(users);
      ofItems = torch.zeros_like(items);
    }

    void add(long from, long count, Tensor allTargets) {
      Tensor q = users.narrow(0, from, count);
      Tensor targets = allTargets.narrow(0, from, count).unsqueeze(1);
      Tensor logits = q.mm(part(items, 0).t()); // all below: [count, K]
      Tensor difference = q.mm(part(items, 1).t());
      Tensor image = q.mm(part(items, 2).t());
      difference.sub_(image);
      Tensor weight = scale(difference, phi).sigmoid_();
      logits
          .add_(image, new Scalar(2))
          .addcmul_(weight, difference, new Scalar(2))
          .mul_(new Scalar(factor));

      value += BlockedSoftmax.crossEntropy(logits, targets);
      Tensor ofId = logits; // becomes the gradient of s_id
      BlockedSoftmax.subtractTargets(ofId, targets);
      ofId.mul_(new Scalar(factor));
      // d s_mm / d s_text = w + phi w (1 - w) (s_text - s_image), and that of s_image is the rest.
      Tensor slope = torch.addcmul(weight, weight, weight, new Scalar(-1)).mul_(difference);
      ofPhi += 2 * Ops.value(slope.mul(ofId).flatten().dot(difference.flatten()));
      Tensor ofText = weight.add_(slope, new Scalar(phi)).mul_(ofId).mul_(new Scalar(2));
      Tensor ofImage = image.copy_(ofId).mul_(new Scalar(2)).sub_(ofText);

      Tensor[] gradients = {ofId, ofText, ofImage};
      Tensor ofQ = ofUsers.narrow(0, from, count);
      for (int p = 0; p < gradients.length; p++) {
        ofQ.addmm_(gradients[p], part(items, p));
        part(ofItems, p).addmm_(gradients[p].t(), q);
      }
    }
  }
}
