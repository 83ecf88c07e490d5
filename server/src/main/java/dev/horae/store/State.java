package dev.horae.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Numbers about the whole store, each under a name. */
final class State {

  private State() {}

  static long get(Connection connection, String name) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT value FROM state WHERE name = ?")) {
      statement.setString(1, name);
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          throw new SQLException("the table state has no row " + name);
        }
        return row.getLong(1);
      }
    }
  }

  static void add(Connection connection, String name, long more) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("UPDATE state SET value = value + ? WHERE name = ?")) {
      statement.setLong(1, more);
      statement.setString(2, name);
      statement.executeUpdate();
    }
  }

  static void set(Connection connection, String name, long value) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("UPDATE state SET value = ? WHERE name = ?")) {
      statement.setLong(1, value);
      statement.setString(2, name);
      statement.executeUpdate();
    }
  }
}
