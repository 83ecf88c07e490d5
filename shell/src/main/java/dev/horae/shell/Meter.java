package dev.horae.shell;

import dev.horae.data.Progress;
import dev.horae.page.Numbers;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * One line of a terminal, redrawn in place: how far, how fast, how long still, and a detail. A
 * finished line stays. Safe for use by several threads.
 */
public final class Meter implements Progress {

  private static final long REDRAW_NANOS = 125_000_000; // 8 times a second
  static final String ERASE_LINE = "\r\u001b[K";

  private final PrintStream out;
  private final int columns;
  private final LongSupplier clock;

  private String what = "";
  private boolean open;
  private boolean closed;
  private long first;
  private long last;
  private long startedNanos;
  private long drawnNanos;

  /**
   * @param columns the terminal's width
   * @param clock nanoseconds
   */
  Meter(PrintStream out, int columns, LongSupplier clock) {
    this.out = out;
    this.columns = columns;
    this.clock = clock;
  }

  @Override
  public synchronized void at(String what, long done, long total, String detail) {
    if (closed) {
      return;
    }
    long now = clock.getAsLong();
    boolean fresh = !what.equals(this.what) || done < last;
    if (fresh) {
      finishLine();
      this.what = what;
      first = done;
      startedNanos = now;
    }
    boolean finished = total > 0 && done >= total;
    boolean repeated = !fresh && !open && finished && done == last;
    last = done;
    if (repeated || (!fresh && !finished && now - drawnNanos < REDRAW_NANOS)) {
      return;
    }
    drawnNanos = now;
    open = true;
    String text = fit(line(done, total, detail, now), columns - 1);
    print(ERASE_LINE + text);
    if (finished) {
      finishLine();
    }
  }

  synchronized void finishLine() {
    if (open) {
      print("\n");
      open = false;
    }
  }

  /** Takes an unfinished line away; the next draw makes it again. */
  synchronized void erase() {
    if (open) {
      print(ERASE_LINE);
      open = false;
      drawnNanos = clock.getAsLong() - REDRAW_NANOS;
    }
  }

  /** Ends an unfinished line and draws no other. */
  synchronized void close() {
    finishLine();
    closed = true;
  }

  private void print(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.write(bytes, 0, bytes.length);
    out.flush();
  }

  private String line(long done, long total, String detail, long now) {
    double seconds = (now - startedNanos) / 1e9;
    double rate = seconds > 0 ? (done - first) / seconds : 0;
    String count =
        total > 0
            ? String.format(Locale.ROOT, "  %,d/%,d", done, total)
            : String.format(Locale.ROOT, "  %,d", done);
    String share = total > 0 ? String.format(Locale.ROOT, "  %3d %%", done * 100 / total) : "";
    String speed =
        rate > 0 ? String.format(Locale.ROOT, rate < 10 ? "  %.1f/s" : "  %,.0f/s", rate) : "";
    String time = "";
    if (total > 0 && done >= total) {
      time = "  in " + Numbers.duration(seconds);
    } else if (total > 0 && rate > 0) {
      time = "  " + Numbers.duration((total - done) / rate) + " left";
    }
    String end = speed + time + (detail.isEmpty() ? "" : "  " + detail);
    String whole = what + share + count + end;
    // On a narrow terminal the share and the time left say more than the count.
    return whole.length() < columns || share.isEmpty() ? whole : what + share + end;
  }

  /**
   * The longest start of {@code text} that takes at most {@code width} columns; no control codes.
   */
  static String fit(String text, int width) {
    StringBuilder fitted = new StringBuilder();
    int used = 0;
    for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
      int letter = text.codePointAt(i);
      if (Character.isISOControl(letter)) {
        letter = ' ';
      }
      used += width(letter);
      if (used > width) {
        break;
      }
      fitted.appendCodePoint(letter);
    }
    return fitted.toString();
  }

  /**
   * {@return the text, with an ellipsis at its end where it takes more columns than {@code width}}
   */
  public static String cut(String text, int width) {
    return fit(text, width).length() == text.length() ? text : fit(text, width - 1) + "…";
  }

  /** Columns of one code point: none for combining marks, two for East Asian wide and emoji. */
  private static int width(int letter) {
    int type = Character.getType(letter);
    if (type == Character.NON_SPACING_MARK
        || type == Character.ENCLOSING_MARK
        || type == Character.FORMAT) {
      return 0;
    }
    boolean wide =
        (letter >= 0x1100 && letter <= 0x115f)
            || (letter >= 0x2e80 && letter <= 0xa4cf)
            || (letter >= 0xac00 && letter <= 0xd7a3)
            || (letter >= 0xf900 && letter <= 0xfaff)
            || (letter >= 0xfe30 && letter <= 0xfe6f)
            || (letter >= 0xff00 && letter <= 0xff60)
            || (letter >= 0x1f300 && letter <= 0x1faff)
            || (letter >= 0x20000 && letter <= 0x3fffd);
    return wide ? 2 : 1;
  }
}
