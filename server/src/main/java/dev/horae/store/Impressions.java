package dev.horae.store;

import dev.horae.data.Json;
import dev.horae.store.Store.Impression;
import dev.horae.store.Store.VariantCounts;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** The table of lists that were shown, in SQL that both databases understand. */
final class Impressions {

  private static final String INSERT =
      """
      INSERT INTO impressions (recommendation, scenario, variant, user_id, time, items)
      VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (recommendation) DO NOTHING
      """;

  /** From the events' side: there are far fewer clicks than lists. */
  private static final String COUNTS =
      """
      WITH clicked AS (
        SELECT DISTINCT e.recommendation
        FROM events e JOIN impressions i ON i.recommendation = e.recommendation
        WHERE e.recommendation IS NOT NULL
          AND e.type IN ('click', 'cart', 'purchase')
          AND i.scenario = ? AND i.time >= ?
          AND e.item_id IN (%s))
      SELECT i.variant, count(DISTINCT i.user_id), count(*), count(c.recommendation)
      FROM impressions i LEFT JOIN clicked c ON c.recommendation = i.recommendation
      WHERE i.scenario = ? AND i.time >= ?
      GROUP BY i.variant ORDER BY i.variant
      """;

  private Impressions() {}

  static void add(Connection connection, List<Impression> impressions) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
      for (Impression impression : impressions) {
        statement.setString(1, impression.recommendation());
        statement.setString(2, impression.scenario());
        statement.setString(3, impression.variant());
        Events.setText(statement, 4, impression.user());
        statement.setLong(5, impression.time());
        statement.setString(6, Json.line(impression.items()));
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }

  static List<VariantCounts> counts(
      Connection connection, String itemsOfImpression, String scenario, long since)
      throws SQLException {
    List<VariantCounts> counts = new ArrayList<>();
    try (PreparedStatement statement =
        connection.prepareStatement(COUNTS.replace("%s", itemsOfImpression))) {
      statement.setString(1, scenario);
      statement.setLong(2, since);
      statement.setString(3, scenario);
      statement.setLong(4, since);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          counts.add(
              new VariantCounts(row.getString(1), row.getLong(2), row.getLong(3), row.getLong(4)));
        }
      }
    }
    return counts;
  }

  /** {@return how many were deleted} */
  static long erase(Connection connection, String user) throws SQLException {
    return Events.delete(connection, "DELETE FROM impressions WHERE user_id = ?", user);
  }
}
