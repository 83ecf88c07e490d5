package dev.horae.study;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.report.Findings;
import dev.horae.report.FindingsFiles;
import dev.horae.report.Origin;
import dev.horae.report.Table;
import dev.horae.report.Text;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
    Origin origin = Origins.now("horae compare", List.of("toys"), "leave-one-out", List.of(2025L));
    assertThat(TableFiles.write(standings, folder, origin))
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
            model                        NDCG@10 file   NDCG@10 random   change      file masked    random masked  change masked
            ------------------------  ---------------  ---------------  -------  ---------------  ---------------  -------------
            hm4sr                     0.5313 ± 0.0442  0.3750 ± 0.0884  -29.4 %  0.6250 ± 0.0000  0.4375 ± 0.0884        -30.0 %
            vmis-knn (heuristic)               0.3750  0.1875 ± 0.0884  -50.0 %           0.5000  0.3125 ± 0.0884        -37.5 %
            """)
        .contains("\nmost-popular (heuristic)           0.0538  0.0538 ± 0.0000   +0.0 %  ");
    assertThat(text.lines().filter(line -> line.matches("(model|hm4sr|most|core) .*")))
        .allMatch(line -> line.length() <= 120);
    assertThat(TableFiles.markdown(ties))
        .contains(" MRR@10 masked | NDCG@10 file | NDCG@10 random | change | file masked | random ")
        .contains(
            "Random: events of one user with equal times change places, in five orders, each with"
                + " the first seed; change is against the order of the file.");
    assertThat(TableFiles.latex(ties))
        .contains("\\multicolumn{3}{c}{NDCG@10 by order of equal times, masked}");
    assertThat(ComparisonPage.html(ties))
        .contains("<td data-name=\"NDCG@10 random\">0.3750<small>± 0.0884</small></td>");
    assertThat(TableFiles.csv(ties))
        .contains(
            ",orders_of_ties,ndcg@10_random_ties,ndcg@10_random_ties_deviation,"
                + "masked_ndcg@10_random_ties,masked_ndcg@10_random_ties_deviation,")
        .contains("\nmy_toys & more,core,neural,0,2,minilm,none,");
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
    assertThat(ComparisonPage.html(beyond))
        .contains("<th colspan=\"5\" class=\"group\">ten items shown</th>")
        .contains("<td data-name=\"popularity lift\">+1.25</td>");
    assertThat(TableFiles.latex(beyond))
        .contains("\\multicolumn{2}{c}{NDCG@10 by events before the target, masked}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"table", "tr", "td", "svg", "dl", "div", "ul", "li", "b", "u", "text"})
  void thePageClosesWhatItOpens(String tag) {
    String html = ComparisonPage.html(standings);
    assertThat(html.split("<" + tag + "[ >]").length)
        .isGreaterThan(1)
        .isEqualTo(html.split("</" + tag + ">").length);
  }

  @Test
  void thePageShowsTheTableAndLoadsNothing() {
    String html = ComparisonPage.html(standings);
    assertThat(html)
        .contains("<title>Comparison on my_toys &amp; more (the paper&#39;s Toys)</title>")
        .contains("<li>sas-rec is beaten by vmis-knn</li>")
        .contains(
            "<td data-name=\"NDCG@10\"><b>0.5313</b><small>± 0.0442</small></td>",
            "<td data-name=\"NDCG@10\"><u>0.3750</u></td>",
            "<td data-name=\"NDCG@10 masked\"><u>0.5000</u></td>",
            "<th colspan=\"2\" class=\"group\">NDCG@10</th>",
            "<td data-name=\"NDCG@10 masked p (Holm)\">1.000</td>")
        .contains("<th scope=\"row\">vmis-knn<small>(heuristic)</small></th>")
        .contains("<tr class=\"neural beaten\">", "<tr class=\"neural missing\">")
        .contains("hm4sr: 0.5313 ± 0.0442, 95 % interval 0.2180 to 0.8438")
        .contains("<div class=\"alarming\"><dt>made by</dt><dd><b>2 versions</b> 0.1; 0.2</dd>")
        .contains("no &lt;text&gt;")
        .doesNotContain("http:", "https:", "src=", "url(", ">NaN", "null");
    assertThat(html.split("<line class=\"mark\"")).hasSize(3); // hm4sr and sas-rec
  }
}
