package dev.horae.spark;

import dev.horae.data.DataException;
import dev.horae.data.Progress;
import dev.horae.run.Inputs;
import dev.horae.run.RunConfig;
import dev.horae.run.RunDirectory;
import dev.horae.run.Training;
import dev.horae.shell.Failures;
import dev.horae.tensor.Group;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.bytedeco.pytorch.global.torch;

/** The process of a node, see {@link NodeTask}; it ends with the one that started it. */
final class TrainingNode {

  private TrainingNode() {}

  /**
   * @param arguments the run, the data set, where the driver has it, where the nodes meet, which
   *     this is, how many there are, seconds to wait, and settings over those of the run
   */
  public static void main(String[] arguments) {
    endWithParent();
    int code = 0;
    try {
      Group group =
          Group.of(
              arguments[3],
              Integer.parseInt(arguments[4]),
              Integer.parseInt(arguments[5]),
              Duration.ofSeconds(Long.parseLong(arguments[6])));
      train(
          Path.of(arguments[0]),
          Path.of(arguments[1]),
          arguments[2],
          group,
          List.of(arguments).subList(7, arguments.length));
    } catch (Throwable e) {
      code = Failures.report(e, new PrintWriter(System.err, true, StandardCharsets.UTF_8));
    }
    System.exit(code);
  }

  private static void train(
      Path out, Path data, String place, Group group, List<String> overrides) {
    torch.set_num_threads(1);
    if (!Files.exists(out)) {
      throw new DataException(
          out
              + ": the driver made it, and node "
              + group.rank()
              + " does not see it; name a directory on a disk that driver and executors share");
    }
    RunDirectory run = RunDirectory.open(out);
    Inputs inputs = Inputs.of(run, data, overrides);
    RunConfig config =
        inputs.config().settled(place, inputs.config().text(), inputs.config().image());
    try (group) {
      Training.of(config, inputs.dataset(), inputs.features(), group).run(run, Progress.SILENT);
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
