package dev.horae.spark;

import dev.horae.config.ConfigReader;
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
import java.util.Optional;
import java.util.function.Consumer;
import org.bytedeco.pytorch.global.torch;

/** The process of a node, see {@link NodeTask}; it ends with the one that started it. */
final class TrainingNode {

  private TrainingNode() {}

  /**
   * @param arguments the run, the data set, where the driver has it, the run to start from or
   *     nothing, after how many epochs to stop or 0, where the nodes meet, which this is, how many
   *     there are, seconds to wait, whether the run is to be made, and settings
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
        Path out = Path.of(arguments[0]);
        requireShared(out, group);
        Path data = Path.of(arguments[1]);
        boolean fresh = Boolean.parseBoolean(arguments[9]);
        List<String> settings = List.of(arguments).subList(10, arguments.length);
        Inputs inputs =
            fresh
                ? Inputs.open(ConfigReader.read(null, settings, RunConfig.class), data)
                : Inputs.of(RunDirectory.open(out), data, settings);
        RunConfig config =
            inputs.config().settled(arguments[2], inputs.config().text(), inputs.config().image());
        Training training = Training.of(config, inputs.dataset(), inputs.features(), group);
        if (!arguments[3].isEmpty()) {
          training.startFrom(TrainedRun.open(RunDirectory.open(Path.of(arguments[3]))));
        }
        int stopAfter = Integer.parseInt(arguments[4]);
        training.agree(Optional.of(stopAfter).filter(epochs -> epochs > 0));
        if (fresh && group.rank() == 0) {
          RunDirectory.create(out, config);
        }
        train(training, new RunDirectory(out), stopAfter, group);
      }
    } catch (Throwable e) {
      code = Failures.report(e, new PrintWriter(System.err, true, StandardCharsets.UTF_8));
    }
    System.exit(code);
  }

  private static void requireShared(Path out, Group group) {
    if (!Files.exists(out)) {
      throw new DataException(
          out
              + ": the driver made it, and node "
              + group.rank()
              + " does not see it; name a directory on a disk that driver and executors share");
    }
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
