package dev.horae.model;

import static dev.horae.tensor.Ops.int64;

import dev.horae.sequence.SequenceTensors;
import dev.horae.tensor.Ops;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The events of a batch as a recurrence wants them: first the first event of every history, then
 * every second one, and so on, the longest histories always in front. Step t then runs over as many
 * rows as there are histories with more than t events, and no slot is padding. PyTorch calls this a
 * packed sequence.
 *
 * @param events int64 [E], flat places of the events in [R, L]
 * @param sizes how many histories each step runs over, at most as many as the step before
 * @param examples int64 [M], where among the E events those with a target are, in the order of
 *     {@link SequenceTensors#examples}
 */
record StepOrder(Tensor events, long[] sizes, Tensor examples) {

  private record Stretch(int start, int length) {}

  static StepOrder of(SequenceTensors in) {
    long[] positions = Ops.longs(in.positions());
    long[] eventMask = Ops.longs(in.eventMask());
    List<Stretch> histories = new ArrayList<>();
    for (int start = 0, end; start < eventMask.length; start = end) {
      end = start + 1;
      while (end < eventMask.length && eventMask[end] != 0 && positions[end] != 0) {
        end++;
      }
      if (eventMask[start] != 0) {
        histories.add(new Stretch(start, end - start));
      }
    }
    histories.sort(Comparator.comparingInt(history -> -history.length()));

    long[] sizes = new long[histories.isEmpty() ? 0 : histories.get(0).length()];
    for (Stretch history : histories) {
      for (int t = 0; t < history.length(); t++) {
        sizes[t]++;
      }
    }
    long[] events = new long[(int) Arrays.stream(sizes).sum()];
    long[] placeOf = new long[eventMask.length];
    int next = 0;
    for (int t = 0; t < sizes.length; t++) {
      for (int h = 0; h < sizes[t]; h++) {
        int place = histories.get(h).start() + t;
        placeOf[place] = next;
        events[next++] = place;
      }
    }
    long[] examples = Arrays.stream(Ops.longs(in.examples())).map(e -> placeOf[(int) e]).toArray();
    return new StepOrder(onDeviceOf(in, events), sizes, onDeviceOf(in, examples));
  }

  private static Tensor onDeviceOf(SequenceTensors in, long[] places) {
    return int64(places, places.length).to(in.items().device(), ScalarType.Long);
  }

  /** {@return x [R, L] at the events, [E]} */
  Tensor pick(Tensor x) {
    return x.flatten().index_select(0, events);
  }
}
