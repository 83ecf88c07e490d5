package dev.horae.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.horae.data.DataException;
import dev.horae.data.Reasons;
import dev.horae.data.WriterLock;
import dev.horae.store.StoreException.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteConfig.SynchronousMode;
import org.sqlite.SQLiteConfig.TransactionMode;
import org.sqlite.SQLiteDataSource;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * SQLite in a file, of one process. Its write-ahead log lets readers see the last transaction while
 * the next is written; {@code synchronous=FULL} forces each transaction to the disk.
 */
final class SqliteDatabase implements Database {

  /** The version of {@code sqlite.sql}; SQLite keeps it in the file's header. */
  static final int SCHEMA = 1;

  /** Says in the file's header that it is ours: "Hora". */
  static final int APPLICATION = 0x486f7261;

  private static final int BUSY_MILLIS = 5_000;

  /** As long as others that write wait while the log is cut; readers take far less. */
  private static final int CUT_MILLIS = 200;

  /**
   * From here on the log is cut when it would go on growing, because some reader is always in it.
   */
  private static final long LONG_LOG_BYTES = 64L << 20;

  private static final long FULL_BYTES = 1 << 20;

  private final Path file;
  private final WriterLock lock;
  private final HikariDataSource readers;
  private final HikariDataSource writers;

  /** Whether the log still holds what compaction took out of the file. Of the writing thread. */
  private boolean cutLater;

  private SqliteDatabase(Path file, WriterLock lock) {
    this.file = file;
    this.lock = lock;
    SQLiteConfig writing = new SQLiteConfig();
    writing.setJournalMode(JournalMode.WAL);
    writing.setSynchronous(SynchronousMode.FULL);
    writing.setTransactionMode(TransactionMode.IMMEDIATE);
    writing.setPragma(SQLiteConfig.Pragma.SECURE_DELETE, "true");
    writers = pool(file, writing, 1);
    SQLiteConfig reading = new SQLiteConfig();
    reading.setReadOnly(true);
    readers = pool(file, reading, Math.max(4, Runtime.getRuntime().availableProcessors()));
  }

  private static HikariDataSource pool(Path file, SQLiteConfig settings, int size) {
    settings.setBusyTimeout(BUSY_MILLIS);
    SQLiteDataSource source = new SQLiteDataSource(settings);
    source.setUrl(url(file));
    HikariConfig pool = new HikariConfig();
    pool.setPoolName("horae-store");
    pool.setDataSource(source);
    pool.setMaximumPoolSize(size);
    boolean writes = settings.getTransactionMode() == TransactionMode.IMMEDIATE;
    pool.setAutoCommit(!writes);
    pool.setReadOnly(!writes);
    pool.setConnectionTimeout(BUSY_MILLIS);
    pool.setMaxLifetime(0); // a file needs no new connections
    return new HikariDataSource(pool);
  }

  private static String url(Path file) {
    return "jdbc:sqlite:" + file;
  }

  /**
   * Opens a file, and makes it, for its owner alone, where there is none.
   *
   * @throws DataException if another process has it, or it is not a store, or of a newer version
   */
  static SqliteDatabase open(Path given) {
    Path file = given.toAbsolutePath();
    if (given.toString().isEmpty() || file.toString().contains("?")) {
      throw new DataException(
          "the store \"sqlite:" + given + "\" names no file; write sqlite:FILE, without \"?\"");
    }
    WriterLock lock = takeLock(file);
    SqliteDatabase database = null;
    try {
      makeFile(file);
      prepare(file);
      database = new SqliteDatabase(file, lock);
      database.compact();
      return database;
    } catch (SQLException e) {
      throw new DataException(
          file + ": cannot be opened: " + e.getMessage() + "; restore it from a backup", e);
    } catch (IOException e) {
      throw new DataException(file + ": cannot be made: " + Reasons.of(e), e);
    } finally {
      if (database == null) {
        lock.close();
      }
    }
  }

  private static WriterLock takeLock(Path file) {
    try {
      return WriterLock.of(
          file,
          file.resolveSibling(file.getFileName() + ".lock"),
          "stop it, or name another file; servers share PostgreSQL, not SQLite");
    } catch (UncheckedIOException e) {
      throw new DataException(file + ": cannot be opened: " + Reasons.of(e.getCause()), e);
    }
  }

  /** Others have no business in what users did. */
  private static void makeFile(Path file) throws IOException {
    if (Files.exists(file)) {
      return;
    }
    boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
    FileAttribute<?>[] owner =
        posix
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : new FileAttribute<?>[0];
    Files.createFile(file, owner);
  }

  /** Checks whose file it is, before anything is changed in it; makes the tables in a new one. */
  private static void prepare(Path file) throws SQLException {
    try (Connection connection = new SQLiteConfig().createConnection(url(file))) {
      long application = number(connection, "PRAGMA application_id");
      long version = number(connection, "PRAGMA user_version");
      if (application == 0 && number(connection, "SELECT count(*) FROM sqlite_schema") == 0) {
        connection.setAutoCommit(false);
        Schema.create(connection, "sqlite.sql");
        execute(connection, "PRAGMA application_id = " + APPLICATION);
        execute(connection, "PRAGMA user_version = " + SCHEMA);
        connection.commit();
      } else if (application != APPLICATION) {
        throw new DataException(
            file + ": is an SQLite database of another program; name another file");
      } else if (version > SCHEMA) {
        throw new DataException(Schema.newer(file.toString(), version, SCHEMA));
      }
    } catch (SQLiteException e) {
      if (e.getResultCode() == SQLiteErrorCode.SQLITE_NOTADB) {
        throw new DataException(file + ": is no SQLite database; name another file", e);
      }
      throw e;
    }
  }

  private static long number(Connection connection, String sql) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql);
        ResultSet row = statement.executeQuery()) {
      return row.getLong(1);
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Override
  public Connection reader() throws SQLException {
    return readers.getConnection();
  }

  @Override
  public Connection writer() throws SQLException {
    return writers.getConnection();
  }

  /** Nothing to do: there is one connection that writes. */
  @Override
  public void lock(Connection writer) {}

  @Override
  public String itemsOfImpression() {
    return "SELECT value FROM json_each(i.items)";
  }

  @Override
  public void erasing(Connection writer) throws SQLException {
    State.set(writer, "erased", 1);
  }

  /**
   * Writes the file anew. {@code secure_delete} clears what is deleted, but not the copies that
   * were left behind when pages were split.
   */
  @Override
  public void compact() {
    try (Connection connection = writers.getConnection()) {
      connection.setAutoCommit(true);
      if (State.get(connection, "erased") != 0) {
        execute(connection, "VACUUM");
        cutLater = !cutLog(connection);
      }
    } catch (SQLException e) {
      throw failure("erase traces in", e);
    }
  }

  /** Cuts the log when that is due. */
  @Override
  public void idle() {
    if (cutLater || log().toFile().length() > LONG_LOG_BYTES) {
      try (Connection connection = writers.getConnection()) {
        connection.setAutoCommit(true);
        if (cutLog(connection)) {
          cutLater = false;
        }
      } catch (SQLException e) {
        // The next time: nobody waits for it, and what is written is written.
      }
    }
  }

  private Path log() {
    return file.resolveSibling(file.getFileName() + "-wal");
  }

  /** {@return whether the log is empty now} It is not when somebody reads from it for long. */
  private static boolean cutLog(Connection connection) throws SQLException {
    execute(connection, "PRAGMA busy_timeout = " + CUT_MILLIS);
    try {
      if (number(connection, "PRAGMA wal_checkpoint(TRUNCATE)") != 0) {
        return false;
      }
      State.set(connection, "erased", 0);
      return true;
    } finally {
      execute(connection, "PRAGMA busy_timeout = " + BUSY_MILLIS);
    }
  }

  @Override
  public void backup(Path to) {
    if (Files.exists(to)) {
      throw new DataException(to + ": is there already; name a file that is not");
    }
    Path part =
        to.resolveSibling("." + to.getFileName() + "." + ProcessHandle.current().pid() + ".part");
    try {
      Files.createDirectories(to.toAbsolutePath().getParent());
      Files.deleteIfExists(part);
      makeFile(part);
      try (Connection connection = new SQLiteConfig().createConnection(url(file));
          PreparedStatement statement = connection.prepareStatement("VACUUM INTO ?")) {
        statement.setString(1, part.toString());
        statement.execute();
      }
      try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
        channel.force(true); // SQLite does not
      }
      Files.move(part, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (SQLException e) {
      throw failure("copy to " + to + " from", e);
    } catch (IOException e) {
      throw new StoreException(Reason.FAILED, to + ": cannot be written: " + Reasons.of(e), e);
    } finally {
      part.toFile().delete(); // there only when something was thrown
    }
  }

  @Override
  public StoreException failure(String doing, SQLException e) {
    if (e instanceof SQLTransientConnectionException) {
      return new StoreException(
          Reason.BUSY,
          file + ": too many read at once: waited for " + BUSY_MILLIS + " ms; ask again later",
          e);
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
      FileStore disk = Files.getFileStore(file);
      return disk.getUsableSpace() < FULL_BYTES;
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void close() {
    readers.close();
    writers.close(); // the last one empties the log
    lock.close();
  }
}
