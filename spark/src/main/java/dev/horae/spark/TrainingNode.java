package dev.horae.spark;

import dev.horae.data.DataException;
import dev.horae.data.Progress;
import dev.horae.run.Inputs;
import dev.horae.run.RunConfig;
import dev.horae.run.RunDirectory;
import dev.horae.run.TrainedRun;
import dev.horae.run.Training;
import dev.horae.shell.Failures;
import dev.horae.tensor.Group;
import dev.horae.train.EpochReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.bytedeco.pytorch.global.torch;

/** The process of a node, see {@link NodeTask}; it ends with the one that started it. */
final class TrainingNode {

  private TrainingNode() {}

  /**
   * @param arguments the run, the data set, where the driver has it, the run to start from or
   *     nothing, after how many epochs to stop or 0, where the nodes meet, which this is, how many
   *     there are, seconds to wait, and settings over those of the run
   */
  public static void main(String[] arguments) {
    endWithParent();
    torch.set_num_threads(1);
    int code = 0;
    try {
      Group group =
          Group.of(
              arguments[5],
              Integer.parseInt(arguments[6]),
              Integer.parseInt(arguments[7]),
              Duration.ofSeconds(Long.parseLong(arguments[8])));
      try (group) {
        RunDirectory run = open(Path.of(arguments[0]), group);
        List<String> overrides = List.of(arguments).subList(9, arguments.length);
        Inputs inputs = Inputs.of(run, Path.of(arguments[1]), overrides);
        RunConfig config =
            inputs.config().settled(arguments[2], inputs.config().text(), inputs.config().image());
        Training training = Training.of(config, inputs.dataset(), inputs.features(), group);
        if (!arguments[3].isEmpty()) {
          training.startFrom(TrainedRun.open(RunDirectory.open(Path.of(arguments[3]))));
        }
        train(training, run, Integer.parseInt(arguments[4]), group);
      }
    } catch (Throwable e) {
      code = Failures.report(e, new PrintWriter(System.err, true, StandardCharsets.UTF_8));
    }
    System.exit(code);
  }

  private static RunDirectory open(Path out, Group group) {
    if (!Files.exists(out)) {
      throw new DataException(
          out
              + ": the driver made it, and node "
              + group.rank()
              + " does not see it; name a directory on a disk that driver and executors share");
    }
    return RunDirectory.open(out);
  }

  private static void train(Training training, RunDirectory run, int stopAfter, Group group) {
    NodeProgress first = new NodeProgress(System.out);
    Progress progress = group.rank() == 0 ? first : Progress.SILENT;
    Consumer<EpochReport> ended = group.rank() == 0 ? first::ended : epoch -> {};
    if (stopAfter > 0) {
      training.runUntil(stopAfter, run, progress, ended);
    } else {
      training.run(run, progress, ended);
    }
  }

  /** Nothing is ever sent: standard input ends when the process does that holds its other end. */
  private static void endWithParent() {
    Thread thread =
        new Thread(
            () -> {
              try {
                int sent = System.in.read();
                while (sent >= 0) {
                  sent = System.in.read();
                }
              } catch (IOException e) {
                // then it has ended, too
              }
              Runtime.getRuntime().halt(1);
            },
            "horae-end-with-parent");
    thread.setDaemon(true);
    thread.start();
  }
}
