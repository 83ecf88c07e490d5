package dev.horae.model;

import static dev.horae.tensor.Ops.float32;

import dev.horae.data.SequenceBatch;
import dev.horae.sequence.SequenceTensors;
import dev.horae.sequence.TrainingHooks.Draws;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Which events of a batch the placeholders of {@link Hm4sr} replace.
 *
 * @param chosen row-major [R, L]
 */
public record Hm4srPlaceholders(boolean[] chosen) implements Draws {

  /** Per segment ⌊length · beta⌋ distinct events, uniformly. */
  static Hm4srPlaceholders draw(SequenceBatch batch, double beta, SplittableRandom random) {
    boolean[] chosen = new boolean[batch.items().length];
    long[] segments = batch.segments();
    for (int start = 0, end; start < segments.length; start = end) {
      end = start + 1;
      while (end < segments.length
          && end % batch.length() != 0
          && segments[end] == segments[start]) {
        end++;
      }
      int left = segments[start] == 0 ? 0 : (int) Math.floor((end - start) * beta);
      for (int i = start; i < end && left > 0; i++) { // selection sampling
        if (random.nextInt(end - i) < left) {
          chosen[i] = true;
          left--;
        }
      }
    }
    return new Hm4srPlaceholders(chosen);
  }

  /** {@return the same, bool [R, L, 1]} */
  Tensor replaced(SequenceTensors in) {
    float[] values = new float[chosen.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = chosen[i] ? 1 : 0;
    }
    return float32(values, in.items().size(0), in.items().size(1), 1)
        .to(in.items().device(), ScalarType.Bool);
  }
}
