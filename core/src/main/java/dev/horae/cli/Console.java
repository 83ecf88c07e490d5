package dev.horae.cli;

import dev.horae.data.Progress;

/** What the terminal shows while work is under way. */
final class Console {

  /** Set by the launcher when standard error is a terminal: Java cannot tell that of one stream. */
  private static final String COLUMNS = "horae.terminal.columns";

  private static final int DEFAULT_COLUMNS = 100;

  private static final Progress PROGRESS = makeProgress();

  private Console() {}

  /** A meter on standard error when that is a terminal; silence otherwise. */
  static Progress progress() {
    return PROGRESS;
  }

  /** Ends a line that a meter left unfinished, so that what follows does not stand in it. */
  static void finishLine() {
    if (PROGRESS instanceof Meter meter) {
      meter.finishLine();
    }
  }

  private static Progress makeProgress() {
    String columns = System.getProperty(COLUMNS);
    if (columns == null) {
      return Progress.SILENT;
    }
    int width = columns.matches("[1-9][0-9]{0,3}") ? Integer.parseInt(columns) : DEFAULT_COLUMNS;
    return new Meter(System.err, width, System::nanoTime);
  }
}
