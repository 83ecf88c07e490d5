package dev.horae.sequence;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * What a training pass over some rows yields, so that several passes over parts of a batch can be
 * joined before the losses that look across examples are taken.
 *
 * @param softmaxes losses across examples; join queries and candidates by concatenation
 * @param sums losses that are sums over events, divided by the whole batch's; join them by addition
 */
public record TrainingOutput(List<SoftmaxLoss> softmaxes, List<Loss> sums) {

  /**
   * The parts of the loss of a batch that was not split, by autograd.
   *
   * @param items all items, float [N + 1, D]
   */
  public List<Loss> plain(Tensor items) {
    List<Loss> parts = new ArrayList<>();
    softmaxes.forEach(softmax -> parts.add(softmax.plain(items)));
    parts.addAll(sums);
    return parts;
  }
}
