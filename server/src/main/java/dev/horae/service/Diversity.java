package dev.horae.service;

import dev.horae.data.Item;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Maximal marginal relevance: each next item is a good one that is unlike those before it.
 * Carbonell and Goldstein, "The use of MMR, diversity-based reranking for reordering documents and
 * producing summaries", SIGIR 1998. Scores are brought to 0 to 1 among the candidates; two items
 * are alike by the part of their brands and categories that they share.
 */
final class Diversity {

  private final LoadedModel model;
  private final double diversity;

  /**
   * @param diversity 0: the scores alone; 1: unlikeness alone
   */
  Diversity(LoadedModel model, double diversity) {
    this.model = model;
    this.diversity = diversity;
  }

  /**
   * @param candidates best first
   */
  List<BestItems.Scored> choose(List<BestItems.Scored> candidates, int n) {
    if (candidates.isEmpty()) {
      return candidates;
    }
    double best = candidates.get(0).score();
    double range = Math.max(best - candidates.get(candidates.size() - 1).score(), 1e-9);
    double[] nearest = new double[candidates.size()]; // likeness to the most alike that is chosen
    boolean[] taken = new boolean[candidates.size()];
    List<Set<String>> words = candidates.stream().map(c -> words(c.row())).toList();
    List<BestItems.Scored> chosen = new ArrayList<>();
    while (chosen.size() < Math.min(n, candidates.size())) {
      int next = -1;
      double highest = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < taken.length; c++) {
        double relevance = 1 - (best - candidates.get(c).score()) / range;
        double value = (1 - diversity) * relevance - diversity * nearest[c];
        if (!taken[c] && value > highest) {
          highest = value;
          next = c;
        }
      }
      taken[next] = true;
      chosen.add(candidates.get(next));
      for (int c = 0; c < taken.length; c++) {
        nearest[c] = Math.max(nearest[c], shared(words.get(c), words.get(next)));
      }
    }
    return chosen;
  }

  private Set<String> words(int row) {
    Item item = model.catalogue().item(row);
    Set<String> words = new HashSet<>(item.categories());
    if (!item.brand().isEmpty()) {
      words.add("brand " + item.brand());
    }
    return words;
  }

  private static double shared(Set<String> a, Set<String> b) {
    if (a.isEmpty() || b.isEmpty()) {
      return 0;
    }
    long both = a.stream().filter(b::contains).count();
    return both / (double) (a.size() + b.size() - both);
  }
}
