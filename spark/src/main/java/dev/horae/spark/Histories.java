package dev.horae.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_list;
import static org.apache.spark.sql.functions.first;
import static org.apache.spark.sql.functions.sort_array;
import static org.apache.spark.sql.functions.struct;

import dev.horae.data.DataException;
import dev.horae.serve.Recommender.Event;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * What users did, a row each: {@code user}, {@code items} (texts: the shop's ids) and {@code times}
 * (BIGINT: seconds since 1970-01-01 UTC), of equal length.
 */
final class Histories {

  private Histories() {}

  /**
   * {@return those of a prepared data set} Events are ordered as there: by time, and within one
   * time as the files have them. Each partition has its users in the order of the data set.
   *
   * @param partitions how many
   */
  static Dataset<Row> ofDataset(SparkSession spark, String directory, int partitions) {
    Dataset<Row> items = spark.read().parquet(directory + "/items.parquet").select("item", "id");
    return ordered(events(spark, directory).join(items, "item"), "id", partitions);
  }

  /** {@return the same, with the catalogue's numbers (INTEGER, from 1) as items} */
  static Dataset<Row> numbered(SparkSession spark, String directory, int partitions) {
    return ordered(events(spark, directory), "item", partitions);
  }

  private static Dataset<Row> events(SparkSession spark, String directory) {
    return spark
        .read()
        .parquet(directory + "/events.parquet")
        .select("user", "user_id", "item", "time", "_metadata.file_name", "_metadata.row_index");
  }

  private static Dataset<Row> ordered(Dataset<Row> events, String item, int partitions) {
    return events
        .repartition(partitions, col("user"))
        .groupBy("user")
        .agg(
            first("user_id").as("id"),
            sort_array(collect_list(struct("time", "file_name", "row_index", item))).as("events"))
        .sortWithinPartitions("user")
        .selectExpr("id AS user", "events.%s AS items".formatted(item), "events.time AS times");
  }

  /**
   * {@return those of files of Parquet}
   *
   * @param partitions how many, whatever the files are like
   * @throws DataException when a column is missing or of another type
   */
  static Dataset<Row> ofParquet(SparkSession spark, String place, int partitions) {
    Dataset<Row> rows = spark.read().parquet(place);
    require(place, rows.schema(), "items", List.of(DataTypes.StringType));
    require(place, rows.schema(), "times", List.of(DataTypes.LongType, DataTypes.IntegerType));
    if (!Arrays.asList(rows.schema().fieldNames()).contains("user")) {
      throw missing(place, rows.schema(), "user");
    }
    return rows.select(
            col("user"),
            col("items"),
            col("times").cast(DataTypes.createArrayType(DataTypes.LongType)))
        .repartition(partitions);
  }

  /** {@return the events of a row} */
  static List<Event> events(Row row) {
    List<String> items = row.isNullAt(1) ? List.of() : row.getList(1);
    List<Long> times = row.isNullAt(2) ? List.of() : row.getList(2);
    if (items.size() != times.size()) {
      throw new DataException(
          "user %s: has %s items and %s times; give each item its time"
              .formatted(row.get(0), items.size(), times.size()));
    }
    List<Event> events = new ArrayList<>();
    for (int e = 0; e < items.size(); e++) {
      if (items.get(e) == null || times.get(e) == null) {
        throw new DataException(
            "user %s: event %s has no %s; leave it out or give it one"
                .formatted(row.get(0), e + 1, items.get(e) == null ? "item" : "time"));
      }
      events.add(new Event(items.get(e), times.get(e)));
    }
    return events;
  }

  private static void require(
      String place, StructType schema, String column, List<DataType> elements) {
    if (!Arrays.asList(schema.fieldNames()).contains(column)) {
      throw missing(place, schema, column);
    }
    DataType found = schema.apply(column).dataType();
    if (!(found instanceof ArrayType array && elements.contains(array.elementType()))) {
      throw new DataException(
          "%s: the column %s is %s, not array<%s>; convert it"
              .formatted(place, column, found.simpleString(), elements.get(0).simpleString()));
    }
  }

  private static DataException missing(String place, StructType schema, String column) {
    return new DataException(
        "%s: has no column %s, only %s; it needs user, items and times"
            .formatted(place, column, String.join(", ", schema.fieldNames())));
  }
}
