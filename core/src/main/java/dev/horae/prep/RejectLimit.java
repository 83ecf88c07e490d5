package dev.horae.prep;

import dev.horae.data.DataException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import java.util.Optional;

/** Stops the work when too large a share of the event rows, or of the item rows, is unusable. */
final class RejectLimit {

  private final Connection connection;
  private final double limit;

  RejectLimit(Connection connection, double limit) {
    this.connection = connection;
    this.limit = limit;
  }

  void check() throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("FROM refused_share")) {
      while (row.next()) {
        long read = row.getLong("rows_read");
        long rejected = row.getLong("rejected");
        if (rejected > limit * read) {
          throw new DataException(
              String.format(
                  Locale.ROOT,
                  "%s rows: %d of %d (%.1f %%) cannot be used, more than the %.1f %% allowed: %s;"
                      + " the first is %s%s; repair the files, name the columns with ``column``, or"
                      + " allow more with ``maxRejects``%s",
                  row.getString("kind"),
                  rejected,
                  read,
                  100.0 * rejected / read,
                  100 * limit,
                  row.getString("reasons"),
                  row.getString("example"),
                  EventTimes.hint(row.getString("reasons")),
                  word().map(word -> "; ``missing`` '' keeps ids such as " + word).orElse("")));
        }
      }
    }
  }

  /** {@return a word that was taken for a missing user or item, if there is one} */
  Optional<String> word() throws SQLException {
    String query =
        """
        SELECT regexp_extract(content, left(reason, 4) || '=([^,]*)', 1) AS word FROM reject
        WHERE reason IN ('user is missing', 'item is missing') AND trim(word) <> ''
        ORDER BY file, line LIMIT 1
        """;
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
    }
  }
}
