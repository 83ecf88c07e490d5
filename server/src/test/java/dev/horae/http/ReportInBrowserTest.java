package dev.horae.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.report.Chart;
import dev.horae.report.Chart.Mark;
import dev.horae.report.Findings;
import dev.horae.report.FindingsFiles;
import dev.horae.report.Heading;
import dev.horae.report.Origin;
import dev.horae.report.Table;
import dev.horae.report.Table.Best;
import dev.horae.report.Table.Column;
import dev.horae.report.Text;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.assertj.core.api.SoftAssertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;

/** The page of {@code report} in a real browser, which stands in this module. */
class ReportInBrowserTest {

  private static final Table MODELS =
      new Table(
          "Models",
          List.of(
              Column.of("model"),
              new Column("NDCG@10", 4, Best.HIGHEST),
              new Column("seconds", 1, Best.LOWEST)),
          List.of(
              List.of("sasrec", 0.0432, 12.25),
              List.of("hm4sr", 0.0571, 100),
              Arrays.asList("pop", 0.01, null),
              List.of("a model with a name as long as a line of text is", 0.02, 7)),
          "A note.");

  private static final Table LENGTHS =
      new Table(
          "Users by events",
          List.of(Column.of("events"), Column.of("users")),
          List.of(
              List.of("3–4", 900),
              List.of("5–9", 4_000),
              List.of("10–19", 1_200),
              List.of("20–49", 400),
              List.of("50–99", 90),
              List.of("100–199", 12),
              List.of("≥ 200", 3)),
          "");

  @TempDir static Path folder;
  private static Browser browser;

  @BeforeAll
  static void write() {
    Optional<Browser> found = Browser.open();
    Assumptions.assumeTrue(
        found.isPresent(), "the page of report was not tested: install " + Browser.NEEDED);
    browser = found.get();
    Table curves =
        new Table(
            "Learning curves",
            List.of(Column.of("epoch"), Column.of("value", 4), Column.of("model")),
            IntStream.range(0, 60)
                .mapToObj(
                    i ->
                        Arrays.<@Nullable Object>asList(
                            i / 2, Math.log(2 + i), i % 2 == 0 ? "hm4sr" : "sasrec"))
                .toList(),
            "");
    Findings findings =
        new Findings(
            "Comparison on toys",
            "Four models.",
            new Origin(
                "horae compare --data toys",
                List.of("toys"),
                "leave-one-out",
                List.of(2025L),
                "1.0",
                "Linux",
                "2026-11-30"),
            List.of(
                Text.warning("One run failed."),
                new Heading("Figures"),
                MODELS,
                Chart.of(Mark.DOT, MODELS, "model", "NDCG@10"),
                Chart.of(Mark.BAR, LENGTHS, "events", "users"),
                Chart.of(Mark.LINE, curves, "epoch", "value").by("model")));
    FindingsFiles.write(findings, folder);
    browser
        .driver()
        .executeCdpCommand(
            "Browser.setDownloadBehavior",
            Map.of("behavior", "allow", "downloadPath", folder.resolve("saved").toString()));
  }

  @AfterAll
  static void closeBrowser() {
    if (browser != null) {
      browser.close();
    }
  }

  @BeforeEach
  void open() {
    browser.screen(1280, 900, false);
    browser.open(folder.resolve(FindingsFiles.PAGE).toUri().toString());
  }

  private static List<String> models() {
    return browser.texts("table[data-table='0'] tbody th");
  }

  private static void sort(String column) {
    browser
        .driver()
        .findElement(By.xpath("//table[@data-table='0']//th/button[.='" + column + "']"))
        .click();
  }

  @Test
  void tablesSortBestFirstThenTheOtherWayThenAsTheyWere() {
    String longest = "a model with a name as long as a line of text is";
    sort("NDCG@10");
    assertThat(models()).containsExactly("hm4sr", "sasrec", longest, "pop");
    sort("NDCG@10");
    assertThat(models()).containsExactly("pop", longest, "sasrec", "hm4sr");
    sort("NDCG@10");
    assertThat(models()).containsExactly("sasrec", "hm4sr", "pop", longest);
    sort("seconds"); // the lowest is the best, and what is empty stays below
    assertThat(models()).containsExactly(longest, "sasrec", "hm4sr", "pop");
    sort("seconds");
    assertThat(models()).containsExactly("hm4sr", "sasrec", longest, "pop");
    sort("model");
    assertThat(models()).containsExactly(longest, "hm4sr", "pop", "sasrec");
  }

  @Test
  void figuresAndDrawingsAreSaved() throws IOException {
    List<WebElement> buttons = browser.all(".save button");
    assertThat(buttons).isNotEmpty();
    buttons.forEach(WebElement::click);
    Path saved = folder.resolve("saved");
    for (String name : List.of("models.csv", "models.svg", "models.png", "users-by-events.svg")) {
      browser.until(name, () -> Files.exists(saved.resolve(name)));
    }
    assertThat(saved.resolve("models.csv")).hasSameTextualContentAs(folder.resolve("models.csv"));
    assertThat(Files.readString(saved.resolve("models.svg")))
        .startsWith("<svg ")
        .contains("hm4sr", "NDCG@10");
    assertThat(Files.readAllBytes(saved.resolve("models.png")))
        .startsWith(0x89, 'P', 'N', 'G')
        .hasSizeGreaterThan(10_000);
  }

  @Test
  void fitsEveryScreenAndIsAccessible() {
    SoftAssertions softly = new SoftAssertions();
    for (int width : List.of(1280, 390)) {
      for (boolean dark : List.of(false, true)) {
        String screen = width + (dark ? " dark" : " light");
        browser.screen(width, 844, dark);
        browser.open(folder.resolve(FindingsFiles.PAGE).toUri().toString());
        softly
            .assertThat(browser.run("return document.documentElement.scrollWidth"))
            .as(screen)
            .isEqualTo((long) width);
        softly.assertThat(browser.all(".plot svg")).as(screen).hasSize(3);
        for (List<Object> row : LENGTHS.rows()) {
          softly.assertThat(browser.texts(".plot text")).as(screen).contains("" + row.get(0));
        }
        softly.assertThat(browser.barriers()).as(screen).isEmpty();
        softly.assertThat(browser.complaints(said -> false)).as(screen).isEmpty();
      }
    }
    softly.assertAll();
  }
}
