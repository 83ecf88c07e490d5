package dev.horae.cli;

import static dev.horae.cli.TrainedShop.done;
import static dev.horae.cli.TrainedShop.horae;
import static dev.horae.cli.TrainedShop.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.report.Chart;
import dev.horae.report.Findings;
import dev.horae.report.Items;
import dev.horae.report.Table;
import dev.horae.run.RunDirectory;
import dev.horae.study.RunFindings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ReportCommandTest {

  private static List<String> titles(Findings findings) {
    return findings.tables().stream().map(Table::title).toList();
  }

  private static Findings found(Path folder) {
    RunDirectory run = RunDirectory.open(folder);
    return RunFindings.of(run, null, ReportCommand.command(run));
  }

  @Test
  void aRunHasAPageOfItsOwn() throws IOException {
    TrainedShop shop = TrainedShop.get();
    Path run = shop.copy(shop.run(), "reported");

    assertThat(done("report", run).out())
        .isEqualTo("hm4sr on data, seed 2025\nwrote " + run.resolve("report.html") + "\n");
    assertThat(Files.readString(run.resolve("report.html")))
        .contains(
            "<h1>hm4sr on data, seed 2025</h1>",
            "Validation by epoch",
            "<h2 class=\"heading\">Examples</h2>")
        .contains("src=\"data:image/jpeg;base64,");
    assertThat(done("show", run).out()).contains("hm4sr"); // a page more does not spoil a run
  }

  @Test
  void aRunTellsItsFiguresWhomItServesAndExamples() throws IOException {
    TrainedShop shop = TrainedShop.get();
    Findings findings = found(shop.run());

    assertThat(titles(findings))
        .containsExactly(
            "Test figures",
            "Validation by epoch",
            "Loss by epoch",
            "NDCG@10 by length of the history",
            "NDCG@10 by popularity of the target",
            "Where the test targets rank",
            "Settings other than the defaults",
            "Cost",
            "Protocol and inputs");
    Table ranks = findings.tables().get(5);
    for (String way : List.of("un-masked", "masked")) {
      assertThat(
              ranks.rows().stream()
                  .filter(row -> way.equals(row.get(1)))
                  .mapToLong(row -> ((Number) row.get(2)).longValue())
                  .sum())
          .isEqualTo(60); // every user is somewhere
    }
    assertThat(findings.tables().get(6).rows().stream().map(row -> row.get(0)))
        .contains("train.epochs", "model.hidden_size");
    assertThat(findings.origin().seeds()).containsExactly(2025L);
    assertThat(findings.origin().command())
        .startsWith("horae train --data " + shop.data() + " --out " + shop.run() + " model.type=")
        .contains(" train.epochs=2");
    List<Items> examples =
        findings.blocks().stream().filter(Items.class::isInstance).map(Items.class::cast).toList();
    assertThat(examples).hasSizeBetween(2, 8);
    for (int i = 0; i < examples.size(); i += 2) {
      List<Items.Shown> history = examples.get(i).items();
      assertThat(history.get(history.size() - 1).marked()).isTrue();
      assertThat(history.stream().filter(Items.Shown::marked)).hasSize(1);
      String next = history.get(history.size() - 1).id();
      int place =
          Integer.parseInt(examples.get(i + 1).title().replaceAll(".* ranks (\\d+) of 48", "$1"));
      List<Items.Shown> top = examples.get(i + 1).items();
      assertThat(top).hasSize(5);
      for (int t = 0; t < top.size(); t++) { // what is shown is what was ranked
        assertThat(top.get(t).id().equals(next)).isEqualTo(t + 1 == place);
        assertThat(top.get(t).marked()).isEqualTo(t + 1 == place);
      }
    }
  }

  @Test
  void withoutItsDataARunTellsWhatItKnows() throws IOException {
    TrainedShop shop = TrainedShop.get();
    Path data = shop.copy(shop.data(), "moved");
    Path run = shop.folder().resolve("run-of-moved");
    assertThat(TrainedShop.train(data, run, "model.type=sasrec", "train.epochs=1").code()).isZero();
    Path elsewhere = shop.folder().resolve("moved-to");
    Files.move(data, elsewhere);

    Findings without = found(run);
    assertThat(titles(without))
        .contains("Test figures", "Loss by epoch")
        .doesNotContain("Where the test targets rank");
    assertThat(without.blocks().toString())
        .contains("they need the data set, which is no longer at " + data);
    done("report", run, "--data", elsewhere, "--out", shop.folder().resolve("moved.html"));
    assertThat(Files.readString(shop.folder().resolve("moved.html")))
        .contains("Where the test targets rank");
  }

  @Test
  void modelsThatCountHaveNoEpochs() throws IOException {
    TrainedShop shop = TrainedShop.get();
    Path run = shop.folder().resolve("counted");
    done("train", "--data", shop.data(), "--out", run, "model.type=most-popular");
    Findings findings = found(run);
    assertThat(titles(findings)).contains("Test figures", "Where the test targets rank");
    assertThat(findings.blocks().stream().filter(Chart.class::isInstance)).hasSize(3);
  }

  @Test
  void experimentsAndRunsAreOnePage() throws IOException {
    TrainedShop shop = TrainedShop.get();
    Path study = shop.folder().resolve("study-of-data");
    done("study", "data", "--data", shop.data(), "--out", study);
    Path page = shop.folder().resolve("all.html");

    assertThat(done("report", study, shop.run(), "--out", page).out())
        .isEqualTo("Data of data\nhm4sr on data, seed 2025\nwrote " + page + "\n");
    assertThat(Files.readString(page))
        .contains("<a href=\"#part-1\">Data of data</a>", "<h2>hm4sr on data, seed 2025</h2>");
    try (Stream<Path> files = Files.list(shop.run())) {
      assertThat(files.map(file -> file.getFileName().toString())).doesNotContain("report.html");
    }
  }

  @Test
  void whatIsNeitherIsRefused() throws IOException {
    TrainedShop shop = TrainedShop.get();
    refused(
        3,
        shop.data()
            + ": holds neither a run nor findings; give a directory that 'horae train' made, or the"
            + " --out of an experiment. Where an experiment wrote no findings yet, start it again:"
            + " what is trained stays\n",
        "report",
        shop.data());
    assertThat(shop.data().resolve("report.html")).doesNotExist();
    Path nowhere = shop.folder().resolve("nowhere");
    assertThat(horae("report", nowhere).err()).startsWith(nowhere + ": is not there; give a ");
    assertThat(nowhere).doesNotExist();
    assertThat(horae("report", shop.data(), "--data", shop.data()).err())
        .contains("--data " + shop.data() + ": none of the directories is a run; leave it out");
  }
}
