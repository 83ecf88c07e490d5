package dev.horae.spark;

import dev.horae.data.Progress;
import dev.horae.shell.Console;
import dev.horae.shell.EpochLine;
import dev.horae.train.EpochReport;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.Optional;

/**
 * What the process of node 0 says of how far it is, a line on standard output each time, for the
 * driver to show: an epoch that has ended, or what a meter draws. Gloo writes there, too.
 */
final class NodeProgress implements Progress {

  private static final long REPEAT_NANOS = 250_000_000; // as often as somebody can read it

  private static final String EPOCH = "horae epoch\t";
  private static final String METER = "horae meter\t";

  private final PrintStream out;
  private String last = "";
  private long saidNanos;

  NodeProgress(PrintStream out) {
    this.out = out;
  }

  void ended(EpochReport epoch) {
    say(EPOCH + EpochLine.of(epoch));
  }

  @Override
  public synchronized void at(String what, long done, long total, String detail) {
    long now = System.nanoTime();
    if (!what.equals(last) || done == total || now - saidNanos >= REPEAT_NANOS) {
      last = what;
      saidNanos = now;
      say(METER + String.join("\t", what, "" + done, "" + total, detail));
    }
  }

  private synchronized void say(String line) {
    out.println(line);
    out.flush();
  }

  /** {@return the line, if it is one of these} */
  static Optional<String> of(String line) {
    return Optional.of(line).filter(said -> said.startsWith(EPOCH) || said.startsWith(METER));
  }

  /** Shows a line: epochs are printed, and a terminal has a meter. */
  static void show(String line, PrintWriter print) {
    if (line.startsWith(EPOCH)) {
      Console.print(print, line.substring(EPOCH.length()));
    } else {
      String[] words = line.substring(METER.length()).split("\t", -1);
      Console.progress().at(words[0], Long.parseLong(words[1]), Long.parseLong(words[2]), words[3]);
    }
  }
}
