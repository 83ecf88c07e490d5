package dev.horae.run;

import dev.horae.data.Catalogue;
import dev.horae.data.Dataset;
import dev.horae.data.Histories;
import dev.horae.data.Json;
import dev.horae.data.Split;
import dev.horae.data.TopK;
import dev.horae.data.Windows;
import dev.horae.sequence.Scorer;
import dev.horae.tensor.CheckpointException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * What a model gave some histories when its training ended, in {@code serving-check.json}. A server
 * asks the same before the model may answer: another machine or version that scores otherwise is
 * found before a user finds it.
 */
public final class ServingCheck {

  static final String FILE = "serving-check.json";
  private static final int HISTORIES = 5;
  private static final int EVENTS = 20; // of each, the newest
  private static final int BEST = 10;

  /** Another processor's kernels add in another order; what differs by more is another model. */
  private static final double TOLERANCE = 1e-3;

  /**
   * A history and its best items.
   *
   * @param items the shop's ids, oldest first
   * @param times seconds since 1970-01-01 UTC
   * @param best best first
   */
  record Asked(List<String> items, List<Long> times, List<Best> best) {}

  /** An item and its score. */
  record Best(String item, double score) {}

  /** The file. */
  record Recorded(List<Asked> histories) {}

  private ServingCheck() {}

  /**
   * Writes down what the model gives the first users that have a test target.
   *
   * @param scorer of the data set's items
   */
  static void write(RunDirectory run, Scorer scorer, Dataset dataset) {
    Windows windows = Windows.before(dataset.split(), Split.Part.TEST, EVENTS);
    List<Asked> asked = new ArrayList<>();
    for (int w = 0; w < Math.min(HISTORIES, windows.count()); w++) {
      int[] items = windows.items(w);
      long[] times = windows.times(w);
      asked.add(
          new Asked(
              Arrays.stream(items).mapToObj(i -> dataset.catalogue().item(i).id()).toList(),
              Arrays.stream(times).boxed().toList(),
              best(scorer, items, times, dataset.catalogue())));
    }
    run.writeJson(FILE, new Recorded(asked));
  }

  private static List<Best> best(Scorer scorer, int[] items, long[] times, Catalogue catalogue) {
    List<Best> best = new ArrayList<>();
    scores(
        scorer,
        items,
        times,
        scores -> {
          TopK top = new TopK(BEST);
          for (int item = 1; item <= catalogue.size(); item++) {
            top.offer(item, scores[item]);
          }
          for (int item : top.indices()) {
            best.add(new Best(catalogue.item(item).id(), scores[item]));
          }
        });
    return best;
  }

  private static void scores(Scorer scorer, int[] items, long[] times, Consumer<float[]> to) {
    Histories one = new Histories(new int[] {0, items.length}, items, times);
    scorer.score(
        Windows.latest(one, scorer.maxLength()), 0, 1, (history, scores) -> to.accept(scores));
  }

  /**
   * Asks an opened model the same again.
   *
   * @param scorer of {@link TrainedRun#allItems}, before it counts any further event
   * @return what was found, a line
   * @throws CheckpointException when a score differs by more than one in a thousand
   */
  public static String compare(TrainedRun run, Scorer scorer) {
    Path file = run.directory().file(FILE);
    if (!run.directory().has(FILE)) {
      return "not compared with its training: "
          + FILE
          + " is missing (training has not ended, or an earlier version's run)";
    }
    int compared = 0;
    double most = 0;
    for (Asked asked : Json.read(file, Recorded.class).histories()) {
      int[] items = asked.items().stream().mapToInt(id -> index(run, id, file)).toArray();
      long[] times = asked.times().stream().mapToLong(Long::longValue).toArray();
      float[][] found = new float[1][];
      scores(scorer, items, times, scores -> found[0] = scores.clone());
      for (Best best : asked.best()) {
        double score = found[0][index(run, best.item(), file)];
        double off = Math.abs(score - best.score()) / Math.max(1, Math.abs(best.score()));
        if (!(off <= TOLERANCE)) {
          throw new CheckpointException(
              "%s: item %s had the score %s when training ended and has %s now; the run was changed, or this machine computes otherwise: copy the run again, or train anew"
                  .formatted(file, best.item(), best.score(), score));
        }
        most = Math.max(most, off);
        compared++;
      }
    }
    return String.format(
        Locale.ROOT,
        "%d scores equal those of its training (largest difference %.1e)",
        compared,
        most);
  }

  private static int index(TrainedRun run, String id, Path file) {
    return run.catalogue()
        .index(id)
        .orElseThrow(
            () ->
                new CheckpointException(
                    file + ": names item " + id + ", which the run lacks; copy the run again"));
  }
}
