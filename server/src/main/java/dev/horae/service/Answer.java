package dev.horae.service;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A list of items.
 *
 * @param recommendationId names this list in events that come of it
 * @param model who scored; null where no model was asked
 * @param scenario null: none
 * @param variant of the scenario's experiment; null: none
 * @param time the moment of recommending, seconds since 1970-01-01 UTC
 * @param source of the first item
 * @param reason why it is not the model's, or shorter than wanted; null where it is neither
 * @param items best first
 * @param unknown items of the question that nobody knows
 */
public record Answer(
    String recommendationId,
    @Nullable ModelName model,
    @Nullable String scenario,
    @Nullable String variant,
    long time,
    Source source,
    @Nullable String reason,
    List<Chosen> items,
    List<String> unknown) {

  /** {@return the same with one more reason before its own} */
  Answer because(String first) {
    return new Answer(
        recommendationId,
        model,
        scenario,
        variant,
        time,
        source,
        reason == null ? first : first + "; " + reason,
        items,
        unknown);
  }

  /**
   * A model and which of that name.
   *
   * @param version the run's id, shortened
   */
  public record ModelName(String name, String version) {}

  /**
   * An item of a list.
   *
   * @param score comparable within one list and source: the model's with the logarithm of the
   *     boost, cosines, or how many events
   * @param fields those that were asked for and are there
   * @param explanation null where none was asked for
   */
  public record Chosen(
      String item,
      double score,
      Source source,
      Map<String, Object> fields,
      @Nullable Why explanation) {}

  /**
   * Why an item stands where it stands.
   *
   * @param shares what each view contributes; they add up to the score
   * @param because the chief reason in words; empty for a model that has none
   * @param influence how much the score falls when an event is taken away; oldest first
   */
  public record Why(Map<String, Double> shares, String because, List<Influence> influence) {}

  /**
   * What an event of the history did.
   *
   * @param time seconds since 1970-01-01 UTC
   */
  public record Influence(String item, long time, double influence) {}
}
