package dev.horae.study.profile;

import dev.horae.data.Catalogue;
import dev.horae.data.Dataset;
import dev.horae.data.Histories;
import dev.horae.data.Item;
import dev.horae.data.Split;
import dev.horae.study.profile.Histogram.Bounds;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.Month;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.TextStyle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** What one data set is like, counted on its events. Months, weekdays and hours are UTC. */
final class Profile {

  /** As many as the HM4SR paper divides the time of a data set into (appendix A.5). */
  static final int GROUPS = 30;

  private static final long MINUTE = 60;
  private static final long HOUR = 60 * MINUTE;
  private static final long DAY = 24 * HOUR;

  private static final Bounds LENGTHS =
      Bounds.of(1, 2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 30, 50, 100, 200, 500);
  private static final Bounds TIES = Bounds.of(0, 1, 2, 4, 8, 16, 32);
  private static final Bounds GAPS = Bounds.of(1, 2, 3, 5, 9, 17, 33, 65);
  private static final Bounds INTERVALS =
      new Bounds(
          new long[] {
            0,
            1,
            MINUTE,
            10 * MINUTE,
            HOUR,
            6 * HOUR,
            DAY,
            7 * DAY,
            30 * DAY,
            90 * DAY,
            365 * DAY,
            3 * 365 * DAY
          },
          List.of(
              "same time",
              "< 1 min",
              "< 10 min",
              "< 1 h",
              "< 6 h",
              "< 1 day",
              "< 1 week",
              "< 30 days",
              "< 90 days",
              "< 1 year",
              "< 3 years",
              "3 years +"));

  private final Dataset dataset;
  private final Histories histories;
  private final Split split;
  private final int[] before; // per event, the user's latest one of the same item, or -1

  private Profile(Dataset dataset) {
    this.dataset = dataset;
    histories = dataset.histories();
    split = dataset.split();
    before = before(histories, dataset.catalogue().size());
  }

  static Profile of(Dataset dataset) {
    return new Profile(dataset);
  }

  private static int[] before(Histories histories, int items) {
    int[] latest = new int[items + 1]; // position + 1 of the latest event, of any user
    int[] before = new int[histories.events()];
    for (int u = 0; u < histories.users(); u++) {
      for (int e = histories.starts()[u]; e < histories.starts()[u + 1]; e++) {
        int item = histories.items()[e];
        before[e] = latest[item] > histories.starts()[u] ? latest[item] - 1 : -1;
        latest[item] = e + 1;
      }
    }
    return before;
  }

  String name() {
    return dataset.manifest().name();
  }

  boolean timed() {
    return dataset.manifest().timed();
  }

  int users() {
    return histories.users();
  }

  /** {@return how many items have events} */
  int items() {
    return dataset.catalogue().size();
  }

  int events() {
    return histories.events();
  }

  /** {@return items without events that were kept} */
  int coldItems() {
    return dataset.allItems().size() - items();
  }

  /** {@return 1 - events / (users x items), as the paper counts} */
  double sparsity() {
    return 1 - events() / ((double) users() * items());
  }

  /** {@return most events of a history that a model sees} */
  int maxLength() {
    return dataset.manifest().maxLength();
  }

  String splitName() {
    return dataset.manifest().splitName();
  }

  boolean splitByTime() {
    return split.isByTime();
  }

  // Lengths and popularity

  /** {@return users by the number of their events} */
  Histogram lengths() {
    Histogram lengths = Histogram.of(LENGTHS);
    for (int u = 0; u < users(); u++) {
      if (histories.length(u) > 0) {
        lengths.counts()[LENGTHS.bin(histories.length(u))]++;
      }
    }
    return lengths;
  }

  /** {@return the length that a share of the users do not exceed} */
  int length(double share) {
    int[] sorted = IntStream.range(0, users()).map(histories::length).sorted().toArray();
    return sorted.length == 0 ? 0 : sorted[at(share, sorted.length)];
  }

  private static int at(double share, int n) {
    return Math.min(n - 1, Math.max(0, (int) Math.ceil(share * n) - 1));
  }

  /** {@return users with more events than a model sees} */
  long usersOverMaxLength() {
    return IntStream.range(0, users()).filter(u -> histories.length(u) > maxLength()).count();
  }

  /** {@return events of each item, the most frequent first} */
  int[] popularity() {
    int[] counts = new int[items()];
    for (int item : histories.items()) {
      counts[item - 1]++;
    }
    Arrays.sort(counts);
    for (int i = 0; i < counts.length / 2; i++) {
      int swap = counts[i];
      counts[i] = counts[counts.length - 1 - i];
      counts[counts.length - 1 - i] = swap;
    }
    return counts;
  }

  /**
   * {@return the Gini coefficient: 0 where all are equal, near 1 where one has all}
   *
   * @param counts the highest first
   */
  static double gini(int... counts) {
    double total = 0;
    double weighted = 0;
    for (int i = 0; i < counts.length; i++) {
      total += counts[i];
      weighted += (counts.length - i) * (double) counts[i]; // ranks from the lowest, from 1
    }
    return total == 0 ? 0 : 2 * weighted / (counts.length * total) - 1 - 1.0 / counts.length;
  }

  /**
   * {@return the part of the events that a share of the items has, the most frequent ones}
   *
   * @param counts the highest first
   */
  static double top(double share, int... counts) {
    long total = Arrays.stream(counts).asLongStream().sum();
    int most = (int) Math.ceil(share * counts.length - 1e-9);
    long top = Arrays.stream(counts).limit(most).asLongStream().sum();
    return total == 0 ? 0 : top / (double) total;
  }

  // Time

  /** {@return the first and the last moment, seconds} */
  long[] span() {
    return new long[] {
      LongStream.of(histories.times()).min().orElse(0),
      LongStream.of(histories.times()).max().orElse(0)
    };
  }

  /** {@return whether all times are midnights: the log knows days only} */
  boolean wholeDays() {
    return LongStream.of(histories.times()).allMatch(time -> Math.floorMod(time, DAY) == 0);
  }

  /** {@return events in each of {@link #GROUPS} equal parts of the time between first and last} */
  long[] groups() {
    long[] span = span();
    long[] groups = new long[GROUPS];
    for (long time : histories.times()) {
      groups[group(time, span)]++;
    }
    return groups;
  }

  private static int group(long time, long... span) {
    return span[1] == span[0]
        ? 0
        : (int) Math.min(GROUPS - 1, (time - span[0]) * GROUPS / (span[1] - span[0]));
  }

  /** {@return the moment at which a group begins, seconds} */
  long begin(int group) {
    long[] span = span();
    return span[0] + (span[1] - span[0]) * group / GROUPS;
  }

  /** {@return seconds between each event and the one before of its user, ascending} */
  long[] intervals() {
    return IntStream.range(0, users())
        .flatMap(u -> IntStream.range(histories.starts()[u] + 1, histories.starts()[u + 1]))
        .mapToLong(e -> histories.times()[e] - histories.times()[e - 1])
        .sorted()
        .toArray();
  }

  static Histogram intervals(long... seconds) {
    Histogram intervals = Histogram.of(INTERVALS);
    for (long interval : seconds) {
      intervals.counts()[INTERVALS.bin(interval)]++;
    }
    return intervals;
  }

  static long median(long... sorted) {
    return sorted.length == 0 ? 0 : sorted[at(0.5, sorted.length)];
  }

  /** {@return users by how many of their events have the time of the one before} */
  Histogram ties() {
    Histogram ties = Histogram.of(TIES);
    for (int u = 0; u < users(); u++) {
      int tied = 0;
      for (int e = histories.starts()[u] + 1; e < histories.starts()[u + 1]; e++) {
        tied += tied(e) ? 1 : 0;
      }
      ties.counts()[TIES.bin(tied)]++;
    }
    return ties;
  }

  /** {@return events that have the time of the one before of their user} */
  int tied() {
    return histories.tied();
  }

  private boolean tied(int event) {
    return histories.times()[event] == histories.times()[event - 1];
  }

  /** {@return the part of the test targets that have the time of the event before} */
  double tiedTargets() {
    return share(tests(), this::tied);
  }

  Histogram months() {
    List<String> names =
        Arrays.stream(Month.values())
            .map(month -> month.getDisplayName(TextStyle.SHORT, Locale.ROOT))
            .toList();
    return calendar(names, date -> date.getMonthValue() - 1);
  }

  Histogram weekdays() {
    List<String> names =
        Arrays.stream(DayOfWeek.values())
            .map(day -> day.getDisplayName(TextStyle.SHORT, Locale.ROOT))
            .toList();
    return calendar(names, date -> date.getDayOfWeek().getValue() - 1);
  }

  Histogram hours() {
    List<String> names =
        IntStream.range(0, 24).mapToObj(hour -> String.format(Locale.ROOT, "%02d", hour)).toList();
    return calendar(names, ZonedDateTime::getHour);
  }

  private interface Field {
    int of(ZonedDateTime date);
  }

  private Histogram calendar(List<String> names, Field field) {
    Histogram histogram = new Histogram(names, new long[names.size()]);
    for (long time : histories.times()) {
      histogram.counts()[field.of(Instant.ofEpochSecond(time).atZone(ZoneOffset.UTC))]++;
    }
    return histogram;
  }

  // Repeats

  /** {@return repeats by how many events of the user ago the item was last taken} */
  Histogram gaps() {
    Histogram gaps = Histogram.of(GAPS);
    for (int e = 0; e < before.length; e++) {
      if (before[e] >= 0) {
        gaps.counts()[GAPS.bin(e - before[e])]++;
      }
    }
    return gaps;
  }

  /** {@return seconds since the user had the item last, of all repeats, ascending} */
  long[] repeatIntervals() {
    return IntStream.range(0, before.length)
        .filter(e -> before[e] >= 0)
        .mapToLong(e -> histories.times()[e] - histories.times()[before[e]])
        .sorted()
        .toArray();
  }

  /** {@return the part of some targets that the user had before} */
  double repeated(int... targets) {
    return share(targets, e -> before[e] >= 0);
  }

  private static double share(int[] events, IntPredicate what) {
    return events.length == 0
        ? 0
        : Arrays.stream(events).filter(what).count() / (double) events.length;
  }

  // Split

  /** {@return positions of the training targets} */
  int[] trained() {
    return IntStream.range(0, users())
        .flatMap(u -> IntStream.range(split.trainFrom(u), split.trainTo(u)))
        .toArray();
  }

  /** {@return positions of the validation targets} */
  int[] valid() {
    return targets(split::validTarget);
  }

  /** {@return positions of the test targets} */
  int[] tests() {
    return targets(split::testTarget);
  }

  /** {@return positions of the test targets that are items nobody had before} */
  int[] testsBornLater() {
    return targets(u -> split.target(Split.Part.TEST_BORN_LATER, u));
  }

  private int[] targets(IntUnaryOperator target) {
    return IntStream.range(0, users()).map(target).filter(e -> e != Split.NONE).toArray();
  }

  /** {@return how many of some targets have more events before them than a model sees} */
  long cut(int... targets) {
    long cut = 0;
    int u = 0;
    for (int target : targets) { // ascend, as the users do
      while (target >= histories.starts()[u + 1]) {
        u++;
      }
      cut += target - histories.starts()[u] > maxLength() ? 1 : 0;
    }
    return cut;
  }

  // Catalogue

  /** {@return items with a kind of content, one of the names of {@link #content}} */
  long with(String kind) {
    return Objects.requireNonNull(content().get(kind), kind);
  }

  /** {@return items with each kind of content, cold ones not counted, by its name} */
  Map<String, Long> content() {
    Map<String, Long> content = new LinkedHashMap<>();
    content.put("title", count(item -> !item.title().isBlank()));
    content.put("brand", count(item -> !item.brand().isBlank()));
    content.put("categories", count(item -> !item.categories().isEmpty()));
    content.put("any text", count(Item::hasText));
    content.put("picture", count(item -> !item.images().isEmpty()));
    return content;
  }

  private long count(Predicate<Item> what) {
    return dataset.catalogue().items().stream().filter(what).count();
  }

  /** {@return whether anything is known of the items} */
  boolean hasCatalogue() {
    Catalogue catalogue = dataset.catalogue();
    return catalogue.items().stream().anyMatch(item -> item.hasText() || !item.images().isEmpty());
  }

  /** {@return how many different categories there are} */
  int categories() {
    return dataset.catalogue().categoryIndex().size();
  }

  /** {@return the groups with the most events that hold half of all, as few as possible} */
  List<Integer> busiestGroups() {
    long[] groups = groups();
    List<Integer> order = new ArrayList<>(IntStream.range(0, GROUPS).boxed().toList());
    order.sort((a, b) -> Long.compare(groups[b], groups[a]));
    long half = (events() + 1L) / 2;
    int taken = 0;
    for (long sum = 0; taken < GROUPS && sum < half; taken++) {
      sum += groups[order.get(taken)];
    }
    return order.subList(0, taken);
  }
}
