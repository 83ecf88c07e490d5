package dev.horae.model;

import dev.horae.sequence.FrozenFeatures;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Tensor;

/**
 * One view of the items: a table of features, mapped to the model's width.
 *
 * @param features [N + 1, F]
 * @param map F -> D
 */
record ProjectedFeatures(FrozenFeatures features, LinearImpl map) {

  /** {@return the vectors of the items {@code from} to {@code to - 1}, float [to - from, D]} */
  Tensor rows(long from, long to) {
    return features.projected(features.rows(from, to), map);
  }

  /** {@return the vectors of {@code items} (int64, any shape), float [..., D]} */
  Tensor at(Tensor items) {
    return features.projected(features.at(items), map);
  }
}
