package dev.horae.shell;

import dev.horae.data.Progress;
import java.io.PrintWriter;

/** What the terminal shows while work is under way. */
public final class Console {

  /** Set by the launcher when standard error is a terminal: Java cannot tell that of one stream. */
  private static final String COLUMNS = "horae.terminal.columns";

  /** Set by the launcher when standard output is a terminal that shows bold and underlined. */
  private static final String STYLES = "horae.terminal.styles";

  private static final int DEFAULT_COLUMNS = 100;

  private static final Progress PROGRESS = makeProgress();

  private static boolean lineInPlace;
  private static boolean closed;

  private Console() {}

  /** Draws nothing any more: whoever speaks next has the last word. */
  public static void close() {
    if (PROGRESS instanceof Meter meter) {
      meter.close();
    }
    synchronized (Console.class) {
      closed = true;
      if (lineInPlace) {
        System.err.println();
        lineInPlace = false;
      }
    }
  }

  /** A meter on standard error when that is a terminal; silence otherwise. */
  public static Progress progress() {
    return PROGRESS;
  }

  /** {@return whether standard output shows bold and underlined} */
  public static boolean styles() {
    return Boolean.getBoolean(STYLES);
  }

  /** {@return the width of the terminal that standard error is; 0 when it is none} */
  public static int columns() {
    String columns = System.getProperty(COLUMNS);
    return columns == null
        ? 0
        : columns.matches("[1-9][0-9]{0,3}") ? Integer.parseInt(columns) : DEFAULT_COLUMNS;
  }

  /** Shows a line in place of the one before, on a terminal; an empty one only erases. */
  public static synchronized void line(String text) {
    if (!closed && columns() > 0 && (lineInPlace || !text.isEmpty())) {
      finishLine();
      System.err.print(Meter.ERASE_LINE + Meter.fit(text, columns() - 1));
      System.err.flush();
      lineInPlace = !text.isEmpty();
    }
  }

  /** Prints a line that stays, above the meter's if one is being drawn. */
  public static void print(PrintWriter out, String text) {
    if (PROGRESS instanceof Meter meter) {
      meter.erase();
    }
    out.println(text);
    out.flush();
  }

  /** Ends a line that a meter left unfinished, so that what follows does not stand in it. */
  public static void finishLine() {
    if (PROGRESS instanceof Meter meter) {
      meter.finishLine();
    }
  }

  private static Progress makeProgress() {
    return columns() == 0 ? Progress.SILENT : new Meter(System.err, columns(), System::nanoTime);
  }
}
