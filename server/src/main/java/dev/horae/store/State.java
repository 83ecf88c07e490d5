package dev.horae.store;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Numbers about the whole store, each under a name. */
final class State {

  private State() {}

  static long get(Session session, String name) throws SQLException {
    PreparedStatement statement = session.prepare("SELECT value FROM state WHERE name = ?");
    statement.setString(1, name);
    try (ResultSet row = statement.executeQuery()) {
      if (!row.next()) {
        throw new SQLException("the table state has no row " + name);
      }
      return row.getLong(1);
    }
  }

  static void add(Session session, String name, long more) throws SQLException {
    PreparedStatement statement =
        session.prepare("UPDATE state SET value = value + ? WHERE name = ?");
    statement.setLong(1, more);
    statement.setString(2, name);
    statement.executeUpdate();
  }

  static void set(Session session, String name, long value) throws SQLException {
    PreparedStatement statement = session.prepare("UPDATE state SET value = ? WHERE name = ?");
    statement.setLong(1, value);
    statement.setString(2, name);
    statement.executeUpdate();
  }
}
