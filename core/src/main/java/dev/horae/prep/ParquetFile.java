package dev.horae.prep;

import dev.horae.data.DataException;
import dev.horae.data.Reasons;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.duckdb.DuckDBChunkedResult;
import org.duckdb.DuckDBDataChunkReader;
import org.duckdb.DuckDBPreparedStatement;
import org.jspecify.annotations.Nullable;

/** Reads the rows of a Parquet file, in file order, every value as text. */
final class ParquetFile {

  private static final String MAGIC = "PAR1";

  private final Connection connection;
  private final String name;
  private final Path file;
  private final Table table;
  private final Rows rows;
  private final Map<ParquetColumn, Long> withoutText = new LinkedHashMap<>(); // values, by column
  private long line;

  private ParquetFile(Connection connection, Source source, Table table, Rows rows) {
    this.connection = connection;
    name = source.name();
    file = source.file();
    this.table = table;
    this.rows = rows;
  }

  /**
   * @param connection one of its own for this thread; its results are streamed
   * @throws SQLException when memory or disk do not suffice
   */
  static void read(Connection connection, Source source, Table table, Rows rows)
      throws SQLException {
    checkEnds(source.name(), source.file());
    ParquetFile parquet = new ParquetFile(connection, source, table, rows);
    try {
      parquet.read();
    } catch (SQLException e) {
      throw parquet.failure(e);
    }
  }

  /** A Parquet file begins and ends with four letters. */
  private static void checkEnds(String name, Path file) {
    try (FileChannel channel = FileChannel.open(file)) {
      if (channel.size() == 0) {
        throw new DataException(name + ": is empty; write or copy it again");
      }
      String start = letters(channel, 0);
      if (start.equals("PARE") || letters(channel, channel.size() - 4).equals("PARE")) {
        throw new DataException(name + ": is encrypted; write it without encryption");
      }
      if (!start.equals(MAGIC)) {
        ByteBuffer head = ByteBuffer.allocate(Unpacking.HEAD);
        int read = channel.read(head, 0);
        throw new DataException(
            name + ": " + Unpacking.insteadOfParquet(Arrays.copyOf(head.array(), read)));
      }
      if (!letters(channel, channel.size() - 4).equals(MAGIC) || channel.size() < 12) {
        throw new DataException(
            name
                + ": is cut off: a Parquet file ends with the letters PAR1; write or copy it"
                + " again");
      }
    } catch (IOException e) {
      throw new DataException(name + ": cannot be read: " + Reasons.of(e), e);
    }
  }

  private static String letters(FileChannel channel, long at) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(4);
    int read = channel.read(bytes, Math.max(at, 0));
    return new String(bytes.array(), 0, Math.max(read, 0), StandardCharsets.ISO_8859_1);
  }

  private void read() throws SQLException {
    List<ParquetColumn> all = columns();
    List<String> header = all.stream().map(ParquetColumn::name).toList();
    Map<Column, Integer> places = table.places(name, header);
    List<Column> roles = List.copyOf(places.keySet());
    List<ParquetColumn> wanted = new ArrayList<>();
    places.forEach((role, place) -> wanted.add(as(ParquetColumn.What.of(role), all.get(place))));
    List<String> texts = new ArrayList<>();
    table
        .textPlaces(name, header)
        .forEach(
            (text, place) -> {
              texts.add(text);
              wanted.add(all.get(place));
            });
    wanted.forEach(column -> column.check(name));
    wanted.stream()
        .filter(column -> column.what() == ParquetColumn.What.TIME && column.type().equals("FLOAT"))
        .forEach(
            column ->
                table.warn(
                    "%s: column %s is of 32-bit numbers, in which seconds since 1970 are rounded to steps of 128; write it as DOUBLE or INT64"
                        .formatted(name, column.name())));
    String select =
        wanted.stream().map(ParquetColumn::expression).collect(Collectors.joining(", "))
            + " FROM "
            + Sql.parquet(file);
    try (PreparedStatement statement = connection.prepareStatement("SELECT " + select);
        DuckDBChunkedResult result = statement.unwrap(DuckDBPreparedStatement.class).query()) {
      Row row = new Row(new EnumMap<>(Column.class), new HashMap<>());
      while (result.nextChunk()) {
        DuckDBDataChunkReader chunk = result.chunk();
        for (long at = 0; at < chunk.rowCount(); at++) {
          line++;
          if (fill(row, chunk, at, wanted, roles, texts)) {
            rows.row(line, row);
          }
        }
      }
    }
    withoutText.forEach((column, values) -> table.warn(noText(column, values)));
  }

  private String noText(ParquetColumn column, long values) {
    return String.format(
        Locale.ROOT,
        "%s: column %s holds bytes that are no text (UTF-8), %,d times, which are left out: write texts as strings, and pictures to files of their own, in the folder of ``images``",
        name,
        column.name(),
        values);
  }

  private static ParquetColumn as(ParquetColumn.What what, ParquetColumn column) {
    return new ParquetColumn(what, column.name(), column.sqlName(), column.type());
  }

  /** {@return whether the row can be used; it is rejected when it cannot} */
  private boolean fill(
      Row row,
      DuckDBDataChunkReader chunk,
      long at,
      List<ParquetColumn> wanted,
      List<Column> roles,
      List<String> texts) {
    for (int i = 0; i < wanted.size(); i++) {
      String selected = chunk.vector(i).getString(at);
      try {
        ParquetColumn column = wanted.get(i);
        Object value = column.value(selected, () -> withoutText.merge(column, 1L, Long::sum));
        if (i < roles.size()) {
          row.columns.put(roles.get(i), value);
        } else {
          row.texts.put(texts.get(i - roles.size()), value);
        }
      } catch (ParquetColumn.UnusableException e) {
        rows.reject(line, e.reason, wanted.get(i).name() + "=" + selected);
        return false;
      }
    }
    return true;
  }

  /** {@return all columns, by the names that the file has, which may differ by case alone} */
  private List<ParquetColumn> columns() throws SQLException {
    List<String> names = new ArrayList<>();
    List<ParquetColumn> columns = new ArrayList<>();
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET TimeZone = 'UTC'");
      String schema = "SELECT name, num_children FROM parquet_schema(" + Sql.pattern(file) + ")";
      try (ResultSet node = statement.executeQuery(schema)) {
        node.next();
        for (long below = node.getLong(2); below > 0 && node.next(); below--) {
          names.add(node.getString(1));
          skip(node);
        }
      }
      try (ResultSet described =
          statement.executeQuery("DESCRIBE SELECT * FROM " + Sql.parquet(file))) {
        while (described.next()) {
          String sqlName = described.getString(1);
          String name = columns.size() < names.size() ? names.get(columns.size()) : sqlName;
          columns.add(
              new ParquetColumn(ParquetColumn.What.TEXT, name, sqlName, described.getString(2)));
        }
      }
    }
    return columns;
  }

  /** Steps over what lies below a node. */
  private static void skip(ResultSet node) throws SQLException {
    for (long below = node.getLong(2); below > 0 && node.next(); below--) {
      skip(node);
    }
  }

  private SQLException failure(SQLException e) {
    String message = String.valueOf(e.getMessage());
    if (message.contains("Out of Memory") || message.contains("No space left")) {
      return e;
    }
    if (message.contains("No files found that match")) {
      throw new DataException(name + ": has a name that cannot be opened; rename the file", e);
    }
    // such as "Invalid Input Error: ...", without where it stands in a query of ours
    String reason =
        message.lines().findFirst().orElse("").replaceFirst("^[A-Z][A-Za-z ]*Error: ", "");
    throw new DataException(
        "%s: cannot be read as Parquet after row %s: %s; the file may be damaged: write or copy it again"
            .formatted(name, line, reason),
        e);
  }

  private record Row(Map<Column, Object> columns, Map<String, Object> texts)
      implements Rows.Fields {

    @Override
    public @Nullable Object in(Column column) {
      return columns.get(column);
    }

    @Override
    public @Nullable Object in(String textColumn) {
      return texts.get(textColumn);
    }
  }
}
