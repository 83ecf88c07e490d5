package dev.horae.store;

/**
 * What the store could not do, and why. Nothing of a call that throws it is stored, unless the
 * message says otherwise.
 */
public final class StoreException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** What a caller can do about it. */
  public enum Reason {
    /** The disk is full; the same call works again when there is room. */
    FULL,
    /** Too much waits, or the database does not answer in time: the same call may work later. */
    BUSY,
    /** The store is closed, or being closed. */
    CLOSED,
    /** Something else, which the same call would meet again. */
    FAILED
  }

  private final Reason reason;

  StoreException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  StoreException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** {@return what a caller can do about it} */
  public Reason reason() {
    return reason;
  }
}
