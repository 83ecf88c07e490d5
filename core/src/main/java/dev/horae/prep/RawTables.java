package dev.horae.prep;

import dev.horae.data.DataException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;

/**
 * Where rows of text become rows of {@code event_row} and {@code item_row}, and broken lines rows
 * of {@code reject}; the tables of {@code 01_tables.sql}.
 */
final class RawTables implements AutoCloseable {

  /** Enough of a bad line to recognise it. */
  private static final int CONTENT_CHARS = 200;

  private final DuckDBAppender events;
  private final DuckDBAppender items;
  private final DuckDBAppender rejects;
  private long position;

  RawTables(Connection connection) throws SQLException {
    DuckDBConnection duck = connection.unwrap(DuckDBConnection.class);
    events = duck.createAppender("event_row");
    items = duck.createAppender("item_row");
    rejects = duck.createAppender("reject");
  }

  /** {@return where to put the rows of event file number {@code file}} */
  Rows events(int file) {
    return new Appending(file) {
      @Override
      void append(long line, Fields fields) throws SQLException {
        events.beginRow();
        events.append(position++).append(file).append(line);
        events.append(Values.text(fields.in(Column.USER)));
        events.append(Values.text(fields.in(Column.ITEM)));
        events.append(Values.text(fields.in(Column.TIME)));
        events.endRow();
      }
    };
  }

  /**
   * {@return where to put the rows of item file number {@code file}}
   *
   * @param textColumns the further columns that are kept
   */
  Rows items(int file, List<String> textColumns) {
    return new Appending(file) {
      @Override
      void append(long line, Fields fields) throws SQLException {
        items.beginRow();
        items.append(file).append(line);
        items.append(Values.text(fields.in(Column.ITEM)));
        items.append(orEmpty(Values.text(fields.in(Column.TITLE))).strip());
        items.append(orEmpty(Values.text(fields.in(Column.BRAND))).strip());
        List<String> categories = Values.firstPath(fields.in(Column.CATEGORIES));
        items.append(categories);
        items.append(Values.images(fields.in(Column.IMAGE)));
        items.append(textColumns.stream().map(name -> Values.words(fields.in(name))).toList());
        items.endRow();
      }
    };
  }

  @Override
  public void close() throws SQLException {
    events.close();
    items.close();
    rejects.close();
  }

  private static String orEmpty(String text) {
    return text == null ? "" : text;
  }

  private abstract class Appending implements Rows {

    private final int file;

    Appending(int file) {
      this.file = file;
    }

    abstract void append(long line, Fields fields) throws SQLException;

    @Override
    public final void row(long line, Fields fields) {
      try {
        append(line, fields);
      } catch (SQLException e) {
        throw new DataException("line " + line + ": cannot be stored: " + e.getMessage(), e);
      }
    }

    @Override
    public final void reject(long line, String reason, String content) {
      int end = Math.min(content.length(), CONTENT_CHARS);
      try {
        rejects.beginRow();
        rejects.append(file).append(line).append(reason).append(content.substring(0, end));
        rejects.endRow();
      } catch (SQLException e) {
        throw new DataException("line " + line + ": cannot be stored: " + e.getMessage(), e);
      }
    }
  }
}
