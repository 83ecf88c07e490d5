package dev.horae.spark;

import dev.horae.data.Progress;
import dev.horae.encoder.TextEncoder;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
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

/** An encoder whose texts are encoded by executors; each of their vectors comes as a task ends. */
final class ClusterTexts implements TextEncoder {

  /** Texts of a task: some seconds of work, and small enough to be done again. */
  private static final int TASK = 1024;

  private final SparkSession spark;
  private final TextEncoder here;
  private final TextTask task;
  private final int partitions;

  /**
   * @param here the same encoder in this process, which answers for the executors'
   * @param partitions how many tasks; 0: as many as the texts call for
   */
  ClusterTexts(SparkSession spark, TextEncoder here, TextTask task, int partitions) {
    this.spark = spark;
    this.here = here;
    this.task = task;
    this.partitions = partitions;
  }

  @Override
  public String name() {
    return here.name();
  }

  @Override
  public String id() {
    return here.id();
  }

  @Override
  public int width() {
    return here.width();
  }

  @Override
  public int states() {
    return here.states();
  }

  @Override
  public int maxTokens() {
    return here.maxTokens();
  }

  @Override
  public boolean cuts(String text) {
    return here.cuts(text);
  }

  @Override
  public void encode(List<String> texts, Progress progress, Sink sink) {
    if (texts.isEmpty()) {
      return;
    }
    int tasks = Math.min(texts.size(), partitions > 0 ? partitions : tasks(texts.size()));
    JavaRDD<String> rows =
        JavaSparkContext.fromSparkContext(spark.sparkContext()).parallelize(texts, tasks);
    int[] starts = // of the tasks' texts, as parallelize cuts them
        IntStream.rangeClosed(0, tasks)
            .map(t -> Math.toIntExact((long) t * texts.size() / tasks))
            .toArray();
    TextTask work = task; // not this encoder, which is the driver's
    Function2<TaskContext, Iterator<String>, float[][]> encode =
        (Function2<TaskContext, Iterator<String>, float[][]> & Serializable)
            (context, some) -> {
              List<String> all = new ArrayList<>();
              CollectionConverters.asJava(some).forEachRemaining(all::add);
              return work.encode(all);
            };
    spark
        .sparkContext()
        .runJob(
            rows.rdd(),
            encode,
            CollectionConverters.asScala(
                    IntStream.range(0, tasks).boxed().map(i -> (Object) i).toList())
                .toSeq(),
            (t, vectors) -> {
              for (int i = 0; i < vectors.length; i++) {
                sink.put(starts[(int) t] + i, vectors[i]);
              }
              return BoxedUnit.UNIT;
            },
            ClassTag$.MODULE$.apply(float[][].class));
  }

  private int tasks(int texts) {
    return Math.max(HistorySource.tasks(spark), texts / TASK);
  }

  @Override
  public void close() {
    here.close();
  }
}
