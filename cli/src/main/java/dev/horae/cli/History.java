package dev.horae.cli;

import dev.horae.data.Moment;
import dev.horae.serve.Recommender.Event;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What one user did until the moment of recommending.
 *
 * @param events oldest first, those later than the moment left out
 * @param later how many were left out
 * @param untimed how many of the events had no usable time
 */
record History(List<Event> events, int later, int untimed) {

  static final History EMPTY = new History(List.of(), 0, 0);

  /** An event as it was given. */
  record Given(String item, Optional<Moment> time) {

    /** With full seconds, as a data set has them. */
    static Given of(String item, long seconds) {
      return new Given(item, Optional.of(new Moment(seconds, 0, Moment.Form.SECONDS)));
    }
  }

  /** An event with a time that sorts to the nanosecond. */
  private record Timed(String item, long seconds, int nanos) {}

  /**
   * An event without a time keeps its place in the list: it gets the time of the next one that has
   * one, and the last ones get the moment of recommending.
   *
   * @param given oldest first, or with times
   * @param at the moment of recommending, seconds since 1970-01-01 UTC
   */
  static History until(long at, List<Given> given) {
    List<Timed> backwards = new ArrayList<>();
    int later = 0;
    int untimed = 0;
    long seconds = at;
    int nanos = 0;
    for (int i = given.size() - 1; i >= 0; i--) {
      Optional<Moment> time = given.get(i).time();
      if (time.isPresent() && time.get().seconds() > at) {
        later++;
        continue;
      }
      if (time.isEmpty()) {
        untimed++;
      }
      seconds = time.isPresent() ? time.get().seconds() : seconds;
      nanos = time.isPresent() ? time.get().nanos() : nanos;
      backwards.add(new Timed(given.get(i).item(), seconds, nanos));
    }
    List<Timed> ordered = new ArrayList<>();
    for (int i = backwards.size() - 1; i >= 0; i--) {
      ordered.add(backwards.get(i));
    }
    ordered.sort(Comparator.comparingLong(Timed::seconds).thenComparingInt(Timed::nanos)); // stable
    return new History(
        ordered.stream().map(event -> new Event(event.item(), event.seconds())).toList(),
        later,
        untimed);
  }
}
