package dev.horae.spark;

import static org.apache.spark.sql.functions.broadcast;

import dev.horae.config.ConfigException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import scala.Option;

/** How tables are spread over tasks, where we know more of their sizes than Spark does. */
final class Shuffles {

  /** Spark's setting of how many partitions a shuffle has. */
  static final String PARTITIONS = "spark.sql.shuffle.partitions";

  /** Rows of a partition when events are shuffled: some tens of megabytes. */
  private static final long ROWS_OF_A_PARTITION = 1_000_000;

  /** Items of which each executor can hold a table. */
  private static final long FEW = 2_000_000;

  private final @Nullable Integer set; // by the user; null: nothing
  private final int tasks;

  /**
   * @param session as the user set it
   */
  Shuffles(SparkSession session) {
    Option<String> partitions = session.conf().getAll().get(PARTITIONS);
    set = partitions.isDefined() ? Integer.valueOf(partitions.get()) : null;
    tasks = session.sparkContext().defaultParallelism();
  }

  /** Refuses a number of partitions that is none; Spark itself would do so in the middle. */
  static void check(@Nullable String partitions) {
    if (partitions != null && !partitions.matches("0*[1-9][0-9]{0,8}")) {
      throw new ConfigException(
          PARTITIONS
              + "="
              + partitions
              + " is no number of partitions; give one, such as 200, or leave it out, and the"
              + " verb chooses");
    }
  }

  /** {@return how many partitions so many rows get, if the user has not set another number} */
  int partitions(long rows) {
    return set != null ? set : (int) Math.max(tasks, rows / ROWS_OF_A_PARTITION + 1);
  }

  /** {@return a table that is sent to every executor, if it is small} */
  static Dataset<Row> few(Dataset<Row> table, long rows) {
    return rows <= FEW ? broadcast(table) : table;
  }
}
