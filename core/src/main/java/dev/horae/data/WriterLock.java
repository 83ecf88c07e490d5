package dev.horae.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One process at a time writes in a place. The lock is the system's, which frees it however the
 * process ends, so a lock file of a dead process holds up nobody; its text says whose it is. What
 * dead processes left half-written in the place is swept when the lock is taken.
 */
public final class WriterLock implements AutoCloseable {

  /** The file in the place. */
  public static final String NAME = "lock";

  private static final String HERE = " on " + host() + " (since ";
  private static final String ANOTHER = "another process";

  /** Far beyond the text, which others are to read where locks are mandatory. */
  private static final long PLACE = Long.MAX_VALUE - 1;

  /** Of this process. The system drops a lock when any other channel of its file is closed. */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path file;
  private final FileChannel channel;

  private WriterLock(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Takes the lock of {@code directory}, which is made if it is not there, for the time until
   * {@link #close}.
   *
   * @param repair what to do when another process has it
   */
  public static WriterLock of(Path directory, String repair) {
    return of(directory, directory.resolve(NAME), repair);
  }

  /**
   * As {@link #of(Path, String)}, for a part of a directory.
   *
   * @param place what is locked, for the message
   * @param file the lock
   */
  public static WriterLock of(Path place, Path file, String repair) {
    try {
      Path directory = file.toAbsolutePath().resolveSibling("");
      Files.createDirectories(directory);
      WriterLock lock = take(place, file, repair);
      AtomicFiles.sweep(directory);
      return lock;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  /** Takes the lock, or says who has it. */
  private static WriterLock take(Path place, Path file, String repair) throws IOException {
    Path real = file.toAbsolutePath().resolveSibling("").toRealPath().resolve(file.getFileName());
    if (!HELD.add(real)) {
      throw new DataException(place + ": this process writes there already; " + repair);
    }
    WriterLock lock = null;
    FileChannel channel = null;
    try {
      channel = FileChannel.open(real, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (channel.tryLock(PLACE, 1, false) == null) {
        throw new DataException(place + ": " + owner(real) + " writes there; " + repair);
      }
      sign(channel);
      lock = new WriterLock(real, channel);
      return lock;
    } finally {
      if (lock == null) {
        HELD.remove(real);
        if (channel != null) {
          channel.close();
        }
      }
    }
  }

  /** The text only names the owner to others: a full disk need not fail here already. */
  private static void sign(FileChannel channel) {
    try {
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(self().getBytes(StandardCharsets.UTF_8)));
    } catch (IOException e) {
      // Then it is "another process".
    }
  }

  private static String owner(Path file) throws IOException {
    String said = Files.readString(file).strip();
    return said.isEmpty() ? ANOTHER : said;
  }

  /**
   * {@return whose the lock of a directory is that is never locked twice, or was when its process
   * was killed, such as {@code process 12 on shop (since 2026-01-31T10:00:00Z)}}
   */
  public static String ownerOf(Path directory) {
    try {
      return owner(directory.resolve(NAME));
    } catch (IOException e) {
      return ANOTHER;
    }
  }

  /**
   * {@return whether a process of this machine had the lock of a directory, never locked twice, and
   * was killed} So it is false where nobody can tell: a file system that machines share may keep a
   * lock to the machine that took it.
   */
  public static boolean isAbandoned(Path directory) {
    if (!ownerOf(directory).contains(HERE)) {
      return false;
    }
    try {
      Path real = directory.toRealPath().resolve(NAME);
      if (!HELD.add(real)) {
        return false;
      }
      try (FileChannel channel = FileChannel.open(real, StandardOpenOption.WRITE)) {
        return channel.tryLock(PLACE, 1, false) != null;
      } finally {
        HELD.remove(real);
      }
    } catch (IOException e) {
      return false;
    }
  }

  private static String self() {
    return "process "
        + ProcessHandle.current().pid()
        + HERE
        + Instant.now().truncatedTo(ChronoUnit.SECONDS)
        + ")";
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "this host";
    }
  }

  /** Gives it back. The file stays: two that remove and make it could both have it. */
  @Override
  public void close() {
    try {
      channel.truncate(0);
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    } finally {
      HELD.remove(file);
    }
  }
}
