package dev.horae.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import dev.horae.data.Json;
import dev.horae.store.Store.Event;
import dev.horae.store.Store.Page;
import dev.horae.store.Store.Past;
import dev.horae.store.Store.Stored;
import dev.horae.store.Store.UserSummary;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The tables of events and of users, in SQL that both databases understand. */
final class Events {

  private static final String COLUMNS =
      "sequence, id, type, user_id, item_id, time, value, recommendation, properties";

  private static final String INSERT =
      """
      INSERT INTO events (id, type, user_id, item_id, time, value, recommendation, properties)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
      """;

  /** Without properties: as many as a history may have need not fit the memory with theirs. */
  private static final String HISTORY =
      """
      SELECT item_id, time, type FROM events
      WHERE user_id = ? AND time <= ? AND type <> 'impression'
      ORDER BY time DESC, sequence DESC LIMIT ?
      """;

  private static final String SUMMARY =
      "SELECT user_id, count(*), min(time), max(time) FROM events ";

  private static final TypeReference<Map<String, Object>> PROPERTIES = new TypeReference<>() {};

  private Events() {}

  /** {@return the properties as text, by event; null: it has none} */
  static List<@Nullable String> properties(List<Event> events) {
    List<@Nullable String> texts = new ArrayList<>(events.size());
    for (Event event : events) {
      String text = event.properties().isEmpty() ? null : Json.line(event.properties());
      if (text != null) {
        Texts.check("properties", text);
      }
      texts.add(text);
    }
    return texts;
  }

  /** {@return for each event whether it is new} */
  static boolean[] add(
      Session session, List<Event> events, List<? extends @Nullable String> properties)
      throws SQLException {
    int[] counts = insert(session, events, properties);
    boolean[] fresh = new boolean[counts.length];
    int accepted = 0;
    Set<String> users = new LinkedHashSet<>();
    for (int i = 0; i < counts.length; i++) {
      fresh[i] = counts[i] > 0;
      if (fresh[i]) {
        accepted++;
        users.add(events.get(i).user());
      }
    }
    if (accepted > 0) {
      State.add(session, "events", accepted);
      int freshUsers = insertUsers(session, users);
      if (freshUsers > 0) {
        State.add(session, "users", freshUsers);
      }
    }
    return fresh;
  }

  private static int[] insert(
      Session session, List<Event> events, List<? extends @Nullable String> properties)
      throws SQLException {
    PreparedStatement statement = session.prepare(INSERT);
    for (int i = 0; i < events.size(); i++) {
      Event event = events.get(i);
      statement.setString(1, event.id());
      statement.setString(2, event.type());
      statement.setString(3, event.user());
      statement.setString(4, event.item());
      statement.setLong(5, event.time());
      if (event.value() == null) {
        statement.setNull(6, Types.DOUBLE);
      } else {
        statement.setDouble(6, event.value());
      }
      setText(statement, 7, event.recommendation());
      setText(statement, 8, properties.get(i));
      statement.addBatch();
    }
    return statement.executeBatch();
  }

  /** {@return how many of them are new} */
  private static int insertUsers(Session session, Set<String> users) throws SQLException {
    PreparedStatement statement =
        session.prepare("INSERT INTO users (user_id) VALUES (?) ON CONFLICT (user_id) DO NOTHING");
    for (String user : users) {
      statement.setString(1, user);
      statement.addBatch();
    }
    int fresh = 0;
    for (int count : statement.executeBatch()) {
      fresh += count;
    }
    return fresh;
  }

  static void setText(PreparedStatement statement, int place, @Nullable String text)
      throws SQLException {
    if (text == null) {
      statement.setNull(place, Types.VARCHAR);
    } else {
      statement.setString(place, text);
    }
  }

  static List<Past> history(Session session, String user, long until, int newest)
      throws SQLException {
    List<Past> events = new ArrayList<>();
    PreparedStatement statement = session.prepare(HISTORY);
    statement.setString(1, user);
    statement.setLong(2, until);
    statement.setInt(3, newest);
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        events.add(new Past(given(row, 1), row.getLong(2), given(row, 3)));
      }
    }
    Collections.reverse(events);
    return events;
  }

  private static final String BEFORE =
      page("sequence < ?", ">=", "sequence", "sequence DESC", "sequence");

  private static final String AFTER =
      page("sequence > ?", "<=", "sequence", "sequence", "sequence DESC");

  private static final String OF_USER =
      page(
          "user_id = ? AND (time, sequence) > (?, ?)",
          "<=",
          "time, sequence",
          "time, sequence",
          "time DESC, sequence DESC");

  /**
   * Ends with the event that reaches a number of bytes: a driver reads all that it is given.
   *
   * @param notBehind how a key in {@code order} compares with that of the last event
   */
  private static String page(
      String where, String notBehind, String key, String order, String backwards) {
    return """
    SELECT %1$s FROM events WHERE %2$s AND (%4$s) %3$s (
      SELECT %4$s FROM (
        SELECT %4$s, sum(bytes) OVER (ORDER BY %5$s ROWS UNBOUNDED PRECEDING) - bytes AS ahead FROM (
          SELECT %4$s, coalesce(octet_length(properties), 0) AS bytes
          FROM events WHERE %2$s ORDER BY %5$s LIMIT ?) AS sized) AS summed
      WHERE ahead < ? ORDER BY %6$s LIMIT 1)
    ORDER BY %5$s
    """
        .formatted(COLUMNS, where, notBehind, key, order, backwards);
  }

  /**
   * {@return events before a sequence, the newest first}
   *
   * @param bytes of properties, from which on it takes no further event
   */
  static Page before(Session session, long before, int most, long bytes) throws SQLException {
    return bySequence(session, BEFORE, before, most, bytes);
  }

  /**
   * {@return events after a sequence, in its order}
   *
   * @param bytes of properties, from which on it takes no further event
   */
  static Page after(Session session, long after, int most, long bytes) throws SQLException {
    return bySequence(session, AFTER, after, most, bytes);
  }

  private static Page bySequence(Session session, String sql, long from, int most, long bytes)
      throws SQLException {
    PreparedStatement statement = session.prepare(sql);
    statement.setLong(1, from);
    statement.setLong(2, from);
    statement.setInt(3, most);
    statement.setLong(4, bytes);
    return page(statement, most, bytes);
  }

  /** {@return events of a user after a time and a sequence, in order of both; as {@link #after}} */
  static Page ofUser(Session session, String user, long time, long sequence, int most, long bytes)
      throws SQLException {
    PreparedStatement statement = session.prepare(OF_USER);
    for (int place = 1; place <= 4; place += 3) {
      statement.setString(place, user);
      statement.setLong(place + 1, time);
      statement.setLong(place + 2, sequence);
    }
    statement.setInt(7, most);
    statement.setLong(8, bytes);
    return page(statement, most, bytes);
  }

  private static Page page(PreparedStatement statement, int most, long bytes) throws SQLException {
    List<Stored> stored = new ArrayList<>();
    long taken = 0;
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        Event event = event(row);
        stored.add(new Stored(row.getLong(1), event));
        taken += event.properties().isEmpty() ? 0 : row.getBytes(9).length;
      }
    }
    return new Page(stored, stored.size() == most || taken >= bytes);
  }

  private static Event event(ResultSet row) throws SQLException {
    double number = row.getDouble(7);
    Double value = number == 0 && row.wasNull() ? null : number;
    String properties = text(row, 9);
    return new Event(
        given(row, 2),
        given(row, 3),
        given(row, 4),
        given(row, 5),
        row.getLong(6),
        value,
        text(row, 8),
        properties == null ? Map.of() : properties(properties));
  }

  /** By its bytes: for a string SQLite's driver calls native code twice. */
  private static @Nullable String text(ResultSet row, int column) throws SQLException {
    byte[] bytes = row.getBytes(column);
    return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
  }

  private static String given(ResultSet row, int column) throws SQLException {
    return new String(row.getBytes(column), StandardCharsets.UTF_8);
  }

  private static Map<String, Object> properties(String text) throws SQLException {
    try {
      return Json.MAPPER.readValue(text, PROPERTIES);
    } catch (JsonProcessingException e) {
      throw new SQLException("properties of an event are no JSON: " + text, e);
    }
  }

  static Optional<UserSummary> user(Session session, String user) throws SQLException {
    PreparedStatement statement = session.prepare(SUMMARY + "WHERE user_id = ? GROUP BY user_id");
    statement.setString(1, user);
    return summaries(statement).stream().findFirst();
  }

  static List<UserSummary> users(Session session, String prefix, int most) throws SQLException {
    String end = Texts.after(prefix);
    String sql =
        SUMMARY
            + "WHERE user_id >= ? "
            + (end.isEmpty() ? "" : "AND user_id < ? ")
            + "GROUP BY user_id ORDER BY user_id LIMIT ?";
    PreparedStatement statement = session.prepare(sql);
    int place = 1;
    statement.setString(place++, prefix);
    if (!end.isEmpty()) {
      statement.setString(place++, end);
    }
    statement.setInt(place, most);
    return summaries(statement);
  }

  /** {@return ids of users behind one, in order of their UTF-8 bytes} */
  static List<String> usersAfter(Session session, String user, int most) throws SQLException {
    PreparedStatement statement =
        session.prepare("SELECT user_id FROM users WHERE user_id > ? ORDER BY user_id LIMIT ?");
    statement.setString(1, user);
    statement.setInt(2, most);
    List<String> users = new ArrayList<>();
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        users.add(given(row, 1));
      }
    }
    return users;
  }

  private static List<UserSummary> summaries(PreparedStatement statement) throws SQLException {
    List<UserSummary> users = new ArrayList<>();
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        users.add(
            new UserSummary(row.getString(1), row.getLong(2), row.getLong(3), row.getLong(4)));
      }
    }
    return users;
  }

  /** {@return how many events were deleted} */
  static long erase(Session session, String user) throws SQLException {
    long events = delete(session, "DELETE FROM events WHERE user_id = ?", user);
    long users = delete(session, "DELETE FROM users WHERE user_id = ?", user);
    State.add(session, "events", -events);
    State.add(session, "users", -users);
    return events;
  }

  static long delete(Session session, String sql, String text) throws SQLException {
    PreparedStatement statement = session.prepare(sql);
    statement.setString(1, text);
    return statement.executeUpdate();
  }
}
