package dev.horae.spark;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;

import dev.horae.data.DataException;
import dev.horae.data.Json;
import dev.horae.prep.EventEngine;
import dev.horae.prep.EventFile;
import dev.horae.prep.PrepareOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;
import org.jspecify.annotations.Nullable;

/**
 * The steps 04 to 08 of {@code prep} on Spark. Files of events are read by tasks, with the readers
 * of {@code prep}; all that follows is Spark's.
 *
 * <p>Events are shuffled twice: once by user, in which place duplicates are found, the core is cut
 * and histories are ordered, and once into the order of the data set. A position is that of the
 * local verb: the number of the row among all rows of all files. So an id can be known by its first
 * position, and the order is the same however many partitions there are.
 */
final class SparkEvents implements EventEngine, AutoCloseable {

  private final SparkSession spark;
  private final Shuffles shuffles;
  private final PrepareOptions options;
  private final List<InputFile> files;
  private final Stage stage;
  private final java.nio.file.Path scratch;
  private final List<Stage.Entry> entries = new ArrayList<>();
  private final Map<String, Dataset<Row>> kept = new HashMap<>();

  /**
   * @param files of events
   * @param scratch a folder on the driver for copies of what is not on this machine
   */
  SparkEvents(
      SparkSession spark,
      PrepareOptions options,
      List<InputFile> files,
      Stage stage,
      java.nio.file.Path scratch) {
    // A cached table must stay partitioned by user; a plan that adapts itself does not promise it.
    this.spark = spark.newSession();
    shuffles = new Shuffles(spark);
    this.spark.conf().set("spark.sql.optimizer.canChangeCachedPlanOutputPartitioning", "false");
    this.options = options;
    this.files = files;
    this.stage = stage;
    this.scratch = scratch;
  }

  @Override
  public List<Read> read() {
    Reading reading = Reading.of(options.sources());
    Map<String, Stage.Entry> found = new HashMap<>();
    Map<String, InputFile> unread = new HashMap<>();
    for (InputFile file : files) {
      String key = Stage.key(file, reading);
      stage.find(key).ifPresentOrElse(e -> found.put(key, e), () -> unread.put(key, file));
    }
    Map<String, String> refusals = read(unread, reading, found);
    for (InputFile file : files) {
      String key = Stage.key(file, reading);
      if (refusals.containsKey(key)) {
        throw new DataException(refusals.get(key));
      }
      entries.add(found.get(key));
    }
    boolean timed = timed();
    return entries.stream()
        .map(
            e ->
                new Read(
                    e.file(),
                    timed && e.file().timeless() > 0 ? local(e, EventFile.TIMELESS) : List.of(),
                    local(e, EventFile.REJECTS)))
        .toList();
  }

  /** {@return why files were refused, by their keys} */
  private Map<String, String> read(
      Map<String, InputFile> unread, Reading reading, Map<String, Stage.Entry> read) {
    Map<String, String> refusals = new HashMap<>();
    if (unread.isEmpty()) {
      return refusals;
    }
    List<String> keys = List.copyOf(unread.keySet());
    List<InputFile> inputs = keys.stream().map(unread::get).toList();
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    at("read " + inputs.size() + " files of events");
    List<ReadTask.Answer> answers =
        context
            .parallelize(new ArrayList<>(inputs), inputs.size())
            .map(new ReadTask(stage, reading, Instant.now()))
            .collect();
    for (int i = 0; i < keys.size(); i++) {
      ReadTask.Answer answer = answers.get(i);
      if (answer.refusal() != null) {
        refusals.put(keys.get(i), answer.refusal());
      } else {
        Stage.Entry entry = entry(answer);
        stage.put(keys.get(i), entry);
        read.put(keys.get(i), entry);
      }
    }
    return refusals;
  }

  private static Stage.Entry entry(ReadTask.Answer answer) {
    try {
      return Json.MAPPER.readValue(answer.entry(), Stage.Entry.class);
    } catch (IOException e) {
      throw new UncheckedIOException("a task answered something else: " + answer.entry(), e);
    }
  }

  private boolean timed() {
    return entries.stream().anyMatch(entry -> entry.file().timed());
  }

  private List<java.nio.file.Path> local(Stage.Entry entry, String part) {
    return List.of(stage.local(stage.path(entry.parts() + part), scratch));
  }

  @Override
  public Ordered order(boolean timed) {
    long rows =
        entries.stream().mapToLong(e -> timed ? e.file().rows() : e.file().timeless()).sum();
    int parts = shuffles.partitions(rows);
    spark.conf().set(Shuffles.PARTITIONS, parts);
    PrepareOptions.Protocol rules = options.protocol();
    boolean remove = rules.duplicates() == PrepareOptions.Duplicates.REMOVE;

    at("number items");
    usable(timed).createOrReplaceTempView("usable_event");
    long items =
        keep(
            "item_code",
            """
            SELECT item_id, min(position) AS item_code, count(*) AS n
            FROM usable_event GROUP BY item_id
            """);
    Largest item = largest("SELECT item_id AS id, n FROM item_code", items);

    at("find duplicates");
    spark
        .table("usable_event")
        .join(few("item_code", items), "item_id")
        .select("position", "user_id", "item_code", "time")
        .repartition(parts, col("user_id"))
        .createOrReplaceTempView("coded_event");
    long usable =
        keep(
            "judged_event",
            """
            SELECT position, user_id, item_code, time,
                   %s AND row_number() OVER (
                       PARTITION BY user_id, item_code, time ORDER BY position) > 1 AS duplicate
            FROM coded_event
            """
                .formatted(timed));
    String sizes =
        "SELECT user_id AS id, count(*) AS n, count_if(duplicate) AS again FROM judged_event"
            + " GROUP BY user_id";
    Row all = spark.sql("SELECT count(*), coalesce(sum(again), 0L) FROM (" + sizes + ")").first();
    Largest user = largest(sizes, all.getLong(0));
    long duplicates = all.getLong(1);
    spark
        .sql(
            "SELECT position, user_id, item_code, time FROM judged_event WHERE NOT duplicate OR "
                + !remove)
        .createOrReplaceTempView("event");
    long before = remove ? usable - duplicates : usable;

    at("k-core");
    long left = before;
    int rounds = 0;
    while (left > 0) {
      long leftNow = core(rules, rounds, left);
      if (leftNow == left) {
        break;
      }
      left = leftNow;
      rounds++;
      at("k-core, round " + (rounds + 1));
    }

    at("order events");
    long usersLeft = number("user_id", "user", 0);
    number("item_code", "item", 1);
    List<java.nio.file.Path> catalogue =
        write(
            "items",
            spark.sql(
                """
                SELECT item_code, item_id, item
                FROM item_code LEFT JOIN item_index USING (item_code)
                """));
    boolean drawn = rules.ties() == PrepareOptions.Ties.RANDOM;
    spark.table("event").createOrReplaceTempView("left_event");
    few("item_index", items).createOrReplaceTempView("item_number");
    List<java.nio.file.Path> ordered =
        write(
            "ordered",
            spark.sql(
                """
                SELECT `user`, item, time, seconds, user_id FROM (
                    SELECT `user`, item, time,
                           time div 1000000000 - CAST(time %% 1000000000 < 0 AS BIGINT) AS seconds,
                           user_id, position
                    FROM left_event JOIN user_index USING (user_id) JOIN item_number USING (item_code))
                ORDER BY `user`, time, %s position
                """
                    .formatted(drawn ? "md5(CAST(position AS STRING))," : "")));
    return new Ordered(
        user, item, usable, duplicates, before, rounds, left, usersLeft, catalogue, ordered);
  }

  /** Says, on Spark's pages, what follows. */
  private void at(String what) {
    spark.sparkContext().setJobDescription(what);
  }

  /** {@return the rows of all files, with their positions among all rows} */
  private Dataset<Row> usable(boolean timed) {
    String part = timed ? EventFile.ROWS : EventFile.TIMELESS;
    List<Row> starts = new ArrayList<>();
    long start = 0;
    for (Stage.Entry entry : entries) {
      starts.add(RowFactory.create(entry.parts() + part, start));
      start += entry.file().rows() + entry.file().timeless();
    }
    StructType schema =
        new StructType().add("name", DataTypes.StringType).add("start", DataTypes.LongType);
    String[] paths =
        entries.stream()
            .map(entry -> stage.path(entry.parts() + part).toString())
            .distinct()
            .toArray(String[]::new);
    StructType columns =
        new StructType()
            .add("position", DataTypes.LongType)
            .add("user_id", DataTypes.StringType)
            .add("item_id", DataTypes.StringType);
    return spark
        .read()
        .schema(timed ? columns.add("nanos", DataTypes.LongType) : columns)
        .parquet(paths)
        .withColumn("name", col("_metadata.file_name"))
        .join(broadcast(spark.createDataFrame(starts, schema)), "name")
        .selectExpr(
            "position + start AS position",
            "user_id",
            "item_id",
            (timed ? "nanos" : "0L") + " AS time");
  }

  /**
   * One round of the core: users and items with too few events go, both judged by the same counts.
   *
   * @param round 0 for the first
   * @return the events that are left
   */
  private long core(PrepareOptions.Protocol rules, int round, long before) {
    if (rules.minUserEvents() <= 1 && rules.minItemEvents() <= 1) {
      return before;
    }
    // Through a file: a plan that named the events twice would double with each round.
    Path folder = stage.work("rare-" + round);
    Dataset<Row> found =
        spark.sql(
            "SELECT item_code FROM event GROUP BY item_code HAVING count(*) < "
                + rules.minItemEvents());
    found.write().parquet(folder.toString());
    Dataset<Row> written = spark.read().schema(found.schema()).parquet(folder.toString());
    long rare = written.count();
    Shuffles.few(written, rare).createOrReplaceTempView("rare_item");
    long left =
        keep(
            "event",
            """
            SELECT position, user_id, item_code, time FROM (
                SELECT position, user_id, item_code, time,
                       count(*) OVER (PARTITION BY user_id) AS events FROM event)
            %s WHERE events >= %s
            """
                .formatted(
                    rare == 0 ? "" : "LEFT ANTI JOIN rare_item USING (item_code)",
                    rules.minUserEvents()));
    forget(kept.remove("judged_event"));
    return left;
  }

  /**
   * Numbers ids, from {@code first} on, in the order of their first events.
   *
   * @return how many there are
   */
  private long number(String id, String name, int first) {
    StructType schema =
        new StructType()
            .add(id, spark.table("event").schema().apply(id).dataType())
            .add(name, DataTypes.IntegerType);
    Dataset<Row> sorted =
        spark.sql(
            "SELECT %1$s FROM (SELECT %1$s, min(position) AS start FROM event GROUP BY %1$s) ORDER BY start"
                .formatted(id));
    return keep(
        name + "_index",
        spark.createDataFrame(
            sorted
                .javaRDD()
                .zipWithIndex()
                .map(one -> RowFactory.create(one._1.get(0), Math.toIntExact(first + one._2))),
            schema));
  }

  /** Makes a table that is computed once. */
  private long keep(String name, String query) {
    return keep(name, spark.sql(query));
  }

  private long keep(String name, Dataset<Row> table) {
    Dataset<Row> persisted = table.persist(StorageLevel.DISK_ONLY());
    long rows = persisted.count();
    persisted.createOrReplaceTempView(name);
    forget(kept.put(name, persisted));
    return rows;
  }

  private static void forget(@Nullable Dataset<Row> table) {
    if (table != null) {
      table.unpersist();
    }
  }

  private Dataset<Row> few(String name, long rows) {
    return Shuffles.few(spark.table(name), rows);
  }

  private Largest largest(String sizes, long ids) {
    List<Row> two = spark.sql(sizes + " ORDER BY n DESC, id LIMIT 2").collectAsList();
    return two.isEmpty()
        ? new Largest("", 0, 0, 0)
        : new Largest(
            two.get(0).getString(0),
            two.get(0).getLong(1),
            two.size() < 2 ? 0 : two.get(1).getLong(1),
            ids);
  }

  private List<java.nio.file.Path> write(String name, Dataset<Row> rows) {
    Path folder = stage.work(name);
    rows.write().parquet(folder.toString());
    return stage.files(folder).stream().map(file -> stage.local(file, scratch)).toList();
  }

  /** Frees the disks of the executors, and the folder of what does not count. */
  @Override
  public void close() {
    kept.values().forEach(Dataset::unpersist);
    stage.clean(entries);
  }
}
