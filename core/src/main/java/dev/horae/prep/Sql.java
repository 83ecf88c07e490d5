package dev.horae.prep;

import dev.horae.data.Resources;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs the SQL steps that lie beside this class as numbered files. */
final class Sql {

  private static final Pattern VARIABLE = Pattern.compile("\\$([a-z_]+)");

  private Sql() {}

  /**
   * Runs a step whose {@code $name} stand for {@code values}: numbers, texts or paths, quoted here.
   *
   * @return the rows that its last statement changed, -1 when it changes none
   */
  static long run(Connection connection, String step, Map<String, ?> values) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(fill(Resources.text(Sql.class, step), values));
      return statement.getUpdateCount();
    }
  }

  /** {@return the one number that a query gives} */
  static long number(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(query)) {
      result.next();
      return result.getLong(1);
    }
  }

  static String quote(String text) {
    return "'" + text.replace("'", "''") + "'";
  }

  /** {@return a column's name as it stands in SQL} */
  static String identifier(String name) {
    return "\"" + name.replace("\"", "\"\"") + "\"";
  }

  /** {@return the rows of a file} Names of folders, such as {@code user=7}, are no columns. */
  static String parquet(Path file) {
    return "read_parquet(" + pattern(file) + ", hive_partitioning = false)";
  }

  /** DuckDB takes a path for a pattern: {@code *}, {@code ?} and {@code [} stand for themselves. */
  static String pattern(Path file) {
    return quote(file.toAbsolutePath().toString().replaceAll("[*?\\[]", "[$0]"));
  }

  private static String fill(String sql, Map<String, ?> values) {
    Matcher variable = VARIABLE.matcher(sql);
    return variable.replaceAll(
        match -> {
          Object value = values.get(match.group(1));
          if (value == null) {
            throw new IllegalArgumentException("no value for " + match.group());
          }
          return Matcher.quoteReplacement(
              value instanceof Number ? value.toString() : quote(value.toString()));
        });
  }
}
