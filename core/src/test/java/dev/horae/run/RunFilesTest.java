package dev.horae.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.horae.config.ConfigReader;
import dev.horae.data.DataException;
import dev.horae.data.Json;
import dev.horae.data.Progress;
import dev.horae.data.WriterLock;
import dev.horae.eval.Ranking;
import dev.horae.machine.Machine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What later readers find in a run directory. */
class RunFilesTest {

  private static final List<String> USERS = List.of("=plain", "a, \"b\"\nc", "unranked", "");

  @TempDir Path folder;

  @Test
  void ranksAreReadAsTheyWereWritten() {
    RunDirectory run = new RunDirectory(folder);
    int[] ranks = {3, 1, 120};
    int[] masked = {2, 1, 119};
    Ranking ranking = new Ranking(new int[] {0, 1, 3}, ranks, masked, 0, 0);
    RunConfig config = ConfigReader.read(null, List.of(), RunConfig.class);
    Map<String, Double> seconds = Map.of("training", 1.0, "evaluating", 1.0);
    Map<String, Double> rates = Map.of("seconds_per_epoch", 1.0, "examples_per_second", 1.0);
    run.writeJson("provenance.json", Map.of("checksums", Map.of("items.jsonl", "1")));
    RunReport report =
        RunReport.of("m", config, 1, 1, ranking, ranking, seconds, rates, 1, 1, Optional.empty());
    run.writeResult(report, USERS, ranking, ranking);
    assertThat(run.report()).contains(report);
    List<String> ranked = List.of("=plain", "a, \"b\"\nc", "");
    RunDirectory.Ranks read = run.readRanks("ranks-test.csv", ranked);
    assertThat(run.file("ranks-test.csv")).content().contains("\n'=plain,3,2\n");
    String anew =
        "remove %s and write the result anew with: ``Training.resume(%s)``"
            .formatted(run.file("metrics.json"), folder);
    assertThat(read.ranks()).containsExactly(ranks);
    assertThat(read.maskedRanks()).containsExactly(masked);
    assertThatThrownBy(() -> run.readRanks("ranks-test.csv", List.of("=plain", "unranked")))
        .isInstanceOf(DataException.class)
        .hasMessage(
            run.file("ranks-test.csv")
                + ": has no ranks of user unranked where they should be; "
                + anew);
    assertThatThrownBy(() -> run.readRanks("ranks-test.csv", ranked.subList(0, 2)))
        .isInstanceOf(DataException.class)
        .hasMessage(
            run.file("ranks-test.csv")
                + ": has more ranks than the data set has test users; "
                + anew);
    assertThatThrownBy(() -> run.readRanks("none.csv", USERS))
        .isInstanceOf(DataException.class)
        .hasMessage(run.file("none.csv") + ": cannot be read: no such file; " + anew);
  }

  @Test
  void figuresOfEpochsAreReadByTheirNames() throws IOException {
    RunDirectory run = new RunDirectory(folder);
    assertThat(run.figures("valid_ndcg@20")).isEmpty();
    run.writeEpoch(0, Map.of("valid_ndcg@20", "0.25"));
    run.writeEpoch(1, Map.of("valid_ndcg@20", "0.5"));
    assertThat(run.figures("valid_ndcg@20"))
        .containsExactly(new RunDirectory.Figure(1, 0.25), new RunDirectory.Figure(2, 0.5));
    assertThat(run.figures("valid_mrr@20")).isEmpty();
    Files.writeString(run.file("epochs.csv"), "epoch,valid_ndcg@20\n1,much\n");
    assertThatThrownBy(() -> run.figures("valid_ndcg@20"))
        .isInstanceOf(DataException.class)
        .hasMessage(run.file("epochs.csv") + ": valid_ndcg@20 of epoch 1 is no number: much");
  }

  private static Map<String, String> cells(String... namesAndValues) {
    Map<String, String> cells = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      cells.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return cells;
  }

  /** Some models add a part to their loss after many epochs. */
  @Test
  void figuresOfAnEpochKeepTheirNamesWhenMoreIsMeasuredLater() throws IOException {
    RunDirectory run = new RunDirectory(folder);
    run.writeEpoch(0, cells("loss_rec", "3", "valid_ndcg@20", "0.2", "seconds", "9"));
    run.writeEpoch(1, cells("loss_rec", "2", "valid_ndcg@20", "0.5", "seconds", "8"));
    run.writeEpoch(2, cells("loss_cl", "6", "loss_rec", "1", "valid_ndcg@20", "0.4"));
    assertThat(run.file("epochs.csv"))
        .hasContent(
            """
            epoch,loss_cl,loss_rec,valid_ndcg@20,seconds
            1,,3,0.2,9
            2,,2,0.5,8
            3,6,1,0.4,
            """);
    assertThat(run.epochs()).isEqualTo(3);
    assertThat(run.figureNames())
        .containsExactly("loss_cl", "loss_rec", "valid_ndcg@20", "seconds");
    assertThat(run.figures("loss_cl")).containsExactly(new RunDirectory.Figure(3, 6));
    assertThat(run.figures("seconds"))
        .containsExactly(new RunDirectory.Figure(1, 9), new RunDirectory.Figure(2, 8));
    assertThat(run.figures("valid_ndcg@20"))
        .extracting(RunDirectory.Figure::value)
        .containsExactly(0.2, 0.5, 0.4);
    run.writeEpoch(1, cells("valid_ndcg@20", "0.6", "loss_rec", "2")); // again, after a crash
    assertThat(run.epochs()).isEqualTo(2);
    assertThat(run.figures("loss_rec"))
        .containsExactly(new RunDirectory.Figure(1, 3), new RunDirectory.Figure(2, 2));
    assertThat(run.figures("loss_cl")).isEmpty();
  }

  /** Earlier versions replaced the names, and left the lines of before as they were. */
  @Test
  void linesThatAreNotOfTheNamesTellNothing() throws IOException {
    RunDirectory run = new RunDirectory(folder);
    Files.writeString(
        run.file("epochs.csv"), "epoch,loss_cl,loss_rec,valid_ndcg@20\n1,3,0.2\n2,6,1,0.4\n");
    assertThat(run.figures("loss_cl")).containsExactly(new RunDirectory.Figure(2, 6));
    assertThat(run.figures("loss_rec")).containsExactly(new RunDirectory.Figure(2, 1));
    assertThat(run.epochs()).isEqualTo(2);
  }

  /** A finished run that is gone on with, and stopped while its result is written. */
  @Test
  void aHalfWrittenResultIsNone() throws IOException {
    RunDirectory run = new RunDirectory(folder);
    Ranking ranking = new Ranking(new int[] {0}, new int[] {3}, new int[] {2}, 0, 0);
    RunConfig config = ConfigReader.read(null, List.of(), RunConfig.class);
    Map<String, Double> seconds = Map.of("training", 1.0, "evaluating", 1.0);
    Map<String, Double> rates = Map.of("seconds_per_epoch", 1.0, "examples_per_second", 1.0);
    run.writeJson("provenance.json", Map.of());
    RunReport report =
        RunReport.of("m", config, 1, 1, ranking, ranking, seconds, rates, 1, 1, Optional.empty());
    RunReport later =
        RunReport.of("m", config, 2, 2, ranking, ranking, seconds, rates, 1, 1, Optional.empty());
    run.writeResult(report, USERS, ranking, ranking);
    Files.delete(run.file("ranks-test.csv"));
    Path inTheWay = Files.createDirectory(run.file("ranks-test.csv"));
    Files.createFile(inTheWay.resolve("file"));
    assertThatThrownBy(() -> run.writeResult(later, USERS, ranking, ranking))
        .isInstanceOf(UncheckedIOException.class);
    assertThat(run.report()).isEmpty();
  }

  @Test
  void whatAStoppedWriterLeftIsNotInTheWay() throws Exception {
    Path path = Files.createDirectory(folder.resolve("run"));
    Process dead = new ProcessBuilder("true").start();
    dead.waitFor();
    Files.createFile(path.resolve(WriterLock.NAME));
    Path half = Files.writeString(path.resolve(".run.yaml." + dead.pid() + ".part"), "seed");
    RunConfig config = ConfigReader.read(null, List.of(), RunConfig.class);
    assertThat(RunDirectory.create(path, config).config()).isEqualTo(config);
    assertThat(half).doesNotExist();
    Path foreign = Files.createDirectory(folder.resolve("foreign"));
    Files.writeString(foreign.resolve("notes.txt"), "mine");
    assertThatThrownBy(() -> RunDirectory.create(foreign, config))
        .isInstanceOf(DataException.class)
        .hasMessage(
            foreign + ": is there and is no run; choose another ``out``, nothing was touched");
  }

  @Test
  void aReportSaysWhatTheRunTookAndOldOnesAreStillRead() throws IOException {
    RunReport report = SmallRun.train(folder.resolve("run"), Progress.SILENT);
    assertThat(report.parameters()).isGreaterThan(40 * 16);
    // The kernel counts pages per core and adds them up late: a later peak may be a little lower.
    Machine.peakResident()
        .ifPresent(now -> assertThat(report.peakMemoryBytes()).isBetween(1L << 20, now + now / 10));
    Path file = folder.resolve("run/metrics.json");
    assertThat(Json.read(file, RunReport.class)).isEqualTo(report);
    ObjectNode old = (ObjectNode) Json.MAPPER.readTree(Files.readString(file));
    old.remove(List.of("parameters", "peak_memory_bytes"));
    Json.write(file, Json.MAPPER.convertValue(old, Map.class));
    RunReport read = Json.read(file, RunReport.class);
    assertThat(read.test()).isEqualTo(report.test());
    assertThat(read.parameters()).isZero();
    assertThat(read.peakMemoryBytes()).isZero();
  }
}
