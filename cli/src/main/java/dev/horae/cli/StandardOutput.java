package dev.horae.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Standard output whose failures are not swallowed: the verb ends with {@link Failure}. That is an
 * error, not an exception, because {@link PrintWriter} swallows the one and picocli the other.
 */
final class StandardOutput extends OutputStream {

  /** What was printed is not whole. */
  static final class Failure extends Error {

    private static final long serialVersionUID = 1L;

    private final IOException cause;
    private final boolean readerGone;

    Failure(IOException cause, boolean readerGone) {
      super(cause);
      this.cause = cause;
      this.readerGone = readerGone;
    }

    @Override
    public synchronized IOException getCause() {
      return cause;
    }

    /** {@return whether nobody reads any more, as after {@code | head}} */
    boolean readerGone() {
      return readerGone;
    }
  }

  private final OutputStream out;
  private final boolean pipe;
  private boolean failed;

  /**
   * @param pipe whether {@code out} leads to another program: writing then fails in one way only,
   *     for which the system's words depend on the language
   */
  StandardOutput(OutputStream out, boolean pipe) {
    this.out = out;
    this.pipe = pipe;
  }

  /** Always UTF-8, whatever the locale: titles have all letters, and files are read as UTF-8. */
  static PrintWriter open() {
    return new PrintWriter(
        new StandardOutput(new FileOutputStream(FileDescriptor.out), isPipe()),
        true,
        StandardCharsets.UTF_8);
  }

  @Override
  public void write(int b) {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int count) {
    if (failed) { // what is still buffered on the way out; the failure is known
      return;
    }
    try {
      out.write(bytes, from, count);
    } catch (IOException e) {
      failed = true;
      throw new Failure(e, pipe);
    }
  }

  private static boolean isPipe() {
    try {
      String kind = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
      return kind.startsWith("pipe:") || kind.startsWith("socket:");
    } catch (IOException | UnsupportedOperationException e) {
      return false; // no Linux
    }
  }
}
