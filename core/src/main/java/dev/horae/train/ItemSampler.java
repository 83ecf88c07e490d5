package dev.horae.train;

import dev.horae.data.SequenceBatch;
import dev.horae.data.Windows;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Chooses the items with which the targets of a step are compared instead of with all N: the
 * targets of the whole batch, and {@code negatives} others drawn evenly and without replacement.
 * Targets alone would hardly ever show the model an item that few take, even draws alone hardly
 * ever one that many take (Yang et al., "Mixed Negative Sampling for Learning Two-tower Neural
 * Networks in Recommendations", WWW 2020).
 *
 * <p>Minus log p is added to the logit of each candidate, where p is the probability that it is one
 * (Bengio and Senécal, "Adaptive Importance Sampling to Accelerate Training of a Neural
 * Probabilistic Language Model", 2008; Yi et al., "Sampling-Bias-Corrected Neural Modeling for
 * Large Corpus Item Recommendations", RecSys 2019). If items are candidates independently of one
 * another, the softmax over the corrected logits is the probability that an item is the target when
 * it is known which items are candidates; so the loss is least where that over all items is. An
 * item is a candidate once, however often it was found. With N negatives it is the softmax over all
 * items.
 *
 * <p>p = 1 - (1 - M / N) (1 - f)^(B - 1): neither among the M negatives, nor a target of the B - 1
 * other examples, of which a share f have the item.
 */
final class ItemSampler {

  private final int items; // N
  private final int negatives; // M
  private final double logNotDrawn; // log (1 - M / N)
  private final double[] logNotTarget; // of each item, log (1 - f); [N + 1]

  /**
   * @param items N
   * @param negatives M, at most N
   */
  ItemSampler(Windows windows, int items, int negatives) {
    this.items = items;
    this.negatives = negatives;
    logNotDrawn = Math.log1p(-negatives / (double) items);
    int[] targets = windows.targetCounts(items);
    double examples = windows.examples();
    logNotTarget = new double[items + 1];
    for (int i = 1; i <= items; i++) {
      logNotTarget[i] = Math.log1p(-targets[i] / examples);
    }
  }

  /** Draws for one batch; the same {@code random} gives the same items. */
  ItemSample draw(List<SequenceBatch> batch, SplittableRandom random) {
    BitSet candidates = drawn(random);
    BitSet lookedUp = new BitSet(items + 1);
    int examples = 0;
    for (SequenceBatch shard : batch) {
      for (int i = 0; i < shard.items().length; i++) {
        lookedUp.set((int) shard.items()[i]);
        if (shard.targets()[i] != 0) {
          candidates.set((int) shard.targets()[i]);
          examples++;
        }
      }
    }
    lookedUp.andNot(candidates);
    lookedUp.clear(0);
    int count = candidates.cardinality();
    long[] chosen = new long[1 + count + lookedUp.cardinality()];
    float[] corrections = new float[1 + count]; // padding is always there, p = 1
    int next = 1;
    for (int i = candidates.nextSetBit(0); i > 0; i = candidates.nextSetBit(i + 1)) {
      corrections[next] = correction(i, examples);
      chosen[next++] = i;
    }
    for (int i = lookedUp.nextSetBit(0); i > 0; i = lookedUp.nextSetBit(i + 1)) {
      chosen[next++] = i;
    }
    return new ItemSample(chosen, corrections);
  }

  /** Floyd's way: every set of M out of N is as likely as any other. */
  private BitSet drawn(SplittableRandom random) {
    BitSet drawn = new BitSet(items + 1);
    for (int last = items - negatives + 1; last <= items; last++) {
      int item = 1 + random.nextInt(last);
      drawn.set(drawn.get(item) ? last : item);
    }
    return drawn;
  }

  private float correction(int item, int examples) {
    double logMissed = logNotDrawn + (examples - 1) * logNotTarget[item];
    return (float) -Math.log(-Math.expm1(logMissed));
  }
}
