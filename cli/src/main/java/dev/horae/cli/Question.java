package dev.horae.cli;

import org.jspecify.annotations.Nullable;

/**
 * A history to be answered.
 *
 * @param line where it stands in the file, from 1; 0 when it does not
 * @param user as given, a value of {@link dev.horae.prep.LooseJson#parseExactly}; null when nobody
 *     was named
 * @param stranger why there is no history of the user; null when there is one
 * @param problem why it cannot be answered; null when it can
 */
record Question(
    long line,
    @Nullable Object user,
    History history,
    @Nullable String stranger,
    @Nullable String problem) {

  static Question of(@Nullable Object user, History history) {
    return new Question(0, user, history, null, null);
  }

  static Question stranger(String user, String why) {
    return new Question(0, user, History.EMPTY, why, null);
  }

  static Question line(long line, @Nullable Object user, History history) {
    return new Question(line, user, history, null, null);
  }

  static Question broken(long line, @Nullable Object user, String problem) {
    return new Question(line, user, History.EMPTY, null, problem);
  }
}
