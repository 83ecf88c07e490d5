package dev.horae.nn;

import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Attention of several heads in few products, for rows with few keys and for single queries.
 *
 * <p>Shapes: R rows, Q queries, K keys, H heads, D width of all heads together, W width of what
 * keys and values are made of.
 *
 * @param count H
 */
public record Heads(int count) {

  private static final ScalarTypeOptional SAME = new ScalarTypeOptional();

  /**
   * {@return x [R, K, D] once for each head, with zeros where other heads have their values, float
   * [R, H K, D]} A product with it is the products of all heads, and while keys are few that is
   * cheaper than many small products.
   */
  private Tensor apart(Tensor x) {
    Tensor eye = torch.eye(count, x.options()).unsqueeze(2); // [H, H, 1]
    Tensor own = eye.expand(-1, -1, x.size(2) / count).flatten(1, 2); // [H, D]
    return x.unsqueeze(1).mul(own.unsqueeze(1)).flatten(1, 2);
  }

  /**
   * {@return the products of queries [R, Q, D] with keys [R, K, D] of their row, float [R, H, K,
   * Q]} Queries are last: where keys are few, a softmax along the last axis, or a product with what
   * all keys share, is many times slower than along another.
   */
  public Tensor scores(Tensor q, Tensor keys) {
    return apart(keys).bmm(q.transpose(1, 2)).view(q.size(0), count, keys.size(1), q.size(1));
  }

  /** {@return values [R, K, D] mixed by weights [R, H, K, Q], all heads side by side, [R, Q, D]} */
  public Tensor mix(Tensor weights, Tensor values) {
    return weights.flatten(1, 2).transpose(1, 2).bmm(apart(values));
  }

  /**
   * {@return the products of one query per row with keys that are never made: what they are made of
   * meets a mapped query, float [R, H, K]} The bias of the keys adds {@link #bias} to all of them.
   *
   * @param q float [R, D]
   * @param x float [R, K, W], which {@code weight} maps to keys
   * @param weight float [D, W]
   */
  public Tensor scores(Tensor q, Tensor x, Tensor weight) {
    Tensor maps = weight.view(count, -1, weight.size(1)); // [H, D / H, W]
    return byHead(q).transpose(0, 1).bmm(maps).transpose(0, 1).bmm(x.transpose(1, 2));
  }

  /**
   * {@return the products of queries [R, D] with the bias of the keys, which is all that a constant
   * key adds, float [R, H, 1]}
   *
   * @param bias float [D]
   */
  public Tensor bias(Tensor q, Tensor bias) {
    return byHead(q).mul(bias.view(count, -1)).sum(new long[] {2}, true, SAME);
  }

  /**
   * {@return the values of what each head has mixed: a mixture of values is the value of a mixture,
   * float [R, D]}
   *
   * @param mixed float [R, H, W]
   * @param weight float [D, W]
   * @param bias float [D]
   * @param times how often each head's value has its bias, the sum of its weights, float [R, H, 1]
   */
  public Tensor values(Tensor mixed, Tensor weight, Tensor bias, Tensor times) {
    Tensor maps = weight.view(count, -1, weight.size(1)).transpose(1, 2); // [H, W, D / H]
    Tensor values = mixed.transpose(0, 1).bmm(maps).transpose(0, 1); // [R, H, D / H]
    return values.add(times.mul(bias.view(count, -1))).flatten(1, 2);
  }

  private Tensor byHead(Tensor x) {
    return x.view(x.size(0), count, -1);
  }
}
