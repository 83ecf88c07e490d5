package dev.horae.picture;

/** Why a picture has no vector. It never leaves this package: it ends in the report of problems. */
public final class UnreadablePictureException extends Exception {

  private static final long serialVersionUID = 1L;

  private final String reason;
  private final boolean missing;

  private UnreadablePictureException(boolean missing, String reason) {
    super(reason);
    this.reason = reason;
    this.missing = missing;
  }

  /** There is no file. */
  static UnreadablePictureException missing(String reason) {
    return new UnreadablePictureException(true, reason);
  }

  /** There is a file that gives no picture. */
  static UnreadablePictureException broken(String reason) {
    return new UnreadablePictureException(false, reason);
  }

  @Override
  public String getMessage() {
    return reason;
  }

  public boolean isMissing() {
    return missing;
  }
}
