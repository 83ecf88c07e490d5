package dev.horae.spark;

import dev.horae.data.DataException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Option;

/** The options that say whose histories a verb reads. */
final class HistorySource {

  /** Tasks per core: one that is slow, or done again, then holds up little. */
  private static final int TASKS_PER_CORE = 4;

  @Option(
      names = "--data",
      paramLabel = "DATASET",
      description = "A prepared data set: all its users, with everything known of them.")
  String data;

  @Option(
      names = "--histories",
      paramLabel = "PARQUET",
      description =
          "Files with the columns user (any type), items (array of text) and times (array of"
              + " bigint, seconds since 1970 in UTC).")
  String histories;

  /** Refuses what is not there, without a session. */
  void check(Folders folders) {
    String input = data == null ? histories : data + "/events.parquet";
    if (!folders.exist(input)) {
      throw new DataException(input + ": is not there; check the path");
    }
  }

  /**
   * {@return the rows of {@link Histories}}
   *
   * @param partitions how many; 0: as many as the cluster calls for
   */
  Dataset<Row> read(SparkSession spark, int partitions) {
    int tasks = partitions > 0 ? partitions : tasks(spark);
    return data == null
        ? Histories.ofParquet(spark, histories, tasks)
        : Histories.ofDataset(spark, data, tasks);
  }

  static int tasks(SparkSession spark) {
    return TASKS_PER_CORE * spark.sparkContext().defaultParallelism();
  }

  @Override
  public String toString() {
    return data == null ? histories : data;
  }
}
