package dev.horae.study;

import dev.horae.config.ConfigWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Runs verbs, each in a Java process of its own: what one does to memory is counted by itself, and
 * one that dies takes no other with it.
 */
public final class Child {

  /** Set in the child, which then ends when its parent does: nobody would stop it. */
  private static final String SUPERVISED = "-Dhorae.supervised=true";

  private static final int LONGEST_REASON = 400;
  private static final int SIGNAL = 128; // and above: the shell's way of saying which one

  /** Exit codes after the signals that a terminal or a service manager stops programs with. */
  private static final Set<Integer> STOPPED = Set.of(SIGNAL + 1, SIGNAL + 2, SIGNAL + 15);

  private static final int PATIENCE_SECONDS = 2;

  private final Class<?> main;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Set<Process> running = new HashSet<>();

  /**
   * @param main has the verbs of {@code horae}
   */
  public Child(Class<?> main) {
    this.main = main;
    Runtime.getRuntime().addShutdownHook(new Thread(this::end));
  }

  /**
   * How a process ended.
   *
   * @param code of its exit
   * @param said on standard error, but for progress
   */
  public record Ended(int code, String said) implements Serializable {

    /** {@return whether it is a node of a training that ended because another did} */
    public boolean isConsequence() {
      return said.contains(" lost node ");
    }

    /** {@return on one line why it did not end well} */
    public String reason() {
      return said.lines()
          .map(String::strip)
          .filter(line -> !line.isEmpty())
          .limit(code == 1 ? 2 : 8)
          .reduce((a, b) -> a + "; " + b)
          .orElse(code > SIGNAL ? "was ended by signal " + (code - SIGNAL) : "exit code " + code);
    }
  }

  /**
   * Why a run did not end well.
   *
   * @param refused whether training never began, which would be so with every seed: settings, data
   *     or memory do not fit
   */
  public record Failure(boolean refused, String reason) {}

  /**
   * Resumes a run and waits for its end.
   *
   * @param columns of the terminal that progress is drawn for; 0 for none
   * @param progress gets the line of progress whenever it changes
   */
  public Optional<Failure> train(Run run, int columns, Consumer<String> progress) {
    return train(run, List.of(), columns, progress);
  }

  /**
   * As {@link #train}, until so many epochs are trained in all; see {@link
   * dev.horae.run.Training#runUntil}.
   */
  public Optional<Failure> trainUntil(int epochs, Run run, int columns, Consumer<String> progress) {
    return train(run, List.of("--stop-after", "" + epochs), columns, progress);
  }

  private Optional<Failure> train(
      Run run, List<String> more, int columns, Consumer<String> progress) {
    List<String> verb =
        new ArrayList<>(
            List.of("train", "--resume", run.path().toString(), "--data", run.config().data()));
    Map<String, String> settings = ConfigWriter.values(run.config());
    for (String key : List.of("device", "train.tensorboard")) { // may be others than at first
      if (settings.containsKey(key)) {
        verb.add(key + "=" + settings.get(key));
      }
    }
    verb.addAll(more);
    Ended ended = run(verb, Redirect.appendTo(run.log().toFile()), columns, progress);
    try {
      Files.writeString(
          run.log(), ended.said(), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + run.log(), e);
    }
    return ended.code() == 0
        ? Optional.empty()
        : Optional.of(new Failure(!run.trained(), reason(ended, run.log())));
  }

  /**
   * Runs a verb and waits for its end.
   *
   * @param verb and its arguments
   * @param out where what it prints goes
   * @param columns of the terminal that progress is drawn for; 0 for none
   * @param progress gets the line of progress whenever it changes
   */
  public Ended run(List<String> verb, Redirect out, int columns, Consumer<String> progress) {
    List<String> command = new ArrayList<>(java());
    if (columns > 0) {
      command.add("-Dhorae.terminal.columns=" + columns);
    }
    command.addAll(List.of(SUPERVISED, "-cp", System.getProperty("java.class.path")));
    command.add(main.getName());
    command.addAll(verb);
    try {
      Process process = start(new ProcessBuilder(command).redirectOutput(out));
      process.getOutputStream().close();
      String said = listen(process, progress);
      int code = process.waitFor();
      forget(process);
      if (STOPPED.contains(code)) { // as the shell stops all of a pipeline: ours may be to come
        stopping.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
      }
      refuseIfStopping();
      return new Ended(code, said);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot run " + command.get(0), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a process ran: " + verb, e);
    }
  }

  /** {@return this process's Java and its flags, but for a debugger, whose port is taken} */
  public static List<String> java() {
    List<String> java = new ArrayList<>();
    java.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag -> !flag.startsWith("-agentlib") && !flag.startsWith("-javaagent"))
        .filter(flag -> !flag.startsWith("-Dhorae.terminal."))
        .forEach(java::add);
    return java;
  }

  private Process start(ProcessBuilder builder) throws IOException {
    synchronized (this) {
      refuseIfStopping();
      Process started = builder.start();
      running.add(started);
      return started;
    }
  }

  private synchronized void forget(Process process) {
    running.remove(process);
  }

  /** While this process itself is being stopped, nothing is begun and nothing is judged. */
  private void refuseIfStopping() {
    if (stopping.getCount() == 0) {
      throw new IllegalStateException("this process is being stopped");
    }
  }

  private synchronized void end() {
    stopping.countDown();
    running.forEach(Process::destroy);
    for (Process process : running) {
      try {
        process.waitFor(10, TimeUnit.SECONDS); // checkpoints are whole or not there
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * A meter draws over its line, which begins with a carriage return and the sequence that erases
   * it; anything else is a message.
   *
   * @return the messages
   */
  private static String listen(Process process, Consumer<String> progress) throws IOException {
    StringBuilder messages = new StringBuilder();
    StringBuilder line = new StringBuilder();
    boolean drawn = false;
    try (Reader in = new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8)) {
      for (int letter = in.read(); letter >= 0; letter = in.read()) {
        if (letter == '\r') {
          drawn = true;
          line.setLength(0);
        } else if (letter == '\n') {
          if (!drawn) {
            messages.append(line).append('\n');
          }
          drawn = false;
          line.setLength(0);
        } else {
          line.append((char) letter);
          if (drawn && !in.ready()) {
            progress.accept(line.toString().replaceFirst("^\u001b\\[K", ""));
          }
        }
      }
    }
    return messages.append(drawn ? "" : line).toString();
  }

  /** One line for the table; all of it is in the log. */
  private static String reason(Ended ended, Path log) {
    String first = ended.reason();
    return first.length() <= LONGEST_REASON
        ? first
        : first.substring(0, LONGEST_REASON) + "... (all of it: " + log + ")";
  }
}
