package dev.horae.train;

import dev.horae.sequence.SoftmaxLoss;
import dev.horae.sequence.SoftmaxLoss.InBatch;
import dev.horae.sequence.TrainingOutput;
import dev.horae.tensor.Ops;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What all workers must know of the forward pass of one.
 *
 * @param parts one per softmax; none where the worker's shard is empty
 */
record Shown(List<Part> parts) {

  static final Shown NOTHING = new Shown(List.of());

  /**
   * Of a softmax.
   *
   * @param queries how many
   * @param candidates see {@link InBatch}, detached; null over all items
   * @param targets see {@link dev.horae.nn.Negatives}; null over all items
   * @param owners likewise; null without, too
   */
  record Part(
      long queries,
      @Nullable Tensor candidates,
      @Nullable Tensor targets,
      @Nullable Tensor owners) {

    private static Part of(SoftmaxLoss loss) {
      return loss instanceof InBatch inBatch
          ? new Part(
              loss.size(),
              inBatch.candidates().detach(),
              inBatch.negatives().targets(),
              inBatch.negatives().owners())
          : new Part(loss.size(), null, null, null);
    }
  }

  static Shown of(TrainingOutput forward) {
    return new Shown(forward.softmaxes().stream().map(Part::of).toList());
  }

  boolean isEmpty() {
    return parts.isEmpty();
  }

  /** Appends itself to what {@link #read} reads: tensors, float32 and int64. */
  void write(List<Tensor> out) {
    out.add(Ops.int64(new long[] {parts.size()}, 1));
    for (Part part : parts) {
      List<Tensor> tensors = new ArrayList<>();
      for (Tensor x : new Tensor[] {part.candidates(), part.targets(), part.owners()}) {
        if (x != null) {
          tensors.add(x);
        }
      }
      out.add(Ops.int64(new long[] {part.queries(), tensors.size()}, 2));
      out.addAll(tensors);
    }
  }

  static Shown read(Iterator<Tensor> in) {
    List<Part> parts = new ArrayList<>();
    long count = Ops.longs(in.next())[0];
    for (long k = 0; k < count; k++) {
      long[] head = Ops.longs(in.next());
      parts.add(
          new Part(
              head[0],
              head[1] > 0 ? in.next() : null,
              head[1] > 0 ? in.next() : null,
              head[1] > 2 ? in.next() : null));
    }
    return new Shown(parts);
  }
}
