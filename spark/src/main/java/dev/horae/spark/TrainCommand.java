package dev.horae.spark;

import dev.horae.config.ConfigWriter;
import dev.horae.data.DataException;
import dev.horae.data.Reasons;
import dev.horae.model.NetworkConfig;
import dev.horae.run.Inputs;
import dev.horae.run.RunDirectory;
import dev.horae.run.RunReport;
import dev.horae.run.TrainedRun;
import dev.horae.run.Training;
import dev.horae.shell.CommandText;
import dev.horae.shell.Console;
import dev.horae.shell.ExitCode;
import dev.horae.shell.Flags;
import dev.horae.shell.Stopping;
import dev.horae.shell.TrainingArguments;
import dev.horae.tensor.Group;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = TrainCommand.NAME,
    description = "Train a network on several executors, each a node of 'horae train --nodes'.",
    sortOptions = false,
    synopsisHeading = "Usage: ",
    customSynopsis = {
      "horae spark train --data DATASET --out RUN --nodes N [--config FILE] [KEY=VALUE ...]",
      "       horae spark train --data DATASET --out RUN --nodes N --from OLD_RUN [KEY=VALUE ...]",
      "       horae spark train --resume RUN --nodes N [--data DATASET] [KEY=VALUE ...]"
    },
    footer = {
      "",
      "The bits are those of 'horae train' with as many nodes and workers. Each node is a task of one"
          + " barrier stage, so all of them run at once or none. The executors get the data set from"
          + " the driver; the run directory must be on a disk that driver and executors share. When a"
          + " node is lost all end, and --resume goes on from the last epoch. train.workers of a new"
          + " run is spark.task.cpus, unless KEY=VALUE says otherwise; a file or an earlier run does"
          + " not.",
      "",
      "Examples:",
      "  horae spark train --data toys --out runs/toys --nodes 2 --master 'local[2]'",
      "  horae spark train --data toys --out /shared/runs/toys --nodes 8 --master spark://host:7077",
      "  horae spark train --resume /shared/runs/toys --nodes 8 --master spark://host:7077"
    })
final class TrainCommand implements Callable<Integer> {

  static final String NAME = "train";

  private static final String WORKERS = "train.workers=";
  private static final int DEFAULT_TIMEOUT = 300;

  @Spec CommandSpec spec;

  @Mixin TrainingArguments arguments;

  @Option(
      names = "--nodes",
      paramLabel = "N",
      required = true,
      description = "In how many tasks to train, each with its share of every batch.")
  int nodes;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "" + DEFAULT_TIMEOUT,
      description =
          "How long a node waits for another before all end: at the start, in a step, and while the"
              + " other still ranks or saves. Default: ${DEFAULT-VALUE}.")
  int timeout;

  @Mixin Cluster cluster;

  private String clusterWords = "";

  @Override
  public Integer call() {
    cluster.check();
    clusterWords = cluster.words(); // before settings of ours join them
    arguments.check();
    if (nodes < 2 || timeout < 1) {
      throw refusal(
          nodes < 2
              ? "--nodes " + nodes + " are no several; 'horae train' trains on one"
              : "--timeout " + timeout + " is not positive; 300 are five minutes");
    }
    boolean fresh = arguments.resume().isEmpty();
    RunDirectory run = new RunDirectory(arguments.run().toAbsolutePath());
    if (fresh) {
      RunDirectory.requireNew(run.path());
    }
    Inputs inputs = arguments.inputs(fresh ? withWorkers() : arguments.overrides());
    Optional<TrainedRun> from =
        arguments.from().map(earlier -> TrainedRun.open(RunDirectory.open(earlier)));
    PrintWriter print = spec.commandLine().getOut();
    requireNodes(inputs);
    from.map(earlier -> startFrom(inputs, earlier)).ifPresent(print::println);
    inputs.warnings(run.epochs()).stream().map(Flags::in).forEach(print::println);
    run.otherWorkers(nodes * inputs.config().train().workers()).ifPresent(print::println);
    print.flush();
    cluster.settings.putIfAbsent("spark.stage.maxConsecutiveAttempts", "1"); // --resume goes on
    cluster.settings.putIfAbsent("spark.ui.showConsoleProgress", "false"); // ours is drawn there
    SparkSession spark = cluster.session(NAME);
    requireRoom(spark);
    NodeTask task =
        new NodeTask(
            SharedDirectory.of(spark, inputs.dataset().directory(), "data-" + UUID.randomUUID()),
            inputs.config().data(),
            from.map(earlier -> SharedDirectory.of(spark, earlier)).orElse(null),
            run.path().toString(),
            arguments.stopAfter().orElse(0),
            nodes,
            timeout,
            fresh,
            fresh
                ? ConfigWriter.settings(ConfigWriter.values(inputs.config()))
                : arguments.overrides());
    if (fresh) {
      make(run); // empty: a node can tell whether it sees it
    }
    DriverLines.listen(
        line -> {
          Stopping.hint("stopped; continue with: " + again(run)); // there is one, for it trains
          NodeProgress.show(line, print);
        });
    long started = System.nanoTime();
    Optional<BarrierJob.Failure> failure = new BarrierJob(spark, task).run();
    Console.finishLine();
    if (Stopping.underway()) {
      return ExitCode.FAULT;
    }
    Stopping.hint(Stopping.PLAIN);
    if (failure.isPresent()) {
      PrintWriter err = spec.commandLine().getErr();
      err.println(failure.get().reason());
      err.println(
          "all nodes have stopped"
              + (begun(run) ? "; go on with: " + again(run) : ", and nothing was trained"));
      return failure.get().code();
    }
    print.println(
        arguments.stopAfter().isEmpty()
            ? result(run, (System.nanoTime() - started) / 1e9)
            : stopped(run, inputs));
    print.flush();
    return 0;
  }

  private static void make(RunDirectory run) {
    try {
      Files.createDirectories(run.path());
    } catch (IOException e) {
      throw new DataException(
          run.path() + ": cannot be made (" + Reasons.of(e) + "); choose another --out", e);
    }
  }

  /** {@return whether node 0 made the run; if not, there is no directory of it any more} */
  private static boolean begun(RunDirectory run) {
    boolean begun = run.has("run.yaml");
    if (!begun) {
      run.path().toFile().delete(); // if it stays it is no run, and another may be made there
    }
    return begun;
  }

  private ParameterException refusal(String problem) {
    return new ParameterException(spec.commandLine(), problem);
  }

  private List<String> withWorkers() {
    List<String> settings = new ArrayList<>(arguments.overrides());
    if (settings.stream().noneMatch(setting -> setting.strip().startsWith(WORKERS))) {
      settings.add(WORKERS + cluster.taskCores());
    }
    return settings;
  }

  /** Does here what every node will do, so that there is no run yet when it cannot be. */
  private String startFrom(Inputs inputs, TrainedRun from) {
    Training training = Training.of(inputs.config(), inputs.dataset(), inputs.features());
    return "from " + from.directory().path() + ": " + training.startFrom(from);
  }

  /** Refuses what is trained in one process, as a node would. */
  private void requireNodes(Inputs inputs) {
    if (!(inputs.config().model() instanceof NetworkConfig)) {
      Group group = Group.of("localhost:1", 0, nodes, Duration.ofSeconds(timeout));
      Training.of(inputs.config(), inputs.dataset(), inputs.features(), group);
    }
  }

  /** On a cluster Spark waits for executors; here there will be no more threads. */
  private void requireRoom(SparkSession spark) {
    if (!spark.sparkContext().isLocal()) {
      return;
    }
    String threads = spark.sparkContext().master().replaceAll("[^0-9*]", "");
    int cores =
        switch (threads) {
          case "" -> 1;
          case "*" -> Runtime.getRuntime().availableProcessors();
          default -> Integer.parseInt(threads);
        };
    int tasks = cores / cluster.taskCores();
    if (tasks < nodes) {
      throw refusal(
          "--nodes "
              + nodes
              + " need as many tasks at once, and --master has "
              + tasks
              + "; try --master local["
              + nodes * cluster.taskCores()
              + "]");
    }
  }

  private String again(RunDirectory run) {
    return "horae spark train --resume "
        + CommandText.quoted(run.path().toString())
        + " --nodes "
        + nodes
        + (timeout == DEFAULT_TIMEOUT ? "" : " --timeout " + timeout)
        + clusterWords;
  }

  private String stopped(RunDirectory run, Inputs inputs) {
    return "stopped after %s of %s epochs; go on with: %s"
        .formatted(run.epochs(), inputs.config().train().epochs(), again(run));
  }

  private String result(RunDirectory run, double seconds) {
    RunReport report = run.report().orElseThrow();
    return String.format(
        Locale.ROOT,
        "%s trained %,d epochs on %,d nodes in %.1f s, test ndcg@10 %.4f: %s",
        report.model(),
        report.epochs(),
        nodes,
        seconds,
        report.test().getOrDefault("ndcg@10", 0.0),
        run.path());
  }
}
