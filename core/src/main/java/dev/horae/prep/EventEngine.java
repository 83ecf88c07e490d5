package dev.horae.prep;

import dev.horae.data.DataException;
import java.nio.file.Path;
import java.util.List;

/**
 * Does what grows with the events, where one machine does not suffice. It follows the steps 04 to
 * 08 of this package to the row; what is small, and the files of the data set, remain with {@link
 * Preparation}.
 */
public interface EventEngine {

  /**
   * Reads the files of events.
   *
   * @throws DataException that of the first file which cannot be used
   */
  List<Read> read();

  /**
   * Numbers, cleans and orders the events of all files.
   *
   * @param timed whether the events have times; else all their rows count, in the order of the
   *     input
   */
  Ordered order(boolean timed);

  /**
   * A file that was read, with the Parquet files of {@link EventFile} on this machine.
   *
   * @param timeless empty where there are no such rows, or no time in any file
   */
  record Read(EventFile file, List<Path> timeless, List<Path> rejects) {}

  /**
   * How many events an id has.
   *
   * @param id that with most of them; which, where several have as many, does not matter
   * @param most its events
   * @param next those of the id with most of them but for it; 0 where there is none
   * @param ids how many there are
   */
  record Largest(String id, long most, long next, long ids) {}

  /**
   * The events in their order.
   *
   * @param usable events before anything was removed
   * @param duplicates those with the user, item and time of an earlier one
   * @param beforeCore events without those of them that were removed
   * @param rounds of the k-core that removed something
   * @param events that are left
   * @param usersLeft of the events that are left
   * @param items Parquet files: {@code item_code} BIGINT, {@code item_id} VARCHAR, {@code item}
   *     INTEGER from 1, or null where the core has removed it
   * @param files Parquet files that are the rows of step 08 one after the other: {@code user},
   *     {@code item} INTEGER, {@code time}, {@code seconds} BIGINT, {@code user_id} VARCHAR
   */
  record Ordered(
      Largest user,
      Largest item,
      long usable,
      long duplicates,
      long beforeCore,
      int rounds,
      long events,
      long usersLeft,
      List<Path> items,
      List<Path> files) {}
}
