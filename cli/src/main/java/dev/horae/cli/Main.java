package dev.horae.cli;

import dev.horae.config.ConfigException;
import dev.horae.config.Version;
import dev.horae.data.DataException;
import dev.horae.data.Reasons;
import dev.horae.machine.Libtorch;
import dev.horae.machine.NativeFailure;
import dev.horae.tensor.CheckpointException;
import dev.horae.train.DivergedException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

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
          ModelsCommand.class,
          RunsCommand.class,
          ShowCommand.class,
          BenchCommand.class,
          ConformCommand.class,
          DoctorCommand.class,
          GlossaryCommand.class,
          CompletionCommand.class);

  /** Failures that a user can mend: message only. Anything else is a bug, with its stack trace. */
  private static final Map<Class<?>, Integer> EXIT_CODES =
      Map.of(
          ConfigException.class, 2,
          DataException.class, 3,
          CheckpointException.class, 4,
          DivergedException.class, 4);

  /** What the systems say of a disk, or of one's share of it. */
  private static final List<String> FULL =
      List.of("No space left", "not enough space", "quota exceeded");

  private static final int USAGE = 2;
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
    horae
        .setUsageHelpWidth(100)
        .setColorScheme(scheme(Console.styles()))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionStrategy(
            parsed -> {
              refuseUnknownBeforeHelp(parsed);
              return new CommandLine.RunLast().execute(parsed);
            })
        .setParameterExceptionHandler((e, arguments) -> reportUsage(e))
        .setExecutionExceptionHandler(
            (e, command, parsed) -> {
              Console.finishLine();
              return report(e, command.getErr());
            });
    for (CommandLine verb : horae.getSubcommands().values()) {
      verb.getCommandSpec().usageMessage().abbreviateSynopsis(true).showDefaultValues(false);
    }
    return horae;
  }

  private static CommandLine listed(Class<?> verb) {
    CommandSpec spec = CommandSpec.create();
    spec.usageMessage().description(verb.getAnnotation(Command.class).description());
    return new CommandLine(spec);
  }

  /** With {@code --help} anywhere, picocli would overlook what it does not know. */
  private static void refuseUnknownBeforeHelp(ParseResult parsed) {
    for (ParseResult at = parsed; at != null; at = at.subcommand()) {
      if (!at.unmatched().isEmpty()) {
        throw new UnmatchedArgumentException(at.commandSpec().commandLine(), at.unmatched());
      }
    }
  }

  /**
   * {@return what {@code --help} prints, which the launcher keeps: it is the same each time}
   *
   * @param styles whether the terminal shows bold and underlined
   */
  static String help(boolean styles) {
    return commandLine(verb -> false).setColorScheme(scheme(styles)).getUsageMessage();
  }

  /** One rule for help and tables, the launcher's. */
  private static Help.ColorScheme scheme(boolean styles) {
    return Help.defaultColorScheme(styles ? Help.Ansi.ON : Help.Ansi.OFF);
  }

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getOut());
    return 0;
  }

  private static int reportUsage(ParameterException e) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    err.println(message(e));
    UnmatchedArgumentException.printSuggestions(e, err);
    err.println("'" + command.getCommandSpec().qualifiedName() + " --help' explains it.");
    return USAGE;
  }

  private static String message(ParameterException e) {
    if (e instanceof UnmatchedArgumentException unmatched && !unmatched.isUnknownOption()) {
      String first = unmatched.getUnmatched().get(0);
      return e.getCommandLine().getParent() == null
          ? "there is no verb '" + first + "'"
          : "'" + first + "' is one argument too many";
    }
    return Flags.in(String.valueOf(e.getMessage()))
        .replaceFirst("^Error: ", "")
        .replace("is not an int", "is not a whole number");
  }

  static int report(Throwable e, PrintWriter err) {
    if (Stopping.underway()) { // it failed because of that, and nobody wants to know
      return BUG;
    }
    if (e instanceof NoClassDefFoundError && Libtorch.failure().isPresent()) {
      return report(Libtorch.failure().get(), err);
    }
    Integer known = EXIT_CODES.get(e.getClass());
    if (known != null) {
      err.println(Flags.in(String.valueOf(e.getMessage())));
      return known;
    }
    if (e instanceof StandardOutput.Failure failure) {
      if (failure.readerGone()) {
        return READER_GONE;
      }
      err.println(
          "standard output: cannot be written: "
              + Reasons.of(failure.getCause())
              + "; what was printed is not whole");
    } else if (e instanceof UncheckedIOException io) {
      err.println(problem(io) + repair(io));
    } else if (isNative(e)) {
      err.println("a native library cannot be unpacked or loaded: " + e);
      err.println(
          "set HORAE_CACHE to a directory with 2 GiB free whose file system may run programs;"
              + " 'horae doctor' looks at what there is");
    } else if (NativeFailure.below(e).isPresent() || e instanceof OutOfMemoryError) {
      ofTheMachine(NativeFailure.below(e).orElse(e)).forEach(err::println);
    } else {
      err.println("This is a bug in Horae " + Version.text() + "; please report it with this:");
      e.printStackTrace(err);
    }
    return BUG;
  }

  /** What memory, threads or libtorch failed at, and the repair. */
  private static List<String> ofTheMachine(Throwable e) {
    String said = NativeFailure.message(e);
    if (said.contains("native thread")) {
      return List.of(
          "no more threads can be started (" + said + ")",
          "raise the limit of processes (ulimit -u, or the container's), or lower train.workers");
    }
    if (NativeFailure.isWantOfMemory(e)) {
      return List.of(
          "the memory of the machine was used up (" + said + ")",
          "close other programs, lower HORAE_HEAP or use a machine with more; 'horae doctor' shows"
              + " what there is");
    }
    return e instanceof OutOfMemoryError
        ? List.of(
            "the Java heap is too small (" + said + ")",
            "give it more, such as HORAE_HEAP=8g; 'horae doctor' shows what there is")
        : List.of(
            "libtorch failed in " + NativeFailure.place(e) + ": " + said,
            "'horae doctor' looks at the machine; if that is well, please report this as a bug in"
                + " Horae "
                + Version.text());
  }

  private static String problem(UncheckedIOException e) {
    IOException cause = cause(e);
    boolean named = !cause.toString().equals(e.getMessage());
    return named ? e.getMessage() + ": " + Reasons.of(cause) : Reasons.of(e);
  }

  private static IOException cause(UncheckedIOException e) {
    return Objects.requireNonNull(e.getCause()); // it cannot be made without
  }

  private static String repair(UncheckedIOException e) {
    String reason = Reasons.of(cause(e));
    if (FULL.stream().anyMatch(reason::contains)) {
      return "; free space there, or name another place";
    }
    return String.valueOf(e.getMessage()).startsWith("cannot write ")
        ? "; name a place that can be written"
        : "";
  }

  private static boolean isNative(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnsatisfiedLinkError) {
        return true;
      }
    }
    return false;
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
