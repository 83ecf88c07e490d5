package dev.horae.prep;

import org.jspecify.annotations.Nullable;

/**
 * Takes what a reader finds in a file, in file order. Each line of a file belongs to one row (a row
 * may have several lines), or is rejected, or is passed over.
 */
interface Rows {

  String BLANK = "blank line";

  /** What a row has in its columns: a {@code String}, {@code List}, {@code Map} or null each. */
  interface Fields {

    @Nullable Object in(Column column);

    /** {@return what it has in one of {@link PrepareOptions.Sources#textColumns}} */
    @Nullable Object in(String textColumn);
  }

  /**
   * @param line 1 for the first line of the file; the row's number where a file has no lines
   */
  void row(long line, Fields fields);

  /**
   * A line that is no row.
   *
   * @param content the line, or what can be shown of it
   */
  void reject(long line, String reason, String content);

  /** A line that holds nothing, such as a blank one. */
  void pass(long line, String reason);
}
