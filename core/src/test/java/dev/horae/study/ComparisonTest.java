package dev.horae.study;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.data.Catalogue;
import dev.horae.data.Dataset;
import dev.horae.data.Histories;
import dev.horae.data.Item;
import dev.horae.data.Manifest;
import dev.horae.report.Origin;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ComparisonTest {

  /** At the cut, 10, Ann and Ben each take a known item and one that nobody had, at once. */
  private static Dataset dataset(Long cut) {
    Histories histories =
        new Histories(
            new int[] {0, 5, 10},
            new int[] {1, 2, 1, 2, 3, 2, 1, 2, 3, 1},
            new long[] {1, 2, 3, 10, 10, 1, 2, 3, 10, 10});
    Map<String, Number> counts = SmallTable.TOYS;
    return new Dataset(
        Path.of("toys"),
        new Manifest(
            "toys", 1, 50, 5, 5, "kept", "file", cut, true, counts, Map.of(), "", Map.of()),
        new Catalogue(
            Stream.of("a", "b", "c").map(id -> new Item(id, "", "", List.of(), "")).toList()),
        List.of("ann", "ben"),
        histories);
  }

  @Test
  void whoIsAskedByTimeDependsOnTheOrderOfEqualTimes() {
    assertThat(Comparison.testUsers(dataset(10L), 0)).containsExactly("ann");
    TreeSet<String> others = new TreeSet<>();
    for (long seed = 1; seed <= 8; seed++) {
      others.addAll(Comparison.testUsers(dataset(10L), seed));
      assertThat(Comparison.testUsers(dataset(null), seed)).containsExactly("ann", "ben");
    }
    assertThat(others).containsExactly("ann", "ben");
  }

  @Test
  void theTitleNamesASplitThatIsNotThePapers() {
    assertThat(title(dataset(null))).isEqualTo("Comparison on toys (the paper's Toys)");
    assertThat(title(dataset(1_388_534_400L)))
        .isEqualTo("Comparison on toys, split by time at 2014-01-01");
  }

  @Test
  void findingsSayHowTheDataWereSplitAndTiesOrdered() {
    assertThat(origin(dataset(null)).protocol())
        .isEqualTo("leave-one-out, equal times in the order of the file");
    assertThat(origin(dataset(1_388_534_400L)).protocol())
        .isEqualTo("by time at 2014-01-01, equal times in the order of the file");
    assertThat(origin(dataset(null)).command()).isEqualTo("horae compare");
  }

  private static Origin origin(Dataset dataset) {
    return SmallTable.subject("Comparison", "", dataset).origin("horae compare");
  }

  private static String title(Dataset dataset) {
    return Standings.of(SmallTable.subject("Comparison", "", dataset), List.of(), List.of())
        .title();
  }
}
