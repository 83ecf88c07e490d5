package dev.horae.prep;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Warns of ids in the events that are hardly those of one user or one item. */
final class IdCheck {

  /** What programs write for somebody they do not know. */
  private static final List<String> PLACEHOLDERS =
      List.of(
          "-1",
          "unknown",
          "anonymous",
          "anon",
          "guest",
          "missing",
          "nobody",
          "nil",
          "empty",
          "n.a.",
          "n.a",
          "not set",
          "not available");

  /** Noughts, also as a UUID; nines; signs alone. */
  private static final String NO_ID = "[0-]*0[0-]*|-?9{3,}|[^\\pL\\pN]*";

  private final Connection connection;

  IdCheck(Connection connection) {
    this.connection = connection;
  }

  /** {@return a sentence each, about {@code largest}, {@code event} and the codes} */
  List<String> warnings() throws SQLException {
    List<String> warnings = new ArrayList<>();
    largest(warnings, "user");
    largest(warnings, "item");
    lists(warnings);
    return warnings;
  }

  /**
   * A placeholder counts from 1 % of the events on when nobody else has nearly as many; any user of
   * a log of many does when it has a tenth and five times as many as the next.
   */
  private void largest(List<String> warnings, String kind) throws SQLException {
    String query =
        """
        SELECT id, most / events, most / nullif(next, 0),
               form IN (%2$s) OR regexp_full_match(form, '%3$s'), ids
        FROM (SELECT *, trim(lower(id), '()<>[]{} ') AS form FROM largest WHERE kind = '%1$s')
        """
            .formatted(kind, words(), NO_ID);
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      if (!row.next()) {
        return; // no event at all, which is said elsewhere
      }
      double share = row.getDouble(2);
      double times = row.getDouble(3);
      boolean placeholder = row.getBoolean(4) && share >= 0.01 && times >= 1.5;
      boolean giant = kind.equals("user") && row.getLong(5) >= 20 && share >= 0.1 && times >= 5;
      if (placeholder || giant) {
        warnings.add(
            String.format(
                Locale.ROOT,
                "%s %s holds %.1f %% of the events, %.1f times as many as any other: if it stands"
                    + " for an unknown %s, name it with ``missing``",
                kind,
                row.getString(1),
                100 * share,
                times,
                kind));
      }
    }
  }

  /**
   * {@return the words, in small letters} Those for a missing value are here where they are ids.
   */
  private static String words() {
    return Stream.concat(PLACEHOLDERS.stream(), PrepareOptions.Cells.USUAL.missing().stream())
        .map(word -> Sql.quote(word.toLowerCase(Locale.ROOT)))
        .collect(Collectors.joining(", "));
  }

  /**
   * {@return a sentence each, about {@code ordered}, {@code item_index} and {@code item_code}} Two
   * programs may write one letter, such as é, as one character or as two.
   */
  List<String> ofEqualTexts() throws SQLException {
    List<String> warnings = new ArrayList<>();
    equalTexts(warnings, "user", "SELECT DISTINCT user_id AS id FROM ordered");
    equalTexts(
        warnings, "item", "SELECT item_id AS id FROM item_index JOIN item_code USING (item_code)");
    return warnings;
  }

  private void equalTexts(List<String> warnings, String kind, String ids) throws SQLException {
    String query =
        """
        SELECT count(*), min(id)
        FROM (SELECT min(id) AS id
              FROM (%s)
              WHERE length(id) < strlen(id)
              GROUP BY nfc_normalize(id)
              HAVING count(*) > 1)
        """
            .formatted(ids);
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      if (row.getLong(1) > 0) {
        warnings.add(
            String.format(
                Locale.ROOT,
                "%,d %s ids, such as %s, are written in two forms of Unicode, and each counts as"
                    + " another %s: write all files in one form (NFC)",
                row.getLong(1),
                kind,
                row.getString(2),
                kind));
      }
    }
  }

  /** One line for each user, with all items in one text, gives items that nobody else has. */
  private void lists(List<String> warnings) throws SQLException {
    String query =
        """
        SELECT count(*), count(*) FILTER (regexp_matches(item_id, '[^ ,;|]+(?:[ ,;|]+[^ ,;|]+){2}')),
               (SELECT count(*) FROM user_code), (SELECT count(*) FROM event), min(item_id)
        FROM item_code
        """;
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      long items = row.getLong(1);
      boolean oneEach = row.getLong(3) > 1 && row.getLong(4) < 1.1 * row.getLong(3);
      if (oneEach && row.getLong(2) > 0.9 * items && items > 0.5 * row.getLong(4)) {
        warnings.add(
            "nearly every user has one event, of an item such as '%s': if that is a list of items, write one row for each"
                .formatted(row.getString(5)));
      }
    }
  }
}
