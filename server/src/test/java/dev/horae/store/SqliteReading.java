package dev.horae.store;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Another program, in the middle of reading all events until it is closed. */
final class SqliteReading implements AutoCloseable {

  private final Connection connection;
  private final Statement statement;
  private final ResultSet rows;

  SqliteReading(Path file) throws SQLException {
    connection = DriverManager.getConnection("jdbc:sqlite:" + file);
    statement = connection.createStatement();
    rows = statement.executeQuery("SELECT id FROM events");
    rows.next(); // there must be more than one, or it has read all
  }

  void execute(String sql) throws SQLException {
    try (Statement another = connection.createStatement()) {
      another.execute(sql);
    }
  }

  @Override
  public void close() throws SQLException {
    rows.close();
    statement.close();
    connection.close();
  }
}
