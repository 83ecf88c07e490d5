package dev.horae.tensor;

import org.jspecify.annotations.Nullable;

/**
 * A file of weights or vectors that does not fit. The message names the file, what it was made for
 * and what was asked of it. Exit code 4.
 */
public final class CheckpointException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public CheckpointException(String message) {
    super(message);
  }

  public CheckpointException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
