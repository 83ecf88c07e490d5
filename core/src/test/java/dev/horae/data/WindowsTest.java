package dev.horae.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Batching loses no example, invents none, and never shows a model what comes later. */
class WindowsTest {

  private static final int LENGTH = 7;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void everyTrainingTargetStandsOnceBehindItsOwnHistory(long seed) {
    Histories histories = histories(seed);
    Map<Integer, Integer> wanted = new HashMap<>(); // place of target -> how often
    Split split = Split.leaveOneOut(histories);
    for (int u = 0; u < histories.users(); u++) {
      for (int e = split.trainFrom(u); e < split.trainTo(u); e++) {
        wanted.put(e, 1);
      }
    }
    List<Windows> all =
        List.of(
            Windows.shared(Split.leaveOneOut(histories), LENGTH, 1),
            Windows.shared(Split.leaveOneOut(histories), LENGTH, 3),
            Windows.shared(Split.leaveOneOut(histories), LENGTH, LENGTH + 4),
            Windows.prefix(Split.leaveOneOut(histories), LENGTH));
    for (Windows windows : all) {
      assertThat(windows.examples()).isEqualTo(wanted.size());
      for (RowLayout layout : RowLayout.values()) {
        Map<Integer, Integer> found = new HashMap<>();
        for (Windows.Plan plan : windows.shuffled(10, layout, seed, 4)) {
          check(plan.batch(), histories, found, layout);
        }
        assertThat(found).isEqualTo(wanted);
      }
    }
  }

  @Test
  void aWindowSaysWhoseItIsAndWhatItShows() {
    Histories histories =
        new Histories(new int[] {0, 1, 6}, new int[] {9, 1, 2, 3, 4, 5}, new long[6]);
    Windows before = Windows.before(Split.leaveOneOut(histories), Split.Part.TEST, 3);
    assertThat(before.count()).isEqualTo(1);
    assertThat(before.history(0)).isEqualTo(1);
    assertThat(before.user(0)).isEqualTo(1);
    assertThat(before.items(0)).containsExactly(2, 3, 4);
    Windows latest = Windows.latest(histories, 3);
    assertThat(latest.count()).isEqualTo(2);
    assertThat(latest.history(1)).isEqualTo(1);
    assertThat(latest.user(1)).isEqualTo(Windows.NOBODY);
    assertThat(latest.items(1)).containsExactly(3, 4, 5);
    assertThat(Windows.latest(histories, 0).items(1)).isEmpty();
  }

  @Test
  void aPlanOfSomeWindowsIsTheBatchThatAllInOrderGive() {
    Windows windows = Windows.latest(histories(4), LENGTH);
    for (RowLayout layout : RowLayout.values()) {
      SequenceBatch second = windows.inOrder(5, layout).get(1).batch();
      SequenceBatch planned = windows.plan(5, 10, layout).batch();
      assertThat(planned.items()).isEqualTo(second.items());
      assertThat(planned.targets()).isEqualTo(second.targets());
      assertThat(planned.histories()).isEqualTo(second.histories());
      assertThat(planned.segments()).isEqualTo(second.segments());
    }
  }

  @Test
  void someOfTheWindowsAreThoseInTheOrderThatIsAsked() {
    Windows all = Windows.before(Split.leaveOneOut(histories(4)), Split.Part.VALID, LENGTH);
    Windows some = all.some(new int[] {7, 2});
    assertThat(some.count()).isEqualTo(2);
    assertThat(some.items(0)).isEqualTo(all.items(7));
    assertThat(some.times(1)).isEqualTo(all.times(2));
    assertThat(some.user(1)).isEqualTo(all.user(2));
    assertThat(some.plan(1, 2, RowLayout.SINGLE).batch().targets())
        .isEqualTo(all.plan(2, 3, RowLayout.SINGLE).batch().targets());
  }

  /** Items are their own places in the histories, so an event says where it comes from. */
  private static void check(
      SequenceBatch batch, Histories histories, Map<Integer, Integer> found, RowLayout layout) {
    int used = // columns
        IntStream.range(0, batch.items().length)
            .filter(i -> batch.segments()[i] != 0)
            .map(i -> i % batch.length() + 1)
            .max()
            .orElseThrow();
    assertThat(batch.length()).isEqualTo(layout == RowLayout.FULL ? LENGTH : used);
    assertThat(used).isLessThanOrEqualTo(LENGTH);
    for (int i = 0; i < batch.items().length; i++) {
      if (batch.segments()[i] == 0) {
        assertThat(batch.items()[i] + batch.targets()[i] + batch.times()[i] + batch.gaps()[i])
            .isZero();
        continue;
      }
      int place = (int) batch.items()[i] - 1;
      int user = (int) batch.histories()[i] - 1;
      assertThat(place).isBetween(histories.starts()[user], histories.starts()[user + 1] - 1);
      assertThat(batch.times()[i]).isEqualTo(histories.times()[place]);
      boolean first = batch.positions()[i] == 0;
      if (layout != RowLayout.PACKED) {
        assertThat(i % batch.length()).isEqualTo((int) batch.positions()[i]);
      }
      if (!first) {
        assertThat(batch.segments()[i - 1]).isEqualTo(batch.segments()[i]);
        assertThat(batch.items()[i - 1]).isEqualTo(batch.items()[i] - 1);
      }
      assertThat(batch.gaps()[i])
          .isEqualTo(first ? 0 : histories.times()[place] - histories.times()[place - 1]);
      if (batch.targets()[i] != 0) {
        assertThat(batch.targets()[i]).isEqualTo(batch.items()[i] + 1);
        found.merge(place + 1, 1, Integer::sum);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void packingLeavesAlmostNoPadding(long seed) {
    SequenceBatch batch =
        Windows.shared(Split.leaveOneOut(histories(seed)), LENGTH, 1)
            .inOrder(100_000, RowLayout.PACKED)
            .get(0)
            .batch();
    int empty = 0;
    for (long segment : batch.segments()) {
      empty += segment == 0 ? 1 : 0;
    }
    assertThat(empty).isLessThan(batch.items().length / 20);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void orderDependsOnSeedAndEpochAlone(long seed) {
    Windows windows = Windows.shared(Split.leaveOneOut(histories(7)), LENGTH, 1);
    assertThat(items(windows, seed, 0)).isEqualTo(items(windows, seed, 0));
    assertThat(items(windows, seed, 0)).isNotEqualTo(items(windows, seed, 1));
    assertThat(items(windows, seed, 0)).isNotEqualTo(items(windows, seed + 1, 0));
  }

  @Test
  void shardsHoldTheBatchAndShortHistoriesHaveShortRows() {
    Histories histories = histories(5);
    Windows windows = Windows.prefix(Split.leaveOneOut(histories), LENGTH);
    for (RowLayout layout : RowLayout.values()) {
      Windows.Plan plan = windows.inOrder(1_000, layout).get(0);
      long whole = plan.batch().examples().length;
      for (int parts : new int[] {1, 2, 3, (int) whole + 2}) {
        List<SequenceBatch> shards = plan.shards(parts);
        assertThat(shards).hasSize(parts);
        assertThat(shards.stream().mapToLong(shard -> shard.examples().length).sum())
            .isEqualTo(whole);
      }
    }
    Windows.Plan single = windows.inOrder(1_000, RowLayout.SINGLE).get(0);
    assertThat(slots(single.shards(2))).isLessThan(slots(single.shards(1)));
  }

  private static long slots(List<SequenceBatch> shards) {
    return shards.stream().mapToLong(shard -> shard.items().length).sum();
  }

  private static List<Long> items(Windows windows, long seed, int epoch) {
    List<Long> items = new ArrayList<>();
    windows
        .shuffled(20, RowLayout.PACKED, seed, epoch)
        .forEach(
            plan -> {
              for (long item : plan.batch().items()) {
                items.add(item);
              }
            });
    return items;
  }

  private static Histories histories(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int users = 60;
    int[] starts = new int[users + 1];
    for (int u = 0; u < users; u++) {
      starts[u + 1] = starts[u] + random.nextInt(random.nextInt(8) == 0 ? 30 : 9);
    }
    int[] items = new int[starts[users]];
    long[] times = new long[items.length];
    for (int u = 0; u < users; u++) {
      long time = 1_400_000_000L;
      for (int e = starts[u]; e < starts[u + 1]; e++) {
        items[e] = e + 1;
        times[e] = time;
        time += random.nextInt(2) * 86_400L;
      }
    }
    return new Histories(starts, items, times);
  }
}
