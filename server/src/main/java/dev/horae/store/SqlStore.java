package dev.horae.store;

import dev.horae.data.DataException;
import dev.horae.store.StoreException.Reason;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The store in a database: one thread writes, a pool of connections reads. */
final class SqlStore implements Store {

  private static final String SQLITE = "sqlite:";

  /** Rows that are read at once: no connection is held while somebody does something with them. */
  private static final int PAGE = 1_000;

  private final Database database;
  private final GroupCommit commits;
  private volatile boolean closed;

  private SqlStore(Database database) {
    this.database = database;
    commits = new GroupCommit(database);
  }

  static Store open(String address) {
    if (address.startsWith(SQLITE)) {
      return new SqlStore(SqliteDatabase.open(Path.of(address.substring(SQLITE.length()))));
    }
    if (address.startsWith("postgresql:")) {
      return new SqlStore(PostgresDatabase.open(address));
    }
    throw new DataException(
        "the store \""
            + PostgresAddress.withoutPassword(address)
            + "\" is neither sqlite:FILE nor "
            + PostgresAddress.FORM);
  }

  static StoreException closed() {
    return new StoreException(Reason.CLOSED, "the store is closed");
  }

  /** A question to the database. */
  @FunctionalInterface
  private interface Query<T> {
    T on(Connection connection) throws SQLException;
  }

  private <T> T read(Query<T> query) {
    if (closed) {
      throw closed();
    }
    try (Connection connection = database.reader()) {
      return query.on(connection);
    } catch (SQLException e) {
      throw closed ? closed() : database.failure("read", e);
    }
  }

  @Override
  public Added add(List<Event> events) {
    if (events.isEmpty()) {
      return new Added(0, List.of());
    }
    List<Event> copy = List.copyOf(events);
    List<@Nullable String> properties = Events.properties(copy);
    return commits.write(copy.size(), connection -> Events.add(connection, copy, properties));
  }

  @Override
  public List<Event> history(String user, int newest) {
    return read(connection -> Events.history(connection, user, newest));
  }

  @Override
  public List<Stored> events(long before, int most) {
    return read(connection -> Events.before(connection, before, most));
  }

  @Override
  public long eachAfter(long sequence, Consumer<Stored> to) {
    long last = sequence;
    List<Stored> page;
    do {
      long after = last;
      page = read(connection -> Events.after(connection, after, PAGE));
      page.forEach(to);
      last = page.isEmpty() ? last : page.get(page.size() - 1).sequence();
    } while (page.size() == PAGE);
    return last;
  }

  @Override
  public Optional<UserSummary> user(String user) {
    return read(connection -> Events.user(connection, user));
  }

  @Override
  public List<UserSummary> users(String prefix, int most) {
    return read(connection -> Events.users(connection, prefix, most));
  }

  @Override
  public void export(String user, Consumer<Stored> to) {
    long time = Long.MIN_VALUE;
    long sequence = Long.MIN_VALUE;
    List<Stored> page;
    do {
      long fromTime = time;
      long fromSequence = sequence;
      page = read(connection -> Events.ofUser(connection, user, fromTime, fromSequence, PAGE));
      page.forEach(to);
      if (!page.isEmpty()) {
        Stored last = page.get(page.size() - 1);
        time = last.event().time();
        sequence = last.sequence();
      }
    } while (page.size() == PAGE);
  }

  @Override
  public long erase(String user) {
    long events =
        commits.write(
            1,
            connection -> {
              long erased = Events.erase(connection, user);
              if (erased + Impressions.erase(connection, user) > 0) {
                database.erasing(connection);
              }
              return erased;
            });
    commits.between(database::compact);
    return events;
  }

  @Override
  public Optional<Document> document(String kind, String name) {
    return read(connection -> Documents.get(connection, kind, name));
  }

  @Override
  public List<Document> documents(String kind) {
    return read(connection -> Documents.all(connection, kind));
  }

  @Override
  public long documentsVersion() {
    return read(Documents::version);
  }

  @Override
  public OptionalLong put(String kind, String name, String json, @Nullable Long expected) {
    checkDocument(kind, name, json);
    return commits.write(1, connection -> Documents.put(connection, kind, name, json, expected));
  }

  @Override
  public long putAll(String kind, Map<String, String> json) {
    Map<String, String> copy = Map.copyOf(json);
    copy.forEach((name, text) -> checkDocument(kind, name, text));
    return commits.write(copy.size(), connection -> Documents.putAll(connection, kind, copy));
  }

  private static void checkDocument(String kind, String name, String json) {
    Texts.checkId("kind", kind);
    Texts.checkId("name", name);
    Texts.check("json", json);
  }

  @Override
  public boolean delete(String kind, String name) {
    return commits.write(1, connection -> Documents.delete(connection, kind, name));
  }

  @Override
  public void addImpressions(List<Impression> impressions) {
    commits.addImpressions(List.copyOf(impressions));
  }

  @Override
  public List<VariantCounts> counts(String scenario, long since) {
    return read(
        connection ->
            Impressions.counts(connection, database.itemsOfImpression(), scenario, since));
  }

  @Override
  public long eventCount() {
    return read(connection -> State.get(connection, "events"));
  }

  @Override
  public long userCount() {
    return read(connection -> State.get(connection, "users"));
  }

  @Override
  public void backup(Path to) {
    if (closed) {
      throw closed();
    }
    database.backup(to);
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      commits.close();
      closed = true;
      database.close();
    }
  }
}
