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
import org.jspecify.annotations.Nullable;

/**
 * Writes the log of requests in a thread of its own. Where that cannot keep up, lines are left out
 * and counted in the next one, so that no request waits for a disk or a reader.
 */
final class RequestLines implements RequestLog, AutoCloseable {

  private static final int WAITING = 8192;
  private static final String END = "";

  private final BlockingQueue<String> lines = new ArrayBlockingQueue<>(WAITING);
  private final @Nullable PrintWriter out;
  private final Thread writer = new Thread(this::run, "writing the log");
  private int lost; // guarded by this

  private RequestLines(@Nullable PrintWriter out) {
    this.out = out;
    writer.setDaemon(true);
    writer.start();
  }

  /**
   * @param place - is {@code out}, empty is nowhere, else a file that is appended to
   */
  static RequestLines open(String place, PrintWriter out) {
    if (place.isEmpty()) {
      return new RequestLines(null);
    }
    if (place.equals("-")) {
      return new RequestLines(out);
    }
    try {
      BufferedWriter file =
          Files.newBufferedWriter(
              Path.of(place),
              StandardCharsets.UTF_8,
              StandardOpenOption.CREATE,
              StandardOpenOption.APPEND);
      return new RequestLines(new PrintWriter(file));
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
      synchronized (this) {
        lost++;
      }
    }
  }

  private void run() {
    List<String> taken = new ArrayList<>();
    try {
      while (true) {
        taken.add(lines.take());
        lines.drainTo(taken);
        print(taken);
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
    if (out == null) {
      return;
    }
    int left;
    synchronized (this) {
      left = lost;
      lost = 0;
    }
    if (left > 0) {
      out.println("{\"problem\":\"lines lost\",\"lines\":" + left + "}");
    }
    for (String line : taken) {
      if (!line.equals(END)) {
        out.println(line);
      }
    }
    out.flush();
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
