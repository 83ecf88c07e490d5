package dev.horae.spark;

import dev.horae.data.Progress;
import dev.horae.data.Sink;
import dev.horae.features.PictureEngine;
import dev.horae.features.PictureSearch;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;

/** Pictures that executors find and encode; each of their vectors comes as a task ends. */
final class ClusterPictures implements PictureEngine {

  private static final int TASK = 256; // items

  private final SparkSession spark;
  private final PictureTask task;
  private final int partitions;

  /**
   * @param partitions how many tasks; 0: as many as the items call for
   */
  ClusterPictures(SparkSession spark, PictureTask task, int partitions) {
    this.spark = spark;
    this.task = task;
    this.partitions = partitions;
  }

  @Override
  public void find(
      List<List<String>> pictures,
      Set<String> known,
      Progress progress,
      Sink<PictureSearch.Found> sink) {
    List<ArrayList<String>> named = pictures.stream().map(ArrayList::new).toList();
    Broadcast<Set<String>> keys =
        JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(known);
    PictureTask work = task; // not this engine, which is the driver's
    ClusterTasks.Work<ArrayList<String>, PictureSearch.Found> find =
        some -> work.find(some, keys.value());
    ClusterTasks.run(spark, named, TASK, partitions, find, sink);
  }
}
