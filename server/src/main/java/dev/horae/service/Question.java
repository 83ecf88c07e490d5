package dev.horae.service;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is asked for: next items of a history.
 *
 * @param user whose stored history it is; null: nobody's
 * @param history events that come with the question, behind the stored ones
 * @param n how many items; null: the scenario's, or 10
 * @param time the moment of recommending, seconds since 1970-01-01 UTC; later events are left out;
 *     null: now
 * @param scenario null: none
 * @param model name; null: the scenario's, or the active one
 * @param filter null: none
 * @param boost null: none
 * @param exclude items that are not wanted
 * @param excludeSeen whether items of the history are left out; null: the scenario's, or what suits
 *     the shop: left out where hardly anybody takes an item again
 * @param diversity 0 to 1; null: the scenario's, or 0
 * @param candidates the only items that are wanted; null: all
 * @param fields what to say of each item beside its id
 * @param explain whether to say why
 */
public record Question(
    @Nullable String user,
    List<Event> history,
    @Nullable Integer n,
    @Nullable Long time,
    @Nullable String scenario,
    @Nullable String model,
    @Nullable String filter,
    @Nullable String boost,
    List<String> exclude,
    @Nullable Boolean excludeSeen,
    @Nullable Double diversity,
    @Nullable List<String> candidates,
    List<String> fields,
    boolean explain) {

  /** {@return the same for another model at a moment, with nothing said of the items} */
  Question asOf(String other, long moment) {
    return new Question(
        user,
        history,
        n,
        moment,
        scenario,
        other,
        filter,
        boost,
        exclude,
        excludeSeen,
        diversity,
        candidates,
        List.of(),
        false);
  }

  /**
   * An event that comes with a question.
   *
   * @param time seconds since 1970-01-01 UTC; null: the question's
   */
  public record Event(String item, @Nullable Long time) {}
}
