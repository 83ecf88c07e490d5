package dev.horae.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.data.Json;
import dev.horae.report.Chart.Mark;
import dev.horae.report.Table.Best;
import dev.horae.report.Table.Column;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class FindingsPageTest {

  private static final String HOSTILE = "</script><b>\"x\" & 'y'</b><!-- \u2028";
  private static final String HARMLESS =
      "&lt;/script&gt;&lt;b&gt;&quot;x&quot; &amp; &#39;y&#39;&lt;/b&gt;&lt;!-- \u2028";

  private static final Table MODELS =
      new Table(
          "Models",
          List.of(
              Column.of("model"),
              new Column("NDCG@10", 4, Best.HIGHEST),
              new Column("seconds", 1, Best.LOWEST),
              Column.of("events")),
          List.of(
              List.of("sasrec", 0.04321999, 12.25, 12_345L),
              List.of("hm4sr", 0.04322001, 100, 1L),
              Arrays.asList("pop", 0.01, null, null)),
          "A note.");

  private static final Origin ORIGIN =
      new Origin(
          "horae compare --data toys",
          List.of("toys"),
          "leave-one-out",
          List.of(2025L, 2026L),
          "1.0",
          "Linux amd64, 2 cores",
          "2026-11-30T00:00:00Z");

  private static Findings findings(String title, Block... blocks) {
    return new Findings(title, "Two models.", ORIGIN, List.of(blocks));
  }

  /** What the script of the page is given. */
  private static JsonNode data(String html) throws Exception {
    String opening = "<script type=\"application/json\" id=\"data\">";
    int start = html.indexOf(opening) + opening.length();
    return Json.MAPPER.readTree(html.substring(start, html.indexOf("</script>", start)));
  }

  @Test
  void aTableIsPlainHtmlWithItsBestInBold() {
    assertThat(FindingsPage.html(findings("Comparison", MODELS)))
        .contains(
            "<h1>Comparison</h1>",
            "<h3>Models</h3>",
            "<th scope=\"col\" class=\"text short\">model</th>"
                + "<th scope=\"col\" class=\"number\">NDCG@10</th>",
            // They differ in the seventh digit, and look the same.
            "<th scope=\"row\" class=\"text short\">sasrec</th><td class=\"number\"><b>0.0432</b></td>"
                + "<td class=\"number\"><b>12.3</b></td><td class=\"number\">12,345</td>",
            "<th scope=\"row\" class=\"text short\">hm4sr</th><td class=\"number\"><b>0.0432</b></td>"
                + "<td class=\"number\">100.0</td><td class=\"number\">1</td>",
            "<td class=\"number\">0.0100</td><td class=\"number\">–</td>",
            "<p class=\"note\">A note.</p>");
  }

  @Test
  void theScriptHasAllDigitsAndATableOnce() throws Exception {
    Chart bars = Chart.of(Mark.BAR, MODELS, "model", "NDCG@10");
    Chart dots =
        Chart.of(Mark.DOT, MODELS, "seconds", "NDCG@10").by("model").logarithmic(true, false);
    JsonNode data = data(FindingsPage.html(findings("Comparison", MODELS, bars, dots)));

    assertThat(data.at("/tables")).hasSize(1);
    assertThat(data.at("/tables/0/rows/0/1").doubleValue()).isEqualTo(0.04321999);
    assertThat(data.at("/tables/0/rows/2/2").isNull()).isTrue();
    assertThat(data.at("/tables/0/csv").textValue()).isEqualTo(FindingsFiles.csv(MODELS));
    assertThat(data.at("/charts/1").toString())
        .isEqualTo(
            "{\"name\":\"models\",\"table\":0,\"mark\":\"DOT\",\"x\":\"seconds\",\"y\":\"NDCG@10\","
                + "\"series\":\"model\",\"low\":null,\"high\":null,\"log_x\":true,"
                + "\"log_y\":false}");
  }

  @Test
  void aChartShowsItsTableUnlessThePageDoesAnyway() {
    Chart chart = Chart.of(Mark.LINE, MODELS, "seconds", "NDCG@10").noted("Drawn.");

    assertThat(FindingsPage.html(findings("Alone", chart)))
        .contains("<figure class=\"chart\" data-chart=\"0\">", "<p class=\"note\">Drawn.</p>")
        .contains("<details><summary>The figures</summary>")
        .containsOnlyOnce("<table");
    assertThat(FindingsPage.html(findings("Both", MODELS, chart)))
        .doesNotContain("<details>")
        .containsOnlyOnce("<table");
  }

  @Test
  void theLibraryIsInsideWhereThereIsAChartAndNothingIsLoaded() {
    String without = FindingsPage.html(findings("Without", MODELS));
    String with =
        FindingsPage.html(findings("With", Chart.of(Mark.BAR, MODELS, "model", "seconds")));

    assertThat(without).hasSizeLessThan(60_000);
    assertThat(with).contains("Apache Software Foundation").hasSizeGreaterThan(1_000_000);
    assertThat(List.of(without, with))
        .allSatisfy(
            html ->
                assertThat(html)
                    .contains("default-src 'none'; base-uri 'none'", "; script-src 'sha256-")
                    .doesNotContain("<link", "<script src", "@import"));
  }

  @Test
  void noTextOfOthersIsMarkup() throws Exception {
    Table table =
        new Table(
            HOSTILE,
            List.of(Column.of(HOSTILE), Column.of("n")),
            List.of(List.of(HOSTILE, 1), List.of("=1+1", 2)),
            HOSTILE);
    Chart chart = Chart.of(Mark.BAR, table, HOSTILE, "n").by(HOSTILE).noted(HOSTILE);
    Items.Shown item = new Items.Shown(HOSTILE, HOSTILE, HOSTILE, "\" onerror=\"alert(1)", true);
    Origin origin =
        new Origin(HOSTILE, List.of(HOSTILE), HOSTILE, List.of(), HOSTILE, HOSTILE, HOSTILE);
    List<Block> blocks =
        List.of(
            new Heading(HOSTILE),
            Text.of(HOSTILE),
            Text.warning(HOSTILE),
            table,
            chart,
            new Items(HOSTILE, List.of(item)));
    Findings findings = new Findings(HOSTILE, HOSTILE, origin, blocks);

    for (String html :
        List.of(FindingsPage.html(findings), FindingsPage.html(List.of(findings, findings)))) {
      assertThat(html)
          .doesNotContain("</script><b>", "<!--", " onerror=")
          .contains("<code>" + HARMLESS + "</code>", "src=\"&quot; onerror&#x3D;&quot;alert(1)\"")
          .contains("<p class=\"warning\">" + HARMLESS + "</p>", "title=\"" + HARMLESS + "\"");
      assertThat(html.split("<script", -1)).hasSize(4); // the figures, the library, ours
      assertThat(data(html).at("/tables/0/rows/0/0").textValue()).isEqualTo(HOSTILE);
      assertThat(data(html).at("/tables/0/csv").textValue()).contains("\n'=1+1,2\n");
    }
  }

  @Test
  void severalHaveATableOfContentsAndEachItsOrigin() {
    Findings first = findings("First", new Heading("Part"), MODELS);
    Findings second = findings("Second", MODELS);
    String html = FindingsPage.html(List.of(first, second));

    assertThat(html)
        .contains("<h1>Report</h1>", "<p class=\"lead\">2 experiments on toys.</p>")
        .contains("<li><a href=\"#part-1\">First</a></li>\n<li><a href=\"#part-2\">Second</a></li>")
        .contains("<article id=\"part-1\">\n<h2>First</h2>", "<h3 class=\"heading\">Part</h3>")
        .contains("<h4>Models</h4>");
    assertThat(html.split("<dd>2025, 2026</dd>", -1)).hasSize(3);
    assertThat(FindingsPage.html(List.of(first)))
        .isEqualTo(FindingsPage.html(first))
        .doesNotContain("<nav");
  }

  @Test
  void itemsHaveTheirPictures() {
    Items items =
        new Items(
            "History",
            List.of(
                new Items.Shown("i1", "A duck", "2014-01-02", "data:image/png;base64,AA==", false),
                new Items.Shown("i2", "A goose", "", "", true)));
    assertThat(FindingsPage.html(findings("Items", items)))
        .contains(
            "<li title=\"i1\"><img alt=\"\" src=\"data:image/png;base64,AA&#x3D;&#x3D;\">"
                + "<b>A duck</b><span>2014-01-02</span></li>",
            "<li class=\"marked\" title=\"i2\"><b>A goose</b></li>");
  }
}
