package dev.horae.store;

import dev.horae.store.Store.Document;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The table of documents, in SQL that both databases understand. */
final class Documents {

  private static final String COUNTER = "documents";

  private static final String COLUMNS = "SELECT kind, name, version, json FROM documents ";

  private static final String UPSERT =
      """
      INSERT INTO documents (kind, name, version, json) VALUES (?, ?, ?, ?)
      ON CONFLICT (kind, name) DO UPDATE SET version = excluded.version, json = excluded.json
      """;

  private Documents() {}

  static Optional<Document> get(Session session, String kind, String name) throws SQLException {
    PreparedStatement statement = session.prepare(COLUMNS + "WHERE kind = ? AND name = ?");
    statement.setString(1, kind);
    statement.setString(2, name);
    return rows(statement).stream().findFirst();
  }

  static List<Document> all(Session session, String kind) throws SQLException {
    PreparedStatement statement = session.prepare(COLUMNS + "WHERE kind = ? ORDER BY name");
    statement.setString(1, kind);
    return rows(statement);
  }

  private static List<Document> rows(PreparedStatement statement) throws SQLException {
    List<Document> documents = new ArrayList<>();
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        documents.add(
            new Document(row.getString(1), row.getString(2), row.getLong(3), row.getString(4)));
      }
    }
    return documents;
  }

  /** {@return the number of changes so far} */
  static long version(Session session) throws SQLException {
    return State.get(session, COUNTER);
  }

  /** {@return the new version; empty: it is not the expected one that is there} */
  static OptionalLong put(
      Session session, String kind, String name, String json, @Nullable Long expected)
      throws SQLException {
    if (expected != null) {
      long there = get(session, kind, name).map(Document::version).orElse(0L);
      if (there != expected) {
        return OptionalLong.empty();
      }
    }
    return OptionalLong.of(putAll(session, kind, Map.of(name, json)));
  }

  static long putAll(Session session, String kind, Map<String, String> json) throws SQLException {
    if (json.isEmpty()) {
      return version(session);
    }
    State.add(session, COUNTER, 1);
    long version = version(session);
    PreparedStatement statement = session.prepare(UPSERT);
    for (Map.Entry<String, String> document : json.entrySet()) {
      statement.setString(1, kind);
      statement.setString(2, document.getKey());
      statement.setLong(3, version);
      statement.setString(4, document.getValue());
      statement.addBatch();
    }
    statement.executeBatch();
    return version;
  }

  static boolean delete(Session session, String kind, String name) throws SQLException {
    PreparedStatement statement =
        session.prepare("DELETE FROM documents WHERE kind = ? AND name = ?");
    statement.setString(1, kind);
    statement.setString(2, name);
    boolean gone = statement.executeUpdate() > 0;
    if (gone) {
      State.add(session, COUNTER, 1);
    }
    return gone;
  }
}
