package dev.horae.spark;

import dev.horae.data.Sink;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import scala.Function2;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag$;
import scala.runtime.BoxedUnit;

/** Work on a list that executors share; what a task makes comes as soon as it ends. */
final class ClusterTasks {

  /** The work of a task; an object of its own, as the driver's others do not travel. */
  interface Work<T, R> extends Function<List<T>, R[]>, Serializable {}

  private ClusterTasks() {}

  /**
   * @param size values of a task that are some seconds of work, and few enough to be done again
   * @param partitions how many tasks; 0: as many as the list calls for
   * @param work gives one result for each value, in their order
   * @param sink gets each place of the list once, on one thread
   */
  static <T extends Serializable, R> void run(
      SparkSession spark, List<T> values, int size, int partitions, Work<T, R> work, Sink<R> sink) {
    if (values.isEmpty()) {
      return;
    }
    int wanted =
        partitions > 0 ? partitions : Math.max(HistorySource.tasks(spark), values.size() / size);
    int tasks = Math.min(values.size(), wanted);
    JavaRDD<T> rows =
        JavaSparkContext.fromSparkContext(spark.sparkContext()).parallelize(values, tasks);
    int[] starts = // of the tasks' values, as parallelize cuts them
        IntStream.rangeClosed(0, tasks)
            .map(t -> Math.toIntExact((long) t * values.size() / tasks))
            .toArray();
    Function2<TaskContext, Iterator<T>, R[]> task =
        (Function2<TaskContext, Iterator<T>, R[]> & Serializable)
            (context, some) -> {
              List<T> all = new ArrayList<>();
              CollectionConverters.asJava(some).forEachRemaining(all::add);
              return work.apply(all);
            };
    spark
        .sparkContext()
        .runJob(
            rows.rdd(),
            task,
            CollectionConverters.asScala(
                    IntStream.range(0, tasks).boxed().map(i -> (Object) i).toList())
                .toSeq(),
            (t, made) -> {
              for (int i = 0; i < made.length; i++) {
                sink.put(starts[(int) t] + i, made[i]);
              }
              return BoxedUnit.UNIT;
            },
            ClassTag$.MODULE$.apply(Object[].class));
  }
}
