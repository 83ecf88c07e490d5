package dev.horae.spark;

import dev.horae.data.Progress;
import dev.horae.data.Sink;
import dev.horae.encoder.TextEncoder;
import java.util.List;
import org.apache.spark.sql.SparkSession;

/** An encoder whose texts are encoded by executors; each of their vectors comes as a task ends. */
final class ClusterTexts implements TextEncoder {

  private static final int TASK = 1024; // texts

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
  public void encode(List<String> texts, Progress progress, Sink<float[]> sink) {
    TextTask work = task; // not this encoder, which is the driver's
    ClusterTasks.run(spark, texts, TASK, partitions, some -> work.encode(some), sink);
  }

  @Override
  public void close() {
    here.close();
  }
}
