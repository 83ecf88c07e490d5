package dev.horae.model;

import dev.horae.data.Histories;
import dev.horae.data.SequenceBatch;
import java.util.Arrays;
import java.util.SplittableRandom;

/** All training prefixes by their target, to draw another one with the same for {@link Fearec}. */
final class SameTarget {

  private final Histories training;
  private final int[] starts; // of each item in targets, N + 2 or fewer
  private final int[] targets; // places of events that are a target, by item, ascending

  SameTarget(Histories training) {
    this.training = training;
    int items = Arrays.stream(training.items()).max().orElse(0);
    starts = new int[items + 2];
    for (int u = 0; u < training.users(); u++) {
      for (int e = training.starts()[u] + 1; e < training.starts()[u + 1]; e++) {
        starts[training.items()[e] + 1]++;
      }
    }
    for (int item = 0; item <= items; item++) {
      starts[item + 1] += starts[item];
    }
    targets = new int[starts[items + 1]];
    int[] next = starts.clone();
    for (int u = 0; u < training.users(); u++) {
      for (int e = training.starts()[u] + 1; e < training.starts()[u + 1]; e++) {
        targets[next[training.items()[e]]++] = e;
      }
    }
  }

  /**
   * For each example of a batch a prefix with the same target, uniformly among all but the
   * example's own; its own where there is no other.
   *
   * @param first see {@link Fearec.Pairs}
   */
  Fearec.Pairs draw(SequenceBatch batch, long first, SplittableRandom random) {
    int l = batch.length();
    long[] examples = batch.examples();
    long[] items = new long[examples.length * l];
    int[] sizes = new int[examples.length];
    for (int i = 0; i < examples.length; i++) {
      int at = (int) examples[i];
      int size = (int) batch.positions()[at] + 1;
      int from = at + 1 - size;
      int target = (int) batch.targets()[at];
      int user = (int) batch.histories()[at] - 1;
      int begin = target < starts.length - 1 ? starts[target] : 0;
      int count = target < starts.length - 1 ? starts[target + 1] - begin : 0;
      int own = own(batch, from, size, user, begin, begin + count);
      int others = own < 0 ? count : count - 1;
      if (others == 0) {
        System.arraycopy(batch.items(), from, items, i * l, size);
        sizes[i] = size;
      } else {
        int drawn = begin + random.nextInt(others);
        int event = targets[own >= 0 && drawn >= own ? drawn + 1 : drawn];
        sizes[i] = prefix(event, l);
        for (int j = 0; j < sizes[i]; j++) {
          items[i * l + j] = training.items()[event - sizes[i] + j];
        }
      }
    }
    return new Fearec.Pairs(first, items, sizes);
  }

  /** {@return how many events before {@code event} a model sees} */
  private int prefix(int event, int length) {
    return Math.min(event - training.starts()[user(event)], length);
  }

  private int user(int event) {
    int found = Arrays.binarySearch(training.starts(), event);
    if (found < 0) {
      return -found - 2;
    }
    while (training.starts()[found + 1] == event) { // users without events
      found++;
    }
    return found;
  }

  /**
   * {@return which of {@code targets[begin..end)} belongs to the example itself, or -1} A window
   * that is cut off in front does not say which event it ends at, so its items decide.
   */
  private int own(SequenceBatch batch, int from, int size, int user, int begin, int end) {
    int found = Arrays.binarySearch(targets, begin, end, training.starts()[user]);
    for (int i = found < 0 ? -found - 1 : found; i < end; i++) {
      if (targets[i] >= training.starts()[user + 1]) {
        return -1;
      }
      if (prefix(targets[i], batch.length()) == size && equal(batch, from, size, targets[i])) {
        return i;
      }
    }
    return -1;
  }

  private boolean equal(SequenceBatch batch, int from, int size, int event) {
    for (int j = 0; j < size; j++) {
      if (batch.items()[from + j] != training.items()[event - size + j]) {
        return false;
      }
    }
    return true;
  }
}
