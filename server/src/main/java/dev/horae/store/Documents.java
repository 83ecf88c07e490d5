package dev.horae.store;

import dev.horae.store.Store.Change;
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

  private static final String CHANGES =
      """
      SELECT name, version, json FROM documents WHERE kind = ? AND version > ?
      UNION ALL SELECT name, version, NULL FROM deleted WHERE kind = ? AND version > ?
      ORDER BY version, name
      """;

  private static final String DELETED =
      """
      INSERT INTO deleted (kind, name, version) VALUES (?, ?, ?)
      ON CONFLICT (kind, name) DO UPDATE SET version = excluded.version
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

  static List<Change> changes(Session session, String kind, long after) throws SQLException {
    PreparedStatement statement = session.prepare(CHANGES);
    statement.setString(1, kind);
    statement.setLong(2, after);
    statement.setString(3, kind);
    statement.setLong(4, after);
    List<Change> changes = new ArrayList<>();
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        changes.add(new Change(row.getString(1), row.getLong(2), row.getString(3)));
      }
    }
    return changes;
  }

  /** {@return the number of changes so far} */
  static long version(Session session) throws SQLException {
    return State.get(session, COUNTER);
  }

  /** {@return the new version; empty: it is not the expected one that is there} */
  static OptionalLong put(
      Session session, String kind, String name, String json, @Nullable Long expected)
      throws SQLException {
    if (!isExpected(session, kind, name, expected)) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(putAll(session, kind, Map.of(name, json)));
  }

  /** {@return the new version; empty: one of them has changed after the one that was seen} */
  static OptionalLong putAll(
      Session session, String kind, Map<String, String> json, @Nullable Long seen)
      throws SQLException {
    if (seen != null) {
      for (Change change : changes(session, kind, seen)) {
        if (json.containsKey(change.name())) {
          return OptionalLong.empty();
        }
      }
    }
    return OptionalLong.of(putAll(session, kind, json));
  }

  private static long putAll(Session session, String kind, Map<String, String> json)
      throws SQLException {
    if (json.isEmpty()) {
      return version(session);
    }
    long version = nextVersion(session);
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

  private static long nextVersion(Session session) throws SQLException {
    State.add(session, COUNTER, 1);
    return version(session);
  }

  private static boolean isExpected(
      Session session, String kind, String name, @Nullable Long expected) throws SQLException {
    return expected == null
        || expected.equals(get(session, kind, name).map(Document::version).orElse(0L));
  }

  static boolean delete(Session session, String kind, String name, @Nullable Long expected)
      throws SQLException {
    if (!isExpected(session, kind, name, expected)) {
      return false;
    }
    PreparedStatement statement =
        session.prepare("DELETE FROM documents WHERE kind = ? AND name = ?");
    statement.setString(1, kind);
    statement.setString(2, name);
    boolean gone = statement.executeUpdate() > 0;
    if (gone) {
      PreparedStatement deleted = session.prepare(DELETED);
      deleted.setString(1, kind);
      deleted.setString(2, name);
      deleted.setLong(3, nextVersion(session));
      deleted.addBatch(); // SQLite's driver would go on reading the key of a single INSERT
      deleted.executeBatch();
    }
    return gone;
  }
}
