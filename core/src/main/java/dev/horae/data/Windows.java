package dev.horae.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Stretches of histories, each at most L events, and the batches made of them.
 *
 * <p>Window {@code w} holds the events {@code [from[w], to[w])} of {@link Histories}; an event at
 * or behind {@code firstTarget[w]} has the event after it as its target.
 */
public final class Windows {

  /** What {@link #user} says of a history of {@link #latest}, which may be anybody's. */
  public static final int NOBODY = -1;

  private final Histories histories;
  private final Histories source;
  private final int length;
  private final boolean targetsKnown;
  private final int[] user; // user of each window
  private final int[] from;
  private final int[] to;
  private final int[] firstTarget;

  /**
   * @param source see {@link SequenceBatch}
   */
  private Windows(
      Histories histories, Histories source, int length, boolean targetsKnown, Builder windows) {
    this.histories = histories;
    this.source = source;
    this.length = length;
    this.targetsKnown = targetsKnown;
    user = windows.column(0);
    from = windows.column(1);
    to = windows.column(2);
    firstTarget = windows.column(3);
  }

  /**
   * One pass per history gives the predictions of all its prefixes.
   *
   * <p>Exact beyond the maximum length at {@code stride} 1: each further target has a window of its
   * own, of the L events before it. A larger stride lets one window serve up to {@code stride}
   * targets, which then see between L - stride + 1 and L events. One above L is L.
   *
   * @param length most events that a model sees, L
   */
  public static Windows shared(Split split, int length, int stride) {
    Builder windows = new Builder();
    Histories histories = split.histories();
    for (int u = 0; u < histories.users(); u++) {
      int start = histories.starts()[u];
      int inputs = split.trainTo(u) - split.trainFrom(u);
      if (inputs == 0) {
        continue;
      }
      int covered = Math.min(inputs, length);
      windows.add(u, start, start + covered, start);
      while (covered < inputs) {
        int end = Math.min(inputs, covered + Math.min(stride, length));
        windows.add(u, start + end - length, start + end, start + covered);
        covered = end;
      }
    }
    return new Windows(histories, split.around(Split.Part.VALID), length, true, windows);
  }

  /** The paper's examples: one window per (prefix, next item). */
  public static Windows prefix(Split split, int length) {
    Builder windows = new Builder();
    Histories histories = split.histories();
    for (int u = 0; u < histories.users(); u++) {
      int start = histories.starts()[u];
      int inputs = split.trainTo(u) - split.trainFrom(u);
      for (int t = 0; t < inputs; t++) {
        windows.add(u, start + Math.max(0, t + 1 - length), start + t + 1, start + t);
      }
    }
    return new Windows(histories, split.around(Split.Part.VALID), length, true, windows);
  }

  /** For each user that has a target in {@code part}, the last L events before it. */
  public static Windows before(Split split, Split.Part part, int length) {
    Builder windows = new Builder();
    Histories histories = split.histories();
    for (int u = 0; u < histories.users(); u++) {
      int target = split.target(part, u);
      if (target != Split.NONE) {
        windows.add(u, split.inputFrom(u, target, length), target, target - 1);
      }
    }
    return new Windows(histories, split.around(part), length, true, windows);
  }

  /** For each user with a history, its last L events; what comes next is the question. */
  public static Windows latest(Histories histories, int length) {
    Builder windows = new Builder();
    for (int u = 0; u < histories.users(); u++) {
      int end = histories.starts()[u + 1];
      if (histories.length(u) > 0) {
        windows.add(u, Math.max(histories.starts()[u], end - length), end, end - 1);
      }
    }
    return new Windows(histories, histories, length, false, windows);
  }

  /** {@return the same windows, of their newest events only} */
  public Windows newest(int mostEvents) {
    Builder shorter = new Builder();
    for (int w = 0; w < from.length; w++) {
      shorter.add(user[w], Math.max(from[w], to[w] - mostEvents), to[w], firstTarget[w]);
    }
    return new Windows(histories, source, Math.min(length, mostEvents), targetsKnown, shorter);
  }

  /**
   * {@return some of the windows, in their order, as drawn by {@code seed}}
   *
   * @param most how many; all where there are no more
   */
  public Windows drawn(int most, long seed) {
    return some(Arrays.stream(shuffle(new SplittableRandom(seed))).limit(most).sorted().toArray());
  }

  /** {@return windows {@code which}, one behind the other} */
  public Windows some(int[] which) {
    Builder some = new Builder();
    for (int w : which) {
      some.add(user[w], from[w], to[w], firstTarget[w]);
    }
    return new Windows(histories, source, length, targetsKnown, some);
  }

  /** {@return how many windows there are} */
  public int count() {
    return from.length;
  }

  /** {@return the row in the histories of what window {@code w} shows} */
  public int history(int w) {
    return user[w];
  }

  /**
   * {@return the row in the data set of the user of window {@code w}, or {@link #NOBODY} where the
   * histories may come from elsewhere}
   */
  public int user(int w) {
    return targetsKnown ? user[w] : NOBODY;
  }

  /** {@return the item indices of window {@code w}, oldest first} */
  public int[] items(int w) {
    return Arrays.copyOfRange(histories.items(), from[w], to[w]);
  }

  /** {@return when the events of window {@code w} happened, oldest first} */
  public long[] times(int w) {
    return Arrays.copyOfRange(histories.times(), from[w], to[w]);
  }

  /**
   * {@return how many of the targets each item is; [N + 1]}
   *
   * @param items N
   */
  public int[] targetCounts(int items) {
    int[] counts = new int[items + 1];
    for (int w = 0; w < from.length; w++) {
      for (int e = firstTarget[w]; e < to[w]; e++) {
        counts[histories.items()[e + 1]]++;
      }
    }
    return counts;
  }

  /** {@return how many targets the windows have} */
  public long examples() {
    long examples = 0;
    for (int w = 0; w < from.length; w++) {
      examples += examples(w);
    }
    return examples;
  }

  /**
   * Batches in the order of the windows.
   *
   * @param examples about how many targets per batch; a window is never split
   */
  public List<Plan> inOrder(int examples, RowLayout layout) {
    int[] order = new int[from.length];
    Arrays.setAll(order, w -> w);
    return plans(order, examples, layout);
  }

  /** {@return a batch of the windows {@code first} to {@code end - 1}} */
  public Plan plan(int first, int end, RowLayout layout) {
    int[] order = new int[end - first];
    Arrays.setAll(order, i -> first + i);
    return new Plan(order, layout);
  }

  /** Batches of one epoch, in an order that depends only on {@code seed} and {@code epoch}. */
  public List<Plan> shuffled(int examples, RowLayout layout, long seed, int epoch) {
    return plans(shuffle(new SplittableRandom(seed * 1_000_003L + epoch)), examples, layout);
  }

  /** {@return the windows in random order} */
  private int[] shuffle(SplittableRandom random) {
    return Shuffle.of(IntStream.range(0, from.length).toArray(), random);
  }

  private List<Plan> plans(int[] order, int examples, RowLayout layout) {
    List<Plan> plans = new ArrayList<>();
    int start = 0;
    int held = 0;
    for (int k = 0; k < order.length; k++) {
      held += examples(order[k]);
      if (held >= examples || k == order.length - 1) {
        plans.add(new Plan(Arrays.copyOfRange(order, start, k + 1), layout));
        start = k + 1;
        held = 0;
      }
    }
    return plans;
  }

  private int examples(int w) {
    return to[w] - firstTarget[w];
  }

  /** A batch that is not built yet. */
  public final class Plan {
    private final int[] windows;
    private final RowLayout layout;

    private Plan(int[] windows, RowLayout layout) {
      this.windows = windows;
      this.layout = layout;
    }

    /** Builds the batch: in packed rows the longest windows first, each where it fits best. */
    public SequenceBatch batch() {
      Packing packing =
          layout == RowLayout.PACKED
              ? Packing.bestFit(windows, Windows.this::size, length)
              : Packing.oneEach(windows.length);
      int columns =
          switch (layout) {
            case FULL -> length;
            case SINGLE -> longest();
            case PACKED -> packing.columns(windows, Windows.this::size);
          };
      SequenceBatch batch = SequenceBatch.empty(packing.rows(), columns, source);
      for (int i = 0; i < windows.length; i++) {
        fill(batch, windows[i], packing.row()[i] * columns + packing.column()[i], i + 1);
      }
      return batch;
    }

    private int longest() {
      return Arrays.stream(windows).map(Windows.this::size).max().orElse(0);
    }

    /**
     * Builds the batch in {@code parts} that cost about the same; with fewer windows than parts the
     * last ones are empty.
     */
    public List<SequenceBatch> shards(int parts) {
      int[] order =
          Arrays.stream(windows)
              .boxed()
              .sorted(Comparator.comparingInt(w -> -size(w))) // stable: equal ones keep their order
              .mapToInt(w -> w)
              .toArray();
      List<int[]> shares =
          layout == RowLayout.PACKED ? byEvents(order, parts) : bySlots(order, parts);
      return shares.stream().map(share -> new Plan(share, layout).batch()).toList();
    }

    /** About as many events in each. */
    private List<int[]> byEvents(int[] order, int parts) {
      int[][] shares = new int[parts][order.length];
      int[] counts = new int[parts];
      long[] events = new long[parts];
      for (int w : order) {
        int lightest = 0;
        for (int p = 1; p < parts; p++) {
          lightest = events[p] < events[lightest] ? p : lightest;
        }
        shares[lightest][counts[lightest]++] = w;
        events[lightest] += size(w);
      }
      List<int[]> trimmed = new ArrayList<>();
      for (int p = 0; p < parts; p++) {
        trimmed.add(Arrays.copyOf(shares[p], counts[p]));
      }
      return trimmed;
    }

    /** Neighbours in length stay together, so that few long histories do not lengthen all rows. */
    private List<int[]> bySlots(int[] order, int parts) {
      long most = (long) order.length * length; // slots of the largest part
      long least = 0;
      while (least + 1 < most) {
        long middle = (least + most) / 2;
        if (cuts(order, middle).size() <= parts) {
          most = middle;
        } else {
          least = middle;
        }
      }
      List<int[]> shares = new ArrayList<>();
      int start = 0;
      for (int end : cuts(order, most)) {
        shares.add(Arrays.copyOfRange(order, start, end));
        start = end;
      }
      while (shares.size() < parts) {
        shares.add(new int[0]);
      }
      return shares;
    }

    /** {@return where each part ends when none may take more than {@code most} slots} */
    private List<Integer> cuts(int[] order, long most) {
      List<Integer> ends = new ArrayList<>();
      int start = 0;
      while (start < order.length) {
        int columns = layout == RowLayout.SINGLE ? size(order[start]) : length;
        int rows = (int) Math.max(1, Math.min(most / columns, order.length - start));
        start += rows;
        ends.add(start);
      }
      return ends;
    }
  }

  private int size(int w) {
    return to[w] - from[w];
  }

  private void fill(SequenceBatch batch, int w, int at, int segment) {
    for (int e = from[w]; e < to[w]; e++) {
      int i = at + e - from[w];
      batch.items()[i] = histories.items()[e];
      batch.positions()[i] = e - from[w];
      batch.segments()[i] = segment;
      batch.times()[i] = histories.times()[e];
      batch.gaps()[i] =
          e == from[w] ? 0 : Math.max(0, histories.times()[e] - histories.times()[e - 1]);
      batch.histories()[i] = user[w] + 1;
      if (e >= firstTarget[w]) {
        batch.targets()[i] = targetsKnown ? histories.items()[e + 1] : SequenceBatch.UNKNOWN;
      }
    }
  }

  /** Grows four columns of window data; there are at most as many windows as events. */
  private static final class Builder {
    private final int[][] columns = new int[4][1024];
    private int size;

    void add(int user, int from, int to, int firstTarget) {
      if (size == columns[0].length) {
        int more = (int) Math.min(Histories.MOST_EVENTS, 2L * size);
        Arrays.setAll(columns, c -> Arrays.copyOf(columns[c], more));
      }
      columns[0][size] = user;
      columns[1][size] = from;
      columns[2][size] = to;
      columns[3][size++] = firstTarget;
    }

    int[] column(int c) {
      return Arrays.copyOf(columns[c], size);
    }
  }
}
