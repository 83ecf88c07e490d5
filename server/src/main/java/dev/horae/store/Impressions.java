package dev.horae.store;

import dev.horae.data.Json;
import dev.horae.store.Store.Impression;
import dev.horae.store.Store.VariantCounts;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The table of lists that were shown, in SQL that both databases understand. */
final class Impressions {

  private static final String INSERT =
      """
      INSERT INTO impressions (recommendation, scenario, variant, user_id, time, items)
      VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (recommendation) DO NOTHING
      """;

  private static final String COUNTS =
      """
      SELECT variant, count(DISTINCT user_id), count(*),
        count(*) FILTER (WHERE EXISTS (
          SELECT 1 FROM events e
          WHERE e.recommendation = i.recommendation
            AND e.type IN ('click', 'cart', 'purchase')
            AND e.item_id IN (%s)))
      FROM impressions i
      WHERE scenario = ? AND time >= ?
      GROUP BY variant ORDER BY variant
      """;

  /** By the index of scenarios and times, for one of time alone would cost each list a write. */
  private static final String NEXT_SCENARIO =
      "SELECT min(scenario) FROM impressions WHERE scenario > ?";

  private static final String FORGET =
      """
      DELETE FROM impressions WHERE recommendation IN (
        SELECT recommendation FROM impressions WHERE scenario = ? AND time < ? LIMIT ?)
      """;

  private Impressions() {}

  /**
   * @param withUsers false where another server may have erased one of them since these were shown
   */
  static void add(Session session, List<Impression> impressions, boolean withUsers)
      throws SQLException {
    PreparedStatement statement = session.prepare(INSERT);
    for (Impression impression : impressions) {
      statement.setString(1, impression.recommendation());
      statement.setString(2, impression.scenario());
      statement.setString(3, impression.variant());
      Events.setText(statement, 4, withUsers ? impression.user() : null);
      statement.setLong(5, impression.time());
      statement.setString(6, Json.line(impression.items()));
      statement.addBatch();
    }
    statement.executeBatch();
  }

  static List<VariantCounts> counts(
      Session session, String itemsOfImpression, String scenario, long since) throws SQLException {
    List<VariantCounts> counts = new ArrayList<>();
    PreparedStatement statement = session.prepare(COUNTS.replace("%s", itemsOfImpression));
    statement.setString(1, scenario);
    statement.setLong(2, since);
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        counts.add(
            new VariantCounts(row.getString(1), row.getLong(2), row.getLong(3), row.getLong(4)));
      }
    }
    return counts;
  }

  /** {@return how many were deleted} */
  static int forget(Session session, long before, int most) throws SQLException {
    int deleted = 0;
    for (String scenario = ""; // that of lists of none, which comes before all others
        scenario != null && deleted < most;
        scenario = next(session, scenario)) {
      PreparedStatement forget = session.prepare(FORGET);
      forget.setString(1, scenario);
      forget.setLong(2, before);
      forget.setInt(3, most - deleted);
      deleted += forget.executeUpdate();
    }
    return deleted;
  }

  private static @Nullable String next(Session session, String scenario) throws SQLException {
    PreparedStatement next = session.prepare(NEXT_SCENARIO);
    next.setString(1, scenario);
    try (ResultSet row = next.executeQuery()) {
      return row.next() ? row.getString(1) : null;
    }
  }

  /** {@return how many were deleted} */
  static long erase(Session session, String user) throws SQLException {
    return Events.delete(session, "DELETE FROM impressions WHERE user_id = ?", user);
  }
}
