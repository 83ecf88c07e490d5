package dev.horae.study;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.report.Findings;
import dev.horae.report.FindingsFiles;
import dev.horae.report.FindingsPage;
import dev.horae.report.Table;
import dev.horae.report.Text;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tables whole: {@link StandingsTest} works out their figures. */
class TableFilesTest {

  private final Standings standings = SmallTable.standings();

  private static String expected(String name) throws IOException {
    try (InputStream in = TableFilesTest.class.getResourceAsStream("/study/" + name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void everyKindOfFileIsWritten(@TempDir Path folder) throws IOException {
    assertThat(TableFiles.write(standings, folder, SmallTable.ORIGIN))
        .extracting(file -> file.getFileName().toString())
        .containsExactly(
            "my_toys & more.md",
            "my_toys & more.csv",
            "my_toys & more.tex",
            "my_toys & more.html",
            "my_toys & more.findings.json");
    for (String kind : new String[] {"md", "csv", "tex"}) {
      assertThat(Files.readString(folder.resolve("my_toys & more." + kind)))
          .isEqualTo(expected("table." + kind));
    }
    Findings findings = FindingsFiles.readAll(folder).get(0);
    assertThat(findings.title()).isEqualTo(standings.title());
    assertThat(findings.blocks().get(0)).isEqualTo(Text.warning(standings.warnings().get(0)));
    Table figures = findings.tables().get(0);
    for (int r = 0; r < figures.rows().size(); r++) {
      Standings.Row row = standings.rows().get(r);
      assertThat(figures.rows().get(r).get(0)).isEqualTo(row.model());
      assertThat(figures.rows().get(r).get(3)).isEqualTo(row.mean(Standings.METRICS.get(0)));
    }
    assertThat(findings.tables())
        .extracting(Table::title)
        .contains("NDCG@10 by model", "Could it be chance?", "Cost", "Audit");
  }

  @Test
  void aTerminalShowsFourPartsOfATableThatFit() throws IOException {
    assertThat(TerminalText.of(standings, false)).isEqualTo(expected("table.txt"));
    assertThat(TerminalText.of(standings, false).lines().filter(line -> line.startsWith("hm4sr  ")))
        .hasSize(4)
        .allMatch(line -> line.length() <= 104);
    assertThat(TerminalText.of(standings, true).replaceAll("\u001b\\[[0-9]m", ""))
        .isEqualTo(TerminalText.of(standings, false));
    assertThat(TerminalText.of(standings, true))
        .contains("\u001b[1m0.5313 ± 0.0442\u001b[0m", "\u001b[4m0.3750\u001b[0m")
        .contains("\u001b[1mWARNING: sas-rec is beaten by vmis-knn");
  }

  @Test
  void otherOrdersOfEqualTimesStandBesideTheFiles() {
    Standings ties = SmallTable.withTies();
    String text = TerminalText.of(ties, false);
    assertThat(text)
        .contains(
            """
            model                     NDCG@10 file   NDCG@10 random   change  file masked    random masked  change masked
            ------------------------  ------------  ---------------  -------  -----------  ---------------  -------------
            hm4sr                           0.5625  0.3750 ± 0.0884  -33.3 %       0.6250  0.4375 ± 0.0884        -30.0 %
            vmis-knn (heuristic)            0.3750  0.1875 ± 0.0884  -50.0 %       0.5000  0.3125 ± 0.0884        -37.5 %
            """)
        .contains("\nmost-popular (heuristic)        0.0538  0.0538 ± 0.0000   +0.0 %  ");
    assertThat(text.lines().filter(line -> line.matches("(model|hm4sr|most|core) .*")))
        .allMatch(line -> line.length() <= 120);
    assertThat(TableFiles.markdown(ties))
        .contains(" MRR@10 masked | NDCG@10 file | NDCG@10 random | change | file masked | random ")
        .contains(
            "Random: events of one user with equal times change places, in five orders; change is"
                + " against the order of the file, all with the first seed.");
    assertThat(TableFiles.latex(ties))
        .contains("\\multicolumn{3}{c}{NDCG@10 by order of equal times, masked}");
    assertThat(table(ties, "Order of equal times").rows().get(0))
        .containsExactly("hm4sr", 0.5625, 0.375, 0.625, 0.4375);
    assertThat(TableFiles.csv(ties))
        .contains(
            ",orders_of_ties,ndcg@10_random_ties,ndcg@10_random_ties_deviation,"
                + "masked_ndcg@10_random_ties,masked_ndcg@10_random_ties_deviation,")
        .contains("\nmy_toys & more,core,trained,0,2,minilm,none,");
    assertThat(ties.warnings().get(2))
        .isEqualTo("core lacks 4 of 4 runs. seed 2025: no <text> seed 2026: no <text>");
    assertThat(ties.complete()).isFalse();
  }

  @Test
  void whatIsBeyondAccuracyStandsBesideIt() {
    Standings beyond = SmallTable.withBeyondAccuracy();
    assertThat(TerminalText.of(beyond, false))
        .contains(
            """
            model                     coverage  novelty  popularity lift  long tail   cold
            ------------------------  --------  -------  ---------------  ---------  -----
            hm4sr                       62.5 %     9.50            +1.25     37.5 %  6.3 %
            """)
        .contains(
            """

            NDCG@10 by events before the target
            model                     1–4 (n 5)  5–9 (n 12,345)
            ------------------------  ---------  --------------
            hm4sr                        0.2500          0.1250
            """)
        .contains(
            """

            NDCG@10 by events before the target, masked
            model                     1–4 (n 5)  5–9 (n 12,345)
            ------------------------  ---------  --------------
            hm4sr                        0.5000          0.3750
            """)
        .containsPattern("\ncore +– +–\n");
    assertThat(TableFiles.markdown(beyond))
        .contains(
            "| coverage | novelty | popularity lift | long tail | cold | NDCG@10 after 1–4 (n 5) |"
                + " NDCG@10 after 5–9 (n 12,345) | NDCG@10 masked after 1–4 (n 5) |")
        .contains(
            "The ten items shown are those that recommend shows, history left out: coverage, share"
                + " of the catalogue in any list; novelty, mean -log2 of an item's share of"
                + " training events; popularity lift, how much more often they were trained on than"
                + " the histories' items; long tail, share outside the items with 80 % of the"
                + " events; cold, share without any.");
    assertThat(TableFiles.csv(beyond))
        .contains(
            ",coverage@10,novelty@10,popularity_lift@10,long_tail_share@10,cold_share@10,"
                + "users_after_1_to_4,ndcg@10_after_1_to_4,masked_ndcg@10_after_1_to_4,",
            ",users_after_50_or_more,")
        .contains(",0.625,9.5,1.25,0.375,0.0625,5,0.25,0.5,12345,0.125,0.375,0,0,0,")
        .contains(",,,,,,5,,,12345,,,0,,,"); // core, of which nothing is known
    assertThat(table(beyond, "Beyond accuracy").rows().get(0))
        .containsExactly("hm4sr", 62.5, 9.5, 1.25, 37.5, 6.25);
    assertThat(table(beyond, "NDCG@10 masked by events before the target").rows().get(0))
        .containsExactly("hm4sr", 0.5, 0.375);
    assertThat(TableFiles.latex(beyond))
        .contains("\\multicolumn{2}{c}{NDCG@10 by events before the target, masked}");
  }

  @Test
  void findingsShowWhatTheTableDoes() {
    Findings findings = StandingsFindings.of(standings, SmallTable.ORIGIN);
    assertThat(findings.title()).isEqualTo("Comparison on my_toys & more (the paper's Toys)");
    assertThat(findings.blocks())
        .startsWith(Text.warning("sas-rec is beaten by vmis-knn"))
        .contains(Text.warning("made by: 2 versions 0.1; 0.2"));
    assertThat(table(standings, "NDCG@10 by model").rows())
        .filteredOn(row -> "published".equals(row.get(1)))
        .extracting(row -> row.get(0))
        .containsExactly("hm4sr", "sas-rec");
    assertThat(FindingsPage.html(findings)).contains("no &lt;text&gt;").doesNotContain(">NaN");
  }

  private static Table table(Standings standings, String title) {
    return StandingsFindings.of(standings, SmallTable.ORIGIN).tables().stream()
        .filter(table -> table.title().equals(title))
        .findFirst()
        .orElseThrow();
  }
}
