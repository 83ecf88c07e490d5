package dev.horae.shell;

import dev.horae.config.ConfigException;
import dev.horae.config.Version;
import dev.horae.data.DataException;
import dev.horae.data.Reasons;
import dev.horae.machine.Libtorch;
import dev.horae.machine.NativeFailure;
import dev.horae.tensor.CheckpointException;
import dev.horae.tensor.GroupException;
import dev.horae.train.DivergedException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What went wrong, for people: what it was, the repair, and the exit code. */
public final class Failures {

  /** Failures that a user can mend: message only. Anything else is a bug, with its stack trace. */
  private static final Map<Class<?>, Integer> EXIT_CODES =
      Map.of(
          ConfigException.class, ExitCode.USAGE,
          DataException.class, ExitCode.DATA,
          CheckpointException.class, ExitCode.FAILED,
          DivergedException.class, ExitCode.FAILED,
          GroupException.class, ExitCode.FAULT);

  /** What the systems say of a disk, or of one's share of it. */
  private static final List<String> FULL =
      List.of("No space left", "not enough space", "quota exceeded");

  private Failures() {}

  /** {@return whether a user can mend it: what is printed is its message alone} */
  public static boolean areKnown(Throwable e) {
    return EXIT_CODES.containsKey(e.getClass());
  }

  /** Prints it. {@return the exit code} */
  public static int report(Throwable e, PrintWriter err) {
    if (e instanceof NoClassDefFoundError && Libtorch.failure().isPresent()) {
      return report(Libtorch.failure().get(), err);
    }
    Integer known = EXIT_CODES.get(e.getClass());
    if (known != null) {
      err.println(Plain.lines(Flags.in(String.valueOf(e.getMessage()))));
      return known;
    }
    if (e instanceof UncheckedIOException io) {
      err.println(Plain.lines(problem(io) + repair(io)));
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
    return ExitCode.FAULT;
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
}
