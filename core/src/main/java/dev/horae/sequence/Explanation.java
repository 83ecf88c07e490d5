package dev.horae.sequence;

import dev.horae.data.Histories;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Why items score what they score after one history.
 *
 * @param gates weights of the experts at the last event, per gate; empty for a model without
 * @param reasons one per item
 */
public record Explanation(Map<String, List<Double>> gates, List<Reason> reasons) {

  /**
   * {@return how much an item's score falls without each event, oldest first; a single event
   * carries the whole score}
   *
   * @param history of one user
   * @param scores of the item after each of its {@link Histories#leaveOneOut}
   */
  public static List<Double> influence(Histories history, double[] scores) {
    if (history.events() < 2) {
      return history.events() == 0 ? List.of() : List.of(scores[0]);
    }
    return Arrays.stream(scores, 1, scores.length).map(s -> scores[0] - s).boxed().toList();
  }

  /**
   * Of one item.
   *
   * @param shares what each view contributes; they add up to the score
   * @param influence per event, oldest first: how much the score falls when the event is taken
   *     away; negative where it rises
   * @param because the chief reason in words, such as {@code often taken after #3}, event 3 of the
   *     history, the oldest being 1; empty for a model that has none
   */
  public record Reason(Map<String, Double> shares, List<Double> influence, String because) {

    /** Without words. */
    public Reason(Map<String, Double> shares, List<Double> influence) {
      this(shares, influence, "");
    }
  }
}
