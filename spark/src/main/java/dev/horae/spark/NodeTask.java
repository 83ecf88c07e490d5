package dev.horae.spark;

import dev.horae.study.Child;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.spark.BarrierTaskContext;
import org.jspecify.annotations.Nullable;

/**
 * One node of a training, as a task of a barrier stage: a process of its own below the executor, as
 * libtorch's random numbers are one sequence per process, and an executor, or the driver, may have
 * several tasks.
 *
 * @param data whose files every node has
 * @param place where the driver has them, which the run remembers
 * @param from the run that node 0 starts from, or null
 * @param run the directory of the run, where all nodes see it
 * @param stopAfter after how many epochs, or 0
 * @param nodes how many there are
 * @param timeoutSeconds how long a node waits for another
 * @param fresh whether the run is to be made
 * @param settings of a fresh run all, otherwise those over the run's
 */
record NodeTask(
    SharedDirectory data,
    String place,
    @Nullable SharedDirectory from,
    String run,
    int stopAfter,
    int nodes,
    int timeoutSeconds,
    boolean fresh,
    List<String> settings)
    implements Serializable {

  private static final int PATIENCE_SECONDS = 10;

  /** Trains this task's part, and waits for its end. */
  Child.Ended train() {
    BarrierTaskContext context = BarrierTaskContext.get();
    int node = context.partitionId();
    Path files = Executor.once(data, data::path);
    String earlier =
        from == null || node > 0 ? "" : Executor.once(from, from::path).toString(); // gives to all
    Executor.load(); // unpacks libraries once, where the processes find them whole
    String rendezvous = context.allGather(node == 0 ? rendezvous(context) : "")[0];
    List<String> command = new ArrayList<>(Child.java());
    command.addAll(Executor.places());
    command.addAll(List.of("-cp", classPath(), TrainingNode.class.getName()));
    command.addAll(List.of(run, files.toString(), place, earlier, "" + stopAfter));
    command.addAll(List.of(rendezvous, "" + node, "" + nodes, "" + timeoutSeconds));
    command.add("" + fresh);
    command.addAll(settings);
    try {
      Path said = Files.createTempFile("horae-node-" + node + "-", ".txt");
      try {
        Process process =
            new ProcessBuilder(command)
                .redirectError(said.toFile())
                .start(); // standard input stays open as long as this process lives
        Thread progress = new Thread(() -> forward(process), "horae-node-" + node);
        progress.setDaemon(true);
        progress.start();
        try {
          int code = process.waitFor();
          progress.join();
          return new Child.Ended(code, Files.readString(said, StandardCharsets.UTF_8));
        } finally {
          process.destroy(); // where the task was interrupted
          process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
      } finally {
        Files.delete(said);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot run node " + node, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("node " + node + " was stopped", e);
    }
  }

  /** Reads what a node prints, to its end. */
  private static void forward(Process node) {
    try (BufferedReader lines = node.inputReader(StandardCharsets.UTF_8)) {
      lines.lines().flatMap(line -> NodeProgress.of(line).stream()).forEach(DriverLines::send);
    } catch (IOException | UncheckedIOException e) {
      return; // it was ended, and so the stream
    }
  }

  /** {@return where the nodes are to meet: a port of this machine that is free} */
  private static String rendezvous(BarrierTaskContext context) {
    String address = context.getTaskInfos()[0].address();
    try (ServerSocket socket = new ServerSocket(0)) {
      return address.replaceFirst(":[0-9]+$", "") + ":" + socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException("no port is free", e);
    }
  }

  /** Spark loads the jar that it got from the driver beside the class path of the process. */
  private static String classPath() {
    try {
      Path ours =
          Path.of(TrainingNode.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      return ours + File.pathSeparator + System.getProperty("java.class.path");
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
