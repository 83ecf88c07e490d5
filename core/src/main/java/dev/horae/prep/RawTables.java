package dev.horae.prep;

import dev.horae.data.DataException;
import dev.horae.data.Reasons;
import dev.horae.data.Workers;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.Lock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;
import org.jspecify.annotations.Nullable;

/**
 * Where rows of text become rows of {@code event_row} and {@code item_row}, and broken lines rows
 * of {@code reject}; the tables of {@code 01_tables.sql}.
 */
final class RawTables implements AutoCloseable {

  /** Enough of a bad line to recognise it. */
  private static final int CONTENT_CHARS = 200;

  /** Events that are stored at once. */
  private static final int CHUNK = 1 << 13;

  private final DuckDBConnection aside; // a connection is one thread's at a time
  private final DuckDBAppender events;
  private final Lock eventsHeld; // by the thread that appends
  private final DuckDBAppender timeless;
  private final DuckDBAppender items;
  private final DuckDBAppender rejects;
  private final Values values;
  private final Map<String, Long> passed = new TreeMap<>();
  private Chunk chunk = new Chunk();
  private Supplier<Chunk> stored; // the chunk that is being stored, which is empty then
  private long position;

  RawTables(Connection connection, Values values) throws SQLException {
    this.values = values;
    DuckDBConnection duck = connection.unwrap(DuckDBConnection.class);
    aside = duck.duplicate().unwrap(DuckDBConnection.class);
    aside.setAutoCommit(false);
    events = aside.createAppender("event_row");
    eventsHeld = events.unsafeBreakThreadConfinement();
    timeless = duck.createAppender("timeless_row");
    Chunk other = new Chunk();
    stored = () -> other;
    items = duck.createAppender("item_row");
    rejects = duck.createAppender("reject");
  }

  /**
   * {@return where to put the rows of event file number {@code file}}
   *
   * @param times which has begun with the file
   */
  Rows events(int file, EventTimes times) {
    return new Appending(file) {
      @Override
      void append(long line, Fields fields) throws SQLException {
        Object user = fields.in(Column.USER);
        Object item = fields.in(Column.ITEM);
        Object time = fields.in(Column.TIME);
        String userId = values.id(user);
        String itemId = values.id(item);
        if (userId == null || itemId == null) {
          String refusal =
              userId == null ? values.refusal("user", user) : values.refusal("item", item);
          String content = "user=%s, item=%s, time=%s";
          reject(line, refusal, content.formatted(shown(user), shown(item), shown(time)));
          return;
        }
        String text = time instanceof String ? values.text(time) : time == null ? null : "" + time;
        String refusal = times.read(line, text);
        if (refusal == null) {
          if (chunk.isFull()) {
            store();
          }
          chunk.add(position++, line, userId, itemId, times.nanos());
          return;
        }
        timeless.beginRow();
        timeless.append(position++).append(file).append(line);
        timeless.append(userId).append(itemId).append(refusal).append(text);
        timeless.endRow();
      }
    };
  }

  /** Stores the events of {@link #chunk} while others are read into the one that was stored. */
  private void store() {
    Chunk full = chunk;
    chunk = stored.get();
    stored = Workers.ahead(() -> full.moveTo(events, eventsHeld));
  }

  /** Stores what was read; nothing is read any more. */
  void end() throws SQLException {
    store();
    chunk = stored.get();
    events.close();
    aside.commit();
  }

  /**
   * {@return where to put the rows of item file number {@code file}}
   *
   * @param textColumns the further columns that are kept
   * @param images what a row has of pictures
   */
  Rows items(int file, List<String> textColumns, Function<Rows.Fields, Object> images) {
    return new Appending(file) {
      @Override
      void append(long line, Fields fields) throws SQLException {
        Object item = fields.in(Column.ITEM);
        String id = values.id(item);
        if (id == null) {
          String refusal = values.refusal("item", item);
          String content = "item=%s, title=%s";
          reject(line, refusal, content.formatted(shown(item), shown(fields.in(Column.TITLE))));
          return;
        }
        items.beginRow();
        items.append(file).append(line).append(id);
        items.append(shown(values.name(fields.in(Column.TITLE))));
        items.append(shown(values.name(fields.in(Column.BRAND))));
        List<String> categories = values.firstPath(fields.in(Column.CATEGORIES));
        items.append(categories);
        items.append(values.images(images.apply(fields)));
        items.append(textColumns.stream().map(name -> values.words(fields.in(name))).toList());
        items.endRow();
      }
    };
  }

  /** {@return how many lines were passed over, by reason} */
  Map<String, Long> passed() {
    return passed;
  }

  @Override
  public void close() throws SQLException {
    try {
      chunk = stored.get(); // waits for it
    } catch (RuntimeException e) {
      // Whoever read on was told, or has failed at something else.
    }
    events.close(); // again, where all went well
    aside.close();
    timeless.close();
    items.close();
    rejects.close();
  }

  private static String shown(@Nullable Object value) {
    return value == null ? "" : value.toString();
  }

  /** Events between the reader and the database. */
  private static final class Chunk {
    private final long[] positions = new long[CHUNK];
    private final long[] lines = new long[CHUNK];
    private final String[] users = new String[CHUNK];
    private final String[] items = new String[CHUNK];
    private final long[] nanos = new long[CHUNK];
    private int size;

    boolean isFull() {
      return size == CHUNK;
    }

    void add(long position, long line, String user, String item, long time) {
      positions[size] = position;
      lines[size] = line;
      users[size] = user;
      items[size] = item;
      nanos[size++] = time;
    }

    /** {@return this, empty} */
    Chunk moveTo(DuckDBAppender table, Lock held) {
      int next = 0;
      held.lock();
      try {
        while (next < size) {
          table.beginRow();
          table.append(positions[next]).append(users[next]).append(items[next]);
          table.append(nanos[next]);
          table.endRow();
          next++;
        }
      } catch (SQLException e) {
        throw notStored(lines[next], e);
      } finally {
        held.unlock();
      }
      size = 0;
      return this;
    }
  }

  private static DataException notStored(long line, SQLException e) {
    return new DataException("line " + line + ": cannot be stored: " + Reasons.of(e), e);
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
        throw notStored(line, e);
      }
    }

    @Override
    public final void pass(long line, String reason) {
      passed.merge(reason, 1L, Long::sum);
    }

    @Override
    public final void reject(long line, String reason, String content) {
      int end = Math.min(content.length(), CONTENT_CHARS);
      try {
        rejects.beginRow();
        rejects.append(file).append(line).append(reason).append(content.substring(0, end));
        rejects.endRow();
      } catch (SQLException e) {
        throw notStored(line, e);
      }
    }
  }
}
