package dev.horae.store;

import java.nio.file.Path;
import java.sql.SQLException;

/** What differs between SQLite and PostgreSQL. The tables are in {@code sqlite.sql}, and alike. */
interface Database extends AutoCloseable {

  /** {@return one of several sessions for reading; each statement is its own transaction} */
  Session reader() throws SQLException;

  /** {@return the session of the thread that writes} */
  Session writer() throws SQLException;

  /**
   * Starts a transaction, and keeps all others from writing until it ends. Sequences and versions
   * are then committed in order: who has seen one has seen all before it.
   */
  void begin(Session writer) throws SQLException;

  /** Makes the transaction durable. */
  void commit(Session writer) throws SQLException;

  /** Ends a transaction that failed, however far it came. */
  void rollback(Session writer) throws SQLException;

  /** {@return the SQL of the ids in the JSON array {@code i.items}} */
  String itemsOfImpression();

  /** Called in the transaction that erases somebody. */
  void erasing(Session writer) throws SQLException;

  /** Called between transactions: takes what was deleted out of the files. */
  void compact();

  /** Called between transactions when there is nothing else to do. */
  default void idle() {}

  /** Copies everything to a new file. */
  void backup(Path to);

  /** {@return what a caller is told about a failure} */
  StoreException failure(String doing, SQLException e);

  @Override
  void close();
}
