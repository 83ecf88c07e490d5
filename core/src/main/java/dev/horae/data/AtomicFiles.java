package dev.horae.data;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Files that are there whole or not at all, whenever the process dies. */
public final class AtomicFiles {

  /** Symbolic links in a row before they are taken for a circle; as many as Linux follows. */
  private static final int MOST_LINKS = 40;

  private static final Pattern TEMPORARY = Pattern.compile("\\..+\\.([0-9]{1,18})\\.part");

  private AtomicFiles() {}

  /** Writes the bytes of a file to {@code out}. */
  @FunctionalInterface
  public interface Writer {
    void write(OutputStream out) throws IOException;
  }

  /** Writes a file that is not written from front to back. */
  @FunctionalInterface
  public interface ChannelWriter {
    void write(FileChannel channel) throws IOException;
  }

  /**
   * Writes to a neighbouring temporary name, forces it to disk, then moves it to {@code file},
   * whose permissions stay. A symbolic link keeps pointing where it points: what it points to is
   * replaced. What is no file to be replaced (a device, a named pipe) is written to. When {@code
   * content} throws, nothing is left behind.
   */
  public static void write(Path file, Writer content) {
    try {
      if (Files.isDirectory(file)) {
        throw new FileSystemException(file.toString(), null, "is a directory");
      }
      if (isStream(file)) {
        try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.WRITE)) {
          content.write(out);
        }
      } else {
        replace(behindLinks(file), channel -> content.write(Channels.newOutputStream(channel)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  /** As {@link #write}, of a plain file, for content that comes back to where it began. */
  public static void writeAnywhere(Path file, ChannelWriter content) {
    try {
      replace(file, content);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  public static void writeText(Path file, String text) {
    write(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** {@return whether it can only be written to, not replaced} Open files of a process count. */
  public static boolean isStream(Path file) throws IOException {
    Path real = file.toAbsolutePath().normalize();
    return Files.exists(file)
        && (real.startsWith("/dev/fd")
            || behindLinks(real).startsWith("/proc")
            || !Files.isRegularFile(file) && !Files.isDirectory(file));
  }

  /** Deletes a folder and all that is in it, or a file, where there is one. */
  public static void deleteTree(Path top) throws IOException {
    if (Files.exists(top, LinkOption.NOFOLLOW_LINKS)) {
      try (Stream<Path> tree = Files.walk(top)) {
        for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) { // contents first
          Files.deleteIfExists(path);
        }
      }
    }
  }

  private static Path behindLinks(Path file) throws IOException {
    Path at = file;
    for (int links = 0; Files.isSymbolicLink(at) && !at.startsWith("/proc"); links++) {
      if (links == MOST_LINKS) {
        throw new FileSystemLoopException(file.toString());
      }
      at = at.resolveSibling(Files.readSymbolicLink(at));
    }
    return at;
  }

  private static void replace(Path file, ChannelWriter content) throws IOException {
    Path folder = file.toAbsolutePath().resolveSibling("");
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw new FileSystemException(file.toString(), null, folder + " is no folder");
    }
    Files.createDirectories(folder);
    Path temporary = temporary(file);
    try {
      try (FileChannel channel =
          FileChannel.open(
              temporary,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        if (Files.exists(file)) {
          copyPermissions(file, temporary); // before there is anything to read in it
        }
        content.write(channel);
        channel.force(true);
      }
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      temporary.toFile().delete(); // there only when something was thrown
    }
  }

  /** {@return where this process writes a file before it has its name; {@link #sweep} knows it} */
  public static Path temporary(Path file) {
    return file.resolveSibling(
        "." + file.getFileName() + "." + ProcessHandle.current().pid() + ".part");
  }

  private static void copyPermissions(Path from, Path to) throws IOException {
    PosixFileAttributeView view = Files.getFileAttributeView(to, PosixFileAttributeView.class);
    if (view == null) { // Windows
      return;
    }
    PosixFileAttributes old = Files.readAttributes(from, PosixFileAttributes.class);
    PosixFileAttributes fresh = view.readAttributes();
    if (!old.owner().equals(fresh.owner()) || !old.group().equals(fresh.group())) {
      try {
        view.setOwner(old.owner());
        view.setGroup(old.group());
      } catch (IOException e) {
        // Only an administrator may give files away; then it is ours, as any replaced file is.
      }
    }
    view.setPermissions(old.permissions());
  }

  /**
   * Removes what processes that are no more left half-written, beside {@code file} or, when it is a
   * directory, in it.
   */
  public static void sweep(Path file) {
    boolean all = Files.isDirectory(file);
    Path directory = all ? file : file.toAbsolutePath().resolveSibling("");
    String start = all ? "." : "." + file.getFileName() + ".";
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (DirectoryStream<Path> entries =
        Files.newDirectoryStream(
            directory, entry -> entry.getFileName().toString().startsWith(start))) {
      for (Path entry : entries) {
        Matcher name = TEMPORARY.matcher(entry.getFileName().toString());
        if (name.matches() && ProcessHandle.of(Long.parseLong(name.group(1))).isEmpty()) {
          Files.deleteIfExists(entry);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      // A place that cannot be tidied can perhaps be written; if not, writing says so.
    }
  }
}
