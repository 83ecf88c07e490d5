package dev.horae.eval;

import dev.horae.data.Histories;
import java.util.Arrays;

/** Ranks items by their number of training events, for everybody alike. */
final class MostPopular implements CountingModel {

  private final float[] scores;

  MostPopular(Histories histories, int items) {
    Popularity popularity = new Popularity(histories, items);
    double[] counts = new double[items + 1];
    Arrays.setAll(counts, popularity::count);
    scores = popularity.scores(counts);
  }

  @Override
  public float[] score(Query query) {
    return scores.clone();
  }
}
