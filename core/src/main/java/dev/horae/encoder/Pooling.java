package dev.horae.encoder;

import static dev.horae.tensor.Ops.concat;

import dev.horae.encoder.FrozenLayers.Run;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.bytedeco.pytorch.Tensor;

/** How the last states of a text's tokens become its vector. */
public enum Pooling {
  /** The state of the first token: HM4SR, Eq. 2. */
  CLS,
  /** The mean over all tokens, special ones included. */
  MEAN;

  /**
   * @param states [T, D]
   * @return one row per sequence, [B, D]
   */
  Tensor of(Tensor states, List<Run> runs) {
    List<Tensor> pooled = new ArrayList<>();
    long at = 0;
    for (Run run : runs) {
      Tensor part =
          states.narrow(0, at, run.tokens()).view(run.sequences(), run.length(), states.size(1));
      pooled.add(this == CLS ? part.select(1, 0) : part.mean(1));
      at += run.tokens();
    }
    return concat(0, pooled);
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
