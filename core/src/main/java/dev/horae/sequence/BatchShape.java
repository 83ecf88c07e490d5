package dev.horae.sequence;

import dev.horae.data.SequenceBatch;
import java.util.Arrays;
import java.util.List;

/**
 * How much a batch holds, for the memory plan.
 *
 * @param places of its rows, padding included
 * @param events of these
 * @param length of the row that a place is in, on average: rows of workers differ in length
 * @param histories whose first event is among them
 */
public record BatchShape(long places, long events, long length, long histories) {

  /** {@return the size of a batch that was built in {@code parts}} */
  public static BatchShape of(List<SequenceBatch> parts, long histories) {
    long places = 0;
    long events = 0;
    long lengths = 0;
    for (SequenceBatch part : parts) {
      places += part.items().length;
      events += Arrays.stream(part.items()).filter(item -> item != 0).count();
      lengths += (long) part.items().length * part.length();
    }
    return new BatchShape(places, events, lengths / Math.max(1, places), histories);
  }
}
