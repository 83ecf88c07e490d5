package dev.horae.cli;

import dev.horae.config.Version;
import dev.horae.data.Reasons;
import dev.horae.machine.Libtorch;
import dev.horae.shell.Console;
import dev.horae.shell.Failures;
import dev.horae.shell.Stopping;
import dev.horae.shell.Usage;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code horae}: finds the verb, runs it, turns what went wrong into an exit code. */
@Command(
    name = "horae",
    description = "Multi-modal, time-aware next-item recommendation.",
    versionProvider = Main.Versions.class,
    synopsisSubcommandLabel = "VERB",
    commandListHeading = "%nVerbs:%n",
    footer = {
      "",
      "'horae VERB --help' explains a verb, 'horae glossary' the terms.",
      "Exit codes: 0 done, 1 a bug or the machine, 2 usage or configuration, 3 data, 4 weights or"
          + " divergence; 130 or 143 stopped, 141 nobody reads what is printed."
    })
public final class Main implements Callable<Integer> {

  /** The verbs, in the order of their use. */
  private static final List<Class<?>> VERBS =
      List.of(
          DemoCommand.class,
          PrepareCommand.class,
          EncodeCommand.class,
          ConfigCommand.class,
          TrainCommand.class,
          EvaluateCommand.class,
          CompareCommand.class,
          AblateCommand.class,
          StudyCommand.class,
          TuneCommand.class,
          ReportCommand.class,
          RecommendCommand.class,
          ServeCommand.class,
          SparkCommand.class,
          ModelsCommand.class,
          RunsCommand.class,
          ShowCommand.class,
          BenchCommand.class,
          PlanCommand.class,
          ConformCommand.class,
          DoctorCommand.class,
          GlossaryCommand.class,
          CompletionCommand.class);

  private static final int BUG = 1;

  /** As the shell says it of a program that the signal of a closed pipe ended. */
  private static final int READER_GONE = 141;

  @Spec CommandSpec spec;

  /** Inherited by every verb. */
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = CommandLine.ScopeType.INHERIT,
      description = "Show this help.")
  boolean help;

  @Option(names = "--version", versionHelp = true, description = "Show versions.")
  boolean version;

  public static void main(String[] arguments) {
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    if (Boolean.getBoolean("horae.supervised")) { // a child of compare, which speaks for it
      ProcessHandle.current().parent().ifPresent(Main::endWith);
    } else {
      Stopping.install();
    }
    Thread.setDefaultUncaughtExceptionHandler((thread, e) -> report(e, err));
    if (usesLibtorch(arguments)) {
      Libtorch.loadAhead();
    }
    int code = run(StandardOutput.open(), err, arguments);
    Stopping.finished();
    Libtorch.settle();
    System.exit(code);
  }

  private static boolean usesLibtorch(String... arguments) {
    return arguments.length > 1
        && List.of("train", "evaluate", "recommend", "serve").contains(arguments[0])
        && !List.of(arguments).contains("--help");
  }

  /** Ends when the parent does, even by kill -9: nobody else would stop a child. */
  private static void endWith(ProcessHandle parent) {
    Thread watch =
        new Thread(
            () -> {
              parent.onExit().join();
              Runtime.getRuntime().halt(BUG);
            });
    watch.setDaemon(true);
    watch.start();
  }

  /** {@return the exit code} */
  static int run(PrintWriter out, PrintWriter err, String... arguments) {
    CommandLine horae = commandLine(verb -> isAsked(verb, arguments)).setOut(out).setErr(err);
    int code;
    try {
      code = horae.execute(arguments);
      Console.finishLine();
      out.flush();
    } catch (Error e) { // picocli lets these through
      Console.finishLine();
      code = report(e, err);
    }
    err.flush();
    return code;
  }

  /** {@return whether a verb is needed with its options} Completion speaks of all verbs. */
  private static boolean isAsked(Class<?> verb, String... arguments) {
    List<String> words = List.of(arguments);
    return words.contains(name(verb)) || words.contains(name(CompletionCommand.class));
  }

  private static String name(Class<?> verb) {
    return verb.getAnnotation(Command.class).name();
  }

  /** {@return the command with all its verbs} */
  static CommandLine commandLine() {
    return commandLine(verb -> true);
  }

  /**
   * {@return the command, new each time, for verbs remember what they parsed}
   *
   * @param whole which verbs have their options; the others are only listed, which starts faster
   */
  private static CommandLine commandLine(Predicate<Class<?>> whole) {
    CommandLine horae = new CommandLine(new Main());
    for (Class<?> verb : VERBS) {
      horae.addSubcommand(name(verb), whole.test(verb) ? new CommandLine(verb) : listed(verb));
    }
    return Usage.of(horae, Console.styles())
        .setExecutionExceptionHandler(
            (e, command, parsed) -> {
              Console.finishLine();
              return report(e, command.getErr());
            });
  }

  private static CommandLine listed(Class<?> verb) {
    CommandSpec spec = CommandSpec.create();
    spec.usageMessage().description(verb.getAnnotation(Command.class).description());
    return new CommandLine(spec);
  }

  /**
   * {@return what {@code --help} prints, which the launcher keeps: it is the same each time}
   *
   * @param styles whether the terminal shows bold and underlined
   */
  static String help(boolean styles) {
    return commandLine(verb -> false).setColorScheme(Usage.scheme(styles)).getUsageMessage();
  }

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getOut());
    return 0;
  }

  static int report(Throwable e, PrintWriter err) {
    if (Stopping.underway()) { // it failed because of that, and nobody wants to know
      return BUG;
    }
    if (e instanceof StandardOutput.Failure failure) {
      if (failure.readerGone()) {
        return READER_GONE;
      }
      err.println(
          "standard output: cannot be written: "
              + Reasons.of(failure.getCause())
              + "; what was printed is not whole");
      return BUG;
    }
    return Failures.report(e, err);
  }

  static final class Versions implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {
        "horae " + Version.text(),
        "libtorch " + Version.libtorch(),
        "Java " + Runtime.version() + " (" + System.getProperty("java.vendor") + ")"
      };
    }
  }
}
