package dev.horae.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.function.IntConsumer;

/**
 * How fast something is done for histories.
 *
 * @param measured how many histories it was timed on
 * @param all how many there are
 */
public record Rate(String what, int measured, int all, double seconds) {

  private static final int WARM_UP = 512; // histories

  /**
   * Times as many histories as fit into the time that may be spent, after a warm-up.
   *
   * @param work done for the given number of histories
   * @param atMost seconds, about
   */
  static Rate measure(String what, int all, double atMost, IntConsumer work) {
    Rate warmUp = time(what, Math.min(all, WARM_UP), all, work);
    return time(what, (int) Math.min(all, warmUp.perSecond() * atMost + 1), all, work);
  }

  private static Rate time(String what, int count, int all, IntConsumer work) {
    long start = System.nanoTime();
    work.accept(count);
    return new Rate(what, count, all, (System.nanoTime() - start) / 1e9);
  }

  @JsonProperty
  public double perSecond() {
    return measured / seconds;
  }
}
