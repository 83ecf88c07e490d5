package dev.horae.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Objects;
import java.util.function.IntConsumer;
import java.util.stream.Stream;

/**
 * How fast something is done.
 *
 * @param what is done, such as {@code evaluation}
 * @param unit what is counted, such as {@code histories}
 * @param measured how many it was timed on
 * @param all how many there are
 */
public record Rate(String what, String unit, int measured, int all, double seconds) {

  private static final int WARM_UP = 512;

  public Rate {
    Stream.of(what, unit).forEach(Objects::requireNonNull);
  }

  /**
   * Times as many as fit into the time that may be spent, after a warm-up.
   *
   * @param work done for the given number
   * @param atMost seconds, about
   */
  static Rate measure(String what, String unit, int all, double atMost, IntConsumer work) {
    int few = Math.min(all, WARM_UP);
    Rate warmUp = new Rate(what, unit, few, all, seconds(work, few));
    int count = warmUp.countIn(atMost);
    return new Rate(what, unit, count, all, seconds(work, count));
  }

  private static double seconds(IntConsumer work, int count) {
    long start = System.nanoTime();
    work.accept(count);
    return (System.nanoTime() - start) / 1e9;
  }

  /** {@return how many of all can be done in that time, at least one} */
  int countIn(double seconds) {
    return (int) Math.min(all, perSecond() * seconds + 1);
  }

  @JsonProperty
  public double perSecond() {
    return measured / seconds;
  }
}
