package dev.horae.store;

import java.nio.file.Path;
import java.sql.SQLException;

/** What differs between SQLite and PostgreSQL. The tables are in {@code sqlite.sql}, and alike. */
interface Database extends AutoCloseable {

  /** {@return one of several sessions for reading; each statement is its own transaction} */
  Session reader() throws SQLException;

  /**
   * {@return the connection for writing, which is in a transaction} One thread has it at a time.
   */
  Session writer() throws SQLException;

  /**
   * Keeps all others from writing until the transaction ends. Sequences and versions are then
   * committed in order: who has seen one has seen all before it.
   */
  void lock(Session writer) throws SQLException;

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
