package dev.horae.http;

/** Takes a line of JSON per request. */
public interface RequestLog {

  /** {@return whether anybody reads it} */
  default boolean isOn() {
    return true;
  }

  /** Writes a line, without waiting long. */
  void write(String line);
}
