package dev.horae.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What verbs make of a run and a data set on an HDFS is the same, and lies there. */
class HdfsTest {

  private static final String MASTER = "--master=local[2]";

  private static TrainedShop shop;
  private static String data;
  private static String run;

  @TempDir Path folder;

  @BeforeAll
  static void put() throws IOException {
    shop = TrainedShop.get();
    data = Hdfs.address("/shop/data");
    run = Hdfs.address("/shop/runs/sasrec");
    Hdfs.put(shop.data().directory(), data);
    Hdfs.put(shop.run(), run);
  }

  private static List<String> rows(String table) {
    return SparkSession.active().read().parquet(table).collectAsList().stream()
        .map(Row::toString)
        .sorted()
        .toList();
  }

  /** The second time it replaces the first. */
  @Test
  void answers() throws IOException {
    String answers = Hdfs.address("/answers/toys");
    Path expected = folder.resolve("answers");
    Verb.done(
        "batch-score", shop.run(), "--data", shop.data().directory(), "--output", expected, MASTER);
    for (int time = 1; time <= 2; time++) {
      Verb.done("batch-score", run, "--data", data, "--output", answers, MASTER);
      assertThat(rows(answers)).hasSize(60).isEqualTo(rows(expected.toString()));
      assertThat(Hdfs.names(answers)).contains("_SUCCESS", "_horae.json");
      assertThat(Hdfs.names(Hdfs.address("/answers"))).containsExactly("toys");
    }
  }

  @Test
  void vectors() throws IOException {
    String vectors = Hdfs.address("/vectors");
    Path expected = folder.resolve("vectors");
    Verb.done(
        "vectors", shop.run(), "--data", shop.data().directory(), "--output", expected, MASTER);
    Verb.done("vectors", run, "--data", data, "--output", vectors, MASTER);
    for (String table : List.of("items", "users")) {
      assertThat(rows(vectors + "/" + table))
          .isNotEmpty()
          .isEqualTo(rows(expected.resolve(table).toString()));
    }
    assertThat(Hdfs.get(vectors + "/items.npy", folder.resolve("got.npy")))
        .hasSameBinaryContentAs(expected.resolve("items.npy"));
  }

  @Test
  void anythingElseStaysAsItIs() throws IOException {
    Path note = Files.writeString(folder.resolve("note.txt"), "mine");
    String place = Hdfs.address("/mine");
    Hdfs.put(note, place + "/note.txt");
    Verb refused = Verb.run("count", data, "--output", place, MASTER);
    assertThat(refused.code()).isEqualTo(3);
    assertThat(refused.err())
        .isEqualTo(
            place
                + ": holds something that is no result of count and will not be overwritten; name"
                + " another place or empty this one\n");
    assertThat(Hdfs.names(place)).containsExactly("note.txt");
  }
}
