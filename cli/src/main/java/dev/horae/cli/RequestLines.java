package dev.horae.cli;

import dev.horae.http.RequestLog;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes the log of requests in a thread of its own. Where that cannot keep up, lines are left out
 * and counted in the next one, so that no request waits for a disk or a reader.
 */
final class RequestLines implements RequestLog, AutoCloseable {

  private static final int WAITING = 8192;
  private static final String END = "";

  private final BlockingQueue<String> lines = new ArrayBlockingQueue<>(WAITING);
  private final Supplier<PrintWriter> another;
  private volatile @Nullable PrintWriter out; // null: nobody wants the log
  private final Thread writer = new Thread(this::run, "writing the log");
  private int lost; // guarded by this

  /**
   * @param another in place of an output that has failed, as that of a full disk does
   */
  RequestLines(@Nullable PrintWriter out, Supplier<PrintWriter> another) {
    this.out = out;
    this.another = another;
    writer.setDaemon(true);
    writer.start();
  }

  /**
   * @param place - is {@code out}, empty is nowhere, else a file that is appended to
   */
  static RequestLines open(String place, PrintWriter out) {
    if (place.isEmpty()) {
      return new RequestLines(null, StandardOutput::open);
    }
    if (place.equals("-")) {
      return new RequestLines(out, StandardOutput::open);
    }
    try {
      BufferedWriter file =
          Files.newBufferedWriter(
              Path.of(place),
              StandardCharsets.UTF_8,
              StandardOpenOption.CREATE,
              StandardOpenOption.APPEND);
      return new RequestLines(new PrintWriter(file), StandardOutput::open);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + place, e);
    }
  }

  @Override
  public boolean isOn() {
    return out != null;
  }

  @Override
  public void write(String line) {
    if (!lines.offer(line)) {
      lose(1);
    }
  }

  private synchronized void lose(int count) {
    lost += count;
  }

  private void run() {
    List<String> taken = new ArrayList<>();
    try {
      while (true) {
        taken.add(lines.take());
        lines.drainTo(taken);
        try {
          print(taken);
        } catch (StandardOutput.Failure e) { // which writes nothing any more; another one may
          lose(taken.size());
          out = another.get();
        }
        if (taken.contains(END)) {
          return;
        }
        taken.clear();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void print(List<String> taken) {
    PrintWriter to = out;
    if (to == null) {
      return;
    }
    int left;
    synchronized (this) {
      left = lost;
      lost = 0;
    }
    if (left > 0) {
      to.println("{\"problem\":\"lines lost\",\"lines\":" + left + "}");
    }
    for (String line : taken) {
      if (!line.equals(END)) {
        to.println(line);
      }
    }
    to.flush();
  }

  /** Writes what waits. */
  @Override
  public void close() {
    try {
      lines.put(END);
      writer.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
