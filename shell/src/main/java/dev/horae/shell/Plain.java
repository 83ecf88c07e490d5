package dev.horae.shell;

import java.util.stream.Collectors;

/** Texts with what others wrote in them, such as ids of a shop, as a terminal may show them. */
public final class Plain {

  private Plain() {}

  /** {@return the text on one line, without what a terminal would obey} */
  public static String line(String text) {
    StringBuilder line = new StringBuilder();
    text.codePoints()
        .map(letter -> isHarmless(letter) ? letter : ' ')
        .forEach(line::appendCodePoint);
    return line.toString();
  }

  /** {@return the text on its lines, each as {@link #line}} */
  public static String lines(String text) {
    String ended = text.lines().map(Plain::line).collect(Collectors.joining("\n"));
    return text.endsWith("\n") ? ended + "\n" : ended;
  }

  /** {@return whether a terminal shows a code point, or a char, and does nothing else with it} */
  public static boolean isHarmless(int letter) {
    int type = Character.getType(letter);
    return type != Character.CONTROL
        && type != Character.FORMAT
        && type != Character.LINE_SEPARATOR
        && type != Character.PARAGRAPH_SEPARATOR
        && type != Character.SURROGATE;
  }
}
