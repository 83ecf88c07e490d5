package dev.horae.spark;

import dev.horae.shell.Console;
import dev.horae.shell.Failures;
import dev.horae.shell.Stopping;
import dev.horae.shell.Usage;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import org.apache.spark.SparkThrowable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * The command {@code horae spark}, also the main class of {@code spark-submit}: finds the verb,
 * runs it, turns what went wrong into an exit code.
 */
@Command(
    name = "horae spark",
    description = "Prepare, encode, train, count and recommend on Apache Spark.",
    synopsisSubcommandLabel = "VERB",
    commandListHeading = "%nVerbs:%n",
    footer = {
      "",
      "'horae spark VERB --help' explains a verb. Its answers are those of 'horae VERB', where there"
          + " is one.",
      "Exit codes: 0 done, 1 a bug, the machine or the cluster, 2 usage or configuration, 3 data,"
          + " 4 weights."
    })
public final class SparkMain implements Callable<Integer> {

  private static final int FAILED = 1;

  @Spec CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = CommandLine.ScopeType.INHERIT,
      description = "Show this help.")
  boolean help;

  public static void main(String[] arguments) {
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    Stopping.install();
    int code = run(out, err, arguments);
    Stopping.finished();
    System.exit(code);
  }

  /** {@return the exit code} */
  static int run(PrintWriter out, PrintWriter err, String... arguments) {
    int code;
    try {
      code = commandLine().setOut(out).setErr(err).execute(arguments);
    } catch (Error e) { // picocli lets these through
      code = report(e, err);
    }
    out.flush();
    err.flush();
    return code;
  }

  /** {@return the command, new each time, for verbs remember what they parsed} */
  static CommandLine commandLine() {
    CommandLine horae = new CommandLine(new SparkMain());
    horae.addSubcommand(new PrepareCommand());
    horae.addSubcommand(new EncodeCommand());
    horae.addSubcommand(new TrainCommand());
    horae.addSubcommand(new BatchScoreCommand());
    horae.addSubcommand(new VectorsCommand());
    horae.addSubcommand(new CountCommand());
    return Usage.of(horae, Console.styles())
        .setExecutionExceptionHandler((e, command, parsed) -> report(e, command.getErr()));
  }

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getOut());
    return 0;
  }

  /** What a task failed at comes below what Spark says of the job. */
  static int report(Throwable e, PrintWriter err) {
    if (Stopping.underway()) { // Spark stops, too, and all jobs fail
      return FAILED;
    }
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (Failures.areKnown(cause)) {
        return Failures.report(cause, err);
      }
    }
    if (e instanceof SparkThrowable) { // a setting that cannot be, a job that failed too often
      err.println("Spark: " + e.getMessage());
      return FAILED;
    }
    return Failures.report(e, err);
  }
}
