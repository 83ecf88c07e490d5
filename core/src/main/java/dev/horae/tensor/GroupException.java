package dev.horae.tensor;

/**
 * The processes of a {@link Group} did not come together, or one was lost; the message says which,
 * and what to do.
 */
public final class GroupException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public GroupException(String message) {
    super(message);
  }

  public GroupException(String message, Throwable cause) {
    super(message, cause);
  }
}
