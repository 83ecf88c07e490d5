package dev.horae.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

/**
 * A connection that one thread has for a while, and the statements that were prepared on it. SQLite
 * keeps them from thread to thread: it takes as long to prepare a short query as to answer it.
 */
final class Session implements AutoCloseable {

  /** What becomes of a session when its thread needs it no more. */
  @FunctionalInterface
  interface End {
    void of(Session session) throws SQLException;
  }

  private final Connection connection;
  private final End end;
  private final Map<String, PreparedStatement> statements = new HashMap<>();

  Session(Connection connection, End end) {
    this.connection = connection;
    this.end = end;
  }

  Connection connection() {
    return connection;
  }

  /** {@return a statement that is the session's to close; its results are the caller's} */
  PreparedStatement prepare(String sql) throws SQLException {
    PreparedStatement statement = statements.get(sql);
    if (statement == null) {
      statement = connection.prepareStatement(sql);
      statements.put(sql, statement);
    }
    return statement;
  }

  /** Closes all statements: one that failed may be of no use any more. */
  void forget() throws SQLException {
    for (PreparedStatement statement : statements.values()) {
      statement.close();
    }
    statements.clear();
  }

  /** The end of it all: statements and connection. */
  void closeConnection() throws SQLException {
    try {
      forget();
    } finally {
      connection.close();
    }
  }

  @Override
  public void close() throws SQLException {
    end.of(this);
  }
}
