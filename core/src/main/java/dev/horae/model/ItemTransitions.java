package dev.horae.model;

import static dev.horae.config.InvalidValue.unlessPositive;

import dev.horae.config.Default;
import dev.horae.config.Doc;
import dev.horae.data.Histories;

/**
 * Ranks items by how often they followed the history's last item in training histories, where a
 * follower {@code gap} steps later counts 1/gap, up to {@code reach} steps: "sequential rules" of
 * Ludewig and Jannach, Evaluation of session-based recommendation algorithms, UMUAI 2018. With a
 * reach of 1 it is their first-order Markov chain.
 *
 * <p>Departure: their weight is not divided by the number of rules of an item, because only one
 * item is ever asked, and it would change no order.
 */
public final class ItemTransitions extends Heuristic {

  @Doc("how often and how soon it followed the last item (Ludewig and Jannach, UMUAI 2018)")
  public record Config(@Default("10") @Doc("most steps from an item to a follower") int reach)
      implements HeuristicConfig {

    public Config {
      unlessPositive("reach", reach, "1 counts direct followers only");
    }

    @Override
    public Heuristic fit(Histories training, int items) {
      return new ItemTransitions(this, training, items);
    }
  }

  private final int reach;
  private final Popularity popularity;
  private final int[] items;

  /**
   * Item {@code i} occurs in training at {@code positions[rows[i]]} to before {@code rows[i+1]}.
   */
  private final int[] rows;

  private final int[] positions;

  /** Where the training history that holds the position ends. */
  private final int[] ends;

  private ItemTransitions(Config config, Histories training, int items) {
    super(items);
    reach = config.reach();
    popularity = new Popularity(training, items);
    this.items = training.items();
    rows = new int[items + 2];
    for (int item = 1; item <= items; item++) {
      rows[item + 1] = rows[item] + popularity.count(item);
    }
    positions = new int[rows[items + 1]];
    ends = new int[positions.length];
    int[] next = rows.clone();
    for (int u = 0; u < training.users(); u++) {
      for (int e = training.starts()[u]; e < training.starts()[u + 1]; e++) {
        int at = next[this.items[e]]++;
        positions[at] = e;
        ends[at] = training.starts()[u + 1];
      }
    }
  }

  @Override
  public int maxLength() {
    return 1;
  }

  @Override
  void score(int user, int[] history, Evidence evidence, float[] scores) {
    if (history.length > 0) {
      int last = history[history.length - 1];
      for (int i = rows[last]; i < rows[last + 1]; i++) {
        int steps = Math.min(ends[i] - 1 - positions[i], reach);
        for (int step = 1; step <= steps; step++) {
          evidence.add(items[positions[i] + step], 1.0 / step);
        }
      }
    }
    popularity.scores(evidence, scores);
  }
}
