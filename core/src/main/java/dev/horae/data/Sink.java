package dev.horae.data;

/**
 * Takes what was made of the values of a list as soon as it exists, in any order.
 *
 * @param <T> what is made of one value
 */
public interface Sink<T> {

  /**
   * @param place of the value in the list
   */
  void put(int place, T made);
}
