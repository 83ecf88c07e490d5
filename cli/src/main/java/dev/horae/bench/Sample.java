package dev.horae.bench;

import dev.horae.data.Histories;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Some of the users, as short and as long histories among them as among all. */
final class Sample {

  private Sample() {}

  /** {@return every k-th user in the order of length; the users keep the order that they had} */
  static Histories of(Histories histories, int count) {
    int users = histories.users();
    if (count >= users) {
      return histories;
    }
    int[] byLength =
        IntStream.range(0, users)
            .boxed()
            .sorted(Comparator.comparingInt(histories::length))
            .mapToInt(u -> u)
            .toArray();
    int[] chosen =
        IntStream.range(0, count)
            .map(i -> byLength[(int) ((2L * i + 1) * users / (2L * count))])
            .sorted()
            .toArray();
    int[] starts = new int[count + 1];
    for (int i = 0; i < count; i++) {
      starts[i + 1] = starts[i] + histories.length(chosen[i]);
    }
    int[] items = new int[starts[count]];
    long[] times = new long[starts[count]];
    for (int i = 0; i < count; i++) {
      int from = histories.starts()[chosen[i]];
      int length = histories.length(chosen[i]);
      System.arraycopy(histories.items(), from, items, starts[i], length);
      System.arraycopy(histories.times(), from, times, starts[i], length);
    }
    return new Histories(starts, items, times);
  }
}
