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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
      List<String> texts = List.copyOf(table.textPlaces(file.toString(), header).keySet());
      String wanted =
          Stream.concat(
                  columns.stream()
                      .map(column -> expression(nested(column), header.get(places.get(column)))),
                  texts.stream().map(name -> expression(true, name)))
              .collect(Collectors.joining(", "));
      try (PreparedStatement select = connection.prepareStatement("SELECT " + wanted + from);
          DuckDBChunkedResult result = select.unwrap(DuckDBPreparedStatement.class).query()) {
        Row row = new Row(new EnumMap<>(Column.class), new HashMap<>());
        long line = 1;
        while (result.nextChunk()) {
          DuckDBDataChunkReader chunk = result.chunk();
          for (long at = 0; at < chunk.rowCount(); at++) {
            for (int i = 0; i < columns.size(); i++) {
              String value = chunk.vector(i).getString(at);
              row.columns.put(columns.get(i), nested(columns.get(i)) ? json(value) : value);
            }
            for (int i = 0; i < texts.size(); i++) {
              row.texts.put(texts.get(i), json(chunk.vector(columns.size() + i).getString(at)));
            }
            rows.row(line++, row);
          }
        }
      }
    } catch (SQLException e) {
      throw new DataException(file + ": cannot be read as Parquet: " + e.getMessage(), e);
    }
  }

  private record Row(Map<Column, Object> columns, Map<String, Object> texts)
      implements Rows.Fields {

    @Override
    public Object in(Column column) {
      return columns.get(column);
    }

    @Override
    public Object in(String textColumn) {
      return texts.get(textColumn);
    }
  }

  private static String expression(boolean nested, String name) {
    String column = Sql.identifier(name);
    return nested ? "CAST(to_json(" + column + ") AS VARCHAR)" : "CAST(" + column + " AS VARCHAR)";
  }

  /** Lists and structs come as JSON, plain texts as JSON strings. */
  private static Object json(String text) {
    try {
      return text == null ? null : LooseJson.parse(text);
    } catch (LooseJson.BrokenException e) {
      throw new IllegalStateException("DuckDB wrote JSON that cannot be read: " + text, e);
    }
  }

  private static boolean nested(Column column) {
    return column == Column.CATEGORIES || column == Column.IMAGE;
  }
}
