package dev.horae.train;

import dev.horae.data.DataException;
import dev.horae.data.FeatureTable;
import dev.horae.data.Windows;
import dev.horae.model.Inventory;
import dev.horae.model.SequenceModel;
import dev.horae.tensor.Checkpoint;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import org.bytedeco.pytorch.Tensor;

/**
 * What a training step needs outside the Java heap, in bytes.
 *
 * @param parameters values, gradients and both running means of Adam
 * @param features frozen tables and category labels
 * @param scores of a batch against every item, and what the softmax keeps of them
 * @param activations of the rows of a batch
 */
public record MemoryEstimate(long parameters, long features, long scores, long activations) {

  private static final int FLOAT = 4;
  private static final int ADAM_COPIES = 4;
  private static final int SCORE_COPIES = 4; // logits, log-softmax, and their gradients

  static MemoryEstimate of(
      SequenceModel model, RunConfig config, Inventory inventory, Windows windows) {
    long trained =
        Checkpoint.parameters(model).values().stream()
            .filter(Tensor::requires_grad)
            .mapToLong(Tensor::numel)
            .sum();
    long vectors = inventory.features().stream().mapToLong(t -> t.values().length).sum();
    long batch = config.train().batchSize();
    long events =
        model.packable()
            ? batch * windows.events() / Math.max(1, windows.examples())
            : batch * inventory.length();
    int width = inventory.features().stream().mapToInt(FeatureTable::width).max().orElse(1);
    return new MemoryEstimate(
        ADAM_COPIES * FLOAT * trained,
        FLOAT * (vectors + inventory.labels().length + (long) width * inventory.items()),
        FLOAT * SCORE_COPIES * batch * (inventory.items() + 1 + batch),
        FLOAT * events * config.model().valuesPerEvent(inventory));
  }

  public long total() {
    return parameters + features + scores + activations;
  }

  /** Throws when this is more than {@code available} bytes, with what to change. */
  void requireFits(long available) {
    if (total() > available) {
      throw new DataException(
          String.format(
              Locale.ROOT,
              "training needs about %s outside the Java heap (parameters %s, features %s, scores %s,"
                  + " activations %s) but %s are free; lower train.batch_size, choose"
                  + " train.batching=shared, or lower model.hidden_size",
              readable(total()),
              readable(parameters),
              readable(features),
              readable(scores),
              readable(activations),
              readable(available)));
    }
  }

  /** {@return bytes that native memory can still take on this machine or in this container} */
  static long available() {
    if (ManagementFactory.getOperatingSystemMXBean()
        instanceof com.sun.management.OperatingSystemMXBean system) {
      long untouchedHeap = Runtime.getRuntime().maxMemory() - Runtime.getRuntime().totalMemory();
      return system.getTotalMemorySize() - untouchedHeap;
    }
    return Long.MAX_VALUE;
  }

  static String readable(long bytes) {
    return bytes < 1_000_000_000
        ? String.format(Locale.ROOT, "%d MB", Math.round(bytes / 1e6))
        : String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%s native memory: parameters %s, features %s, scores %s, activations %s",
        readable(total()),
        readable(parameters),
        readable(features),
        readable(scores),
        readable(activations));
  }
}
