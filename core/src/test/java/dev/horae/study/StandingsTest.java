package dev.horae.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.horae.report.Table;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StandingsTest {

  private static final double ROUNDING = 1e-12;

  private final Standings standings = SmallTable.standings();

  private Standings.Row row(String model) {
    return standings.rows().stream().filter(r -> r.model().equals(model)).findFirst().orElseThrow();
  }

  @Test
  void theBestIsFirstAndWhatIsMissingLast() {
    assertThat(standings.rows().stream().map(Standings.Row::model))
        .containsExactly("hm4sr", "vmis-knn", "sas-rec", "most-popular", "core");
    assertThat(standings.complete()).isFalse();
  }

  @Test
  void meansAndDeviationsAreOverSeeds() {
    // Rank 1 gives 1, rank 3 gives 1/2. Seeds: 4.5 and 4 of eight users; n - 1 = 1.
    Spread spread = row("hm4sr").spreads().get("ndcg@10");
    assertThat(spread.mean()).isEqualTo(4.25 / 8, within(ROUNDING));
    assertThat(spread.deviation()).isEqualTo(0.0625 / Math.sqrt(2), within(ROUNDING));
    assertThat(spread.text()).isEqualTo("0.5313 ± 0.0442");
    assertThat(row("vmis-knn").spreads().get("ndcg@10").text()).isEqualTo("0.3750");
    // Masked, rank 3 becomes 1, and seed one's four ones and one three are five ones.
    assertThat(row("hm4sr").mean("masked ndcg@10")).isEqualTo(5 / 8.0, within(ROUNDING));
  }

  @Test
  void everyModelIsTestedAgainstTheBestOther() {
    // hm4sr gains 1, 1, .5, 1, 0, .75 and vmis-knn 0, 1, .5, 1, 0, .5: differences 1 and .25.
    Standings.Against best = row("hm4sr").tests().get("ndcg@10");
    assertThat(best.other()).isEqualTo("vmis-knn");
    assertThat(best.difference()).isEqualTo(1.25 / 8, within(ROUNDING));
    assertThat(best.p()).isEqualTo(0.5);
    Standings.Against second = row("vmis-knn").tests().get("ndcg@10");
    assertThat(second.other()).isEqualTo("hm4sr");
    assertThat(second.difference()).isEqualTo(-best.difference());
    assertThat(second.p()).isEqualTo(best.p());
    assertThat(second.corrected()).isEqualTo(best.corrected());
    assertThat(second.effect()).isEqualTo(-best.effect());
    // sas-rec: differences -1, -.5, -1, -.25, all one way: 2 of 16, the second
    // smallest of three (most-popular has 4 of 64).
    Standings.Against third = row("sas-rec").tests().get("ndcg@10");
    assertThat(third.p()).isEqualTo(0.125);
    assertThat(third.corrected()).isEqualTo(0.25);
    assertThat(row("core").tests()).isEmpty();
  }

  /** The order is the one that was asked for, whoever is best. */
  @Test
  void everyRowIsTestedAgainstTheReference() {
    Standings against = SmallTable.against("vmis-knn");
    assertThat(against.rows().stream().map(Standings.Row::model))
        .containsExactly("most-popular", "vmis-knn", "hm4sr", "sas-rec", "core");
    assertThat(against.title()).isEqualTo("Ablation of vmis-knn on shop (the paper's Toys)");
    assertThat(against.rows().get(1).tests()).isEmpty();
    Standings.Against better = against.rows().get(2).tests().get("ndcg@10");
    assertThat(better.other()).isEqualTo("vmis-knn");
    assertThat(better.difference()).isEqualTo(1.25 / 8, within(ROUNDING));
    assertThat(better.change()).isEqualTo(100 * 1.25 / 3, within(1e-9)); // of 3 of eight users
    assertThat(better.p()).isEqualTo(0.5);
    assertThat(against.rows().get(4).tests()).isEmpty(); // it has no result
    assertThat(TableFiles.markdown(against))
        .startsWith("# Ablation of vmis-knn on shop (the paper's Toys)\n")
        .contains(" Every row is compared with vmis-knn.")
        .contains("| +41.7 % |");
    assertThat(TerminalText.of(against, false))
        .containsPattern("\nhm4sr +[0-9.]+ % +\\+41\\.7 % +");
  }

  /** Without its result nothing can be tested. */
  @Test
  void aReferenceThatFailedTestsNothing() {
    assertThat(SmallTable.against("core").rows()).allMatch(row -> row.tests().isEmpty());
  }

  @Test
  void aModelThatAHeuristicBaselineBeatsIsNamed() {
    assertThat(row("hm4sr").beatenBy()).isEmpty();
    assertThat(row("vmis-knn").beatenBy()).isEmpty();
    assertThat(standings.warnings())
        .containsExactly(
            "sas-rec is beaten by vmis-knn",
            "sas-rec lacks 1 of 2 runs. seed 2026: step 3: loss = NaN",
            "core lacks 2 of 2 runs. seed 2025: no <text> seed 2026: no <text>");
  }

  @Test
  void aDataSetOfThePaperIsKnownByItsCounts() {
    assertThat(standings.title()).isEqualTo("Comparison on my_toys & more (the paper's Toys)");
    assertThat(standings.verdicts())
        .containsExactly(
            "hm4sr: NDCG@10 0.5313 ± 0.0442 against 0.0573 published: 827 % above (the paper's had"
                + " BERT texts and ViT pictures; this one text minilm and image none)",
            "sas-rec: NDCG@10 0.1875 against 0.0411 published: 356 % above");
    Standings other =
        SmallTable.of("Toys", Map.of("users", 5, "items", 6, "events", 7), SmallTable.results());
    assertThat(other.title()).isEqualTo("Comparison on Toys");
    assertThat(other.verdicts()).isEmpty();
  }

  @Test
  void aModelAloneIsComparedWithNothing() {
    Standings alone = SmallTable.of("a", SmallTable.TOYS, SmallTable.results().subList(0, 1));
    assertThat(alone.rows().get(0).tests()).isEmpty();
    assertThat(alone.complete()).isTrue();
    assertThat(TableFiles.markdown(alone)).doesNotContain("**0.");
    assertThat(StandingsFindings.of(alone, SmallTable.ORIGIN).tables())
        .extracting(Table::title)
        .contains("Test figures")
        .doesNotContain("Could it be chance?");
  }

  @Test
  void withoutAnyResultThereIsStillATable() {
    Standings none = SmallTable.of("a", SmallTable.TOYS, List.of(SmallTable.results().get(4)));
    assertThat(TableFiles.markdown(none)).contains("| core | 0 of 2 | – | – |");
    assertThat(StandingsFindings.of(none, SmallTable.ORIGIN).tables())
        .extracting(Table::title)
        .containsExactly("Audit");
    assertThat(TableFiles.latex(none)).contains("core & 0 of 2 & --");
  }
}
