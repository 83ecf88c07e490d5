package dev.horae.model;

import dev.horae.data.Histories;
import dev.horae.data.Split;
import dev.horae.data.TopK;
import dev.horae.data.Windows;
import dev.horae.data.Workers;
import dev.horae.model.HoraeFactor.Signal;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * What validation asks, for fitting {@link Horae}'s weights: each target among the best by every
 * signal, and a sample of the rest.
 */
final class HoraeQuestions {

  private static final int CANDIDATES = 120; // the best by each signal
  private static final int DRAWN = 100; // candidates that stand for all others
  private static final int BLOCK = 128; // questions that a worker makes at a time
  private static final Signal[] SEARCHED = {
    Signal.FOLLOWERS,
    Signal.TOGETHER,
    Signal.TAKEN_WITH_LIKE,
    Signal.WORDS,
    Signal.TEXT,
    Signal.IMAGE,
    Signal.NETWORK,
    Signal.SECOND_NETWORK
  };

  private final List<HoraeFactor> factors;
  private final HoraeSignals signals;
  private final HoraeTrend trend;
  private final int rows; // N + 1
  private final int[] popular;

  /**
   * @param rows N + 1
   */
  HoraeQuestions(List<HoraeFactor> factors, HoraeSignals signals, HoraeTrend trend, int rows) {
    this.factors = factors;
    this.signals = signals;
    this.trend = trend;
    this.rows = rows;
    TopK best = new TopK(CANDIDATES);
    for (int item = 1; item < rows; item++) {
      best.offer(item, signals.popularity(item));
    }
    popular = best.indices();
  }

  /**
   * {@return the questions}
   *
   * @param most users who are asked
   */
  List<RankingHead.Question> of(Split split, int most) {
    Windows windows = Windows.before(split, Split.Part.VALID, Histories.MOST_EVENTS);
    int asked = Math.min(most, windows.count());
    // Taken evenly, so that neither the first users of the log nor the last decide.
    int[] which =
        IntStream.range(0, asked).map(n -> (int) ((long) n * windows.count() / asked)).toArray();
    RankingHead.Question[] questions = new RankingHead.Question[windows.count()];
    Workers.each(
        (asked + BLOCK - 1) / BLOCK,
        block ->
            signals.each(
                windows,
                Arrays.copyOfRange(which, block * BLOCK, Math.min(asked, (block + 1) * BLOCK)),
                signals.new Values(),
                (w, values) -> {
                  int target = split.histories().items()[split.validTarget(windows.user(w))];
                  questions[w] = question(w, windows.items(w), target, values);
                }));
    return Arrays.stream(questions).filter(question -> question != null).toList();
  }

  private RankingHead.Question question(
      int w, int[] history, int target, HoraeSignals.Values values) {
    BitSet chosen = new BitSet(rows);
    TopK best = new TopK(CANDIDATES);
    for (Signal signal : SEARCHED) {
      if (signals.has(signal)) {
        best.clear();
        values.each(
            signal,
            (item, value) -> {
              if (value > 0) {
                best.offer(item, value);
              }
            });
        Arrays.stream(best.indices()).forEach(chosen::set);
      }
    }
    Arrays.stream(popular).forEach(chosen::set);
    for (int item : history) {
      chosen.set(item);
    }
    chosen.set(target);
    int sure = chosen.cardinality();
    int others = rows - 1 - sure;
    int drawn = Math.min(DRAWN, others);
    int[] items = Arrays.copyOf(chosen.stream().toArray(), sure + drawn);
    SplittableRandom random = new SplittableRandom(w);
    for (int n = sure; n < items.length; ) {
      int item = 1 + random.nextInt(rows - 1);
      if (!chosen.get(item)) {
        chosen.set(item);
        items[n++] = item;
      }
    }
    HoraeTrend.Day day = trend.new Day(values.day());
    HoraeTrend.State[] states = new HoraeTrend.State[items.length];
    Arrays.setAll(states, n -> day.of(items[n]));
    float[] x = new float[factors.size() * items.length];
    for (int k = 0; k < factors.size(); k++) {
      for (int n = 0; n < items.length; n++) {
        x[k * items.length + n] = (float) factors.get(k).of(values, states[n], items[n]);
      }
    }
    int place =
        IntStream.range(0, items.length).filter(n -> items[n] == target).findFirst().orElseThrow();
    return new RankingHead.Question(
        items.length, x, values.basket(), place, sure, drawn == 0 ? 1 : others / (double) drawn);
  }
}
