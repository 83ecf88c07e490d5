package dev.horae.http;

/** Takes a line of JSON per request. */
public interface RequestLog {
  /** Writes a line, without waiting long. */
  void write(String line);
}
