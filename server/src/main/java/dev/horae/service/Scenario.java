package dev.horae.service;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A place where recommendations are shown, and what holds there. What is null is as the request
 * says, or else the default.
 *
 * @param model name of the model; the active one by default
 * @param n how many items
 * @param filter an expression that all items must meet, beside that of the request
 * @param boost an expression that multiplies the odds, beside that of the request
 * @param diversity 0 to 1
 * @param excludeSeen whether items of the history are left out
 * @param fallback what is recommended where the model cannot, in this order
 * @param experiment variants that are compared
 */
public record Scenario(
    @Nullable String model,
    @Nullable Integer n,
    @Nullable String filter,
    @Nullable String boost,
    @Nullable Double diversity,
    @Nullable Boolean excludeSeen,
    @Nullable List<Source> fallback,
    @Nullable Experiment experiment) {

  /** Nothing is set. */
  static final Scenario DEFAULT = new Scenario(null, null, null, null, null, null, null, null);

  /**
   * Users are spread over variants by a salted hash, so that each stays with one and nothing is
   * kept of them.
   *
   * @param salt another one spreads users anew; the scenario's name where it is null
   */
  public record Experiment(@Nullable String salt, List<Variant> variants) {}

  /**
   * What a variant does instead of its scenario.
   *
   * @param weight its part of the users, among the weights of all
   */
  public record Variant(
      String name,
      double weight,
      @Nullable String model,
      @Nullable String filter,
      @Nullable String boost,
      @Nullable Double diversity,
      @Nullable Boolean excludeSeen) {}

  /** {@return the scenario with what a variant does instead} */
  Scenario with(Variant variant) {
    return new Scenario(
        or(variant.model, model),
        n,
        or(variant.filter, filter),
        or(variant.boost, boost),
        or(variant.diversity, diversity),
        or(variant.excludeSeen, excludeSeen),
        fallback,
        null);
  }

  static <T> @Nullable T or(@Nullable T first, @Nullable T second) {
    return first == null ? second : first;
  }
}
