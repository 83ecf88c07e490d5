package dev.horae.cli;

import dev.horae.data.AtomicFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/**
 * A file that an option such as {@code --output} names. {@code -} is standard output, also under
 * its names in the file system, which are never replaced.
 */
final class OutputFile {

  static final Path STANDARD_OUTPUT = Path.of("-");

  private static final Set<String> ITS_NAMES =
      Set.of(STANDARD_OUTPUT.toString(), "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1");

  private final String option;
  private final Path file;
  private final PrintWriter print;

  private OutputFile(String option, Path file, PrintWriter print) {
    this.option = option;
    this.file = file;
    this.print = print;
  }

  /**
   * Refuses, before any work is done, what cannot be written.
   *
   * @param option such as {@code --output}
   */
  static OutputFile of(String option, Path file, CommandSpec spec) {
    OutputFile output = new OutputFile(option, file, spec.commandLine().getOut());
    if (output.isStandardOutput()) {
      return output;
    }
    if (Files.isDirectory(file)) {
      throw new ParameterException(
          spec.commandLine(), option + " " + file + " is a directory; name a file");
    }
    Path there = file.toAbsolutePath();
    for (Path up = there; up != null && !Files.exists(there); up = up.getParent()) {
      there = up;
    }
    if (!there.equals(file.toAbsolutePath()) && !Files.isDirectory(there)) {
      throw new ParameterException(
          spec.commandLine(),
          option + " " + file + " would lie in " + there + ", which is a file; name another place");
    }
    Path written = Files.isDirectory(there) ? there : there.getParent();
    if (!Files.isWritable(Files.isRegularFile(there) ? written : there)) {
      throw new UncheckedIOException(
          "cannot write " + file,
          new FileSystemException(
              file.toString(), null, written + " is read-only, or not yours to write in"));
    }
    return output;
  }

  /**
   * Refuses to replace what is read.
   *
   * @param option that names {@code input}, such as {@code --input}
   */
  void requireApartFrom(String option, Path input, CommandSpec spec) {
    try {
      if (!isStandardOutput()
          && Files.exists(input)
          && Files.exists(file)
          && Files.isSameFile(input, file)) {
        throw new ParameterException(
            spec.commandLine(),
            this.option + " " + file + " is the file of " + option + "; name another");
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot look at " + file, e);
    }
  }

  boolean isStandardOutput() {
    return ITS_NAMES.contains(file.toString());
  }

  /** Writes the file, whole or not at all, and says so; standard output gets the bytes alone. */
  void write(AtomicFiles.Writer content) {
    if (isStandardOutput()) {
      try (OutputStream out = new Printed(print)) {
        content.write(out);
      } catch (IOException e) {
        throw new UncheckedIOException("cannot write to standard output", e);
      }
    } else {
      AtomicFiles.sweep(file);
      AtomicFiles.write(file, content);
      print.println("wrote " + file);
      print.flush();
    }
  }

  void writeText(String text) {
    write(out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** Whole letters at a time, as a writer of text wants them. */
  private static final class Printed extends ByteArrayOutputStream {

    private final PrintWriter print;

    Printed(PrintWriter print) {
      this.print = print;
    }

    @Override
    public synchronized void write(byte[] bytes, int from, int count) {
      super.write(bytes, from, count);
      if (count > 0 && bytes[from + count - 1] == '\n') {
        flush();
      }
    }

    @Override
    public synchronized void flush() {
      print.print(toString(StandardCharsets.UTF_8));
      print.flush(); // whoever waits for an answer gets it now
      reset();
    }

    @Override
    public void close() {
      flush();
    }
  }
}
