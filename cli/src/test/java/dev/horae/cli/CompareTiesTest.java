package dev.horae.cli;

import static dev.horae.cli.TrainedShop.done;
import static dev.horae.cli.TrainedShop.horae;
import static dev.horae.cli.TrainedShop.json;
import static dev.horae.cli.TrainedShop.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.cli.TrainedShop.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Orders of equal times: those of the file against drawn ones. */
class CompareTiesTest {

  @TempDir Path folder;

  /**
   * Users take items by threes, always in one order: where each three are of one day, the file and
   * nothing else says which comes last.
   *
   * @param times whether there are any
   * @param tied how many of the three are of one day
   */
  private Path data(String name, boolean times, int tied) throws IOException {
    StringBuilder rows = new StringBuilder(times ? "user,item,time\n" : "user,item\n");
    SplittableRandom random = new SplittableRandom(6);
    for (int u = 0; u < 40; u++) {
      for (int e = 0; e < 6; e++) {
        int item = 3 * random.nextInt(8);
        for (int i = 0; i < 3; i++) {
          rows.append("u").append(u).append(",i").append(item + i);
          rows.append(times ? "," + (1_600_000_000L + 86_400L * (3 * e + i / tied)) : "");
          rows.append('\n');
        }
      }
    }
    Path events = Files.writeString(folder.resolve(name + ".csv"), rows);
    Path data = folder.resolve(name);
    Result prepared = // which may warn that there are no times
        horae("prepare", "--format=csv", "--events", events, "--out", data, "--min-item-events=1");
    assertThat(prepared.code()).isZero();
    return data;
  }

  @Test
  void whatIsTheFilesOrderIsSeenAtOneLook() throws IOException {
    Path data = data("threes", true, 3);
    Path out = folder.resolve("out");
    Path runs = out.resolve("runs/threes/horae");
    for (int ties : new int[] {0, 1, 2, 4, 5}) { // those that a process each would train
      done(
          "train",
          "--data",
          data,
          "--out",
          runs.resolve("seed-2025" + (ties == 0 ? "" : "-ties-" + ties)),
          "model.type=horae",
          "model.tower=none",
          "tie_seed=" + ties);
    }
    Object[] command = {
      "compare",
      "--data",
      data,
      "--models=item-transitions,horae",
      "--ties=file,random",
      "--out",
      out,
      "horae.model.tower=none"
    };
    String text = done(command).out();
    assertThat(text)
        .containsPattern(
            "\n\\[1/1] threes: horae, seed 2025, ties 3: NDCG@10 \\d\\.\\d{4}, \\d+ s\n")
        .containsPattern(
            "\nmodel +NDCG@10 file +NDCG@10 random +change +file masked +random masked")
        .containsPattern(
            "\n"
                + "item-transitions \\(heuristic\\) +\\d\\.\\d{4}  0\\.\\d{4} ± 0\\.\\d{4} "
                + " -\\d\\d\\.\\d %")
        .containsPattern(
            "\nhorae( ↓)? +1 +\\d\\.\\d{4} +\\d\\.\\d{4} ") // trained once, whatever --seeds
        .containsPattern("\nhorae( ↓)? +\\d\\.\\d{4}  \\d\\.\\d{4} ± 0\\.\\d{4}  ");
    Path run = runs.resolve("seed-2025-ties-3");
    assertThat(Files.readString(run.resolve("run.yaml"))).contains("\ntie_seed: 3\n");
    assertThat(Files.readString(run.resolve("protocol.json")))
        .contains("\"equal_times\" : \"random, seed 3\"");
    assertThat(Files.readString(out.resolve("threes.md")))
        .contains("- protocol of the runs: the same")
        .contains(
            "- read of the future; training reads events of other users after the time of asking,"
                + " as every leave-one-out training does");
    JsonNode report = json(Files.readString(run.resolve("metrics.json")));
    JsonNode evaluated = json(done("evaluate", run, "--json").out());
    assertThat(evaluated.path("masked")).isEqualTo(report.path("masked_test"));
    assertThat(done(command).out()).contains(" runs, all done\n\nComparison on threes\n");
  }

  @Test
  void whereNothingTiesNothingIsTrainedTwice() throws IOException {
    String text =
        done(
                "compare",
                "--data",
                data("apart", true, 1),
                data("timeless", false, 1),
                "--models=most-popular",
                "--ties=file,random",
                "--out",
                folder.resolve("out"))
            .out();
    assertThat(text)
        .contains(
            " events. No user has two events of equal time, so there is no other order of ties.\n")
        .contains(
            " events. The events carry no time, so their order is the file's and none is drawn.\n")
        .doesNotContain("NDCG@10 random");
  }

  @Test
  void whatIsNoOrderIsRefused() throws IOException {
    Path data = data("timeless", false, 1);
    Path out = folder.resolve("out");
    refused(
        2,
        """
        command line: tie_seed = 3: the events of %s carry no time, so whole histories would be shuffled; leave it out
        1 problem; nothing was run
        """
            .formatted(data),
        "train",
        "--data",
        data,
        "--out",
        out,
        "model.type=most-popular",
        "tie_seed=3");
    for (String ties : new String[] {"random", "none", "file,rnd"}) {
      Result compared = horae("compare", "--data", data, "--ties", ties, "--out", out);
      assertThat(compared.code()).isEqualTo(2);
      assertThat(compared.err())
          .startsWith(
              "--ties "
                  + ties
                  + " is neither file nor file,random; 'prepare --ties random' makes a data set"
                  + " that has no other order\n");
    }
    assertThat(out).doesNotExist();
  }
}
