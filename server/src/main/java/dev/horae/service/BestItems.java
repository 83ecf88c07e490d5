package dev.horae.service;

import dev.horae.data.TopK;
import dev.horae.index.ItemIndex;
import dev.horae.index.VectorTable;
import dev.horae.sequence.NetworkScorer;
import dev.horae.sequence.Scorer;
import dev.horae.sequence.Scorer.Search;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The best items for a history by a model's score. All items are scored, unless the catalogue is
 * large and the score a product of vectors: then an index finds candidates where there is one, and
 * of the few items that a filter leaves only these are scored. Scores are the model's own in each
 * case.
 */
final class BestItems {

  /** An item and its score. */
  record Scored(int row, double score) {}

  /** Of more the index's recall is not known; they are chosen among all scores. */
  private static final int MOST_BY_INDEX = 100;

  /** So many candidates more than wanted are scored: the index adds in another order. */
  private static final int SPARE = 20;

  /** Where a filter leaves a smaller share, a walk through the graph meets hardly any of them. */
  private static final int LEAST_SHARE = 4; // one in so many

  /** So few that scoring them alone is quicker than scoring all. */
  private static final int FEW_SHARE = 32; // one in so many

  private final Scorer scorer;
  private final ScoringQueue queue;
  private final @Nullable VectorTable table; // null: always score all
  private volatile @Nullable ItemIndex index;

  /**
   * @param table of the scorer's item vectors; null where all items are always scored
   */
  BestItems(Scorer scorer, ScoringQueue queue, @Nullable VectorTable table) {
    this.scorer = scorer;
    this.queue = queue;
    this.table = table;
  }

  /** Finds by this index from now on. */
  void use(ItemIndex found) {
    index = found;
  }

  /**
   * {@return the best items, best first, equal scores by index, lowest first}
   *
   * @param items of the history, indices, oldest first, at least one
   * @param times seconds since 1970-01-01 UTC
   * @param names what to call an item, by its index, in errors
   * @throws Refusal see {@link ScoringQueue#search}
   */
  List<Scored> of(
      int[] items, long[] times, Search search, long millis, IntFunction<String> names) {
    int rows = scorer.itemRows();
    List<Scored> best = new ArrayList<>();
    if (table != null) {
      int left = rows - search.leftOut().get(0, rows).cardinality();
      if (left <= rows / FEW_SHARE) {
        int[] few = allowed(search.leftOut(), 1, rows);
        queue.encode(items, times, millis, user -> best.addAll(scored(user, few, search, names)));
        return best;
      }
      ItemIndex found = index;
      if (found != null
          && search.boosts() == null
          && search.most() <= MOST_BY_INDEX
          && left >= rows / LEAST_SHARE) {
        queue.encode(
            items,
            times,
            millis,
            user -> best.addAll(scored(user, candidates(found, user, search), search, names)));
        return best;
      }
    }
    queue.search(
        items,
        times,
        search,
        millis,
        scores -> {
          scorer.requireFinite(scores, () -> "a history", names);
          best.addAll(chosen(scores, search));
        });
    return best;
  }

  private static List<Scored> chosen(float[] scores, Search search) {
    BitSet masked = search.leftOut();
    float[] logOdds = search.boosts();
    for (int row = masked.nextSetBit(0);
        row >= 0 && row < scores.length;
        row = masked.nextSetBit(row + 1)) {
      scores[row] = Float.NEGATIVE_INFINITY;
    }
    TopK best = new TopK(search.most());
    for (int row = 1; row < scores.length; row++) {
      if (logOdds != null) {
        scores[row] += logOdds[row];
      }
      best.offer(row, scores[row]);
    }
    return IntStream.of(best.indices()).mapToObj(row -> new Scored(row, scores[row])).toList();
  }

  /** {@return what the index finds, and all allowed items that it was not built of} */
  private int[] candidates(ItemIndex found, float[] user, Search search) {
    VectorTable vectors = Objects.requireNonNull(table);
    int[] near =
        found.search(vectors, user, search.most() + SPARE, item -> !search.leftOut().get(item));
    int[] later = allowed(search.leftOut(), found.items() + 1, scorer.itemRows());
    int[] all = Arrays.copyOf(near, near.length + later.length);
    System.arraycopy(later, 0, all, near.length, later.length);
    Arrays.sort(all);
    return all;
  }

  private static int[] allowed(BitSet masked, int from, int to) {
    IntStream.Builder allowed = IntStream.builder();
    for (int row = masked.nextClearBit(from); row < to; row = masked.nextClearBit(row + 1)) {
      allowed.add(row);
    }
    return allowed.build().toArray();
  }

  /**
   * @param candidates ascending
   */
  private List<Scored> scored(
      float[] user, int[] candidates, Search search, IntFunction<String> names) {
    if (candidates.length == 0) {
      return List.of();
    }
    float[] scores = new float[candidates.length + 1]; // as a scorer's, with no item at 0
    System.arraycopy(
        ((NetworkScorer) scorer).scores(user, candidates), 0, scores, 1, candidates.length);
    scorer.requireFinite(scores, () -> "a history", place -> names.apply(candidates[place - 1]));
    TopK best = new TopK(search.most());
    for (int c = 0; c < candidates.length; c++) {
      if (search.boosts() != null) {
        scores[c + 1] += search.boosts()[candidates[c]];
      }
      best.offer(c + 1, scores[c + 1]);
    }
    return IntStream.of(best.indices())
        .mapToObj(place -> new Scored(candidates[place - 1], scores[place]))
        .toList();
  }
}
