package dev.horae.spark;

import dev.horae.study.Child;
import java.io.Serializable;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.SparkSession;
import scala.Function1;
import scala.Function2;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag$;
import scala.runtime.BoxedUnit;

/**
 * The nodes of a training as one barrier stage: Spark runs all of its tasks at once, and tells them
 * of each other. A task ends well however its node did, and says how: so the driver knows which
 * node was the first to fail, and Spark does nothing again by itself.
 */
final class BarrierJob {

  private static final int FAILED = 1;
  private static final int SIGNAL = 128; // and above: a process that a signal has ended

  /** Of what Spark says of a stage at length: the node, and how its task failed. */
  private static final Pattern CAUSE =
      Pattern.compile(
          "ResultTask\\(\\d+, (\\d+)\\) finished unsuccessfully[.]\\s*"
              + "(ExecutorLostFailure [^\\n]*? Reason: )?([^\\n]*)");

  private final SparkContext context;
  private final NodeTask task;
  private final String group = "horae-train-" + UUID.randomUUID();
  private final Map<Integer, Child.Ended> ends = Collections.synchronizedMap(new TreeMap<>());

  BarrierJob(SparkSession spark, NodeTask task) {
    context = spark.sparkContext();
    this.task = task;
  }

  /**
   * Why a training did not end well.
   *
   * @param code to exit with
   */
  record Failure(int code, String reason) {}

  /** Runs all nodes to their end. */
  Optional<Failure> run() {
    context.setJobGroup(group, "train", true);
    try {
      runTasks();
    } catch (Exception e) { // Scala declares none: the job was cancelled, an executor is lost
      return Optional.of(failed().orElseGet(() -> new Failure(FAILED, reason(e))));
    } finally {
      context.clearJobGroup();
    }
    return failed();
  }

  private void runTasks() {
    NodeTask work = task; // not this, which is the driver's
    Function1<Iterator<Integer>, Iterator<Integer>> same =
        (Function1<Iterator<Integer>, Iterator<Integer>> & Serializable) own -> own;
    Function2<TaskContext, Iterator<Integer>, Child.Ended> node =
        (Function2<TaskContext, Iterator<Integer>, Child.Ended> & Serializable)
            (here, numbers) -> work.train();
    RDD<Integer> numbers =
        JavaSparkContext.fromSparkContext(context)
            .parallelize(IntStream.range(0, work.nodes()).boxed().toList(), work.nodes())
            .rdd()
            .barrier()
            .mapPartitions(same, false, ClassTag$.MODULE$.apply(Integer.class));
    context.runJob(
        numbers,
        node,
        CollectionConverters.asScala(
                IntStream.range(0, work.nodes()).boxed().map(i -> (Object) i).toList())
            .toSeq(),
        (number, end) -> {
          ended((int) number, end);
          return BoxedUnit.UNIT;
        },
        ClassTag$.MODULE$.apply(Child.Ended.class));
  }

  /** Ends the others, which may still wait for a node that never comes. */
  private void ended(int number, Child.Ended end) {
    ends.put(number, end);
    if (end.code() != 0 && !end.isConsequence()) {
      context.cancelJobGroup(group);
    }
  }

  /** {@return how the node failed that was the first to} */
  private Optional<Failure> failed() {
    Optional<Failure> consequence = Optional.empty();
    for (Map.Entry<Integer, Child.Ended> end : ends.entrySet()) {
      Child.Ended how = end.getValue();
      if (how.code() != 0) {
        int code = how.code() > SIGNAL ? FAILED : how.code();
        Failure failure = new Failure(code, "node " + end.getKey() + ": " + how.reason());
        if (!how.isConsequence()) {
          return Optional.of(failure);
        }
        consequence = Optional.of(failure);
      }
    }
    return consequence;
  }

  private static String reason(Exception e) {
    String said = String.valueOf(e.getMessage());
    Matcher cause = CAUSE.matcher(said);
    return cause.find()
        ? "node %s: %s%s"
            .formatted(
                cause.group(1), cause.group(2) == null ? "" : "lost its executor: ", cause.group(3))
        : "Spark: " + said.lines().findFirst().orElse("");
  }
}
