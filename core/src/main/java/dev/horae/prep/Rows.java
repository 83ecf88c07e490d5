package dev.horae.prep;

import java.util.function.Function;

/** Takes what a reader finds in a file, in file order. */
interface Rows {

  /**
   * @param line 1 for the first line of the file; the row's number where a file has no lines
   * @param fields what the row has in a column: a {@code String}, {@code List}, {@code Map} or null
   */
  void row(long line, Function<Column, Object> fields);

  /**
   * A line that is no row.
   *
   * @param content the line, or what can be shown of it
   */
  void reject(long line, String reason, String content);
}
