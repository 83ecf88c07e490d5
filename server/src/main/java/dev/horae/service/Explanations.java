package dev.horae.service;

import dev.horae.data.Histories;
import dev.horae.sequence.Explanation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Says what spoke for recommended items, in the shop's ids and titles. */
final class Explanations {

  private static final Pattern EVENT_NUMBER = Pattern.compile("#(\\d+)");

  private final Items items;
  private final int most;

  /**
   * @param most newest events of a history, each of which costs a pass of the model
   */
  Explanations(Items items, int most) {
    this.items = items;
    this.most = most;
  }

  /**
   * {@return the reason of each item}
   *
   * @param history of which the newest events are looked at
   * @param logOdds by which boosts raised the scores; null: there were none
   */
  List<Answer.@Nullable Why> of(
      LoadedModel model, History history, List<BestItems.Scored> kept, float @Nullable [] logOdds) {
    Shelf shelf = model.shelf();
    int[] all = history.items();
    int from = Math.max(0, all.length - Math.min(model.scorer().maxLength(), most));
    int[] seen = Arrays.copyOfRange(all, from, all.length);
    long[] times = Arrays.copyOfRange(history.times(), from, all.length);
    Explanation explanation =
        model
            .scorer()
            .explain(
                new Histories(new int[] {0, seen.length}, seen, times),
                kept.stream().mapToInt(BestItems.Scored::row).toArray());
    List<Answer.@Nullable Why> reasons = new ArrayList<>();
    for (int i = 0; i < kept.size(); i++) {
      Explanation.Reason reason = explanation.reasons().get(i);
      Map<String, Double> shares = new LinkedHashMap<>(reason.shares());
      if (logOdds != null) {
        shares.put("boost", (double) logOdds[kept.get(i).row()]);
      }
      List<Answer.Influence> influence = new ArrayList<>();
      for (int e = 0; e < seen.length; e++) {
        influence.add(new Answer.Influence(shelf.id(seen[e]), times[e], reason.influence().get(e)));
      }
      reasons.add(new Answer.Why(shares, named(reason.because(), seen, shelf), influence));
    }
    return reasons;
  }

  /** {@return the words with the items' titles for the numbers of the events} */
  private String named(String because, int[] seen, Shelf shelf) {
    Matcher numbers = EVENT_NUMBER.matcher(because);
    return numbers.replaceAll(
        found -> {
          int event = Integer.parseInt(found.group(1));
          if (event < 1 || event > seen.length) {
            return Matcher.quoteReplacement(found.group());
          }
          ItemView item = items.view(shelf, seen[event - 1]);
          return Matcher.quoteReplacement(item.title().isEmpty() ? item.item() : item.title());
        });
  }
}
