package dev.horae.model;

import dev.horae.data.Catalogue;
import dev.horae.data.Item;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What items have in common in the words of their titles, their brands and categories, for {@link
 * Horae}: cosines of TF-IDF vectors (Salton and Buckley 1988), the term's weight being (1 +
 * log(times in the item)) log(N / items with it).
 */
final class HoraeWords {

  private static final int ALIKE = 1000; // most items that are compared with one; 300 rank worse
  private static final int NEIGHBOURS = 20; // of each item
  private static final int MOST_HOLDERS = 10_000; // a term of more items tells next to nothing

  private static final Pattern BETWEEN_WORDS = Pattern.compile("[^\\p{L}\\p{N}]+");

  private final int[][] terms; // of each item
  private final float[][] weights; // of these; their squares add up to 1
  private final int[][] holders; // the items of each term
  private final float[][] holderWeights;

  /** Cosines. */
  final HoraeRows alike;

  /** The most similar items with events of each, itself left out: their cosines. */
  private final HoraeRows neighbours;

  private final BitSet noted; // items whose neighbours were made; it guards the next two
  private final int[][] neighbourOf; // whose neighbour an item is, among these
  private final int[] neighbourCounts; // how many of them

  /**
   * @param items cold ones included
   * @param trained the first so many have events; how rare a term is, is counted among these
   */
  HoraeWords(Catalogue items, int trained) {
    int rows = items.size() + 1;
    Map<String, Integer> index = new HashMap<>();
    List<int[]> counts = new ArrayList<>(); // of each item, term and times in turn
    for (Item item : items.items()) {
      Map<String, Integer> bag = bag(item);
      int[] pairs = new int[2 * bag.size()];
      int next = 0;
      for (Map.Entry<String, Integer> entry : bag.entrySet()) {
        pairs[next++] = index.computeIfAbsent(entry.getKey(), term -> index.size());
        pairs[next++] = entry.getValue();
      }
      counts.add(pairs);
    }
    int[] having = new int[index.size()];
    int[] havingAll = new int[index.size()];
    for (int i = 0; i < counts.size(); i++) {
      for (int t = 0; t < counts.get(i).length; t += 2) {
        having[counts.get(i)[t]] += i < trained ? 1 : 0;
        havingAll[counts.get(i)[t]]++;
      }
    }
    terms = new int[rows][];
    weights = new float[rows][];
    terms[0] = new int[0];
    weights[0] = new float[0];
    for (int i = 1; i < rows; i++) {
      weigh(i, counts.get(i - 1), having, trained);
    }
    holders = new int[index.size()][];
    holderWeights = new float[index.size()][];
    for (int t = 0; t < holders.length; t++) {
      boolean kept = having[t] <= MOST_HOLDERS && having[t] < trained;
      holders[t] = new int[kept ? havingAll[t] : 0];
      holderWeights[t] = new float[holders[t].length];
    }
    int[] filled = new int[holders.length];
    for (int i = 1; i < rows; i++) {
      for (int t = 0; t < terms[i].length; t++) {
        int term = terms[i][t];
        if (holders[term].length > 0) {
          holders[term][filled[term]] = i;
          holderWeights[term][filled[term]++] = weights[i][t];
        }
      }
    }
    neighbourOf = new int[rows][0];
    neighbourCounts = new int[rows];
    noted = new BitSet(rows);
    alike = HoraeRows.of(rows, ALIKE, this::addAlike, item -> {});
    neighbours =
        HoraeRows.of(
            rows, NEIGHBOURS, (item, sums) -> addNeighbours(item, trained, sums), this::note);
  }

  /** {@return whether any two items can have anything in common} */
  static boolean any(Catalogue items) {
    return items.items().stream().anyMatch(Item::hasText);
  }

  /** Gives the most similar items with events, itself left out; what they get adds up to 1. */
  void eachNeighbour(int item, HoraeRows.Reader reader) {
    float perCosine = 1 / Math.max(1e-9f, neighbours.total(item));
    neighbours.each(item, (other, cosine) -> reader.read(other, cosine * perCosine));
  }

  /** {@return the items that have {@code item} as a neighbour, of those that were asked for} */
  int[] neighbourOf(int item) {
    synchronized (noted) {
      return Arrays.copyOf(neighbourOf[item], neighbourCounts[item]);
    }
  }

  private void note(int whose) {
    synchronized (noted) {
      if (!noted.get(whose)) {
        noted.set(whose);
        neighbours.each(whose, (item, cosine) -> note(item, whose));
      }
    }
  }

  private void note(int item, int whose) {
    int count = neighbourCounts[item]++;
    if (count == neighbourOf[item].length) {
      neighbourOf[item] = Arrays.copyOf(neighbourOf[item], Math.max(4, 2 * count));
    }
    neighbourOf[item][count] = whose;
  }

  /** {@return how often each term stands in an item} */
  private static Map<String, Integer> bag(Item item) {
    Map<String, Integer> bag = new LinkedHashMap<>();
    for (String word : BETWEEN_WORDS.split(item.title().toLowerCase(Locale.ROOT))) {
      if (!word.isEmpty()) {
        bag.merge(word, 1, Integer::sum);
      }
    }
    if (!item.brand().isBlank()) {
      bag.merge("brand " + item.brand(), 1, Integer::sum);
    }
    for (String category : item.categories()) {
      bag.merge("category " + category, 1, Integer::sum);
    }
    return bag;
  }

  private void weigh(int item, int[] pairs, int[] having, int trained) {
    terms[item] = new int[pairs.length / 2];
    weights[item] = new float[terms[item].length];
    double squares = 0;
    for (int t = 0; t < terms[item].length; t++) {
      terms[item][t] = pairs[2 * t];
      double rarity = Math.log(trained / (double) Math.max(1, having[pairs[2 * t]]));
      weights[item][t] = (float) ((1 + Math.log(pairs[2 * t + 1])) * rarity);
      squares += (double) weights[item][t] * weights[item][t];
    }
    for (int t = 0; t < weights[item].length; t++) {
      weights[item][t] /= (float) Math.sqrt(Math.max(1e-12, squares));
    }
  }

  private void addAlike(int item, HoraeRows.Sums sums) {
    for (int t = 0; t < terms[item].length; t++) {
      int[] at = holders[terms[item][t]];
      float[] value = holderWeights[terms[item][t]];
      for (int i = 0; i < at.length; i++) {
        sums.add(at[i], weights[item][t] * value[i]);
      }
    }
  }

  private void addNeighbours(int item, int trained, HoraeRows.Sums sums) {
    alike.each(
        item,
        (other, cosine) -> {
          if (other != item && other <= trained) {
            sums.add(other, cosine);
          }
        });
  }
}
