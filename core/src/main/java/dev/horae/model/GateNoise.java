package dev.horae.model;

import dev.horae.data.SequenceBatch;
import dev.horae.sequence.ItemRows;
import dev.horae.sequence.TrainingHooks;
import java.util.SplittableRandom;

/**
 * What a training step adds to the gates of a {@link MoeAdaptor}: standard normal numbers, one per
 * expert.
 *
 * @param events row-major [R, L, G], padding included
 * @param items of the item table; null where it has no gates
 */
public record GateNoise(float[] events, Table items) implements TrainingHooks.Draws {

  /** Noise for rows of the item table, of which every worker asks for its own. */
  public interface Table {
    /** {@return for some items, row-major [K, G]} */
    float[] rows(ItemRows items);
  }

  /** Draws for the events of a batch; what the item table needs is drawn when it is asked for. */
  static GateNoise draw(SequenceBatch batch, int experts, SplittableRandom random) {
    float[] events = normal(batch.items().length * experts, random);
    long seed = random.nextLong();
    return new GateNoise(
        events,
        rows -> normal(Math.toIntExact(rows.count() * experts), new SplittableRandom(seed)));
  }

  private static float[] normal(int size, SplittableRandom random) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
