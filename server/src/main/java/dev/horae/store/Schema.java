package dev.horae.store;

import dev.horae.data.Resources;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** Makes the tables, or adds what those of an older version lack. */
final class Schema {

  private Schema() {}

  /** Runs the statements of a resource beside this class. */
  static void create(Connection connection, String resource) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String sql : text(resource).split(";")) {
        if (!sql.isBlank()) {
          statement.execute(sql);
        }
      }
    }
  }

  private static String text(String resource) {
    return Resources.text(Schema.class, resource).replaceAll("--[^\n]*", "");
  }

  /** {@return what to say of a database of a newer version} */
  static String newer(String place, long there, long known) {
    return place
        + ": has version "
        + there
        + " of the tables, this Horae knows "
        + known
        + "; start the newer Horae that wrote it, or restore a backup from before";
  }
}
