package dev.horae.model;

import dev.horae.config.Doc;
import dev.horae.data.Histories;
import java.util.Arrays;

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
    double[] counts = new double[items + 1];
    Arrays.setAll(counts, popularity::count);
    scores = popularity.scores(counts);
  }

  @Override
  public int maxLength() {
    return 0;
  }

  @Override
  float[] scores(int user, int[] history) {
    return scores.clone();
  }
}
