package dev.horae.prep;

import dev.horae.data.AtomicFiles;
import dev.horae.data.DataException;
import dev.horae.data.Json;
import dev.horae.data.Manifest;
import dev.horae.data.Reasons;
import dev.horae.data.WriterLock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The directory of a data set while {@code prepare} works on it. The new files are written in a
 * directory {@value #WORK} within it and take the places of the old ones by {@link #publish}, all
 * or none. Whatever else lies there, such as {@code features}, is not touched.
 *
 * <p>A process that is killed between two moves leaves {@value #WORK} behind, with what it had
 * replaced; the next one to open the directory puts that back. One process at a time.
 */
final class OutputDirectory implements AutoCloseable {

  static final String WORK = ".prepare";

  private static final String CONTENT = "content";
  private static final String REPLACED = "replaced";
  private static final String SCRATCH = "scratch";
  private static final String LOCK = "lock";

  /**
   * The manifest goes first and comes last: while it is not there, nothing passes for a data set.
   */
  private static final List<String> FILES =
      List.of(
          PreparedDataset.MANIFEST,
          PreparedDataset.EVENTS,
          PreparedDataset.ITEMS,
          PreparedDataset.REJECTS);

  private static final int ATTEMPTS = 20;

  /** Moves a file, over another one if there is one. */
  record Move(Path from, Path to) {
    void run() throws IOException {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  private final Path out;
  private final Path work;
  private final @Nullable Path created; // the topmost directory that was not there before
  private final WriterLock lock;
  private final Thread onShutdown = new Thread(this::deleteUnderWriters);
  private boolean published;
  private boolean stranded; // what was replaced could not be put back, so it must stay
  private boolean closing;
  private boolean deleted;

  /**
   * Refuses a place that holds anything but an older data set, that cannot be written, or on which
   * another process works.
   */
  OutputDirectory(Path place) {
    out = resolved(place);
    work = out.resolve(WORK);
    refuseForeign();
    created = firstMissing(out);
    try {
      lock = lock();
    } catch (UncheckedIOException e) {
      deleteEmpty();
      throw new UncheckedIOException("cannot write " + out, Objects.requireNonNull(e.getCause()));
    }
    try {
      restore(out);
      for (String name : List.of(CONTENT, REPLACED, SCRATCH)) {
        AtomicFiles.deleteTree(work.resolve(name));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(work + ": cannot be cleared", e);
    }
    Runtime.getRuntime().addShutdownHook(onShutdown);
  }

  /** {@return the place without links, {@code .} and {@code ..}, also where it is not there yet} */
  static Path resolved(Path place) {
    Path absolute = place.toAbsolutePath();
    Path real = absolute.getRoot();
    for (Path name : absolute) {
      if (name.toString().equals("..")) {
        real = real.getParent() == null ? real : real.getParent();
      } else if (!name.toString().equals(".")) {
        Path next = real.resolve(name);
        try {
          real = Files.exists(next) ? next.toRealPath() : next;
        } catch (IOException e) {
          throw new DataException(next + ": cannot be followed (" + Reasons.of(e) + ")", e);
        }
      }
    }
    return real;
  }

  private void refuseForeign() {
    if (out.getFileName() == null) {
      throw new DataException(out + ": is the root of the file system; name another directory");
    }
    if (Files.isSymbolicLink(out)) {
      throw new DataException(out + ": is a link to nothing; name another place for the data set");
    }
    if (!Files.exists(out)) {
      return;
    }
    if (!Files.isDirectory(out)) {
      throw new DataException(out + ": is not a directory; name another place for the data set");
    }
    Path manifest = out.resolve(PreparedDataset.MANIFEST);
    if (Files.exists(manifest) && Json.read(manifest, Manifest.class).format() > 0) {
      return;
    }
    if (isInterrupted(out)) {
      return;
    }
    try (Stream<Path> content = Files.list(out)) {
      List<String> names = content.map(path -> path.getFileName().toString()).toList();
      boolean unfinished = names.contains(WORK); // a first prepare was killed
      if (!names.stream().allMatch(name -> unfinished && isOurs(name))) {
        throw new DataException(
            out
                + ": holds something that is not a prepared data set and will not be overwritten;"
                + " name another directory or empty this one");
      }
    } catch (IOException e) {
      throw new DataException(out + ": cannot be listed (" + Reasons.of(e) + ")", e);
    }
  }

  private static boolean isOurs(String name) {
    return name.equals(WORK) || FILES.contains(name);
  }

  private static @Nullable Path firstMissing(Path out) {
    Path missing = null;
    for (Path path = out; path != null && !Files.exists(path); path = path.getParent()) {
      missing = path;
    }
    return missing;
  }

  private WriterLock lock() {
    Path file = work.resolve(LOCK);
    while (true) {
      WriterLock taken = WriterLock.of(out, file, "wait for its end, or name another place");
      if (Files.exists(file)) {
        return taken;
      }
      taken.close(); // its owner has just ended and deleted it
    }
  }

  /** {@return where the data set will be} */
  Path place() {
    return out;
  }

  /** {@return where to write what will be published} */
  Path content() {
    return createdIn(CONTENT);
  }

  /** {@return where to write what is only needed meanwhile} */
  Path scratch() {
    return createdIn(SCRATCH);
  }

  private Path createdIn(String name) {
    try {
      return Files.createDirectories(work.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write in " + work, e);
    }
  }

  /** Not between two moves when the process is being stopped: the hook waits. */
  synchronized void publish() {
    if (closing) {
      throw new IllegalStateException("the process is being stopped");
    }
    createdIn(REPLACED);
    try {
      for (String name : FILES) {
        try (FileChannel file =
            FileChannel.open(content().resolve(name), StandardOpenOption.WRITE)) {
          file.force(true);
        }
      }
      for (Move move : moves(out)) {
        move.run();
      }
      published = true;
    } catch (IOException e) {
      try {
        restore(out);
      } catch (IOException second) {
        stranded = true;
        e.addSuppressed(second);
      }
      throw new UncheckedIOException(
          "cannot move the data set to "
              + out
              + (stranded
                  ? "; what was there lies in " + work + ": prepare again, which brings it back"
                  : ""),
          e);
    }
  }

  /** {@return what {@link #publish} does: the old files go, then the new ones come} */
  static List<Move> moves(Path out) {
    Path content = out.resolve(WORK).resolve(CONTENT);
    Path replaced = out.resolve(WORK).resolve(REPLACED);
    List<Move> moves = new ArrayList<>();
    for (String name : FILES) {
      if (Files.exists(out.resolve(name))) {
        moves.add(new Move(out.resolve(name), replaced.resolve(name)));
      }
    }
    for (String name : lastFirst()) {
      moves.add(new Move(content.resolve(name), out.resolve(name)));
    }
    return moves;
  }

  private static List<String> lastFirst() {
    List<String> names = new ArrayList<>(FILES);
    Collections.reverse(names);
    return names;
  }

  /** {@return whether a process was killed while it replaced the data set of the directory} */
  static boolean isInterrupted(Path out) {
    return !Files.exists(out.resolve(PreparedDataset.MANIFEST))
        && Files.exists(out.resolve(WORK).resolve(REPLACED).resolve(PreparedDataset.MANIFEST));
  }

  /** Takes the moves back unless all were made. May itself be interrupted and done again. */
  private static void restore(Path out) throws IOException {
    if (Files.exists(out.resolve(PreparedDataset.MANIFEST))) {
      return; // not begun, or done
    }
    Path replaced = out.resolve(WORK).resolve(REPLACED);
    Path content = out.resolve(WORK).resolve(CONTENT);
    boolean first = !Files.exists(replaced.resolve(PreparedDataset.MANIFEST));
    boolean begun = Files.exists(content.resolve(PreparedDataset.MANIFEST)); // it moves last
    for (String name : lastFirst()) {
      if (Files.isRegularFile(replaced.resolve(name))) {
        new Move(replaced.resolve(name), out.resolve(name)).run();
      } else if (first && begun && !Files.exists(content.resolve(name))) {
        Files.deleteIfExists(out.resolve(name));
      }
    }
  }

  @Override
  public void close() {
    delete();
    try {
      Runtime.getRuntime().removeShutdownHook(onShutdown);
    } catch (IllegalStateException e) {
      // The process is being stopped; the hook finds nothing left to delete.
    }
  }

  private synchronized void delete() {
    if (deleted) {
      return;
    }
    closing = true;
    try {
      if (!stranded) {
        AtomicFiles.deleteTree(work);
      }
      lock.close();
      deleted = true;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove the temporary directory " + work, e);
    }
    if (!published && !stranded) {
      deleteEmpty();
    }
  }

  /** Other threads may still be writing when the process is stopped. */
  private void deleteUnderWriters() {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        delete();
        return;
      } catch (UncheckedIOException e) {
        // Something came or went meanwhile. What is left at last the next prepare removes.
      }
    }
  }

  /** Removes the directories that were made for a data set which has not come about. */
  private void deleteEmpty() {
    if (created == null) {
      return;
    }
    for (Path path = out; path != null && path.startsWith(created); path = path.getParent()) {
      if (!path.toFile().delete()) {
        return; // somebody uses it
      }
    }
  }
}
