package dev.horae.model;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * What a training pass over some rows yields, split so that several passes over parts of a batch
 * can be joined before the losses that look across examples are taken.
 *
 * @param examples tensors with one row per example, [M, ·] each; the first is the user vectors.
 *     Join them by concatenation
 * @param sums losses that are sums over events; join them by addition
 */
public record Forward(List<Tensor> examples, List<Loss> sums) {

  /** {@return user vectors, float [M, D]} */
  public Tensor users() {
    return examples.get(0);
  }
}
