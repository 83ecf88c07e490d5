package dev.horae.prep;

import dev.horae.data.DataException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.duckdb.DuckDBChunkedResult;
import org.duckdb.DuckDBDataChunkReader;
import org.duckdb.DuckDBPreparedStatement;

/** Reads the rows of a Parquet file, in file order, every value as text. */
final class ParquetFile {

  private ParquetFile() {}

  /**
   * @param connection one of its own for this thread; its results are streamed
   */
  static void read(Connection connection, Path file, Table table, Rows rows) {
    String from = " FROM read_parquet(" + Sql.quote(file) + ")";
    try (Statement statement = connection.createStatement()) {
      List<String> header = new ArrayList<>();
      try (ResultSet described = statement.executeQuery("DESCRIBE SELECT *" + from)) {
        while (described.next()) {
          header.add(described.getString(1));
        }
      }
      Map<Column, Integer> places = table.places(file.toString(), header);
      List<Column> columns = List.copyOf(places.keySet());
      String wanted =
          columns.stream()
              .map(column -> expression(column, header.get(places.get(column))))
              .collect(Collectors.joining(", "));
      try (PreparedStatement select = connection.prepareStatement("SELECT " + wanted + from);
          DuckDBChunkedResult result = select.unwrap(DuckDBPreparedStatement.class).query()) {
        Map<Column, Object> row = new EnumMap<>(Column.class);
        long line = 1;
        while (result.nextChunk()) {
          DuckDBDataChunkReader chunk = result.chunk();
          for (long at = 0; at < chunk.rowCount(); at++) {
            for (int i = 0; i < columns.size(); i++) {
              row.put(columns.get(i), value(columns.get(i), chunk.vector(i).getString(at)));
            }
            rows.row(line++, row::get);
          }
        }
      }
    } catch (SQLException e) {
      throw new DataException(file + ": cannot be read as Parquet: " + e.getMessage(), e);
    }
  }

  private static String expression(Column column, String name) {
    String quoted = "\"" + name.replace("\"", "\"\"") + "\"";
    return nested(column)
        ? "CAST(to_json(" + quoted + ") AS VARCHAR)"
        : "CAST(" + quoted + " AS VARCHAR)";
  }

  /** Lists and structs come as JSON, plain texts as JSON strings. */
  private static Object value(Column column, String text) {
    if (text == null || !nested(column)) {
      return text;
    }
    try {
      return LooseJson.parse(text);
    } catch (LooseJson.BrokenException e) {
      throw new IllegalStateException("DuckDB wrote JSON that cannot be read: " + text, e);
    }
  }

  private static boolean nested(Column column) {
    return column == Column.CATEGORIES || column == Column.IMAGE;
  }
}
