package dev.horae.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.data.DataException;
import dev.horae.report.Table.Best;
import dev.horae.report.Table.Column;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FindingsFilesTest {

  private static final Table TABLE =
      new Table(
          "Models, by seed",
          List.of(
              Column.of("model"),
              new Column("NDCG@10", 4, Best.HIGHEST),
              Column.of("events"),
              Column.of("seconds", 1)),
          List.of(
              List.of("sas|rec", 0.04321999, 12_345L, 3),
              Arrays.asList("hm4sr", Double.NaN, null, 2.25)),
          "A note.");

  private static final Findings FINDINGS =
      new Findings(
          "Comparison on toys",
          "Two models.",
          new Origin(
              "horae compare --data toys",
              List.of("toys"),
              "leave-one-out",
              List.of(2025L),
              "1.0",
              "Linux amd64, 2 cores",
              "2026-11-30T00:00:00Z"),
          List.of(
              new Heading("First"),
              Text.warning("sasrec is beaten"),
              TABLE,
              Chart.of(Chart.Mark.BAR, TABLE, "model", "NDCG@10").by("model").noted("Drawn."),
              new Items(
                  "History", List.of(new Items.Shown("i1", "A *duck*", "2014-01-02", "", true)))));

  @TempDir Path folder;

  @Test
  void whatIsWrittenIsReadBack() {
    List<Path> files = FindingsFiles.write(FINDINGS, folder);

    assertThat(files).allSatisfy(file -> assertThat(file).isNotEmptyFile());
    Findings read = FindingsFiles.read(folder);
    assertThat(FindingsFiles.markdown(read)).isEqualTo(FindingsFiles.markdown(FINDINGS));
    assertThat(FindingsFiles.csv(read.tables().get(0))).isEqualTo(FindingsFiles.csv(TABLE));
    assertThat(read.blocks().get(3))
        .isInstanceOfSatisfying(
            Chart.class, chart -> assertThat(chart.series()).isEqualTo("model"));
  }

  @Test
  void filesHaveAllDigitsAndATableIsWrittenOnce() throws IOException {
    FindingsFiles.write(FINDINGS, folder);

    assertThat(Files.readString(folder.resolve("models-by-seed.csv")))
        .isEqualTo(
            """
            model,NDCG@10,events,seconds
            sas|rec,0.04321999,12345,3
            hm4sr,,,2.25
            """);
    try (var all = Files.list(folder)) {
      assertThat(all.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "models-by-seed.csv", "findings.md", "report.html", "findings.json");
    }
  }

  @Test
  void markdownRoundsAndEscapes() {
    assertThat(FindingsFiles.markdown(FINDINGS))
        .contains("# Comparison on toys\n\nTwo models.\n")
        .contains("\n## First\n\n**sasrec is beaten**\n")
        .contains("| sas\\|rec | 0.0432 | 12,345 | 3.0 |\n| hm4sr | – | – | 2.3 |\n\nA note.\n")
        .contains("\nDrawn.\n")
        .containsOnlyOnce("| model |")
        .contains("- **A \\*duck\\***, 2014-01-02\n")
        .contains("`horae compare --data toys`, 2026-11-30T00:00:00Z");
  }

  @Test
  void whatIsNotNothingDoesNotLookLikeIt() {
    Column p = Column.of("p", 4);
    assertThat(FindingsFiles.text(0.00003, p)).isEqualTo("<0.0001");
    assertThat(FindingsFiles.text(-0.00003, p)).isEqualTo(">-0.0001");
    assertThat(FindingsFiles.text(0.00005, p)).isEqualTo("0.0001");
    assertThat(FindingsFiles.text(0.0, p)).isEqualTo("0.0000");
    assertThat(FindingsFiles.text(0.1 + 0.2 - 0.3, p)).isEqualTo("0.0000");
    assertThat(FindingsFiles.text(0.3 - 0.2 - 0.1, p)).isEqualTo("0.0000");
    assertThat(FindingsFiles.text(0.3, Column.of("n"))).isEqualTo("<1");
    assertThat(FindingsFiles.text(0, Column.of("n"))).isEqualTo("0");
  }

  /** File systems may not tell their case apart. */
  @Test
  void titlesThatDifferInCaseOnlyHaveFilesOfTheirOwn() {
    Table small = new Table("User a", List.of(Column.of("item")), List.of(List.of("x")), "");
    Table large = new Table("User A", List.of(Column.of("item")), List.of(List.of("y")), "");
    Findings both = new Findings("Users", "", FINDINGS.origin(), List.of(small, large, small));

    FindingsFiles.write(both, folder);

    assertThat(folder.resolve("user-a.csv")).content().isEqualTo("item\nx\n");
    assertThat(folder.resolve("user-a-2.csv")).content().isEqualTo("item\ny\n");
    assertThat(FindingsPage.html(both)).contains("\"name\":\"user-a-2\"");
  }

  @Test
  void aTableRefusesRowsAndCellsThatItCannotShow() {
    List<Column> columns = List.of(Column.of("a"), Column.of("b"));
    assertThatThrownBy(() -> new Table("T", columns, List.of(List.of(1)), ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has 1 cells, there are 2 columns");
    assertThatThrownBy(() -> new Table("T", columns, List.of(List.of(1, true)), ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("true is neither a text nor a number");
  }

  @Test
  void aChartRefusesColumnsThatItsTableLacks() {
    assertThatThrownBy(() -> Chart.of(Chart.Mark.LINE, TABLE, "epoch", "NDCG@10"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("there is no column epoch");
  }

  @Test
  void aFolderWithoutFindingsIsNamed() {
    assertThatThrownBy(() -> FindingsFiles.read(folder))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(folder.resolve("findings.json").toString());
  }
}
