package dev.horae.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.horae.config.ConfigException;
import dev.horae.data.DataException;
import dev.horae.data.Workers;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class ClusterTest {

  static Cluster local() {
    Cluster cluster = new Cluster();
    cluster.master = "local[2]";
    return cluster;
  }

  /** One task gives 4 = 2 x 2 and how many workers it may use: 1, whatever the machine has. */
  private static MapPartitionsFunction<Long, String> product() {
    return rows ->
        Executor.computing(
                () ->
                    List.of(
                        torch.ones(2, 2).mm(torch.ones(2, 2)).sum().item_float()
                                * torch.get_num_threads()
                            + " by "
                            + Workers.count()))
            .iterator();
  }

  @Test
  void aTaskComputesOnOneThreadPerCoreOfTheTask() {
    SparkSession spark = local().session("test");
    assertThat(
            spark.range(0, 100, 1, 3).mapPartitions(product(), Encoders.STRING()).collectAsList())
        .containsExactly("8.0 by 1", "8.0 by 1", "8.0 by 1");
  }

  @Test
  void aNewerJavaThanHadoopRunsOnIsRefused() {
    Cluster.requireJava(17);
    Cluster.requireJava(22);
    assertThatThrownBy(() -> Cluster.requireJava(25))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("Java 25: Spark 4.1 runs on Java 17 to 22; set HORAE_JAVA_HOME");
  }

  @Test
  void whatCanNeverWorkIsRefusedWithoutASession() {
    Cluster cluster = local();
    cluster.check();
    cluster.master = "loacl[2]";
    assertThatThrownBy(cluster::check)
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("--master loacl[2] is none of local[N], ");
    cluster.master = "local[2]";
    cluster.settings.put("spark.sql.shuffle.partitions", "auto");
    assertThatThrownBy(cluster::check)
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("spark.sql.shuffle.partitions=auto is no number of partitions; ");
    cluster.master = null;
    assertThatThrownBy(cluster::check)
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("--master is missing");
  }

  /** What a task throws reaches the user without Spark's stack. */
  @Test
  void aTaskThatFailsSaysWhy() {
    MapPartitionsFunction<Long, String> failing =
        rows -> {
          throw new DataException("part 7: has no rows; make some");
        };
    StringWriter err = new StringWriter();
    try {
      local().session("test").range(10).mapPartitions(failing, Encoders.STRING()).collectAsList();
    } catch (Exception e) {
      assertThat(SparkMain.report(e, new PrintWriter(err, true))).isEqualTo(3);
    }
    assertThat(err).hasToString("part 7: has no rows; make some\n");
  }

  @Test
  void theCommandExplainsItself() {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    PrintWriter print = new PrintWriter(err);
    assertThat(SparkMain.run(new PrintWriter(out), print, "--help")).isZero();
    assertThat(out.toString()).startsWith("Usage: horae spark ");
    assertThat(SparkMain.run(new PrintWriter(out), print, "sing")).isEqualTo(2);
    assertThat(err.toString()).startsWith("there is no verb 'sing'\n");
  }
}
