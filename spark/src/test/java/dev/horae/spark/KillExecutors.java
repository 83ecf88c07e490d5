package dev.horae.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.spark.SparkConf;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;

/**
 * Within a driver: for each number of tasks in {@code spark.horae.tasks}, separated by commas,
 * kills the process of the executor on which the first task has ended of the first stage of so
 * many. That, and the loss of an executor, is noted in the file {@code spark.horae.report};
 * executors carry its path as a property of theirs.
 */
public final class KillExecutors extends SparkListener {

  private final Path report;
  private final Set<Integer> tasks = new HashSet<>(); // of stages that are still to come
  private final Map<Integer, Integer> stages = new HashMap<>(); // under way: their tasks, by id

  public KillExecutors(SparkConf conf) {
    report = Path.of(conf.get("spark.horae.report"));
    Arrays.stream(conf.get("spark.horae.tasks").split(","))
        .map(Integer::valueOf)
        .forEach(tasks::add);
  }

  @Override
  public void onStageSubmitted(SparkListenerStageSubmitted submitted) {
    int many = submitted.stageInfo().numTasks();
    if (tasks.remove(many)) {
      stages.put(submitted.stageInfo().stageId(), many);
    }
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd end) {
    if (!end.taskInfo().successful() || !stages.containsKey(end.stageId())) {
      return;
    }
    String note = " " + end.taskInfo().executorId() + " in " + stages.remove(end.stageId());
    if (kill(report, end.taskInfo().executorId())) {
      note("killed" + note + " tasks");
    }
  }

  @Override
  public void onExecutorRemoved(SparkListenerExecutorRemoved removed) {
    note("removed " + removed.executorId());
  }

  /**
   * {@return whether the process of an executor was killed}
   *
   * @param report the path that it carries
   */
  static boolean kill(Path report, String id) {
    return ProcessHandle.allProcesses()
        .filter(process -> isExecutor(process, report, id))
        .map(ProcessHandle::destroyForcibly)
        .reduce(false, Boolean::logicalOr);
  }

  private static boolean isExecutor(ProcessHandle process, Path report, String id) {
    Path words = Path.of("/proc", Long.toString(process.pid()), "cmdline");
    try {
      String command = Files.readString(words, StandardCharsets.UTF_8);
      return command.contains("\0-Dhorae.report=" + report + "\0")
          && command.contains("\0--executor-id\0" + id + "\0");
    } catch (IOException e) { // it has just ended, or is somebody else's
      return false;
    }
  }

  private void note(String line) {
    try {
      Files.writeString(report, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
