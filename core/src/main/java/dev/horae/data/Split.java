package dev.horae.data;

import java.util.Arrays;
import java.util.BitSet;
import java.util.stream.IntStream;

/**
 * Which events are trained on, and which are asked for. Every user has a training period, and the
 * event after it, if there is one, is the test target:
 *
 * <ul>
 *   <li>leave-one-out, as RecBole does it: all events but the last, where a user has three or more;
 *   <li>by time: all events before a moment that is the same for everybody.
 * </ul>
 *
 * Within the period both do the same: of three or more events the last is the validation target,
 * and every earlier one but the first a training target.
 *
 * <p>Nothing is copied: targets are positions in {@link Histories#items()}. The input of a target
 * is what lies before it, so the validation target is part of the test input. {@link
 * Dataset#split()} gives the split of a data set.
 */
public final class Split {

  /** The parts that are evaluated. */
  public enum Part {
    VALID,
    TEST,
    /**
     * Test targets that are items born later: nobody had them in a training period. Only a split by
     * time has such, and {@link #TEST} lacks them.
     */
    TEST_BORN_LATER
  }

  /** What {@link #target} returns for a user who has none. */
  public static final int NONE = -1;

  private static final int LEAST = 3; // events that can spare one as a target

  private final Histories histories;
  private final int[] ends; // position behind each user's training period
  private final BitSet bornLater; // items; empty where each user's last event is asked for
  private final boolean byTime;

  private Split(Histories histories, int[] ends, BitSet bornLater, boolean byTime) {
    this.histories = histories;
    this.ends = ends;
    this.bornLater = bornLater;
    this.byTime = byTime;
  }

  /** Asks for the last event of every user who has three. */
  public static Split leaveOneOut(Histories histories) {
    int[] ends = new int[histories.users()];
    Arrays.setAll(ends, u -> histories.starts()[u + 1] - (histories.length(u) >= LEAST ? 1 : 0));
    return new Split(histories, ends, new BitSet(), false);
  }

  /**
   * Asks for the first event at or after a moment of every user who has one before it.
   *
   * @param cut seconds since 1970-01-01 UTC
   */
  public static Split byTime(Histories histories, long cut) {
    int[] ends = new int[histories.users()];
    BitSet known = new BitSet();
    BitSet all = new BitSet();
    for (int u = 0; u < histories.users(); u++) {
      int end = histories.starts()[u];
      for (int e = end; e < histories.starts()[u + 1]; e++) {
        all.set(histories.items()[e]);
        if (histories.times()[e] < cut) {
          known.set(histories.items()[e]);
          end = e + 1;
        }
      }
      ends[u] = end;
    }
    all.andNot(known);
    return new Split(histories, ends, all, true);
  }

  /** {@return the same split of these users with other items or times} */
  public Split of(Histories changed) {
    return new Split(changed, ends, bornLater, byTime);
  }

  /** {@return whether it cuts at a moment} */
  public boolean isByTime() {
    return byTime;
  }

  /** {@return all events} */
  public Histories histories() {
    return histories;
  }

  /** {@return the position of user {@code u}'s first training target} */
  public int trainFrom(int u) {
    return Math.min(histories.starts()[u] + 1, trainTo(u));
  }

  /** {@return the position after user {@code u}'s last training target} */
  public int trainTo(int u) {
    return ends[u] - (validates(u) ? 1 : 0);
  }

  private boolean validates(int u) {
    return ends[u] - histories.starts()[u] >= LEAST;
  }

  /** {@return the position of user {@code u}'s validation target, or {@link #NONE}} */
  public int validTarget(int u) {
    return validates(u) ? ends[u] - 1 : NONE;
  }

  /** {@return the position of user {@code u}'s test target, or {@link #NONE}} */
  public int testTarget(int u) {
    return target(Part.TEST, u);
  }

  /** {@return the users who have a test target, ascending: whom the ranks of a test belong to} */
  public int[] testUsers() {
    return IntStream.range(0, histories.users()).filter(u -> testTarget(u) != NONE).toArray();
  }

  /** {@return the position of user {@code u}'s target in {@code part}, or {@link #NONE}} */
  public int target(Part part, int u) {
    if (part == Part.VALID) {
      return validTarget(u);
    }
    boolean later = asked(u) && bornLater.get(histories.items()[ends[u]]);
    return asked(u) && later == (part == Part.TEST_BORN_LATER) ? ends[u] : NONE;
  }

  private boolean asked(int u) {
    return ends[u] > histories.starts()[u] && ends[u] < histories.starts()[u + 1];
  }

  /**
   * {@return what may be learnt from: every user's events before the validation target, or all of
   * the training period of a user who has none}
   */
  public Histories training() {
    int[] to = new int[histories.users()];
    Arrays.setAll(to, this::trainTo);
    return upTo(to);
  }

  /**
   * {@return what a model may look at around the input of a target} Where each user's last event is
   * asked for, that is everything, as published code has it. In a split by time nothing lies behind
   * the moment but, in the test parts, the targets themselves.
   *
   * @param part what is asked for; {@link Part#VALID} stands for training, too
   */
  Histories around(Part part) {
    if (!byTime) {
      return histories;
    }
    int[] to = ends.clone();
    for (int u = 0; u < to.length && part != Part.VALID; u++) {
      to[u] += asked(u) ? 1 : 0;
    }
    return upTo(to);
  }

  private Histories upTo(int[] to) {
    int[] starts = new int[histories.users() + 1];
    for (int u = 0; u < histories.users(); u++) {
      starts[u + 1] = starts[u] + to[u] - histories.starts()[u];
    }
    int[] items = new int[starts[histories.users()]];
    long[] times = new long[items.length];
    for (int u = 0; u < histories.users(); u++) {
      int count = starts[u + 1] - starts[u];
      System.arraycopy(histories.items(), histories.starts()[u], items, starts[u], count);
      System.arraycopy(histories.times(), histories.starts()[u], times, starts[u], count);
    }
    return new Histories(starts, items, times);
  }

  /**
   * {@return the position of the oldest event that a model sees before user {@code u}'s {@code
   * target}; the input is {@code [inputFrom, target)}}
   *
   * @param maxLength most events of an input, L
   */
  public int inputFrom(int u, int target, int maxLength) {
    return Math.max(histories.starts()[u], target - maxLength);
  }
}
