package dev.horae.cli;

import java.io.PrintWriter;
import java.io.Writer;
import java.util.Locale;

/**
 * Text on its way to a terminal, or to a file that one will be shown on a terminal: what a terminal
 * would obey and no line of ours contains is spelt out, as in {@code \\u001b}. Within a text of
 * JSON that is the same text.
 */
final class Shown extends PrintWriter {

  private final PrintWriter exact;

  /**
   * @param styles whether bold and underlined are let through
   */
  Shown(PrintWriter exact, boolean styles) {
    super(new Speller(exact, styles), true);
    this.exact = exact;
  }

  /** {@return where the same goes letter by letter, for answers that a program reads} */
  static PrintWriter exact(PrintWriter print) {
    return print instanceof Shown shown ? shown.exact : print;
  }

  /**
   * {@return the text with every line break but line feeds, and what else is not seen, spelt out}
   */
  static String spelt(String text, boolean styles) {
    StringBuilder spelt = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char letter = text.charAt(i);
      boolean ours =
          letter == '\n'
              || letter == '\t'
              || letter == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n'
              || letter == '\u001b' && styles && text.startsWith("[", i + 1);
      if (ours || isSeen(letter)) {
        spelt.append(letter);
      } else {
        spelt.append(String.format(Locale.ROOT, "\\u%04x", (int) letter));
      }
    }
    return spelt.toString();
  }

  /** Halves of letters beyond the first 65,536 count as seen. */
  private static boolean isSeen(char letter) {
    int type = Character.getType(letter);
    return type != Character.CONTROL
        && type != Character.FORMAT
        && type != Character.LINE_SEPARATOR
        && type != Character.PARAGRAPH_SEPARATOR;
  }

  private static final class Speller extends Writer {

    private final PrintWriter out;
    private final boolean styles;

    Speller(PrintWriter out, boolean styles) {
      this.out = out;
      this.styles = styles;
    }

    @Override
    public void write(char[] letters, int from, int count) {
      out.write(spelt(new String(letters, from, count), styles));
    }

    @Override
    public void flush() {
      out.flush();
    }

    @Override
    public void close() {
      out.close();
    }
  }
}
