package dev.horae.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool.PoolInitializationException;
import dev.horae.data.DataException;
import dev.horae.store.StoreException.Reason;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/** PostgreSQL, which several servers share. The tables are in a schema of their own. */
final class PostgresDatabase implements Database {

  /** The version of {@code postgresql.sql}, which it keeps in the table {@code state}. */
  static final long SCHEMA = 2;

  /** The key of the lock that writers of all servers take: "Hora". */
  static final long LOCK = 0x486f7261;

  private static final int WAIT_MILLIS = 5_000;

  private static final int READERS = 8;

  /**
   * What is acknowledged must be on the disk. A server that hangs must not hold the lock for long.
   */
  private static final String WRITER_SETTINGS =
      """
      SELECT set_config('lock_timeout', '10s', false),
        set_config('idle_in_transaction_session_timeout', '30s', false),
        set_config('synchronous_commit',
          CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on'
          ELSE current_setting('synchronous_commit') END, false)
      """;

  private final PostgresAddress address;
  private final HikariDataSource readers;
  private final HikariDataSource writers;

  private PostgresDatabase(PostgresAddress address) {
    this.address = address;
    writers = pool(address, 1, WRITER_SETTINGS);
    readers = pool(address, READERS, null);
  }

  private static HikariDataSource pool(
      PostgresAddress address, int size, @Nullable String settings) {
    HikariConfig pool = new HikariConfig();
    pool.setPoolName("horae-store");
    pool.setJdbcUrl(address.url());
    pool.setDataSourceProperties(address.properties());
    pool.setMaximumPoolSize(size);
    pool.setConnectionTimeout(WAIT_MILLIS);
    if (settings != null) {
      pool.setAutoCommit(false);
      pool.setConnectionInitSql(settings);
    }
    return new HikariDataSource(pool);
  }

  /**
   * Opens a database, and makes the tables where there are none.
   *
   * @throws DataException if it cannot be reached or is of a newer version
   */
  static PostgresDatabase open(String given) {
    PostgresAddress address = PostgresAddress.parse(given);
    try {
      prepare(address);
      return new PostgresDatabase(address);
    } catch (SQLException | PoolInitializationException e) {
      throw new DataException(
          "the store " + address + " cannot be opened: " + oneLine(e) + "; check the address", e);
    }
  }

  private static String oneLine(Exception e) {
    return String.valueOf(e.getMessage()).strip().replaceAll("\\s*\n\\s*", " ");
  }

  /**
   * Checks whose tables there are; makes them where there are none, and adds what those of an older
   * version lack, one server at a time.
   */
  private static void prepare(PostgresAddress address) throws SQLException {
    try (Connection connection = DriverManager.getConnection(address.url(), address.properties());
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      lockUntilTheEnd(connection);
      String encoding = text(statement, "SHOW server_encoding");
      if (!encoding.equals("UTF8")) {
        throw new DataException(
            "the store "
                + address
                + " has the encoding "
                + encoding
                + ", which cannot hold all texts; create a database with ENCODING 'UTF8'");
      }
      if (text(statement, "SELECT coalesce(current_schema(), '')").isEmpty()) {
        statement.execute("CREATE SCHEMA " + statement.enquoteIdentifier(address.schema(), true));
      }
      boolean empty = text(statement, "SELECT coalesce(to_regclass('state')::text, '')").isEmpty();
      long version = empty ? 0 : State.get(new Session(connection, Session::forget), "schema");
      if (version > SCHEMA) {
        throw new DataException(Schema.newer("the store " + address, version, SCHEMA));
      } else if (version < SCHEMA) {
        Schema.create(connection, "postgresql.sql");
      }
      connection.commit();
    }
  }

  private static String text(Statement statement, String sql) throws SQLException {
    try (ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  @Override
  public Session reader() throws SQLException {
    return new Session(readers.getConnection(), Session::closeConnection);
  }

  @Override
  public Session writer() throws SQLException {
    return new Session(writers.getConnection(), Session::closeConnection);
  }

  /**
   * PostgreSQL gives sequences out before it commits: without the lock, who has seen 6 could miss a
   * 5 that another server commits later. The lock is given back after the commit can be seen.
   */
  @Override
  public void begin(Session writer) throws SQLException {
    lockUntilTheEnd(writer.connection());
  }

  @Override
  public void commit(Session writer) throws SQLException {
    writer.connection().commit();
  }

  @Override
  public void rollback(Session writer) throws SQLException {
    writer.connection().rollback();
  }

  private static void lockUntilTheEnd(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SELECT pg_advisory_xact_lock(" + LOCK + ")");
    }
  }

  @Override
  public String itemsOfImpression() {
    return "SELECT value FROM jsonb_array_elements_text(i.items::jsonb)";
  }

  /** Nothing to note: what is deleted goes with PostgreSQL's own VACUUM. */
  @Override
  public void erasing(Session writer) {}

  @Override
  public void compact() {}

  @Override
  public void backup(Path to) {
    throw new StoreException(
        Reason.FAILED,
        "the store "
            + address
            + " is not copied by Horae; run: pg_dump --schema="
            + address.schema()
            + " --format=custom --file="
            + to
            + " "
            + address.withoutParameters());
  }

  @Override
  public StoreException failure(String doing, SQLException e) {
    String state = String.valueOf(e.getSQLState());
    String problem = "cannot " + doing + " the store " + address + ": " + oneLine(e);
    if (state.equals("53100")) {
      return new StoreException(
          Reason.FULL,
          "the disk of the store " + address + " is full; make room, then send it again",
          e);
    }
    boolean passes =
        e instanceof SQLTransientConnectionException
            || state.matches("(08|40|53|57).*")
            || state.equals("55P03");
    return new StoreException(passes ? Reason.BUSY : Reason.FAILED, problem, e);
  }

  @Override
  public void close() {
    readers.close();
    writers.close();
  }
}
