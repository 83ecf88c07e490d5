package dev.horae.run;

import dev.horae.data.Dataset;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.Progress;
import dev.horae.data.Sizes;
import dev.horae.data.Split;
import dev.horae.eval.Ranking;
import dev.horae.sequence.Scorer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * What a trained model makes of each signal: the test ranking again, with that signal perturbed and
 * everything else as it was. A signal that the model does not use changes nothing.
 *
 * <p>The idea is permutation importance: Breiman, "Random Forests", Machine Learning 45, 2001.
 */
public final class PermutationImportance {

  private static final long SEED = 1;
  private static final int DAYS = 366;
  private static final long SECONDS_PER_DAY = 86_400;

  private PermutationImportance() {}

  /**
   * {@return the test ranking per perturbed signal, named by what was done to it}
   *
   * @param run of a network
   */
  public static Map<String, Ranking> of(TrainedRun run, Dataset dataset) {
    List<FeatureTable> features = run.features();
    Split split = dataset.split();
    Map<String, Ranking> rankings = new LinkedHashMap<>();
    for (FeatureTable table : features) {
      List<FeatureTable> perturbed = new ArrayList<>(features);
      perturbed.set(features.indexOf(table), shuffled(table));
      try (Scorer scorer = run.scorer(perturbed)) {
        rankings.put(table.modality() + "s shuffled among items", rank(scorer, split));
      }
    }
    Histories histories = split.histories();
    try (Scorer scorer = run.scorer()) {
      rankings.put("intervals made equal", rank(scorer, split.of(evenlySpaced(histories))));
      rankings.put("seasons shifted per user", rank(scorer, split.of(shifted(histories))));
    }
    return rankings;
  }

  private static Ranking rank(Scorer scorer, Split split) {
    return Ranking.of(scorer, split, Split.Part.TEST, Progress.SILENT);
  }

  private static FeatureTable shuffled(FeatureTable table) {
    int[] order = new int[table.rows()];
    SplittableRandom random = new SplittableRandom(SEED);
    for (int row = 1; row < order.length; row++) { // row 0, padding, stays
      int other = 1 + random.nextInt(row);
      order[row] = order[other];
      order[other] = row;
    }
    int[] place = new int[order.length]; // where each row goes
    for (int row = 0; row < order.length; row++) {
      place[order[row]] = row;
    }
    int width = table.width();
    float[] values =
        new float
            [Sizes.of(
                table.modality() + " = " + table.encoder(),
                order.length,
                width,
                "values",
                "take a narrower encoder")];
    int[] row = {0};
    table.each(vector -> System.arraycopy(vector, 0, values, place[row[0]++] * width, width));
    return new FeatureTable(
        table.modality(),
        table.encoder(),
        table.rows(),
        width,
        table.states(),
        new FeatureTable.InMemory(values));
  }

  /** First and last event stay where they are, so the season stays about right. */
  private static Histories evenlySpaced(Histories histories) {
    long[] times = histories.times().clone();
    for (int u = 0; u < histories.users(); u++) {
      int start = histories.starts()[u];
      int last = histories.starts()[u + 1] - 1;
      for (int e = start + 1; e < last; e++) {
        times[e] = times[start] + (times[last] - times[start]) * (e - start) / (last - start);
      }
    }
    return new Histories(histories.starts(), histories.items(), times);
  }

  private static Histories shifted(Histories histories) {
    SplittableRandom random = new SplittableRandom(SEED);
    long[] times = histories.times().clone();
    for (int u = 0; u < histories.users(); u++) {
      long shift = (random.nextInt(DAYS) - DAYS / 2) * SECONDS_PER_DAY;
      for (int e = histories.starts()[u]; e < histories.starts()[u + 1]; e++) {
        times[e] += shift;
      }
    }
    return new Histories(histories.starts(), histories.items(), times);
  }
}
