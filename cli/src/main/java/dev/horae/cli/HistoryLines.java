package dev.horae.cli;

import dev.horae.data.DataException;
import dev.horae.prep.Line;
import dev.horae.prep.LineReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a file of histories, or of standard input, in pieces as large as what has come: many
 * at once of a file, one by one when somebody types them. A thread reads ahead, by so much.
 */
final class HistoryLines implements AutoCloseable {

  /** What names standard input. */
  static final Path STANDARD_INPUT = Path.of("-");

  /** Bounds what is held of a file with very long lines. */
  private static final long MOST_CHARS = 16 << 20;

  private static final int MOST_LINES = 1 << 13;

  private final LineReader reader;
  private final boolean ours;
  private final Deque<Line> read = new ArrayDeque<>();
  private long chars;
  private boolean ended;
  private @Nullable Throwable failure; // null unless reading failed

  HistoryLines(Path file, InputStream standardInput) {
    ours = !file.equals(STANDARD_INPUT);
    if (ours && !Files.exists(file)) {
      throw new DataException(
          file + ": is not there; give a file of JSON lines, or - for standard input");
    }
    if (Files.isDirectory(file)) {
      throw new DataException(
          file + ": is a directory; give a file of JSON lines, or - for standard input");
    }
    reader = ours ? new LineReader(file) : new LineReader("standard input", standardInput);
    Thread thread = new Thread(this::read, "histories");
    thread.setDaemon(true); // it may wait for somebody to type
    thread.start();
  }

  /** {@return what messages call the file} */
  String name() {
    return reader.name();
  }

  private void read() {
    Throwable failed = null;
    try {
      for (Line line = reader.next(); line != null && keep(line); line = reader.next()) {}
    } catch (RuntimeException | Error e) {
      failed = e;
    }
    end(failed);
  }

  /** Waits for room; false when nobody wants more. */
  private synchronized boolean keep(Line line) {
    if (line.problem() == null && line.text().isBlank()) {
      return !ended;
    }
    awaitUntil(() -> ended || (chars <= MOST_CHARS && read.size() < MOST_LINES));
    read.add(line);
    chars += line.text().length();
    notifyAll();
    return !ended;
  }

  /** Ends it once: that the reader fails at what was closed under it is no failure. */
  private synchronized void end(@Nullable Throwable failed) {
    failure = ended ? failure : failed;
    ended = true;
    notifyAll();
  }

  /**
   * {@return the lines that have come, at least one and at most {@code most}; none at the end}
   * Blank lines are passed over. A failure of reading is thrown after the lines before it.
   */
  synchronized List<Line> next(int most) {
    awaitUntil(() -> ended || !read.isEmpty());
    List<Line> lines = new ArrayList<>();
    while (!read.isEmpty() && lines.size() < most) {
      lines.add(read.poll());
      chars -= lines.get(lines.size() - 1).text().length();
    }
    notifyAll();
    if (lines.isEmpty() && failure instanceof RuntimeException e) {
      throw e;
    }
    if (lines.isEmpty() && failure instanceof Error e) {
      throw e;
    }
    return lines;
  }

  private synchronized void awaitUntil(BooleanSupplier condition) {
    try {
      while (!condition.getAsBoolean()) {
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for histories", e);
    }
  }

  /** Standard input stays open: a reader that waits for it would not let it close. */
  @Override
  public void close() throws IOException {
    end(null);
    if (ours) {
      reader.close();
    }
  }
}
