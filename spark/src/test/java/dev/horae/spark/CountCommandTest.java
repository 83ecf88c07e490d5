package dev.horae.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.horae.data.Dataset;
import dev.horae.model.LocalCounts;
import dev.horae.prep.Cut;
import dev.horae.prep.Format;
import dev.horae.prep.Preparation;
import dev.horae.prep.PrepareOptions.Duplicates;
import dev.horae.prep.PrepareOptions.Protocol;
import dev.horae.prep.PrepareOptions.Ties;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The counts are those of the model itself. */
class CountCommandTest {

  /**
   * The model adds up floats, each time rounded to 24 bits; here it adds up less than a hundred,
   * and the tables none that are rounded.
   */
  private static final double ROUNDING = 100 * 0x1p-24;

  private static final long DAY = 86_400;
  private static final long START = 1_600_000_000L;

  @TempDir Path folder;

  /** A shop of every kind of history that counts differ for. */
  private static String events() {
    StringBuilder events = new StringBuilder("user,item,time\n");
    SplittableRandom random = new SplittableRandom(5);
    for (int u = 0; u < 60; u++) { // events of one day are ties, and items come again
      long day = random.nextInt(400);
      int length = 1 + random.nextInt(20);
      for (int e = 0; e < length; e++) {
        day += random.nextInt(3);
        add(events, "u" + u, "i" + random.nextInt(1 + random.nextInt(30)), day);
      }
    }
    for (int u = 0; u < 350; u++) { // more followers and partners of one item than are kept
      add(events, "w" + u, "hub", 10);
      add(events, "w" + u, "x" + u, 10);
      if (u % 3 == 0) {
        add(events, "w" + u, "i" + u % 30, 11);
      }
      add(events, "w" + u, "i1", 200);
      add(events, "w" + u, "end", 300); // asked for only, never trained on
    }
    for (int round = 0; round < 2; round++) { // a user of more items than are paired
      for (int i = 0; i < 260; i++) {
        add(events, "many", "y" + (i * (1 + round)) % 260, 20 + i);
      }
    }
    return events.toString();
  }

  private static void add(StringBuilder events, String user, String item, long day) {
    events.append("%s,%s,%s\n".formatted(user, item, START + day * DAY));
  }

  private Dataset prepared(String name, Optional<Cut> cut) throws IOException {
    Path csv = Files.writeString(folder.resolve(name + ".csv"), events());
    return Preparation.of(Format.CSV, csv)
        .protocol(new Protocol(1, 1, Duplicates.KEEP, Ties.FILE, false, 50, 0, cut))
        .into(folder.resolve(name));
  }

  private Path counted(Dataset data, String partitions) {
    Path out = folder.resolve("counts" + partitions);
    String said =
        Verb.done(
            "count",
            data.directory(),
            "--output",
            out,
            "--master=local[2]",
            "--conf=spark.sql.shuffle.partitions=" + partitions);
    assertThat(said).endsWith(" taken together: " + out + "\n");
    return out;
  }

  private static List<Row> read(Path table) {
    return SparkSession.active().read().parquet(table.toString()).collectAsList();
  }

  /** {@return the values of pairs, whose ranks are in their order} */
  private static Map<List<String>, Double> pairs(Path table) {
    Map<List<String>, Double> pairs = new LinkedHashMap<>();
    Map<String, Map<Integer, Float>> byRank = new HashMap<>();
    for (Row row : read(table)) {
      pairs.put(List.of(row.getString(0), row.getString(1)), (double) row.getFloat(2));
      byRank
          .computeIfAbsent(row.getString(0), item -> new HashMap<>())
          .put(row.getInt(3), row.getFloat(2));
    }
    byRank.forEach(
        (item, values) -> {
          for (int rank = 2; rank <= values.size(); rank++) {
            assertThat(values.get(rank)).as(item).isLessThanOrEqualTo(values.get(rank - 1));
          }
        });
    return pairs;
  }

  private static void requireSame(Map<List<String>, Double> found, Map<List<String>, Double> own) {
    assertThat(found.keySet()).isEqualTo(own.keySet());
    own.forEach(
        (pair, value) -> assertThat(found.get(pair)).as("%s", pair).isCloseTo(value, near(value)));
  }

  private static Offset<Double> near(double value) {
    return within(ROUNDING * Math.abs(value));
  }

  private static void requireCountsOf(Dataset data, Path counts) {
    LocalCounts own = LocalCounts.of(data);
    requireSame(pairs(counts.resolve("followers")), own.followers());
    requireSame(pairs(counts.resolve("together")), own.together());
    Map<String, List<Double>> items = new HashMap<>();
    for (Row row : read(counts.resolve("items"))) {
      items.put(
          row.getString(0),
          List.of(
              (double) row.getLong(1),
              (double) row.getLong(2),
              row.getDouble(3),
              row.getDouble(4),
              (double) row.getLong(5)));
    }
    assertThat(items.keySet()).isEqualTo(own.items().keySet());
    items.forEach(
        (item, values) -> {
          for (int i = 0; i < values.size(); i++) {
            double value = own.items().get(item).get(i);
            assertThat(values.get(i)).as(item).isCloseTo(value, near(value));
          }
        });
  }

  @Test
  void theTablesAreTheModelsForAnyNumberOfPartitions() throws IOException {
    Dataset data = prepared("shop", Optional.empty());
    Path one = counted(data, "1");
    requireCountsOf(data, one);
    Map<List<String>, Double> together = pairs(one.resolve("together"));
    assertThat(together.keySet()).filteredOn(pair -> pair.get(0).equals("hub")).hasSize(300);
    assertThat(together).doesNotContainKey(List.of("y0", "end"));
    Path many = counted(data, "7");
    for (String table : List.of("items", "followers", "together")) {
      Set<Row> rows = new HashSet<>(read(one.resolve(table)));
      assertThat(rows).hasSameSizeAs(read(one.resolve(table))).isNotEmpty();
      assertThat(new HashSet<>(read(many.resolve(table)))).isEqualTo(rows);
    }
    List<String> names = new ArrayList<>();
    try (var files = Files.list(one)) {
      files.forEach(file -> names.add(file.getFileName().toString()));
    }
    assertThat(names).contains("_SUCCESS", "_horae.json", "items", "followers", "together");
  }

  @Test
  void aSplitByTimeLeavesOutWhatItAsksFor() throws IOException {
    Dataset data = prepared("cut", Optional.of(new Cut(Long.toString(START + 100 * DAY))));
    requireCountsOf(data, counted(data, "3"));
  }

  @Test
  void whatIsNoDataSetIsRefused() {
    Verb verb =
        Verb.run("count", folder, "--output", folder.resolve("counts"), "--master=local[2]");
    assertThat(verb.err())
        .isEqualTo(folder + "/dataset.json: is not there; name a directory that prepare made\n");
    assertThat(verb.code()).isEqualTo(3);
    assertThat(folder).isEmptyDirectory();
  }
}
