package dev.horae.sequence;

import dev.horae.tensor.Ops;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * One part of what training minimises.
 *
 * @param name as in reports, such as {@code main}
 * @param weight what it is multiplied by in the total
 * @param value float [], before weighting
 */
public record Loss(String name, double weight, Tensor value) {

  /** {@return the weighted sum, float []} */
  public static Tensor total(List<Loss> parts) {
    return parts.stream().map(Loss::weighted).reduce(Tensor::add).orElseThrow();
  }

  private Tensor weighted() {
    return weight == 1 ? value : Ops.scale(value, weight);
  }
}
