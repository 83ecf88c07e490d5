package dev.horae.sequence;

import dev.horae.data.SequenceBatch;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/**
 * How much a batch holds, for the memory plan.
 *
 * @param places of its rows, padding included
 * @param events of these
 * @param items how many different ones a part holds, its targets included; the sum over parts
 * @param length of the row that a place is in, on average: rows of workers differ in length
 * @param histories whose first event is among them
 * @param parts of the batch, one per worker
 */
public record BatchShape(
    long places, long events, long items, long length, long histories, int parts) {

  /** {@return the size of a batch that was built in {@code parts}} */
  public static BatchShape of(List<SequenceBatch> parts, long histories) {
    long places = 0;
    long events = 0;
    long items = 0;
    long lengths = 0;
    for (SequenceBatch part : parts) {
      places += part.items().length;
      events += Arrays.stream(part.items()).filter(item -> item != 0).count();
      items +=
          LongStream.concat(Arrays.stream(part.items()), Arrays.stream(part.targets()))
              .filter(item -> item > 0)
              .distinct()
              .count();
      lengths += (long) part.items().length * part.length();
    }
    return new BatchShape(
        places, events, items, lengths / Math.max(1, places), histories, parts.size());
  }
}
