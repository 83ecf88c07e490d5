package dev.horae.cli;

import dev.horae.study.Child;
import dev.horae.tensor.Group;
import dev.horae.tensor.GroupException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The processes that train together: which of them this one is, and those that it starts. */
final class Nodes {

  private static final int PATIENCE_SECONDS = 5;

  @Spec(Spec.Target.MIXEE)
  CommandSpec spec;

  @Option(
      names = "--nodes",
      paramLabel = "N",
      description =
          "Train in N processes, each with its share of every batch. Without --node all of them"
              + " start on this machine, each with its share of the cores.")
  int nodes = 1;

  @Option(
      names = "--node",
      paramLabel = "I",
      description =
          "Start one of the N, 0 to N - 1; the others start elsewhere with the same arguments. Node"
              + " 0 keeps the run directory.")
  Integer node;

  @Option(
      names = "--rendezvous",
      paramLabel = "PLACE",
      description =
          "Where nodes meet: HOST:PORT, of node 0's machine, or file:PATH, a new file on a file"
              + " system that they share.")
  String rendezvous;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description =
          "How long a node waits for another before all end: at the start, in a step, and while the"
              + " other still ranks or saves. Default: ${DEFAULT-VALUE}.")
  int timeout = 300;

  private final List<CompletableFuture<Child.Ended>> children = new ArrayList<>();

  /** Throws when the options do not fit together. */
  void check() {
    if (nodes < 1) {
      throw refusal("--nodes " + nodes + " is not positive; 2 are two processes");
    }
    if (timeout < 1) {
      throw refusal("--timeout " + timeout + " is not positive; 300 are five minutes");
    }
    if ((node == null) != (rendezvous == null) || node != null && nodes == 1) {
      throw refusal(
          "--node and --rendezvous go together, with --nodes; without both, --nodes starts all nodes"
              + " on this machine");
    }
    if (node != null && (node < 0 || node >= nodes)) {
      throw refusal("--node " + node + " is none of --nodes " + nodes + "; count from 0");
    }
  }

  private ParameterException refusal(String problem) {
    return new ParameterException(spec.commandLine(), problem);
  }

  /** {@return whether this process keeps the run, or is the only one} */
  boolean first() {
    return node == null || node == 0;
  }

  /** {@return whether this process is to start the others} */
  boolean startsOthers() {
    return nodes > 1 && node == null;
  }

  /** {@return settings with this process's share of the cores, where all run on this machine} */
  List<String> share(List<String> settings) {
    return startsOthers() ? RunsAtOnce.share(nodes, settings) : settings;
  }

  /** {@return what {@code --resume} needs besides, such as {@code --nodes 2}} */
  String again() {
    return nodes == 1 ? "" : " --nodes " + nodes + (node == null ? "" : " --node ...");
  }

  /** {@return the nodes, not connected yet} */
  Group group() {
    if (nodes == 1) {
      return Group.alone();
    }
    try {
      if (rendezvous == null) {
        Path folder = Files.createTempDirectory("horae-nodes");
        folder.toFile().deleteOnExit();
        rendezvous = "file:" + folder.resolve("rendezvous");
        folder.resolve("rendezvous").toFile().deleteOnExit();
      }
      return Group.of(rendezvous, node == null ? 0 : node, nodes, Duration.ofSeconds(timeout));
    } catch (IllegalArgumentException e) {
      throw refusal("--rendezvous " + e.getMessage());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + System.getProperty("java.io.tmpdir"), e);
    }
  }

  /**
   * Starts the other nodes on this machine. They end with this process.
   *
   * @param verb and its arguments, but for those of nodes
   */
  void startOthers(List<String> verb) {
    Child child = new Child(Main.class);
    Thread caller = Thread.currentThread();
    for (int other = 1; other < nodes; other++) {
      List<String> all = new ArrayList<>(verb);
      all.addAll(List.of("--nodes", "" + nodes, "--node", "" + other));
      all.addAll(List.of("--rendezvous", rendezvous, "--timeout", "" + timeout));
      CompletableFuture<Child.Ended> end = new CompletableFuture<>();
      children.add(end);
      Thread thread =
          new Thread(
              () -> {
                try {
                  Child.Ended ended = child.run(all, Redirect.DISCARD, 0, line -> {});
                  end.complete(ended);
                  if (ended.code() != 0) {
                    caller.interrupt(); // it may wait for a node that never comes
                  }
                } catch (RuntimeException e) { // this process is being stopped
                  end.completeExceptionally(e);
                }
              },
              "horae-node-" + other);
      thread.setDaemon(true);
      thread.start();
    }
  }

  /**
   * {@return why the nodes came apart; what failed otherwise as it is}
   *
   * @param next what is left, or how to go on
   */
  RuntimeException explained(RuntimeException e, String next) {
    if (!(e instanceof GroupException) && !Thread.interrupted()) {
      return e;
    }
    List<String> causes = new ArrayList<>();
    for (int i = 0; i < children.size(); i++) {
      Child.@Nullable Ended ended = end(children.get(i));
      if (ended != null && ended.code() != 0 && !ended.isConsequence()) {
        causes.add("node " + (i + 1) + ": " + ended.reason());
      }
    }
    return new GroupException(
        (causes.isEmpty() ? e.getMessage() : String.join("; ", causes))
            + "; all nodes have stopped, "
            + next,
        e);
  }

  private static Child.@Nullable Ended end(CompletableFuture<Child.Ended> child) {
    try {
      return child.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException | ExecutionException e) {
      return null;
    } catch (InterruptedException e) { // by another child
      return child.getNow(null);
    }
  }
}
