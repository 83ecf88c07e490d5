package dev.horae.store;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Another program that has the file open, in the middle of a read until it is closed. */
final class SqliteReading implements AutoCloseable {

  private final Connection connection;
  private final Statement statement;
  private final ResultSet rows;

  SqliteReading(Path file) throws SQLException {
    connection = DriverManager.getConnection("jdbc:sqlite:" + file);
    statement = connection.createStatement();
    rows = statement.executeQuery("SELECT id FROM events UNION ALL SELECT 'end'");
    rows.next();
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
