package dev.horae.cli;

import static dev.horae.cli.TrainedShop.done;
import static dev.horae.cli.TrainedShop.json;
import static dev.horae.cli.TrainedShop.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.horae.RawShop;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A data set that is split by time, taken through all verbs. */
class TimeSplitCommandTest {

  private static final String CUT = "2024-03-01";

  @TempDir static Path folder;

  private static Path data;
  private static String prepared;

  /** What five users take at the cut is an item that nobody had before. */
  @BeforeAll
  static void prepareByTime() throws IOException {
    RawShop.write(folder);
    StringBuilder fresh = new StringBuilder();
    for (int u = 0; u < 5; u++) {
      fresh.append("u%s,fresh,%s\n".formatted(u, CUT));
    }
    Files.writeString(folder.resolve("events.csv"), fresh, StandardOpenOption.APPEND);
    data = folder.resolve("data");
    prepared = done(prepare(data, "--split=time", "--cut=" + CUT)).out();
  }

  private static Object[] prepare(Path out, String... more) {
    List<Object> all = new ArrayList<>(List.of("prepare", "--format=csv", "--min-item-events=1"));
    all.addAll(List.of("--events", folder.resolve("events.csv"), "--out", out));
    all.addAll(List.of(more));
    return all.toArray();
  }

  private static String train(Path data, Path out, String model, Object... settings) {
    List<Object> all = new ArrayList<>(List.of("train", "--data", data, "--out", out));
    all.add("model.type=" + model);
    all.addAll(List.of(settings));
    return done(all.toArray()).out();
  }

  private static JsonNode evaluate(Path run, Object... more) throws IOException {
    List<Object> all = new ArrayList<>(List.of("evaluate", run, "--json"));
    all.addAll(List.of(more));
    return json(done(all.toArray()).out());
  }

  @Test
  void theReportSaysWhereTheCutIsAndWhatItLeaves() {
    assertThat(prepared)
        .contains("\nSplit by time, at 2024-03-01\n", "\n  targets that are items born later")
        .doesNotContain("Leave-one-out");
    assertThat(done("show", data).out()).contains("\nSplit by time, at 2024-03-01\n");
  }

  @Test
  void bothKindsOfModelAreTrainedAndEvaluated() throws IOException {
    for (String model : List.of("item-transitions", "sasrec")) {
      Path run = folder.resolve(model);
      Object[] loop = model.equals("sasrec") ? new Object[] {"train.epochs=1"} : new Object[0];
      assertThat(train(data, run, model, loop))
          .containsPattern(
              "\nwith 5 more targets, items born after the cut: ndcg@10 0\\.\\d{4}, history masked"
                  + " 0\\.\\d{4}\n");
      JsonNode test = evaluate(run);
      JsonNode metrics = json(Files.readString(run.resolve("metrics.json")));
      int users = test.path("users").asInt();
      assertThat(Files.readAllLines(run.resolve("ranks-test.csv"))).hasSize(1 + users);
      assertThat(test.path("with_born_later")).isEqualTo(metrics.path("with_born_later"));
      assertThat(test.path("with_born_later").path("targets").asInt()).isEqualTo(5);
      if (model.equals("item-transitions")) { // never finds an item that nobody had
        double known = metrics.path("test").path("ndcg@10").asDouble();
        assertThat(test.path("with_born_later").path("test").path("ndcg@10").asDouble())
            .isBetween(known * users / (users + 5) - 1e-9, known * users / (users + 5) + 1e-9);
      }
      assertThat(evaluate(run, "--split", "valid").has("with_born_later")).isFalse();
      assertThat(done("evaluate", run).out())
          .containsPattern("\nwith 5 more targets, items born after the cut: ndcg@10 0\\.\\d{4},");
      assertThat(Files.readString(run.resolve("protocol.json")))
          .contains("\"by time at 2024-03-01: first event from then on test,");
      assertThat(done("recommend", run, "--user", "u7").out()).contains("item");
    }
  }

  @Test
  void compareSaysTheSplitInItsHeading() throws IOException {
    Path out = folder.resolve("comparison");
    String table =
        done("compare", "--data", data, "--models", "most-popular,item-transitions", "--out", out)
            .out();
    assertThat(table).contains("Comparison on data, split by time at 2024-03-01\n");
    assertThat(Files.readString(out.resolve("data.md")))
        .contains(
            "# Comparison on data, split by time at 2024-03-01\n",
            "test users; by time at 2024-03-01: first event from then on test, last event before"
                + " validation, all earlier training; targets that nobody had before are reported"
                + " apart\n",
            "- test targets that are items born later: 5; not in the table, since nobody had them"
                + " before; evaluate says what they change\n",
            "- test targets before the last training event: 0.0 %; the split is by time: nothing is"
                + " learnt from what comes later\n");
  }

  @Test
  void aRunBelongsToItsSplit() {
    Path other = folder.resolve("other");
    done(prepare(other));
    Path run = folder.resolve("of-other");
    train(other, run, "item-transitions");
    assertThat(done("evaluate", run).out()).doesNotContain("born");
    refused(
        4,
        run
            + ": was trained on other data than "
            + data
            + " holds now: split by time at 2024-03-01, then leave-one-out; give the data set as it"
            + " was with --data, or train anew (recommending for a --history needs no data set)\n",
        "evaluate",
        run,
        "--data",
        data);
    done(prepare(other, "--split=time", "--cut=0.7", "--ties=random"));
    refused(
        4,
        run
            + ": was trained on other data than "
            + other
            + " holds now: split by time at "
            + done("show", other).out().replaceAll("(?s).*Split by time, at (\\S+)\n.*", "$1")
            + ", then leave-one-out; give the data set as it was with --data, or train anew"
            + " (recommending for a --history needs no data set)\n",
        "evaluate",
        run);
  }

  @Test
  void splitAndCutGoTogether() {
    for (String[] wrong :
        new String[][] {
          {
            "--cut=0.9",
            "--split=leave-one-out",
            "--cut 0.9 is for a split by time; add --split time, or leave --cut out"
          },
          {
            "--split=time",
            "--ties=file",
            "--split time lacks --cut: write a moment such as 2014-01-01, or the share of the"
                + " events that lies before it, such as 0.9"
          },
          {
            "--split=time",
            "--cut=1.2",
            "--cut 1.2 is neither a moment nor a share between 0 and 1 of the events; write one"
                + " such as 2014-01-01, or 0.9"
          },
          {
            "--split=random",
            "--cut=0.9",
            "Invalid value for option '--split': 'random' is not one of leave-one-out, time"
          }
        }) {
      Path none = folder.resolve("none");
      var result = TrainedShop.horae(prepare(none, wrong[0], wrong[1]));
      assertThat(result.err()).startsWith(wrong[2] + "\n");
      assertThat(result.code()).isEqualTo(2);
      assertThat(none).doesNotExist();
    }
  }

  @Test
  void aCutThatCannotBeLeavesTheOlderDataSetAsItWas() throws IOException {
    Path kept = folder.resolve("kept");
    done(prepare(kept));
    String manifest = Files.readString(kept.resolve("dataset.json"));
    refused(
        3,
        "--cut 1990-01-01: no event lies before it, the first is of "
            + first()
            + "; choose another moment, or a share such as 0.9\n",
        prepare(kept, "--split=time", "--cut=1990-01-01"));
    assertThat(kept.resolve("dataset.json")).hasContent(manifest);
  }

  private static String first() throws IOException {
    return Files.readAllLines(folder.resolve("events.csv")).stream()
        .skip(1)
        .map(line -> line.substring(line.lastIndexOf(',') + 1))
        .filter(time -> time.length() > 10)
        .min(String::compareTo)
        .orElseThrow();
  }
}
