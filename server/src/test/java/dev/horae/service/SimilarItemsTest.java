package dev.horae.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SimilarItemsTest {

  private static final int ITEMS = 60;
  private static final int USERS = 80;
  private static final int WIDTH = 11;

  private final Random random = new Random(5);
  private final Histories histories = histories();
  private final FeatureTable text = table("text", 0.2);
  private final FeatureTable image = table("image", 0.5);
  private final SimilarItems similar =
      new SimilarItems(ITEMS, Optional.of(histories), Optional.empty(), List.of(text, image));

  /** Item 60 is in no history. */
  private Histories histories() {
    int[] starts = new int[USERS + 1];
    List<Integer> items = new ArrayList<>();
    for (int user = 0; user < USERS; user++) {
      for (int e = random.nextInt(7); e >= 0; e--) {
        items.add(1 + (user + random.nextInt(8)) % (ITEMS - 1));
      }
      starts[user + 1] = items.size();
    }
    int[] taken = items.stream().mapToInt(item -> item).toArray();
    return new Histories(starts, taken, new long[taken.length]);
  }

  private FeatureTable table(String modality, double missing) {
    float[] values = new float[(ITEMS + 1) * WIDTH];
    for (int item = 1; item <= ITEMS; item++) {
      boolean filled = item > 3 && random.nextDouble() >= missing;
      for (int k = 0; k < WIDTH && filled; k++) {
        values[item * WIDTH + k] = (float) random.nextGaussian();
      }
    }
    return new FeatureTable(modality, "drawn", WIDTH, values);
  }

  private static float[] row(FeatureTable table, int item) {
    return java.util.Arrays.copyOfRange(table.values(), item * WIDTH, (item + 1) * WIDTH);
  }

  private static BitSet all() {
    BitSet all = new BitSet();
    all.set(0, ITEMS + 40);
    return all;
  }

  private static double cosine(float[] a, float[] b) {
    double product = 0;
    double ofA = 0;
    double ofB = 0;
    for (int k = 0; k < a.length; k++) {
      product += (double) a[k] * b[k];
      ofA += (double) a[k] * a[k];
      ofB += (double) b[k] * b[k];
    }
    return ofA == 0 || ofB == 0 ? 0 : product / Math.sqrt(ofA * ofB);
  }

  /** The users of two items, each worth 1/sqrt(k + 1), as the formula says it. */
  private double together(int a, int b) {
    double both = 0;
    double ofA = 0;
    double ofB = 0;
    for (int user = 0; user < USERS; user++) {
      Set<Integer> taken = new HashSet<>();
      for (int e = histories.starts()[user]; e < histories.starts()[user + 1]; e++) {
        taken.add(histories.items()[e]);
      }
      double worth = 1 / Math.sqrt(taken.size() + 1.0);
      both += taken.contains(a) && taken.contains(b) ? worth : 0;
      ofA += taken.contains(a) ? worth : 0;
      ofB += taken.contains(b) ? worth : 0;
    }
    return both == 0 ? 0 : both / Math.sqrt(ofA * ofB);
  }

  /** Compares with all similarities, sorted. */
  private static SimilarItems.Query query(Integer... items) {
    return new SimilarItems.Query(List.of(items), Map.of());
  }

  private static void requireBest(SimilarItems.Likes found, int most, double[] expected) {
    List<Integer> order = new ArrayList<>();
    for (int item = 1; item <= ITEMS; item++) {
      if (expected[item] > 0) {
        order.add(item);
      }
    }
    order.sort(Comparator.comparingDouble(item -> -expected[item]));
    assertThat(found.items()).hasSize(Math.min(most, order.size()));
    for (int i = 0; i < found.items().size(); i++) {
      SimilarItems.Found each = found.items().get(i);
      assertThat(each.score()).isCloseTo(expected[each.item()], within(1e-5));
      assertThat(each.score()).isCloseTo(expected[order.get(i)], within(1e-5));
    }
  }

  @Test
  void eachViewFindsWhatComparingAllFinds() {
    for (int round = 0; round < 200; round++) {
      int item = 4 + random.nextInt(ITEMS - 3);
      int most = 1 + random.nextInt(12);
      BitSet allowed = all();
      for (int other = 1; other <= ITEMS; other++) {
        allowed.set(other, random.nextInt(4) > 0);
      }
      double[] byText = new double[ITEMS + 1];
      double[] byImage = new double[ITEMS + 1];
      double[] byUsers = new double[ITEMS + 1];
      for (int other = 1; other <= ITEMS; other++) {
        if (other != item && allowed.get(other)) {
          byText[other] = cosine(row(text, item), row(text, other));
          byImage[other] = cosine(row(image, item), row(image, other));
          byUsers[other] = together(item, other);
        }
      }
      SimilarItems.Query query = query(item);
      requireBest(similar.find(query, Similarity.TEXT, allowed, most), most, byText);
      requireBest(similar.find(query, Similarity.IMAGE, allowed, most), most, byImage);
      requireBest(similar.find(query, Similarity.BEHAVIOUR, allowed, most), most, byUsers);
    }
  }

  @Test
  void aMixtureAddsReciprocalRanks() {
    for (int item = 1; item <= ITEMS; item++) {
      SimilarItems.Query query = query(item);
      double[] expected = new double[ITEMS + 1];
      Set<Similarity> views = similar.find(query, Similarity.MIXED, all(), 5).views();
      for (Similarity view : views) {
        List<SimilarItems.Found> found = similar.find(query, view, all(), ITEMS).items();
        for (int rank = 1; rank <= found.size(); rank++) {
          expected[found.get(rank - 1).item()] += 61.0 / (60 + rank) / views.size();
        }
      }
      SimilarItems.Likes mixed = similar.find(query, Similarity.MIXED, all(), 7);
      if (views.size() > 1) {
        requireBest(mixed, 7, expected);
      } else {
        assertThat(mixed).isEqualTo(similar.find(query, views.iterator().next(), all(), 7));
      }
    }
  }

  @Test
  void aTextIsComparedLikeThatOfAnItem() {
    SimilarItems.Query words =
        new SimilarItems.Query(List.of(), Map.of(Similarity.TEXT, row(text, 20)));
    SimilarItems.Likes found = similar.find(words, Similarity.MIXED, all(), 3);
    assertThat(found.views()).containsExactly(Similarity.TEXT);
    List<SimilarItems.Found> ofItem = similar.find(query(20), Similarity.TEXT, all(), 2).items();
    assertThat(found.items().get(0).item()).isEqualTo(20);
    assertThat(found.items().get(0).score()).isCloseTo(1, within(1e-6));
    assertThat(found.items().subList(1, 3)).isEqualTo(ofItem);
  }

  @Test
  void severalItemsCountEqually() {
    SimilarItems.Query two = query(20, 30);
    double[] byUsers = new double[ITEMS + 1];
    for (int other = 1; other <= ITEMS; other++) {
      byUsers[other] =
          other == 20 || other == 30 ? 0 : (together(20, other) + together(30, other)) / 2;
    }
    requireBest(similar.find(two, Similarity.BEHAVIOUR, all(), 9), 9, byUsers);
  }

  @Test
  void whatIsUnknownIsSimilarToNothing() {
    SimilarItems.Likes found = similar.find(query(ITEMS), Similarity.BEHAVIOUR, all(), 5);
    assertThat(found.items()).isEmpty();
    assertThat(found.views()).isEmpty();
    assertThat(similar.find(query(1), Similarity.TEXT, all(), 5).views()).isEmpty();
    assertThat(similar.find(query(20), Similarity.MIXED, new BitSet(), 5).items()).isEmpty();
    assertThatThrownBy(() -> similar.find(query(61), Similarity.MIXED, all(), 5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("item 61 is not within 1..60");
  }

  @Test
  void withoutHistoriesTheNetworksVectorsStandForBehaviour() {
    SimilarItems network =
        new SimilarItems(ITEMS, Optional.empty(), Optional.of(text), List.of(image));
    assertThat(network.views()).containsExactly(Similarity.BEHAVIOUR, Similarity.IMAGE);
    assertThat(network.find(query(20), Similarity.BEHAVIOUR, all(), 5).items())
        .isEqualTo(similar.find(query(20), Similarity.TEXT, all(), 5).items());
    assertThat(network.find(query(20), Similarity.TEXT, all(), 5).items()).isEmpty();
  }
}
