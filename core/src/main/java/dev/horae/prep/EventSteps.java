package dev.horae.prep;

import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/** The steps that touch every event, in this order. */
interface EventSteps {

  /**
   * Reads the files of events into the tables of {@code 01_tables.sql}.
   *
   * @param times gets those of each file
   * @param passed gets how many lines were passed over, by reason
   * @return the files, whose places are their numbers in the tables
   */
  List<SourceFile> read(EventTimes times, Table columns, Map<String, Long> passed)
      throws SQLException;

  /** Gives ids numbers, {@code 04_events.sql}. */
  void number(boolean timed) throws SQLException;

  /**
   * Finds duplicates, and removes them if so asked.
   *
   * @return the events that are left
   */
  long duplicates() throws SQLException;

  /** {@return how many rounds of the k-core removed something} */
  int core() throws SQLException;

  /** {@return the events that the core has left} */
  long left() throws SQLException;

  /** Gives what is left its order, {@code 08_order.sql}. */
  void order() throws SQLException;
}
