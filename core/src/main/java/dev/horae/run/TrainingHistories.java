package dev.horae.run;

import dev.horae.data.Histories;
import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.Safetensors;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a run of a heuristic baseline keeps as its model: the events that it counted. They are
 * counted again when the run is opened, which takes no longer than reading the counts would, and
 * one format serves all baselines.
 */
final class TrainingHistories {

  private static final String STARTS = "training.starts";
  private static final String ITEMS = "training.items";
  private static final String TIMES = "training.times";

  private TrainingHistories() {}

  static Safetensors save(Histories training, Map<String, String> metadata) {
    Map<String, Safetensors.Entry> entries = new LinkedHashMap<>();
    entries.put(STARTS, entry(Arrays.stream(training.starts()).asLongStream().toArray()));
    entries.put(ITEMS, entry(Arrays.stream(training.items()).asLongStream().toArray()));
    entries.put(TIMES, entry(training.times()));
    return new Safetensors(metadata, entries);
  }

  private static Safetensors.Entry entry(long[] values) {
    return Safetensors.Entry.of(values, values.length);
  }

  private static long[] list(Safetensors saved, String name, Path source) {
    Safetensors.Entry entry = saved.entries().get(name);
    if (entry == null || !entry.dtype().equals("I64") || entry.shape().length != 1) {
      throw new CheckpointException(
          source
              + ": has no int64 list "
              + name
              + ", as the model of a heuristic baseline has; copy the run directory again, or"
              + " train anew");
    }
    return entry.longs();
  }

  /**
   * @param items N
   * @param source named in errors
   * @throws CheckpointException when these are no histories over so many items
   */
  static Histories load(Safetensors saved, int items, Path source) {
    long[] starts = list(saved, STARTS, source);
    long[] taken = list(saved, ITEMS, source);
    long[] times = list(saved, TIMES, source);
    boolean whole =
        starts.length > 0
            && starts[0] == 0
            && starts[starts.length - 1] == taken.length
            && taken.length == times.length
            && Arrays.stream(taken).allMatch(item -> item >= 1 && item <= items);
    for (int u = 1; u < starts.length; u++) {
      whole &= starts[u - 1] <= starts[u];
    }
    if (!whole) {
      throw new CheckpointException(
          source
              + ": its lists are no histories over the items of the run; copy the run directory"
              + " again, or train anew");
    }
    return new Histories(
        Arrays.stream(starts).mapToInt(Math::toIntExact).toArray(),
        Arrays.stream(taken).mapToInt(Math::toIntExact).toArray(),
        times);
  }
}
