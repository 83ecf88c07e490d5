package dev.horae.data;

/** Texts of others, as a terminal may show them. */
public final class Letters {

  private Letters() {}

  /** {@return the text on one line, without what a terminal would obey} */
  public static String line(String text) {
    StringBuilder line = new StringBuilder();
    text.codePoints()
        .map(letter -> isHarmless(letter) ? letter : ' ')
        .forEach(line::appendCodePoint);
    return line.toString();
  }

  private static boolean isHarmless(int letter) {
    int type = Character.getType(letter);
    return type != Character.CONTROL
        && type != Character.FORMAT
        && type != Character.LINE_SEPARATOR
        && type != Character.PARAGRAPH_SEPARATOR
        && type != Character.SURROGATE;
  }

  /** {@return how many columns of a terminal it takes} */
  public static int width(String text) {
    return text.codePoints().map(Letters::width).sum();
  }

  /** Columns of one code point: none for combining marks, two for East Asian wide and emoji. */
  public static int width(int letter) {
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
