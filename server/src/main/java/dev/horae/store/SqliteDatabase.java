package dev.horae.store;

import dev.horae.data.DataException;
import dev.horae.data.Reasons;
import dev.horae.data.WriterLock;
import dev.horae.store.StoreException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteConfig.Pragma;
import org.sqlite.SQLiteConfig.SynchronousMode;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * SQLite in a file, of one process. Its write-ahead log lets readers see the last transaction while
 * the next is written; {@code synchronous=FULL} forces each transaction to the disk.
 */
final class SqliteDatabase implements Database {

  private static final int READERS = Math.max(4, Runtime.getRuntime().availableProcessors());

  /** As long as one waits for a session, or for another program that has the file locked. */
  private static final int BUSY_MILLIS = 5_000;

  /** As long as those that write wait while the log is cut; readers take far less. */
  private static final int CUT_MILLIS = 20;

  /** A log that is longer is cut: it grows while somebody reads for long, such as a backup. */
  private static final long LONG_LOG_BYTES = 16L << 20;

  /** Of the writer, whose pages are spread over the file by users and ids. */
  private static final int CACHE_KIB = 8 << 10;

  /** As much of the file as each reader sees without copying; it counts as the process's memory. */
  private static final long MAPPED_BYTES = 64L << 20;

  /** With less room than this, a failure to write is taken for a full disk. */
  private static final long FULL_BYTES = 1 << 20;

  private final Path file;
  private final WriterLock lock;
  private @Nullable Session writer;
  private final BlockingQueue<Session> readers = new ArrayBlockingQueue<>(READERS);

  /** Whether the log still holds what was erased, because somebody was reading from it. */
  private boolean cutLater;

  private SqliteDatabase(Path file, WriterLock lock) throws SQLException {
    this.file = file;
    this.lock = lock;
    writer();
    SQLiteConfig reading = new SQLiteConfig();
    reading.setBusyTimeout(BUSY_MILLIS);
    reading.setReadOnly(true);
    reading.setPragma(Pragma.MMAP_SIZE, Long.toString(MAPPED_BYTES));
    for (int i = 0; i < READERS; i++) {
      readers.add(new Session(SqliteFile.connect(file, reading), readers::add));
    }
  }

  /**
   * Opens a file, and makes it, for its owner alone, where there is none.
   *
   * @throws DataException if another process has it, or it is not a store, or of a newer version
   */
  static SqliteDatabase open(Path given) {
    Path file = SqliteFile.check(given);
    WriterLock lock = SqliteFile.lock(file);
    @Nullable SqliteDatabase database = null;
    boolean open = false;
    try {
      SqliteFile.prepare(file);
      database = new SqliteDatabase(file, lock);
      database.compact();
      open = true;
      return database;
    } catch (SQLException e) {
      throw new DataException(
          file + ": cannot be opened: " + e.getMessage() + "; restore it from a backup", e);
    } catch (StoreException e) {
      throw new DataException(String.valueOf(e.getMessage()), e);
    } finally {
      if (database == null) {
        lock.close();
      } else if (!open) {
        database.close();
      }
    }
  }

  @Override
  public Session reader() throws SQLException {
    try {
      Session session = readers.poll(BUSY_MILLIS, TimeUnit.MILLISECONDS);
      if (session == null) {
        throw new SQLTransientConnectionException("all sessions are in use");
      }
      return session;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLTransientConnectionException("interrupted", e);
    }
  }

  @Override
  public Session writer() throws SQLException {
    if (writer == null) {
      SQLiteConfig writing = new SQLiteConfig();
      writing.setBusyTimeout(BUSY_MILLIS);
      writing.setJournalMode(JournalMode.WAL);
      writing.setSynchronous(SynchronousMode.FULL);
      writing.setPragma(Pragma.SECURE_DELETE, "true");
      writing.setCacheSize(-CACHE_KIB);
      writing.setTempStoreDirectory(String.valueOf(file.getParent())); // VACUUM needs room
      writer = new Session(SqliteFile.connect(file, writing), session -> {});
    }
    return writer;
  }

  /** There is one session that writes: the lock is for other programs. */
  @Override
  public void begin(Session session) throws SQLException {
    session.prepare("BEGIN IMMEDIATE").execute();
  }

  @Override
  public void commit(Session session) throws SQLException {
    session.prepare("COMMIT").execute();
  }

  /** By a new connection: some transactions that failed SQLite has ended itself, others not. */
  @Override
  public void rollback(Session session) throws SQLException {
    writer = null;
    session.closeConnection();
  }

  @Override
  public String itemsOfImpression() {
    return "SELECT value FROM json_each(i.items)";
  }

  @Override
  public void erasing(Session session) throws SQLException {
    State.set(session, "erased", 1);
  }

  /**
   * Writes the file anew. {@code secure_delete} clears what is deleted, but not the copies that
   * were left behind when pages were split.
   */
  @Override
  public void compact() {
    try {
      Session session = writer();
      if (State.get(session, "erased") != 0) {
        SqliteFile.execute(session.connection(), "VACUUM");
        cutLater = true;
        cutLog(session);
      }
    } catch (SQLException e) {
      throw failure("take what was erased out of", e);
    }
  }

  /** Cuts the log when that is due. */
  @Override
  public void idle() {
    if (cutLater || log().toFile().length() > LONG_LOG_BYTES) {
      try {
        cutLog(writer());
      } catch (SQLException e) {
        // The next time: nobody waits for it, and what is written is written.
      }
    }
  }

  private Path log() {
    return file.resolveSibling(file.getFileName() + "-wal");
  }

  /** Empties the log, unless somebody reads from it for long. */
  private void cutLog(Session session) throws SQLException {
    Connection connection = session.connection();
    SqliteFile.execute(connection, "PRAGMA busy_timeout = " + CUT_MILLIS);
    try {
      boolean cut = SqliteFile.number(connection, "PRAGMA wal_checkpoint(TRUNCATE)") == 0;
      if (cut && cutLater) {
        cutLater = false;
        State.set(session, "erased", 0);
      }
    } finally {
      SqliteFile.execute(connection, "PRAGMA busy_timeout = " + BUSY_MILLIS);
    }
  }

  @Override
  public void backup(Path to) {
    try {
      SqliteFile.copy(file, to);
    } catch (SQLException e) {
      throw failure("copy to " + to + " from", e);
    } catch (IOException e) {
      throw new StoreException(Reason.FAILED, to + ": cannot be written: " + Reasons.of(e), e);
    }
  }

  @Override
  public StoreException failure(String doing, SQLException e) {
    if (e instanceof SQLTransientConnectionException) {
      return new StoreException(Reason.BUSY, file + ": too many read at once; ask again later", e);
    }
    SQLiteErrorCode code =
        e instanceof SQLiteException sqlite
            ? sqlite.getResultCode()
            : SQLiteErrorCode.UNKNOWN_ERROR;
    if (code == SQLiteErrorCode.SQLITE_FULL || code.name().contains("IOERR") && full()) {
      return new StoreException(
          Reason.FULL, file + ": the disk is full; make room, then send it again", e);
    }
    return new StoreException(
        code == SQLiteErrorCode.SQLITE_BUSY ? Reason.BUSY : Reason.FAILED,
        "cannot " + doing + " " + file + ": " + e.getMessage(),
        e);
  }

  /** {@return whether there is so little room that this is why it cannot be written} */
  private boolean full() {
    try {
      return Files.getFileStore(file).getUsableSpace() < FULL_BYTES;
    } catch (IOException e) {
      return false;
    }
  }

  /** Waits for those that read; the last connection empties the log. */
  @Override
  public void close() {
    boolean interrupted = false;
    for (int closed = 0; closed < READERS; ) {
      try {
        readers.take().closeConnection();
        closed++;
      } catch (InterruptedException e) {
        interrupted = true;
      } catch (SQLException e) {
        closed++; // it is of no use any more, whatever it says
      }
    }
    try {
      if (writer != null) {
        writer.closeConnection();
      }
    } catch (SQLException e) {
      throw failure("close", e);
    } finally {
      lock.close();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
