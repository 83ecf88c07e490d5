package dev.horae.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.horae.data.DataException;
import dev.horae.data.Dataset;
import dev.horae.data.Hashes;
import dev.horae.data.Manifest;
import dev.horae.prep.Column;
import dev.horae.prep.Cut;
import dev.horae.prep.Format;
import dev.horae.prep.Preparation;
import dev.horae.prep.PreparationBuilder;
import dev.horae.prep.PrepareOptions;
import dev.horae.prep.PreparedDataset;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The data set that Spark prepares is that of the local verb. */
class PrepareCommandTest {

  private static final int DAYS = 4;

  @TempDir Path directory;

  /** What a command said. */
  private record Said(int code, String out, String err) {}

  private static Said spark(List<String> arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    List<String> all = new ArrayList<>(List.of("prepare", "--master", "local[2]"));
    all.addAll(arguments);
    int code =
        SparkMain.run(new PrintWriter(out), new PrintWriter(err, true), all.toArray(String[]::new));
    return new Said(code, out.toString(), err.toString());
  }

  private static void sparkDoes(List<String> arguments) {
    Said said = spark(arguments);
    assertThat(said.err).isEmpty();
    assertThat(said.code).isZero();
  }

  private static List<String> with(List<String> some, String... more) {
    List<String> all = new ArrayList<>(some);
    all.addAll(List.of(more));
    return all;
  }

  /**
   * Writes a log: ids that are words for missing values, of several scripts and with blanks; times
   * before 1970, equal ones and broken ones; duplicates; lines that are no rows.
   */
  private List<Path> log(int days) throws IOException {
    Random random = new Random(7);
    List<String> users = new ArrayList<>(List.of("NA", "null", " u 1", "Zoë", "用户", "u,1"));
    List<String> items = new ArrayList<>(List.of("-", "i'1", "Ω", "NaN", "ítem", "i\u0301tem"));
    for (int i = 0; i < 600; i++) {
      users.add("u" + i);
      items.add("i" + i % 200);
    }
    List<Path> files = new ArrayList<>();
    for (int day = 0; day < days; day++) {
      StringBuilder text = new StringBuilder("user,item,time\n");
      for (int line = 0; line < 1500; line++) {
        String user = users.get((int) (users.size() * Math.pow(random.nextDouble(), 2)));
        String item = items.get((int) (items.size() * Math.pow(random.nextDouble(), 3)));
        String time = String.valueOf(864_000L * (random.nextInt(400) - 100) + random.nextInt(2));
        String row = "\"%s\",\"%s\",%s".formatted(user, item, time);
        switch (random.nextInt(40)) {
          case 0 -> row = row + "\n" + row;
          case 1 -> row = row + ".25";
          case 2 -> row = "\"" + user + "\",\"" + item + "\",soon";
          case 3 -> row = "\"" + user + "\",,";
          case 4 -> row = "no row";
          case 5 -> row = "";
          default -> {}
        }
        text.append(row).append('\n');
      }
      Path folder = Files.createDirectories(directory.resolve("log/date=2024-01-0" + (day + 1)));
      files.add(write(folder.resolve("part-0.csv" + (day % 2 == 0 ? "" : ".gz")), text.toString()));
    }
    Files.writeString(directory.resolve("log/_SUCCESS"), "");
    return files;
  }

  private static Path write(Path file, String text) throws IOException {
    try (OutputStream out = Files.newOutputStream(file);
        OutputStream packed = file.toString().endsWith(".gz") ? new GZIPOutputStream(out) : out) {
      packed.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return file;
  }

  private Path catalogue() throws IOException {
    StringBuilder text = new StringBuilder("item,title,brand\n");
    for (int i = 0; i < 180; i++) {
      text.append("i%s,Title %s,%s\n".formatted(i, i, i % 3 == 0 ? "" : "B" + i % 7));
    }
    return write(directory.resolve("items.csv"), text + "i1,Again,\n,No id,\n");
  }

  private static PrepareOptions.Protocol rules(int users, int items) {
    return new PrepareOptions.Protocol(users, items, PrepareOptions.Duplicates.REMOVE, 50, 0.5);
  }

  private static PreparationBuilder local(Format format, List<Path> events) {
    return Preparation.of(format, events.toArray(Path[]::new));
  }

  private static Map<String, Object> hashes(Path dataset) {
    Manifest manifest = PreparedDataset.open(dataset).manifest();
    return Map.of(
        "counts", manifest.counts().toString(),
        "files", manifest.hashes(),
        "cut", Optional.ofNullable(manifest.cut()),
        "timed", manifest.timed(),
        "warnings", manifest.provenance().get("warnings"),
        "sources", manifest.provenance().get("sources"),
        "rejects", Hashes.sha256(dataset.resolve("rejects.csv")));
  }

  @Test
  void itIsTheSameToTheBitForOneAndForManyPartitions() throws IOException {
    List<Path> events = log(DAYS);
    Path items = catalogue();
    Path expected = directory.resolve("local");
    Dataset dataset = local(Format.CSV, events).items(items).protocol(rules(4, 6)).into(expected);
    assertThat(dataset.manifest().counts().get("core_rounds").intValue()).isGreaterThan(1);
    assertThat(dataset.manifest().counts().get("duplicate_events").intValue()).isPositive();
    assertThat(dataset.manifest().counts().get("tied_events").intValue()).isPositive();
    assertThat(dataset.manifest().counts().get("event_rows_rejected").intValue()).isPositive();
    assertThat(dataset.manifest().counts().get("first_time").longValue()).isNegative();
    List<String> arguments = new ArrayList<>(List.of("--format", "csv", "--events"));
    events.forEach(file -> arguments.add(file.toString()));
    List<String> all =
        with(
            arguments,
            "--items",
            items.toString(),
            "--min-user-events",
            "4",
            "--min-item-events",
            "6",
            "--max-rejects",
            "0.5",
            "--out",
            directory.resolve("spark").toString());
    for (String partitions : List.of("1", "7")) {
      sparkDoes(with(all, "--conf", "spark.sql.shuffle.partitions=" + partitions));
      assertThat(hashes(directory.resolve("spark"))).isEqualTo(hashes(expected));
    }
    try (Stream<Path> left = Files.list(directory)) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("items.csv", "local", "log", "spark");
    }
  }

  @Test
  void duplicatesAndTiesAreTreatedAlike() throws IOException {
    List<Path> events = log(2);
    PrepareOptions.Protocol rules =
        new PrepareOptions.Protocol(
            0,
            3,
            PrepareOptions.Duplicates.KEEP,
            PrepareOptions.Ties.RANDOM,
            false,
            20,
            0.5,
            Optional.of(new Cut("0.8")));
    local(Format.CSV, events).protocol(rules).into(directory.resolve("local"));
    sparkDoes(
        List.of(
            ("--format csv --min-user-events 0 --min-item-events 3 --duplicates keep --ties random"
                    + " --max-length 20 --max-rejects 0.5 --split time --cut 0.8 --events "
                    + directory.resolve("log")
                    + " --out "
                    + directory.resolve("spark"))
                .split(" ")));
    assertThat(hashes(directory.resolve("spark"))).isEqualTo(hashes(directory.resolve("local")));
  }

  /** Also in a format that Spark knows: what a value is as a text, our reader says. */
  @Test
  void aLogWithoutTimesKeepsTheOrderOfItsInput() throws IOException {
    Path events = directory.resolve("e.jsonl");
    StringBuilder text = new StringBuilder();
    Random random = new Random(3);
    for (int line = 0; line < 300; line++) {
      text.append(
          "{\"who\": %s, \"item\": \"i%s\"}\n".formatted(random.nextInt(20), random.nextInt(30)));
    }
    write(events, text.toString());
    Path more = write(directory.resolve("f.jsonl"), text + "[1]\n");
    Path again = write(directory.resolve("g.jsonl"), text.toString());
    local(Format.JSONL, List.of(events, more, again))
        .column(Column.USER, "who")
        .protocol(rules(5, 5))
        .into(directory.resolve("local"));
    sparkDoes(
        List.of(
            ("--format jsonl --column user=who --max-rejects 0.5 --events %s %s %s --out "
                    + directory.resolve("spark"))
                .formatted(events, more, again)
                .split(" ")));
    assertThat(hashes(directory.resolve("spark"))).isEqualTo(hashes(directory.resolve("local")));
  }

  /** With a stage, only files that are new or changed are read; the answer is that of all. */
  @Test
  void oneMoreDayIsReadAlone() throws IOException {
    List<Path> events = log(DAYS);
    Path stage = directory.resolve("stage");
    List<String> arguments =
        List.of(
            "--format csv --max-rejects 0.5 --min-user-events 0 --min-item-events 0 --events %s --stage %s --out %s --to"
                .formatted(directory.resolve("log"), stage, directory.resolve("spark"))
                .split(" "));
    sparkDoes(with(arguments, "2024-01-03"));
    List<Path> before = rows(stage);
    assertThat(before).hasSize(3);
    sparkDoes(with(arguments, "2024-01-04"));
    assertThat(rows(stage)).hasSize(4).containsAll(before);
    local(Format.CSV, events).protocol(rules(0, 0)).into(directory.resolve("local"));
    assertThat(hashes(directory.resolve("spark"))).isEqualTo(hashes(directory.resolve("local")));

    Path changed = directory.resolve("log/date=2024-01-01/part-0.csv");
    write(changed, Files.readString(changed) + "u1,i1,1\n");
    Files.setLastModifiedTime(changed, FileTime.fromMillis(1_700_000_000_000L));
    sparkDoes(with(arguments, "2024-01-04", "--from", "2024-01-01"));
    assertThat(rows(stage)).hasSize(5);
    try (Stream<Path> left = Files.list(stage)) { // and nothing that the jobs needed meanwhile
      assertThat(left.filter(Files::isDirectory)).isEmpty();
    }
  }

  private static List<Path> rows(Path stage) throws IOException {
    try (Stream<Path> files = Files.list(stage)) {
      return files.filter(file -> file.toString().endsWith("rows.parquet")).toList();
    }
  }

  /** What is on another file system is copied there and back, and called by its address. */
  @Test
  void allPlacesMayBeOnHdfs() throws IOException {
    List<Path> events = log(2);
    Path items = catalogue();
    local(Format.CSV, List.of(events.get(1), events.get(0)))
        .items(items)
        .protocol(rules(0, 0))
        .into(directory.resolve("local"));
    String hdfs = Hdfs.address("/prepared");
    Hdfs.put(directory.resolve("log"), hdfs + "/log");
    Hdfs.put(items, hdfs + "/items.csv");
    List<String> arguments =
        List.of(
            ("--format csv --max-rejects 0.5 --min-user-events 0 --min-item-events 0"
                    + " --events %1$s/log/*2/* %1$s/log/date=2024-01-01 --items %1$s/items.csv"
                    + " --out %1$s/spark --stage %1$s/stage")
                .formatted(hdfs)
                .split(" "));
    sparkDoes(arguments);
    sparkDoes(arguments); // over the older one, from the stage
    assertThat(Hdfs.names(hdfs)).containsExactly("items.csv", "log", "spark", "stage");
    Path got = Hdfs.get(hdfs + "/spark", directory.resolve("got"));
    Map<String, Object> found = hashes(got);
    Map<String, Object> expected = hashes(directory.resolve("local"));
    for (String same : List.of("counts", "files", "cut", "timed")) {
      assertThat(found.get(same)).isEqualTo(expected.get(same));
    }
    assertThat(found.get("sources").toString())
        .isEqualTo(expected.get("sources").toString().replace("file=" + directory, "file=" + hdfs));
    assertThat(Files.readString(got.resolve("rejects.csv")))
        .isEqualTo(
            Files.readString(directory.resolve("local/rejects.csv"))
                .replace(directory.toString(), hdfs));
  }

  /** A refusal is that of the local verb, wherever it arises, and leaves what was there. */
  @Test
  void whatTheLocalVerbRefusesIsRefusedInItsWords() throws IOException {
    Path fine = log(1).get(0);
    Path out = directory.resolve("out");
    Path broken = write(directory.resolve("broken.csv"), "who,item\nu,i\n");
    Path zipped = write(directory.resolve("zipped.csv"), "PAR1\0\0\0");
    String plain = "--format csv --out " + out + " --max-rejects 0.5 ";
    Files.createDirectories(out);
    for (List<Path> files :
        List.of(List.of(fine, broken, zipped), List.of(fine, zipped, broken), List.of(fine))) {
      PrepareOptions.Protocol rules = rules(files.size() == 1 ? 5000 : 5, 5);
      String expected = refusal(local(Format.CSV, files).protocol(rules), out);
      StringBuilder names = new StringBuilder("--events");
      files.forEach(file -> names.append(' ').append(file));
      Said said =
          spark(
              List.of((plain + names + " --min-user-events " + rules.minUserEvents()).split(" ")));
      assertThat(said.err.strip()).isEqualTo(expected);
      assertThat(said.code).isEqualTo(3);
    }
    try (Stream<Path> left = Files.list(out)) {
      assertThat(left).isEmpty();
    }
  }

  private static String refusal(PreparationBuilder preparation, Path out) {
    try {
      preparation.into(out);
      return "nothing";
    } catch (DataException e) {
      return dev.horae.shell.Flags.in(e.getMessage());
    }
  }

  @Test
  void namesThatMeanNothingAndDatesThatAreNoneAreSaid() throws IOException {
    Path day = log(1).get(0);
    String plain = "--format csv --out " + directory.resolve("out") + " --events ";
    Path log = directory.resolve("log");
    assertThat(spark(List.of((plain + log + "/nothing*").split(" "))).err)
        .isEqualTo(
            log
                + "/nothing*: is no file, and no folder or pattern with files in it; check the path\n");
    assertThat(spark(List.of((plain + log + " --from 2025-01-01").split(" "))).err)
        .isEqualTo(
            log
                + ": is no file, and no folder or pattern with files in it; check the path, or choose"
                + " other dates with --from and --to\n");
    assertThat(spark(List.of((plain + log + " --events " + day).split(" "))).err)
        .matches(day + ".*: is meant by two of the names that were given; name it once\n");
    Path loose = write(directory.resolve("loose.csv"), "user,item\nu,i\n");
    assertThat(spark(List.of((plain + loose + " --to 2024-01-01").split(" "))).err)
        .isEqualTo(
            loose
                + ": lies in no folder date=YYYY-MM-DD, so --from and --to cannot choose it; leave"
                + " them out, or lay the files out by date\n");
    Said said = spark(List.of((plain + log + " --to 2024-01-01 --from 2024-01-02").split(" ")));
    assertThat(said.code).isEqualTo(2);
    assertThat(said.err).startsWith("--from 2024-01-02 lies after --to 2024-01-01; exchange them");
  }
}
