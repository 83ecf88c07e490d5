package dev.horae.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.data.Dataset;
import dev.horae.data.Json;
import dev.horae.serve.Recommender;
import dev.horae.serve.Recommender.Event;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.assertj.core.api.Assertions;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The answers are those of the library, whatever the partitions are. */
class BatchScoreCommandTest {

  /** With its scores to the bit. */
  private record Answered(String user, List<String> items, List<Float> scores, String source) {}

  private static TrainedShop shop;

  @TempDir Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void train() throws IOException {
    shop = TrainedShop.get();
  }

  private int spark(Object... words) {
    String[] texts = Arrays.stream(words).map(Object::toString).toArray(String[]::new);
    return SparkMain.run(new PrintWriter(out), new PrintWriter(err), texts);
  }

  private void done(Object... words) {
    int code = spark(words);
    assertThat(err.toString()).isEmpty();
    assertThat(code).isZero();
  }

  /** What {@code horae recommend --input} answers with. */
  private static List<Answered> local(List<String> users, List<List<Event>> histories, int top) {
    List<Answered> answers = new ArrayList<>();
    try (Recommender recommender = Recommender.open(shop.run())) {
      for (Recommender.Answer answer : recommender.recommend(histories, top, true)) {
        answers.add(
            new Answered(
                users.get(answers.size()),
                answer.items().stream().map(Recommender.Scored::item).toList(),
                answer.items().stream().map(item -> (float) item.score()).toList(),
                answer.source().name().toLowerCase(Locale.ROOT)));
      }
    }
    return answers;
  }

  private static List<List<Event>> histories(Dataset data) {
    List<List<Event>> histories = new ArrayList<>();
    for (int u = 0; u < data.users().size(); u++) {
      List<Event> events = new ArrayList<>();
      for (int e = data.histories().starts()[u]; e < data.histories().starts()[u + 1]; e++) {
        events.add(
            new Event(
                data.catalogue().item(data.histories().items()[e]).id(),
                data.histories().times()[e]));
      }
      histories.add(events);
    }
    return histories;
  }

  private static List<Answered> read(Path answers) {
    List<Answered> read = new ArrayList<>();
    for (Row row : SparkSession.active().read().parquet(answers.toString()).collectAsList()) {
      read.add(
          new Answered(row.get(0).toString(), row.getList(1), row.getList(2), row.getString(3)));
    }
    return read;
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void onePartitionGivesTheBitsOfTheLibraryInItsOrder() throws IOException {
    Path answers = folder.resolve("answers");
    done(
        "batch-score",
        shop.run(),
        "--data",
        shop.data().directory(),
        "--output",
        answers,
        "--exclude-seen",
        "--partitions=1",
        "--master=local[2]");
    assertThat(read(answers)).isEqualTo(local(shop.data().users(), histories(shop.data()), 10));
    assertThat(names(answers))
        .contains("_SUCCESS")
        .filteredOn(n -> n.endsWith("parquet"))
        .hasSize(1);
    assertThat(names(folder)).containsExactly("answers");
    assertThat(Json.MAPPER.readTree(answers.resolve("_horae.json").toFile()).path("answers"))
        .hasToString("{\"model\":60}");
    assertThat(out.toString()).startsWith("60 histories answered in ").endsWith(answers + "\n");
  }

  @Test
  void manyPartitionsGiveTheSameItems() {
    Path answers = folder.resolve("answers");
    for (int again = 0; again < 2; again++) { // replaces what it wrote
      done(
          "batch-score",
          shop.run(),
          "--data",
          shop.data().directory(),
          "--output",
          answers,
          "--top=5",
          "--exclude-seen",
          "--partitions=7",
          "--master=local[2]");
    }
    List<Answered> expected = local(shop.data().users(), histories(shop.data()), 5);
    List<Answered> found = read(answers);
    assertThat(found).hasSize(60);
    for (Answered answer : found) {
      Answered same = expected.get(shop.data().users().indexOf(answer.user()));
      assertThat(answer.items()).isEqualTo(same.items());
      for (int i = 0; i < 5; i++) { // products of fewer rows may differ in their last digit
        assertThat(answer.scores().get(i)).isCloseTo(same.scores().get(i), within(answer));
      }
    }
  }

  private static Offset<Float> within(Answered answer) {
    return Assertions.within(1e-5f * Math.abs(answer.scores().get(0)));
  }

  /**
   * Users of any type, unsorted events, items that the run does not know, and no history at all.
   */
  @Test
  void historiesInParquetAreAnsweredToo() {
    Path histories = folder.resolve("histories");
    SparkSession spark = ClusterTest.local().session("test");
    spark
        .sql(
            "SELECT * FROM VALUES (7L, array('i3', 'nothing', 'i1'), array(300, 200, 100)),"
                + " (8L, array(), array()), (9L, NULL, NULL) AS t(user, items, times)")
        .coalesce(1)
        .write()
        .parquet(histories.toString());
    Path answers = folder.resolve("answers");
    done(
        "batch-score",
        shop.run(),
        "--histories",
        histories,
        "--output",
        answers,
        "--exclude-seen",
        "--partitions=1",
        "--master=local[2]");
    List<List<Event>> same =
        List.of(List.of(new Event("i1", 100), new Event("i3", 300)), List.of(), List.of());
    assertThat(read(answers))
        .containsExactlyInAnyOrderElementsOf(local(List.of("7", "8", "9"), same, 10));
    assertThat(SparkSession.active().read().parquet(answers.toString()).schema().apply("user"))
        .extracting(field -> field.dataType().simpleString())
        .isEqualTo("bigint");
    assertThat(out.toString()).startsWith("3 histories answered in ").contains(", 2 of them by");
  }

  private void refused(int code, String message, Object... words) throws IOException {
    List<String> before = names(folder);
    err.getBuffer().setLength(0);
    assertThat(spark(words)).isEqualTo(code);
    assertThat(err.toString()).startsWith(message);
    assertThat(names(folder)).isEqualTo(before);
  }

  @Test
  void whatCannotBeIsRefusedAndLeavesNothing() throws IOException {
    Path mine = Files.createDirectory(folder.resolve("mine"));
    Files.writeString(mine.resolve("letter"), "dear");
    Path answers = folder.resolve("answers");
    Object[] right = {"batch-score", shop.run(), "--data", shop.data().directory()};
    refused(2, "Missing required option", right);
    refused(2, "--master is missing", with(right, "--output", answers));
    refused(
        2,
        "--top 0 is not positive",
        with(right, "--output", answers, "--top=0", "--master=local"));
    refused(
        3,
        mine + ": holds something that is no result of batch-score",
        with(right, "--output", mine, "--master=local"));
    assertThat(mine.resolve("letter")).hasContent("dear");
    refused(
        3,
        folder + "/none/events.parquet: is not there",
        "batch-score",
        shop.run(),
        "--data",
        folder + "/none",
        "--output",
        answers,
        "--master=local");
    refused(
        3,
        mine + ": has no run.yaml",
        "batch-score",
        mine,
        "--data",
        shop.data().directory(),
        "--output",
        answers,
        "--master=local");
  }

  /** What fails in a task is told in one line, and nothing is left of what was written. */
  @Test
  void aHistoryThatCannotBeUsedEndsTheJob() throws IOException {
    Path histories = folder.resolve("histories");
    SparkSession spark = ClusterTest.local().session("test");
    spark
        .sql("SELECT 'ann' AS user, array('i3') AS items, array(1, 2) AS times")
        .write()
        .parquet(histories.toString());
    Object[] words = {
      "batch-score",
      shop.run(),
      "--histories",
      histories,
      "--output",
      folder.resolve("answers"),
      "--master=local[2]"
    };
    refused(3, "user ann: has 1 items and 2 times; give each item its time\n", words);
    spark.sql("SELECT 1 AS user, array(5) AS items").write().parquet(folder + "/numbers");
    words[3] = folder + "/numbers";
    refused(
        3,
        folder + "/numbers: the column items is array<int>, not array<string>; convert it\n",
        words);
  }

  private static Object[] with(Object[] words, Object... more) {
    return Stream.concat(Arrays.stream(words), Arrays.stream(more)).toArray();
  }
}
