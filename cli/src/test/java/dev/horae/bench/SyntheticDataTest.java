package dev.horae.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import dev.horae.bench.SyntheticData.Shape;
import dev.horae.data.Catalogue;
import dev.horae.data.FeatureTable;
import dev.horae.data.Histories;
import dev.horae.data.Item;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SyntheticDataTest {

  private static final SyntheticData GAMES = SyntheticData.generate(Shape.GAMES, 2025);

  private static Histories histories() {
    return GAMES.dataset().histories();
  }

  @Test
  void gamesHasExactlyTheSizesOfTheRealSet() {
    assertThat(histories().users()).isEqualTo(24_303).isEqualTo(GAMES.dataset().users().size());
    assertThat(GAMES.dataset().catalogue().size()).isEqualTo(10_672);
    assertThat(histories().events()).isEqualTo(231_780);
    assertThat(GAMES.features())
        .extracting(FeatureTable::modality, FeatureTable::rows, FeatureTable::width)
        .containsExactly(tuple("text", 10_673, 768), tuple("image", 10_673, 768));
    assertThat(GAMES.dataset().manifest().counts())
        .isEqualTo(Map.of("users", 24_303, "items", 10_672, "events", 231_780));
  }

  @Test
  void historiesHaveTheLongTailOfAmazonsReviews() {
    int[] lengths =
        IntStream.range(0, histories().users()).map(histories()::length).sorted().toArray();
    assertThat(lengths[0]).isEqualTo(5);
    assertThat(lengths[lengths.length / 2]).isEqualTo(7);
    assertThat(lengths[lengths.length * 99 / 100]).isBetween(35, 45);
    assertThat(lengths[lengths.length - 1]).isBetween(150, 1000);
  }

  @Test
  void everyItemIsTakenFiveTimesAndSomeHundredsOfTimes() {
    int[] counts = new int[10_672 + 1];
    Arrays.stream(histories().items()).forEach(item -> counts[item]++);
    assertThat(counts[0]).isZero();
    Arrays.sort(counts, 1, counts.length);
    assertThat(counts[1]).isGreaterThanOrEqualTo(5);
    assertThat(counts[counts.length / 2]).isBetween(10, 16);
    assertThat(counts[counts.length - 1]).isGreaterThan(200);
  }

  @Test
  void timesGoForwardThroughFourteenYearsInBursts() {
    Histories histories = histories();
    int within6Hours = 0;
    for (int u = 0; u < histories.users(); u++) {
      for (int e = histories.starts()[u] + 1; e < histories.starts()[u + 1]; e++) {
        long gap = histories.times()[e] - histories.times()[e - 1];
        assertThat(gap).isNotNegative();
        within6Hours += gap < 6 * 3600 ? 1 : 0;
      }
    }
    double pairs = histories.events() - histories.users();
    assertThat(within6Hours / pairs).isCloseTo(0.5, within(0.05));
    assertThat(Arrays.stream(histories.times()).min().orElseThrow())
        .isBetween(946_684_800L, 946_684_800L + 30 * 86_400);
    assertThat(Arrays.stream(histories.times()).max().orElseThrow())
        .isBetween(1_356_998_400L, 1_388_534_400L); // within 2013
  }

  @Test
  void categoriesAreTheNamesOnTheWayToOneOfSeventyNodes() {
    Catalogue catalogue = GAMES.dataset().catalogue();
    assertThat(catalogue.categoryIndex()).hasSize(70);
    assertThat(catalogue.items())
        .extracting(Item::categories)
        .allSatisfy(
            path -> {
              assertThat(path).hasSizeBetween(1, 4).doesNotHaveDuplicates();
              assertThat(path.get(0)).isEqualTo("Category 00");
            });
    assertThat(catalogue.item(70).categories())
        .isEqualTo(List.of("Category 00", "Category 04", "Category 17", "Category 69"));
  }

  @Test
  void featuresAreScaledAsTheModelScalesThemAndPaddingIsZero() {
    for (FeatureTable table : GAMES.features()) {
      double squares = 0;
      float[] values = table.values();
      for (int i = 0; i < values.length; i++) {
        squares += (double) values[i] * values[i];
      }
      assertThat(Arrays.copyOf(values, table.width())).containsOnly(0);
      assertThat(Math.sqrt(squares / (10_672 * 768.0))).isCloseTo(0.5, within(0.001));
    }
  }

  @Test
  void theSameSeedGivesTheSameBitsAndAnotherOthers() {
    Shape small = new Shape("small", 50, 30, 400, Map.of("text", 4));
    SyntheticData one = SyntheticData.generate(small, 1);
    SyntheticData same = SyntheticData.generate(small, 1);
    assertThat(same.dataset().histories())
        .usingRecursiveComparison()
        .isEqualTo(one.dataset().histories());
    assertThat(same.dataset().catalogue().items()).isEqualTo(one.dataset().catalogue().items());
    assertThat(same.features()).usingRecursiveComparison().isEqualTo(one.features());
    SyntheticData other = SyntheticData.generate(small, 2);
    assertThat(other.dataset().histories().items()).isNotEqualTo(one.dataset().histories().items());
    assertThat(one.dataset().histories().items()).hasSize(400);
    assertThat(one.features()).hasSize(1);
  }

  @Test
  void theSameSeedGivesTheSameBitsOnEveryMachine() {
    assertThat(
            List.of(
                Arrays.hashCode(histories().starts()),
                Arrays.hashCode(histories().items()),
                Arrays.hashCode(histories().times()),
                Arrays.hashCode(GAMES.features().get(0).values()),
                Arrays.hashCode(GAMES.features().get(1).values())))
        .containsExactly(-1563283760, 1101000015, -77452039, 1117190869, -1007838291);
  }

  @Test
  void aLargeCatalogueHasFewerEventsThanFivePerItem() {
    SyntheticData data =
        SyntheticData.generate(new Shape("wide", 40, 250, 400, Map.of("image", 3)), 3);
    assertThat(data.dataset().histories().events()).isEqualTo(400);
    assertThat(Arrays.stream(data.dataset().histories().items()).distinct().count()).isEqualTo(250);
    assertThat(data.dataset().manifest().minItemEvents()).isEqualTo(1);
  }

  @Test
  void aShapeThatCannotBeIsRefused() {
    assertThatThrownBy(() -> new Shape("thin", 100, 10, 499, Map.of()))
        .hasMessage("499 events are too few for 100 users and 10 items");
    assertThat(Shape.named("games")).contains(Shape.GAMES);
    assertThat(Shape.named("toys")).isEmpty();
    assertThat(Shape.names()).containsExactly("games", "million");
  }
}
