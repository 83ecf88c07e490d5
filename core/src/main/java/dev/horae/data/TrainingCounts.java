package dev.horae.data;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * What the training histories say without a model: how often each item occurs, and how often a user
 * comes back to one.
 *
 * @param items events of each item; [N + 1], 0 unused
 * @param repeats events of an item that the user had before
 * @param others all other events but each user's first, which cannot repeat anything
 */
public record TrainingCounts(int[] items, long repeats, long others) {

  private static final double MOST_ACCIDENTS = 0.01;

  /**
   * @param items N
   */
  public static TrainingCounts of(Split split, int items) {
    Histories histories = split.histories();
    int[] counts = new int[items + 1];
    int[] latest = new int[items + 1]; // the last user, from 1, who had the item
    long repeats = 0;
    long others = 0;
    for (int u = 0; u < histories.users(); u++) {
      for (int e = histories.starts()[u]; e < split.trainTo(u); e++) {
        int item = histories.items()[e];
        counts[item]++;
        if (latest[item] == u + 1) {
          repeats++;
        } else if (e > histories.starts()[u]) {
          others++;
        }
        latest[item] = u + 1;
      }
    }
    return new TrainingCounts(counts, repeats, others);
  }

  /** {@return the part of events after a user's first that repeat an item; 0 when there is none} */
  public double repeatShare() {
    return repeats == 0 ? 0 : repeats / (double) (repeats + others);
  }

  /** {@return whether repeats are so few that they are taken for accidents of the log} */
  public boolean seldomRepeats() {
    return repeatShare() <= MOST_ACCIDENTS;
  }

  /** {@return the items from the most to the least frequent, the lower index first when equal} */
  public int[] mostFrequent() {
    return IntStream.range(1, items.length)
        .boxed()
        .sorted(Comparator.comparingInt(item -> -items[item]))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TrainingCounts counts
        && Arrays.equals(items, counts.items)
        && repeats == counts.repeats
        && others == counts.others;
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(items);
  }
}
