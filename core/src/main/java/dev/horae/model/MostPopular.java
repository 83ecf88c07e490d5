package dev.horae.model;

import dev.horae.config.Doc;
import dev.horae.data.Histories;

/** Ranks items by their number of training events, for everybody alike. */
public final class MostPopular extends Heuristic {

  @Doc("the number of training events, the same for everybody")
  public record Config() implements HeuristicConfig {
    @Override
    public Heuristic fit(Histories training, int items) {
      return new MostPopular(training, items);
    }
  }

  private final float[] scores;

  private MostPopular(Histories training, int items) {
    super(items);
    Popularity popularity = new Popularity(training, items);
    Evidence counts = new Evidence();
    for (int item = 1; item <= items; item++) {
      counts.add(item, popularity.count(item));
    }
    scores = new float[items + 1];
    popularity.scores(counts, scores);
  }

  @Override
  public int maxLength() {
    return 0;
  }

  @Override
  void score(int user, int[] history, Evidence evidence, float[] into) {
    System.arraycopy(scores, 0, into, 0, scores.length);
  }
}
