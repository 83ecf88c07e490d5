package dev.horae.store;

import dev.horae.data.AtomicFiles;
import dev.horae.data.DataException;
import dev.horae.data.Reasons;
import dev.horae.data.WriterLock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
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
import java.sql.Statement;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** A file of SQLite's: whose it is, how it is made and copied. */
final class SqliteFile {

  /** The version of {@code sqlite.sql}; SQLite keeps it in the file's header. */
  static final int SCHEMA = 2;

  /** Says in the file's header that it is ours: "Hora". */
  static final int APPLICATION = 0x486f7261;

  private SqliteFile() {}

  /** {@return the file's absolute path} */
  static Path check(Path given) {
    Path file = given.toAbsolutePath();
    if (given.toString().isEmpty() || file.toString().contains("?")) {
      throw new DataException(
          "the store \"sqlite:" + given + "\" names no file; write sqlite:FILE, without \"?\"");
    }
    if (Files.isDirectory(file)) {
      throw new DataException(
          given + ": is a directory; name a file in it, such as " + given.resolve("horae.db"));
    }
    return file;
  }

  static WriterLock lock(Path file) {
    try {
      return WriterLock.of(
          file,
          file.resolveSibling(file.getFileName() + ".lock"),
          "stop it, or name another file; servers share PostgreSQL, not SQLite");
    } catch (UncheckedIOException e) {
      throw new DataException(file + ": cannot be opened: " + Reasons.of(e), e);
    }
  }

  static Connection connect(Path file, SQLiteConfig settings) throws SQLException {
    return settings.createConnection("jdbc:sqlite:" + file);
  }

  /**
   * Checks whose file it is, before anything is changed in it; makes it and its tables where there
   * are none, and adds what those of an older version lack.
   */
  static void prepare(Path file) throws SQLException {
    try {
      create(file);
    } catch (IOException e) {
      throw new DataException(file + ": cannot be made: " + Reasons.of(e), e);
    }
    try (Connection connection = connect(file, new SQLiteConfig())) {
      long application = number(connection, "PRAGMA application_id");
      long version = number(connection, "PRAGMA user_version");
      boolean empty =
          application == 0 && number(connection, "SELECT count(*) FROM sqlite_schema") == 0;
      if (!empty && application != APPLICATION) {
        throw new DataException(
            file + ": is an SQLite database of another program; name another file");
      } else if (version > SCHEMA) {
        throw new DataException(Schema.newer(file.toString(), version, SCHEMA));
      } else if (version < SCHEMA) {
        connection.setAutoCommit(false);
        Schema.create(connection, "sqlite.sql");
        execute(connection, "PRAGMA application_id = " + APPLICATION);
        execute(connection, "PRAGMA user_version = " + SCHEMA);
        connection.commit();
      }
    } catch (SQLiteException e) {
      if (e.getResultCode() == SQLiteErrorCode.SQLITE_NOTADB) {
        throw new DataException(file + ": is no SQLite database; name another file", e);
      }
      throw e;
    }
  }

  /** Makes an empty file. Others have no business in what users did. */
  private static void create(Path file) throws IOException {
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

  /** Copies a file, as it is at one moment. The copy is there whole, or not at all. */
  static void copy(Path file, Path to) throws SQLException, IOException {
    Path copy = to.toAbsolutePath();
    if (Files.exists(copy)) {
      throw new DataException(to + ": is there already; name a file that is not");
    }
    Files.createDirectories(copy.getParent());
    Path part = AtomicFiles.temporary(copy);
    try {
      Files.deleteIfExists(part);
      create(part);
      try (Connection connection = connect(file, new SQLiteConfig());
          PreparedStatement statement = connection.prepareStatement("VACUUM INTO ?")) {
        statement.setString(1, part.toString());
        statement.execute();
      }
      try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
        channel.force(true); // SQLite does not
      }
      Files.move(part, copy, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      part.toFile().delete(); // there only when something was thrown
    }
  }

  /** {@return the one number that a query gives} */
  static long number(Connection connection, String sql) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql);
        ResultSet row = statement.executeQuery()) {
      return row.getLong(1);
    }
  }

  static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
