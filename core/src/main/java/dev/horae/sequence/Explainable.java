package dev.horae.sequence;

import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** What a model tells an {@link Explanation} of its inside; the defaults suit most models. */
public interface Explainable {

  /**
   * {@return the names of the equally wide slices of user and item vectors} The products of the
   * slices add up to the score, so each is that part's exact share of it. One name where the score
   * is no such sum.
   */
  default List<String> parts() {
    return List.of("score");
  }

  /**
   * How the model mixed what it has at the examples.
   *
   * @return per gate softmax weights, float [M, K]; empty for a model without gates
   */
  default Map<String, Tensor> gates(SequenceTensors in, ItemVectors items) {
    return Map.of();
  }
}
