package dev.horae.data;

import java.util.List;

/**
 * Data that cannot be used. The message names the file or table, the row or user, the column, the
 * value, what was expected and the repair. Exit code 3, HTTP 422.
 */
public final class DataException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public DataException(String message) {
    super(message);
  }

  public DataException(String message, Throwable cause) {
    super(message, cause);
  }

  /** Throws when there are any problems, with a line for each. */
  public static void throwIfAny(List<String> problems) {
    if (!problems.isEmpty()) {
      throw new DataException(String.join("\n", problems));
    }
  }
}
