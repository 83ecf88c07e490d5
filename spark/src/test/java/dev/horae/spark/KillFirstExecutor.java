package dev.horae.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apache.spark.SparkConf;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;

/**
 * Within a driver: when the first task of the stage of {@code spark.horae.tasks} tasks has ended,
 * kills the process of its executor. That, and the loss of the executor, is noted in the file
 * {@code spark.horae.report}; executors carry its path as a property of theirs.
 */
public final class KillFirstExecutor extends SparkListener {

  private final Path report;
  private final int tasks;
  private int stage = -1;
  private boolean killed;

  public KillFirstExecutor(SparkConf conf) {
    report = Path.of(conf.get("spark.horae.report"));
    tasks = Integer.parseInt(conf.get("spark.horae.tasks"));
  }

  @Override
  public void onStageSubmitted(SparkListenerStageSubmitted submitted) {
    if (submitted.stageInfo().numTasks() == tasks) {
      stage = submitted.stageInfo().stageId();
    }
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd end) {
    if (killed || end.stageId() != stage || !end.taskInfo().successful()) {
      return;
    }
    killed = true;
    String id = end.taskInfo().executorId();
    ProcessHandle.allProcesses()
        .filter(process -> isExecutor(process, id))
        .filter(ProcessHandle::destroyForcibly)
        .forEach(process -> note("killed " + id));
  }

  @Override
  public void onExecutorRemoved(SparkListenerExecutorRemoved removed) {
    note("removed " + removed.executorId());
  }

  private boolean isExecutor(ProcessHandle process, String id) {
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
