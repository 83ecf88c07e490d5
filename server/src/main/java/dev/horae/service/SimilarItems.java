package dev.horae.service;

import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.TopK;
import dev.horae.run.TrainedRun;
import dev.horae.sequence.NetworkScorer;
import dev.horae.sequence.Scorer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The items that are most like some items, or a text or picture, by cosine: exact, over all items
 * that are allowed. Immutable, for any number of threads.
 */
final class SimilarItems {

  /** Of each view so many take part in a mixture: behind these, a rank hardly adds anything. */
  private static final int RANKED = 1000;

  /** Keeps the first ranks of one view from deciding alone; as its inventors chose it. */
  private static final int FUSION = 60;

  /**
   * What is looked for; the items themselves are never found.
   *
   * @param items indices of the run's items
   * @param vectors of a text or a picture, by the view that has such vectors
   */
  record Query(List<Integer> items, Map<Similarity, float[]> vectors) {
    Query {
      items = List.copyOf(items);
      vectors = Map.copyOf(vectors);
    }

    /**
     * @param text vector of a text; null: none
     * @param image vector of a picture; null: none
     */
    Query(List<Integer> items, float @Nullable [] text, float @Nullable [] image) {
      this(items, vectors(text, image));
    }

    private static Map<Similarity, float[]> vectors(
        float @Nullable [] text, float @Nullable [] image) {
      Map<Similarity, float[]> vectors = new TreeMap<>();
      if (text != null) {
        vectors.put(Similarity.TEXT, text);
      }
      if (image != null) {
        vectors.put(Similarity.IMAGE, image);
      }
      return vectors;
    }
  }

  /**
   * @param item index
   * @param score one view: the cosine; several: reciprocal ranks, 1 for the first of all of them
   */
  record Found(int item, double score) {}

  /**
   * @param items best first
   * @param views those that had a say: the others know nothing of what was looked for
   */
  record Likes(List<Found> items, Set<Similarity> views) {}

  private final int rows; // N + 1
  private final @Nullable Cooccurrence together; // null without histories
  private final Map<Similarity, UnitVectors> vectors = new TreeMap<>();

  /**
   * @param items N
   * @param histories over these; empty: there are none
   * @param network vectors by which a network scores; empty: there is none
   * @param tables of text and picture vectors, each of all items
   */
  SimilarItems(
      int items,
      Optional<Histories> histories,
      Optional<FeatureTable> network,
      List<FeatureTable> tables) {
    rows = items + 1;
    together = histories.map(training -> new Cooccurrence(training, items)).orElse(null);
    if (together == null) {
      network.ifPresent(table -> vectors.put(Similarity.BEHAVIOUR, new UnitVectors(table)));
    }
    for (FeatureTable table : tables) {
      vectors.put(view(table.modality()), new UnitVectors(table));
    }
  }

  private static Similarity view(String modality) {
    return modality.equals("text") ? Similarity.TEXT : Similarity.IMAGE;
  }

  /**
   * @param scorer that of {@link TrainedRun#scorerOfAllItems}; its item vectors are copied
   */
  static SimilarItems of(TrainedRun run, Scorer scorer) {
    return new SimilarItems(
        run.allItems().size(),
        run.trainingHistories(),
        scorer instanceof NetworkScorer network
            ? Optional.of(network.itemVectors())
            : Optional.empty(),
        run.allFeatures());
  }

  /** {@return the views that there are at all} */
  Set<Similarity> views() {
    Set<Similarity> views = EnumSet.noneOf(Similarity.class);
    views.addAll(vectors.keySet());
    if (together != null) {
      views.add(Similarity.BEHAVIOUR);
    }
    return views;
  }

  /**
   * Looks for the most similar items.
   *
   * @param by one view, or {@link Similarity#MIXED}: all views by reciprocal rank fusion (Cormack,
   *     Clarke and Buettcher, SIGIR 2009), in which each adds 1 / (60 + rank) for its best 1000,
   *     whatever its cosines are
   * @param allowed indices of items that may be found
   * @param most how many, at least 1
   */
  Likes find(Query query, Similarity by, BitSet allowed, int most) {
    for (int item : query.items()) {
      if (item < 1 || item >= rows) {
        throw new IllegalArgumentException("item " + item + " is not within 1.." + (rows - 1));
      }
    }
    BitSet others = (BitSet) allowed.clone();
    others.clear(0);
    others.clear(rows, Math.max(rows, others.length()));
    query.items().forEach(others::clear);
    Map<Similarity, float[]> cosines = new TreeMap<>();
    for (Similarity view : by == Similarity.MIXED ? views() : EnumSet.of(by)) {
      float[] ofView = new float[rows];
      if (cosines(view, query, others, ofView)) {
        cosines.put(view, ofView);
      }
    }
    Set<Similarity> had = EnumSet.noneOf(Similarity.class);
    had.addAll(cosines.keySet());
    List<float[]> all = List.copyOf(cosines.values());
    return new Likes(all.size() == 1 ? best(all.get(0), most) : mixed(all, most), had);
  }

  /** {@return whether a view knows anything of what is looked for} */
  private boolean cosines(Similarity view, Query query, BitSet others, float[] cosines) {
    int[] items = query.items().stream().mapToInt(item -> item).toArray();
    if (view == Similarity.BEHAVIOUR && together != null) {
      int[] known = Arrays.stream(items).filter(together::has).toArray();
      together.cosines(known, others, cosines);
      return known.length > 0;
    }
    UnitVectors of = vectors.get(view);
    if (of == null) {
      return false;
    }
    float[] more = query.vectors().get(view);
    float[] mean = more == null ? of.mean(items) : of.mean(items, more);
    of.cosines(mean, others, cosines);
    for (float value : mean) {
      if (value != 0) {
        return true;
      }
    }
    return false;
  }

  /** Nothing that no user took together, or that points the other way, is similar. */
  private static int[] ranked(float[] cosines, int most) {
    TopK best = new TopK(most);
    for (int item = 1; item < cosines.length; item++) {
      if (cosines[item] > 0) {
        best.offer(item, cosines[item]);
      }
    }
    return best.indices();
  }

  private static List<Found> best(float[] cosines, int most) {
    return Arrays.stream(ranked(cosines, most))
        .mapToObj(item -> new Found(item, cosines[item]))
        .toList();
  }

  private List<Found> mixed(List<float[]> cosines, int most) {
    if (cosines.isEmpty()) {
      return List.of();
    }
    float[] sums = new float[rows];
    for (float[] ofView : cosines) {
      int[] items = ranked(ofView, RANKED);
      for (int rank = 1; rank <= items.length; rank++) {
        sums[items[rank - 1]] += (FUSION + 1f) / (FUSION + rank) / cosines.size();
      }
    }
    return best(sums, most);
  }
}
