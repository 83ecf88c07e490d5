package dev.horae.spark;

import dev.horae.data.Manifest;
import dev.horae.model.HoraeCounting;
import java.util.Iterator;
import java.util.stream.IntStream;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;

/**
 * The counts of {@link dev.horae.model.Horae} by {@link HoraeCounting}, as tables of all items.
 *
 * <p>A user's events are in one place; what they count of an item or of a pair is added up by
 * tasks, and then once more. Nothing else is gathered by item: a row is cut by its tasks, and then
 * once more, so an item of very many users weighs on none.
 *
 * <p>All sums are exact, so the same however many partitions there are: an addend is a float of at
 * least 1/16 and at most 1, that is a multiple of 2^-27, and a double holds each sum of these up to
 * 2^26. What fades is added up as whole numbers of {@link #UNITS}.
 */
final class SparkCounts implements AutoCloseable {

  private static final String UNITS = "4294967296"; // 2^32 to an event that has just happened

  private static final StructType PAIR =
      new StructType()
          .add("item", DataTypes.IntegerType)
          .add("other", DataTypes.IntegerType)
          .add("value", DataTypes.FloatType);

  private static final StructType EVENT =
      new StructType()
          .add("item", DataTypes.IntegerType)
          .add("time", DataTypes.LongType)
          .add("followed", DataTypes.DoubleType);

  private final SparkSession spark;
  private final Shuffles shuffles;
  private final int items; // N
  private final Dataset<Row> histories;
  private final Dataset<Row> known;

  /**
   * @param data the directory of a prepared data set
   */
  SparkCounts(SparkSession shared, String data, Manifest manifest) {
    spark = shared.newSession();
    shuffles = new Shuffles(shared);
    items = manifest.counts().getOrDefault("items", 0).intValue();
    udfs();
    at("order events");
    int parts = shuffles.partitions(manifest.counts().getOrDefault("events", 0).longValue());
    histories =
        Histories.numbered(spark, data, parts)
            .map(new TrainingHistory(manifest.cut()), Encoders.row(TrainingHistory.SCHEMA))
            .persist(StorageLevel.DISK_ONLY());
    histories.createOrReplaceTempView("history");
    spark.read().parquet(data + "/items.parquet").createOrReplaceTempView("catalogue");
    at("count items");
    partition("SELECT sum(size(items)) FROM history");
    known = known().persist(StorageLevel.DISK_ONLY());
    Shuffles.few(known, items).createOrReplaceTempView("known");
  }

  private void udfs() {
    UDF1<Integer, Float> worth = HoraeCounting::worth;
    UDF1<Double, Float> inverseNorm = HoraeCounting::inverseNorm;
    UDF1<Double, Float> inverseTotal = HoraeCounting::inverseTotal;
    UDF2<Integer, Long, Double> fading = HoraeCounting::fading;
    UDF2<Float, Integer, Long> order = HoraeCounting::order;
    spark.udf().register("worth", worth, DataTypes.FloatType);
    spark.udf().register("inverse_norm", inverseNorm, DataTypes.FloatType);
    spark.udf().register("inverse_total", inverseTotal, DataTypes.FloatType);
    spark.udf().register("fading", fading, DataTypes.DoubleType);
    spark.udf().register("place", order, DataTypes.LongType);
  }

  /** Says, on Spark's pages, what follows. */
  private void at(String what) {
    spark.sparkContext().setJobDescription(what);
  }

  /** Sets how many partitions a shuffle of so many rows has. */
  private void partition(String rows) {
    Row first = spark.sql(rows).first();
    long count = first.isNullAt(0) ? 0 : first.getLong(0);
    spark.conf().set(Shuffles.PARTITIONS, shuffles.partitions(count));
  }

  /** {@return what is counted of each item that has training events} */
  private Dataset<Row> known() {
    flat("event", SparkCounts::events, EVENT);
    Row last = spark.sql("SELECT max(time) FROM event").first();
    long now = last.isNullAt(0) ? 0 : HoraeCounting.dayAfter(last.getLong(0));
    return spark.sql(
        """
        SELECT item, id, coalesce(users, 0) AS users, events, lately, longer, first,
               inverse_norm, inverse_total FROM (
            SELECT item, count(*) AS events, min(time) AS first,
                   sum(CAST(round(fading(0, %1$s - time) * %2$s) AS BIGINT)) / %2$s AS lately,
                   sum(CAST(round(fading(1, %1$s - time) * %2$s) AS BIGINT)) / %2$s AS longer,
                   inverse_total(sum(followed)) AS inverse_total
            FROM event GROUP BY item)
        LEFT JOIN (
            SELECT item, count(*) AS users, inverse_norm(sum(worth)) AS inverse_norm
            FROM (SELECT explode(newest) AS item, worth(size(newest)) AS worth FROM history)
            GROUP BY item) USING (item)
        JOIN catalogue USING (item)
        """
            .formatted(now, UNITS));
  }

  /** {@return a row for each item that has training events} */
  Dataset<Row> items() {
    at("items");
    return spark.sql("SELECT id AS item, users, events, lately, longer, first FROM known");
  }

  /** {@return {@code item, follower, share, rank}: how soon and often one followed the other} */
  Dataset<Row> followers() {
    at("taken after");
    partition("SELECT sum(size(items)) * %s FROM history".formatted(HoraeCounting.REACH));
    flat("following", SparkCounts::following, PAIR);
    return largest(
        """
        SELECT item, other, CAST(sum AS FLOAT) * inverse_total AS value
        FROM (SELECT item, other, sum(value) AS sum FROM following GROUP BY item, other)
        JOIN known USING (item)
        """,
        "b.id AS follower, value AS share");
  }

  /** {@return {@code item, other, cosine, rank}: of the users who took both} */
  Dataset<Row> together() {
    at("taken together");
    partition("SELECT sum(size(newest) * (size(newest) - 1)) FROM history");
    flat("pair", SparkCounts::pairs, PAIR);
    return largest(
        """
        SELECT p.item, other, CAST(sum AS FLOAT) * inverse_norm AS value
        FROM (SELECT inline(array(struct(item, other), struct(other AS item, item AS other))), sum
              FROM (SELECT item, other, sum(value) AS sum FROM pair GROUP BY item, other)) p
        JOIN known ON other = known.item
        """,
        "b.id AS other, value * a.inverse_norm AS cosine");
  }

  /**
   * {@return of each row of a table its largest values, with the shop's ids}
   *
   * @param pairs {@code item, other, value}
   * @param columns of pairs and {@code known a} and {@code b}, the item and the other
   */
  private Dataset<Row> largest(String pairs, String columns) {
    return spark.sql(
        """
        SELECT a.id AS item, %s, rank FROM (
            SELECT item, other, value,
                   row_number() OVER (PARTITION BY item ORDER BY place(value, other) DESC) AS rank
            FROM (%s)) p
        JOIN known a ON p.item = a.item
        JOIN known b ON p.other = b.item
        WHERE rank <= %s
        """
            .formatted(columns, pairs, HoraeCounting.kept(items)));
  }

  private void flat(String name, FlatMapFunction<Row, Row> rows, StructType schema) {
    histories.flatMap(rows, Encoders.row(schema)).createOrReplaceTempView(name);
  }

  /** {@return the events of a history, with what its followers count in all} */
  private static Iterator<Row> events(Row history) {
    int[] items = TrainingHistory.numbers(history, 0);
    long[] times = history.<Long>getList(1).stream().mapToLong(Long::longValue).toArray();
    return IntStream.range(0, items.length)
        .mapToObj(e -> RowFactory.create(items[e], times[e], followed(items.length - 1 - e)))
        .iterator();
  }

  private static double followed(int later) {
    return IntStream.rangeClosed(1, Math.min(later, HoraeCounting.REACH))
        .mapToDouble(steps -> (float) HoraeCounting.near(steps))
        .sum();
  }

  /** {@return each event with each that followed it} */
  private static Iterator<Row> following(Row history) {
    int[] items = TrainingHistory.numbers(history, 0);
    return IntStream.range(0, items.length)
        .boxed()
        .flatMap(
            e ->
                IntStream.rangeClosed(1, Math.min(items.length - 1 - e, HoraeCounting.REACH))
                    .mapToObj(
                        steps ->
                            RowFactory.create(
                                items[e], items[e + steps], (float) HoraeCounting.near(steps))))
        .iterator();
  }

  /** {@return each two of the items that are paired, the lower one first} */
  private static Iterator<Row> pairs(Row history) {
    int[] newest = IntStream.of(TrainingHistory.numbers(history, 2)).sorted().toArray();
    float worth = HoraeCounting.worth(newest.length);
    return IntStream.range(0, newest.length)
        .boxed()
        .flatMap(
            a ->
                IntStream.range(a + 1, newest.length)
                    .mapToObj(b -> RowFactory.create(newest[a], newest[b], worth)))
        .iterator();
  }

  /** Frees the disks of the executors. */
  @Override
  public void close() {
    known.unpersist();
    histories.unpersist();
  }
}
