package dev.horae.cli;

import dev.horae.http.RequestLog;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
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
 * Writes the log of requests in a thread of its own. Where that cannot keep up or write, as on a
 * full disk, lines are left out and counted in the next one: no request waits for a disk or a
 * reader.
 */
final class RequestLines implements RequestLog, AutoCloseable {

  private static final int WAITING = 8192;
  private static final String END = "";

  private final BlockingQueue<String> lines = new ArrayBlockingQueue<>(WAITING);
  private final @Nullable OutputStream out;
  private final Thread writer = new Thread(this::run, "writing the log");
  private int lost; // guarded by this

  /**
   * @param out null: nobody wants them
   */
  RequestLines(@Nullable OutputStream out) {
    this.out = out;
    writer.setDaemon(true);
    writer.start();
  }

  /**
   * @param place - is standard output, empty is nowhere, else a file that is appended to
   */
  static RequestLines open(String place) {
    if (place.isEmpty()) {
      return new RequestLines(null);
    }
    if (place.equals("-")) {
      return new RequestLines(new FileOutputStream(FileDescriptor.out));
    }
    try {
      return new RequestLines(
          Files.newOutputStream(
              Path.of(place), StandardOpenOption.CREATE, StandardOpenOption.APPEND));
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
    StringBuilder text = new StringBuilder();
    if (left > 0) {
      text.append("{\"problem\":\"lines lost\",\"lines\":").append(left).append("}\n");
    }
    int count = 0;
    for (String line : taken) {
      if (!line.equals(END)) {
        text.append(line).append('\n');
        count++;
      }
    }
    try {
      out.write(text.toString().getBytes(StandardCharsets.UTF_8));
      out.flush();
    } catch (IOException e) {
      synchronized (this) {
        lost += left + count;
      }
    }
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
