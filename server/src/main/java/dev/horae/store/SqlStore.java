package dev.horae.store;

import dev.horae.data.DataException;
import dev.horae.store.StoreException.Reason;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The store in a database: one thread writes, a pool of sessions reads. */
final class SqlStore implements Store {

  /** Of the table {@code state}: how often somebody was erased. */
  static final String ERASURES = "erasures";

  private static final String SQLITE = "sqlite:";

  /** Rows that are read at once: no session is held while somebody does something with them. */
  private static final int PAGE = 1_000;

  /** Of their properties, but for the last row's: a page must not fill the heap. */
  private static final long PAGE_BYTES = 4L << 20;

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
    T on(Session session) throws SQLException;
  }

  private <T> T read(Query<T> query) {
    if (closed) {
      throw closed();
    }
    try (Session session = database.reader()) {
      boolean whole = false;
      try {
        T answer = query.on(session);
        whole = true;
        return answer;
      } finally {
        if (!whole) {
          session.forget();
        }
      }
    } catch (SQLException e) {
      throw closed ? closed() : database.failure("read", e);
    }
  }

  @Override
  public Added add(List<Event> events) {
    if (events.isEmpty()) {
      return new Added(0, List.of());
    }
    return commits.add(List.copyOf(events));
  }

  @Override
  public List<Past> history(String user, long until, int newest) {
    return read(session -> Events.history(session, user, until, newest));
  }

  @Override
  public Page events(long before, int most) {
    return read(session -> Events.before(session, before, most, PAGE_BYTES));
  }

  @Override
  public long eachAfter(long sequence, Consumer<Stored> to) {
    long last = sequence;
    Page page;
    do {
      long after = last;
      page = read(session -> Events.after(session, after, PAGE, PAGE_BYTES));
      page.events().forEach(to);
      Stored end = page.last();
      last = end == null ? last : end.sequence();
    } while (page.isFull());
    return last;
  }

  @Override
  public Optional<UserSummary> user(String user) {
    return read(session -> Events.user(session, user));
  }

  @Override
  public List<UserSummary> users(String prefix, int most) {
    return read(session -> Events.users(session, prefix, most));
  }

  @Override
  public void eachUser(Consumer<String> to) {
    String last = "";
    List<String> page;
    do {
      String after = last;
      page = read(session -> Events.usersAfter(session, after, PAGE));
      page.forEach(to);
      last = page.isEmpty() ? last : page.get(page.size() - 1);
    } while (page.size() == PAGE);
  }

  @Override
  public void export(String user, Consumer<Stored> to) {
    long time = Long.MIN_VALUE;
    long sequence = Long.MIN_VALUE;
    Page page;
    do {
      long fromTime = time;
      long fromSequence = sequence;
      page =
          read(session -> Events.ofUser(session, user, fromTime, fromSequence, PAGE, PAGE_BYTES));
      page.events().forEach(to);
      Stored last = page.last();
      if (last != null) {
        time = last.event().time();
        sequence = last.sequence();
      }
    } while (page.isFull());
  }

  @Override
  public long erase(String user) {
    long events =
        commits.write(
            1,
            session -> {
              long erased = Events.erase(session, user);
              State.add(session, ERASURES, 1);
              if (erased + Impressions.erase(session, user) > 0) {
                database.erasing(session);
              }
              return erased;
            });
    commits.between(database::compact);
    return events;
  }

  @Override
  public long erasures() {
    return read(session -> State.get(session, ERASURES));
  }

  @Override
  public Optional<Document> document(String kind, String name) {
    return read(session -> Documents.get(session, kind, name));
  }

  @Override
  public List<Document> documents(String kind) {
    return read(session -> Documents.all(session, kind));
  }

  @Override
  public List<Change> changes(String kind, long after) {
    return read(session -> Documents.changes(session, kind, after));
  }

  @Override
  public long documentsVersion() {
    return read(Documents::version);
  }

  @Override
  public OptionalLong put(String kind, String name, String json, @Nullable Long expected) {
    checkDocument(kind, name, json);
    return commits.write(1, session -> Documents.put(session, kind, name, json, expected));
  }

  @Override
  public OptionalLong putAll(String kind, Map<String, String> json, @Nullable Long seen) {
    Map<String, String> copy = Map.copyOf(json);
    copy.forEach((name, text) -> checkDocument(kind, name, text));
    return commits.write(copy.size(), session -> Documents.putAll(session, kind, copy, seen));
  }

  private static void checkDocument(String kind, String name, String json) {
    Texts.checkId("kind", kind);
    Texts.checkId("name", name);
    Texts.check("json", json);
  }

  @Override
  public boolean delete(String kind, String name, @Nullable Long expected) {
    return commits.write(1, session -> Documents.delete(session, kind, name, expected));
  }

  @Override
  public boolean deleteIfLeft(String kind, String name, Consumer<List<Document>> left) {
    return commits.write(
        1,
        session -> {
          List<Document> others = new ArrayList<>(Documents.all(session, kind));
          if (!others.removeIf(document -> document.name().equals(name))) {
            return false;
          }
          left.accept(others);
          return Documents.delete(session, kind, name, null);
        });
  }

  @Override
  public void addImpressions(List<Impression> impressions) {
    commits.addImpressions(List.copyOf(impressions));
  }

  @Override
  public int forgetImpressions(long before, int most) {
    return commits.write(most, session -> Impressions.forget(session, before, most));
  }

  @Override
  public List<VariantCounts> counts(String scenario, long since) {
    return read(
        session -> Impressions.counts(session, database.itemsOfImpression(), scenario, since));
  }

  @Override
  public long eventCount() {
    return read(session -> State.get(session, "events"));
  }

  @Override
  public long userCount() {
    return read(session -> State.get(session, "users"));
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
