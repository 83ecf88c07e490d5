package dev.horae.spark;

import dev.horae.model.NetworkConfig;
import dev.horae.run.Inputs;
import dev.horae.run.Presets;
import dev.horae.run.RunDirectory;
import dev.horae.run.RunReport;
import dev.horae.run.Training;
import dev.horae.tensor.Group;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = TrainCommand.NAME,
    description = "Train a network on several executors, each a node of 'horae train --nodes'.",
    sortOptions = false,
    synopsisHeading = "Usage: ",
    customSynopsis = {
      "horae spark train --data DATASET --out RUN --nodes N [--config FILE] [KEY=VALUE ...]",
      "       horae spark train --resume RUN --nodes N [--data DATASET] [KEY=VALUE ...]"
    },
    footer = {
      "",
      "The bits are those of 'horae train' with as many nodes and workers. Each node is a task of one"
          + " barrier stage, so all of them run at once or none. The executors get the data set from"
          + " the driver; the run directory must be on a disk that driver and executors share. When a"
          + " node is lost all end, and --resume goes on from the last epoch.",
      "",
      "Examples:",
      "  horae spark train --data toys --out runs/toys --nodes 2 --master local[2]",
      "  horae spark train --data toys --out /shared/runs/toys --nodes 8 --master spark://host:7077",
      "  horae spark train --resume /shared/runs/toys --nodes 8 --master spark://host:7077"
    })
final class TrainCommand implements Callable<Integer> {

  static final String NAME = "train";

  private static final String WORKERS = "train.workers=";

  @Spec CommandSpec spec;

  @Mixin Cluster cluster;

  @Option(
      names = "--data",
      paramLabel = "DATASET",
      description =
          "A prepared data set on a disk of the driver. With --resume: where it lies, when it was"
              + " moved.")
  @Nullable Path data;

  @Option(names = "--out", paramLabel = "RUN", description = "The run directory to make.")
  @Nullable Path out;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "A YAML file, or the name of a preset.")
  @Nullable String config;

  @Option(names = "--resume", paramLabel = "RUN", description = "Continue a run that was stopped.")
  @Nullable Path resume;

  @Option(
      names = "--nodes",
      paramLabel = "N",
      required = true,
      description = "In how many tasks to train, each with its share of every batch.")
  int nodes;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "300",
      description =
          "How long a node waits for another, at the start and in a step, before all end. Default:"
              + " ${DEFAULT-VALUE}.")
  int timeout;

  @Parameters(
      paramLabel = "KEY=VALUE",
      description =
          "Settings over those of the file, such as seed=3. train.workers is spark.task.cpus, if"
              + " nothing else is said.")
  List<String> overrides = List.of();

  @Override
  public Integer call() {
    cluster.check();
    if (nodes < 2 || timeout < 1) {
      throw refusal(
          nodes < 2
              ? "--nodes " + nodes + " are no several; 'horae train' trains on one"
              : "--timeout " + timeout + " is not positive; 300 are five minutes");
    }
    Inputs inputs = inputs();
    requireNodes(inputs);
    cluster.settings.putIfAbsent("spark.stage.maxConsecutiveAttempts", "1"); // --resume goes on
    SparkSession spark = cluster.session(NAME);
    requireRoom(spark);
    RunDirectory run =
        resume == null
            ? RunDirectory.create(Objects.requireNonNull(out).toAbsolutePath(), inputs.config())
            : RunDirectory.open(resume.toAbsolutePath());
    NodeTask task =
        new NodeTask(
            SharedDirectory.of(spark, inputs.dataset().directory(), "data-" + UUID.randomUUID()),
            inputs.config().data(),
            run.path().toString(),
            nodes,
            timeout,
            resume == null ? List.of() : overrides);
    long started = System.nanoTime();
    Optional<BarrierJob.Failure> failure = new BarrierJob(spark, task).run();
    if (failure.isPresent()) {
      PrintWriter err = spec.commandLine().getErr();
      err.println(failure.get().reason());
      err.printf(
          "all nodes have stopped; go on with: horae spark train --resume %s --nodes %s%n",
          run.path(), nodes);
      return failure.get().code();
    }
    print(run, (System.nanoTime() - started) / 1e9);
    return 0;
  }

  private ParameterException refusal(String problem) {
    return new ParameterException(spec.commandLine(), problem);
  }

  /** {@return what is trained on, with all that can be refused before Spark is started} */
  private Inputs inputs() {
    if (resume != null) {
      if (out != null || config != null) {
        throw refusal("--resume takes no other option but --data: the run knows its settings");
      }
      return Inputs.of(RunDirectory.open(resume), data, overrides);
    }
    if (data == null || out == null) {
      throw refusal("give --data and --out, or --resume");
    }
    List<String> settings = new ArrayList<>(overrides);
    if (settings.stream().noneMatch(setting -> setting.strip().startsWith(WORKERS))) {
      settings.add(WORKERS + cluster.taskCores());
    }
    return Inputs.open(Presets.read(config, settings), data);
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
    int threads = spark.sparkContext().defaultParallelism();
    if (spark.sparkContext().isLocal() && threads < nodes) {
      throw refusal(
          "--nodes "
              + nodes
              + " need as many tasks at once, and --master has "
              + threads
              + "; try --master local["
              + nodes
              + "]");
    }
  }

  private void print(RunDirectory run, double seconds) {
    RunReport report = run.report().orElseThrow();
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "%s trained %,d epochs on %,d nodes in %.1f s, test ndcg@10 %.4f: %s%n",
        report.model(),
        report.epochs(),
        nodes,
        seconds,
        report.test().getOrDefault("ndcg@10", 0.0),
        run.path());
    out.flush();
  }
}
