package dev.horae.spark;

import dev.horae.data.WriterLock;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.UUID;
import java.util.function.Consumer;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.jspecify.annotations.Nullable;

/**
 * A folder of one process's own near an output, {@code .NAME.unfinished-...}, that goes when it is
 * closed. A process that is killed leaves it behind, with what it had {@link #replaced}; the next
 * one that writes the same output puts that back and removes the folder, if it knows that its owner
 * is gone: on a file system of the machine, where the owner holds a lock in it, and if that was a
 * process of the same machine. Elsewhere nobody can tell, so it is named and left.
 */
final class UnfinishedFolder implements AutoCloseable {

  private final FileSystem files;
  private final Path output;
  private final Path folder;
  private final @Nullable WriterLock lock; // null where the file system has none

  /**
   * Makes it, and removes what others left.
   *
   * @param output what is being written; with its file system
   * @param parent where the folder is to be
   * @param notes gets a line for each folder that is left
   */
  UnfinishedFolder(FileSystem files, Path output, Path parent, Consumer<String> notes)
      throws IOException {
    this.files = files;
    this.output = output;
    String start = "." + output.getName() + ".unfinished-";
    removeAbandoned(parent, start, notes);
    folder = new Path(parent, start + UUID.randomUUID());
    files.mkdirs(folder);
    lock = lock(folder);
    files.deleteOnExit(folder); // when the process is stopped
  }

  private static @Nullable WriterLock lock(Path folder) {
    java.nio.file.Path local = InputFile.local(folder);
    try {
      return local == null ? null : WriterLock.of(local, "its name is nobody else's");
    } catch (UncheckedIOException e) { // a network file system without locks
      return null;
    }
  }

  private void removeAbandoned(Path parent, String start, Consumer<String> notes)
      throws IOException {
    FileStatus[] left;
    try {
      left = files.listStatus(parent, path -> path.getName().startsWith(start));
    } catch (FileNotFoundException e) {
      return;
    }
    for (FileStatus one : left) {
      java.nio.file.Path local = InputFile.local(one.getPath());
      if (local != null && WriterLock.isAbandoned(local)) {
        remove(one.getPath());
      } else {
        notes.accept(
            "%s: may still be in use by %s; remove it when that has ended"
                .formatted(
                    local == null ? one.getPath() : local,
                    local == null ? "another process" : WriterLock.ownerOf(local)));
      }
    }
  }

  /**
   * Removes a folder like this one, but first puts an earlier output back that has no successor.
   */
  private void remove(Path like) throws IOException {
    Path earlier = replaced(like);
    if (files.exists(earlier) && !files.exists(output)) {
      rename(earlier, output);
    }
    files.delete(like, true);
  }

  /** {@return a place in it} */
  Path path(String name) {
    return new Path(folder, name);
  }

  private static Path replaced(Path folder) {
    return new Path(folder, "replaced");
  }

  /**
   * Puts what lies in the folder into the output's place, where an earlier one makes room. Whenever
   * the process ends, one of both is there, or comes back.
   *
   * @param content a name in the folder
   */
  void publish(String content) throws IOException {
    files.cancelDeleteOnExit(folder);
    if (files.exists(output)) {
      rename(output, replaced(folder));
    }
    rename(path(content), output);
  }

  private void rename(Path from, Path to) throws IOException {
    if (!files.rename(from, to)) {
      throw new IOException(from + " cannot be renamed to " + to);
    }
  }

  @Override
  public void close() {
    try {
      files.cancelDeleteOnExit(folder);
      if (lock != null) {
        lock.close(); // before the file goes, for network file systems keep those that are open
      }
      remove(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + folder, e);
    }
  }
}
