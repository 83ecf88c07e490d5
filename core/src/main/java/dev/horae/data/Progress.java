package dev.horae.data;

/**
 * Where long work says how far it is. The command line shows it on a terminal; a pipe stays quiet.
 */
public interface Progress {

  /** Says nothing. */
  Progress SILENT = (what, done, total, detail) -> {};

  /**
   * @param what the piece of work, such as {@code encode text}; a new one starts a new line
   * @param done units finished, of {@code total}
   * @param total 0 when unknown
   * @param detail more to show, such as loss parts; may be empty
   */
  void at(String what, long done, long total, String detail);
}
