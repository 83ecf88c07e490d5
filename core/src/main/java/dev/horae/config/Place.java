package dev.horae.config;

/** Where a value was written; line 0 when its source has no lines. */
record Place(String source, int line) {

  static final Place SETTINGS = new Place("``settings``", 0);

  @Override
  public String toString() {
    return line == 0 ? source : source + ":" + line;
  }
}
